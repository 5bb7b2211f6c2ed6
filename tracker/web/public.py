"""The public pages. Each view asks the store, and hands records to a template."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    redirect,
    render_template,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.routing import BaseConverter

from tracker.rules import columns, worldmap
from tracker.rules.answers import Answer, Level, Step
from tracker.rules.codebook import Bond, Criterion, State
from tracker.rules.coverage import Coverage, cover
from tracker.rules.duties import Duty
from tracker.store import adoption, dossier, grid, library, search, treaties
from tracker.store.agreement import read_agreement
from tracker.store.cells import CellFilter
from tracker.store.models import Country, Treaty
from tracker.store.reports import replies
from tracker.store.trail import PendingBill
from tracker.web import ask as asking
from tracker.web.ask import ask
from tracker.web.filters import (
    BlankFilter,
    CompareFilter,
    CountriesFilter,
    GapsFilter,
    MapFilter,
    SearchFilter,
    TreatyFilter,
    any_of,
    criterion_choices,
    one_of,
    options,
    region_choices,
    subregion_choices,
)
from tracker.web.i18n import DUTIES, region_label
from tracker.web.listing import PAGE_SIZE, Listing, Page, listing
from tracker.web.marks import Marks, Places

bp = Blueprint("public", __name__)
FIRST_YEAR = 2000
COMPARED = (2, 6)
MODELS = 8
DUTIES_SHOWN = 90  # ten countries under a treaty that speaks of nine questions


class Iso3(BaseConverter):
    regex = "[A-Za-z]{3}"


@dataclass(frozen=True)
class Column:
    """One side of a comparison: a country, or a region as counts."""

    title: str
    country: Country | None
    coverages: dict[str, Coverage]


@cache
def shapes() -> dict[str, Any]:
    path = Path(current_app.root_path) / "data" / "worldmap.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def draw_map(found: grid.Grid, criterion: Criterion) -> worldmap.WorldMap:
    cells = found.down(criterion)
    return worldmap.draw(
        shapes(), ((c.country.iso3, c.country.name, c.derived.answer) for c in cells)
    )


def page_of(number: int, total: int, size: int = PAGE_SIZE) -> Page:
    page = Page(number or 1, total, size)
    if page.number > page.count:
        raise NotFound(f"There is no page {number}: this list has {page.count}.")
    return page


def find_country(iso3: str) -> Country:
    country = ask().snapshot.by_iso3.get(iso3.upper())
    if country is None:
        raise NotFound(
            f"{iso3!r} is not the ISO 3166-1 alpha-3 code of a country in the tracker. "
            "The list of countries has them all."
        )
    return country


def find_criterion(key: str) -> Criterion:
    criterion = ask().codebook.by_key.get(key)
    if criterion is None:
        raise NotFound(f"{key[:60]!r} is not a criterion of the codebook.")
    return criterion


def by_region(countries: Iterable[Country]) -> dict[str, list[Country]]:
    found: dict[str, list[Country]] = {}
    for country in sorted(countries, key=lambda c: (c.region, c.name)):
        found.setdefault(country.region, []).append(country)
    return found


REGION_COLUMNS = {
    "region": "UN M49 region; empty: the world",
    "criterion": "Key of the criterion",
    "countries": "Number of countries",
    "read": "How many of them were read, at least in part",
    "yes_at_least": "How many certainly answer yes",
    "yes_at_most": "How many of those read can still answer yes",
    "partial_or_yes_at_least": "How many certainly answer partial or yes",
    "partial_or_yes_at_most": "How many of those read can still answer partial or yes",
    "no": "How many certainly answer no: the gaps",
    "not_read": "How many nobody has read",
}


def coverage_row(name: str, criterion: Criterion, found: Coverage) -> tuple[Any, ...]:
    return (
        name,
        criterion.key,
        found.total,
        found.read,
        *found.bounds(Level.YES),
        *found.bounds(Level.PARTIAL),
        found.count(Answer.NO),
        found.not_read,
    )


@listing(bp, "/regions", "public/regions.html")
def regions() -> Listing:
    """The core questions by region, with the bounds that unread elements leave."""
    form = BlankFilter.of()
    found = {criterion.key: regional(criterion) for criterion in ask().codebook.core}
    rows = [
        coverage_row(name, criterion, found[criterion.key][name])
        for name in ["", *by_region(ask().countries)]
        for criterion in ask().codebook.core
    ]
    return Listing("regions", form, REGION_COLUMNS, rows, {"regions": found})


def core_grid() -> grid.Grid:
    return ask().grid(ask().countries, ask().codebook.core)


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


def regional(criterion: Criterion) -> dict[str, Coverage]:
    """By region, and under "" in the world, how one criterion is answered."""

    def make() -> dict[str, Coverage]:
        found = ask().grid(ask().countries, [criterion])
        groups = {"": found.countries, **by_region(found.countries)}
        return {name: found.coverage(criterion, some) for name, some in groups.items()}

    return ask().memo(("regional", criterion.key), make)


def world_map(criterion: Criterion) -> worldmap.WorldMap:
    def make() -> worldmap.WorldMap:
        return draw_map(ask().grid(ask().countries, [criterion]), criterion)

    return ask().memo(("map", criterion.key), make)


def headline() -> dict[str, int]:
    """How many countries were read, have a gap, meet all, on the core questions."""

    def make() -> dict[str, int]:
        found = core_grid()
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
        found = core_grid()
        steps = Counter(
            (cell.criterion.key, step.element, step.target.word)
            for cell in found.cells()
            for step in cell.steps
        )
        near = sum(any(cell.steps for cell in found.across(c)) for c in found.countries)
        return {"away": steps.most_common(3), "away_countries": near}

    return ask().memo("away", make)


def latest_reforms() -> list[dossier.Reform]:
    return dossier.read_reforms(ask().session, ask().day)[:6]


COUNTRY_COLUMNS = {
    **columns.COUNTRY,
    **columns.REGION,
    "status": "un-member, observer or other",
    "criteria_read": "How many criteria were read, at least in part",
    "yes": "Number of criteria answered yes",
    "partial": "Number of criteria answered partial",
    "no": "Number of criteria answered no",
    "lacking_elements": "Number of elements that are lacking: the gaps",
    "unread_elements": "Number of elements that nobody has read",
}


@dataclass(frozen=True)
class CountryLine:
    """A country in the list: its answers, counted."""

    country: Country
    cells: Sequence[grid.Cell]

    @property
    def read(self) -> int:
        return sum(cell.derived.is_read for cell in self.cells)

    @property
    def is_read(self) -> bool:
        return any(cell.derived.is_read for cell in self.cells)

    @property
    def gaps(self) -> int:
        return sum(cell.derived.lacking for cell in self.cells)

    @property
    def unread(self) -> int:
        return sum(cell.derived.unread for cell in self.cells)

    @property
    def core(self) -> list[grid.Cell]:
        return [cell for cell in self.cells if cell.criterion.theme == "core"]

    def row(self) -> tuple[Any, ...]:
        country, coverage = self.country, cover(cell.derived for cell in self.cells)
        return (
            country.iso3,
            country.name,
            country.region,
            country.subregion,
            country.status,
            coverage.read,
            coverage.count(Answer.YES),
            coverage.count(Answer.PARTIAL),
            coverage.count(Answer.NO),
            self.gaps,
            self.unread,
        )


ORDERS: dict[str, Any] = {
    "name": lambda line: line.country.name,
    "region": lambda line: (
        line.country.region,
        line.country.subregion,
        line.country.name,
    ),
    "read": lambda line: (-line.read, line.unread, line.country.name),
    "gaps": lambda line: (-line.gaps, line.country.name),
}


@listing(bp, "/countries", "public/countries.html")
def countries() -> Listing:
    """All countries: name, region, the core five, and how much of each was read."""
    known = ask().snapshot.regions
    form = CountriesFilter.of(
        region=region_choices(known), subregion=subregion_choices(known)
    )
    found = ask().snapshot.narrowed(
        region=form.region.data,
        subregion=form.subregion.data,
        status=form.status.data,
    )
    name = (form.q.data or "").casefold().strip()
    found = [c for c in found if name in c.name.casefold() or name == c.iso3.casefold()]
    if form.read.data or form.sort.data in {"read", "gaps"}:
        every = list(country_lines(found))
        wanted = form.read.data == "yes"
        if form.read.data:
            every = [line for line in every if line.is_read is wanted]
        every.sort(key=ORDERS[form.sort.data])
        page = page_of(form.page.data, len(every))
        lines, shown = iter(every), iter(page.of(every))
    else:  # only the countries of the page are looked up
        if form.sort.data == "region":
            found = sorted(found, key=lambda c: (c.region, c.subregion, c.name))
        lines = country_lines(found)
        page = page_of(form.page.data, len(found))
        shown = country_lines(page.of(found))
    return Listing(
        "countries",
        form,
        COUNTRY_COLUMNS,
        (line.row() for line in lines),
        {"lines": shown, "page": page},
    )


def country_lines(countries: Sequence[Country]) -> Iterator[CountryLine]:
    """Some hundreds of countries are read at a time, when their lines are asked for."""
    for some in chunks(countries):
        found = ask().grid(some)
        for country in some:
            yield CountryLine(country, found.across(country))


def chunks(countries: Sequence[Country]) -> Iterator[Sequence[Country]]:
    for first in range(0, len(countries), PAGE_SIZE):
        yield countries[first : first + PAGE_SIZE]


@listing(bp, "/countries/<iso3:iso3>", "public/country.html")
def country(iso3: str) -> Listing:
    """One country: every criterion with its elements, articles, sources and duties."""
    session, codebook, day = ask().session, ask().codebook, ask().day
    found = find_country(iso3)
    if iso3 != found.iso3:
        abort(redirect(url_for(".country", iso3=found.iso3)))
    form = BlankFilter.of()
    folder = ask().memo(
        ("dossier", found.iso3),
        lambda: dossier.read_dossier(session, codebook, found, day),
    )
    known = ask().treaties
    standings = ask().memo(
        ("standings", found.iso3),
        lambda: treaties.standings(session, day, iso3s=[found.iso3]),
    )
    duties = treaties.duties_of(folder, known, standings)
    rows = (
        (found.iso3, found.name, view.criterion.key, element.element.key, *cells)
        for view in folder.criteria
        for element in view.elements
        for cells in [element_cells(view, element)]
    )
    context = {
        "country": found,
        "dossier": folder,
        "duties": duties,
        "treaties": known,
        "standings": standings,
        "reforms": [reform for view in folder.criteria for reform in view.reforms],
        "replies": replies(session, found.iso3),
        "bills": [
            PendingBill(
                found,
                bill,
                [folder.sources[k] for k in bill.source_keys if k in folder.sources],
            )
            for bill in folder.bills
        ],
    }
    return Listing(found.iso3, form, ELEMENT_COLUMNS, rows, context)


ELEMENT_COLUMNS = {
    **columns.COUNTRY,
    "criterion": "Key of the criterion",
    "element": "Key of the element",
    "answer": columns.ANSWER["answer"],
    "state": "met, lacking or unread",
    "since": "Earliest day from which the reading is known to hold",
    "confidence": "high, medium or low",
    "articles": "Law and article of each provision it rests on",
    "sources": "Addresses of the sources it rests on",
}


def element_cells(
    view: dossier.CriterionView, element: dossier.ElementView
) -> tuple[Any, ...]:
    return (
        view.derived.answer,
        element.state,
        str(element.since or ""),
        view.coding.confidence if view.coding and view.derived.is_read else None,
        "; ".join(f"{p.law.title}, {p.label}" for p in element.provisions),
        " ".join(source.url for source in element.sources),
    )


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
    session, day = ask().session, ask().day
    everyone = ask().countries
    column = ask().grid(everyone, [found]).down(found)
    meetings = library.provisions_that_meet(session, found, day)
    groups: dict[Answer, list[Country]] = {answer: [] for answer in Answer}
    pacts = {t.key: t for t in ask().treaties}
    for cell in column:
        groups[cell.derived.answer].append(cell.country)
    context = {
        "criterion": found,
        "coverage": regional(found)[""],
        "groups": groups,
        "map": world_map(found),
        "years": years_of(found),
        "treaties": pacts,
        "duties": duties_by_treaty(ask().grid(everyone, [found]), pacts),
        "provisions": meetings[:MODELS],
        "provision_count": len(meetings),
        "elements": library.element_counts(column, found),
    }
    rows = (answer_row(cell) for cell in column)
    return Listing(found.key, form, ANSWER_COLUMNS, rows, context)


def years_of(criterion: Criterion) -> list[adoption.Year]:
    """How many countries answered how, by year."""

    def make() -> list[adoption.Year]:
        total = len(ask().countries)
        return adoption.adoption(ask().session, criterion, total, ask().day, FIRST_YEAR)

    return ask().memo(("years", criterion.key), make)


def duties_by_treaty(
    cells: grid.Grid, pacts: dict[str, Treaty]
) -> dict[str, list[treaties.DutyRow]]:
    """The duty of every country under each treaty that speaks of the criterion."""
    spoken = {key for c in cells.criteria for key, _articles in c.treaties}
    found: dict[str, list[treaties.DutyRow]] = {}
    chosen = [pact for pact in pacts.values() if pact.key in spoken]
    for row in treaties.duty_rows(ask().session, cells, ask().day, chosen):
        found.setdefault(row.treaty.key, []).append(row)
    return found


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
    session, day = ask().session, ask().day
    total = len(ask().countries)
    years = adoption.adoption(session, found, total, day, FIRST_YEAR)
    by_element = adoption.element_adoption(session, found, total, day, FIRST_YEAR)
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


@dataclass(frozen=True)
class GapLine:
    country: Country
    cells: Sequence[grid.Cell | None]

    @cached_property
    def shown(self) -> list[grid.Cell]:
        return [cell for cell in self.cells if cell is not None]

    @property
    def read(self) -> int:
        return len([cell for cell in self.shown if cell.derived.is_read])


@listing(bp, "/gaps", "public/gaps.html")
def gaps() -> Listing:
    """The matrix of countries and criteria, narrowed by any property of a cell."""
    session, codebook, day = ask().session, ask().codebook, ask().day
    known = ask().snapshot.regions
    form = GapsFilter.of(
        region=region_choices(known),
        subregion=subregion_choices(known),
        criterion=criterion_choices(codebook),
        treaty=any_of({t.key: t.short for t in ask().treaties}, _("Any treaty")),
    )
    found = ask().snapshot.narrowed(
        region=form.region.data, subregion=form.subregion.data
    )
    if form.treaty.data:
        bound = treaties.bound_countries(session, day, form.treaty.data)
        found = [country for country in found if country.iso3 in bound]
    chosen = codebook.ordered(form.criterion.data) or codebook.criteria
    lines: Iterable[GapLine]
    if has_cell_filter(form):
        lines = list(kept_lines(found, chosen, cell_filter(form)))
        total = len(lines)
        page = page_of(form.page.data, total)
        shown = page.of(lines)
    else:  # only the countries of the page are looked up
        lines = gap_lines(found, chosen)
        total = len(found)
        page = page_of(form.page.data, total)
        shown = list(gap_lines(page.of(found), chosen))
    cells = [cell for line in shown for cell in line.shown]
    return Listing(
        "gaps",
        form,
        GAP_COLUMNS,
        (
            (*answer_row(cell), away(cell.steps))
            for line in lines
            for cell in line.shown
        ),
        {
            "lines": shown,
            "page": page,
            "criteria": chosen,
            "total": total,
            "totals": totals(shown, chosen),
            "steps": Counter(
                (cell.criterion.key, step) for cell in cells for step in cell.steps
            ).most_common(8),
            "kept": len(cells),
        },
    )


def gap_lines(
    countries: Sequence[Country], criteria: Sequence[Criterion]
) -> Iterator[GapLine]:
    for some in chunks(countries):
        found = ask().grid(some, criteria)
        for country in some:
            yield GapLine(country, found.across(country))


def kept_lines(
    countries: Sequence[Country], criteria: Sequence[Criterion], keep: CellFilter
) -> Iterator[GapLine]:
    """The lines with at least one cell that the filter keeps."""
    for line in gap_lines(countries, criteria):
        cells = [cell if keep.keeps(cell) else None for cell in line.shown]
        if any(cells):
            yield GapLine(line.country, cells)


def totals(
    lines: Sequence[GapLine], criteria: Sequence[Criterion]
) -> dict[str, Coverage]:
    """By criterion the coverage of the cells shown."""
    return {
        criterion.key: cover(
            cell.derived for line in lines if (cell := line.cells[place]) is not None
        )
        for place, criterion in enumerate(criteria)
    }


GAP_COLUMNS = {
    **ANSWER_COLUMNS,
    "one_element_away": "Each lacking element that alone would lift the answer: "
    "element>answer",
}


def away(steps: Sequence[Step]) -> str:
    return " ".join(f"{step.element}>{step.target.word}" for step in steps)


def has_cell_filter(form: GapsFilter) -> bool:
    fields = (form.answer, form.kind, form.confidence, form.away)
    return any(field.data for field in fields)


def cell_filter(form: GapsFilter) -> CellFilter:
    """Whether a cell stands for everything that the filter asks of cells."""
    kind, confidence = form.kind.data, form.confidence.data
    evidence = (
        grid.evidence_kinds(ask().session, ask().day) if kind or confidence else {}
    )
    return CellFilter(
        frozenset(form.answers),
        frozenset({kind} - {""}),
        frozenset({confidence} - {""}),
        form.away.data,
        evidence,
    )


COMPARE_COLUMNS = {
    "criterion": "Key of the criterion",
    "element": "Key of the element; empty: the criterion's answer",
    "who": "ISO3 code of a country, or a region",
    "value": "Answer or state of a country; of a region: yes at least-at most of read",
}


@listing(bp, "/compare", "public/compare.html")
def compare() -> Listing:
    """Two to six countries or regions side by side, differences first."""
    return read_comparison()


def read_comparison() -> Listing:
    """What this request compares, for its page, its twins and its PDF."""
    codebook, everyone = ask().codebook, ask().countries
    form = CompareFilter.of(
        country=any_of({c.iso3: c.name for c in everyone}, _("No country")),
        region=one_of({name: region_label(name) for name in by_region(everyone)}),
    )
    wanted = [iso3 for iso3 in dict.fromkeys(form.country.data) if iso3]
    areas = list(dict.fromkeys(form.region.data))
    if len(wanted) + len(areas) > COMPARED[1]:
        raise BadRequest(
            f"{len(wanted) + len(areas)} are too many to compare: choose two to six."
        )
    chosen = [ask().snapshot.by_iso3[iso3] for iso3 in wanted]
    found = ask().grid(chosen)
    sides = [Column(c.name, c, {}) for c in chosen]
    for area in areas:
        coverages = {c.key: regional(c)[area] for c in codebook.criteria}
        sides.append(Column(str(region_label(area)), None, coverages))
    lines = [
        CompareLine(q, [found.cell(c, q) for c in chosen]) for q in codebook.criteria
    ]
    lines.sort(key=lambda line: (not line.differs, not line.differing_elements))
    return Listing(
        "compare",
        form,
        COMPARE_COLUMNS,
        list(compare_rows(lines, sides)),
        {
            "sides": sides,
            "lines": lines,
            "picks": country_options([*wanted, *[""] * COMPARED[1]][: COMPARED[1]]),
            "enough": len(sides) >= COMPARED[0],
        },
    )


def country_options(picks: list[str]) -> list[str]:
    """The options of a select of countries for each pick."""
    choices = one_of({"": "–", **{c.iso3: c.name for c in ask().countries}})
    drawn = {pick: options(choices, {pick}) for pick in set(picks)}
    return [drawn[pick] for pick in picks]


@dataclass(frozen=True)
class CompareLine:
    criterion: Criterion
    cells: list[grid.Cell]

    @cached_property
    def states(self) -> list[dict[str, State]]:
        return [cell.by_element for cell in self.cells]

    @cached_property
    def differs(self) -> bool:
        """One meets an element that another lacks: an unread one differs from none.

        Answers differ for certain nowhere else, because meeting more elements never
        lowers an answer; "yes" and "at least partly" may turn out the same.
        """
        return any(
            {State.MET, State.LACKING} <= {states[key] for states in self.states}
            for key in self.criterion.element_keys
        )

    @cached_property
    def differing_elements(self) -> list[str]:
        return [
            key
            for key in self.criterion.element_keys
            if len({states[key] for states in self.states}) > 1
        ]


def compare_rows(
    lines: list[CompareLine], sides: list[Column]
) -> Iterable[tuple[Any, ...]]:
    for line in lines:
        for cell in line.cells:
            yield line.criterion.key, "", cell.country.iso3, cell.derived.answer
        for side in sides:
            if side.country is None:
                found = side.coverages[line.criterion.key]
                low, high = found.bounds(Level.YES)
                value = f"{low}-{high} of {found.read}"
                yield line.criterion.key, "", side.title, value
        for key in line.criterion.element_keys:
            for cell in line.cells:
                state = cell.by_element[key]
                yield line.criterion.key, key, cell.country.iso3, state


TREATIES_COLUMNS = {
    "treaty": "Key of the treaty",
    "title": "Title",
    "body": "Organisation",
    "parties": "Countries that a status table shows as parties",
    "signatories": "Countries that have signed only",
    "not_known": "Countries that no table shows as either",
    **{
        duty.value: f"{words}: number of country and criterion pairs"
        for duty, words in (
            (Duty.BOUND_MET, "Bound and met"),
            (Duty.BOUND_PARTIAL, "Bound and partly met"),
            (Duty.BOUND_GAP, "Bound and gap"),
            (Duty.BOUND_UNREAD, "Bound, not fully read"),
        )
    },
}


@listing(bp, "/treaties", "public/treaties.html")
def treaty_list() -> Listing:
    """The treaties that ask for these laws: who is bound, and what the law says."""
    form = BlankFilter.of()
    everyone, pacts = ask().countries, ask().treaties

    def summaries() -> list[treaties.Summary]:
        return treaties.summaries(ask().session, ask().grid(everyone), ask().day, pacts)

    lines = ask().memo("treaties", summaries)
    rows = [
        (
            line.treaty.key,
            line.treaty.title,
            line.treaty.body,
            line.parties,
            line.signatories,
            len(everyone) - line.parties - line.signatories,
            *(line.duties[duty] for duty in list(Duty)[:4]),
        )
        for line in lines
    ]
    return Listing(
        "treaties", form, TREATIES_COLUMNS, rows, {"lines": lines, "all": len(everyone)}
    )


TREATY_COLUMNS = {
    **columns.COUNTRY,
    "criterion": "Key of the criterion; empty where none rests on the treaty",
    "articles": "Articles of the treaty that ask for it",
    "duty": "bound-met, bound-partial, bound-gap, bound-unread, signed or not-known",
    "answer": columns.ANSWER["answer"],
    "status": "party, signatory or none in the status table; empty: no row",
    "date": "Day of ratification, accession or signature, as seen",
    "table_as_of": "Day of the status table",
    "source_url": "Address of the status table",
}


def duty_row(row: treaties.DutyRow) -> tuple[Any, ...]:
    country = (row.country.iso3, row.country.name)
    law = (row.criterion.key, " ".join(row.articles), row.duty, row.derived.answer)
    return (*country, *law, *standing_cells(row.standing))


def party_row(country: Country, standing: treaties.Standing) -> tuple[Any, ...]:
    no_law = (None, None, None, None)
    return (country.iso3, country.name, *no_law, *standing_cells(standing))


def standing_cells(standing: treaties.Standing | None) -> tuple[Any, ...]:
    if standing is None:
        return (None, None, None, None)
    since = str(standing.since or "")
    return (standing.listed, since, str(standing.as_of), standing.source.url)


@listing(bp, "/treaties/<key>", "public/treaty.html")
def treaty(key: str) -> Listing:
    """One treaty: per country whether it is bound, and whether its law is there."""
    session, codebook, day = ask().session, ask().codebook, ask().day
    pact = treaties.find_treaty(session, key)
    if pact is None:
        raise NotFound(f"{key[:60]!r} is not a treaty in the tracker.")
    articles = treaties.treaty_articles(codebook.criteria, key)
    known = ask().snapshot.regions
    form = TreatyFilter.of(
        criterion=any_of(
            {c.key: c.title for c in codebook.ordered(articles)}, _("All questions")
        ),
        region=region_choices(known),
        duty=any_of({duty.value: w for duty, w in DUTIES.items()}, _("Any duty")),
    )
    asked = codebook.ordered(
        [form.criterion.data] if form.criterion.data else list(articles)
    )
    everyone = ask().snapshot.narrowed(region=form.region.data)
    found = ask().grid(everyone, asked)
    rows = treaties.duty_rows(session, found, day, [pact])
    if form.duty.data:
        rows = [row for row in rows if row.duty.value == form.duty.data]
    rows.sort(key=lambda row: row.country.name)
    page = page_of(form.page.data, len(rows), DUTIES_SHOWN)
    known_standings = treaties.standings(session, day, [key])
    parties = [
        (country, standing)
        for country in everyone
        for standing in [known_standings.get((country.iso3, key))]
        if standing and standing.bond is Bond.PARTY
    ]
    twin_rows = [duty_row(row) for row in rows]
    if not articles:
        twin_rows = [party_row(country, standing) for country, standing in parties]
    return Listing(
        pact.key,
        form,
        TREATY_COLUMNS,
        twin_rows,
        {
            "treaty": pact,
            "articles": articles,
            "asked": asked,
            "rows": page.of(rows),
            "page": page,
            "standings": known_standings,
            "parties": parties,
            "duties": Counter(row.duty for row in rows),
        },
    )


SEARCH_COLUMNS = {
    "kind": "country, criterion, law or provision",
    "iso3": "Country, where it belongs to one",
    "title": "Name, title or article",
    "text": "What it says",
    "path": "Its page",
}


@listing(bp, "/search", "public/search.html")
def find() -> Listing:
    """Countries, criteria, laws and provisions that hold all the words asked for."""
    form = SearchFilter.of()
    words = (form.q.data or "").strip()
    found = search.search(ask().session, ask().codebook, words)
    return Listing(
        "search",
        form,
        SEARCH_COLUMNS,
        list(search_rows(found)),
        {"found": found, "words": words},
    )


def search_rows(found: search.Found) -> Iterable[tuple[Any, ...]]:
    for place in found.countries:
        path = url_for(".country", iso3=place.iso3)
        yield "country", place.iso3, place.name, place.region, path
    for question in found.criteria:
        path = url_for(".criterion", key=question.key)
        yield "criterion", None, question.title, question.question, path
    for law, place in found.laws:
        path = url_for(".country", iso3=place.iso3)
        yield "law", place.iso3, law.title, law.title_original, path
    for provision, law, place in found.provisions:
        path = url_for(".country", iso3=place.iso3)
        title = f"{law.title}, {provision.label}"
        yield "provision", place.iso3, title, provision.says, path


@bp.route("/method")
def method() -> str:
    """The codebook, the evidence rules, live agreement between readers, the limits."""
    codebook = ask().codebook
    return render_template(
        "public/method.html",
        agreement=read_agreement(ask().session, codebook),
        treaties={t.key: t for t in ask().treaties},
    )


@bp.route("/about")
def about() -> str:
    """The two articles that started it, who keeps it, the licence."""
    return render_template("public/about.html")


def init_app(app: Flask) -> None:
    app.url_map.converters["iso3"] = Iso3
    app.jinja_env.globals.update(marks_of=Marks, places=Places)
    asking.init_app(app)
    app.register_blueprint(bp)
