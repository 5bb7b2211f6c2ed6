"""What the database itself refuses, whoever writes to it: plain SQL, both engines."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from factories import NOW, make_country_file, make_seeds
from tracker.actions.load import load_seeds
from tracker.store.db import make_engine


@pytest.fixture(scope="module")
def small_url(databases, tmp_path_factory):
    """PHL and KEN, the second reading of PHL; every test rolls back."""
    url = databases.copy("empty")
    folder = tmp_path_factory.mktemp("seeds")
    engine = make_engine(url)
    with Session(engine) as session:
        load_seeds(session, make_seeds(folder, second=[make_country_file()]), now=NOW)
    engine.dispose()
    yield url
    databases.drop(url)


@pytest.fixture
def connection(small_url):
    engine = make_engine(small_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def row(connection, table, where):
    """The one row that this condition finds, as plain SQL gives it."""
    found = connection.execute(sa.text(f"SELECT * FROM {table} WHERE {where}"))
    return dict(found.mappings().one())


def reading(connection, **changes):
    """A new row like PHL's current reading of penalty.ten_years, with changes."""
    found = row(
        connection,
        "reading",
        "country_iso3 = 'PHL' AND series = 'first' AND element_key = 'ten_years'",
    )
    return {**found, "id": 9_999, **changes}


def insert(connection, table, values):
    columns = ", ".join(values)
    names = ", ".join(f":{name}" for name in values)
    connection.execute(
        sa.text(f"INSERT INTO {table} ({columns}) VALUES ({names})"), values
    )


def refused(message):
    return pytest.raises(sa.exc.DBAPIError, match=message)


ENDED = {
    "since": None,
    "since_precision": None,
    "until": "2003-01-01",
    "until_precision": "day",
    "holds_from": "2002-12-31",
    "holds_until": "2003-01-01",
}


def test_an_earlier_reading_of_other_days_is_accepted(connection):
    insert(connection, "reading", reading(connection, **ENDED))


@pytest.mark.parametrize(
    "change",
    [
        {"state": "maybe"},
        {"state": "MET"},
        {"series": "third"},
        {"reason": "because"},
        {"until_precision": "hour"},
    ],
)
def test_a_value_outside_the_vocabulary_is_refused(connection, change):
    with refused("(?i)check"):
        insert(connection, "reading", reading(connection, **{**ENDED, **change}))


@pytest.mark.parametrize("state", ["met", "lacking", "unread"])
def test_a_reading_without_a_source_is_refused(connection, state):
    values = reading(connection, **ENDED, state=state, source_key=None)
    with refused("(?i)not.null"):
        insert(connection, "reading", values)


def test_met_without_a_provision_is_refused(connection):
    connection.execute(sa.text("UPDATE reading SET recorded_to = recorded_from"))
    with refused("met_has_provision"):
        insert(connection, "reading", reading(connection, provision_key=None))


def test_lacking_needs_no_provision(connection):
    connection.execute(sa.text("UPDATE reading SET recorded_to = recorded_from"))
    values = reading(connection, provision_key=None, state="lacking")
    insert(connection, "reading", {**values, "recorded_to": None})


@pytest.mark.parametrize(
    ("column", "table"), [("provision_key", "provision"), ("source_key", "source")]
)
def test_the_evidence_of_another_country_is_refused(connection, column, table):
    values = row(connection, table, "country_iso3 = 'KEN' AND position = 0")
    insert(connection, table, {**values, "key": "only-in-kenya", "position": 9})
    if connection.dialect.name == "sqlite":  # says no more than that a key failed
        message = "FOREIGN KEY"
    else:
        message = f"fk_reading_{table}_of_same_country"
    with refused(message):
        values = reading(connection, **ENDED, **{column: "only-in-kenya"})
        insert(connection, "reading", values)


