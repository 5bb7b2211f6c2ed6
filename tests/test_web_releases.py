import contextlib
import hashlib
import io
import json
import struct
import subprocess
import sys
from collections import Counter
from xml.etree import ElementTree

import pytest
import rdflib
from chromium import SKIPPED, launched
from sqlalchemy.orm import Session

from factories import NOW
from pages import get_page, words
from servers import let_go, served
from tracker import create_app
from tracker.actions.release import create_release
from tracker.extensions import db
from tracker.rules.csvtext import csv_lines
from tracker.rules.tables import TABLES
from tracker.store import exports
from tracker.store.db import make_engine

SITE = "https://tracker.example"
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")


@pytest.fixture(scope="module")
def released(databases):
    """A client of a site whose seeds are released as 2026.11."""
    url = databases.copy("loaded")
    engine = make_engine(url)
    with Session(engine) as session:
        notes = "The first one.\n\nRead <this>."
        create_release(session, "2026.11", site_url=SITE, notes=notes, now=NOW)
    engine.dispose()
    app = create_app({"DATABASE_URL": url, "SITE_URL": SITE})
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()
    databases.drop(url)


@contextlib.contextmanager
def site_at(url, **settings):
    """The address of a real server on this machine, which knows it."""
    app = create_app({"DATABASE_URL": url, **settings})
    with served(app) as address:
        app.config["SITE_URL"] = address
        yield address
    let_go(app)


def test_the_pages_of_a_release_are_sound_and_their_files_are_whole(released):
    for path in ("/data", "/data/releases", "/data/differences"):
        assert get_page(released, path)
    page = get_page(released, "/data/releases/2026.11")
    assert "Read <this>." in words(page.all("main")[0])
    files = [link for link in page.links if link.startswith("/data/releases/2026.11/")]
    sums = [words(code) for code in page.all("code", class_="hash")]
    assert len(set(files)) >= 25
    for path in files:
        response = released.get(path)
        assert response.status_code == 200, path
        assert hashlib.sha256(response.data).hexdigest() in sums, path
        assert "immutable" in response.headers["Cache-Control"]
        headers = {"If-None-Match": response.headers["ETag"]}
        assert released.get(path, headers=headers).status_code == 304
    get_page(released, "/data/releases/2026.11/nothing.csv", status=404)
    get_page(released, "/data/releases/2020.01", status=404)


def test_a_release_shows_agreement_counts_and_citations(released):
    text = words(get_page(released, "/data/releases/2026.11").all("main")[0])
    for part in ("How to cite", "@misc{", "TY - DATA", '"type": "dataset"', "DataCite"):
        assert part in text, part
    assert f"{SITE}/data/releases/2026.11" in text
    assert "Alpha" in text


@pytest.mark.parametrize(
    "path",
    [
        "/away?region=Asia",
        "/changes?region=Asia",
        "/compare?country=PHL&country=IND",
        "/corridor?from=KEN&to=PHL",
        "/countries?region=Asia",
        "/data/differences?from=2026.11",
        "/gaps?answer=no&criterion=grooming",
        "/provisions/definition?region=Asia",
        "/search?q=code",
        "/treaties/opsc",
    ],
)
def test_a_view_is_cited_with_version_and_day(released, path):
    page = get_page(released, path)
    (link,) = [item.get("value") for item in page.all("input", id="cite-link")]
    assert link.startswith(f"{SITE}{path.partition('?')[0]}?")
    assert "as_of=2026-" in link
    assert "version=2026.11" in link
    assert all(part in link for part in path.partition("?")[2].split("&") if part)
    again = get_page(released, link.removeprefix(SITE))
    (same,) = [item.get("value") for item in again.all("input", id="cite-link")]
    assert same == link
    assert "2026.11" in words(page.all("details", class_="cite")[0])


def test_a_view_before_any_release_is_cited_by_the_state_of_the_data(client):
    page = get_page(client, "/countries?region=Asia")
    (link,) = [item.get("value") for item in page.all("input", id="cite-link")]
    path = "/countries?" + link.partition("?")[2]
    assert "changes since" not in get_page(client, path).text
    older = path.partition("version=")[0] + "version=1-000000000000"
    get_page(client, older, status=400)


def test_a_link_of_an_older_version_says_so(client, site):
    with site.app_context():
        from tracker.store.models import Event

        first = db.session.get(Event, 1)
        name = f"1-{first.hash[:12]}"
    page = get_page(client, f"/countries?version={name}")
    assert "changes since" in words(page.all("div", class_="as-of")[0])


@pytest.mark.parametrize("name", ["adoption", "regions"])
def test_a_chart_is_kept_as_svg_png_and_csv(client, name):
    path = f"/criteria/grooming/{name}"
    drawn = client.get(f"{path}.svg")
    assert drawn.mimetype == "image/svg+xml"
    root = ElementTree.fromstring(drawn.data)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "CC BY 4.0" in drawn.text
    png = client.get(f"{path}.png").data
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert width >= 1440
    assert height > 400
    lines = client.get(f"{path}.csv", buffered=True).text.splitlines()
    assert lines[0].endswith("yes,partial,not_settled,no,not_read,countries")
    for line in lines[1:]:
        _, *counts, total = line.split(",")
        assert sum(map(int, counts)) == int(total)
    headers = {"If-None-Match": drawn.headers["ETag"]}
    assert client.get(f"{path}.svg", headers=headers).status_code == 304


