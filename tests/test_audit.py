import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from factories import NOW
from tracker.store import audit
from tracker.store.audit import FIRST_HASH, Change
from tracker.store.models import Event


def changes(count):
    return [
        Change("Maria", "changed", f"PHL/{n}", before={"n": n}, after={"n": n + 1})
        for n in range(1, count + 1)
    ]


@pytest.fixture
def told(session):
    """Five events."""
    audit.lock(session)
    audit.record(session, NOW, *changes(5))
    session.commit()
    return session


def tamper(session, *statements):
    """What somebody with the database's own rights could do."""
    dialect = session.get_bind().dialect.name
    on_table = " ON event" if dialect == "postgresql" else ""
    for trigger in ("event_kept", "event_written_once"):
        session.execute(sa.text(f"DROP TRIGGER {trigger}{on_table}"))
    for statement in statements:
        session.connection().exec_driver_sql(statement)
    session.commit()
    return list(audit.verify(session))


def test_an_untouched_trail_is_whole(told):
    assert list(audit.verify(told)) == []


def test_no_trail_is_whole_too(session):
    assert list(audit.verify(session)) == []


def test_an_event_says_who_did_what_when_and_how_it_was_before(told):
    event = told.get(Event, 2)
    assert (event.actor, event.action, event.subject) == ("Maria", "changed", "PHL/2")
    assert (event.before, event.after) == ('{"n":2}', '{"n":3}')
    assert event.at == NOW
    assert event.country_iso3 is None


def test_each_event_carries_the_hash_of_the_one_before(told):
    events = told.scalars(sa.select(Event).order_by(Event.id)).all()
    assert [event.id for event in events] == [1, 2, 3, 4, 5]
    hashes = [FIRST_HASH, *(event.hash for event in events)]
    assert [event.previous_hash for event in events] == hashes[:-1]


def test_recording_goes_on_where_it_stopped(told):
    audit.lock(told)
    audit.record(told, NOW, *changes(2))
    told.commit()
    assert told.scalar(sa.select(sa.func.max(Event.id))) == 7
    assert list(audit.verify(told)) == []


def test_no_change_is_no_event(told):
    audit.lock(told)
    audit.record(told, NOW)
    told.commit()
    assert told.scalar(sa.select(sa.func.count(Event.id))) == 5


def test_what_is_rolled_back_leaves_no_event(told):
    audit.lock(told)
    audit.record(told, NOW, *changes(2))
    told.rollback()
    assert told.scalar(sa.select(sa.func.count(Event.id))) == 5


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 21, 14, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 11, 21, 14, 0, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_the_clock_of_another_zone_does_not_break_the_chain(session, at):
    audit.lock(session)
    audit.record(session, at, *changes(1))
    session.commit()
    session.expire_all()
    assert list(audit.verify(session)) == []
    assert session.get(Event, 1).at == at


def test_a_time_without_a_zone_is_refused(session):
    audit.lock(session)
    with pytest.raises(sa.exc.StatementError, match="has no time zone"):
        audit.record(session, NOW.replace(tzinfo=None), *changes(1))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "'Somebody'"),
        ("action", "'added'"),
        ("subject", "'KEN/3'"),
        ("reason", "'correction'"),
        ("before", "NULL"),
        ("after", """'{"n":9}'"""),
        ("at", "'2020-01-01 00:00:00.000000+00'"),
    ],
)
def test_an_edited_event_is_named(told, column, value):
    if column == "at" and told.get_bind().dialect.name == "sqlite":
        value = "'2020-01-01 00:00:00.000000'"
    found = tamper(told, f"UPDATE event SET {column} = {value} WHERE id = 3")
    assert found == ["event 3 was edited"]


def test_an_event_edited_with_a_hash_to_match_breaks_the_next(told):
    event = told.get(Event, 3)
    row = {name: getattr(event, name) for name in audit.FIELDS}
    forged = audit.digest({**row, "actor": "Somebody"})
    found = tamper(
        told,
        f"UPDATE event SET actor = 'Somebody', hash = '{forged}' WHERE id = 3",
    )
    assert found == ["event 4 does not follow the one before it"]


def test_a_removed_event_is_named(told):
    assert tamper(told, "DELETE FROM event WHERE id = 3") == [
        "event 3 is missing: the next one kept is 4",
        "event 4 does not follow the one before it",
    ]


def test_a_removed_first_event_is_named(told):
    assert tamper(told, "DELETE FROM event WHERE id = 1") == [
        "event 1 is missing: the next one kept is 2",
        "event 2 does not follow the one before it",
    ]


def test_reordered_events_are_named(told):
    found = tamper(
        told,
        "UPDATE event SET id = 99 WHERE id = 2",
        "UPDATE event SET id = 2 WHERE id = 3",
        "UPDATE event SET id = 3 WHERE id = 99",
    )
    assert found == [
        "event 2 does not follow the one before it",
        "event 2 was edited",
        "event 3 does not follow the one before it",
        "event 3 was edited",
        "event 4 does not follow the one before it",
    ]


def test_an_event_put_in_is_named(told):
    columns = "at, actor, action, subject, reason"
    found = tamper(
        told,
        f"INSERT INTO event (id, {columns}, previous_hash, hash)"
        f" SELECT 6, {columns}, 'x', 'y' FROM event WHERE id = 5",
    )
    assert found == [
        "event 6 does not follow the one before it",
        "event 6 was edited",
    ]


def test_writers_wait_for_each_other(engine):
    has_turn = threading.Event()

    def write():
        with Session(engine) as other:
            audit.lock(other)
            has_turn.set()

    with Session(engine) as session:
        audit.lock(session)
        thread = threading.Thread(target=write)
        thread.start()
        assert not has_turn.wait(0.2)
        session.rollback()
        assert has_turn.wait(20)
        thread.join()