@pytest.mark.parametrize(
    ("table", "column", "evidence"),
    [
        ("reading_provision", "provision_key", "provision"),
        ("reading_source", "source_key", "source"),
    ],
)
def test_further_evidence_of_another_country_is_refused(
    connection, table, column, evidence
):
    values = row(connection, evidence, "country_iso3 = 'KEN' AND position = 0")
    insert(connection, evidence, {**values, "key": "only-in-kenya", "position": 9})
    some = f"SELECT max(reading_id) FROM {table} WHERE country_iso3 = 'PHL'"
    link = row(connection, table, f"reading_id = ({some}) AND position = 1")
    link |= {"position": 9, column: "only-in-kenya"}
    for iso3 in ("PHL", "KEN"):
        with refused("(?i)foreign key"), connection.begin_nested():
            insert(connection, table, {**link, "country_iso3": iso3})


def test_a_law_of_another_country_is_refused(connection):
    law = row(connection, "law", "country_iso3 = 'KEN' AND key = 'act'")
    insert(connection, "law", {**law, "key": "only-in-kenya"})
    provision = row(
        connection,
        "provision",
        "country_iso3 = 'PHL' AND series = 'first' AND key = 'act-4'",
    )
    with refused("(?i)foreign key"):
        values = {**provision, "key": "new", "law_key": "only-in-kenya"}
        insert(connection, "provision", values)


def test_evidence_of_the_other_series_is_refused(connection):
    source = row(
        connection,
        "source",
        "country_iso3 = 'PHL' AND series = 'second' AND key = 'text'",
    )
    insert(connection, "source", {**source, "key": "only-in-second"})
    with refused("(?i)foreign key"):
        values = reading(connection, **ENDED, source_key="only-in-second")
        insert(connection, "reading", values)


@pytest.mark.parametrize("change", [{"element_key": "none"}, {"criterion_key": "none"}])
def test_a_reading_of_an_element_that_does_not_exist_is_refused(connection, change):
    with refused("(?i)foreign key|its coding is"):
        insert(connection, "reading", reading(connection, **ENDED, **change))


OVERLAP = "would hold at the same time|uq_reading_one_that_holds"


@pytest.mark.parametrize(
    "period",
    [
        {},
        {"holds_from": "2030-01-01"},
        {"holds_from": "2000-01-01"},
        {"holds_from": "2000-01-01", "holds_until": "2003-07-01"},
        {"holds_from": "2010-01-01", "holds_until": "2010-01-02"},
    ],
)
def test_two_readings_of_the_same_day_are_refused(connection, period):
    until = period.get("holds_until")
    values = {"until": until, "until_precision": until and "day", **period}
    with refused(OVERLAP):
        insert(connection, "reading", reading(connection, state="lacking", **values))


@pytest.mark.parametrize(
    "period",
    [
        {"holds_from": "2000-01-01", "holds_until": "2003-06-30"},
        {"holds_from": "2010-01-01", "holds_until": "2010-01-01"},
    ],
)
def test_readings_that_share_no_day_are_accepted(connection, period):
    values = {"until": period["holds_until"], "until_precision": "day", **period}
    insert(connection, "reading", reading(connection, **values))


def test_a_superseded_reading_may_share_its_days(connection):
    values = reading(connection)
    insert(connection, "reading", {**values, "recorded_to": values["recorded_from"]})


def test_a_superseded_reading_cannot_be_brought_back_beside_the_current_one(connection):
    values = reading(connection)
    insert(connection, "reading", {**values, "recorded_to": values["recorded_from"]})
    with refused(OVERLAP):
        connection.execute(
            sa.text("UPDATE reading SET recorded_to = NULL WHERE id = 9999")
        )


def test_a_reading_is_superseded_only_after_it_was_recorded(connection):
    with refused("recorded_order"):
        connection.execute(sa.text("UPDATE reading SET recorded_to = '1999-01-01'"))


def test_a_period_that_ends_before_it_begins_is_refused(connection):
    values = {**ENDED, "holds_from": "2005-01-01"}
    with refused("period_order"):
        insert(connection, "reading", reading(connection, **values))


