"""The release as one SQLite file with types, keys and references, for Datasette too."""

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from tracker.actions.package.cells import rows_of
from tracker.rules import citing
from tracker.rules.citing import Citation
from tracker.rules.tables import Kind, Table, typed

METADATA = "datasette-metadata.json"
TYPES = {Kind.INTEGER: "INTEGER", Kind.NUMBER: "REAL", Kind.FLAG: "INTEGER"}
LABELS = {
    "countries": "name",
    "criteria": "title",
    "laws": "title",
    "sources": "title",
    "treaty_titles": "title",
}


def sqlite_file(tables: list[tuple[Table, bytes]]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "release.db"
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("BEGIN")
        for table, content in in_order(tables):
            connection.execute(create(table))
            marks = ", ".join("?" * len(table.fields))
            connection.executemany(
                f"INSERT INTO {quoted(table.name)} VALUES ({marks})",
                (
                    [value(*pair) for pair in zip(table.fields, row, strict=True)]
                    for row in rows_of(content)
                ),
            )
            for number, reference in enumerate(table.references):
                connection.execute(
                    f"CREATE INDEX {quoted(f'{table.name}_{number}')} ON "
                    f"{quoted(table.name)} ({names(reference.here)})"
                )
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        connection.close()
        return path.read_bytes()


def in_order(tables: list[tuple[Table, bytes]]) -> list[tuple[Table, bytes]]:
    """Tables after those that they refer to."""
    waiting, done, ordered = list(tables), set[str](), []
    while waiting:
        table, content = next(
            item for item in waiting if {r.table for r in item[0].references} <= done
        )
        waiting.remove((table, content))
        done.add(table.name)
        ordered.append((table, content))
    return ordered


def create(table: Table) -> str:
    lines = []
    for field in table.fields:
        parts = [quoted(field.name), TYPES.get(field.kind, "TEXT")]
        if field.required:
            parts.append("NOT NULL")
        if field.choices:
            listed = ", ".join(f"'{choice}'" for choice in field.choices)
            parts.append(f"CHECK ({quoted(field.name)} IN ({listed}))")
        lines.append(" ".join(parts))
    lines.append(f"PRIMARY KEY ({names(table.key)})")
    lines += [
        f"FOREIGN KEY ({names(reference.here)}) REFERENCES "
        f"{quoted(reference.table)} ({names(reference.there)})"
        for reference in table.references
    ]
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {quoted(table.name)} (\n  {body}\n)"


def value(field: Any, text: str) -> Any:
    """A cell: NULL where it is empty; a list of keys stays one text."""
    if not text:
        return None
    if field.kind is Kind.FLAG:
        return int(text)
    return text if field.kind is Kind.KEYS else typed(field, text)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def names(columns: tuple[str, ...]) -> str:
    return ", ".join(quoted(column) for column in columns)


def metadata(citation: Citation, tables: list[Table], database: str) -> dict[str, Any]:
    """For `datasette FILE.db --metadata datasette-metadata.json`."""
    return {
        "title": f"{citing.TITLE} {citation.version}",
        "description": citing.DESCRIPTION,
        "license": citing.LICENCE,
        "license_url": citing.LICENCE_URL,
        "source": citing.TITLE,
        "source_url": citation.url,
        "databases": {
            database: {
                "tables": {
                    table.name: {
                        "title": table.title,
                        "description": f"One row: {table.row}.",
                        "columns": {field.name: field.text for field in table.fields},
                        **units(table),
                        **(
                            {"label_column": LABELS[table.name]}
                            if table.name in LABELS
                            else {}
                        ),
                    }
                    for table in tables
                }
            }
        },
    }


def units(table: Table) -> dict[str, Any]:
    """Units that Datasette knows (it would not start with `element`)."""
    found = {field.name: "year" for field in table.fields if field.unit == "year"}
    return {"units": found} if found else {}
