"""Check a folder of seeds: read every file and say everything that is wrong at once."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from tracker.actions.shape import in_words, validate
from tracker.actions.yamlfile import (
    Document,
    Path_,
    Problem,
    read_text,
    read_yaml,
)
from tracker.rules.codebook import Codebook, Criterion, Series, State
from tracker.rules.dates import PartialDate
from tracker.rules.records import (
    CodebookFile,
    CountryFile,
    CountryRow,
    CriterionReading,
    EarlierReading,
    ElementReading,
    TreatyRow,
    TreatySourceRow,
    TreatyStatusRow,
)
from tracker.rules.timeline import Claim, Contradiction, lay_out

FOLDERS = {Series.FIRST: "countries", Series.SECOND: "second"}
MAX_FILES = 500
MAX_CSV_BYTES = 20_000_000

Timelines = dict[tuple[str, str], list[tuple[int | None, Claim]]]
RecordT = TypeVar("RecordT", bound=BaseModel)


class SeedsRefused(Exception):
    """Seeds with problems: nothing of them is loaded."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass
class Seeds:
    """A folder of seeds as read; `files` is complete only without any problem."""

    folder: Path
    codebook_text: str = ""
    codebook: Codebook | None = None
    countries: list[CountryRow] = field(default_factory=list)
    treaties: list[TreatyRow] = field(default_factory=list)
    treaty_sources: list[TreatySourceRow] = field(default_factory=list)
    treaty_statuses: list[TreatyStatusRow] = field(default_factory=list)
    files: dict[tuple[Series, str], CountryFile] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def check_seeds(
    folder: Path, progress: Callable[[str], None] = lambda name: None
) -> Seeds:
    """Read `folder` whole. Its problems are in the result, sorted by file and line."""
    seeds = Seeds(folder)
    if not folder.is_dir():
        message = "there is no such folder"
        seeds.problems.append(Problem(str(folder), 1, 1, "", message))
        return seeds
    check_codebook(seeds)
    check_tables(seeds)
    for series, name in FOLDERS.items():
        paths = sorted((folder / name).glob("*")) if (folder / name).is_dir() else []
        if len(paths) > MAX_FILES:
            seeds.problems.append(
                Problem(
                    str(folder / name), 1, 1, "", f"has more than {MAX_FILES} files"
                )
            )
            continue
        for path in paths:
            progress(f"{name}/{path.name}")
            check_country_path(seeds, series, path)
    if (
        not any(series is Series.FIRST for series, _ in seeds.files)
        and not seeds.problems
    ):
        message = "has no country files: countries/ISO3.yaml"
        seeds.problems.append(Problem(str(folder), 1, 1, "", message))
    seeds.problems.sort()
    return seeds


def check_codebook(seeds: Seeds) -> None:
    path = seeds.folder / "codebook.yaml"
    document = read_yaml(path, str(path))
    record = validate(document, CodebookFile)
    if record and not document.problems:
        seeds.codebook_text = document.text
        seeds.codebook = Codebook.from_data(document.data)
        themes = set(record.themes)
        for index, criterion in enumerate(record.criteria):
            if criterion.theme not in themes:
                document.complain(
                    ("criteria", index, "theme"), expected(criterion.theme, themes)
                )
            for treaty, articles in criterion.treaties.items():
                for place in repeated(articles):
                    path_: Path_ = ("criteria", index, "treaties", treaty, place)
                    document.complain(path_, "this article stands here twice")
        for index in repeated(c.key for c in record.criteria):
            document.complain(("criteria", index, "key"), "stands here twice")
    seeds.problems += document.problems


def check_tables(seeds: Seeds) -> None:
    """The CSV tables, each line against the ones it refers to."""
    seeds.countries = table(
        seeds, "countries.csv", CountryRow, lambda r: r.iso3, lambda r: r.iso2
    )
    seeds.treaties = table(seeds, "treaty_titles.csv", TreatyRow, lambda r: r.key)
    seeds.treaty_sources = table(
        seeds, "treaty_sources.csv", TreatySourceRow, lambda r: r.source_key
    )
    references = {
        "iso3": {row.iso3 for row in seeds.countries},
        "treaty": {row.key for row in seeds.treaties},
        "source_key": {row.source_key for row in seeds.treaty_sources},
    }
    seeds.treaty_statuses = table(
        seeds,
        "treaties.csv",
        TreatyStatusRow,
        lambda row: (row.iso3, row.treaty),
        references=references,
    )
    if not seeds.codebook:
        return
    for criterion in seeds.codebook.criteria:
        for treaty, _ in criterion.treaties:
            if treaty not in references["treaty"]:
                seeds.problems.append(
                    Problem(
                        str(seeds.folder / "treaty_titles.csv"),
                        1,
                        1,
                        treaty,
                        f"is missing, and criterion {criterion.key} of the codebook "
                        "names it",
                    )
                )


