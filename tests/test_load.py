import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from factories import (
    NOW,
    SEEDS,
    codebook_data,
    make_codebook,
    make_country_file,
    make_earlier,
    make_law,
    make_provision,
    make_seeds,
    write_country,
)
from tracker import cli
from tracker.actions.check import SeedsRefused, check_country
from tracker.actions.export import seed_files
from tracker.actions.load import Loaded, load_seeds
from tracker.actions.yamlfile import Document, dump, parse
from tracker.rules.codebook import ChangeReason, Series, State
from tracker.store import audit
from tracker.store.codebooks import read_codebook
from tracker.store.db import Base, make_engine
from tracker.store.documents import documents
from tracker.store.models import (
    Bill,
    Country,
    Criterion,
    Element,
    Event,
    Law,
    Lead,
    Provision,
    Reading,
    TreatySource,
    TreatyStatus,
)

LATER = NOW + timedelta(days=1)


@pytest.fixture
def seeds(tmp_path):
    return make_seeds(tmp_path / "seeds")


@pytest.fixture
def stored(session, seeds):
    """A session on a database with PHL and KEN."""
    load_seeds(session, seeds, now=NOW)
    return session


def change_phl(seeds, session, change, **options):
    """Load the folder again with PHL.yaml changed; the events that this left."""
    data = make_country_file()
    change(data)
    write_country(seeds, data)
    before = session.scalar(sa.select(sa.func.max(Event.id)))
    load_seeds(session, seeds, now=LATER, **options)
    query = sa.select(Event).where(Event.id > before).order_by(Event.id)
    return session.scalars(query).all()


def told(events):
    return [(event.action, event.subject, event.reason) for event in events]


def every_row(session):
    """All that the database holds, table by table."""
    session.rollback()
    return {
        table.name: sorted(map(repr, session.execute(sa.select(table))))
        for table in Base.metadata.sorted_tables
    }


def readings(session, criterion, element, series=Series.FIRST):
    """The readings of one element of PHL, the oldest first."""
    query = sa.select(Reading).where(
        Reading.country_iso3 == "PHL",
        Reading.criterion_key == criterion,
        Reading.element_key == element,
        Reading.series == series,
    )
    return session.scalars(query.order_by(Reading.id)).all()


def test_loading_says_what_it_did(session, seeds):
    assert load_seeds(session, seeds, now=NOW) == Loaded(
        files=2, changed=2, events=session.scalar(sa.select(sa.func.count(Event.id)))
    )


def test_what_was_loaded_stands_in_the_database(stored):
    assert documents(stored, Series.FIRST) == {
        "KEN": make_country_file("KEN"),
        "PHL": make_country_file("PHL"),
    }
    assert read_codebook(stored) == make_codebook()
    assert list(audit.verify(stored)) == []


def test_progress_names_every_file_twice(session, seeds):
    lines = []
    load_seeds(session, seeds, now=NOW, progress=lines.append)
    assert lines == [
        "checked countries/KEN.yaml",
        "checked countries/PHL.yaml",
        "loaded first/KEN",
        "loaded first/PHL",
    ]


def test_a_first_load_leaves_one_event_for_each_thing_it_brought(session, tmp_path):
    load_seeds(session, make_seeds(tmp_path, make_country_file()), now=NOW)
    events = session.scalars(sa.select(Event).order_by(Event.id)).all()
    assert told(events) == [
        ("added", "countries.csv", ""),
        ("added", "treaty_titles.csv", ""),
        ("added", "treaty_sources.csv", ""),
        ("added", "treaties.csv", ""),
        ("added", "codebook", ""),
        ("added", "PHL/laws", ""),
        ("added", "PHL/provisions", ""),
        ("added", "PHL/sources", ""),
        ("added", "PHL/definition", "new-evidence"),
        ("added", "PHL/grooming", "new-evidence"),
        ("added", "PHL/penalty", "new-evidence"),
        ("added", "PHL/bills", ""),
        ("added", "PHL/leads", ""),
    ]
    assert {event.actor for event in events} == {"tracker load"}
    assert {event.at for event in events} == {NOW}
    assert {event.before for event in events} == {None}


