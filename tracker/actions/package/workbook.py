"""The release as one Excel workbook: a sheet a table, the codebook, the columns."""

import tempfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import xlsxwriter

from tracker.actions.package.cells import row_count, rows_of
from tracker.rules import citing
from tracker.rules.citing import Citation
from tracker.rules.tables import Field, Kind, Table, typed

MAX_ROWS = 1_048_575  # of a sheet, less its header
NARROWEST, WIDEST = 8, 60
LOOKED_AT = 200
FIRST_DAY = date(1900, 3, 1)  # Excel counts a 29 February 1900 that never was


class TooManyRows(Exception):
    """A table is longer than a sheet can be."""


def workbook(
    citation: Citation,
    as_of: date,
    codebook: dict[str, Any],
    tables: list[tuple[Table, bytes]],
) -> bytes:
    if any(row_count(content) > MAX_ROWS for _, content in tables):
        raise TooManyRows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "release.xlsx"
        book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        book.set_properties(
            {
                "title": f"{citing.TITLE} {citation.version}",
                "author": citing.AUTHOR,
                "comments": f"{citing.LICENCE}. {citation.apa}",
                "created": datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC),
            }
        )
        formats = {
            "head": book.add_format(
                {"bold": True, "bg_color": "#E9EBF7", "bottom": 1, "valign": "top"}
            ),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for table, content in tables:
            fields = table.fields
            add_sheet(book, formats, table.name, fields, rows_of(content))
        add_text(book, formats, "codebook", CODEBOOK, codebook_rows(codebook))
        add_text(book, formats, "columns", COLUMNS, column_rows(t for t, _ in tables))
        book.close()
        return path.read_bytes()


CODEBOOK = ("criterion", "theme", "question", "element", "test", "in", "note")
COLUMNS = ("table", "column", "type", "values", "unit", "what it holds")


def codebook_rows(codebook: dict[str, Any]) -> Iterable[tuple[str, ...]]:
    for item in codebook["criteria"]:
        smaller = {*item["part"].get("all", ()), *item["part"].get("any", ())}
        for key, test in item["elements"].items():
            tests = [
                name
                for name, members in (("partial", smaller), ("yes", item["full"]))
                if key in members
            ]
            yield (
                item["key"],
                codebook["themes"][item["theme"]],
                item["question"],
                key,
                test,
                " ".join(tests),
                item["note"],
            )


def column_rows(tables: Iterable[Table]) -> Iterable[tuple[str, ...]]:
    for table in tables:
        for field in table.fields:
            choices = " ".join(field.choices)
            yield (
                table.name,
                field.name,
                field.kind.value,
                choices,
                field.unit,
                field.text,
            )


def add_text(
    book: Any,
    formats: dict[str, Any],
    name: str,
    names: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
) -> None:
    fields = [Field(column, "") for column in names]
    add_sheet(book, formats, name, fields, (list(row) for row in rows))


def add_sheet(
    book: Any,
    formats: dict[str, Any],
    name: str,
    fields: Any,
    rows: Iterable[list[str]],
) -> None:
    """A header that stays, a filter over it, columns as wide as what they hold."""
    sheet = book.add_worksheet(name)
    source = iter(rows)
    first = list(islice(source, LOOKED_AT))
    for place, field in enumerate(fields):
        longest = max((len(row[place]) for row in first), default=0)
        width = min(max(NARROWEST, longest, len(field.name) + 3), WIDEST)
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, field.name, formats["head"])
    sheet.freeze_panes(1, 0)
    number = 0
    for group in (first, source):
        for row in group:
            number += 1
            for place, (field, text) in enumerate(zip(fields, row, strict=True)):
                write(sheet, formats, number, place, field, text)
    sheet.autofilter(0, 0, max(number, 1), len(fields) - 1)


def write(
    sheet: Any, formats: dict[str, Any], row: int, place: int, field: Field, text: str
) -> None:
    if not text:
        return
    if field.kind in (Kind.INTEGER, Kind.NUMBER):
        sheet.write_number(row, place, typed(field, text))
    elif field.kind is Kind.FLAG:
        sheet.write_boolean(row, place, text == "1")
    elif field.kind is Kind.DAY and date.fromisoformat(text) >= FIRST_DAY:
        sheet.write_datetime(row, place, date.fromisoformat(text), formats["day"])
    else:
        sheet.write_string(row, place, text)