def test_a_criterion_shows_its_charts_with_tables_and_files(client):
    page = get_page(client, "/criteria/grooming")
    for name in ("adoption", "regions"):
        for form in ("svg", "png", "csv"):
            assert f"/criteria/grooming/{name}.{form}" in page.links
    assert len(page.all("div", class_="chart")) == 2
    get_page(client, "/criteria/nothing/adoption.svg", status=404)


def test_the_chart_of_another_day_is_of_that_day(client):
    csv = client.get("/criteria/grooming/adoption.csv?as_of=2010-06-01", buffered=True)
    assert csv.text.splitlines()[-1].startswith("2010,")


@pytest.mark.parametrize("path", ["/data", "/data/releases/2026.11"])
def test_data_search_engines_read_the_data_set(released, path):
    page = get_page(released, path)
    (script,) = page.all("script", type="application/ld+json")
    found = json.loads(script.text)
    assert found["@type"] == "Dataset"
    assert found["@id"] == found["url"] == SITE + path
    for name in (
        "name",
        "description",
        "license",
        "creator",
        "distribution",
        "version",
    ):
        assert found[name], name
    addresses = [item["contentUrl"] for item in found["distribution"]]
    assert all(address.startswith(SITE) for address in addresses)
    for address in addresses:
        path = address.removeprefix(SITE)
        assert released.get(path, buffered=True).status_code == 200, path


def test_the_catalogue_is_dcat(released):
    response = released.get("/data/catalog.ttl")
    assert response.mimetype == "text/turtle"
    graph = rdflib.Graph().parse(data=response.data, format="turtle")
    assert len(list(graph.subjects(rdflib.RDF.type, DCAT.Catalog))) == 1
    assert len(list(graph.subjects(rdflib.RDF.type, DCAT.Dataset))) == 2
    addresses = [str(item) for item in graph.objects(None, DCAT.downloadURL)]
    assert f"{SITE}/data/readings.csv" in addresses
    assert f"{SITE}/data/releases/2026.11/readings.csv" in addresses


def test_robots_find_every_page(released):
    robots = released.get("/robots.txt").text
    assert f"Sitemap: {SITE}/sitemap.xml" in robots
    root = ElementTree.fromstring(released.get("/sitemap.xml").data)
    found = [item.text for item in root.iter() if item.tag.endswith("loc")]
    assert f"{SITE}/countries/PHL" in found
    assert f"{SITE}/countries/PHL/brief" in found
    assert f"{SITE}/provisions/grooming" in found
    assert f"{SITE}/changes" in found
    assert f"{SITE}/data/releases/2026.11" in found
    assert len(set(found)) == len(found) > 220
    for address in found[::20]:
        get_page(released, address.removeprefix(SITE) or "/")


def test_downloads_are_not_sent_twice_and_may_be_read_elsewhere(client):
    first = client.get("/data/answers.csv", buffered=True)
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    headers = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/data/answers.csv", headers=headers).status_code == 304
    other = client.get(
        "/data/answers.csv?as_of=2019-08-03", headers=headers, buffered=True
    )
    assert other.status_code == 200


@pytest.mark.parametrize("day", ["", "2019-08-03"])
def test_fast_lines_are_the_rows(loaded_session, day):
    from datetime import date

    given = date.fromisoformat(day) if day else None
    rows = csv_lines(TABLES["readings"].names, exports.readings(loaded_session, given))
    head = csv_lines(TABLES["readings"].names, ())
    fast = exports.reading_lines(loaded_session, given)
    assert "".join([*head, *fast]) == "".join(rows)


def test_the_python_example_of_the_page_runs_and_is_right(shared_loaded_url):
    with site_at(shared_loaded_url) as address:
        app = create_app({"DATABASE_URL": shared_loaded_url, "SITE_URL": address})
        client = app.test_client()
        page = get_page(client, "/data")
        program = next(
            "".join(item.itertext())
            for item in page.all("pre")
            if "urllib" in item.text
        )
        assert len(program.strip().splitlines()) <= 10
        done = subprocess.run(
            [sys.executable, "-I", "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        rows = client.get("/gaps.json", buffered=True).json["rows"]
        with app.app_context():
            db.engine.dispose()
    settled = {"yes", "partial", "no"}
    counts = Counter((r["region"], r["answer"]) for r in rows if r["answer"] in settled)
    wanted = [
        f"{region}\t{answer}\t{n}" for (region, answer), n in sorted(counts.items())
    ]
    assert done.stdout.splitlines() == wanted


@pytest.mark.browser
@SKIPPED
def test_a_browser_takes_the_data_in_the_page_without_complaint(shared_loaded_url):
    heard = []
    with site_at(shared_loaded_url) as address, launched() as browser:
        page = browser.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        for path in ("/data", "/api/v1/docs", "/criteria/grooming"):
            page.goto(f"{address}{path}")
    assert heard == []


def test_files_of_a_release_are_read_back_from_the_package(released):
    import zipfile

    path = "/data/releases/2026.11/oct-law-tracker-2026.11.zip"
    with zipfile.ZipFile(io.BytesIO(released.get(path).data)) as archive:
        assert archive.testzip() is None
