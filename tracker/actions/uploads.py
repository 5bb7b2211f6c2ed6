"""Files that contributors upload: a country's YAML, or a CSV of readings. A dry run.

Nothing of what an upload contains is ever unpacked or run. What can't be read becomes a
problem with its line and column.
"""

import csv
import io
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from tracker.actions.check import check_country, expected
from tracker.actions.yamlfile import MAX_BYTES, Document, Problem, dump, parse
from tracker.rules import changes
from tracker.rules.changes import Data, Difference
from tracker.rules.codebook import Codebook, Confidence, Series, State
from tracker.rules.records import Text, plain
from tracker.store.documents import documents

MAX_ROWS = 20_000
MAX_PROBLEMS = 100
NEEDED = ("country", "criterion", "element", "state")
KNOWN = (*NEEDED, "since", "until", "provisions", "sources", "confidence", "why")
ALIASES = {"iso3": "country"}
DELIMITERS = (",", ";", "\t", "|")
PACKED = {
    b"PK": "is a ZIP or Excel file",
    b"\x1f\x8b": "is packed with gzip",
    b"\x28\xb5\x2f\xfd": "is packed with zstd",
    b"BZh": "is packed with bzip2",
    b"\xfd7zXZ": "is packed with xz",
    b"%PDF": "is a PDF",
    b"\xd0\xcf\x11\xe0": "is an old Excel or Word file",
}
BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
TEXT: TypeAdapter[str] = TypeAdapter(Text)


