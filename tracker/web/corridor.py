"""Two countries for a case across their border: offences, companies, treaties."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from tracker.rules.codebook import Bond, Criterion
from tracker.rules.corridor import Dual, dual
from tracker.store import dossier, treaties
from tracker.store.dossier import CriterionView
from tracker.store.models import Country, Treaty
from tracker.store.treaties import Standing
from tracker.web.ask import ask
from tracker.web.filters import CorridorFilter, Places
from tracker.web.listing import Listing, listing

bp = Blueprint("corridor", __name__)

OFFENCES = ("core", "conduct")
NOT_OFFENCES = ("penalty", "virtual_assets")
SIDES = ("extraterritorial", "corporate_liability", "platform_duty")
CORRIDOR_COLUMNS = {
    "part": "offences-abroad, dual-criminality, company-liability, platform-duty or "
    "treaty",
    "key": "Key of the criterion or treaty",
    "element": "Key of the element; empty: the criterion's answer, or a treaty",
    "from": "Answer or state in the first country; of a treaty: date of its bond",
    "to": "The same in the second country",
    "both": "Of an offence: both, first-only, second-only, neither or open (not known)",
}


@dataclass(frozen=True)
class Pair:
    """One criterion in both countries."""

    criterion: Criterion
    first: CriterionView
    second: CriterionView

    @property
    def dual(self) -> Dual:
        return dual(self.first.derived, self.second.derived)

    @property
    def elements(self) -> Iterable[tuple[Any, Any]]:
        return zip(self.first.elements, self.second.elements, strict=True)


@dataclass(frozen=True)
class Pact:
    """A treaty that both are bound by."""

    treaty: Treaty
    first: Standing
    second: Standing


@listing(bp, "/corridor", "public/corridor.html")
def corridor() -> Listing:
    """Two countries side by side for a case that crosses their border."""
    ask().need_data()
    everyone = ask().snapshot.by_iso3
    choices = Places(everyone, _("Choose"))
    form = CorridorFilter.of(from_=choices, to=choices)
    chosen = [form.from_.data, form.to.data]
    if "" in chosen:
        return Listing("corridor", form, CORRIDOR_COLUMNS, [], {"sides": None})
    if chosen[0] == chosen[1]:
        raise BadRequest("A corridor has two countries: choose two different ones.")
    sides = [everyone[iso3] for iso3 in chosen]
    pairs, pacts = read_pairs(sides), read_pacts(sides)
    offences = [
        pair
        for pair in pairs.values()
        if pair.criterion.theme in OFFENCES and pair.criterion.key not in NOT_OFFENCES
    ]
    across = [pairs[key] for key in SIDES if key in pairs]
    return Listing(
        f"corridor-{chosen[0]}-{chosen[1]}",
        form,
        CORRIDOR_COLUMNS,
        list(corridor_rows(offences, across, pacts)),
        {"sides": sides, "offences": offences, "across": across, "pacts": pacts},
    )


def read_pairs(sides: list[Country]) -> dict[str, Pair]:
    """By criterion."""
    first, second = (
        dossier.read_dossier(ask().session, ask().codebook, side, ask().day)
        for side in sides
    )
    return {
        one.criterion.key: Pair(one.criterion, one, other)
        for one, other in zip(first.criteria, second.criteria, strict=True)
    }


def read_pacts(sides: list[Country]) -> list[Pact]:
    session, iso3s = ask().session, [side.iso3 for side in sides]
    known = treaties.standings(session, ask().day, iso3s=iso3s)
    pacts = []
    for treaty in treaties.read_treaties(session):
        found = [known.get((iso3, treaty.key)) for iso3 in iso3s]
        bound = [s for s in found if s is not None and s.bond is Bond.PARTY]
        if len(bound) == len(sides):
            pacts.append(Pact(treaty, *bound))
    return pacts


def corridor_rows(
    offences: list[Pair], across: list[Pair], pacts: list[Pact]
) -> Iterable[tuple[Any, ...]]:
    parts = dict(
        zip(
            SIDES,
            ("offences-abroad", "company-liability", "platform-duty"),
            strict=True,
        )
    )
    for pair in across:
        part, key = parts[pair.criterion.key], pair.criterion.key
        answers = (pair.first.derived.answer, pair.second.derived.answer)
        yield part, key, None, *answers, None
        for one, other in pair.elements:
            yield part, key, one.element.key, one.state, other.state, None
    for pair in offences:
        answers = (pair.first.derived.answer, pair.second.derived.answer)
        yield "dual-criminality", pair.criterion.key, None, *answers, pair.dual
    for pact in pacts:
        dates = (str(pact.first.since or ""), str(pact.second.since or ""))
        yield "treaty", pact.treaty.key, None, *dates, None


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
