"""Closing the gap: one country's brief, as a page and as a PDF of at most two pages."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, render_template, url_for

from tracker.store.brief import read_brief
from tracker.store.models import Country
from tracker.web.ask import ask
from tracker.web.filters import PaperFilter
from tracker.web.finding import find_country
from tracker.web.sheets import Sheet, brief_sheet
from tracker.web.typeset import PAPERS, Typesetter, fit

bp = Blueprint("brief", __name__)
PAGES = 2
# From roomy to tight; what a tighter layout leaves out stands on the page.
ROOMY = {
    "models": 3,
    "read": 3,
    "says": True,
    "mind": True,
    "why": True,
    "steps": True,
    "boxes": False,
}
BRISK = {**ROOMY, "mind": False, "read": 1, "boxes": True}
TERSE = {**BRISK, "says": False}
LAYOUTS: tuple[dict[str, Any], ...] = (
    *({**ROOMY, "size": size} for size in (10, 9.5, 9, 8.5, 8, 7.5)),
    *({**BRISK, "size": size} for size in (8, 7.5)),
    *({**TERSE, "size": size} for size in (8, 7.5)),
    {**TERSE, "size": 7.5, "why": False},
    {**TERSE, "size": 7, "why": False},
    {**TERSE, "size": 7, "why": False, "models": 1, "steps": False},
    {**TERSE, "size": 6, "why": False, "models": 1, "steps": False},
)


def sheet_of(country: Country) -> Sheet:
    return brief_sheet(read_brief(ask().session, ask().codebook, country, ask().day))


@bp.route("/countries/<iso3:iso3>/brief")
def brief(iso3: str) -> str:
    """What the law lacks, which treaty asks for it, which laws elsewhere meet it."""
    country = canonical(iso3, "brief.brief")
    return render_template(
        "public/brief.html", country=country, sheet=sheet_of(country), papers=PAPERS
    )


@bp.route("/countries/<iso3:iso3>/brief.pdf")
def pdf(iso3: str) -> Response:
    """The brief on two pages, A4 or, with `?paper=letter`, Letter."""
    country = canonical(iso3, "brief.pdf")
    form = PaperFilter.of()
    return pdf_response(
        f"brief-{country.iso3}-{ask().day}",
        make_pdf(sheet_of(country), form.paper.data),
    )


def make_pdf(sheet: Sheet, paper: str) -> bytes:
    layouts = [
        {**layout, "paper": PAPERS[paper], "shortened": layout["read"] < 3}
        for layout in LAYOUTS
    ]
    document = Typesetter("brief.typ", sheet)
    return document.pdf(ask().day, **fit(document.pages, layouts, PAGES))


def pdf_response(name: str, content: bytes) -> Response:
    response = Response(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def canonical(iso3: str, endpoint: str) -> Country:
    """The country; a code in lower case is sent to its page in capitals."""
    ask().need_data()
    country = find_country(iso3)
    if iso3 != country.iso3:
        abort(redirect(url_for(endpoint, iso3=country.iso3)))
    return country


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
