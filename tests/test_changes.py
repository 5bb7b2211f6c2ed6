import itertools
import json
import xml.etree.ElementTree as ET
from datetime import date

import feedparser
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from factories import NOW, make_country_file, make_seeds
from pages import get_page, words
from tracker import create_app
from tracker.actions.load import load_seeds
from tracker.extensions import db
from tracker.rules.answers import Derived, Level
from tracker.rules.codebook import ChangeReason, State
from tracker.rules.corridor import Dual, dual
from tracker.rules.trail import Kind, classify, shifts
from tracker.store import dossier, reforms
from tracker.store.models import Country, Reading

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ["/feed", "/countries/PHL/feed", "/criteria/grooming/feed"]


@pytest.mark.parametrize("reason", ChangeReason)
def test_no_event_but_a_reform_is_called_one(reason):
    found = classify("PHL/grooming", "changed", reason.value, ["grooming"])
    assert found
    assert found.kind is not Kind.REFORM


@pytest.mark.parametrize(
    "subject", ["PHL/leads", "PHL/second/grooming", "PHL/coded_on", "countries.csv"]
)
def test_what_no_reader_sees_is_no_entry(subject):
    assert classify(subject, "changed", "", ["grooming"]) is None


def test_a_shift_is_a_present_state_that_changed():
    before = [
        {"until": "2019", "elements": {"a": "lacking"}},
        {"elements": {"a": "met"}},
    ]
    after = [{"elements": {"a": {"state": "unread"}, "b": "met"}}]
    found = [(s.element, s.before, s.after) for s in shifts(before, after)]
    assert found == [("a", State.MET, State.UNREAD), ("b", None, State.MET)]
    assert shifts(before, before) == ()


def test_shifts_stand_in_the_order_of_the_codebook():
    after = [{"elements": {"a": "met", "b": "met", "gone": "met", "c": "met"}}]
    found = [shift.element for shift in shifts(None, after, ("c", "b", "a", "d"))]
    assert found == ["c", "b", "a", "gone"]


def make_derived(floor, ceiling, read=1):
    return Derived(Level(floor), Level(ceiling), met=read, lacking=0, unread=1)


def test_nothing_unread_settles_dual_criminality():
    yes, no = make_derived(2, 2), make_derived(0, 0)
    for unsure in (make_derived(0, 2), make_derived(0, 2, read=0), make_derived(0, 1)):
        assert dual(yes, unsure) is Dual.OPEN
        assert dual(unsure, no) is Dual.OPEN
    assert dual(yes, make_derived(1, 2)) is Dual.BOTH
    assert dual(yes, no) is Dual.FIRST
    assert dual(no, yes) is Dual.SECOND
    assert dual(no, no) is Dual.NEITHER


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_valid_atom(client, path):
    response = client.get(f"{path}.atom")
    assert response.mimetype == "application/atom+xml"
    parsed = feedparser.parse(response.data)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert parsed.entries
    root = ET.fromstring(response.data)
    nodes = [root, *root.findall(f"{ATOM}entry")]
    ids = [node.findtext(f"{ATOM}id") for node in nodes]
    assert len(set(ids)) == len(ids)
    assert all(text.startswith("urn:uuid:") for text in ids)
    for node in nodes:  # RFC 4287, 4.1.1 and 4.1.2
        for name in ("id", "title", "updated"):
            assert len(node.findall(f"{ATOM}{name}")) == 1
            assert node.findtext(f"{ATOM}{name}")
        assert node.findtext(f"{ATOM}updated").endswith("+00:00")
    assert root.find(f"{ATOM}author/{ATOM}name").text
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"].endswith(f"{path}.atom")
    newest = max(e.findtext(f"{ATOM}updated") for e in root.findall(f"{ATOM}entry"))
    assert root.findtext(f"{ATOM}updated") == newest


@pytest.mark.parametrize("path", FEEDS)
def test_both_feeds_have_the_same_entries(client, path):
    found = client.get(f"{path}.json").json
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    atom = feedparser.parse(client.get(f"{path}.atom").data)
    assert [item["id"] for item in found["items"]] == [e.id for e in atom.entries]
    assert all(
        item["content_text"] and item["date_published"] for item in found["items"]
    )


def test_a_reader_that_has_the_feed_is_told_so(client):
    tag = client.get("/feed.atom").headers["ETag"]
    assert client.get("/feed.atom", headers={"If-None-Match": tag}).status_code == 304


@pytest.fixture
def site_of_one(engine, empty_url, tmp_path):
    """A function that loads a country file, and gives a client and how to load again."""
    app = create_app({"DATABASE_URL": empty_url})

    def load(data, name):
        with Session(engine) as session:
            load_seeds(session, make_seeds(tmp_path / name, data), now=NOW)

    yield app.test_client(), load
    with app.app_context():
        db.engine.dispose()


