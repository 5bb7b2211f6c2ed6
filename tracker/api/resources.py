"""The lists of the API: their fields, their filters, and where their rows come from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from tracker.api.query import AS_OF, FORMAT, PAGING, Param, Query
from tracker.links import absolute
from tracker.rules.answers import Answer, Level
from tracker.rules.citing import Citation
from tracker.rules.codebook import (
    Bond,
    ChangeReason,
    Confidence,
    CountryStatus,
    Criterion,
    SourceKind,
    State,
)
from tracker.rules.coverage import cover
from tracker.rules.tables import TABLES, Field, Kind, words
from tracker.store import exports, grid, treaties
from tracker.store.cells import CellFilter
from tracker.store.changes import read_changes
from tracker.store.models import Country, Release
from tracker.store.releases import read_releases

Cells = tuple[Any, ...]


@dataclass(frozen=True)
class Resource:
    """A list at `/api/v1/<name>`; `rows` may begin at the first part of a cursor."""

    name: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    params: tuple[Param, ...]
    rows: Callable[[Query], Iterable[Cells]]
    has_days: bool = True

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def all_params(self) -> tuple[Param, ...]:
        day = (AS_OF,) if self.has_days else ()
        return (*self.params, *day, *PAGING, FORMAT)

    def key_of(self, cells: Cells) -> tuple[str, ...]:
        places = [self.names.index(name) for name in self.key]
        return tuple("" if cells[p] is None else str(cells[p]) for p in places)


PLACES = (
    Param(
        "country", "ISO 3166-1 alpha-3 code; may be given more than once.", "country"
    ),
    Param("region", "UN M49 region.", "region"),
    Param("subregion", "UN M49 subregion.", "subregion"),
)
CRITERION = Param("criterion", "Key of a criterion.", "criterion")
KIND = Param("kind", "Kind of a source it rests on.", words(SourceKind))
CONFIDENCE = Param("confidence", "How sure the reader was.", words(Confidence))
WORDS = Param("q", "Words that are in it, whatever their case.", is_list=False)


def fields_of(name: str) -> tuple[Field, ...]:
    return TABLES[name].fields


def key_of(name: str) -> tuple[str, ...]:
    return TABLES[name].key


def has_words(query: Query, *texts: str | None) -> bool:
    wanted = query.one("q").casefold().split()
    text = " ".join(text or "" for text in texts).casefold()
    return all(word in text for word in wanted)


def is_wanted(query: Query, name: str, value: Any) -> bool:
    chosen = query.all(name)
    return not chosen or value in chosen


def countries(query: Query) -> Iterator[Cells]:
    """Jurisdictions with what is read of each."""
    rows = {row[0]: row for row in exports.countries(query.session)}
    chosen = [
        country
        for country in query.countries()
        if is_wanted(query, "status", country.status.value)
        and has_words(query, country.name, country.iso3)
    ]
    found = query.grid(chosen)
    for country in chosen:
        derived = [cell.derived for cell in found.across(country)]
        counts = cover(derived)
        if is_wanted(query, "read", "yes" if counts.read else "no"):
            yield (
                *rows[country.iso3],
                counts.read,
                *(counts.count(a) for a in (Answer.YES, Answer.PARTIAL, Answer.NO)),
                sum(item.lacking for item in derived),
                sum(item.unread for item in derived),
            )


def criteria(query: Query) -> Iterator[Cells]:
    rows = exports.criteria(query.codebook)
    for row, item in zip(rows, query.codebook.criteria, strict=True):
        tests = [{"element": e.key, "test": e.test} for e in item.elements]
        articles = [
            {"treaty": treaty, "article": article}
            for treaty, found in item.treaties
            for article in found
        ]
        yield (*row, tests, articles)


def answers(query: Query) -> Iterator[Cells]:
    chosen = query.countries(from_start=True)
    for treaty in query.all("treaty"):
        bound = treaties.bound_countries(query.session, query.day, treaty)
        chosen = [country for country in chosen if country.iso3 in bound]
    asked = query.codebook.ordered(query.all("criterion")) or query.codebook.criteria
    for some in growing(chosen, query.limit // len(asked) + 2):
        yield from answers_of(query, some, asked)


def growing(countries: list[Country], size: int) -> Iterator[list[Country]]:
    """A page needs a few countries, all records all of them: more each time."""
    first = 0
    while first < len(countries):
        yield countries[first : first + size]
        first, size = first + size, min(2 * size, 400)


def answers_of(
    query: Query, countries: list[Country], asked: Sequence[Criterion]
) -> Iterator[Cells]:
    session, day = query.session, query.day
    found = query.grid(countries, asked)
    evidence = grid.evidence_kinds(session, day, [c.iso3 for c in countries])
    keep = CellFilter(
        frozenset(Answer(value) for value in query.all("answer")),
        query.all("kind"),
        query.all("confidence"),
        query.one("away"),
        evidence,
    )
    for cell in found.cells():
        if keep.keeps(cell):
            steps = " ".join(
                f"{step.element}>{step.target.word}" for step in cell.steps
            )
            yield (*exports.answer_cells(cell, evidence, day), steps)


def readings(query: Query) -> Iterator[Cells]:
    only = [c.iso3 for c in query.countries()] if query.is_narrowed else []
    if query.is_narrowed and not only:
        return
    rows = exports.readings(query.session, query.given, start=query.start, only=only)
    filters = [
        (place, query.all(param))
        for place, field in enumerate(fields_of("readings"))
        for param in ("criterion", "element", "state", "reason", "confidence", "kind")
        if field.name == {"kind": "source_kind"}.get(param, param) and query.all(param)
    ]
    for row in rows:
        if all(row[place] in chosen for place, chosen in filters):
            yield row


def of_countries(
    name: str, *filters: tuple[str, str], text: tuple[str, ...] = ()
) -> Callable[[Query], Iterator[Cells]]:
    """Rows of an export by country, narrowed by equality of fields and by words."""
    names = [field.name for field in fields_of(name)]

    def rows(query: Query) -> Iterator[Cells]:
        data = query.data
        export = exports.Export(query.session, data.codebook, query.day, query.given)
        chosen = {country.iso3 for country in query.countries()}
        # The status tables have an order of their own; a cursor needs the keys'.
        for row in (
            sorted(export.rows(name)) if name == "treaties" else export.rows(name)
        ):
            if (
                row[0] in chosen
                and all(
                    is_wanted(query, param, row[names.index(field)])
                    for param, field in filters
                )
                and has_words(query, *(row[names.index(field)] for field in text))
            ):
                yield row

    return rows


def treaty_list(query: Query) -> Iterator[Cells]:
    everyone = query.data.countries
    found, pacts = query.grid(everyone), query.data.snapshot.treaties
    for line in treaties.summaries(query.session, found, query.day, pacts):
        pact = line.treaty
        yield (
            pact.key,
            pact.short,
            pact.title,
            pact.body,
            line.parties,
            line.signatories,
            len(everyone) - line.parties - line.signatories,
            str(line.as_of or ""),
        )


def changes(query: Query) -> Iterator[Cells]:
    for change in read_changes(
        query.session,
        before=query.start,
        countries=query.all("country"),
        reasons=query.all("reason"),
    ):
        if is_wanted(query, "criterion", change.criterion):
            yield (
                str(change.number),
                change.at,
                change.action,
                change.subject,
                change.iso3,
                change.criterion,
                change.reason,
                change.before,
                change.after,
                change.hash,
            )


def releases(query: Query) -> Iterator[Cells]:
    for release in read_releases(query.session):
        yield release_cells(release)


def release_cells(release: Release) -> Cells:
    version = release.version
    page = absolute("releases.release", version=version)
    citation = Citation(version, page, release.as_of.isoformat())
    files = [
        {
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256,
            "url": absolute("releases.file", version=version, name=file.name),
        }
        for file in release.files
    ]
    return (
        version,
        release.created_at,
        release.as_of,
        release.codebook_version,
        release.notes,
        release.checksum,
        release.counts,
        release.agreement,
        files,
        citation.apa,
        page,
    )


def count(name: str, text: str) -> Field:
    return Field(name, text, Kind.INTEGER, required=True)


RESOURCES: dict[str, Resource] = {
    item.name: item
    for item in (
        Resource(
            "countries",
            "Countries",
            (
                *fields_of("countries"),
                count("criteria_read", "How many criteria were read, at least in part"),
                count("yes", "Number of criteria answered yes"),
                count("partial", "Number of criteria answered partial"),
                count("no", "Number of criteria answered no"),
                count("lacking_elements", "Number of elements that are lacking"),
                count("unread_elements", "Number of elements that nobody has read"),
            ),
            ("iso3",),
            (
                *PLACES,
                Param("status", "Standing.", words(CountryStatus)),
                Param("read", "Whether anything was read.", ("yes", "no"), False),
                WORDS,
            ),
            countries,
        ),
        Resource(
            "criteria",
            "Criteria",
            (
                *fields_of("criteria"),
                Field("elements", "Elements with their tests", Kind.ANY),
                Field("treaties", "Treaty articles that ask for it", Kind.ANY),
            ),
            ("criterion",),
            (),
            criteria,
            has_days=False,
        ),
        Resource(
            "answers",
            "Answers",
            (
                *fields_of("answers"),
                Field(
                    "one_element_away",
                    "Each lacking element that alone would lift the answer: "
                    "element>answer",
                    Kind.KEYS,
                ),
            ),
            ("iso3", "criterion"),
            (
                *PLACES,
                CRITERION,
                Param("answer", "The derived answer.", words(Answer)),
                Param("treaty", "Bound by this treaty on that day.", "treaty"),
                KIND,
                CONFIDENCE,
                Param(
                    "away",
                    "One element would lift the answer to this.",
                    (Level.PARTIAL.word, Level.YES.word),
                    False,
                ),
            ),
            answers,
        ),
        Resource(
            "readings",
            "Readings",
            fields_of("readings"),
            key_of("readings"),
            (
                *PLACES,
                CRITERION,
                Param("element", "Key of an element.", "element"),
                Param("state", "The state.", words(State)),
                Param("reason", "Why it differs from before.", words(ChangeReason)),
                CONFIDENCE,
                replace(KIND, text="Kind of the first source it rests on."),
            ),
            readings,
        ),
        Resource(
            "laws",
            "Laws",
            fields_of("laws"),
            key_of("laws"),
            (*PLACES, Param("language", "Language of the original (BCP 47)."), WORDS),
            of_countries(
                "laws", ("language", "language"), text=("title", "title_original")
            ),
        ),
        Resource(
            "provisions",
            "Provisions",
            fields_of("provisions"),
            key_of("provisions"),
            (*PLACES, Param("law", "Key of its law."), WORDS),
            of_countries(
                "provisions", ("law", "law"), text=("law_title", "article", "says")
            ),
        ),
        Resource(
            "sources",
            "Sources",
            fields_of("sources"),
            key_of("sources"),
            (*PLACES, replace(KIND, text="Kind of the source."), WORDS),
            of_countries(
                "sources", ("kind", "kind"), text=("title", "publisher", "url")
            ),
        ),
        Resource(
            "treaties",
            "Treaties",
            (
                *fields_of("treaty_titles"),
                count("parties", "Countries that a status table shows as parties"),
                count("signatories", "Countries that have signed only"),
                count("not_known", "Countries that no table shows as either"),
                Field("table_as_of", "Day of the newest status table", Kind.DATE),
            ),
            ("treaty",),
            (),
            treaty_list,
        ),
        Resource(
            "standings",
            "Treaty standings",
            fields_of("treaties"),
            key_of("treaties"),
            (
                *PLACES,
                Param("treaty", "Key of a treaty.", "treaty"),
                Param("status", "The standing.", words(Bond)),
            ),
            of_countries("treaties", ("treaty", "treaty"), ("status", "status")),
        ),
        Resource(
            "changes",
            "Changes",
            (
                Field("event", "Number of the event", required=True),
                Field("at", "When it was recorded", Kind.TIME, required=True),
                Field("action", "What was done", required=True),
                Field("subject", "To what", required=True),
                Field("iso3", "ISO3 of the country, if it is of one", Kind.ISO3),
                Field("criterion", "Key of the criterion, if it is of one", Kind.KEY),
                Field("reason", "Why", choices=words(ChangeReason)),
                Field("before", "How it was; null: it was not", Kind.ANY),
                Field("after", "How it is; null: it is no more", Kind.ANY),
                Field("hash", "SHA-256 over it and all before it", required=True),
            ),
            ("event",),
            (
                PLACES[0],
                CRITERION,
                Param("reason", "Why it changed.", words(ChangeReason)),
            ),
            changes,
            has_days=False,
        ),
        Resource(
            "releases",
            "Releases",
            (
                Field("version", "Year and month", required=True),
                Field("created_at", "When it was frozen", Kind.TIME, required=True),
                Field("as_of", "Last day of reading", Kind.DAY, required=True),
                Field("codebook", "Version of the codebook", required=True),
                Field("notes", "What is new in it"),
                Field("checksum", "SHA-256 of SHA256SUMS", required=True),
                Field("counts", "Rows by table", Kind.ANY),
                Field("agreement", "Agreement of readers by criterion", Kind.ANY),
                Field("files", "Files with size and SHA-256", Kind.ANY),
                Field("citation", "How to cite it (APA)", required=True),
                Field("url", "Its page", Kind.URL, required=True),
            ),
            ("version",),
            (),
            releases,
            has_days=False,
        ),
    )
}
