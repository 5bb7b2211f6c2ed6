import csv
import io

import pytest
from sqlalchemy.orm import Session

from factories import NOW, make_country_file, make_earlier, make_reading, make_seeds
from pages import get_page, words
from tracker import create_app
from tracker.actions.load import load_seeds
from tracker.actions.release import create_release
from tracker.extensions import db
from tracker.rules.codebook import ChangeReason
from tracker.rules.differences import Told, compare, explain
from tracker.rules.tables import TABLES
from tracker.store.db import make_engine

READINGS = TABLES["readings"]


def make_row(state, start="2010-01-01", end="", reason="new-evidence", **changes):
    row = dict.fromkeys(READINGS.names, "")
    return row | {
        "iso3": "PHL",
        "criterion": "grooming",
        "element": "solicitation",
        "state": state,
        "holds_from": start,
        "holds_until": end,
        "since": start,
        "until": end,
        "reason": reason,
        **changes,
    }


def differ(old, new, *reasons):
    told = {"PHL/grooming": Told(7, reasons)}
    return list(explain(compare(READINGS, old, new), told))


def test_a_change_of_the_law_is_a_reform():
    old = [make_row("lacking")]
    new = [
        make_row("lacking", end="2020-05-01"),
        make_row("met", "2020-05-01", reason="law-changed"),
    ]
    until, state = differ(old, new, "law-changed")
    assert (until.column, until.old, until.new) == ("until", "", "2020-05-01")
    assert not until.reform
    assert (state.column, state.old, state.new) == ("state", "lacking", "met")
    assert (state.reform, state.event, state.reason) == (True, 7, "law-changed")


@pytest.mark.parametrize("reason", ["recoded", "correction", "new-evidence"])
def test_another_reading_of_the_same_law_is_no_reform(reason):
    (found,) = differ([make_row("lacking")], [make_row("met", reason=reason)], reason)
    assert (found.old, found.new, found.reason) == ("lacking", "met", reason)
    assert not found.reform


@pytest.mark.parametrize("reason", ["recoded", "correction"])
def test_a_recoded_history_is_no_reform_whatever_its_readings_say(reason):
    """A reading behind one in another state is always marked `law-changed`."""
    new = [
        make_row("lacking", end="2020-05-01"),
        make_row("met", "2020-05-01", reason="law-changed"),
    ]
    found = differ([make_row("lacking")], new, reason)
    assert not any(item.reform for item in found)
    assert {item.reason for item in found} == {reason}


def test_a_corrected_date_of_a_known_reform_is_no_second_reform():
    def line(day):
        return [
            make_row("lacking", end=day),
            make_row("met", day, reason="law-changed"),
        ]

    found = differ(line("2019-12-31"), line("2019-08-03"), "law-changed")
    assert found
    assert not any(item.reform for item in found)


def test_what_was_unread_before_is_no_reform():
    old = [make_row("unread")]
    new = [
        make_row("unread", end="2020"),
        make_row("met", "2020", reason="law-changed"),
    ]
    assert not any(item.reform for item in differ(old, new, "law-changed"))


def test_rows_that_come_and_go_are_told():
    law = dict.fromkeys(TABLES["laws"].names, "") | {"iso3": "PHL", "title": "Act"}
    old, new = [law | {"law": "a"}], [law | {"law": "b"}]
    gone, come = compare(TABLES["laws"], old, new)
    assert (gone.key, gone.new) == ("a", "")
    assert (come.key, come.old) == ("b", "")


def test_the_same_is_no_difference():
    rows = [make_row("met"), make_row("lacking", element="contact_suffices")]
    assert differ(rows, rows) == []


@pytest.fixture
def site_of(empty_url, tmp_path):
    """A function: load these files after releasing those; a client of the site."""
    engine = make_engine(empty_url)
    app = create_app({"DATABASE_URL": empty_url})

    def serve(before, after, reason=None):
        with Session(engine) as session:
            load_seeds(session, make_seeds(tmp_path / "one", before), now=NOW)
            create_release(session, "2026.10", site_url="https://x", notes="", now=NOW)
            load_seeds(
                session, make_seeds(tmp_path / "two", after), now=NOW, reason=reason
            )
            create_release(session, "2026.11", site_url="https://x", notes="", now=NOW)
        return app.test_client()

    yield serve
    with app.app_context():
        db.engine.dispose()
    engine.dispose()


def reformed():
    """PHL, whose grooming law was mended in March 2026."""
    data = make_country_file("PHL")
    data["readings"]["grooming"] = make_reading(
        {
            "solicitation": "met",
            "contact_suffices": {"state": "lacking", "since": "2020"},
            "all_children": "unread",
        },
        since="2026-03-01",
    )
    data["history"].append(
        make_earlier(
            "grooming", {"solicitation": "lacking"}, since="2020", until="2026-03-01"
        )
    )
    return data


def rows(client, query):
    text = client.get(f"/data/differences.csv?{query}", buffered=True).data.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def before():
    data = make_country_file("PHL")
    data["readings"]["grooming"]["since"] = "2020"
    return data


def test_the_page_the_csv_and_the_json_say_the_same(site_of):
    client = site_of(before(), reformed())
    for query in ("from=2026.10&to=2026.11", "from=2026.10&to=now"):
        found = rows(client, query)
        (reform,) = [row for row in found if row["reform"] == "1"]
        assert reform["key"] == "solicitation"
        assert (reform["old"], reform["new"]) == ("lacking", "met")
        assert reform["reason"] == "law-changed"
        twin = client.get(f"/data/differences.json?{query}", buffered=True).json["rows"]
        assert [str(row["event"] or "") for row in twin] == [r["event"] for r in found]
        page = get_page(client, f"/data/differences?{query}")
        assert len(page.all("table")[0].findall(".//{*}tbody/{*}tr")) == len(found)
        assert "Reform" in words(page.all("main")[0])
    assert rows(client, "from=2026.11&to=now") == []
    assert len(rows(client, "from=2026.10&kind=reform")) == 1
    assert {row["table"] for row in rows(client, "from=2026.10&table=answers")} == {
        "answers"
    }


def test_a_recoding_is_told_as_one(site_of):
    client = site_of(before(), reformed(), ChangeReason.RECODED)
    found = rows(client, "from=2026.10&to=2026.11")
    assert found
    assert {row["reform"] for row in found} == {"0"}
    assert {row["reason"] for row in found if row["table"] == "readings"} == {"recoded"}


def test_an_older_release_is_no_later_one(site_of):
    client = site_of(before(), reformed())
    get_page(client, "/data/differences?from=2026.11&to=2026.10", status=400)
    get_page(client, "/data/differences?from=2020.01", status=400)
