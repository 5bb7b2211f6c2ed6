"""Reports from the public: taken in under limits, answered, never deleted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tracker.actions.accounts import TooManyAttempts, reload_actor
from tracker.actions.proposals import Conflict, Missing, NeedsWords
from tracker.rules.permissions import VISITOR, Actor, Permission, require
from tracker.store import audit
from tracker.store.audit import Change
from tracker.store.contributions import Report, ReportKind, ReportState
from tracker.store.limits import is_over, note_attempt

WINDOW = timedelta(hours=1)
MOST_FROM_ONE = 5
MOST_IN_ALL = 200
EVERYBODY = "everybody"
OUTCOMES = {
    ReportKind.ERROR: (ReportState.ACTED_ON, ReportState.DECLINED),
    ReportKind.REPLY: (ReportState.VERIFIED, ReportState.DECLINED),
}


@dataclass(frozen=True)
class Letter:
    """What a visitor writes."""

    kind: ReportKind
    iso3: str
    criterion: str | None
    text: str
    url: str
    sender: str
    contact: str


def receive(session: Session, letter: Letter, who: str, *, now: datetime) -> Report:
    """Keep a report. Anybody may; `who` is a hash of where it comes from.

    Raises TooManyAttempts.
    """
    require(VISITOR, Permission.REPORT)
    since = now - WINDOW
    if is_over(session, "report", who, since, MOST_FROM_ONE):
        raise TooManyAttempts(
            f"{MOST_FROM_ONE} reports an hour are taken from one place: try later."
        )
    if is_over(session, "report", EVERYBODY, since, MOST_IN_ALL):
        raise TooManyAttempts("Too many reports arrive just now: try again in an hour.")
    note_attempt(session, now, ("report", who), ("report", EVERYBODY))
    with audit.turn(session):
        report = Report(
            kind=letter.kind,
            state=ReportState.RECEIVED,
            country_iso3=letter.iso3,
            criterion_key=letter.criterion,
            text=letter.text,
            url=letter.url,
            sender=letter.sender,
            contact=letter.contact,
            received_at=now,
            outcome="",
        )
        session.add(report)
        session.flush()
        change = Change(
            VISITOR.label,
            "received",
            f"report/{report.id}",
            letter.iso3,
            after={"kind": letter.kind.value, "criterion": letter.criterion},
        )
        audit.record(session, now, change)
    return report


def answer(
    session: Session,
    actor: Actor,
    number: int,
    seen: ReportState,
    state: ReportState,
    outcome: str,
    *,
    now: datetime,
) -> Report:
    """Say what became of a report. `seen` is its state on the reviewer's page.

    Raises Missing, NeedsWords, and Conflict where somebody answered meanwhile.
    """
    require(actor, Permission.ANSWER_REPORTS)
    if not outcome.strip():
        raise NeedsWords("Say what was done, or why nothing: the public log shows it.")
    with audit.turn(session):
        actor = reload_actor(session, actor)
        report = session.get(Report, number, populate_existing=True)
        if report is None:
            raise Missing(f"There is no report {number}.")
        if state not in OUTCOMES[report.kind]:
            raise NeedsWords("That is not an outcome of such a report.")
        if report.state is not seen:
            raise Conflict(
                f"This report was answered meanwhile: {report.state.value}. "
                f"{report.outcome}"
            )
        before, report.state = report.state, state
        report.outcome = outcome.strip()
        report.decided_at, report.decided_by_id = now, actor.id
        change = Change(
            actor.label,
            "answered",
            f"report/{report.id}",
            report.country_iso3,
            reason=report.outcome,
            before=before.value,
            after=state.value,
        )
        audit.record(session, now, change)
    return report
