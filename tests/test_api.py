import json
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from sqlalchemy.orm import Session

from factories import NOW, make_country_file, make_seeds
from pages import get_page
from tracker import create_app
from tracker.actions.load import load_seeds
from tracker.actions.release import create_release
from tracker.api.resources import RESOURCES
from tracker.extensions import db
from tracker.store.db import make_engine

API = "/api/v1"
LISTS = sorted(RESOURCES)
NDJSON = {"Accept": "application/x-ndjson"}


def get(client, path, status=200, **kwargs):
    response = client.get(f"{API}{path}", buffered=True, **kwargs)
    assert response.status_code == status, response.text[:300]
    return response


def lines(client, path):
    response = get(client, path, headers=NDJSON)
    assert response.mimetype == "application/x-ndjson"
    return [json.loads(line) for line in response.text.splitlines()]


def pages(client, path):
    """Every record, a page at a time, by the Link header."""
    found = []
    while path:
        response = get(client, path)
        found += response.json["data"]
        links = dict(
            (rel, url)
            for url, rel in re.findall(
                r'<([^>]+)>; rel="(\w+)"', response.headers["Link"]
            )
        )
        assert links.get("next") == response.json["links"].get("next")
        parts = urlsplit(links.get("next", ""))
        path = f"{parts.path}?{parts.query}".removeprefix(API) if parts.path else ""
    return found


def csv_rows(client, path):
    import csv
    import io

    text = client.get(path, buffered=True).data.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_cells(record):
    """A record as its CSV row has it."""
    words = {None: "", True: "1", False: "0"}
    return {
        name: " ".join(value)
        if isinstance(value, list)
        else words.get(value, str(value))
        if not isinstance(value, int) or isinstance(value, bool)
        else str(value)
        for name, value in record.items()
    }


@pytest.fixture
def released(loaded_url):
    """A site whose seeds are released as 2026.11."""
    engine = make_engine(loaded_url)
    with Session(engine) as session:
        create_release(
            session, "2026.11", site_url="https://tracker.example", notes="", now=NOW
        )
    engine.dispose()
    app = create_app(
        {"DATABASE_URL": loaded_url, "SITE_URL": "https://tracker.example"}
    )
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("name", ["readings", "laws", "provisions", "sources"])
@pytest.mark.parametrize("query", ["", "?as_of=2019-08-03"])
def test_records_are_the_rows_of_the_export(client, name, query):
    records = [as_cells(record) for record in lines(client, f"/{name}{query}")]
    assert records == csv_rows(client, f"/data/{name}.csv{query}")


def test_standings_are_the_rows_of_the_treaties_export(client):
    records = [as_cells(record) for record in lines(client, "/standings")]
    rows = csv_rows(client, "/data/treaties.csv")
    assert records == sorted(rows, key=lambda row: (row["iso3"], row["treaty"]))


@pytest.mark.parametrize("name", LISTS)
def test_pages_by_cursor_give_every_record_once(client, name):
    narrow = "region=Oceania&" if name in {"answers", "readings", "standings"} else ""
    whole = lines(client, f"/{name}?{narrow}")
    limit = max(1, len(whole) // 3)
    assert pages(client, f"/{name}?{narrow}limit={min(limit, 1000)}") == whole


def test_filters_are_those_of_the_pages(client):
    query = "region=Europe&criterion=grooming&answer=yes&kind=text"
    rows = client.get(f"/gaps.json?{query}", buffered=True).json["rows"]
    records = get(client, f"/answers?{query}&limit=1000").json["data"]
    wanted = sorted((row["iso3"], row["criterion"], row["met"]) for row in rows)
    assert wanted
    assert [(r["iso3"], r["criterion"], r["met"]) for r in records] == wanted


def test_filters_leave_only_what_they_name(client):
    found = lines(client, "/readings?country=PHL&country=IND&state=lacking")
    assert {record["iso3"] for record in found} <= {"PHL", "IND"}
    assert {record["state"] for record in found} == {"lacking"}
    assert all(
        r["status"] == "observer" for r in lines(client, "/countries?status=observer")
    )
    assert lines(client, "/countries?q=philipp")[0]["iso3"] == "PHL"
    bound = {r["iso3"] for r in lines(client, "/standings?treaty=opsc&status=party")}
    assert {r["iso3"] for r in lines(client, "/answers?treaty=opsc")} <= bound


def test_only_the_fields_asked_for(client):
    record = get(client, "/answers?fields=answer,iso3&limit=1").json["data"][0]
    assert list(record) == ["iso3", "answer"]
    assert list(lines(client, "/laws?fields=title&country=PHL")[0]) == ["title"]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/answers?limit=0", "limit"),
        ("/answers?limit=1001", "limit"),
        ("/answers?limit=x", "limit"),
        ("/answers?limit=1&limit=2", "limit"),
        ("/answers?fields=nothing", "fields"),
        ("/answers?country=ZZZ", "country"),
        ("/answers?answer=maybe", "answer"),
        ("/answers?colour=red", "colour"),
        ("/answers?as_of=2019", "as_of"),
        ("/answers?as_of=2999-01-01", "as_of"),
        ("/answers?cursor=x", "cursor"),
        ("/answers?cursor=WyJQSEwiLCJub25lIl0", "cursor"),
        ("/countries/PHL?limit=3", "limit"),
        ("/laws?q=" + "x" * 81, "q"),
    ],
)
def test_a_bad_parameter_is_a_problem_that_names_it(client, path, parameter):
    response = get(client, path, status=400)
    assert response.content_type == "application/problem+json"
    problem = response.json
    assert problem["status"] == 400
    assert problem["title"] == "Bad Request"
    assert [item["parameter"] for item in problem["errors"]] == [parameter]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nothing", 404),
        ("get", "/countries/ZZZ", 404),
        ("get", "/countries/phl/x", 404),
        ("get", "/releases/2020.01", 404),
        ("post", "/answers", 405),
        ("delete", "/", 405),
        ("get", "/answers?q=%00", 400),
    ],
)
def test_every_error_is_a_problem(client, method, path, status):
    response = client.open(f"{API}{path}", method=method.upper())
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.json["status"] == status
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    if status == 405:
        assert "GET" in response.headers["Allow"]


