"""The reviewers' side: the queue, decisions, reports, what is stale."""

from typing import Any

from flask import (
    Blueprint,
    Flask,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from tracker.actions import proposals
from tracker.actions import reports as answering
from tracker.actions.proposals import Conflict, Decision, NeedsWords, Refused
from tracker.extensions import db
from tracker.rules import columns
from tracker.rules.permissions import may_decide
from tracker.store import proposals as lists
from tracker.store.contributions import Proposal, Report, ReportState, Scope, Stage
from tracker.store.events import count_events
from tracker.store.events import events as read_events
from tracker.store.reports import log
from tracker.store.stale import weak_readings
from tracker.web.access import actor, now
from tracker.web.ask import ask
from tracker.web.filters import EventsFilter, StaleFilter
from tracker.web.finding import find_country
from tracker.web.listing import PAGE_SIZE, Listing, listing, page_of
from tracker.web.proposal_forms import one_line
from tracker.web.propose import outlook

bp = Blueprint("review", __name__, url_prefix="/review")


@bp.route("")
def queue() -> str:
    """What waits for a decision, the oldest first, of all countries or of one."""
    wanted = request.args.get("country", "")
    iso3 = find_country(wanted).iso3 if wanted else ""
    order = request.args.get("order", "oldest")
    if order not in {"oldest", "newest", "country"}:
        raise BadRequest(_("Order by oldest, newest or country."))
    everything = lists.queue(db.session, newest_first=order == "newest")
    shown = [p for p in everything if not iso3 or p.country_iso3 == iso3]
    if order == "country":
        shown.sort(key=lambda p: p.country.name)
    countries = {p.country_iso3: p.country.name for p in everything}
    return render_template(
        "review/queue.html",
        proposals=shown,
        countries=sorted(countries.items(), key=lambda item: item[1]),
        iso3=iso3,
        order=order,
        now=now(),
    )


@bp.route("/proposals/<int:number>", methods=["GET", "POST"])
def decide(number: int) -> Any:
    """One proposal, old and new side by side, and the decision on it."""
    found = proposals.find_proposal(db.session, number)
    if found.second_reading_id:
        raise NotFound(_("That is part of a second reading."))
    if request.method == "GET":
        return show(found)
    wanted = request.form.get("decision", "")
    if wanted not in set(Decision):
        return show(found, wrong=_("Choose: approve, send back, or reject.")), 422
    try:
        decided = proposals.decide(
            db.session,
            actor(),
            number,
            request.form.get("version", 0, int),
            Decision(wanted),
            request.form.get("comment", "")[: proposals.LONGEST_COMMENT],
            ask().codebook,
            now=now(),
        )
    except Conflict as conflict:
        return show(proposals.find_proposal(db.session, number), conflict), 409
    except (NeedsWords, Refused) as refused:
        again = proposals.find_proposal(db.session, number)
        return show(again, wrong=str(refused)), 422
    if decided.stage is Stage.APPROVED:
        flash(_("Published."))
        return redirect(
            url_for("public.country", iso3=decided.country_iso3)
            + (f"#{decided.criterion_key}" if decided.criterion_key else "")
        )
    flash(_("Done. The contributor sees your words."))
    return redirect(url_for(".queue"))


def show(found: Proposal, conflict: Exception | None = None, wrong: str = "") -> str:
    return render_template(
        "review/proposal.html",
        proposal=found,
        country=find_country(found.country_iso3),
        outlook=outlook(found),
        steps=lists.steps(db.session, f"proposal/{found.id}"),
        may_decide=may_decide(actor(), found.author_id)
        and found.stage is Stage.WAITING,
        is_mine=found.author_id == actor().id,
        conflict=conflict,
        wrong=wrong,
        comment=request.form.get("comment", ""),
        wanted=request.form.get("decision", ""),
        Scope=Scope,
        Stage=Stage,
    )


WEAK_COLUMNS = {
    **columns.COUNTRY,
    "criterion": "Key of the criterion; empty: a bill",
    "why": "low confidence, secondary only, old (24 months), dead source, bill due",
    "weight": "How weak: higher is weaker",
    "read_on": "Day on which the newest of its sources was read; a bill's last stage",
    "bill": "Title of the bill",
}


@listing(bp, "/stale", "review/stale.html")
def stale() -> Listing:
    """Weakest and oldest readings first, then bills that are due for a look."""
    form = StaleFilter.of()
    found = weak_readings(db.session, now().date())
    if form.why.data:
        found = [weak for weak in found if form.why.data in weak.why]
    rows = [
        (
            weak.country.iso3,
            weak.country.name,
            weak.criterion_key,
            "; ".join(weak.why),
            weak.weight,
            weak.read_on,
            weak.title,
        )
        for weak in found
    ]
    page = page_of(form.page.data, len(found))
    context = {"found": page.of(found), "page": page}
    return Listing("stale", form, WEAK_COLUMNS, rows, context)


@bp.route("/reports")
def reports() -> str:
    """Reports from the public; those that wait come first."""
    found = sorted(log(db.session), key=lambda r: r.state is not ReportState.RECEIVED)
    return render_template("review/reports.html", reports=found)


@bp.route("/reports/<int:number>", methods=["GET", "POST"])
def answer(number: int) -> Any:
    """One report, and what becomes of it."""
    found = db.session.get(Report, number)
    if found is None:
        raise NotFound(_("There is no such report."))
    if request.method == "GET":
        return show_report(found)
    wanted, seen = request.form.get("state", ""), request.form.get("seen", "")
    if wanted not in set(ReportState) or seen not in set(ReportState):
        return show_report(found, wrong=_("Choose an outcome.")), 422
    try:
        answering.answer(
            db.session,
            actor(),
            number,
            ReportState(seen),
            ReportState(wanted),
            one_line(request.form.get("outcome", ""))[: proposals.LONGEST_COMMENT],
            now=now(),
        )
    except Conflict as conflict:
        again = db.session.get_one(Report, number)
        return show_report(again, conflict), 409
    except NeedsWords as error:
        again = db.session.get_one(Report, number)
        return show_report(again, wrong=str(error)), 422
    flash(_("Answered. The public log shows it."))
    return redirect(url_for(".reports"))


def show_report(
    found: Report, conflict: Exception | None = None, wrong: str = ""
) -> str:
    return render_template(
        "review/report.html",
        report=found,
        country=find_country(found.country_iso3),
        outcomes=answering.OUTCOMES[found.kind],
        steps=lists.steps(db.session, f"report/{found.id}"),
        conflict=conflict,
        wrong=wrong,
        typed=request.form,
    )


@bp.route("/events")
def events() -> str:
    """The whole audit trail, the newest first."""
    form = EventsFilter.of()
    subject = (form.subject.data or "").strip()
    page = page_of(form.page.data, count_events(db.session, subject))
    found = read_events(db.session, page.first, PAGE_SIZE, subject)
    return render_template("review/events.html", events=found, filter=form, page=page)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