def test_loading_twice_changes_nothing(stored, seeds):
    before = every_row(stored)
    assert load_seeds(stored, seeds, now=LATER) == Loaded(files=2, changed=0, events=0)
    assert every_row(stored) == before


def test_loading_the_projects_seeds_twice_changes_nothing(loaded_session):
    before = every_row(loaded_session)
    found = load_seeds(loaded_session, SEEDS, now=LATER)
    assert (found.changed, found.events) == (0, 0)
    assert every_row(loaded_session) == before


def test_a_changed_state_supersedes_and_keeps_the_old_row(stored, seeds):
    def correct(data):
        data["readings"]["penalty"]["elements"]["ten_years"] = "lacking"

    events = change_phl(seeds, stored, correct)

    assert told(events) == [("changed", "PHL/penalty", "correction")]
    old, new = readings(stored, "penalty", "ten_years")
    assert (old.state, old.recorded_from, old.recorded_to) == (State.MET, NOW, LATER)
    assert (new.state, new.recorded_from, new.recorded_to) == (
        State.LACKING,
        LATER,
        None,
    )
    assert new.reason is ChangeReason.CORRECTION
    assert '"ten_years":"met"' in events[0].before
    assert '"ten_years":"lacking"' in events[0].after
    assert events[0].country_iso3 == "PHL"


def test_a_change_touches_no_other_criterion_and_no_other_country(stored, seeds):
    def correct(data):
        data["readings"]["penalty"]["elements"]["ten_years"] = "lacking"

    change_phl(seeds, stored, correct)
    superseded = stored.execute(
        sa.select(Reading.country_iso3, Reading.criterion_key)
        .where(Reading.recorded_to.is_not(None))
        .distinct()
    ).all()
    assert superseded == [("PHL", "penalty")]


def test_reading_on_is_new_evidence(stored, seeds):
    def read_on(data):
        data["readings"]["grooming"]["elements"]["all_children"] = "lacking"

    events = change_phl(seeds, stored, read_on)
    assert told(events) == [("changed", "PHL/grooming", "new-evidence")]


def test_a_new_entry_of_history_says_that_the_law_changed(stored, seeds):
    def reform(data):
        penalty = data["readings"]["penalty"]
        penalty["elements"]["ten_years"] = {"state": "met", "since": "2022-06-23"}
        earlier = make_earlier("penalty", {"ten_years": "lacking"}, until="2022-06-23")
        data["history"].append(earlier)

    events = change_phl(seeds, stored, reform)

    assert told(events) == [("changed", "PHL/penalty", "law-changed")]
    old, earlier, new = readings(stored, "penalty", "ten_years")
    assert old.recorded_to == LATER
    assert (earlier.state, new.state) == (State.LACKING, State.MET)
    assert earlier.holds_until == new.holds_from
    assert new.reason is ChangeReason.LAW_CHANGED


def test_a_reform_shows_where_history_says_what_held_before(stored):
    earlier, now = readings(stored, "definition", "ict")
    assert (earlier.state, now.state) == (State.LACKING, State.MET)
    assert now.reason is ChangeReason.LAW_CHANGED
    (other,) = readings(stored, "definition", "offence")
    assert other.reason is ChangeReason.NEW_EVIDENCE


def test_an_entry_put_before_others_in_history_supersedes_only_its_own(stored, seeds):
    def reform(data):
        earlier = make_earlier("penalty", {"ten_years": "lacking"}, until="2003-06-30")
        data["history"].insert(0, {**earlier, "since": "1990"})

    events = change_phl(seeds, stored, reform)

    assert told(events) == [("changed", "PHL/penalty", "law-changed")]
    assert [row.recorded_to for row in readings(stored, "definition", "ict")] == [
        None,
        None,
    ]
    wanted = make_country_file()
    reform(wanted)
    assert documents(stored, Series.FIRST, "PHL") == {"PHL": wanted}


