"""Write the database back as seeds: the same data gives the same bytes."""

import csv
import io
from pathlib import Path

from sqlalchemy.orm import Session

from tracker.actions.check import FOLDERS
from tracker.actions.yamlfile import dump
from tracker.store.codebooks import current_text
from tracker.store.documents import documents
from tracker.store.tables import TABLES, Table, table_rows


class FolderInUse(Exception):
    """The folder to write to holds something already."""


def export_seeds(session: Session, folder: Path) -> int:
    """Write every seeds file into `folder`, which must be new or empty; how many.

    For whoever has the machine. Raises FolderInUse.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderInUse(f"{folder} is not an empty folder: name a new one")
    files = seed_files(session)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return len(files)


def seed_files(session: Session) -> dict[str, str]:
    """The text of each seeds file by its path below the folder."""
    files = {"codebook.yaml": current_text(session) or ""}
    for table in TABLES:
        files[table.name] = csv_text(session, table)
    for series, name in FOLDERS.items():
        for iso3, document in documents(session, series).items():
            files[f"{name}/{iso3}.yaml"] = dump(document)
    return files


def csv_text(session: Session, table: Table) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, table.header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table_rows(session, table))
    return text.getvalue()