class UploadRefused(ValueError):
    """The file can't be used; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True)
class Line:
    """A row of the dry run: where it stands in the file, and what it would change."""

    line: int
    iso3: str
    difference: Difference


@dataclass
class DryRun:
    """What a file would change: the new file of each country, and the differences."""

    encoding: str
    files: dict[str, Data] = field(default_factory=dict)
    bases: dict[str, Data | None] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def dry_run(
    session: Session,
    name: str,
    content: bytes,
    codebook: Codebook,
    known: set[str],
    today: date,
) -> DryRun:
    """Read an upload and compare it with what stands. Raises UploadRefused."""
    document, encoding = decoded(name, content)
    if not document.problems:
        found = DryRun(encoding)
        if is_yaml(name, document.text):
            read_country(session, document, codebook, known, today, found)
        else:
            read_rows(session, document, codebook, known, today, found)
        if not document.problems and not found.lines:
            document.complain_at(
                1, 1, "changes nothing: all of it is published already"
            )
    if document.problems:
        document.problems.sort()
        raise UploadRefused(document.problems[:MAX_PROBLEMS])
    return found


def decoded(name: str, content: bytes) -> tuple[Document, str]:
    """UTF-8, UTF-16 with a mark, or else Windows-1252, as spreadsheets write it."""
    document = Document(name or "upload")
    for start, words in PACKED.items():
        if content.startswith(start):
            message = f"{words}: save it as CSV or YAML text and upload that"
            document.complain_at(1, 1, message)
            return document, ""
    if len(content) > MAX_BYTES:
        message = f"is {len(content):,} bytes; at most {MAX_BYTES:,} are read: split it"
        document.complain_at(1, 1, message)
        return document, ""
    marked = [encoding for mark, encoding in BOMS if content.startswith(mark)]
    for encoding in marked or ["utf-8", "cp1252"]:
        try:
            document.text = content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            last, place = encoding, line
            continue
        if "\x00" in document.text:
            where = document.text.index("\x00")
            line = document.text.count("\n", 0, where) + 1
            document.complain_at(line, 1, "has a null byte: it is not a text file")
        elif not document.text.strip():
            document.complain_at(1, 1, "is empty")
        return document, encoding.removesuffix("-sig")
    document.complain_at(place, 1, f"is not readable as {last}: save it as UTF-8")
    return document, ""


def is_yaml(name: str, text: str) -> bool:
    if name.lower().endswith((".yaml", ".yml")):
        return True
    first = text.lstrip("\ufeff \r\n").split("\n", 1)[0]
    return not name.lower().endswith((".csv", ".txt", ".tsv")) and ":" in first


def read_country(
    session: Session,
    document: Document,
    codebook: Codebook,
    known: set[str],
    today: date,
    found: DryRun,
) -> None:
    document.text = document.text.removeprefix("\ufeff")
    parse(document)
    if document.problems:
        return
    data = document.data
    iso3 = data.get("country") if isinstance(data, dict) else None
    if not isinstance(iso3, str) or iso3 not in known:
        message = f"no such country: {expected(str(iso3), known)}"
        document.complain(("country",), message)
        return
    record = check_country(document, iso3, codebook)
    if record is None or document.problems:
        return
    if date.fromisoformat(record.coded_on) > today:
        document.complain(("coded_on",), "is in the future")
        return
    base = documents(session, Series.FIRST, iso3).get(iso3)
    found.files[iso3], found.bases[iso3] = plain(record), base
    for row in changes.changes(without_day(base), without_day(plain(record))):
        found.lines.append(Line(place_of(document, row.path), iso3, row))


def without_day(data: Data | None) -> Data:
    return {k: v for k, v in (data or {}).items() if k != "coded_on"}


def place_of(document: Document, path: tuple[str, ...]) -> int:
    """The line of a field that a path of keys names."""
    data: Any = document.data
    where: list[str | int] = []
    for part in path:
        if isinstance(data, list):
            for place, item in enumerate(data, 1):
                key = item.get("key") if isinstance(item, dict) else None
                if part in (key, str(place)):
                    where.append(place - 1)
                    data = item
                    break
            else:
                break
        elif isinstance(data, dict) and part in data:
            where.append(part)
            data = data[part]
        else:
            break
    return document.place(tuple(where))[0].line


def read_rows(
    session: Session,
    document: Document,
    codebook: Codebook,
    known: set[str],
    today: date,
    found: DryRun,
) -> None:
    """Rows of readings over what stands: one element a row."""
    stored = documents(session, Series.FIRST)
    seen: dict[tuple[str, str, str], int] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in table_rows(document):
        if row.cells.get("until"):
            note = "rows with an `until` are history and were passed over"
            if note not in found.notes:
                found.notes.append(note)
            continue
        if not row.check(codebook, known):
            continue
        iso3, criterion = row["country"], row["criterion"]
        key = (iso3, criterion, row["element"])
        if key in seen:
            row.complain("element", f"stands here again, after line {seen[key]}")
            continue
        seen[key] = row.line
        lines.setdefault((iso3, criterion), row.line)
        if iso3 not in found.files:
            base = stored.get(iso3)
            found.bases[iso3] = base
            found.files[iso3] = deepcopy(base or changes.blank(iso3, today.isoformat()))
        row.put(found.files[iso3], codebook)
    if document.problems:
        return
    if not seen:
        document.complain_at(1, 1, "has no rows")
        return
    for iso3 in list(found.files):
        finish(document, found, iso3, codebook, lines, seen)


def finish(
    document: Document,
    found: DryRun,
    iso3: str,
    codebook: Codebook,
    lines: dict[tuple[str, str], int],
    seen: dict[tuple[str, str, str], int],
) -> None:
    """Put criteria in order, check the evidence rules, and list the differences."""
    data, base = found.files[iso3], found.bases[iso3]
    kept = {
        key: value
        for key, value in data["readings"].items()
        if not changes.is_unread(value)
    }
    data["readings"] = {c.key: kept[c.key] for c in codebook.ordered(kept)}
    checked = Document(document.file, dump(data))
    parse(checked)
    check_country(checked, iso3, codebook)
    for problem in checked.problems:
        parts = (*problem.key.split("."), "", "", "", "")
        line = seen.get((iso3, parts[1], parts[3])) or lines.get((iso3, parts[1]), 1)
        document.problems.append(
            Problem(document.file, line, 1, f"{iso3} {problem.key}", problem.message)
        )
    for row in changes.changes(without_day(base), without_day(data)):
        parts = (*row.path, "", "", "", "")
        line = seen.get((iso3, parts[1], parts[3])) or lines.get((iso3, parts[1]), 1)
        found.lines.append(Line(line, iso3, row))
    if not any(line.iso3 == iso3 for line in found.lines):
        del found.files[iso3]


@dataclass
class Row:
    """A line of the table, with the column of each cell."""

    document: Document
    line: int
    cells: dict[str, str]
    columns: dict[str, int]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def complain(self, name: str, message: str) -> None:
        place = self.columns.get(name, 1)
        problem = Problem(self.document.file, self.line, place, name, message)
        self.document.problems.append(problem)

    def check(self, codebook: Codebook, known: set[str]) -> bool:
        """Whether country, criterion, element and the plain values can be read."""
        count = len(self.document.problems)
        if self["country"] not in known:
            self.complain("country", expected(self["country"], known))
        criterion = codebook.by_key.get(self["criterion"])
        if criterion is None:
            self.complain("criterion", expected(self["criterion"], codebook.by_key))
        elif self["element"] not in criterion.element_keys:
            keys = criterion.element_keys
            self.complain("element", expected(self["element"], keys))
        if self["state"] not in set(State):
            self.complain("state", expected(self["state"], [s.value for s in State]))
        if self["confidence"] and self["confidence"] not in set(Confidence):
            values = [c.value for c in Confidence]
            self.complain("confidence", expected(self["confidence"], values))
        if self["why"]:
            try:
                TEXT.validate_python(self["why"])
            except ValidationError as error:
                self.complain("why", error.errors()[0]["msg"])
        return len(self.document.problems) == count

    def keys(self, name: str) -> list[str]:
        return self[name].replace(";", " ").replace(",", " ").split()

    def put(self, data: Data, codebook: Codebook) -> None:
        """Set the element, and what its question as a whole says, where given."""
        criterion = codebook.by_key[self["criterion"]]
        reading = data["readings"].setdefault(
            criterion.key,
            {
                **changes.unread_answer(None, criterion.element_keys),
                "sources": self.keys("sources"),
                "provisions": self.keys("provisions"),
                "since": self["since"] or None,
            },
        )
        if self["confidence"]:
            reading["confidence"] = self["confidence"]
        if self["why"]:
            reading["why"] = self["why"]
        reading["elements"][self["element"]] = self.element(reading)

    def element(self, reading: Data) -> Any:
        """The element's value; evidence is its own only where it differs."""
        old = reading["elements"].get(self["element"], "unread")
        kept = dict(old) if isinstance(old, dict) else {}
        kept.pop("state", None)
        given: Data = {"since": self["since"] or None} if "since" in self.cells else {}
        for name in ("provisions", "sources"):
            if name in self.cells:
                given[name] = self.keys(name)
        for name, value in given.items():
            common = reading[name]
            current = kept.get(name, common)
            if value == current or (not value and name != "since"):
                continue
            if value == common:
                kept.pop(name, None)
            else:
                kept[name] = value
        return {"state": self["state"], **kept} if kept else self["state"]