def test_whoever_loads_may_give_the_reason(stored, seeds):
    def recode(data):
        data["readings"]["penalty"]["elements"]["ten_years"] = "lacking"

    events = change_phl(
        seeds, stored, recode, reason=ChangeReason.RECODED, actor="Maria"
    )
    assert told(events) == [("changed", "PHL/penalty", "recoded")]
    assert events[0].actor == "Maria"
    assert readings(stored, "penalty", "ten_years")[-1].reason is ChangeReason.RECODED


def test_a_criterion_left_out_is_superseded_and_not_deleted(stored, seeds):
    events = change_phl(seeds, stored, lambda data: data["readings"].pop("penalty"))
    assert told(events) == [("withdrawn", "PHL/penalty", "correction")]
    assert events[0].after is None
    (row,) = readings(stored, "penalty", "ten_years")
    assert row.recorded_to == LATER


def test_a_changed_why_supersedes_too(stored, seeds):
    def reword(data):
        data["readings"]["penalty"]["why"] = "Read once more."

    events = change_phl(seeds, stored, reword)
    assert told(events) == [("changed", "PHL/penalty", "new-evidence")]
    assert [row.recorded_to for row in readings(stored, "penalty", "ten_years")] == [
        LATER,
        None,
    ]


def test_an_edited_law_leaves_its_before_and_after(stored, seeds):
    def rename(data):
        data["laws"][1]["title"] = "Expanded Act"

    events = change_phl(seeds, stored, rename)
    assert told(events) == [("changed", "PHL/laws", "")]
    assert '"title":"Anti-Trafficking Act"' in events[0].before
    assert '"title":"Expanded Act"' in events[0].after
    assert "Penal Code" not in events[0].before


def test_another_order_is_no_event(stored, seeds):
    events = change_phl(seeds, stored, lambda data: data["laws"].reverse())
    assert events == []
    (document,) = documents(stored, Series.FIRST, "PHL").values()
    assert [law["key"] for law in document["laws"]] == ["act", "code"]


def test_a_withdrawn_law_stays_for_old_readings_and_may_come_back(stored, seeds):
    law, provision = make_law("new"), make_provision("new-1", law="new")

    def add(data):
        data["laws"].append(law)
        data["provisions"].append(provision)

    subjects = ["PHL/laws", "PHL/provisions"]
    for change, action, withdrawn in (
        (add, "added", None),
        (lambda data: None, "withdrawn", LATER),
        (add, "added", None),
    ):
        events = change_phl(seeds, stored, change)
        assert told(events) == [(action, subject, "") for subject in subjects]
        stored.expire_all()
        for model, key in ((Law, "new"), (Provision, "new-1")):
            row = stored.get(model, ("PHL", Series.FIRST, key))
            assert row.withdrawn_at == withdrawn


def test_changed_bills_and_leads_supersede(stored, seeds):
    def change(data):
        data["bills"] = []
        data["leads"] = ["Another decree was not seen."]

    events = change_phl(seeds, stored, change)
    assert told(events) == [
        ("withdrawn", "PHL/bills", ""),
        ("changed", "PHL/leads", ""),
    ]
    for model, ends in ((Bill, [LATER]), (Lead, [LATER, None])):
        query = sa.select(model.recorded_to).where(model.country_iso3 == "PHL")
        assert stored.scalars(query.order_by(model.id)).all() == ends


def test_another_day_of_coding_is_an_event(stored, seeds):
    events = change_phl(seeds, stored, lambda data: data.update(coded_on="2026-11-21"))
    assert told(events) == [("changed", "PHL/coded_on", "")]
    assert (events[0].before, events[0].after) == ('"2026-11-20"', '"2026-11-21"')


def test_a_country_whose_file_is_gone_keeps_its_rows(stored, seeds):
    (seeds / "countries" / "PHL.yaml").unlink()
    before = every_row(stored)
    assert load_seeds(stored, seeds, now=LATER) == Loaded(files=1, changed=0, events=0)
    assert every_row(stored) == before


