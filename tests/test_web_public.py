import csv
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from factories import (
    codebook_data,
    make_country_file,
    make_law,
    make_provision,
    make_source,
)
from pages import DOWNLOADS, FOR_PROGRAMS, PUBLIC, get_page, paths_of, words
from tracker import create_app
from tracker.extensions import db
from tracker.rules.csvtext import FORMULA

AS_OF = "2019-08-03"
LISTS = [
    "/regions",
    "/countries",
    "/countries?sort=gaps&region=Asia",
    "/countries/PHL",
    "/criteria",
    "/criteria/grooming",
    "/criteria/grooming/years",
    "/provisions/grooming",
    "/provisions/grooming?element=solicitation&region=Asia",
    "/away",
    "/corridor?from=KHM&to=AUS",
    "/changes",
    "/gaps",
    "/gaps?away=yes&region=Africa",
    "/gaps?kind=text&answer=no&criterion=grooming",
    "/compare?country=PHL&country=IND&region=Asia",
    "/treaties",
    "/treaties/opsc",
    "/treaties/opsc?duty=bound-gap",
    "/treaties/crc",
    "/search?q=child",
]
SEVEN = ["PHL", "IND", "KEN", "USA", "FRA", "DEU", "BRA"]
EMPTY_LISTS = ["/countries?q=zzzz", "/search", "/search?q=zzzz", "/compare"]


def as_of(path, day=AS_OF):
    return f"{path}{'&' if '?' in path else '?'}as_of={day}"


def twin(path, form):
    before, question, after = path.partition("?")
    return f"{before}.{form}{question}{after}"


def fetch(client, path):
    """The whole answer: one that is streamed and left half read is never closed."""
    return client.get(path, buffered=True)


def read_csv(client, path):
    response = fetch(client, path)
    assert response.status_code == 200, path
    assert response.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    text = response.data.decode("utf-8")
    assert text.count("\n") == text.count("\r\n")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def read_json(client, path):
    response = fetch(client, path)
    assert response.status_code == 200, path
    assert response.mimetype == "application/json"
    return json.loads(response.data)


