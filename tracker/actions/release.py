"""Freeze all that is published into a release that never changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.actions.package import Frozen, build_files, media_type
from tracker.actions.package.cells import row_count, rows_of
from tracker.rules.citing import Citation, year_and_month
from tracker.rules.codebook import Codebook
from tracker.rules.csvtext import csv_lines
from tracker.rules.tables import Table, all_tables, record
from tracker.store import audit
from tracker.store.audit import Change
from tracker.store.codebooks import codebook_data, current_text, read_codebook
from tracker.store.db import begin_snapshot
from tracker.store.exports import Export, reading_lines
from tracker.store.grid import newest_day
from tracker.store.models import Release, ReleaseFile
from tracker.store.releases import SUMS, digest, find_release
from tracker.store.versions import DataVersion, data_version

TRIES = 3


class NothingToRelease(Exception):
    """The database has no data."""


class ReleaseExists(Exception):
    """A release never changes: other data need another version."""


class DataMoved(Exception):
    """Somebody kept changing the data while they were being frozen."""


@dataclass(frozen=True)
class Made:
    """A release, and whether it was there before with the same bytes."""

    release: Release
    is_new: bool


def create_release(
    session: Session,
    version: str,
    *,
    site_url: str,
    notes: str,
    now: datetime,
    actor: str = "tracker release",
    progress: Callable[[str], None] = lambda text: None,
) -> Made:
    """Freeze what is published now as `version`, with one event, in one transaction.

    For whoever has the machine. The same version again changes nothing: it says whether
    the data still give the same bytes. Raises BadVersion, NothingToRelease,
    ReleaseExists where they do not, and DataMoved.
    """
    year_and_month(version)
    for _ in range(TRIES):
        begin_snapshot(session)
        state = data_version(session)
        frozen = freeze(session, version, site_url, progress)
        existing = find_release(session, version)
        session.rollback()
        if state is None or frozen is None:
            raise NothingToRelease(
                "there is no data to release: run `tracker load seeds`"
            )
        progress("packing")
        files = build_files(frozen)
        if existing:
            return same_again(session, version, files)
        # Nobody waits while the files are made; whoever changed data meanwhile did so
        # before this release, which must then hold the change.
        audit.lock(session)
        if data_version(session) == state and not find_release(session, version):
            release = save(session, frozen, files, state, notes, now, actor)
            session.commit()
            return Made(release, True)
        session.rollback()
    raise DataMoved("the data changed while they were being frozen: try again")


def same_again(session: Session, version: str, files: dict[str, bytes]) -> Made:
    release = find_release(session, version)
    if release is None or digest(files[SUMS]) != release.checksum:
        raise ReleaseExists(
            f"{version} is released, and its data were other ones than those there are "
            "now: a release never changes, name another version"
        )
    return Made(release, False)


def freeze(
    session: Session, version: str, site_url: str, progress: Callable[[str], None]
) -> Frozen | None:
    """All public tables as they stand; answers are those of the last day of reading."""
    codebook, day = read_codebook(session), newest_day(session)
    if codebook is None or day is None:
        return None
    url = f"{site_url.rstrip('/')}/data/releases/{version}"
    tables = []
    for table in all_tables({c.key: c.question for c in codebook.criteria}):
        progress(f"freezing {table.name}")
        tables.append((table, csv_bytes(session, codebook, day, table)))
    return Frozen(
        Citation(version, url, day.isoformat()),
        day,
        codebook_data(codebook),
        current_text(session) or "",
        tables,
    )


def csv_bytes(session: Session, codebook: Codebook, day: date, table: Table) -> bytes:
    if table.name == "readings":
        head = "".join(csv_lines(table.names, ()))
        return "".join([head, *reading_lines(session, None)]).encode()
    rows = Export(session, codebook, day).rows(table.name)
    return "".join(csv_lines(table.names, rows)).encode()


def save(
    session: Session,
    frozen: Frozen,
    files: dict[str, bytes],
    state: DataVersion,
    notes: str,
    now: datetime,
    actor: str,
) -> Release:
    version, checksum = frozen.citation.version, digest(files[SUMS])
    counts = {table.name: row_count(content) for table, content in frozen.tables}
    session.execute(
        sa.insert(Release),
        {
            "version": version,
            "created_at": now,
            "as_of": frozen.as_of,
            "codebook_version": frozen.codebook["version"],
            "event_id": state.number,
            "notes": notes,
            "counts": counts,
            "agreement": agreement(frozen),
            "checksum": checksum,
        },
    )
    for position, (name, content) in enumerate(files.items()):
        row = {
            "version": version,
            "name": name,
            "position": position,
            "media_type": media_type(name),
            "size": len(content),
            "sha256": digest(content),
            "content": content,
        }
        session.execute(sa.insert(ReleaseFile), row)
    change = Change(
        actor=actor,
        action="released",
        subject=f"release/{version}",
        after={"checksum": checksum, "counts": counts},
    )
    audit.record(session, now, change)
    release = find_release(session, version)
    assert release is not None  # inserted above, under the lock
    return release


def agreement(frozen: Frozen) -> list[dict[str, Any]]:
    """The agreement figures of the frozen data, as their table has them."""
    table, content = next(item for item in frozen.tables if item[0].name == "agreement")
    return [record(table.fields, row) for row in rows_of(content)]
