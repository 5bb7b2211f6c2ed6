"""Second readings: take one, read it blind, hand it in; ask for them; adjudicate."""

from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from tracker.actions import proposals, seconds
from tracker.actions.proposals import (
    Conflict,
    NeedsWords,
    Refused,
    Target,
    stored,
)
from tracker.extensions import db
from tracker.rules import changes
from tracker.rules.codebook import Series
from tracker.store import grid
from tracker.store.agreement import read_pairs
from tracker.store.contributions import Progress, Scope, SecondReading
from tracker.store.proposals import drafts_of
from tracker.store.seconds import adjudications, read_countries, tasks, who_knows
from tracker.web import proposal_forms as pf
from tracker.web.access import actor, now
from tracker.web.ask import ask
from tracker.web.finding import find_country, find_criterion
from tracker.web.propose import Desk, problem_words

bp = Blueprint("second", __name__, url_prefix="/second")


@bp.route("")
def available() -> str:
    """Countries that wait for a second reader."""
    mine = actor().id
    found = [
        (task, mine in who_knows(db.session, task.country_iso3))
        for task in tasks(db.session, Progress.OPEN)
    ]
    return render_template("second/available.html", found=found)


@bp.route("/<int:number>/take", methods=["POST"])
def take(number: int) -> Any:
    """Begin to read a country again."""
    try:
        seconds.take(db.session, actor(), number, now=now())
    except Conflict as conflict:
        flash(str(conflict))
        return redirect(url_for(".available"))
    return redirect(url_for(".task"))


def own_task() -> SecondReading:
    return seconds.own_task(db.session, actor())


@bp.route("/task")
def task() -> str:
    """The country being read again: its questions, and how far one is."""
    return show_task()


def show_task(wrong: list[str] | None = None) -> str:
    found = own_task()
    return render_template(
        "second/task.html",
        task=found,
        drafts=drafts_of(db.session, found.id),
        wrong=wrong or [],
    )


@bp.route("/task/<key>", methods=["GET", "POST"])
def read(key: str) -> Any:
    """One question of the country being read again, without the first reading."""
    found, criterion = own_task(), find_criterion(key)
    draft = drafts_of(db.session, found.id).get(criterion.key)
    target = Target(found.country_iso3, Scope.READING, criterion.key)
    day = now().date().isoformat()
    document = seconds.own_document(
        db.session, found, ask().codebook, day, but=criterion.key
    )
    desk = Desk(target, changes.part_of(None, "reading", key), document, found.id)
    if request.method == "GET":
        typed = pf.from_pairs(draft.form) if draft else None
        form = desk.form(typed)
        if "check" in request.args:
            form.validate()
        return show_reading(desk, form, draft)
    typed_now, form = desk.typed(pf.to_pairs(request.form))
    try:
        saved = proposals.save_draft(
            db.session,
            actor(),
            target,
            typed_now,
            number=draft.id if draft else None,
            version=request.form.get("version", 0, int),
            second_reading=found.id,
            now=now(),
        )
    except Conflict as conflict:
        return show_reading(desk, form, draft, conflict), 409
    here = url_for(".read", key=key)
    if request.form.get("action") == "autosave":
        return {"version": saved.version, "address": here}
    if saved.content is None:
        flash(_("Saved, but not complete: look at what is marked."))
        return redirect(f"{here}?check=1")
    if request.form.get("action") == "preview":
        return redirect(url_for(".task"))
    flash(_("Saved."))
    return redirect(here)


def show_reading(
    desk: Desk, form: Any, draft: Any, conflict: Conflict | None = None
) -> str:
    return render_template(
        "propose/reading.html",
        desk=desk,
        country=find_country(desk.target.iso3),
        criterion=desk.criterion,
        form=form,
        proposal=draft,
        conflict=conflict,
        moved=[],
        steps=[],
        post_to=url_for(".read", key=desk.target.criterion),
    )


@bp.route("/task/hand-in", methods=["POST"])
def hand_in() -> Any:
    """Hand the second reading in."""
    try:
        done = seconds.hand_in(db.session, actor(), ask().codebook, now=now())
    except NeedsWords as error:
        return show_task([str(error)]), 422
    except Refused as refused:
        return show_task([problem_words(p) for p in refused.problems]), 422
    country = find_country(done.country_iso3)
    flash(_("Handed in. Thank you for reading %(country)s.", country=country.name))
    return redirect(url_for(".available"))


