"""The whole journey in a real browser: propose, send back, mend, approve, published."""

import pytest
from chromium import NEEDED, launched
from sqlalchemy.orm import Session

from desk import PASSWORD, close, make_app
from servers import served
from tracker.store import audit

pytestmark = NEEDED


@pytest.fixture
def address(desk_url):
    app = make_app(desk_url)
    with served(app) as found:
        yield found
    close(app)


@pytest.fixture
def browser(address):
    with launched() as found:
        yield found


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def people(request, address, browser):
    """A page of each, with and without JavaScript; nothing is logged as an error."""
    pages, errors = {}, []
    for name in ("ana", "rob", "visitor"):
        context = browser.new_context(java_script_enabled=request.param)
        page = context.new_page()
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else 0)
        page.set_default_timeout(20_000)
        pages[name] = page
        if name != "visitor":
            page.goto(f"{address}/account/log-in")
            page.fill("[name=email]", f"{name}@example.org")
            page.fill("[name=password]", PASSWORD)
            page.click("main button")
            assert page.url == f"{address}/account"
    yield pages
    assert [text for text in errors if "409" not in text and "422" not in text] == []


def write(page, address):
    page.goto(f"{address}/propose/AFG/grooming")
    for element, state in (("solicitation", "met"), ("contact_suffices", "lacking")):
        page.check(f"[name=element_{element}-state][value={state}]")
    page.fill("[name=since]", "2020-06")
    page.check("[name=confidence][value=high]")
    page.fill("[name=why]", "The act says so.")
    page.fill("[name=laws-0-title]", "Cyber Act")
    page.fill("[name=new_sources-0-url]", "https://example.org/act")
    page.fill("[name=new_sources-0-title]", "The act")
    page.fill("[name=new_sources-0-publisher]", "Gazette")
    page.check("[name=reason][value=new-evidence]")
    page.fill("main [name=comment]", "The act was read.")
    page.click("button[value=save]")
    page.select_option("[name=new_provisions-0-law]", label="Cyber Act (new law)")
    page.fill("[name=new_provisions-0-label]", "Section 4")
    page.fill("[name=new_provisions-0-says]", "Soliciting a child is an offence.")
    page.click("button[value=preview]")


def test_journey(address, people, desk_engine):
    ana, rob, visitor = people["ana"], people["rob"], people["visitor"]
    write(ana, address)
    assert "The answer, before and after" in ana.inner_text("main")
    ana.click("text=Send it for review")
    rob.goto(f"{address}/review")
    rob.click("main tbody a")
    assert "The act says so." in rob.inner_text("main")
    rob.fill("[name=comment]", "Say which section.")
    rob.click("button[value=return]")
    ana.goto(f"{address}/proposals")
    ana.click("main tbody a")
    assert "Say which section." in ana.inner_text("main")
    ana.click("text=Change it")
    ana.fill("[name=why]", "Section 4 of the act says so.")
    ana.click("button[value=preview]")
    ana.click("text=Send it for review")
    rob.goto(f"{address}/review")
    rob.click("main tbody a")
    rob.click("button[value=approve]")
    assert "Published." in rob.inner_text("body")
    visitor.goto(f"{address}/countries/AFG")
    assert "Section 4 of the act says so." in visitor.text_content("main")
    assert visitor.context.cookies() == []
    csv = visitor.request.get(f"{address}/data/readings.csv").text()
    assert "AFG,Afghanistan,grooming,solicitation,met,2020-06" in csv
    events = visitor.request.get(f"{address}/countries/AFG/history.json").json()
    assert events["rows"][0]["who"] == "contributor 1, approved by reviewer 2"
    with Session(desk_engine) as session:
        assert list(audit.verify(session)) == []
