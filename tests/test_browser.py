"""Headless Chromium with axe-core: what only a browser can tell."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import NEEDED, launched

from servers import served

WIDTHS = [1280, 375]
PAGES = [
    "/",
    "/?as_of=2019-08-03",
    "/regions",
    "/countries",
    "/countries/PHL",
    "/countries/AND?as_of=2019-08-03",
    "/criteria",
    "/criteria/advertising",
    "/provisions/grooming",
    "/provisions/grooming?mine=IND&element=solicitation",
    "/criteria/grooming/years",
    "/countries/IND/brief",
    "/away",
    "/changes?since=2020-01-01&region=Asia",
    "/corridor?from=KHM&to=AUS",
    "/embed",
    "/gaps",
    "/gaps?region=Asia&away=yes",
    "/compare",
    "/compare?country=PHL&country=IND&region=Asia",
    "/treaties",
    "/treaties/opsc",
    "/treaties/crc",
    "/method",
    "/about",
    "/data",
    "/data/releases",
    "/data/differences",
    "/api/v1/docs",
    "/search?q=child",
    "/countries?region=Mars",
    "/nowhere",
]

# The rows of a long table are alike: the first twenty stand for the rest.
SHORTEN = """
document.querySelectorAll('tbody > tr:nth-child(n + 21)').forEach(row => row.remove())
"""
# No colour depends on the width of the window, and contrast is most of axe's time.
RULES = {1280: {}, 375: {"color-contrast": {"enabled": False}}}

pytestmark = NEEDED


@pytest.fixture(scope="module")
def address(site):
    with served(site) as found:
        yield found


@pytest.fixture(scope="module")
def chromium(address):
    with launched() as browser:
        yield browser


def heard(page, address):
    """A list that grows with what the browser complains of in that page."""
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            said.type in {"error", "warning"}
            and "status of 40" not in said.text
            and complaints.append(said.text)
        ),
    )
    page.on(
        "request",
        lambda request: (
            request.url.startswith(address) or complaints.append(request.url)
        ),
    )
    return complaints


@pytest.fixture
def open_page(chromium, address):
    """A function that opens a path; it fails where the browser had a complaint."""
    contexts, complaints = [], []

    def open_path(path, width=1280, **options):
        size = {"width": width, "height": 900}
        context = chromium.new_context(viewport=size, base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        complaints.append(heard(page, address))
        page.goto(path)
        return page

    yield open_path
    cookies = [cookie for context in contexts for cookie in context.cookies()]
    for context in contexts:
        context.close()
    assert not any(complaints)
    assert not cookies


@pytest.fixture(scope="module")
def tab(chromium, address):
    """A page that goes from path to path: a new one would compile axe again."""
    page = chromium.new_context(base_url=address).new_page()
    return page, heard(page, address)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(tab, path):
    page, complaints = tab
    complaints.clear()
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        scrolled = page.evaluate("document.documentElement.scrollWidth")
        assert scrolled <= width, f"{path} is {scrolled} wide at {width}"
    page.evaluate(SHORTEN)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        # Its policy keeps the page from running anything, axe included: axe comes in
        # by the debugger.
        options = {"resultTypes": ["violations"], "rules": RULES[width]}
        found = Axe().run(page, options=options)
        problems = [
            (rule["id"], [node["target"] for node in rule["nodes"]][:3])
            for rule in found.response["violations"]
        ]
        assert not problems, width
    assert not complaints
    assert not page.context.cookies()


@pytest.mark.parametrize("width", WIDTHS)
def test_every_country_on_the_map_is_reached_by_keyboard(open_page, width):
    page = open_page("/", width)
    count = page.locator(".map a").count()
    assert count >= 193
    page.locator(".map a").first.focus()
    page.evaluate(
        """() => {
          window.reached = new Set([document.activeElement.getAttribute('aria-label')])
          document.addEventListener(
            'focusin', event => reached.add(event.target.getAttribute('aria-label')))
        }"""
    )
    for _ in range(count - 1):
        page.keyboard.press("Tab")
    reached = page.evaluate("[...window.reached]")
    assert len(reached) == count
    assert all(": " in name for name in reached)
    page.locator(".map a[aria-label^='Kenya']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/countries/KEN*")
    assert page.locator("h1").inner_text() == "Kenya"


def test_the_map_can_be_skipped(open_page):
    page = open_page("/")
    page.locator(".skip-map").focus()
    assert page.locator(".skip-map").bounding_box()["height"] > 10
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = "document.activeElement.closest('.map')"
    assert page.evaluate(f"{focused} === null")


def test_the_keyboard_begins_at_the_content(open_page):
    page = open_page("/countries")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_filter_is_asked_and_answered_without_script(open_page):
    page = open_page("/gaps", java_script_enabled=False)
    page.select_option("select[name=region]", "Africa")
    page.click(".filters button")
    page.wait_for_url("**region=Africa**")
    rows = page.locator(".matrix tbody tr").count()
    assert 40 < rows < 70
    page.fill("input[name=as_of]", "2019-08-03")
    page.click(".site-foot button")
    page.wait_for_url("**as_of=2019-08-03**")
    assert "region=Africa" in page.url
    assert page.locator(".matrix tbody tr").count() == rows
    page.locator(".matrix tbody td a").first.click()
    page.wait_for_url("**/countries/**")
    assert "as_of=2019-08-03" in page.url
    page.fill("#site-q", "grooming")
    page.press("#site-q", "Enter")
    page.wait_for_url("**/search?q=grooming**")
    assert page.locator("main h2").count() > 0


@pytest.mark.parametrize("path", ["/", "/countries/PHL", "/criteria/grooming", "/gaps"])
def test_a_page_prints_without_its_navigation(open_page, path):
    page = open_page(path)
    page.emulate_media(media="print")
    assert not page.locator(".site-nav").is_visible()
    assert page.locator("h1").first.text_content()
    page.screenshot()


def test_a_country_goes_on_paper(open_page):
    assert len(open_page("/countries/PHL").pdf(format="A4")) > 10_000


@pytest.mark.parametrize("path", ["/", "/countries/PHL", "/gaps"])
def test_a_page_stands_at_double_size(open_page, path):
    """WCAG 1.4.10: 320 CSS pixels, which is 1280 at 400 %."""
    page = open_page(path, 320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_printed_country_shows_what_is_folded_on_the_screen(open_page):
    page = open_page("/countries/PHL")
    seen = "document.querySelector('details.fold table').checkVisibility()"
    assert page.evaluate(seen) is False
    page.emulate_media(media="print")
    assert page.evaluate(seen) is True
    assert not page.is_visible(".actions-row")
