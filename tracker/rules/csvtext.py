"""CSV text as every download has it (RFC 4180), safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
SPECIAL = re.compile(r'^[=+\-@\t\r]|[",\r\n]').search  # what needs any treatment
FLUSH = 64_000
END = "\r\n"


def cell(value: Any) -> str:
    """One CSV cell; text that a spreadsheet would run as a formula gets an apostrophe.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if value is None:
        return ""
    if type(value) is str:
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float | date):
        return str(value)
    text = str(value.value if isinstance(value, Enum) else value)
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_lines(columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """RFC 4180 text in pieces of some 64 kB."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator=END)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if buffer.tell() > FLUSH:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def line(cells: Iterable[Any]) -> str:
    """A part of a line, without its end: what `csv.writer` writes, for many parts."""
    return ",".join(
        [
            value if type(value) is str and not SPECIAL(value) else quoted(cell(value))
            for value in cells
        ]
    )


def quoted(text: str) -> str:
    if '"' in text:
        return '"' + text.replace('"', '""') + '"'
    if "," in text or "\n" in text or "\r" in text:
        return f'"{text}"'
    return text
