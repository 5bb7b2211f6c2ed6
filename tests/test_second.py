"""Second readings: blind, compared, adjudicated; the agreement stays as measured."""

import html

import pytest
from sqlalchemy.orm import Session

from desk import (
    address,
    close,
    fields,
    make_app,
    signed_in,
    submit,
)
from factories import make_codebook
from tracker.actions import seconds
from tracker.rules.permissions import OPEN_WHILE_READING_AGAIN
from tracker.store.agreement import read_agreement

SECOND = {
    "element_four_years-state": "met",
    "element_ten_years-state": "lacking",
    "confidence": "high",
    "why": "The maximum is eight years.",
    "laws-0-title": "Penal Code",
    "new_provisions-0-law": "new-laws-0",
    "new_provisions-0-label": "Section 340",
    "new_provisions-0-says": "Eight years at most.",
    "new_provisions-0-max_years": "8",
    "new_sources-0-url": "https://example.org/code",
    "new_sources-0-title": "The code",
    "new_sources-0-publisher": "Gazette",
    "new_sources-0-kind": "text",
    "new_sources-0-seen": "2026-11-20",
    "action": "preview",
}


@pytest.fixture
def app(desk_url):
    app = make_app(desk_url)
    yield app
    close(app)


def text_of(page):
    return html.unescape(page.get_data(as_text=True))


def agreement(desk_engine):
    with Session(desk_engine) as session:
        return read_agreement(session, make_codebook())


def test_a_sample_is_the_same_for_the_same_seed():
    countries = [f"C{n:02}" for n in range(50)]
    one = seconds.sample(countries, 0.2, "spring")
    assert len(one) == 10
    assert one == seconds.sample(countries[::-1], 0.2, "spring")
    assert one != seconds.sample(countries, 0.2, "autumn")
    assert len(seconds.sample(countries * 2, 7 / 100, "spring")) == 7


def test_second_reading_from_asking_to_adjudication(app, desk_engine):
    ana, rob = signed_in(app, "ana"), signed_in(app, "rob")
    asked = submit(rob, rob.get("/second/manage"), "manage", country="PHL")
    assert asked.status_code == 302
    assert submit(ana, ana.get("/second"), "/take").status_code == 302
    blind(app, ana)
    page = ana.get("/second/task/penalty")
    assert "Anti-Trafficking" not in text_of(page), "no evidence of the first reading"
    assert fields(page, "task")["element_four_years-state"] == ["unread"]
    assert submit(ana, page, "/second/task", **SECOND).status_code == 302
    before = agreement(desk_engine)
    handed = submit(ana, ana.get("/second/task"), "hand-in")
    assert handed.location == "/second", text_of(handed)
    assert ana.get("/countries/PHL").status_code == 200
    measured = agreement(desk_engine)
    assert measured["penalty"].pairs == before["penalty"].pairs + 2
    assert measured["penalty"].agreed == before["penalty"].agreed + 1
    compare = rob.get("/second/compare/PHL")
    assert "The maximum is eight years." in text_of(compare)
    form = "/penalty/ten_years"
    assert submit(rob, compare, form, choice="second").status_code == 422
    refused = submit(ana, compare, form, choice="first", reason="I say so")
    assert refused.status_code in {400, 403}
    done = submit(rob, compare, form, choice="second", reason="The code is newer.")
    assert done.status_code == 302, text_of(done)
    late = submit(rob, compare, form, choice="first", reason="My words")
    assert late.status_code == 409
    public = app.test_client().get("/countries/PHL.csv").get_data(as_text=True)
    assert "penalty,ten_years,partial,lacking" in public
    assert agreement(desk_engine) == measured, "before adjudication, for ever"
    history = app.test_client().get("/countries/PHL/history")
    assert "The code is newer." in text_of(history)


def blind(app, reader):
    """Whatever could show the first reading is closed."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint not in OPEN_WHILE_READING_AGAIN:
            path = address(rule)
            if rule.endpoint == "charts.chart":
                path = "/criteria/grooming/adoption.svg"
            if rule.endpoint == "api.records":
                path = "/api/v1/readings"
            answer = reader.get(path)
            assert answer.status_code == 403, rule
            assert b"Lacking" not in answer.get_data()


def test_who_knows_the_first_reading_may_not_read_again(app, desk_engine):
    """The author and the reviewer of a published proposal."""
    ana, rob = signed_in(app, "ana"), signed_in(app, "rob")
    page = ana.get("/propose/PHL/leads")
    answer = submit(
        ana, page, "leads", leads="One.", reason="correction", comment="x",
        action="preview",
    )  # fmt: skip
    submit(ana, ana.get(answer.location), "/send")
    review = rob.get("/review/proposals/1")
    assert submit(rob, review, "/review/", decision="approve").status_code == 302
    submit(rob, rob.get("/second/manage"), "manage", country="PHL")
    token = fields(ana.get("/account"), "named")["csrf_token"]
    assert "You had a part" in text_of(ana.get("/second"))
    assert ana.post("/second/1/take", data={"csrf_token": token}).status_code == 403


def test_given_back_is_open_to_others_and_opens_the_site(app):
    ana, rob = signed_in(app, "ana"), signed_in(app, "rob")
    submit(rob, rob.get("/second/manage"), "manage", share="100", seed="x")
    submit(ana, ana.get("/second"), "/take")
    assert submit(ana, ana.get("/second/task"), "give-back").status_code == 302
    assert ana.get("/countries/PHL").status_code == 200
    assert "Read it" in text_of(ana.get("/second"))


def test_the_seeds_second_readings_are_measured(app, desk_engine):
    found = agreement(desk_engine)["definition"]
    assert (found.pairs, found.agreed) == (4, 3)
