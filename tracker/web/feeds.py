"""Atom (RFC 4287) and JSON Feed 1.1: all changes, a country's, a criterion's."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from flask import Blueprint, Flask, Response, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from tracker.links import full
from tracker.store.scope import Scope
from tracker.store.trail import Entry, newest_entries, urn
from tracker.web.ask import ask
from tracker.web.changes import lines_of, title_of
from tracker.web.finding import find_country, find_criterion

bp = Blueprint("feeds", __name__)

ATOM = "http://www.w3.org/2005/Atom"
NEWEST = 60
AUTHOR = "Online Child Trafficking Law Tracker"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
BEFORE_ALL = datetime(2026, 11, 21, tzinfo=UTC)  # a feed without entries has a date too


@dataclass(frozen=True)
class Feed:
    """What a feed is about. `name` makes its id, which never changes."""

    name: str
    title: str
    page: str
    scope: Scope

    def entries(self) -> list[Entry]:
        def make() -> list[Entry]:
            return newest_entries(ask().session, ask().codebook, self.scope, NEWEST)

        return make() if self.scope.country else ask().memo(("feed", self.scope), make)


def everything() -> Feed:
    title = _("Changes in law and readings")
    return Feed("all", title, url_for("changes.changes"), Scope())


def of_country(iso3: str) -> Feed:
    ask().need_data()
    country = find_country(iso3)
    page = url_for("changes.changes", country=country.iso3)
    title = _("Changes: %(name)s", name=country.name)
    name = f"countries/{country.iso3}"
    return Feed(name, title, page, Scope(country=country.iso3))


def of_criterion(key: str) -> Feed:
    criterion = find_criterion(key)
    page = url_for("changes.changes", criterion=criterion.key)
    title = _("Changes: %(name)s", name=criterion.title)
    return Feed(f"criteria/{key}", title, page, Scope(criterion=criterion.key))


@bp.route("/feed.atom")
def atom() -> Response:
    """The newest changes as Atom."""
    return atom_response(everything())


@bp.route("/feed.json")
def feed_json() -> Response:
    """The newest changes as JSON Feed."""
    return json_response(everything())


@bp.route("/countries/<iso3:iso3>/feed.atom")
def country_atom(iso3: str) -> Response:
    """The newest changes of one country as Atom."""
    return atom_response(of_country(iso3))


@bp.route("/countries/<iso3:iso3>/feed.json")
def country_json(iso3: str) -> Response:
    """The newest changes of one country as JSON Feed."""
    return json_response(of_country(iso3))


@bp.route("/criteria/<key>/feed.atom")
def criterion_atom(key: str) -> Response:
    """The newest changes of one criterion as Atom."""
    return atom_response(of_criterion(key))


@bp.route("/criteria/<key>/feed.json")
def criterion_json(key: str) -> Response:
    """The newest changes of one criterion as JSON Feed."""
    return json_response(of_criterion(key))


def stamp(moment: datetime) -> str:
    """RFC 3339."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def entry_page(entry: Entry) -> str:
    if entry.country:
        path = url_for("public.country", iso3=entry.country.iso3)
        return full(f"{path}#{entry.criterion}" if entry.criterion else path)
    return full(url_for("changes.changes"))


def newest(entries: Sequence[Entry]) -> datetime:
    return max((entry.at for entry in entries), default=BEFORE_ALL)


def atom_response(feed: Feed) -> Response:
    entries = feed.entries()
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"xml:lang": str(get_locale() or "en")})

    def add(parent: ET.Element, name: str, text: str = "", **args: str) -> ET.Element:
        child = ET.SubElement(parent, f"{{{ATOM}}}{name}", args)
        child.text = text or None
        return child

    add(root, "id", urn(f"feed/{feed.name}"))
    add(root, "title", f"{feed.title} – {AUTHOR}")
    add(root, "updated", stamp(newest(entries)))
    add(add(root, "author"), "name", AUTHOR)
    add(root, "rights", f"CC BY 4.0, {LICENCE}")
    add(root, "link", rel="self", type="application/atom+xml", href=here())
    add(root, "link", rel="alternate", type="text/html", href=full(feed.page))
    for entry in entries:
        item = add(root, "entry")
        add(item, "id", entry.urn)
        add(item, "title", title_of(entry))
        add(item, "updated", stamp(entry.at))
        add(item, "published", stamp(entry.at))
        add(item, "link", rel="alternate", type="text/html", href=entry_page(entry))
        add(item, "category", term=entry.kind.value)
        add(item, "content", "\n".join(lines_of(entry)), type="text")
    text = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return conditional(Response(text, content_type="application/atom+xml"))


def json_response(feed: Feed) -> Response:
    entries = feed.entries()
    items: list[dict[str, Any]] = [
        {
            "id": entry.urn,
            "url": entry_page(entry),
            "title": title_of(entry),
            "content_text": "\n".join(lines_of(entry)),
            "date_published": stamp(entry.at),
            "date_modified": stamp(entry.at),
            "tags": [entry.kind.value],
        }
        for entry in entries
    ]
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{feed.title} – {AUTHOR}",
        "home_page_url": full(feed.page),
        "feed_url": here(),
        "language": str(get_locale() or "en"),
        "authors": [{"name": AUTHOR}],
        "items": items,
    }
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return conditional(Response(text, content_type="application/feed+json"))


def here() -> str:
    return full(request.path)


def conditional(response: Response) -> Response:
    """A reader that has this very feed is told so."""
    response.add_etag()
    response.make_conditional(request)
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
