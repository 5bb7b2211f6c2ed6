"""Provisions in force that meet a criterion, to be put beside one's own law."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
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
from tracker.store.library import Meeting, Wish
from tracker.store.models import Country
from tracker.web.ask import ask
from tracker.web.filters import LibraryFilter, Places, any_of, region_choices
from tracker.web.finding import find_criterion
from tracker.web.listing import Listing, Window, chunks, listing, page_of

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
    snapshot = ask().snapshot
    codes = ask().memo(
        ("languages", criterion.key),
        lambda: library.languages(ask().session, criterion, ask().day),
    )
    form = LibraryFilter.of(
        element=any_of(
            {e.key: spaced(e.key) for e in criterion.elements},
            _("Any element"),
        ),
        language=any_of(
            dict(sorted(((c, language_name(c)) for c in codes), key=lambda i: i[1])),
            _("Any language"),
        ),
        region=region_choices(snapshot.regions),
        mine=Places(snapshot.by_iso3, _("No country")),
    )
    wish = Wish(form.element.data, form.language.data, form.region.data)
    keys = meeting_keys(criterion, wish)
    page = page_of(form.page.data, len(keys), CARDS)
    mine = snapshot.by_iso3.get(form.mine.data)
    return Listing(
        f"provisions-{criterion.key}",
        form,
        PROVISION_COLUMNS,
        (
            provision_row(item)
            for some in chunks(list(dict.fromkeys(keys)))
            for item in read_meetings(criterion, wish, some)
        ),
        {
            "criterion": criterion,
            "items": meetings_of(criterion, wish, Window(keys, page)),
            "page": page,
            "mine": mine,
            "view": own_view(mine, criterion) if mine else None,
            "beside": find_beside(form.beside.data, criterion),
            "language_name": language_name,
        },
    )


def meeting_keys(criterion: Criterion, wish: Wish) -> Sequence[int]:
    """For each provision, sorted: the elements that it lacks, then its country's place.

    As one number: `divmod` by the number of countries takes it apart.
    """
    countries = ask().countries

    def make() -> Sequence[int]:
        places = {country.iso3: place for place, country in enumerate(countries)}
        most, base = len(criterion.elements), len(countries)
        counts = library.meeting_counts(ask().session, criterion, ask().day, wish)
        keys = ((most - number) * base + places[iso3] for iso3, number in counts)
        return array("q", sorted(keys))

    return ask().order(("provisions", criterion.key, wish), make)


def meetings_of(criterion: Criterion, wish: Wish, window: Window) -> list[Meeting]:
    return window.of(read_meetings(criterion, wish, window.keys_shown))


def read_meetings(
    criterion: Criterion, wish: Wish, keys: Sequence[int]
) -> Iterator[Meeting]:
    """The provisions of these keys, in their order."""
    countries, most = ask().countries, len(criterion.elements)
    pairs = [divmod(key, len(countries)) for key in keys]
    iso3s = list(dict.fromkeys(countries[place].iso3 for _missing, place in pairs))
    found: dict[tuple[int, str], list[Meeting]] = defaultdict(list)
    for item in library.provisions_that_meet(
        ask().session, criterion, ask().day, iso3s
    ):
        if wish.fits(item):
            found[most - len(item.elements), item.country.iso3].append(item)
    for missing, place in pairs:
        yield from found[missing, countries[place].iso3]


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


def find_beside(name: str, criterion: Criterion) -> Meeting | None:
    """The provision called `ISO3:key`; raises BadRequest where there is none."""
    if not name:
        return None
    items = library.provisions_that_meet(
        ask().session, criterion, ask().day, [name.partition(":")[0]]
    )
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
