"""A country by its code and a criterion by its key, or the page that says no."""

from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from tracker.rules.codebook import Criterion
from tracker.store.models import Country
from tracker.web.ask import ask


class Iso3(BaseConverter):
    regex = "[A-Za-z]{3}"


def find_country(iso3: str) -> Country:
    """In either case of letters; raises NotFound."""
    country = ask().snapshot.by_iso3.get(iso3.upper())
    if country is None:
        raise NotFound(
            f"{iso3!r} is not the ISO 3166-1 alpha-3 code of a country in the tracker. "
            "The list of countries has them all."
        )
    return country


def find_criterion(key: str) -> Criterion:
    """Raises NotFound."""
    criterion = ask().codebook.by_key.get(key)
    if criterion is None:
        raise NotFound(f"{key[:60]!r} is not a criterion of the codebook.")
    return criterion
