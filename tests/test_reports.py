"""Reports from the public: no account, no flood, a public log, a reply beside."""

import html

import pytest
from sqlalchemy.orm import Session

from desk import close, make_app, signed_in, submit
from tracker.store.contributions import Report

WORDS = "Section 4 was amended in 2024, and <b>you</b> missed it."


@pytest.fixture
def app(desk_url):
    app = make_app(desk_url)
    yield app
    close(app)


def text_of(page):
    return html.unescape(page.get_data(as_text=True))


def send(app, **changes):
    client = app.test_client()
    page = client.get("/report?country=PHL&criterion=grooming")
    return submit(client, page, "report", **{"text": WORDS, **changes})


def test_a_reply_is_shown_once_it_is_verified(app):
    sent = send(
        app,
        kind="reply",
        sender="Ministry of Justice",
        contact="clerk@ministry.example",
    )
    assert sent.location == "/report/thanks?number=1"
    public, rob = app.test_client(), signed_in(app, "rob")
    assert WORDS not in text_of(public.get("/countries/PHL"))
    assert WORDS not in text_of(public.get("/reports"))
    assert "received" in public.get("/reports.csv").get_data(as_text=True)
    page = rob.get("/review/reports/1")
    assert submit(rob, page, "/reports/1", state="verified").status_code == 422
    done = submit(
        rob, page, "/reports/1", state="verified", outcome="Confirmed by the ministry."
    )
    assert done.status_code == 302
    shown = public.get("/countries/PHL").get_data(as_text=True)
    assert "Ministry of Justice" in shown
    assert "&lt;b&gt;you&lt;/b&gt;" in shown
    assert "clerk@" not in shown
    assert "Confirmed by the ministry." in text_of(public.get("/reports"))
    late = submit(rob, page, "/reports/1", state="declined", outcome="My words")
    assert late.status_code == 409
    assert "My words" in text_of(late)


def test_what_is_missing_is_said_and_what_was_typed_is_kept(app):
    answer = send(app, text="short", url="nowhere", sender="Somebody")
    assert answer.status_code == 422
    for words in ("10 to 5,000 characters", "nowhere", "Somebody"):
        assert words in text_of(answer)


def test_a_machine_that_fills_everything_is_not_kept(app, desk_engine):
    assert send(app, website="https://buy.example").status_code == 302
    with Session(desk_engine) as session:
        assert session.query(Report).count() == 0


def test_a_form_sent_at_once_is_asked_for_again(desk_url):
    slow = make_app(desk_url, REPORT_SECONDS=60)
    assert send(slow).status_code == 422
    close(slow)


def test_five_an_hour_from_one_place(app):
    assert [send(app).status_code for _ in range(6)] == [302] * 5 + [429]


def test_the_token_of_a_form_can_not_be_made_up(app):
    assert send(app, csrf_token="made.up.token").status_code == 422