def test_a_second_reading_is_kept_apart(session, tmp_path):
    other = make_country_file()
    other["readings"]["penalty"]["elements"]["ten_years"] = "lacking"
    load_seeds(session, make_seeds(tmp_path, second=[other]), now=NOW)

    assert documents(session, Series.SECOND) == {"PHL": other}
    (first,) = readings(session, "penalty", "ten_years", Series.FIRST)
    (second,) = readings(session, "penalty", "ten_years", Series.SECOND)
    assert (first.state, second.state) == (State.MET, State.LACKING)
    subjects = session.scalars(sa.select(Event.subject)).all()
    assert {"PHL/penalty", "PHL/second/penalty"} <= set(subjects)


def rewrite(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_changed_row_of_a_table_leaves_its_event(stored, seeds):
    rewrite(seeds / "countries.csv", ",Philippines,", ",The Philippines,")
    rewrite(seeds / "treaties.csv", "KEN,crc,", "KEN,ccr,")
    rewrite(seeds / "treaties.csv", "KEN,ccr,party,", "KEN,crc,signatory,")
    load_seeds(stored, seeds, now=LATER)
    events = stored.scalars(sa.select(Event).where(Event.at == LATER)).all()
    assert told(events) == [
        ("changed", "countries.csv/PHL", ""),
        ("changed", "treaties.csv/KEN/crc", ""),
    ]
    assert '"status":"party"' in events[1].before
    assert '"status":"signatory"' in events[1].after
    assert stored.get(Country, "PHL").name == "The Philippines"


def test_a_source_of_treaty_rows_may_be_renamed(stored, seeds):
    for name in ("treaty_sources.csv", "treaties.csv"):
        rewrite(seeds / name, "fedlex-opsc", "fedlex-opsc-2027")
    load_seeds(stored, seeds, now=LATER)
    keys = set(stored.scalars(sa.select(TreatyStatus.source_key)))
    assert "fedlex-opsc-2027" in keys
    assert stored.get(TreatySource, "fedlex-opsc") is None


def test_a_country_that_nothing_refers_to_may_go_with_its_treaty_rows(stored, seeds):
    for name in ("countries.csv", "treaties.csv"):
        lines = (seeds / name).read_text(encoding="utf-8").splitlines(True)
        kept = "".join(line for line in lines if not line.startswith("AFG,"))
        (seeds / name).write_text(kept, encoding="utf-8")
    load_seeds(stored, seeds, now=LATER)
    assert stored.get(Country, "AFG") is None
    assert list(audit.verify(stored)) == []


def drop_element(data):
    del data["criteria"][1]["elements"]["ten_years"]
    data["criteria"][1]["full"] = ["four_years"]


def drop_criterion(data):
    del data["criteria"][1]


@pytest.mark.parametrize("change", [drop_element, drop_criterion])
@pytest.mark.parametrize("version", ["3", "4"])
def test_what_readings_answer_cannot_leave_the_codebook(
    stored, seeds, tmp_path, change, version
):
    data = codebook_data()
    change(data)
    data["version"] = version
    (seeds / "codebook.yaml").write_text(dump(data), encoding="utf-8")
    for iso3 in ("PHL", "KEN"):
        (seeds / "countries" / f"{iso3}.yaml").unlink()
    write_country(seeds, make_country_file("IND", readings={}, history=[]))
    before = every_row(stored)

    with pytest.raises(SeedsRefused) as caught:
        load_seeds(stored, seeds, now=LATER)

    problem = caught.value.problems[-1]
    assert (problem.file, problem.key) == (
        str(seeds / "codebook.yaml"),
        "penalty.ten_years",
    )
    assert every_row(stored) == before


@pytest.mark.parametrize("version", ["3", "4"])
def test_what_nobody_read_may_leave_the_codebook(stored, seeds, version):
    data = codebook_data()
    data["version"] = version
    gone = data["criteria"].pop()
    last = data["criteria"][-1]
    dropped = list(last["elements"])[-1]
    del last["elements"][dropped]
    last["full"].remove(dropped)
    (seeds / "codebook.yaml").write_text(dump(data), encoding="utf-8")

    load_seeds(stored, seeds, now=LATER)

    book = read_codebook(stored)
    assert [c.key for c in book.criteria] == [c["key"] for c in data["criteria"]]
    assert book.criteria[-1].element_keys == tuple(last["elements"])
    assert stored.get(Criterion, gone["key"]) is None
    assert stored.get(Element, (last["key"], dropped)) is None
    assert load_seeds(stored, seeds, now=LATER).events == 0


def test_a_codebook_in_another_order_reorders_the_readings(stored, seeds):
    data = codebook_data()
    data["criteria"].reverse()
    (seeds / "codebook.yaml").write_text(dump(data), encoding="utf-8")
    for iso3 in ("PHL", "KEN"):
        file = make_country_file(iso3)
        file["readings"] = dict(reversed(file["readings"].items()))
        write_country(seeds, file)
    load_seeds(stored, seeds, now=LATER)
    document = documents(stored, Series.FIRST)["PHL"]
    assert list(document["readings"]) == ["grooming", "penalty", "definition"]
    assert dump(document) == (seeds / "countries" / "PHL.yaml").read_text()


def test_a_country_that_readings_refer_to_cannot_leave_the_table(stored, seeds):
    (seeds / "countries" / "PHL.yaml").unlink()
    for name in ("countries.csv", "treaties.csv"):
        lines = (seeds / name).read_text(encoding="utf-8").splitlines(True)
        kept = "".join(line for line in lines if not line.startswith("PHL,"))
        (seeds / name).write_text(kept, encoding="utf-8")
    before = every_row(stored)

    with pytest.raises(SeedsRefused) as caught:
        load_seeds(stored, seeds, now=LATER)

    assert [problem.key for problem in caught.value.problems] == ["PHL"]
    assert every_row(stored) == before


def test_one_fault_and_nothing_is_loaded(session, seeds):
    rewrite(seeds / "countries" / "PHL.yaml", "ten_years: met", "ten_years: perhaps")
    before = every_row(session)
    with pytest.raises(SeedsRefused) as caught:
        load_seeds(session, seeds, now=NOW)
    assert [problem.key for problem in caught.value.problems] == [
        "readings.penalty.elements.ten_years"
    ]
    assert every_row(session) == before


def test_a_load_that_breaks_half_way_leaves_nothing(stored, seeds):
    def interrupt(text):
        if text == "loaded first/PHL":
            raise KeyboardInterrupt

    for iso3 in ("PHL", "KEN"):
        data = make_country_file(iso3, laws=[make_law("code"), make_law("act")])
        write_country(seeds, data)
    before = every_row(stored)
    with pytest.raises(KeyboardInterrupt):
        load_seeds(stored, seeds, now=LATER, progress=interrupt)
    assert every_row(stored) == before


def test_two_loads_at_once_take_turns(engine, tmp_path):
    folders = [
        make_seeds(tmp_path / iso3, make_country_file(iso3)) for iso3 in ("PHL", "KEN")
    ]
    failures = []

    def load(folder):
        try:
            with Session(engine) as session:
                load_seeds(session, folder, now=NOW)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=load, args=[folder]) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with Session(engine) as session:
        assert set(documents(session, Series.FIRST)) == {"PHL", "KEN"}
        assert list(audit.verify(session)) == []


