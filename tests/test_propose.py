"""A proposal from the first letter to the page: typed, kept, checked, sent, decided."""

import pytest
from sqlalchemy.orm import Session

from desk import fields, make_account, make_app, signed_in, submit
from tracker.rules.permissions import Role
from tracker.store import audit
from tracker.store.documents import documents
from tracker.rules.codebook import Series

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
def app(loaded_url):
    return make_app(loaded_url)


@pytest.fixture
def ana(app, loaded_engine):
    make_account(loaded_engine, "ana")
    return signed_in(app, "ana")


@pytest.fixture
def rob(app, loaded_engine):
    make_account(loaded_engine, "rob", Role.REVIEWER)
    return signed_in(app, "rob")


def write(client, iso3="NIU", what="grooming", action="preview", **changes):
    page = client.get(f"/propose/{iso3}/{what}")
    assert page.status_code == 200
    data = {**SOURCE, **LAW, **ARTICLE, **MET, "action": action, **changes}
    return submit(client, page, what, **data)


def test_journey(app, ana, rob, loaded_engine):
    answer = write(ana)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    page = ana.get(answer.location)
    text = page.get_data(as_text=True)
    assert "Not read" in text and "At least partly" in text
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
    page = public.get("/countries/NIU").get_data(as_text=True)
    assert "Section 4(1) says so." in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    csv = public.get("/data/readings.csv").get_data(as_text=True)
    assert "NIU,Niue,grooming,solicitation,met,2020-06" in csv
    history = public.get("/countries/NIU/history").get_data(as_text=True)
    assert "approved by reviewer" in history
    with Session(loaded_engine) as session:
        assert list(audit.verify(session)) == []
