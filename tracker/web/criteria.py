"""The questions: all of them, the page of each, and its adoption by year."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracker.rules import columns
from tracker.rules.answers import Answer
from tracker.rules.codebook import Criterion, State
from tracker.rules.coverage import Coverage
from tracker.rules.dates import PartialDate
from tracker.rules.duties import Duty
from tracker.store import adoption, grid, library, treaties
from tracker.store.models import Country
from tracker.web.ask import ask
from tracker.web.coverage import REGION_COLUMNS, coverage_row, regional, world_map
from tracker.web.filters import BlankFilter
from tracker.web.finding import find_criterion
from tracker.web.library import meeting_keys, meetings_of
from tracker.web.listing import Listing, Page, Window, listing
from tracker.web.site import bp

FIRST_YEAR = 2000
MODELS = 8

CRITERIA_COLUMNS = {
    "theme": "Theme of the codebook",
    "title": "Title",
    "question": "Question",
    **{k: v for k, v in REGION_COLUMNS.items() if k != "region"},
}


@listing(bp, "/criteria", "public/criteria.html")
def criteria() -> Listing:
    """The questions by theme, each with how many countries answer it and how."""
    form = BlankFilter.of()
    coverages = ask().memo("coverages", all_coverages)
    rows = [
        (c.theme, c.title, c.question, *coverage_row("", c, coverages[c.key])[1:])
        for c in ask().codebook.criteria
    ]
    context = {"coverages": coverages}
    return Listing("criteria", form, CRITERIA_COLUMNS, rows, context)


def all_coverages() -> dict[str, Coverage]:
    found = ask().grid(ask().countries)
    return {criterion.key: found.coverage(criterion) for criterion in found.criteria}


ANSWER_COLUMNS = {
    **columns.COUNTRY,
    **columns.REGION,
    "criterion": "Key of the criterion",
    **columns.ANSWER,
    **columns.COUNTS,
}


def answer_row(cell: grid.Cell) -> tuple[Any, ...]:
    country, found = cell.country, cell.derived
    return (
        country.iso3,
        country.name,
        country.region,
        country.subregion,
        cell.criterion.key,
        found.answer,
        found.floor.word,
        found.ceiling.word,
        found.met,
        found.lacking,
        found.unread,
    )


@listing(bp, "/criteria/<key>", "public/criterion.html")
def criterion(key: str) -> Listing:
    """One question: its test, the map, countries by answer, adoption, provisions."""
    found = find_criterion(key)
    form = BlankFilter.of()
    models, count = models_of(found)
    context = {
        "criterion": found,
        "coverage": regional(found)[""],
        "groups": groups_of(found),
        "map": world_map(found),
        "treaties": {treaty.key: treaty for treaty in ask().treaties},
        "duties": duties_by_treaty(found),
        "provisions": models,
        "provision_count": count,
        "elements": elements_of(found),
    }
    rows = (answer_row(cell) for cell in column_of(found))
    return Listing(found.key, form, ANSWER_COLUMNS, rows, context)


def column_of(criterion: Criterion) -> Iterator[grid.Cell]:
    """Its cells by country, looked up when they are asked for."""
    yield from ask().grid(ask().countries, [criterion]).down(criterion)


def groups_of(criterion: Criterion) -> dict[Answer, list[Country]]:
    """The countries by answer."""

    def make() -> dict[Answer, list[Country]]:
        found: dict[Answer, list[Country]] = {answer: [] for answer in Answer}
        for cell in column_of(criterion):
            found[cell.derived.answer].append(cell.country)
        return found

    return ask().memo(("groups", criterion.key), make)


def models_of(criterion: Criterion) -> tuple[list[library.Meeting], int]:
    """The provisions that meet the most elements, and how many meet any."""

    def make() -> tuple[list[library.Meeting], int]:
        keys = meeting_keys(criterion, library.Wish())
        window = Window(keys, Page(1, len(keys), MODELS))
        return meetings_of(criterion, library.Wish(), window), len(keys)

    return ask().memo(("models", criterion.key), make)


def elements_of(criterion: Criterion) -> dict[str, Counter[State]]:
    """By element, how many countries are in each state."""

    def make() -> dict[str, Counter[State]]:
        return library.element_counts(column_of(criterion), criterion)

    return ask().memo(("elements", criterion.key), make)


def years_of(criterion: Criterion) -> list[adoption.Year]:
    """How many countries answered how, by year."""

    def make() -> list[adoption.Year]:
        total = len(ask().countries)
        return adoption.adoption(ask().session, criterion, total, ask().day, FIRST_YEAR)

    return ask().memo(("years", criterion.key), make)


def element_years_of(criterion: Criterion) -> dict[str, list[adoption.ElementYear]]:
    """By element, in how many countries it was met and lacking, by year."""

    def make() -> dict[str, list[adoption.ElementYear]]:
        session, total = ask().session, len(ask().countries)
        return adoption.element_adoption(
            session, criterion, total, ask().day, FIRST_YEAR
        )

    return ask().memo(("element-years", criterion.key), make)


@dataclass(frozen=True)
class DutyLine:
    """The countries under one treaty, by duty; `days` are those of its tables."""

    counts: Counter[Duty]
    gaps: list[treaties.DutyRow]
    days: list[PartialDate]


def duties_by_treaty(criterion: Criterion) -> dict[str, DutyLine]:
    """The duties under each treaty that speaks of the criterion."""

    def make() -> dict[str, DutyLine]:
        cells = ask().grid(ask().countries, [criterion])
        spoken = {key for key, _articles in criterion.treaties}
        pacts = [treaty for treaty in ask().treaties if treaty.key in spoken]
        found = {pact.key: DutyLine(Counter(), [], []) for pact in pacts}
        for row in treaties.duty_rows(ask().session, cells, ask().day, pacts):
            line = found[row.treaty.key]
            line.counts[row.duty] += 1
            if row.duty is Duty.BOUND_GAP:
                line.gaps.append(row)
            if row.standing and row.standing.as_of not in line.days:
                line.days.append(row.standing.as_of)
        for line in found.values():
            line.days.sort(key=lambda day: day.first)
        return found

    return ask().memo(("duties", criterion.key), make)


ADOPTION_COLUMNS = {
    "year": "Counts on 31 December of the year, or on the last day asked for",
    "element": "Key of the element; empty: the criterion's answer",
    "yes": "Countries that certainly answered yes",
    "partial": "Countries that certainly answered partial",
    "no": "Countries that certainly answered no",
    "not_settled": "Countries read in part, whose answer is a range",
    "met": "Countries whose law certainly met the element",
    "lacking": "Countries whose law certainly lacked it",
    "not_read": "Countries of which nothing is known for that day; never a no",
    "countries": "Number of countries",
}


@listing(bp, "/criteria/<key>/years", "public/adoption.html")
def adoption_by_year(key: str) -> Listing:
    """A criterion and its elements by year, with what is unknown."""
    found = find_criterion(key)
    total = len(ask().countries)
    years, by_element = years_of(found), element_years_of(found)
    rows: list[tuple[Any, ...]] = [
        (y.year, None, y.yes, y.partial, y.no, y.open, None, None, y.not_read, total)
        for y in years
    ]
    rows += [
        (y.year, key, None, None, None, None, y.met, y.lacking, y.not_read, total)
        for key, lines in by_element.items()
        for y in lines
    ]
    return Listing(
        f"adoption-{found.key}",
        BlankFilter.of(),
        ADOPTION_COLUMNS,
        rows,
        {
            "criterion": found,
            "years": years,
            "by_element": by_element,
            "total": total,
        },
    )