def table_rows(document: Document) -> Iterator[Row]:
    """The rows of a CSV file, whichever of the usual delimiters it uses."""
    text = document.text.removeprefix("\ufeff")
    skip = 0
    if text[:4].lower() == "sep=":  # a line that Excel writes for itself
        text, skip = text.partition("\n")[2], 1
    delimiter = delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = columns_of([cell.strip().lower() for cell in next(reader)])
        missing = [name for name in NEEDED if name not in header]
        if missing:
            document.complain_at(
                1 + skip,
                1,
                f"the header lacks {', '.join(missing)}; known are {', '.join(KNOWN)}",
            )
            return
        for count, cells in enumerate(reader, 1):
            line = reader.line_num + skip
            if count > MAX_ROWS:
                document.complain_at(
                    line, 1, f"has more than {MAX_ROWS:,} rows: split it"
                )
                return
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                message = f"has {len(cells)} cells: the header names {len(header)}"
                document.complain_at(line, 1, message)
                continue
            yield row_of(document, line, header, cells, delimiter)
    except StopIteration:
        document.complain_at(1, 1, "is empty")
    except csv.Error as error:
        line = max(reader.line_num, 1) + skip
        document.complain_at(line, 1, f"is not CSV here: {error}")


def columns_of(header: list[str]) -> list[str]:
    """Our own export has the code in `iso3` and the name in `country`."""
    if "iso3" in header:
        header = ["name" if name == "country" else name for name in header]
    return [ALIASES.get(name, name) for name in header]


def delimiter_of(text: str) -> str:
    """The one that finds most of the columns in the header."""
    header = text.split("\n", 1)[0].lower()

    def count(delimiter: str) -> int:
        cells = {cell.strip(' "\r') for cell in header.split(delimiter)}
        return len(cells & {*KNOWN, *ALIASES})

    return max(DELIMITERS, key=count)


def row_of(
    document: Document, line: int, header: list[str], cells: list[str], delimiter: str
) -> Row:
    columns: dict[str, int] = {}
    place = 1
    row = Row(document, line, {}, columns)
    for name, cell in zip(header, cells, strict=True):
        columns[name] = place
        place += len(cell) + 1
        if name in KNOWN:
            row.cells[name] = plain_cell(row, name, cell)
    return row


def plain_cell(row: Row, name: str, cell: str) -> str:
    """A cell as text: a formula is refused, our own apostrophe dropped."""
    text = cell.strip()
    if text.startswith(("=", "@")):
        row.complain(name, f"is a formula ({text[:40]!r}): write the value itself")
        return ""
    if len(text) > 1 and text[0] == "'" and text[1] in "=+-@":
        return text[1:]
    return text