@bp.route("/task/give-back", methods=["POST"])
def give_back() -> Any:
    """Leave it to somebody else."""
    seconds.give_back(db.session, actor(), now=now())
    flash(_("Given back."))
    return redirect(url_for(".available"))


@bp.route("/manage", methods=["GET", "POST"])
def manage() -> Any:
    """Ask for second readings, of a country or a sample; see how far they are."""
    if request.method == "POST":
        iso3, wrong = request.form.get("country", ""), ""
        share, seed = (
            request.form.get("share", ""),
            request.form.get("seed", "").strip(),
        )
        if iso3:
            chosen, drawn = [find_country(iso3).iso3], "by name"
        else:
            try:
                part = float(share) / 100
            except ValueError:
                part = 0
            if not 0 < part <= 1 or not seed or len(seed) > 40:
                wrong = _("Give a share from 1 to 100 and a seed, or a country.")
            known = read_countries(db.session)
            chosen = seconds.sample(known, part, seed) if not wrong else []
            drawn = f"{share} % of {len(known)}, seed {seed}"
        if wrong:
            return show_manage(wrong), 422
        asked = seconds.ask_for(db.session, actor(), chosen, drawn, now=now())
        flash(
            _("Asked for: %(countries)s", countries=", ".join(asked) or _("none new"))
        )
        return redirect(url_for(".manage"))
    return show_manage()


def show_manage(wrong: str = "") -> str:
    known = {country.iso3: country for country in grid.read_countries(db.session)}
    first = read_countries(db.session)
    decided = adjudications(db.session)
    waiting: dict[str, list[int]] = {}
    for pair in read_pairs(db.session):
        count = waiting.setdefault(pair.iso3, [0, 0, 0])
        count[0] += pair.both_read
        if pair.differs:
            key = (pair.iso3, pair.criterion, pair.element, pair.read_again)
            count[1 if key not in decided else 2] += 1
    return render_template(
        "second/manage.html",
        wrong=wrong,
        countries=[known[iso3] for iso3 in first],
        tasks=tasks(db.session),
        waiting=[(known[iso3], *counts) for iso3, counts in sorted(waiting.items())],
        typed=request.form,
    )


@bp.route("/compare/<iso3:iso3>")
def compare(iso3: str) -> str:
    """Two readings of a country side by side; what differs first."""
    return show_compare(find_country(iso3).iso3)


def show_compare(
    iso3: str, conflict: Exception | None = None, wrong: str = "", at: str = ""
) -> str:
    pairs = read_pairs(db.session, iso3)
    if not pairs:
        raise NotFound(_("Nobody has read that country a second time."))
    order = list(ask().codebook.by_key)
    pairs.sort(key=lambda p: (not p.differs, order.index(p.criterion)))
    return render_template(
        "second/compare.html",
        country=find_country(iso3),
        pairs=pairs,
        decided=adjudications(db.session, iso3),
        first=stored(db.session, iso3) or {},
        second=stored(db.session, iso3, Series.SECOND) or {},
        may_decide=seconds.may_adjudicate(db.session, actor(), iso3),
        conflict=conflict,
        wrong=wrong,
        at=at,
        typed=request.form,
    )


@bp.route("/compare/<iso3:iso3>/<criterion>/<element>", methods=["POST"])
def adjudicate(iso3: str, criterion: str, element: str) -> Any:
    """Say which of two readings of an element stands, and why."""
    place = f"{criterion}.{element}"
    found = find_country(iso3).iso3
    try:
        seconds.adjudicate(
            db.session,
            actor(),
            found,
            criterion,
            element,
            request.form.get("choice", ""),
            request.form.get("reason", "")[: proposals.LONGEST_COMMENT],
            ask().codebook,
            now=now(),
        )
    except Conflict as conflict:
        return show_compare(found, conflict, at=place), 409
    except (NeedsWords, Refused) as error:
        return show_compare(found, wrong=str(error), at=place), 422
    flash(_("Adjudicated."))
    return redirect(url_for(".compare", iso3=found))


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
