"""Pictures for links that are shared: what a country's or a criterion's page says."""

from flask import Blueprint, Flask, Response
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from tracker.rules.answers import Level
from tracker.rules.coverage import Coverage, cover
from tracker.store import grid
from tracker.web.ask import ask
from tracker.web.brief import canonical
from tracker.web.finding import find_criterion
from tracker.web.i18n import day
from tracker.web.typeset import Typesetter

bp = Blueprint("cards", __name__)
HOUR = 3_600


def card(title: str, lines: list[str]) -> Response:
    data = {
        "lang": str(get_locale() or "en"),
        "site": _("Online Child Trafficking Law Tracker"),
        "title": title,
        "lines": lines,
        "foot": _(
            "Law as read for %(day)s. Not read is never a gap.", day=day(ask().day)
        ),
    }
    picture = Typesetter("card.typ", data).png(ppi=72)
    response = Response(picture, content_type="image/png")
    response.cache_control.public = True
    response.cache_control.max_age = HOUR
    return response


def read_line(found: Coverage) -> str:
    return _(
        "%(read)d of %(total)d read, at least in part; %(unread)d not read",
        read=found.read,
        total=found.total,
        unread=found.not_read,
    )


def yes_line(found: Coverage) -> str:
    low, high = found.bounds(Level.YES)
    if low == high:
        return _("Yes: %(low)d of those read", low=low)
    return _("Yes: %(low)d to %(high)d of those read", low=low, high=high)


@bp.route("/card.png")
def site() -> Response:
    """The picture of the whole site."""
    found = ask().core
    known = sum(
        any(cell.derived.is_read for cell in found.across(country))
        for country in found.countries
    )
    lines = [
        _(
            "The law of %(read)d of %(all)d jurisdictions read on a core question",
            read=known,
            all=len(found.countries),
        )
    ]
    title = _("Does the law protect children from being trafficked online?")
    return card(title, lines)


@bp.route("/countries/<iso3:iso3>/card.png")
def country(iso3: str) -> Response:
    """The picture of one country."""
    found = canonical(iso3, "cards.country")
    cells = grid.read_grid(ask().session, ask().codebook, ask().day, [found])
    derived = [cell.derived for cell in cells.across(found)]
    lacking = sum(d.lacking for d in derived)
    covered = cover(derived)
    lines = [
        _("Questions: %(words)s", words=read_line(covered)),
        ngettext(
            "%(num)d element was read and is lacking",
            "%(num)d elements were read and are lacking",
            lacking,
        ),
    ]
    return card(found.name, lines if covered.read else lines[:1])


@bp.route("/criteria/<key>/card.png")
def criterion(key: str) -> Response:
    """The picture of one criterion."""
    found = find_criterion(key)
    cells = ask().grid(ask().countries, [found])
    covered = cells.coverage(found)
    lines = [
        yes_line(covered),
        _("Countries: %(words)s", words=read_line(covered)),
    ]
    return card(found.question, lines)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
