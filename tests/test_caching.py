"""An answer that still stands is not made again, nor sent again; a private one never."""

import threading
import time
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from factories import NOW, make_country_file, make_seeds
from servers import let_go
from tracker import caching, create_app
from tracker import version as versions
from tracker.actions.load import load_seeds
from tracker.store import snapshot as snapshots
from tracker.web import pagecache

PAGES = [
    "/",
    "/gaps",
    "/gaps.csv",
    "/countries/PHL",
    "/countries/PHL.json",
    "/compare?country=PHL&country=KEN",
    "/about",
    "/countries.csv",
]


@pytest.fixture
def make_app(empty_url, engine, tmp_path):
    with Session(engine) as session:
        load_seeds(session, make_seeds(tmp_path / "seeds"), now=NOW)

    apps = []

    def make(**settings):
        given = {"DATABASE_URL": empty_url, "SECRET_KEY": "x" * 40, **settings}
        apps.append(create_app(given))
        return apps[-1]

    yield make
    for app in apps:
        let_go(app)


@pytest.fixture
def app(make_app):
    return make_app()


def get(app, path, **headers):
    client = app.test_client(use_cookies=False)  # a Cookie header is ours
    response = client.get(path, headers=headers)
    response.body = response.get_data()
    return response


@pytest.mark.parametrize("path", [*PAGES, "/data/answers.csv"])
def test_page_is_made_once(app, path):
    first = get(app, path)
    views = dict(app.view_functions)
    app.view_functions = {}  # whoever asks a view now fails
    second = get(app, path)
    app.view_functions = views
    assert second.status_code == 200
    assert second.body == first.body
    for name in ("Content-Type", "ETag", "Cache-Control", "Content-Security-Policy"):
        assert second.headers[name] == first.headers[name]
    assert second.headers["X-Request-ID"] != first.headers["X-Request-ID"]


@pytest.mark.parametrize("path", PAGES)
def test_not_sent_again_before_any_view(app, path):
    etag = get(app, path).headers["ETag"]
    assert etag.startswith('W/"')
    app.extensions["page_cache"].pages.clear()
    app.view_functions = {}
    response = get(app, path, **{"If-None-Match": f'"other", {etag}'})
    assert response.status_code == 304
    assert response.body == b""
    assert response.headers["ETag"] == etag
    assert response.headers["Cache-Control"] == "public, no-cache"


def test_304_touches_no_template(app):
    etag = get(app, "/gaps").headers["ETag"]
    drawn = []

    env = app.jinja_env
    get_template = env.get_or_select_template
    env.get_or_select_template = lambda *a, **k: (
        drawn.append(a) or get_template(*a, **k)
    )
    assert get(app, "/gaps", **{"If-None-Match": etag}).status_code == 304
    assert drawn == []
    assert get(app, "/gaps?region=Asia").status_code == 200
    assert drawn


def test_change_of_data_makes_a_new_page(app, engine, tmp_path):
    first = get(app, "/countries/PHL")
    data = make_country_file("PHL")
    data["laws"][0]["title"] = "A Code Renamed"
    with Session(engine) as session:
        load_seeds(session, make_seeds(tmp_path / "new", data), now=NOW)
    etag = first.headers["ETag"]
    second = get(app, "/countries/PHL", **{"If-None-Match": etag})
    assert second.status_code == 200
    assert "A Code Renamed" in second.text
    assert second.headers["ETag"] != etag


def test_change_of_day_makes_a_new_page(app, monkeypatch):
    etag = get(app, "/").headers["ETag"]
    monkeypatch.setattr(versions, "today", lambda: date(2031, 1, 1))
    assert get(app, "/", **{"If-None-Match": etag}).status_code == 200


def test_change_of_code_makes_a_new_page(make_app, monkeypatch):
    etag = get(make_app(), "/").headers["ETag"]
    assert get(make_app(), "/").headers["ETag"] == etag
    assert get(make_app(SITE_URL="https://x.org"), "/").headers["ETag"] != etag


def test_addresses_and_encodings_are_kept_apart(app):
    assert get(app, "/gaps?region=Asia").body != get(app, "/gaps?region=Africa").body
    small = get(app, "/gaps", **{"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in get(app, "/gaps").headers
    again = get(app, "/gaps", **{"Accept-Encoding": "gzip"})
    assert again.body == small.body
    assert "Accept-Encoding" in again.headers["Vary"]


def test_star_is_no_tag(app):
    assert get(app, "/", **{"If-None-Match": "*"}).status_code == 200
    assert get(app, "/countries/ZZZ", **{"If-None-Match": "*"}).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "session=x"},
        {"Cookie": "anything=x"},
        {"Authorization": "Bearer x"},
        {"Authentication-Token": "x"},
    ],
)
def test_nothing_is_kept_for_somebody(app, headers):
    response = get(app, "/gaps", **headers)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert app.extensions["page_cache"].pages == {}


