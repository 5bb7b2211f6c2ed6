"""The rows of a CSV file of the package, read back."""

import csv
import io
from collections.abc import Iterator


def rows_of(content: bytes) -> Iterator[list[str]]:
    """Every row but the header."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""))
    next(reader)
    return reader


def row_count(content: bytes) -> int:
    return sum(1 for _ in rows_of(content))
