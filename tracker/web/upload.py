"""Upload a country's file or a table of readings: dry run, then a proposal."""

from typing import Any

from flask import Blueprint, Flask, render_template, request
from flask_babel import gettext as _

from tracker.actions import proposals
from tracker.actions.proposals import Target, Typed
from tracker.actions.uploads import DryRun, UploadRefused, dry_run
from tracker.extensions import db
from tracker.rules.codebook import ChangeReason
from tracker.store import grid
from tracker.store.contributions import Proposal, Scope
from tracker.web.access import actor, now
from tracker.web.ask import ask
from tracker.web.forms import UploadForm

bp = Blueprint("upload", __name__)
MOST_COUNTRIES = 50


@bp.route("/upload", methods=["GET", "POST"])
def start() -> Any:
    """The form, or the dry run: what the file would change, row by row."""
    form = UploadForm()
    if request.method == "GET":
        return render_template("propose/upload.html", form=form, problems=[])
    file = request.files.get("file")
    valid = form.validate()
    if not file or not file.filename:
        form.file.errors = [_("Choose a file.")]
        valid = False
    if not valid or not file:
        return render_template("propose/upload.html", form=form, problems=[]), 422
    known = {country.iso3 for country in grid.read_countries(db.session)}
    name = file.filename or ""
    try:
        found = dry_run(
            db.session, name[-80:], file.read(), ask().codebook, known, now().date()
        )
    except UploadRefused as refused:
        context = {"form": form, "problems": refused.problems}
        return render_template("propose/upload.html", **context), 422
    if len(found.files) > MOST_COUNTRIES:
        form.file.errors = [
            _("At most %(most)d countries at a time: split it.", most=MOST_COUNTRIES)
        ]
        return render_template("propose/upload.html", form=form, problems=[]), 422
    drafts = keep(found, ChangeReason(form.reason.data), form.comment.data or "")
    return render_template("propose/dry_run.html", found=found, drafts=drafts)


def keep(found: DryRun, reason: ChangeReason, comment: str) -> list[Proposal]:
    """A draft for each country: the dry run survives a closed browser."""
    typed = {
        Target(iso3, Scope.FILE): Typed([], {"document": data}, reason, comment)
        for iso3, data in found.files.items()
    }
    return proposals.save_drafts(db.session, actor(), typed.items(), now=now())


@bp.teardown_request
def close_files(error: BaseException | None) -> None:
    """A large upload waits in a file of its own."""
    request.close()


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
