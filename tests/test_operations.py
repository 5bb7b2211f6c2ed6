"""Health, readiness, logs, metrics and reload of the site as it is served."""

import signal
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from servers import free_port, let_go, running, traffic
from tracker import create_app
from tracker.rules.permissions import ENDPOINTS, Permission
from tracker.store.db import make_engine
from tracker.store.migrations import downgrade

PAGES = ["/", "/countries/PHL", "/gaps", "/countries", "/gaps.csv", "/data/laws.csv"]


def ask(url, path):
    app = create_app({"DATABASE_URL": url})
    response = app.test_client().get(path)
    let_go(app)
    return response


def ready(url):
    return ask(url, "/readyz")


def test_alive_asks_nothing_of_the_database():
    url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    assert ask(url, "/healthz").json == {"alive": True}


def test_ready_with_data(shared_loaded_url):
    response = ready(shared_loaded_url)
    assert response.status_code == 200
    assert response.json == {"database": True, "migration": True, "data": True}
    assert response.headers["Cache-Control"] == "no-store"


def test_not_ready_without_tables(bare_url):
    response = ready(bare_url)
    assert response.status_code == 503
    assert response.json == {"database": True, "migration": False, "data": False}


def test_not_ready_without_data(empty_url):
    response = ready(empty_url)
    assert response.status_code == 503
    assert response.json == {"database": True, "migration": True, "data": False}


def test_not_ready_at_an_older_migration(empty_url):
    engine = make_engine(empty_url)
    downgrade(engine, "base")
    engine.dispose()
    assert ready(empty_url).json["migration"] is False


def test_not_ready_without_a_database():
    url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    response = ready(url)
    assert response.status_code == 503
    assert response.json == {"database": False, "migration": False, "data": False}


@pytest.mark.served
def test_log_has_request_ids_and_no_personal_data(shared_loaded_url, tmp_path):
    with running(shared_loaded_url, tmp_path) as server:
        _, _, headers = server.ask(
            "/search?q=Jane+Doe", **{"X-Request-ID": "abcd-1234"}
        )
        assert headers["X-Request-ID"] == "abcd-1234"
        _, _, headers = server.ask("/countries/PHL", **{"X-Request-ID": "<script>"})
        made = headers["X-Request-ID"]
        assert made.isalnum()
        server.ask("/account/reset/secret-token-of-jane")
        server.ask("/gaps?answer=jane@example.org", **{"User-Agent": "Jane's own"})
        server.ask("/jane", method="JANE")
        server.raw(b"GET /jane@example.org \x01\r\n\r\n")
    lines = server.lines()
    asked = [line for line in lines if line["message"] == "request"]
    assert {"method", "route", "status", "milliseconds", "request_id"} <= set(asked[-1])
    by_id = {line["request_id"]: line for line in asked}
    assert by_id["abcd-1234"]["route"] == "/search"
    assert by_id[made]["route"] == "/countries/<iso3:iso3>"
    text = server.log.read_text().lower()
    assert "jane" not in text
    assert "127.0.0.1" not in text.replace(f"127.0.0.1:{server.port}", "")


def test_log_of_a_failure_says_where_and_quotes_nothing(
    monkeypatch, shared_loaded_url, caplog
):
    import jsonlog

    app = create_app({"DATABASE_URL": shared_loaded_url})

    monkeypatch.setitem(ENDPOINTS, "fails", Permission.READ)

    @app.route("/fails")
    def fails():
        raise ValueError("jane@example.org")

    assert app.test_client().get("/fails?who=jane").status_code == 500
    let_go(app)
    record = next(r for r in caplog.records if r.exc_info)
    record.msg, record.args = "failed", ()
    line = jsonlog.JsonFormatter().format(record)
    assert "jane" not in line
    assert '"type": "ValueError"' in line
    assert "test_operations.py" in line


@pytest.mark.served
def test_metrics_of_all_workers_on_a_port_of_their_own(shared_loaded_url, tmp_path):
    port = free_port()
    bind = f"127.0.0.1:{port}"
    with running(shared_loaded_url, tmp_path, metrics_bind=bind) as server:
        for _ in range(30):
            server.ask("/about")
        assert server.ask("/metrics")[0] == 404
        with urllib.request.urlopen(f"http://{bind}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    line = 'tracker_requests_total{method="GET",route="/about",status="200"} 30.0'
    assert line in text
    assert 'tracker_request_seconds_count{route="/about"} 30.0' in text
    assert not list((tmp_path / "metrics").glob("*"))


@pytest.mark.served
def test_reload_loses_no_request(shared_loaded_url, tmp_path):
    with running(shared_loaded_url, tmp_path) as server:
        with traffic(server, PAGES) as seen:
            for turn in range(1, 3):
                seen.wait_for(turn * 20)
                server.signal(signal.SIGHUP)
                server.wait_for_line("Booting worker", 2 + 2 * turn)
            seen.wait_for(80)
    assert seen.failures == []
    assert set(seen.statuses) == {200}


@pytest.mark.served
def test_reload_takes_up_new_code(shared_loaded_url, tmp_path):
    """The master holds no module of the tracker that a worker would inherit."""
    with running(shared_loaded_url, tmp_path) as server:
        maps = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "sqlalchemy" not in maps.lower()


@pytest.mark.served
def test_stopping_finishes_what_was_begun(shared_loaded_url, tmp_path):
    """Who comes too late is refused; nobody gets half a page."""
    with running(shared_loaded_url, tmp_path) as server:
        with traffic(server, PAGES) as seen:
            seen.wait_for(10)
            server.signal(signal.SIGTERM)
            server.process.wait(60)
    late = ("refused", "reset", "RemoteDisconnected")
    assert [f for f in seen.failures if not any(word in f for word in late)] == []


def test_version_of_the_data_is_one_statement(shared_loaded_url):
    from tracker.store.versions import read_state

    engine = make_engine(shared_loaded_url)
    with Session(engine) as session:
        first = read_state(session)
        assert first == read_state(session)
        assert len(first.split()[-1]) == 64
    engine.dispose()
