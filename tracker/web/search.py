"""Search in countries, questions, laws and provisions."""

from collections.abc import Iterable
from typing import Any

from flask import url_for

from tracker.store import search
from tracker.web.ask import ask
from tracker.web.filters import SearchFilter
from tracker.web.listing import Listing, listing
from tracker.web.site import bp

SEARCH_COLUMNS = {
    "kind": "country, criterion, law or provision",
    "iso3": "Country, where it belongs to one",
    "title": "Name, title or article",
    "text": "What it says",
    "path": "Its page",
}


@listing(bp, "/search", "public/search.html")
def find() -> Listing:
    """Countries, criteria, laws and provisions that hold all the words asked for."""
    form = SearchFilter.of()
    words = (form.q.data or "").strip()
    found = search.search(ask().session, ask().codebook, words)
    return Listing(
        "search",
        form,
        SEARCH_COLUMNS,
        list(search_rows(found)),
        {"found": found, "words": words},
    )


def search_rows(found: search.Found) -> Iterable[tuple[Any, ...]]:
    for place in found.countries:
        path = url_for(".country", iso3=place.iso3)
        yield "country", place.iso3, place.name, place.region, path
    for question in found.criteria:
        path = url_for(".criterion", key=question.key)
        yield "criterion", None, question.title, question.question, path
    for law, place in found.laws:
        path = url_for(".country", iso3=place.iso3)
        yield "law", place.iso3, law.title, law.title_original, path
    for provision, law, place in found.provisions:
        path = url_for(".country", iso3=place.iso3)
        title = f"{law.title}, {provision.label}"
        yield "provision", place.iso3, title, provision.says, path
