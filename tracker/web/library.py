"""Provisions in force that meet a criterion, to be put beside one's own law."""

from typing import Any

from babel import Locale
from flask import Blueprint, Flask, redirect, request, url_for
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from tracker.rules import columns
from tracker.rules.brief import spaced
from tracker.rules.codebook import Criterion
from tracker.store import library
from tracker.store.dossier import CriterionView, read_dossier
from tracker.store.exports import years
from tracker.store.library import Meeting
from tracker.store.models import Country
from tracker.web.ask import ask
from tracker.web.filters import LibraryFilter, any_of, region_choices
from tracker.web.finding import find_criterion
from tracker.web.listing import Listing, listing, page_of

bp = Blueprint("library", __name__)

# Languages that CLDR does not name: https://iso639-3.sil.org/code/prs and /cnr
UNNAMED = {"prs": lazy_gettext("Dari"), "cnr": lazy_gettext("Montenegrin")}
CARDS = 30  # provisions on a page: each is a card
PROVISION_COLUMNS = {
    **columns.COUNTRY,
    **columns.REGION,
    "law": "English title of the law",
    "law_original": "Title in the original language and script",
    "language": "Language of the original (BCP 47)",
    "article": "Article or section",
    "says": "What it says, in our own words",
    **columns.PENALTY,
    "elements": "Keys of the elements that it meets",
    "since": "Earliest day from which it is known to meet one of them, as seen",
    "confidence": "high, medium or low",
    "source": "Title of the first source it rests on",
    "source_url": "Address of that source",
}


def provision_row(item: Meeting) -> tuple[Any, ...]:
    country, provision, law = item.country, item.provision, item.provision.law
    return (
        country.iso3,
        country.name,
        country.region,
        country.subregion,
        law.title,
        law.title_original,
        law.language,
        provision.label,
        provision.says,
        years(provision.min_years),
        years(provision.max_years),
        provision.life,
        " ".join(item.elements),
        str(item.since or ""),
        item.confidence,
        item.source.title,
        item.source.url,
    )


@listing(bp, "/provisions/<key>", "public/provisions.html")
def provisions(key: str) -> Listing:
    """Provisions in force that meet a criterion, by element, language and region."""
    criterion = find_criterion(key)
    session, day = ask().session, ask().day
    everything = library.provisions_that_meet(session, criterion, day)
    codes = {m.provision.law.language or "" for m in everything} - {""}
    everyone = ask().countries
    form = LibraryFilter.of(
        element=any_of(
            {e.key: spaced(e.key) for e in criterion.elements},
            _("Any element"),
        ),
        language=any_of(
            dict(sorted(((c, language_name(c)) for c in codes), key=lambda i: i[1])),
            _("Any language"),
        ),
        region=region_choices(ask().snapshot.regions),
        mine=any_of({c.iso3: c.name for c in everyone}, _("No country")),
    )
    wanted = [item for item in everything if fits(form, item)]
    beside = find_beside(form.beside.data, everything)
    page = page_of(form.page.data, len(wanted), CARDS)
    mine = next((c for c in everyone if c.iso3 == form.mine.data), None)
    return Listing(
        f"provisions-{criterion.key}",
        form,
        PROVISION_COLUMNS,
        [provision_row(item) for item in wanted],
        {
            "criterion": criterion,
            "items": page.of(wanted),
            "page": page,
            "mine": mine,
            "view": own_view(mine, criterion) if mine else None,
            "beside": beside,
            "language_name": language_name,
        },
    )


@bp.route("/criteria/<key>/provisions", defaults={"form": "html"})
@bp.route("/criteria/<key>/provisions.csv", defaults={"form": "csv"})
@bp.route("/criteria/<key>/provisions.json", defaults={"form": "json"})
def moved(key: str, form: str) -> Response:
    """Where the library was before: links and bookmarks lead to it still."""
    place = url_for(".provisions", key=find_criterion(key).key, form=form, as_of=None)
    query = request.query_string.decode()
    return redirect(f"{place}?{query}" if query else place, 301)


def own_view(mine: Country, criterion: Criterion) -> CriterionView:
    found = read_dossier(ask().session, ask().codebook, mine, ask().day)
    return next(v for v in found.criteria if v.criterion.key == criterion.key)


def fits(form: LibraryFilter, item: Meeting) -> bool:
    return (
        form.element.data in ("", *item.elements)
        and form.language.data in ("", item.provision.law.language)
        and form.region.data in ("", item.country.region)
    )


def find_beside(name: str, items: list[Meeting]) -> Meeting | None:
    """The provision called `ISO3:key`; raises BadRequest where there is none."""
    if not name:
        return None
    found = next((item for item in items if item.name == name), None)
    if found is None:
        raise BadRequest(f"beside={name[:60]!r} is no provision that meets this.")
    return found


def language_name(code: str) -> str:
    """The language in the reader's own; its code where nobody has a name for it."""
    locale = get_locale() or Locale("en")
    language, _dash, territory = code.partition("-")
    name = locale.languages.get(language) or UNNAMED.get(language, language)
    where = locale.territories.get(territory, territory)
    return f"{name} ({where})" if where else str(name)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