def table(
    seeds: Seeds,
    name: str,
    record_type: type[RecordT],
    *identities: Callable[[RecordT], Any],
    references: dict[str, set[str]] | None = None,
) -> list[RecordT]:
    """Read a CSV file with a header into records; problems go to `seeds`."""
    path = seeds.folder / name
    document = read_text(path, str(path), MAX_CSV_BYTES)
    rows: list[RecordT] = []
    if not document.problems:
        known: dict[Any, int] = {}
        for line, data in csv_rows(document, tuple(record_type.model_fields)):
            record = validate_row(document, line, data, record_type, references or {})
            if record is None:
                continue
            for place, identity in enumerate(identities):
                value = identity(record)
                first = known.setdefault((place, value), line)
                if first != line:
                    message = f"{value} stands here again, after line {first}"
                    document.complain_at(line, 1, message)
            rows.append(record)
    seeds.problems += document.problems
    return rows


def csv_rows(
    document: Document, columns: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(document.text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != columns:
            document.complain_at(
                1,
                1,
                f"the header is {','.join(header)!r:.200}: write {','.join(columns)}",
            )
            return
        for row in reader:
            if len(row) == len(columns):
                yield reader.line_num, dict(zip(columns, row, strict=True))
            else:
                document.complain_at(
                    reader.line_num,
                    1,
                    f"has {len(row)} cells: the header names {len(columns)}",
                )
    except csv.Error as error:
        document.complain_at(max(reader.line_num, 1), 1, f"is not CSV here: {error}")


def validate_row(
    document: Document,
    line: int,
    data: dict[str, str],
    record_type: type[RecordT],
    references: dict[str, set[str]],
) -> RecordT | None:
    problems = [
        (column, expected(data[column], known))
        for column, known in references.items()
        if data[column] not in known
    ]
    record = None
    try:
        record = record_type.model_validate(data)
    except ValidationError as error:
        problems += [
            (".".join(map(str, item["loc"])), in_words(item)) for item in error.errors()
        ]
    for column, message in problems:
        document.problems.append(Problem(document.file, line, 1, column, message))
    return None if problems else record


def check_country_path(seeds: Seeds, series: Series, path: Path) -> None:
    iso3 = path.stem
    known = {row.iso3 for row in seeds.countries}
    message = ""
    if path.suffix != ".yaml":
        message = "is not a country's file: name it PHL.yaml, or take it away"
    elif known and iso3 not in known:
        message = f"the file's name is not a country: {expected(iso3, known)}"
    if message:
        seeds.problems.append(Problem(str(path), 1, 1, "", message))
        return
    document = read_yaml(path, str(path))
    record = check_country(document, iso3, seeds.codebook)
    seeds.problems += document.problems
    if record and not document.problems:
        seeds.files[series, iso3] = record


def check_country(
    document: Document, iso3: str, codebook: Codebook | None
) -> CountryFile | None:
    """Shape, references and the evidence rules of one country's file."""
    record = validate(document, CountryFile)
    if record is None:
        return None
    if record.country != iso3:
        document.complain(
            ("country",),
            f"is {record.country}, in a file for {iso3}: one of them is wrong",
        )
    check_keys(document, record)
    if codebook:
        check_readings(document, record, codebook)
        check_bills(document, record, codebook)
    return record


def check_bills(document: Document, record: CountryFile, codebook: Codebook) -> None:
    """A bill meets elements that exist, and each once."""
    known = {f"{c.key}.{key}" for c in codebook.criteria for key in c.element_keys}
    for number, bill in enumerate(record.bills):
        for place, name in enumerate(bill.elements or ()):
            path = ("bills", number, "elements", place)
            if name not in known:
                document.complain(path, f"no such element: {expected(name, known)}")
        for place in repeated(bill.elements or ()):
            path = ("bills", number, "elements", place)
            document.complain(path, "stands here twice")


def check_keys(document: Document, record: CountryFile) -> None:
    for section in ("laws", "provisions", "sources"):
        for index in repeated(item.key for item in getattr(record, section)):
            document.complain(
                (section, index, "key"), "stands here twice: keys are unique"
            )
    laws = {law.key for law in record.laws}
    for index, provision in enumerate(record.provisions):
        if provision.law not in laws:
            path = ("provisions", index, "law")
            document.complain(path, f"no such law: {expected(provision.law, laws)}")
        check_penalty(document, index, record)
    check_days(document, record)
    for index, bill in enumerate(record.bills):
        check_references(document, ("bills", index), record, sources=bill.sources)
        if not bill.sources:
            document.complain(("bills", index, "sources"), "a bill needs a source")


def check_days(document: Document, record: CountryFile) -> None:
    """Nothing was read, enacted or over after the file was written.

    A day of grace: a reader in Manila is ahead of the server.
    """
    written = PartialDate.parse(record.coded_on).first
    days = [
        *(("sources", i, "seen", item.seen) for i, item in enumerate(record.sources)),
        *(("laws", i, "enacted", item.enacted) for i, item in enumerate(record.laws)),
        *(("history", i, "until", item.until) for i, item in enumerate(record.history)),
    ]
    for section, index, name, text in days:
        day = parsed(text)
        if day and (day.first - written).days > 1:
            document.complain(
                (section, index, name),
                f"{text} is after the day this file was written ({record.coded_on})",
            )


def check_penalty(document: Document, index: int, record: CountryFile) -> None:
    penalty = record.provisions[index].penalty
    low, high = penalty.min_years, penalty.max_years
    if low is not None and high is not None and low > high:
        path = ("provisions", index, "penalty", "min_years")
        document.complain(path, f"{low} years at least, and {high} at most: not both")


def check_references(
    document: Document,
    path: Path_,
    record: CountryFile,
    provisions: Iterable[str] = (),
    sources: Iterable[str] = (),
) -> None:
    for section, keys in (("provisions", provisions), ("sources", sources)):
        known = {item.key for item in getattr(record, section)}
        for index, key in enumerate(keys):
            if key not in known:
                message = f"no such {section[:-1]} in this file: {expected(key, known)}"
                document.complain((*path, section, index), message)


def check_readings(document: Document, record: CountryFile, codebook: Codebook) -> None:
    check_criteria_order(document, record, codebook)
    for key, reading in record.readings.items():
        path: Path_ = ("readings", key)
        criterion = codebook.by_key.get(key)
        if criterion is None:
            message = f"no such criterion: {expected(key, codebook.by_key)}"
            document.complain(path, message)
            continue
        check_elements(document, path, record, reading, criterion)
        states = {state_of(value) for value in reading.elements.values()}
        if states == {State.UNREAD}:
            document.complain(path, "nothing was read: leave the criterion out")
    for index, earlier in enumerate(record.history):
        path = ("history", index)
        criterion = codebook.by_key.get(earlier.criterion)
        if criterion is None:
            message = (
                f"no such criterion: {expected(earlier.criterion, codebook.by_key)}"
            )
            document.complain((*path, "criterion"), message)
            continue
        check_elements(document, path, record, earlier, criterion)
    check_overlaps(document, record)


def check_criteria_order(
    document: Document, record: CountryFile, codebook: Codebook
) -> None:
    given = [key for key in record.readings if key in codebook.by_key]
    right = [c.key for c in codebook.ordered(given)]
    complain_of_order(document, ("readings",), given, right)


def complain_of_order(
    document: Document, path: Path_, given: list[str], right: list[str]
) -> None:
    for key, wanted in zip(given, right, strict=True):
        if key != wanted:
            message = f"out of the codebook's order: {wanted} comes first"
            document.complain((*path, key), message)
            return


def check_elements(
    document: Document,
    path: Path_,
    record: CountryFile,
    reading: CriterionReading | EarlierReading,
    criterion: Criterion,
) -> None:
    elements = (*path, "elements")
    for key in reading.elements:
        if key not in criterion.element_keys:
            message = f"no such element: {expected(key, criterion.element_keys)}"
            document.complain((*elements, key), message)
    right = [key for key in criterion.element_keys if key in reading.elements]
    given = [key for key in reading.elements if key in criterion.element_keys]
    if isinstance(reading, CriterionReading) and right != list(criterion.element_keys):
        missing = ", ".join(k for k in criterion.element_keys if k not in right)
        message = f"missing: {missing}; write met, lacking or unread for each"
        document.complain(elements, message)
    complain_of_order(document, elements, given, right)
    check_references(document, path, record, reading.provisions, reading.sources)
    for key, value in reading.elements.items():
        check_element(document, (*elements, key), record, reading, value)


def check_element(
    document: Document,
    path: Path_,
    record: CountryFile,
    reading: CriterionReading | EarlierReading,
    value: State | ElementReading,
) -> None:
    """The evidence rules: a source for every reading, a provision where it is met."""
    if isinstance(value, ElementReading) and not value.own:
        message = f"has nothing of its own: write {path[-1]}: {value.state.value}"
        document.complain(path, message)
    full = resolve(reading, value)
    if isinstance(value, ElementReading):
        check_references(document, path, record, value.provisions, value.sources)
    if not full.sources:
        document.complain(path, "has no source: nothing is published without one")
    is_earlier = isinstance(reading, EarlierReading)
    if full.state is State.MET and not full.provisions and not is_earlier:
        document.complain(path, "is met, but no provision says so: name one")
    since = parsed(full.since)
    seen = last_seen(record, full.sources)
    if since and seen and since.first > seen:
        message = (
            f"since {since} is after the day it was read ({seen}): a law not in force "
            "yet does not count"
        )
        document.complain(path, message)
    until = parsed(reading.until) if isinstance(reading, EarlierReading) else None
    if since and until and since.first > until.last:
        document.complain(path, f"begins ({since}) after it ends ({until})")


def check_overlaps(document: Document, record: CountryFile) -> None:
    """No element may have two different readings that hold on the same day."""
    for (criterion, element), entries in timelines(record).items():
        places: list[Path_] = [("sources",), ("readings", criterion)]
        places += [("history", index) for index, _ in entries if index is not None]
        if document.has_malformed(*places):
            continue
        try:
            lay_out([claim for _, claim in entries])
        except Contradiction as error:
            index, _ = entries[error.index]
            path: Path_ = (
                ("readings", criterion) if index is None else ("history", index)
            )
            message = "differs from another reading of it that holds on the same days"
            document.complain((*path, "elements", element), message)


def timelines(record: CountryFile) -> Timelines:
    """By element its claims, each with its place in `history`, None for the present."""
    entries: list[tuple[int | None, str, CriterionReading | EarlierReading]] = [
        (index, item.criterion, item) for index, item in enumerate(record.history)
    ]
    entries += [(None, key, item) for key, item in record.readings.items()]
    lines: Timelines = {}
    for index, criterion, reading in entries:
        until = reading.until if isinstance(reading, EarlierReading) else None
        for element, value in reading.elements.items():
            full = resolve(reading, value)
            seen = last_seen(record, full.sources)
            if seen:
                claim = Claim(full.state, parsed(full.since), parsed(until), seen)
                lines.setdefault((criterion, element), []).append((index, claim))
    return lines


def parsed(text: str | None) -> PartialDate | None:
    return PartialDate.parse(text) if text else None


def last_seen(record: CountryFile, keys: Iterable[str]) -> date | None:
    """The day on which the last of these sources was read."""
    wanted = set(keys)
    days = [PartialDate.parse(s.seen).first for s in record.sources if s.key in wanted]
    return max(days, default=None)


def state_of(value: State | ElementReading) -> State:
    return value.state if isinstance(value, ElementReading) else value


def resolve(
    reading: CriterionReading | EarlierReading, value: State | ElementReading
) -> ElementReading:
    """An element's reading with what it takes from its criterion filled in."""
    own = (
        value.model_dump(exclude_unset=True)
        if isinstance(value, ElementReading)
        else {}
    )
    return ElementReading(
        **{
            "state": state_of(value),
            "since": reading.since,
            "provisions": reading.provisions,
            "sources": reading.sources,
            **own,
        }
    )


def expected(found: str, known: Iterable[str]) -> str:
    """`found` with the nearest of what would have been right."""
    options = sorted(known)
    near = get_close_matches(found, options, n=3)
    if near:
        return f"{found!r:.60}: did you mean {' or '.join(near)}?"
    shown = ", ".join(options[:12]) + (", …" if len(options) > 12 else "")
    return f"{found!r:.60} is not one of: {shown or 'none is defined'}"


def repeated(keys: Iterable[str]) -> Iterator[int]:
    known: set[str] = set()
    for index, key in enumerate(keys):
        if key in known:
            yield index
        known.add(key)