def test_only_a_real_change_makes_an_entry(site_of_one):
    client, load = site_of_one
    load(make_country_file(), "one")
    before = client.get("/countries/PHL/feed.json").json["items"]
    load(make_country_file(), "two")
    assert client.get("/countries/PHL/feed.json").json["items"] == before
    changed = make_country_file()
    changed["readings"]["definition"]["elements"]["no_means"] = "lacking"
    load(changed, "three")
    after = client.get("/countries/PHL/feed.json").json["items"]
    new = [item for item in after if item not in before]
    assert len(new) == 1
    assert new[0]["tags"] == ["correction"]
    assert "met → lacking" in new[0]["content_text"]
    assert {item["id"] for item in before} < {item["id"] for item in after}


def test_reforms_stand_apart_from_what_was_learned(client):
    rows = client.get("/changes.json", buffered=True).json["rows"]
    reforms = [row for row in rows if row["kind"] == "reform"]
    assert reforms
    for row in reforms:
        assert row["reason"] == "law-changed"
        assert "unread" not in (row["before"], row["after"])
        assert row["before"] != row["after"]
    page = get_page(client, "/changes")
    assert {"reforms", "bills", "learned"} <= set(page.ids)


def test_what_changed_since_a_day_claims_nothing_of_what_was_unread(client):
    path = "/changes.json?since=2015-01-01&region=Europe"
    for row in client.get(path, buffered=True).json["rows"]:
        if row["kind"] == "answer":
            assert "unknown" not in (row["before"], row["after"])
        if row["kind"] == "reform":
            assert row["date"] >= "2015"


def test_a_bill_names_the_elements_it_would_meet(site_of_one):
    client, load = site_of_one
    data = make_country_file()
    data["bills"][0]["elements"] = ["grooming.solicitation"]
    load(data, "one")
    text = get_page(client, "/countries/PHL").text
    assert "It would meet, as described: Grooming" in text
    row = next(
        row
        for row in client.get("/changes.json", buffered=True).json["rows"]
        if row["kind"] == "bill" and row["title"]
    )
    assert row["element"] == "grooming.solicitation"


@pytest.mark.parametrize("path", ["/embed/map/grooming", "/embed/countries/PHL"])
def test_an_embed_has_no_script_and_no_cookie_and_says_what_it_rests_on(client, path):
    page = get_page(client, path)
    assert not page.all("script")
    assert "not read" in page.text
    assert "codebook version" in page.text
    assert "Law as read for" in page.text
    assert "audit trail" in page.text


def test_the_code_to_copy_leads_to_what_it_shows(client):
    page = get_page(client, "/embed?criterion=grooming&country=KEN")
    code = [area.text for area in page.all("textarea")]
    assert "/embed/map/grooming" in code[0]
    assert "/embed/countries/KEN" in code[1]
    assert json.dumps(code).count("<iframe") == 2


def test_cards_are_pictures(client):
    for path in ("/card.png", "/countries/PHL/card.png", "/criteria/grooming/card.png"):
        response = client.get(path)
        assert response.data.startswith(b"\x89PNG")
        assert "Set-Cookie" not in response.headers


def test_adoption_counts_every_country_each_year(client):
    rows = client.get("/criteria/grooming/years.json", buffered=True).json["rows"]
    for row in rows:
        names = ("met", "lacking") if row["element"] else ()
        names = names or ("yes", "partial", "no", "not_settled")
        assert sum(row[name] for name in (*names, "not_read")) == row["countries"]


def lines_of_elements(session):
    """Each country with the readings of each of its elements, in order of time."""
    query = (
        sa.select(Country, Reading)
        .join(Reading, Reading.country_iso3 == Country.iso3)
        .where(Reading.series == "first", Reading.recorded_to.is_(None))
        .order_by(Reading.holds_from, Reading.id)
    )
    found = {}
    for country, reading in session.execute(query):
        key = (country.iso3, reading.criterion_key, reading.element_key)
        found.setdefault(key, (country, []))[1].append(reading)
    return found.values()


@pytest.mark.parametrize("day", [date(2003, 1, 1), date(2016, 6, 1), NOW.date()])
def test_the_database_finds_the_reforms_that_the_readings_show(loaded_session, day):
    expected = [
        reform
        for country, line in lines_of_elements(loaded_session)
        for reform in dossier.reforms_of(
            country, [reading for reading in line if reading.holds_from <= day]
        )
    ]
    numbers = reforms.latest_numbers(loaded_session, day)
    found = reforms.read_reforms(loaded_session, numbers)
    assert sorted(map(str, found)) == sorted(map(str, expected))
    order = [(r.when.first if r.when else date.min, r.country.iso3) for r in found]
    assert order == sorted(order, reverse=True)
    assert len(found) > 10 or day.year < 2010
    latest = reforms.latest_reforms(loaded_session, day, 6)
    assert list(map(str, latest)) == list(map(str, found[:6]))


