"""Two people at the same moment, in real threads: one wins, the other is told."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import actor, make_account
from factories import NOW, make_codebook
from tracker.actions import accounts, proposals, reports, seconds
from tracker.actions.proposals import Conflict, Decision, Target, Typed
from tracker.rules.codebook import ChangeReason
from tracker.rules.permissions import Role
from tracker.store import audit
from tracker.store.contributions import (
    Proposal,
    Report,
    ReportKind,
    ReportState,
    Scope,
    Stage,
)
from tracker.store.models import Event

CHANGE = {"leads": ["Somebody remembers a decree."]}


@pytest.fixture
def engine(desk_engine):
    return desk_engine


@pytest.fixture(autouse=True)
def people(engine):
    eve = make_account(engine, "eve", Role.REVIEWER)
    return {"ana": actor(engine, "ana"), "rob": actor(engine, "rob"), "eve": eve}


def waiting(engine, actor, lead="A decree of 2009."):
    """A proposal that waits; its number and version."""
    typed = Typed([], {"leads": [lead]}, ChangeReason.NEW_EVIDENCE, "Recalled.")
    with Session(engine) as session:
        target = Target("PHL", Scope.LEADS)
        found = proposals.save_draft(session, actor, target, typed, now=NOW)
        sent = proposals.send(
            session, actor, found.id, found.version, make_codebook(), now=NOW
        )
        return sent.id, sent.version


def at_once(engine, *tries):
    """Run each in a thread with a session of its own; results or errors, in order."""
    barrier = Barrier(len(tries))

    def run(attempt):
        with Session(engine) as session:
            session.execute(sa.text("SELECT 1"))
            barrier.wait()
            try:
                return attempt(session)
            except Exception as error:
                return error

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(run, tries))


def whole(engine):
    with Session(engine) as session:
        return list(audit.verify(session)) == []


def test_of_two_decisions_one_wins(engine, people):
    number, version = waiting(engine, people["ana"])

    def decide(name, decision):
        return lambda session: (
            proposals.decide(
                session,
                people[name],
                number,
                version,
                decision,
                "My reasons.",
                make_codebook(),
                now=NOW,
            ).stage
        )

    found = at_once(
        engine, decide("rob", Decision.APPROVE), decide("eve", Decision.REJECT)
    )
    assert sorted(type(item) is Conflict for item in found) == [False, True]
    with Session(engine) as session:
        kept = session.get_one(Proposal, number)
        assert kept.stage in {Stage.APPROVED, Stage.REJECTED}
        query = sa.select(sa.func.count()).where(
            Event.subject == f"proposal/{number}",
            Event.action.in_(["approved", "rejected"]),
        )
        assert session.scalar(query) == 1
    assert whole(engine)


def test_of_two_proposals_on_one_base_one_is_published(engine, people):
    first = waiting(engine, people["ana"], "One decree.")
    second = waiting(engine, people["rob"], "Another decree.")

    def approve(name, number, version):
        return lambda session: (
            proposals.decide(
                session,
                people[name],
                number,
                version,
                Decision.APPROVE,
                "",
                make_codebook(),
                now=NOW,
            ).stage
        )

    found = at_once(engine, approve("eve", *first), approve("eve", *second))
    conflicts = [item for item in found if isinstance(item, Conflict)]
    assert len(conflicts) == 1
    assert conflicts[0].differences
    assert whole(engine)


def test_a_text_saved_while_it_is_decided_is_never_half_of_both(engine, people):
    number, version = waiting(engine, people["ana"])
    typed = Typed([["leads", "x"]], CHANGE, ChangeReason.CORRECTION, "Mended.")
    found = at_once(
        engine,
        lambda session: (
            proposals.save_draft(
                session,
                people["ana"],
                Target("PHL", Scope.LEADS),
                typed,
                number=number,
                version=version,
                now=NOW,
            ).stage
        ),
        lambda session: (
            proposals.decide(
                session,
                people["rob"],
                number,
                version,
                Decision.APPROVE,
                "",
                make_codebook(),
                now=NOW,
            ).stage
        ),
    )
    assert sum(isinstance(item, Conflict) for item in found) == 1


def test_of_two_answers_to_a_report_one_wins(engine, people):
    letter = reports.Letter(ReportKind.ERROR, "PHL", None, "Wrong.", "", "", "")
    with Session(engine) as session:
        number = reports.receive(session, letter, "somewhere", now=NOW).id

    def answer(name, state):
        return lambda session: (
            reports.answer(
                session,
                people[name],
                number,
                ReportState.RECEIVED,
                state,
                name,
                now=NOW,
            ).state
        )

    found = at_once(
        engine,
        answer("rob", ReportState.ACTED_ON),
        answer("eve", ReportState.DECLINED),
    )
    assert sum(isinstance(item, Conflict) for item in found) == 1
    with Session(engine) as session:
        assert session.get_one(Report, number).outcome in {"rob", "eve"}


def test_of_two_readers_one_takes_the_country(engine, people):
    with Session(engine) as session:
        seconds.ask_for(session, people["rob"], ["PHL"], "by name", now=NOW)

    def take(name):
        return lambda session: seconds.take(session, people[name], 1, now=NOW).id

    found = at_once(engine, take("ana"), take("eve"))
    assert sum(isinstance(item, Conflict) for item in found) == 1


def test_many_at_once_do_not_slip_past_the_log_in_limit(engine):
    def attempt(session):
        return accounts.check_password(
            session, "ana@example.org", "wrong password", "here", now=NOW
        )

    for _round in range(3):
        found = at_once(engine, *[attempt] * 5)
    assert all(isinstance(item, accounts.TooManyAttempts) for item in found)