LOAD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from sqlalchemy.orm import Session
from tracker.actions.load import load_seeds
from tracker.store.db import make_engine

def say(text):
    print(text, flush=True)

with Session(make_engine(sys.argv[1])) as session:
    load_seeds(session, Path(sys.argv[2]), now=datetime.now(UTC), progress=say)
say("committed")
"""
MOMENTS = 3


@pytest.fixture
def many(tmp_path):
    """The project's seeds without two thirds of the countries."""
    folder = shutil.copytree(SEEDS, tmp_path / "many")
    for number, path in enumerate(sorted(folder.glob("countries/*.yaml"))):
        if number % 3 and path.stem not in ("KEN", "PHL"):
            path.unlink()
            (folder / "second" / path.name).unlink(missing_ok=True)
    return folder


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_load_that_is_killed_leaves_the_database_before_or_after_it(
    empty_url, seeds, many, moment
):
    """Each moment is a random one in its own third of the time that writing takes."""
    engine = make_engine(empty_url)
    with Session(engine) as session:
        load_seeds(session, seeds, now=NOW)
        before = seed_files(session)
        events = session.scalar(sa.select(sa.func.count(Event.id)))
    engine.dispose()
    after = {
        str(path.relative_to(many)): path.read_bytes().decode()
        for path in many.rglob("*.*")
        if path.suffix in {".yaml", ".csv"}
    }
    files = len(list(many.glob("*/*.yaml")))
    kill_after = int(files * (moment + random.random()) / (MOMENTS - 1))

    command = [sys.executable, "-c", LOAD, empty_url, str(many)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        written = 0
        while written < min(kill_after, files):
            line = process.stdout.readline()
            assert line, "it ended before its time"
            written += line.startswith("loaded ")
        if kill_after >= files:  # the last sixth: rows, events and the commit
            time.sleep(random.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.stdout.read()

    engine = make_engine(empty_url)
    with Session(engine) as session:
        audit.lock(session)  # on a server: wait until it has noticed
        assert list(audit.verify(session)) == []
        found = seed_files(session)
        more = session.scalar(sa.select(sa.func.count(Event.id))) - events
        assert found in (before, after)
        assert (more > 0) is (found == after)
    engine.dispose()


DATES = st.sampled_from([None, "1999", "2003-06-30", "2013-02", "2019-08-03", "2022"])
STATES = st.sampled_from(["met", "lacking", "unread"])


@st.composite
def country_files(draw):
    """Files of PHL that vary in all that a timeline and its evidence depend on."""
    data = make_country_file()
    for criterion in list(data["readings"]):
        reading = data["readings"][criterion]
        reading["since"] = draw(DATES)
        for key in reading["elements"]:
            state = draw(STATES)
            own = draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "since": DATES,
                        "provisions": st.just(["act-5", "act-4"]),
                        "sources": st.just(["report", "text"]),
                    },
                )
            )
            reading["elements"][key] = {"state": state, **own} if own else state
    if draw(st.booleans()):
        del data["readings"]["definition"]
    data["history"] = draw(
        st.lists(
            st.builds(
                make_earlier,
                st.just("penalty"),
                st.fixed_dictionaries(
                    {}, optional={"four_years": STATES, "ten_years": STATES}
                ),
                since=DATES,
                until=DATES.filter(bool),
            ),
            max_size=3,
        )
    )
    data["laws"] += draw(st.sampled_from([[], [make_law("new")]]))
    data["bills"] *= draw(st.sampled_from([0, 1, 2]))
    document = Document("PHL.yaml", dump(data))
    parse(document)
    check_country(document, "PHL", make_codebook())
    assume(not document.problems)
    return data


@settings(
    max_examples=25,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # each example loads over the last one
        HealthCheck.filter_too_much,
        HealthCheck.too_slow,
    ],
)
@given(country_files())
def test_whatever_the_check_accepts_is_stored_as_it_is(stored, seeds, data):
    write_country(seeds, data)
    load_seeds(stored, seeds, now=LATER)

    assert documents(stored, Series.FIRST, "PHL") == {"PHL": data}
    assert load_seeds(stored, seeds, now=LATER).events == 0
    assert list(audit.verify(stored)) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRACKER_THREADS", "many"),
        ("TRACKER_DATABASE_URL", "tracker.db"),
        ("TRACKER_DATABASE_URL", "oracul://x"),
    ],
)
def test_a_setting_that_cannot_be_read_ends_in_one_line(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    result = CliRunner().invoke(cli.main, ["user", "list"])
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {name}")
    assert len(result.output.splitlines()) == 1