def test_a_date_without_its_precision_is_refused(connection):
    with refused("until_pair"):
        values = {**ENDED, "until_precision": None}
        insert(connection, "reading", reading(connection, **values))


@pytest.mark.parametrize(
    "table",
    [
        "reading",
        "reading_source",
        "reading_provision",
        "coding",
        "law",
        "provision",
        "source",
        "bill",
        "lead",
        "event",
    ],
)
def test_nothing_that_was_said_is_ever_deleted(connection, table):
    assert connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) > 0
    with refused(f"{table}: rows are never deleted"):
        connection.execute(sa.text(f"DELETE FROM {table}"))


@pytest.mark.parametrize(
    ("table", "assignment"),
    [
        ("reading", "state = 'unread'"),
        ("reading", "source_key = 'report'"),
        ("reading", "provision_key = NULL"),
        ("reading", "holds_from = '1999-01-01'"),
        ("reading", "holds_until = holds_from"),
        ("reading", "reason = 'correction'"),
        ("reading", "recorded_from = recorded_from"),
        ("reading", "own = 'since'"),
        ("reading_source", "source_key = 'text'"),
        ("reading_provision", "provision_key = 'act-4'"),
        ("coding", "why = 'Otherwise.'"),
        ("coding", "confidence = 'low'"),
        ("event", "actor = 'Somebody'"),
        ("event", "id = id + 100"),
        ("event", "hash = 'x'"),
    ],
)
def test_nothing_that_was_said_is_ever_edited(connection, table, assignment):
    with refused(f"{table}: rows are never edited"):
        connection.execute(sa.text(f"UPDATE {table} SET {assignment}"))


def test_every_column_of_a_reading_but_its_end_is_written_once(connection):
    columns = [c["name"] for c in sa.inspect(connection).get_columns("reading")]
    for column in set(columns) - {"recorded_to"}:
        with refused("reading: rows are never edited"), connection.begin_nested():
            connection.execute(sa.text(f"UPDATE reading SET {column} = {column}"))
    connection.execute(sa.text("UPDATE reading SET recorded_to = recorded_from"))


def test_only_one_codebook_is_current(connection):
    with refused("(?i)unique"):
        connection.execute(
            sa.text(
                "INSERT INTO codebook"
                " (version, text, themes, is_current, recorded_from)"
                " SELECT '4', text, themes, is_current, recorded_from FROM codebook"
            )
        )


def test_sqlite_has_foreign_keys_and_a_write_ahead_log(connection):
    if connection.dialect.name != "sqlite":
        pytest.skip("these are settings of SQLite")
    assert connection.scalar(sa.text("PRAGMA foreign_keys")) == 1
    assert connection.scalar(sa.text("PRAGMA journal_mode")) == "wal"


def test_a_change_of_tables_can_be_rolled_back(engine):
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE half (id INTEGER)"))
        connection.execute(sa.text("DROP TABLE lead"))
        connection.rollback()
    names = sa.inspect(engine).get_table_names()
    assert "half" not in names
    assert "lead" in names


@pytest.mark.parametrize(
    "change",
    [
        {"country_iso3": "KEN"},
        {"series": "second"},
        {"criterion_key": "grooming", "element_key": "solicitation"},
    ],
)
def test_a_reading_stands_under_a_coding_of_its_own_question(connection, change):
    values = {**reading(connection, **ENDED, **change), "provision_key": None}
    with refused("its coding is of another country, series or criterion"):
        insert(connection, "reading", {**values, "state": "lacking"})


@pytest.mark.parametrize("table", ["event", "reading", "coding", "law", "source"])
def test_a_row_is_not_replaced_on_sqlite(connection, table):
    """INSERT OR REPLACE passes by the trigger on DELETE."""
    if connection.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    with refused("never replaced|would hold at the same time"):
        connection.exec_driver_sql(
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"
        )