def test_a_site_without_data_answers_with_a_problem(empty_url):
    app = create_app({"DATABASE_URL": empty_url})
    response = app.test_client().get(f"{API}/answers")
    assert response.status_code == 503
    assert response.content_type == "application/problem+json"
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("name", LISTS)
def test_what_the_reader_has_already_is_not_sent_again(client, name):
    first = get(client, f"/{name}?limit=2")
    headers = {"If-None-Match": first.headers["ETag"]}
    again = get(client, f"/{name}?limit=2", status=304, headers=headers)
    assert not again.data
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    dated = {"If-Modified-Since": first.headers["Last-Modified"]}
    get(client, f"/{name}?limit=2", status=304, headers=dated)
    both = {**dated, "If-None-Match": 'W/"another"'}
    get(client, f"/{name}?limit=2", headers=both)
    packed = {**headers, "Accept-Encoding": "br"}
    get(client, f"/{name}?limit=2", status=304, headers=packed)


def test_another_form_or_day_is_another_entity(client):
    one = get(client, "/answers?limit=1").headers["ETag"]
    assert get(client, "/answers?limit=1&as_of=2019-08-03").headers["ETag"] != one
    streamed = get(client, "/answers?region=Oceania", headers=NDJSON)
    assert streamed.headers["ETag"] != one
    assert "Accept" in streamed.headers["Vary"]


def test_a_change_of_the_data_is_a_new_entity(serve_seeds, engine, tmp_path):
    client = serve_seeds(make_country_file("PHL"), make_country_file("KEN"))
    first = get(client, "/readings").headers["ETag"]
    changed = make_country_file("PHL", bills=[])
    with Session(engine) as session:
        load_seeds(
            session, make_seeds(tmp_path / "new", changed), now=datetime.now(UTC)
        )
    second = get(client, "/readings", headers={"If-None-Match": first})
    assert second.headers["ETag"] != first
    # A date can not tell two changes of one second apart, so there is none yet.
    assert "Last-Modified" not in second.headers


def test_pages_elsewhere_may_read(client):
    response = client.options(
        f"{API}/answers", headers={"Origin": "https://example.org"}
    )
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "Link" in get(client, "/answers").headers["Access-Control-Expose-Headers"]
    assert "Set-Cookie" not in response.headers


def test_head_answers_without_a_body(client):
    response = client.head(f"{API}/answers?limit=1")
    assert response.status_code == 200
    assert response.headers["ETag"]
    assert not response.data


def test_one_record_comes_with_what_belongs_to_it(client):
    found = get(client, "/countries/PHL").json["data"]
    assert found["name"] == "Philippines"
    assert len(found["answers"]) == 13
    assert get(client, "/criteria/grooming").json["data"]["elements"]
    assert get(client, "/treaties/opsc").json["data"]["standings"]
    assert list(get(client, "/countries/PHL?fields=name").json["data"]) == [
        "name",
        "answers",
    ]


def test_changes_tell_nothing_that_is_not_public(client):
    found = lines(client, "/changes")
    assert found[0]["at"] > "2026"
    subjects = {record["subject"] for record in found}
    assert "PHL/definition" in subjects
    assert not [s for s in subjects if "second/" in s or s.endswith("/leads")]
    assert "actor" not in found[0]
    assert {r["iso3"] for r in lines(client, "/changes?country=PHL")} == {"PHL"}
    chosen = lines(client, "/changes?criterion=grooming&country=PHL")
    assert [record["subject"] for record in chosen] == ["PHL/grooming"]


def test_a_release_is_listed_with_its_files(released):
    found = get(released, "/releases").json["data"]
    assert [record["version"] for record in found] == ["2026.11"]
    one = get(released, "/releases/2026.11").json["data"]
    assert one == found[0]
    file = next(item for item in one["files"] if item["name"] == "readings.csv")
    assert file["url"] == "https://tracker.example/data/releases/2026.11/readings.csv"
    path = file["url"].removeprefix("https://tracker.example")
    assert len(released.get(path, buffered=True).data) == file["size"]


def test_the_description_is_valid_and_names_every_route(client, site):
    description = get(client, "/openapi.json").json
    validate(description, cls=OpenAPIV31SpecValidator)
    routes = {
        str(rule).removeprefix(API)
        for rule in site.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    } - {"/docs", "/openapi.json", "/", ""}
    described = set(description["paths"]) - {"/"}
    assert {f"/{name}" for name in LISTS} <= described
    assert len([r for r in routes if "<any" not in r]) == len(
        [path for path in described if "{" in path]
    )


def test_the_page_of_the_description_loads_nothing_from_elsewhere(client):
    page = get_page(client, f"{API}/docs")
    assert "GET /api/v1/answers" in page.text.replace("<code>", "").replace(
        "</code>", ""
    )
    for path in page.links:
        assert client.get(path, buffered=True).status_code == 200, path


def test_a_list_costs_few_statements(client, site):
    statements = []

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    with site.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    for name in LISTS:
        statements.clear()
        get(client, f"/{name}?limit=1000")
        assert len(statements) <= 25, name
    sa.event.remove(engine, "before_cursor_execute", note)
