"""The files of a release, made of frozen tables: the same tables give the same bytes.

Nothing here looks at the clock, the database or the network. Dates inside the files are
the data's own day.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracker.actions.package.cells import row_count
from tracker.actions.package.pdf import codebook_pdf
from tracker.actions.package.readme import readme
from tracker.actions.package.sqlitefile import METADATA, metadata, sqlite_file
from tracker.actions.package.workbook import TooManyRows, workbook
from tracker.rules.citing import Citation
from tracker.rules.datapackage import csvw, descriptor
from tracker.rules.tables import Table

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "yaml": "application/yaml",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "bib": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "db": "application/vnd.sqlite3",
}
NAME = "oct-law-tracker"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold


@dataclass(frozen=True)
class Frozen:
    """What is published, as it stood: each table as CSV, and the codebook."""

    citation: Citation
    as_of: date
    codebook: dict[str, Any]
    codebook_text: str
    tables: list[tuple[Table, bytes]]


def build_files(frozen: Frozen) -> dict[str, bytes]:
    """Every file of the release, by name, in the order of the list."""
    tables = [table for table, _ in frozen.tables]
    data = {table.file: content for table, content in frozen.tables}
    sums = {name: (len(content), sha256(content)) for name, content in data.items()}
    counts = {table.name: row_count(content) for table, content in frozen.tables}
    package = {
        **data,
        "datapackage.json": json_bytes(descriptor(frozen.citation, tables, sums)),
        "csv-metadata.json": json_bytes(csvw(frozen.citation, tables)),
        "codebook.json": json_bytes(frozen.codebook),
        "codebook.yaml": frozen.codebook_text.encode(),
        "codebook.pdf": codebook_pdf(
            frozen.codebook, tables, frozen.citation.version, frozen.as_of
        ),
        **{name: text.encode() for name, text in frozen.citation.files().items()},
    }
    package["README.md"] = readme(frozen.citation, tables, counts).encode()
    stem = f"{NAME}-{frozen.citation.version}"
    files = {f"{stem}.zip": zipped(stem, package)}
    try:
        book = workbook(frozen.citation, frozen.as_of, frozen.codebook, frozen.tables)
        files[f"{stem}.xlsx"] = book
    except TooManyRows:
        pass  # the README says why a release of that size has no workbook
    files[f"{stem}.db"] = sqlite_file(frozen.tables)
    files[METADATA] = json_bytes(metadata(frozen.citation, tables, f"{stem}"))
    files.update(package)
    files["SHA256SUMS"] = "".join(
        f"{sha256(content)}  {name}\n" for name, content in files.items()
    ).encode()
    return files


def media_type(name: str) -> str:
    return MEDIA_TYPES.get(name.rpartition(".")[2], "text/plain; charset=utf-8")


def zipped(folder: str, files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, compresslevel=9)
    return target.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def json_bytes(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()