def as_cell(value):
    """What CSV makes of a value in JSON."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(int(value))
    text = str(value)
    if isinstance(value, str) and text.startswith(FORMULA):
        return f"'{text}"
    return text


def test_every_page_that_a_link_reaches_is_sound(site):
    """From `/` on each page is valid and each link leads somewhere, with fragments."""
    spider(site, ["/", "/search?q=child"], limit=8)


def test_every_page_about_another_day_is_sound(site):
    spider(site, [as_of("/"), as_of("/search?q=child")], limit=4)


# Pictures for links are named in a page's head; the PDF needs a comparison.
NOT_LINKED = {
    "cards.site",
    "cards.country",
    "cards.criterion",
    "comparison.pdf",
    "releases.differences",
    "releases.file",
    "releases.release",  # the seeds hold none
}


def is_file(path):
    return "." in path.partition("?")[0].rpartition("/")[2]


def spider(app, start, limit):
    """Read `limit` pages of each kind; every fragment that they link to is there."""
    client, adapter = app.test_client(), app.url_map.bind("localhost")
    waiting, ids, asked, kinds = list(start), {}, [], Counter()
    for path in waiting:
        kind, values = adapter.match(urlsplit(path).path)
        form = values.get("form")
        kinds[kind, form] += 1
        if kinds[kind, form] > limit:
            continue
        if is_file(path) or kind.partition(".")[0] in FOR_PROGRAMS:
            assert fetch(client, path).status_code == 200, path
            continue
        page = get_page(client, path)
        ids[path] = {"", *page.ids}
        today = [link for bar in page.all("div", class_="as-of") for link in bar.iter()]
        for url in page.links:
            if any(link.get("href") == url for link in today):
                continue
            target, _, fragment = url.partition("#")
            asked.append((path, target, fragment))
            if not target.startswith("/api/"):
                assert ("as_of=" in target) is ("as_of=" in start[0]), f"{path}: {url}"
            if target not in waiting:
                waiting.append(target)
    for path, target, fragment in asked:
        assert fragment in ids.get(target, {fragment}), f"{path}: {target}#{fragment}"
    reached = {kind for kind, _ in kinds}
    assert reached >= PUBLIC - NOT_LINKED


BAD_QUERIES = {
    "as_of=tomorrow": 400,
    "as_of=2019": 400,
    "as_of=2019-02-30": 400,
    "as_of=2999-01-01": 400,
    "as_of=1899-12-31": 400,
    "as_of=%D9%A2%D9%A0%D9%A1%D9%A9-08-03": 400,
    "q=%00": 400,
    "%00=1": 400,
    "q=%FF%FE": 400,
    "q=%ED%A0%80": 400,
    f"q={'x' * 10_000}": 400,
    "&".join(["a=1"] * 3_000): 400,
    "as_of=&nobody=asked&=&&=&;": 200,
    f"as_of={AS_OF}&as_of=tomorrow": 200,
}


@pytest.mark.parametrize("query", BAD_QUERIES, ids=lambda query: query[:30])
def test_a_bad_query_gets_a_page_that_helps_on_every_path(client, paths, query):
    read = set()
    for path in paths:
        url = f"{path}?{query}"
        status = BAD_QUERIES[query]
        answer = fetch(client, url)
        assert answer.status_code == status, url
        words = answer.text.replace(path, "") if status == 400 else ""
        if words and words not in read:  # most differ in their own address only
            read.add(words)
            helps(get_page(client, url, status=status))


def helps(page):
    """It says what is wrong in words, and where to go from here."""
    assert len(words(page.all("div", class_="errors")[0])) > 20
    assert len(page.all("main")[0].findall(".//{*}a")) >= 3


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/criteria/grooming/provisions", "/provisions/grooming"),
        ("/criteria/grooming/provisions.csv?page=2", "/provisions/grooming.csv?page=2"),
        (
            "/criteria/grooming/provisions?as_of=2019-08-03&region=Asia",
            "/provisions/grooming?as_of=2019-08-03&region=Asia",
        ),
        (
            "/criteria/grooming/provisions?_external=1&_scheme=x&_anchor=y",
            "/provisions/grooming?_external=1&_scheme=x&_anchor=y",
        ),
    ],
)
def test_there_is_one_library_and_its_first_address_leads_to_it(client, path, place):
    response = client.get(path)
    assert response.status_code == 301
    assert response.location == place


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/countries/XXX", 404),
        ("/countries/PH", 404),
        ("/countries/PHLX", 404),
        ("/countries/PHL%00", 400),
        ("/countries/%FF%FE%FD", 400),
        ("/countries/PHL/", 404),
        ("/countries/XXX.csv", 404),
        ("/countries/PHL.xml", 404),
        ("/criteria/nothing", 404),
        ("/criteria/GROOMING", 404),
        ("/provisions/nothing.json", 404),
        ("/criteria/nothing/provisions", 404),
        ("/criteria/" + "x" * 3_000, 404),
        ("/criteria/<script>alert(1)</script>", 404),
        ("/treaties/nothing", 404),
        ("/data/nothing.csv", 404),
        ("/data/readings.json", 404),
        ("/nowhere", 404),
        ("/..%2f..%2fetc/passwd", 404),
        ("/countries?region=Mars", 400),
        ("/countries?region=Asia&region=Mars", 200),
        ("/countries?subregion=Mars", 400),
        ("/countries?status=empire", 400),
        ("/countries?sort=rank", 400),
        ("/countries?page=-1", 400),
        ("/countries?page=0", 400),
        ("/countries?page=abc", 400),
        ("/countries?page=1.5", 400),
        ("/countries?page=999999999999", 400),
        (f"/countries.csv?page={'9' * 400}", 400),
        ("/countries?page=9999", 404),
        ("/countries?q=" + "x" * 81, 400),
        ("/gaps?region=Mars", 400),
        ("/gaps?criterion=nothing", 400),
        ("/gaps?criterion=grooming&criterion=nothing", 400),
        ("/gaps?answer=perhaps", 400),
        ("/gaps?treaty=nothing", 400),
        ("/gaps?kind=rumour", 400),
        ("/gaps?confidence=total", 400),
        ("/gaps?away=no", 400),
        ("/gaps?page=-1", 400),
        ("/gaps.csv?page=2", 404),
        ("/gaps.csv?region=Mars", 400),
        ("/gaps.json?answer=perhaps", 400),
        ("/?criterion=nothing", 400),
        ("/compare?country=XXX", 400),
        ("/compare?region=Mars", 400),
        ("/compare?" + "&".join(f"country={iso3}" for iso3 in SEVEN), 400),
        ("/compare?country=PHL&country=PHL", 200),
        ("/treaties/opsc?duty=none", 400),
        ("/treaties/opsc?criterion=livestock", 400),
        ("/treaties/opsc?page=77", 404),
        ("/search?q=" + "x" * 201, 400),
        ("/search?q=%25_%27%22%5C%3B--", 200),
    ],
    ids=lambda value: str(value)[:50],
)  # fmt: skip
def test_wrong_input_gets_a_page_that_helps(client, path, status):
    page = get_page(client, path, status=status)
    if status != 200:
        helps(page)
        assert "alert(1)</script>" not in page.text


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_pages_are_only_read(client, paths, method):
    for path in paths:
        response = getattr(client, method)(path, data={"a": "1"})
        assert response.status_code == 405, path
        assert "Status 405" in response.text


def test_a_code_in_small_letters_leads_to_the_country(client):
    response = client.get("/countries/phl")
    assert response.status_code == 302
    assert response.headers["Location"] == "/countries/PHL"


def test_a_day_that_was_not_yet_read_is_refused(client):
    newest = max(
        datetime.now(UTC).date().isoformat(),
        max(row["date_read"] for row in read_csv(client, "/data/sources.csv")),
    )
    after = datetime.fromisoformat(newest).date() + timedelta(days=1)
    assert client.get(as_of("/gaps", newest)).status_code == 200
    assert client.get(as_of("/gaps", after)).status_code == 400


def test_a_country_nobody_has_read_shows_its_duties_and_what_to_read(serve_seeds):
    client = serve_seeds(make_country_file("PHL"))
    page = get_page(client, "/countries/KEN")
    assert "Nobody has read the law of Kenya" in page.text
    assert "How to help" in page.text
    assert "the cybercrime act" in page.text
    treaties = page.all("table")[-1]
    assert "Party" in words(treaties)
    assert "Treaty duty" in page.text
    for criterion in codebook_data()["criteria"]:
        fold = page.all("details", id=criterion["key"])[0]
        assert "Not read" in words(fold)
        for test in criterion["elements"].values():
            assert " ".join(test.split()) in words(fold)
    assert not page.all("ul", class_="gap-list")


def test_no_page_of_real_data_takes_unread_for_a_gap(client):
    rows = read_csv(client, "/data/answers.csv")
    for row in rows:
        if row["met"] == row["lacking"] == "0":
            assert (row["answer"], row["floor"], row["ceiling"]) == (
                "unknown",
                "no",
                "yes",
            )
        if row["lacking"] == "0":
            assert row["answer"] != "no"
            assert row["ceiling"] == "yes"
    gaps = Counter()
    for row in rows:
        gaps[row["iso3"]] += int(row["lacking"])
    unread = next(iso3 for iso3, count in gaps.items() if not count)
    most = max(gaps, key=gaps.__getitem__)
    assert not get_page(client, f"/countries/{unread}").all("ul", class_="gap-list")
    shown = get_page(client, f"/countries/{most}").all("ul", class_="gap-list")[0]
    lacking = [item for item in shown.iter() if item.get("class") == "lacking"]
    assert sum(map(len, lacking)) == gaps[most] > 0


@pytest.mark.parametrize("form", ["html", "csv"])
def test_a_site_without_data_says_so(empty_url, form):
    app = create_app({"DATABASE_URL": empty_url})
    empty = app.test_client()
    for path in paths_of(app):
        if path.endswith(".csv") is (form == "csv") and path != "/about":
            page = get_page(empty, path, status=503)
            assert "no data is loaded" in page.text
            assert "Traceback" not in page.text
    with app.app_context():
        db.engine.dispose()


def test_a_site_without_tables_says_so(bare_url):
    app = create_app({"DATABASE_URL": bare_url})
    for path in ("/", "/countries/PHL", "/data/readings.csv"):
        page = get_page(app.test_client(), path, status=503)
        assert "does not answer" in page.text
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("day", ["", AS_OF])
@pytest.mark.parametrize("path", [*LISTS, *EMPTY_LISTS])
def test_csv_and_json_hold_the_same_rows(client, path, day):
    path = as_of(path, day) if day else path
    rows = read_csv(client, twin(path, "csv"))
    found = read_json(client, twin(path, "json"))
    assert rows == [
        {name: as_cell(value) for name, value in row.items()} for row in found["rows"]
    ]
    assert not rows or list(found["columns"]) == list(rows[0])
    assert all(found["columns"].values())
    if day:
        assert found["as_of"] == AS_OF
    else:
        assert bool(rows) is (path in LISTS)


def marks(page):
    """(ISO3, criterion, answer) of each mark in a matrix."""
    for body in page.all("tbody", class_="marks"):
        for link in body.iter("{http://www.w3.org/1999/xhtml}a"):
            path = urlsplit(link.get("href"))
            if path.fragment:
                yield path.path.rpartition("/")[2], path.fragment, link.get("class")


def first_cells(page):
    """The country of each row of the tables."""
    for table in page.all("table"):
        for row in table.iter("{http://www.w3.org/1999/xhtml}tr"):
            link = row.find("{*}th/{*}a")
            if link is not None:
                yield urlsplit(link.get("href")).path.rpartition("/")[2]


@pytest.mark.parametrize("day", ["", AS_OF])
@pytest.mark.parametrize(
    "path",
    ["/gaps", "/gaps?away=yes&region=Africa", "/gaps?answer=no&criterion=grooming"],
)
def test_the_matrix_shows_the_cells_of_its_twins(client, path, day):
    path = as_of(path, day) if day else path
    rows = read_csv(client, twin(path, "csv"))
    cells = [(row["iso3"], row["criterion"], row["answer"]) for row in rows]
    assert list(marks(get_page(client, path))) == cells


@pytest.mark.parametrize("day", ["", AS_OF])
def test_lists_show_the_rows_of_their_twins(client, day):
    for path in ("/countries", "/treaties/opsc?criterion=abuse_material&region=Asia"):
        path = as_of(path, day) if day else path
        rows = read_csv(client, twin(path, "csv"))
        assert list(first_cells(get_page(client, path))) == [r["iso3"] for r in rows]


@pytest.mark.parametrize("day", ["", AS_OF])
def test_a_question_shows_the_answers_of_its_twins(client, day):
    path = as_of("/criteria/grooming", day) if day else "/criteria/grooming"
    page = get_page(client, path)
    shown = {}
    for fold in page.all("details", class_="fold"):
        if "duty-fold" in fold.get("class"):
            continue
        chip = fold.find("{*}summary/{*}span")
        for link in fold.findall(".//{*}li/{*}a"):
            iso3 = urlsplit(link.get("href")).path.rpartition("/")[2]
            shown[iso3] = chip.get("class").split()[-1]
    rows = read_csv(client, twin(path, "csv"))
    assert shown == {row["iso3"]: f"chip-{row['answer']}" for row in rows}


@pytest.mark.parametrize("day", ["", AS_OF])
@pytest.mark.parametrize("iso3", ["PHL", "GBR"])
def test_a_country_shows_the_states_of_its_twins(client, iso3, day):
    path = as_of(f"/countries/{iso3}", day) if day else f"/countries/{iso3}"
    page = get_page(client, path)
    states = []
    for fold in page.all("details", class_="fold"):
        chips = fold.findall(".//{*}summary/{*}span")
        rows = fold.findall(".//{*}tbody/{*}tr") or fold.findall(
            "{*}div/{*}ul[1]/{*}li"
        )
        if not chips:
            continue
        answer = chips[0].get("class").split()[-1].removeprefix("chip-")
        for row in rows if answer != "unknown" else []:
            state = row.find(".//{*}span").get("class").split()[-1]
            states.append((fold.get("id"), answer, state.removeprefix("state-")))
    twins = read_csv(client, twin(path, "csv"))
    assert states == [
        (row["criterion"], row["answer"], row["state"])
        for row in twins
        if row["answer"] != "unknown"
    ]
    assert all(row["state"] == "unread" for row in twins if row["answer"] == "unknown")


@pytest.mark.parametrize("day", ["", AS_OF])
def test_downloads_agree_with_the_pages(client, day):
    ask = (lambda path: as_of(path, day)) if day else str
    answers = {
        (row["iso3"], row["criterion"]): row["answer"]
        for row in read_csv(client, ask("/data/answers.csv"))
    }
    gaps = read_csv(client, ask("/gaps.csv"))
    assert answers == {(r["iso3"], r["criterion"]): r["answer"] for r in gaps}
    for row in read_csv(client, ask("/data/matrix.csv")):
        for name, value in row.items():
            if (row["iso3"], name) in answers:
                assert answers[row["iso3"], name] == value
    if day:
        held = read_csv(client, ask("/data/readings.csv"))
        everything = read_csv(client, "/data/readings.csv")
        assert held == [row for row in everything if holds(row, day)]
        counted = Counter((row["iso3"], row["state"]) for row in held)
        for name in ("met", "lacking"):
            total = sum(int(row[name]) for row in read_csv(client, ask("/gaps.csv")))
            assert total == sum(n for (_, s), n in counted.items() if s == name)


def holds(row, day):
    return row["holds_from"] <= day and not (row["holds_until"] or "9999") <= day


def test_the_documented_columns_are_the_columns(client):
    page = get_page(client, "/data")
    documented = {}
    for fold in page.all("details"):
        if fold.get("id"):
            rows = fold.findall(".//{*}tbody/{*}tr")
            assert all(words(row.find("{*}td")) for row in rows)
            documented[fold.get("id")] = [words(row.find("{*}th")) for row in rows]
    assert list(documented) == DOWNLOADS
    for name, columns in documented.items():
        header = client.get(f"/data/{name}.csv").data.decode().partition("\r\n")[0]
        assert header.split(",") == columns


def test_the_codebook_download_is_the_codebook(client):
    found = client.get("/data/codebook.json").get_json()
    wanted = codebook_data()
    assert found["version"] == str(wanted["version"])
    assert [c["key"] for c in found["criteria"]] == [
        c["key"] for c in wanted["criteria"]
    ]
    for one, other in zip(found["criteria"], wanted["criteria"], strict=True):
        assert one["elements"] == other["elements"]
        assert one["question"] == other["question"]


NASTY = ["=cmd()", "@x", "+1+1", "-2+3", "<script>alert(1)</script>", '"><img src=x>']


@pytest.fixture
def nasty(serve_seeds):
    """A site whose readers wrote the worst titles that the format lets through."""
    text = dict(zip("abcdef", NASTY, strict=True))
    data = make_country_file(
        "PHL",
        laws=[
            make_law("code", title=text["a"], title_original=text["e"]),
            make_law("act", title=text["e"], title_original=text["b"]),
        ],
        provisions=[
            make_provision("code-340", law="code", label=text["c"], says=text["e"]),
            make_provision("act-4", law="act", label=text["f"], says=text["b"]),
            make_provision("act-5", law="act", label=text["d"], says=text["d"]),
        ],
        sources=[
            make_source("text", title=text["a"], publisher=text["e"]),
            make_source("report", title=text["e"], publisher=text["f"]),
        ],
        bills=[
            {
                "title": text["e"],
                "status": text["f"],
                "date": "2026-05",
                "sources": ["report"],
                "why": text["e"],
            }
        ],
    )
    return serve_seeds(data, make_country_file("KEN"))


def test_titles_are_text_on_every_page(nasty, paths):
    for path in [*paths, "/search?q=alert", "/compare?country=PHL&country=KEN"]:
        response = fetch(nasty, path)
        if response.mimetype == "text/html":
            data = '<script type="application/ld+json"'
            assert "<script" not in response.text.replace(data, ""), path
            assert "<img" not in response.text, path
    page = get_page(nasty, "/countries/PHL")
    assert page.text.count("&lt;script&gt;") > 5
    get_page(nasty, "/search?q=alert")


def test_what_is_searched_for_is_text(client):
    page = get_page(client, "/search?q=<script>alert(1)</script>")
    assert "<script" not in page.text


def test_no_cell_is_a_formula(nasty, paths):
    kept = set()
    for path in [*paths, "/search.csv?q=alert"]:
        if ".csv" in path:
            for row in read_csv(nasty, path):
                for value in row.values():
                    assert not value.startswith(FORMULA), f"{path}: {value}"
                    kept.add(value)
    assert {f"'{text}" for text in NASTY[:4]} <= kept
    assert NASTY[4] in kept
    found = read_json(nasty, "/provisions/definition.json")
    assert NASTY[3] in {row["article"] for row in found["rows"]}


def test_a_page_says_which_codebook_and_day_it_rests_on(client):
    text = get_page(client, as_of("/countries/PHL")).text
    assert f"as_of={AS_OF}" in text
    assert f"version {codebook_data()['version']}" in text


def test_static_files_are_versioned_and_kept(site, client):
    page = get_page(client, "/about")
    address = page.all("link", rel="stylesheet")[0].get("href")
    with client.get(address) as response:
        assert response.status_code == 200
        assert "max-age=31536000" in response.headers["Cache-Control"]
    other = address.replace(site.config["STATIC_VERSION"], "0" * 12)
    assert client.get(other).status_code == 404
    assert client.get(address.replace("style.css", "../base.html")).status_code == 404


def test_a_database_that_fails_half_way_is_not_a_traceback(empty_url):
    app = create_app({"DATABASE_URL": empty_url})
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE codebook RENAME TO gone"))
    page = get_page(app.test_client(), "/gaps", status=503)
    assert "Traceback" not in page.text
    with app.app_context():
        db.engine.dispose()


def test_words_beside_each_other_stand_apart(client):
    """Jinja takes the end of a line after a block: "Recruitmentrecorded"."""
    assert "</a><span" not in client.get("/changes").text


def test_a_gap_is_called_a_gap(client):
    """The sentence of a country with a `no`, and the headline."""
    page = words(get_page(client, "/countries/ARG").tree)
    assert "It has a gap on advertising" in page
    home = words(get_page(client, "/").tree)
    assert "have a gap on at least one of them;" in home


def test_what_was_added_is_told_by_title_and_nothing_is_cut_off_in_silence(client):
    page = words(get_page(client, "/countries/PHL/history").tree)
    assert "Expanded anti-human trafficking law" in page
    assert re.search(r"\b\d+ more\b", page)


@pytest.mark.parametrize(
    ("path", "setting"),
    [
        ("/away", "away.LINES"),
        ("/away?region=Asia&target=yes", "away.LINES"),
        ("/treaties/opsc?region=Europe", "treaties.DUTIES_SHOWN"),
        ("/treaties/opsc?duty=bound-gap", "treaties.DUTIES_SHOWN"),
    ],
)
def test_pages_together_have_the_rows_of_the_download(
    client, monkeypatch, path, setting
):
    monkeypatch.setattr(f"tracker.web.{setting}", 29)
    rows = read_json(
        client, path.replace("?", ".json?") if "?" in path else f"{path}.json"
    )
    expected = [row["country"] for row in rows["rows"]]
    found = []
    for number in range(1, -(-len(expected) // 29) + 1):
        page = get_page(client, f"{path}{'&' if '?' in path else '?'}page={number}")
        found += [words(cell) for cell in page.all("th", scope="row")]
    assert len(found) > 29
    assert found == expected


@pytest.mark.parametrize("narrowed", ["", "&element=solicitation&region=Asia"])
def test_pages_of_provisions_have_those_of_the_download(client, monkeypatch, narrowed):
    monkeypatch.setattr("tracker.web.library.CARDS", 7)
    rows = read_json(client, f"/provisions/grooming.json?{narrowed}")["rows"]
    expected = [f"{row['country']} {row['law']}, {row['article']}" for row in rows]
    found = []
    for number in range(1, -(-len(rows) // 7) + 1):
        page = get_page(client, f"/provisions/grooming?page={number}{narrowed}")
        for card in page.all("li", class_="card"):
            name = next(words(item) for item in card.iter() if item.tag.endswith("}a"))
            law = next(words(i) for i in card.iter() if i.tag.endswith("}strong"))
            found.append(f"{name} {law}")
    assert len(found) > 7
    assert found == [" ".join(text.split()) for text in expected]
    met = [len(row["elements"].split()) for row in rows]
    assert met == sorted(met, reverse=True)
