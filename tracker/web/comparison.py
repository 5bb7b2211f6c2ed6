"""The comparison of two to six countries or regions on one page of paper."""

from typing import Any

from flask import Blueprint, Flask, Response, request
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from tracker.rules.answers import Level
from tracker.rules.brief import spaced
from tracker.rules.coverage import Coverage
from tracker.web.ask import ask
from tracker.web.brief import pdf_response
from tracker.web.compare import Column, CompareLine, read_comparison
from tracker.web.filters import PaperFilter
from tracker.web.i18n import day, label, mark, sentence
from tracker.web.sheets import Sheet, cite_words
from tracker.web.typeset import PAPERS, Typesetter, fit

bp = Blueprint("comparison", __name__)
LAYOUTS: tuple[dict[str, Any], ...] = (
    *({"size": size, "elements": True} for size in (10, 9, 8, 7.5, 7, 6.5)),
    *({"size": size, "elements": False} for size in (9, 8, 7, 6)),
)


@bp.route("/compare.pdf")
def pdf() -> Response:
    """The same comparison as `/compare`, as a PDF of one page."""
    paper = PaperFilter.of().paper.data
    context = read_comparison().context
    if not context["enough"]:
        raise BadRequest("Choose two to six countries or regions to compare.")
    sheet = comparison_sheet(context["sides"], context["lines"])
    document = Typesetter("compare.typ", sheet)
    layouts = [{**layout, "paper": PAPERS[paper]} for layout in LAYOUTS]
    content = document.pdf(ask().day, **fit(document.pages, layouts, 1))
    sides = context["sides"]
    names = "-".join(s.country.iso3 if s.country else s.title for s in sides)
    return pdf_response(f"compare-{names}-{ask().day}", content)


def comparison_sheet(sides: list[Column], lines: list[CompareLine]) -> Sheet:
    title = _("Compared: %(names)s", names=sentence([side.title for side in sides]))
    query = request.query_string.decode()
    return {
        "lang": str(get_locale() or "en"),
        "title": title,
        "subtitle": _(
            "The law as read for %(day)s. Questions on which one law meets an element "
            "that another lacks stand first. What was not read differs from nothing, "
            "and is no gap.",
            day=day(ask().day),
        ),
        "question": _("Question"),
        "sides": [side.title for side in sides],
        "lines": [
            {
                "title": line.criterion.title,
                "differs": _("differs") if line.differs else "",
                "cells": cells_of(line, sides),
            }
            for line in lines
        ],
        "cite": cite_words(title, ask().snapshot.state, f"/compare?{query}"),
    }


def cells_of(line: CompareLine, sides: list[Column]) -> list[Sheet]:
    cells = iter(line.cells)
    found = []
    for side in sides:
        if side.country is None:
            coverage = side.coverages[line.criterion.key]
            found.append({"answer": share_words(coverage), "mark": "", "elements": []})
            continue
        cell = next(cells)
        elements = [
            f"{spaced(key)}: {str(label(cell.by_element[key])).lower()}"
            for key in line.differing_elements
        ]
        answer = cell.derived.answer
        found.append(
            {
                "answer": str(label(answer)),
                "mark": mark(answer)[0],
                "elements": elements,
            }
        )
    return found


def share_words(found: Coverage) -> str:
    """A region: how many say yes of those read, and how many are not read."""
    low, high = found.bounds(Level.YES)
    if not found.read:
        return _("none of %(total)d read", total=found.total)
    yes = f"{low}" if low == high else _("%(low)d to %(high)d", low=low, high=high)
    return _(
        "Yes: %(yes)s of %(read)d read (%(unread)d not read)",
        yes=yes,
        read=found.read,
        unread=found.not_read,
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
