"""A proposal from the first letter to the page: typed, kept, checked, decided."""

import html
import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import close, fields, make_account, make_app, signed_in, submit
from tracker.rules.permissions import Role
from tracker.store import audit

SOURCE = {
    "new_sources-0-url": "https://example.org/act",
    "new_sources-0-title": "Cybercrime Act",
    "new_sources-0-publisher": "Gazette",
    "new_sources-0-kind": "text",
    "new_sources-0-seen": "2026-11-20",
}
LAW = {
    "laws-0-title": "<script>alert(1)</script> Act",
    "laws-0-enacted": "2020-05",
}
ARTICLE = {
    "new_provisions-0-law": "new-laws-0",
    "new_provisions-0-label": "Section 4",
    "new_provisions-0-says": "Soliciting a child online is an offence.",
    "new_provisions-0-max_years": "10",
}
MET = {
    "element_solicitation-state": "met",
    "element_contact_suffices-state": "met",
    "element_all_children-state": "unread",
    "since": "2020-06",
    "confidence": "high",
    "why": "Section 4 says so.",
    "reason": "new-evidence",
    "comment": "The act was read.",
}


@pytest.fixture
def engine(desk_engine):
    return desk_engine


@pytest.fixture
def app(desk_url):
    app = make_app(desk_url)
    yield app
    close(app)


@pytest.fixture
def ana(app):
    return signed_in(app, "ana")


@pytest.fixture
def rob(app):
    return signed_in(app, "rob")


def write(client, iso3="AFG", what="grooming", action="preview", **changes):
    page = client.get(f"/propose/{iso3}/{what}")
    assert page.status_code == 200
    data = {**SOURCE, **LAW, **ARTICLE, **MET, "action": action, **changes}
    return submit(client, page, what, **data)


def test_journey(app, ana, rob, engine):
    answer = write(ana)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    page = ana.get(answer.location)
    text = page.get_data(as_text=True)
    assert "Not read" in text
    assert "At least partly" in text
    assert submit(ana, page, "/send").status_code == 302
    number = answer.location.rsplit("/", 1)[1]
    review = rob.get(f"/review/proposals/{number}")
    assert "Section 4 says so." in review.get_data(as_text=True)
    assert submit(rob, review, "/review/", decision="return").status_code == 422
    sent_back = submit(
        rob, review, "/review/", decision="return", comment="Which section?"
    )
    assert sent_back.status_code == 302
    edit = ana.get(f"/proposals/{number}/edit")
    assert "Which section?" in edit.get_data(as_text=True)
    mended = submit(ana, edit, "/edit", why="Section 4(1) says so.", action="preview")
    page = ana.get(mended.location)
    assert submit(ana, page, "/send").status_code == 302
    review = rob.get(f"/review/proposals/{number}")
    done = submit(rob, review, "/review/", decision="approve")
    assert done.status_code == 302, done.get_data(as_text=True)
    public = app.test_client()
    page = public.get("/countries/AFG").get_data(as_text=True)
    assert "Section 4(1) says so." in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    csv = public.get("/data/readings.csv").get_data(as_text=True)
    assert "AFG,Afghanistan,grooming,solicitation,met,2020-06" in csv
    feeds = ("/changes", "/feed.atom", "/feed.json", "/countries/AFG/feed.atom")
    for path in feeds:
        told = public.get(path)
        assert told.status_code == 200, path
        assert "Afghanistan" in told.get_data(as_text=True), path
    found = public.get("/api/v1/changes?country=AFG&reason=new-evidence").get_json()
    assert "new-evidence" in {item["reason"] for item in found["data"]}
    assert public.get("/data/differences").status_code == 200
    history = public.get("/countries/AFG/history").get_data(as_text=True)
    assert "approved by reviewer" in history
    with Session(engine) as session:
        assert list(audit.verify(session)) == []


def number_of(answer):
    return int(re.search(r"/proposals/(\d+)", answer.location)[1])


def sent(client, **changes):
    """A proposal of grooming for AFG that waits for a decision; its number."""
    answer = write(client, **changes)
    page = client.get(answer.location)
    assert submit(client, page, "/send").status_code == 302
    return number_of(answer)


def text_of(page):
    return html.unescape(page.get_data(as_text=True))


def test_everything_typed_is_kept_when_rules_are_broken(ana):
    answer = write(
        ana,
        **{
            "since": "in spring",
            "why": "A long explanation",
            "new_sources-0-url": "not an address",
            "new_provisions-0-max_years": "many",
        },
    )
    assert "check=1" in answer.location
    page = ana.get(answer.location)
    text = text_of(page)
    for typed in ("in spring", "A long explanation", "not an address", "many"):
        assert typed in text
    assert "is not a date" in text
    kept = fields(page, "/edit")
    assert kept["element_solicitation-state"] == ["met"]


