"""The pages of the site, each fetched and checked as every page of it must be."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient

from tracker.rules.permissions import ENDPOINTS, Permission

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
CONTROLS = {"input", "select", "textarea"}
ARGUMENTS = {"iso3": "PHL", "key": "grooming"}
DOWNLOADS = [
    "readings",
    "answers",
    "matrix",
    "countries",
    "laws",
    "provisions",
    "sources",
    "treaties",
    "treaty_titles",
    "treaty_articles",
    "criteria",
    "elements",
    "agreement",
]
# By endpoint: every set of values that makes an address of its own. The seeds hold no
# release: `test_web_releases` has the pages of one.
VALUES: dict[str, list[dict[str, str]]] = {
    "public.treaty": [{"key": "opsc"}],
    "data.download": [{"name": name} for name in DOWNLOADS],
    "releases.release": [],
    "releases.file": [],
    "comparison.pdf": [],  # needs a choice
}
# What is neither page nor table, and has tests of its own.
FOR_PROGRAMS = ("api", "charts", "meta", "operations")
# What anybody may read. The forms for log-in and reports have tests of their own,
# as has an address that leads elsewhere.
PUBLIC = {
    endpoint
    for endpoint, permission in ENDPOINTS.items()
    if permission is Permission.READ
    and endpoint not in {"static", "library.moved"}
    and not endpoint.startswith(("account.", "report."))
    and endpoint.partition(".")[0] not in FOR_PROGRAMS
}
UNLABELLED = {"hidden", "submit", "button"}


@dataclass
class Page:
    path: str
    status: int
    text: str
    tree: Element = field(repr=False)

    def all(self, name: str, **attributes: str) -> list[Element]:
        """Elements of that name, SVG's included, with those attributes (class_)."""
        wanted = {key.rstrip("_"): value for key, value in attributes.items()}
        return [
            item
            for item in self.tree.iter()
            if tag(item) == name
            and all(value in item.get(key, "").split() for key, value in wanted.items())
        ]

    @cached_property
    def ids(self) -> list[str]:
        return [item.get("id", "") for item in self.tree.iter() if "id" in item.attrib]

    @cached_property
    def links(self) -> list[str]:
        """Links into the site, absolute from its root, each once."""
        found = (urljoin(self.path, a.get("href", "")) for a in self.all("a"))
        return list(dict.fromkeys(url for url in found if url.startswith("/")))


def tag(item: Element) -> str:
    name = item.tag if isinstance(item.tag, str) else ""
    return name.removeprefix(HTML).removeprefix(SVG)


def words(item: Element) -> str:
    return " ".join("".join(item.itertext()).split())


def get_page(client: FlaskClient, path: str, status: int = 200) -> Page:
    """The page at `path`, which is what every page must be."""
    response = client.get(path)
    assert response.status_code == status, f"{path}: {response.status}"
    assert response.mimetype == "text/html", path
    is_embed = path.startswith("/embed/") and status == 200
    check_headers(response, is_embed)
    page = Page(path, status, response.text, parse(response.text))
    for check in (check_head, check_ids, check_labels, check_names, check_policy):
        check(page)
    return page


@lru_cache(50)
def parse(text: str) -> Element:
    """The document; raises at the first error."""
    found: Element = html5lib.HTMLParser(strict=True).parse(text)
    return found


def check_headers(response: Any, is_embed: bool = False) -> None:
    """Other sites may frame the embeds, and nothing else."""
    headers = response.headers
    assert "Set-Cookie" not in headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert ("frame-ancestors *" in policy) is is_embed
    assert headers.get("X-Frame-Options") == (None if is_embed else "DENY")
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]


def check_head(page: Page) -> None:
    assert len(page.all("h1")) == 1, f"{page.path}: one h1"
    assert words(page.all("h1")[0])
    titles = [words(title) for title in page.tree.iter(f"{HTML}title")]
    assert len(titles) == 1, f"{page.path}: one title"
    assert titles[0].replace("–", "").strip()
    assert page.tree.get("lang"), f"{page.path}: lang"
    assert page.all("main", id="main")


def check_ids(page: Page) -> None:
    twice = [name for name, n in Counter(page.ids).items() if n > 1]
    assert not twice, f"{page.path}: ids {twice}"
    known = {*page.ids, ""}
    for item in page.tree.iter():
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            for target in item.get(name, "").split():
                assert target in known, f"{page.path}: {name}={target}"
    for url in page.links:
        parts = urlsplit(url)
        if parts._replace(fragment="").geturl() == page.path:
            assert parts.fragment in known, f"{page.path}: #{parts.fragment}"


def check_labels(page: Page) -> None:
    labels = {item.get("for"): words(item) for item in page.all("label")}
    for item in page.tree.iter():
        if tag(item) in CONTROLS and item.get("type") not in UNLABELLED:
            name = labels.get(item.get("id")) or item.get("aria-label")
            assert name, f"{page.path}: {item.get('name')} has no label"


def check_names(page: Page) -> None:
    """Links and buttons say where they lead."""
    for item in [*page.all("a"), *page.all("button")]:
        name = words(item) or item.get("aria-label") or item.get("title")
        assert name, f"{page.path}: a link without a name to {item.get('href')}"


def check_policy(page: Page) -> None:
    """Nothing that the content security policy would refuse, nothing from elsewhere."""
    for item in page.tree.iter():
        name = tag(item)
        assert name != "style", page.path
        is_data = item.get("type") == "application/ld+json"  # never run, so no policy
        if name == "script" and not is_data:
            assert item.get("src", "").startswith("/static/"), page.path
        if name in {"img", "link", "script", "use"} and not is_data:
            address = item.get("src") or item.get("href") or "/"
            assert address.startswith("/"), f"{page.path}: {address}"
        for attribute in item.attrib:
            assert not str(attribute).startswith("on"), f"{page.path}: {attribute}"
            assert attribute != "style", f"{page.path}: style on {name}"


def paths_of(app: Flask) -> Iterator[str]:
    """Every public page and file, with an example for each part of its path."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC and "GET" in (rule.methods or ()):
            own = {name: ARGUMENTS.get(name) for name in rule.arguments}
            for values in VALUES.get(rule.endpoint, [own]):
                yield adapter.build(rule.endpoint, {**values, **(rule.defaults or {})})