def test_answer_that_sets_a_cookie_is_not_kept(app):
    from flask import session

    @app.route("/sets")
    def sets():
        session["seen"] = True
        return "private"

    response = get(app, "/sets")
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    assert app.extensions["page_cache"].pages == {}


@pytest.mark.parametrize("path", ["/nowhere", "/countries/ZZZ", "/gaps?page=77"])
def test_error_is_not_kept(app, path):
    response = get(app, path)
    assert response.status_code in {400, 404}
    assert response.headers["Cache-Control"] == "no-store"
    assert app.extensions["page_cache"].pages == {}


def test_memory_is_bounded(make_app):
    app = make_app(PAGE_CACHE_MB=1)
    for number in range(300):
        get(app, f"/about?n={number}")
    cache = app.extensions["page_cache"]
    assert 0 < cache.bytes <= 1_000_000
    assert cache.bytes == sum(pagecache.weight(k, p) for k, p in cache.pages.items())
    assert len(cache.pages) < 300


def test_snapshot_is_bounded(app):
    client = app.test_client()
    for month in range(1, 13):
        for day in range(1, 20):
            client.get(f"/countries/PHL?as_of=2012-{month:02}-{day:02}")
        for name in ("/away", "/changes", "/treaties/opsc"):
            client.get(f"{name}?as_of=2012-{month:02}-01")
    snapshot = next(iter(app.extensions["snapshots"].kept.values()))
    assert len(snapshot.memory) <= snapshots.MAX_MEMO
    assert 0 < len(snapshot.orders) <= snapshots.MAX_ORDERS
    assert len(snapshot.cells) <= snapshots.MAX_COUNTRIES


def test_snapshots_of_few_versions_are_kept(app, engine, tmp_path):
    for number in range(5):
        data = make_country_file("PHL", leads=[f"lead {number}"])
        with Session(engine) as session:
            load_seeds(session, make_seeds(tmp_path / f"v{number}", data), now=NOW)
        assert get(app, f"/countries/PHL?n={number}").status_code == 200
    assert len(app.extensions["snapshots"].kept) == snapshots.MAX_VERSIONS


@pytest.mark.parametrize("is_right", [True, False])
def test_of_many_at_once_one_makes_the_page(app, is_right):
    """And where it fails, the next one tries."""
    made, doors = [], threading.Barrier(4)
    view = app.view_functions["public.about"]

    def slow():
        made.append(1)
        time.sleep(0.3)
        if not is_right and len(made) == 1:
            raise RuntimeError("the first one fails")
        return view()

    app.view_functions["public.about"] = slow
    found = []

    def read():
        doors.wait()
        found.append(get(app, "/about?at=once").status_code)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(made) == (1 if is_right else 2)
    assert sorted(found) == ([200] * 4 if is_right else [200, 200, 200, 500])


def test_nobody_waits_for_ever_for_a_page(app, monkeypatch):
    monkeypatch.setattr(pagecache, "PATIENCE", 0.1)
    cache = app.extensions["page_cache"]
    assert cache.get_or_claim("page") == (None, True)
    assert cache.get_or_claim("page") == (None, False)
    cache.release("page")
    assert cache.get_or_claim("page") == (None, True)


def test_a_download_without_a_date_is_soon_made_again(app, monkeypatch):
    """The state of the data is seconds old, and has no Last-Modified yet."""
    monkeypatch.setattr(pagecache, "monotonic", lambda: clock[0])
    clock = [time.monotonic()]
    path = "/data/laws.csv"
    monkeypatch.setattr(caching, "SETTLED", timedelta(days=10_000))
    assert "Last-Modified" not in get(app, path).headers
    monkeypatch.undo()
    monkeypatch.setattr(pagecache, "monotonic", lambda: clock[0])
    clock[0] += 30
    assert "Last-Modified" not in get(app, path).headers
    clock[0] += 60
    assert "Last-Modified" in get(app, path).headers


def test_many_at_once_see_whole_pages_while_data_changes(app, engine, tmp_path):
    """No page mixes a title of one load with the title of another."""
    stop, wrong = threading.Event(), []

    def read():
        while not stop.is_set():
            response = get(app, "/countries/PHL")
            titles = {n for n in range(9) if f"Title {n}" in response.text}
            if response.status_code != 200 or len(titles) > 1:
                wrong.append((response.status_code, titles))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(4):
        data = make_country_file("PHL")
        for law in data["laws"]:
            law["title"] = f"Title {number}"
        with Session(engine) as session:
            load_seeds(session, make_seeds(tmp_path / f"n{number}", data), now=NOW)
        time.sleep(0.1)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
