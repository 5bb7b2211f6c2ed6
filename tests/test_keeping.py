"""Keeping it true from the machine: accounts, links, what is stale, checkpoints."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from desk import PASSWORD, load_small
from factories import NOW
from tracker.cli import main
from tracker.store import audit
from tracker.store.stale import weak_readings


@pytest.fixture
def run(empty_url, engine, tmp_path, monkeypatch):
    load_small(engine, tmp_path)
    monkeypatch.setenv("TRACKER_DATABASE_URL", empty_url)
    monkeypatch.setenv("TRACKER_CHECKPOINTS", str(tmp_path / "checkpoints"))
    runner = CliRunner()
    return lambda *args, **kwargs: runner.invoke(main, args, **kwargs)


def test_accounts_by_the_command_line(run):
    given = {"input": f"{PASSWORD}\n"}
    added = run("user", "add", "ana@b.org", "contributor", "--password-stdin", **given)
    assert added.output == "account 1: ana@b.org, contributor\n"
    again = run("user", "add", "ANA@b.org", "reviewer", "--password-stdin", **given)
    assert again.exit_code == 1
    assert "has an account already" in again.output
    weak = run("user", "add", "x@b.org", "reviewer", "--password-stdin", input="x\n")
    assert "12 characters or more" in weak.output
    assert run("user", "role", "ana@b.org", "reviewer").exit_code == 0
    assert run("user", "disable", "ana@b.org").exit_code == 0
    assert run("user", "list").output == "1\tana@b.org\treviewer\tdisabled\n"
    assert run("user", "enable", "ana@b.org").exit_code == 0
    assert run("user", "disable", "nobody@b.org").exit_code == 1
    assert run("user", "add", "x@b.org", "king").exit_code == 2
    assert run("audit", "verify").exit_code == 0


def cut(engine, statement):
    """What somebody with the database's password could do."""
    with engine.begin() as connection:
        for trigger, table in (
            ("event_kept", "event"),
            ("event_written_once", "event"),
            ("audit_head_kept", "audit_head"),
            ("audit_head_grows", "audit_head"),
        ):
            on = f" ON {table}" if engine.dialect.name == "postgresql" else ""
            connection.execute(sa.text(f"DROP TRIGGER {trigger}{on}"))
        for part in statement.split(";"):
            connection.execute(sa.text(part))


def test_a_cut_off_end_shows_against_the_head(run, engine):
    with Session(engine) as session:
        last = audit.head(session).event
    cut(engine, f"DELETE FROM event WHERE id > {last - 2}")
    found = run("audit", "verify")
    assert found.exit_code == 1
    assert (
        f"events {last - 1} to {last} are missing: the end of the trail" in found.output
    )


def test_a_cut_off_end_shows_against_a_checkpoint_where_the_head_was_moved(run, engine):
    assert run("audit", "verify").exit_code == 0
    with Session(engine) as session:
        last = audit.head(session).event
    cut(
        engine,
        f"DELETE FROM event WHERE id = {last};"
        f"UPDATE audit_head SET event_id = {last - 1}, "
        f"hash = (SELECT hash FROM event WHERE id = {last - 1})",
    )
    found = run("audit", "verify")
    assert found.exit_code == 1
    assert f"event {last} is missing: the end of the trail" in found.output


def test_the_database_keeps_the_trail(engine, run):
    for statement in (
        "DELETE FROM event",
        "UPDATE event SET reason = 'x'",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET event_id = 1",
    ):
        with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
            connection.execute(sa.text(statement))


def test_dead_links_are_flagged_and_nothing_is_deleted(run, engine, tmp_path):
    file = tmp_path / "links.csv"
    file.write_text(
        "url,status,day\nhttps://example.org/text,404,2026-11-20\n"
        "https://example.org/report,403,2026-11-20\nhttps://elsewhere.org/,timeout\n"
    )
    found = run("check", "links", str(file))
    assert found.exit_code == 0, found.output
    assert "PHL\ttext\thttps://example.org/text" in found.output
    assert "report" not in found.output
    with Session(engine) as session:
        weak = weak_readings(session, NOW.date())
        assert any("dead source" in item.why for item in weak)
    file.write_text("https://example.org/text,200,2026-11-21\n")
    assert "sources with a dead address: 0" in run("check", "links", str(file)).output
    file.write_text("https://example.org/text,maybe\nnowhere,404\n")
    bad = run("check", "links", str(file))
    assert bad.exit_code == 1
    assert "links.csv:1:26" in bad.output
    assert "links.csv:2:1" in bad.output


def test_weakest_and_oldest_come_first(run, engine):
    with Session(engine) as session:
        today = weak_readings(session, NOW.date())
        later = weak_readings(session, NOW.date().replace(year=2029))
    assert not any("old" in item.why for item in today)
    assert all("old" in item.why for item in later if item.criterion_key)
    weights = [item.weight for item in later if item.criterion_key]
    assert weights == sorted(weights, reverse=True)
    assert [item.title for item in later if "bill due" in item.why]