@pytest.mark.parametrize("number", ["9" * 400, "sNaN", "-1", "1e309", "1001"])
def test_a_number_that_is_none_is_kept_and_told(ana, number):
    answer = write(ana, **{"new_provisions-0-max_years": number})
    text = text_of(ana.get(answer.location))
    assert number in text
    assert "Number must be between 0 and 1000." in text


@pytest.mark.parametrize("place", ["²", "9" * 5_000, "-1", "x"])
def test_a_row_of_the_history_with_a_made_up_place_is_a_new_one(ana, place):
    page = ana.get("/propose/PHL/definition")
    rows = [name for name in fields(page, "definition") if name.endswith("-place")]
    assert rows
    answer = submit(
        ana, page, "definition", **{rows[0]: place, "action": "save", "comment": "x"}
    )
    assert answer.status_code == 302


def test_the_evidence_rules_are_told_before_sending(ana):
    blank = {name: "" for name in (*SOURCE, *LAW, *ARTICLE) if name[-4:] != "kind"}
    answer = write(ana, **blank)
    page = ana.get(answer.location)
    text = text_of(page)
    assert "has no source: nothing is published without one" in text
    assert "/send" not in text


def test_a_draft_survives_a_closed_browser(app, ana):
    write(ana, action="save", why="Half a thou")
    again = signed_in(app, "ana")
    begun = again.get("/propose/AFG/grooming")
    assert begun.status_code == 302
    assert "Half a thou" in text_of(again.get(begun.location))


def test_a_form_of_an_unchanged_reading_changes_nothing(ana):
    page = ana.get("/propose/PHL/definition")
    answer = submit(
        ana, page, "definition", reason="correction", comment="x", action="preview"
    )
    page = ana.get(answer.location)
    assert 'class="changed"' not in text_of(page)
    refused = submit(ana, page, "/send")
    assert refused.status_code == 422
    assert "Nothing is changed yet" in text_of(refused)


def test_a_law_that_changed_leaves_history_and_is_a_reform(app, ana, rob):
    page = ana.get("/propose/PHL/penalty")
    change = {
        "element_ten_years-state": "lacking",
        "since": "2024-02-01",
        "reason": "law-changed",
        "comment": "Amended in 2024.",
        "action": "preview",
    }
    answer = submit(ana, page, "penalty", **change)
    assert "until when the earlier reading held" in text_of(ana.get(answer.location))
    edit = ana.get(answer.location + "/edit")
    answer = submit(ana, edit, "/edit", until="2024-02-01", action="preview")
    page = ana.get(answer.location)
    assert submit(ana, page, "/send").status_code == 302
    review = rob.get(f"/review/proposals/{number_of(answer)}")
    assert submit(rob, review, "/review/", decision="approve").status_code == 302
    public = app.test_client()
    then = public.get("/countries/PHL.csv?as_of=2020-01-01").get_data(as_text=True)
    now = public.get("/countries/PHL.csv").get_data(as_text=True)
    assert "penalty,ten_years,yes,met" in then
    assert "penalty,ten_years,partial,lacking" in now
    assert "Reform" in text_of(public.get("/countries/PHL"))


def test_nobody_decides_on_their_own_proposal(rob, engine):
    number = sent(rob)
    page = rob.get(f"/review/proposals/{number}")
    assert "somebody else decides" in text_of(page)
    token = fields(page, "log-out")["csrf_token"]
    data = {"csrf_token": token, "decision": "approve", "version": "2"}
    assert rob.post(f"/review/proposals/{number}", data=data).status_code == 403


def test_the_second_decision_is_a_conflict_that_keeps_the_words(app, ana, rob, engine):
    make_account(engine, "eve", Role.REVIEWER)
    eve = signed_in(app, "eve")
    number = sent(ana)
    first = rob.get(f"/review/proposals/{number}")
    second = eve.get(f"/review/proposals/{number}")
    assert submit(rob, first, "/review/", decision="approve").status_code == 302
    answer = submit(
        eve, second, "/review/", decision="reject", comment="My long reasons"
    )
    assert answer.status_code == 409
    assert "reviewer 2 decided" in text_of(answer)
    assert "My long reasons" in text_of(answer)


def test_a_changed_base_is_a_conflict_with_what_changed(app, ana, rob, engine):
    make_account(engine, "ben")
    ben = signed_in(app, "ben")
    mine, other = sent(ana), sent(ben, why="Another reading.")
    for number, code in ((other, 302), (mine, 409)):
        page = rob.get(f"/review/proposals/{number}")
        answer = submit(rob, page, "/review/", decision="approve", comment="Fine")
        assert answer.status_code == code
    assert "Another reading." in text_of(answer)
    assert "Fine" in text_of(answer)
    page = ana.get(f"/proposals/{mine}")
    assert "Something else was published here meanwhile" in text_of(page)
    again = submit(ana, page, "/start-again")
    edit = ana.get(again.location)
    assert "Section 4 says so." in text_of(edit), "nothing typed is lost"
    answer = submit(ana, edit, "/edit", action="preview")
    page = ana.get(answer.location)
    assert submit(ana, page, "/send").status_code == 302, text_of(page)
    page = rob.get(f"/review/proposals/{mine}")
    assert submit(rob, page, "/review/", decision="approve").status_code == 302


