"""Uploads: a dry run with line and column, then a proposal; never a 500."""

import gzip
import html
import io
import zipfile

import pytest

from desk import close, fields, make_app, signed_in, submit
from factories import make_country_file
from tracker.actions.yamlfile import dump

HEADER = "country,criterion,element,state"


@pytest.fixture
def app(desk_url):
    app = make_app(desk_url)
    yield app
    close(app)


@pytest.fixture
def ana(app):
    return signed_in(app, "ana")


def text_of(page):
    return html.unescape(page.get_data(as_text=True))


def upload(client, content, name="readings.csv"):
    content = content.encode() if isinstance(content, str) else content
    data = fields(client.get("/upload"), "upload")
    data |= {"comment": "From a file.", "file": (io.BytesIO(content), name)}
    answer = client.post("/upload", data=data, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()  # the client's own, if it is a file
    return answer


def changed(**changes):
    return make_country_file("PHL", **changes)


def test_a_country_file_becomes_a_proposal_and_is_published(app, ana):
    data = changed(coded_on="2026-11-21")
    data["readings"]["penalty"]["why"] = "Reworded."
    page = upload(ana, dump(data), "PHL.yaml")
    assert page.status_code == 200, text_of(page)
    assert "Reworded." in text_of(page)
    sent = submit(ana, page, "/send")
    assert sent.status_code == 302
    rob = signed_in(app, "rob")
    review = rob.get(sent.location.replace("/proposals", "/review/proposals"))
    assert submit(rob, review, "/review/", decision="approve").status_code == 302
    assert "Reworded." in text_of(app.test_client().get("/countries/PHL"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_in_any_usual_dress(ana, delimiter, encoding):
    rows = [
        [*HEADER.split(","), "why"],
        ["PHL", "grooming", "all_children", "lacking", "Así lo dice el artículo"],
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    page = upload(ana, text.encode(encoding))
    assert page.status_code == 200, text_of(page)
    assert "Así lo dice el artículo" in text_of(page)


def test_our_own_export_changes_nothing(app, ana):
    export = app.test_client().get("/data/readings.csv").get_data()
    page = upload(ana, export)
    assert page.status_code == 422
    assert "changes nothing" in text_of(page)


def packed():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a.csv", b"0" * 10_000_000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.csv", "is empty"),
        (b"x" * 10_000_000, "a.csv", "10,000,000 bytes; at most"),
        (packed(), "a.xlsx", "ZIP or Excel"),
        (packed(), "a.csv", "ZIP or Excel"),
        (gzip.compress(b"0" * 1_000_000), "a.csv.gz", "packed with gzip"),
        (b"\x00\x01\x02", "a.csv", "null byte"),
        (b"\x81\x8d\x8f", "a.csv", "not readable"),
        ("a,b,c\n1,2,3", "a.csv", "the header lacks country"),
        (f"{HEADER}\nPHL,grooming", "a.csv", "has 2 cells"),
        (f'{HEADER}\nPHL,"groo', "a.csv", "is not CSV"),
        (f"{HEADER}\nPHL,groming,solicitation,met", "a.csv", "did you mean grooming"),
        (f"{HEADER}\nXXX,grooming,solicitation,met", "a.csv", "'XXX'"),
        (f"{HEADER}\nPHL,grooming,solicitation,maybe", "a.csv", "'maybe'"),
        (f"{HEADER}\nPHL,grooming,=1+1,met", "a.csv", "is a formula"),
        (f"{HEADER}\nPHL,grooming,solicitation,met", "a.csv", "no provision says so"),
        (f"{HEADER},since\nPHL,penalty,ten_years,met,soon", "a.csv", "not a date"),
        (f"{HEADER},since\nPHL,penalty,ten_years,met,2099", "a.csv", "after the day"),
        ("country: [", "a.yaml", "is not YAML"),
        ("country: XXX", "a.yaml", "no such country"),
        ("country: PHL", "a.yaml", "is missing"),
        ("a: &a [x]\nb: *a", "a.yaml", "is an alias"),
        ("[" * 5_000, "a.yaml", "levels deep"),
        ("just a sentence", "a.yaml", "no such country"),
    ],
)
def test_a_bad_file_is_answered_in_words(ana, content, name, words):
    page = upload(ana, content, name)
    assert page.status_code == 422
    assert words in text_of(page)


def test_faults_have_line_and_column(ana):
    page = upload(ana, f"{HEADER}\nPHL,grooming,solicitation,unread\nPHL,x,y,met")
    assert '<td class="number">3</td><td class="number">5</td>' in text_of(page)
