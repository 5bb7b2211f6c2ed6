"""Which countries and which criterion a list is about."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tracker.store.models import Country


@dataclass(frozen=True)
class Scope:
    """Empty: all of them."""

    country: str = ""
    region: str = ""
    criterion: str = ""

    def where(self, iso3: Any) -> list[sa.ColumnElement[bool]]:
        """What a column with the codes of countries has to be."""
        found: list[sa.ColumnElement[bool]] = []
        if self.country:
            found.append(iso3 == self.country)
        if self.region:
            there = sa.select(Country.iso3).where(Country.region == self.region)
            found.append(iso3.in_(there))
        return found