def items_of_pages(client, path, field, box):
    """What the items of a list say, page by page."""
    found = []
    for number in itertools.count(1):
        page = get_page(client, f"{path}{field}={number}")
        lists = page.all("ul", class_=box)
        found += [words(li) for ul in lists for li in ul]
        if f"{field}={number + 1}#" not in page.text:
            return found


@pytest.mark.parametrize(
    ("field", "kind", "box"),
    [("reforms", "reform", "reforms"), ("bills", "bill", "bills")],
)
def test_pages_of_a_section_have_all_its_rows(client, monkeypatch, field, kind, box):
    path = f"/changes?kind={kind}&region=Europe&"
    whole = items_of_pages(client, path, field, box)
    monkeypatch.setattr("tracker.web.changes.ITEMS", 4)
    assert items_of_pages(client, path, field, box) == whole
    rows = client.get(f"/changes.json?kind={kind}&region=Europe").json["rows"]
    assert len(whole) == len([row for row in rows if not row["recorded"]]) > 8
    assert client.get(f"{path}{field}=99").status_code == 404


def test_pages_of_answers_then_and_now_have_all_rows(client, monkeypatch):
    path = "/changes?since=2015-01-01&region=Asia"
    rows = client.get(path.replace("?", ".json?")).json["rows"]
    expected = [row["country"] for row in rows if row["kind"] == "answer"]
    monkeypatch.setattr("tracker.web.changes.PAGE_SIZE", 5)
    found = []
    for number in range(1, -(-len(expected) // 5) + 1):
        page = get_page(client, f"{path}&answers={number}")
        found += [words(cell) for cell in page.all("th", scope="row")]
    assert len(expected) > 5
    assert found == expected


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("since=2015-01-01", ["reforms", "answers", "bills", "learned"]),
        ("kind=", ["reforms", "bills", "learned"]),
        ("kind=reform&since=2015-01-01", ["reforms"]),
        ("kind=bill", ["bills", "learned"]),
        ("kind=correction&since=2015-01-01", ["learned"]),
    ],
)
def test_nothing_is_said_of_what_was_not_asked(client, query, parts):
    page = get_page(client, f"/changes?{query}")
    heads = [head.get("id") for head in page.all("h2") if head.get("id")]
    assert heads == parts


def test_an_event_that_brought_a_reform_is_not_told_twice(site_of_one):
    client, load = site_of_one
    load(make_country_file(history=[]), "one")
    before = client.get("/countries/PHL/feed.json").json["items"]
    load(make_country_file(), "two")
    after = client.get("/countries/PHL/feed.json").json["items"]
    assert [item["tags"] for item in after if item not in before] == [["reform"]]
    (reform,) = client.get("/changes.json?kind=reform").json["rows"]
    assert reform["reason"] == "law-changed"
    learned = get_page(client, "/changes").all("ul", class_="learned")
    assert "the law changed" not in words(learned[0]).lower()


def test_where_countries_are_many_their_codes_are_typed(client, monkeypatch):
    monkeypatch.setattr("tracker.web.filters.MOST_OPTIONS", 3)
    for path in ("/changes?country=phl", "/corridor?from=phl&to=KEN"):
        page = get_page(client, path)
        assert "PHL" in [item.get("value") for item in page.all("input")]
        assert "Kenya" in page.text or "changes" in path
        assert '<option value="KEN">' not in page.text
    assert get_page(client, "/provisions/grooming?mine=PHL").all("input", id="mine")
    assert client.get("/changes?country=XXX").status_code == 400


def test_answers_of_one_country_are_compared_only_there(client):
    whole = client.get("/changes.json?since=2015-01-01").json["rows"]
    answers = [row for row in whole if row["kind"] == "answer"]
    iso3 = answers[0]["iso3"]
    path = f"/changes.json?since=2015-01-01&country={iso3}"
    found = [row for row in client.get(path).json["rows"] if row["kind"] == "answer"]
    assert found == [row for row in answers if row["iso3"] == iso3]
    elsewhere = {row["region"] for row in client.get("/countries.json").json["rows"]}
    for region in elsewhere - {region_of(client, iso3)}:
        rows = client.get(f"{path}&region={region}").json["rows"]
        assert not rows


def region_of(client, iso3):
    rows = client.get("/countries.json").json["rows"]
    return next(row["region"] for row in rows if row["iso3"] == iso3)
