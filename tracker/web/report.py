"""Report an error, or a government's reply: no account, no cookie; and the log."""

from typing import Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from itsdangerous import BadSignature

from tracker.actions import reports
from tracker.actions.accounts import TooManyAttempts
from tracker.actions.reports import Letter
from tracker.extensions import csrf, db
from tracker.rules import columns
from tracker.store import grid
from tracker.store.contributions import ReportKind, ReportState
from tracker.store.reports import log
from tracker.web.access import form_age, here, now
from tracker.web.ask import ask
from tracker.web.filters import BlankFilter, any_of
from tracker.web.forms import ReportForm
from tracker.web.listing import Listing, listing

bp = Blueprint("report", __name__)

COLUMNS = {
    "report": "Number of the report",
    "received": "Day on which it was received",
    "kind": "error or reply",
    **columns.COUNTRY,
    "criterion": "Key of the criterion; empty: the country as a whole",
    "state": "received, acted-on, verified or declined",
    "outcome": "What was done, or why nothing",
    "answered": "Day of the answer",
}


def open_form() -> ReportForm:
    form = ReportForm()
    places = sorted(grid.read_countries(db.session), key=lambda c: c.name)
    form.country.choices = any_of({c.iso3: c.name for c in places}, _("choose"))
    titles = {c.key: c.title for c in ask().codebook.criteria}
    form.criterion.choices = any_of(titles, _("The country as a whole"))
    return form


@bp.route("/report", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # its token needs no session
def report() -> Any:
    """A form for errors and for a government's reply."""
    form = open_form()
    if request.method == "GET":
        wanted = {name: request.args.get(name, "") for name in ("country", "criterion")}
        for name, value in wanted.items():
            if any(value == choice.value for choice in form[name].choices):
                form[name].data = value
        if request.args.get("kind") in set(ReportKind):
            form.kind.data = request.args["kind"]
        return render_template("report/report.html", form=form)
    valid = form.validate()
    if not form.country.data:
        form.country.errors = [*form.country.errors, _("Choose a country.")]
        valid = False
    if not valid:
        return render_template("report/report.html", form=form), 422
    if form.website.data:  # only a machine fills what nobody sees
        return redirect(url_for(".thanks"))
    if too_fast(form):
        form.text.errors = [_("That was very quick. Please send it once more.")]
        return render_template("report/report.html", form=form), 422
    letter = Letter(
        ReportKind(form.kind.data),
        form.country.data,
        form.criterion.data or None,
        form.text.data or "",
        form.url.data or "",
        form.sender.data or "",
        form.contact.data or "",
    )
    try:
        found = reports.receive(db.session, letter, here(), now=now())
    except TooManyAttempts as error:
        form.text.errors = [str(error)]
        return render_template("report/report.html", form=form), 429
    return redirect(url_for(".thanks", number=found.id))


def too_fast(form: ReportForm) -> bool:
    try:
        age = form_age(form.csrf_token.data or "")
    except BadSignature:
        return True
    return age < float(current_app.config["REPORT_SECONDS"])


@bp.route("/report/thanks")
def thanks() -> str:
    """What happens next with a report."""
    number = request.args.get("number", type=int)
    return render_template("report/thanks.html", number=number)


@listing(bp, "/reports", "report/log.html")
def reports_log() -> Listing:
    """Every report with its state and outcome; its words only where verified."""
    found = log(db.session)
    rows = [
        (
            item.id,
            item.received_at.date(),
            item.kind,
            item.country_iso3,
            item.country.name,
            item.criterion_key,
            item.state,
            item.outcome,
            item.decided_at.date() if item.decided_at else None,
        )
        for item in found
    ]
    return Listing(
        "reports",
        BlankFilter.of(),
        COLUMNS,
        rows,
        {"reports": found, "ReportState": ReportState},
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
