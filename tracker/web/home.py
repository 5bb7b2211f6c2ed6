"""The first page, and the core questions by region."""

from collections import Counter
from typing import Any

from flask import render_template

from tracker.rules.answers import Answer, Level
from tracker.store import reforms
from tracker.store.dossier import Reform
from tracker.web.ask import ask
from tracker.web.coverage import (
    REGION_COLUMNS,
    coverage_row,
    regional,
    world_map,
)
from tracker.web.filters import BlankFilter, MapFilter, criterion_choices
from tracker.web.listing import Listing, listing
from tracker.web.site import bp


@listing(bp, "/regions", "public/regions.html")
def regions() -> Listing:
    """The core questions by region, with the bounds that unread elements leave."""
    form = BlankFilter.of()
    found = {criterion.key: regional(criterion) for criterion in ask().codebook.core}
    rows = [
        coverage_row(name, criterion, found[criterion.key][name])
        for name in ["", *ask().snapshot.regions]
        for criterion in ask().codebook.core
    ]
    return Listing("regions", form, REGION_COLUMNS, rows, {"regions": found})


@bp.route("/")
def home() -> str:
    """The headline, a world map for one criterion, the core five by region, reforms."""
    form = MapFilter.of(criterion=criterion_choices(ask().codebook))
    criterion = ask().codebook.by_key[form.criterion.data]
    return render_template(
        "public/home.html",
        filter=form,
        criterion=criterion,
        map=world_map(criterion),
        coverage=regional(criterion)[""],
        regions={c.key: regional(c) for c in ask().codebook.core},
        headline=headline(),
        reforms=ask().memo("reforms", latest_reforms),
        **away_context(),
    )


def headline() -> dict[str, int]:
    """How many countries were read, have a gap, meet all, on the core questions."""

    def make() -> dict[str, int]:
        found = ask().core
        rows = [[cell.derived for cell in found.across(c)] for c in found.countries]
        return {
            "countries": len(rows),
            "read": sum(any(d.is_read for d in row) for row in rows),
            "all_met": sum(all(d.floor is Level.YES for d in row) for row in rows),
            "gap": sum(any(d.answer is Answer.NO for d in row) for row in rows),
        }

    return ask().memo("headline", make)


def away_context() -> dict[str, Any]:
    """The single elements that would most often lift a core answer, and for how many."""

    def make() -> dict[str, Any]:
        found = ask().core
        steps = Counter(
            (cell.criterion.key, step.element, step.target.word)
            for cell in found.cells()
            for step in cell.steps
        )
        near = sum(any(cell.steps for cell in found.across(c)) for c in found.countries)
        return {"away": steps.most_common(3), "away_countries": near}

    return ask().memo("away", make)


def latest_reforms() -> list[Reform]:
    return reforms.latest_reforms(ask().session, ask().day, 6)