def test_saving_in_two_windows_is_a_conflict_that_keeps_both(ana):
    number = number_of(write(ana, action="save"))
    one = ana.get(f"/proposals/{number}/edit")
    two = ana.get(f"/proposals/{number}/edit")
    assert submit(ana, one, "/edit", why="From the first").status_code == 302
    answer = submit(ana, two, "/edit", why="From the second")
    assert answer.status_code == 409
    assert "From the second" in text_of(answer)
    assert submit(ana, answer, "/edit").status_code == 302


def test_a_text_mended_meanwhile_is_not_decided_unseen(ana, rob):
    number = sent(ana)
    seen = rob.get(f"/review/proposals/{number}")
    edit = ana.get(f"/proposals/{number}/edit")
    submit(ana, edit, "/edit", why="Something quite different.", action="save")
    answer = submit(rob, seen, "/review/", decision="approve")
    assert answer.status_code == 409


def test_withdrawn_and_superseded_stay_to_be_seen(ana, rob, engine):
    older = sent(ana)
    answer = write_again(ana)
    page = ana.get(answer.location)
    assert submit(ana, page, "/send").status_code == 302
    assert "replaced by a newer proposal" in text_of(ana.get(f"/proposals/{older}"))
    newer = ana.get(f"/proposals/{number_of(answer)}")
    assert submit(ana, newer, "/withdraw").status_code == 302
    assert "withdrawn" in text_of(ana.get(f"/proposals/{number_of(answer)}"))
    assert "Nothing waits" in text_of(rob.get("/review"))
    with engine.begin() as connection:
        for statement in (
            "DELETE FROM proposal",
            "UPDATE proposal SET comment = 'x'",
        ):
            with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
                connection.execute(sa.text(statement))


def write_again(client):
    page = client.get("/propose/AFG/grooming?again=1")
    data = {**SOURCE, **LAW, **ARTICLE, **MET, "action": "preview", "why": "Newer."}
    return submit(client, page, "grooming", **data)


def test_bills_and_leads(app, ana, rob):
    page = ana.get("/propose/PHL/bills")
    answer = submit(
        ana,
        page,
        "bills",
        **{
            "bills-1-title": "House Bill 7",
            "bills-1-status": "second reading",
            "bills-1-why": "It would name livestreams.",
            **SOURCE,
            "reason": "new-evidence",
            "comment": "A new bill.",
            "action": "preview",
        },
    )
    page = ana.get(answer.location)
    assert submit(ana, page, "/send").status_code == 302, text_of(page)
    review = rob.get(f"/review/proposals/{number_of(answer)}")
    assert submit(rob, review, "/review/", decision="approve").status_code == 302
    assert "House Bill 7" in text_of(app.test_client().get("/countries/PHL"))
    page = ana.get("/propose/PHL/leads")
    answer = submit(
        ana,
        page,
        "leads",
        leads="A decree of 2009 was not seen.\r\nA circular of 2011.",
        reason="new-evidence",
        comment="Recalled.",
        action="preview",
    )
    page = ana.get(answer.location)
    assert submit(ana, page, "/send").status_code == 302
    review = rob.get(f"/review/proposals/{number_of(answer)}")
    assert submit(rob, review, "/review/", decision="approve").status_code == 302
    public = app.test_client()
    for path in ("/countries/PHL", "/countries/PHL/history"):
        assert "A circular of 2011" not in text_of(public.get(path))
    assert "A circular of 2011" in text_of(ana.get("/propose/PHL"))


def test_others_do_not_see_a_proposal(app, ana, engine):
    number = sent(ana)
    make_account(engine, "ben")
    ben = signed_in(app, "ben")
    for path in (f"/proposals/{number}", f"/proposals/{number}/edit"):
        assert ben.get(path).status_code == 403


def test_a_reading_that_is_taken_back_is_told_with_what_it_said(app, ana, rob):
    page = ana.get("/propose/PHL/penalty")
    states = {name: "unread" for name in fields(page, "penalty") if "-state" in name}
    why = {"reason": "correction", "comment": "Misread.", "action": "preview"}
    page = ana.get(submit(ana, page, "penalty", **states, **why).location)
    submit(ana, page, "/send")
    number = page.request.path.rsplit("/", 1)[1]
    review = rob.get(f"/review/proposals/{number}")
    submit(rob, review, "/review/", decision="approve")

    public = app.test_client()
    history = text_of(public.get("/countries/PHL/history"))
    assert "it said: four years met, ten years met" in history
    assert public.get("/changes?country=PHL").status_code == 200
