"""Load a folder of seeds into the database: all of it, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.actions.check import Seeds, SeedsRefused, check_seeds
from tracker.actions.country import Writer, save_country
from tracker.actions.writing import Batch
from tracker.actions.yamlfile import Problem
from tracker.rules.codebook import ChangeReason, Codebook, Series
from tracker.rules.records import Record, plain
from tracker.store import audit
from tracker.store.audit import Change
from tracker.store.codebooks import current_text, elements_in_use, save_codebook
from tracker.store.documents import documents
from tracker.store.models import CountryFile, Event
from tracker.store.tables import (
    COUNTRIES,
    TREATIES,
    TREATY_SOURCES,
    TREATY_STATUSES,
    Cells,
    Table,
    drop_rows,
    save_table,
)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Loaded:
    """How many country files were read, and how many of them changed something."""

    files: int
    changed: int
    events: int


def load_seeds(
    session: Session,
    folder: Path,
    *,
    now: datetime,
    actor: str = "tracker load",
    reason: ChangeReason | None = None,
    progress: Progress = lambda text: None,
) -> Loaded:
    """Bring the database to what `folder` says, in one transaction.

    For whoever has the machine (the command line). A file that says what the database
    says changes nothing; one that differs supersedes and leaves events; a country whose
    file is gone keeps its rows. Raises SeedsRefused with every problem, before anything
    is written: with the folder itself, or with what it takes away although stored
    readings refer to it.
    """
    seeds = check_seeds(folder, lambda name: progress(f"checked {name}"))
    if seeds.problems or seeds.codebook is None:
        raise SeedsRefused(seeds.problems)
    with audit.turn(session):
        now = audit.moment(session, now)
        if problems := check_stored(session, seeds, seeds.codebook):
            raise SeedsRefused(problems)
        batch = Batch(session)
        gone = load_tables(session, seeds, batch, actor)
        load_codebook(session, seeds, seeds.codebook, batch, now, actor)
        for table, identities in reversed(gone):
            drop_rows(session, table, identities)
        changed = 0
        for series in Series:
            stored = documents(session, series)
            writer = Writer(batch, seeds.codebook, series, now, actor, reason)
            for (file_series, iso3), record in seeds.files.items():
                if file_series is series:
                    changed += save_country(writer, record, stored.get(iso3))
                    progress(f"loaded {series.value}/{iso3}")
        batch.write()
        audit.record(session, now, *batch.changes)
    return Loaded(len(seeds.files), changed, len(batch.changes))


def check_stored(session: Session, seeds: Seeds, codebook: Codebook) -> list[Problem]:
    """What the seeds take away although the database still refers to it."""
    file = str(seeds.folder / "codebook.yaml")
    message = "is gone from the codebook, and stored readings answer it: put it back"
    known = {(c.key, element) for c in codebook.criteria for element in c.element_keys}
    problems = [
        Problem(file, 1, 1, f"{criterion}.{element}", message)
        for criterion, element in sorted(elements_in_use(session) - known)
    ]
    file = str(seeds.folder / "countries.csv")
    message = "is gone from the table, and stored rows refer to it: put it back"
    used = set(session.scalars(sa.select(CountryFile.country_iso3)))
    told = sa.select(Event.country_iso3).distinct()
    used |= {iso3 for iso3 in session.scalars(told) if iso3}
    gone = used - {row.iso3 for row in seeds.countries}
    return problems + [Problem(file, 1, 1, iso3, message) for iso3 in sorted(gone)]


def load_tables(
    session: Session, seeds: Seeds, batch: Batch, actor: str
) -> list[tuple[Table, list[tuple[str, ...]]]]:
    """The CSV tables. Returns the rows that are gone: `drop_rows`, the last first."""
    gone = []
    given: list[tuple[Table, Sequence[Record]]] = [
        (COUNTRIES, seeds.countries),
        (TREATIES, seeds.treaties),
        (TREATY_SOURCES, seeds.treaty_sources),
        (TREATY_STATUSES, seeds.treaty_statuses),
    ]
    for table, records in given:
        added: list[str] = []

        def note(
            subject: str,
            before: Cells | None,
            after: Cells | None,
            table: Table = table,
            added: list[str] = added,
        ) -> None:
            if before is None:
                added.append(subject)
                return
            batch.changes.append(
                Change(
                    actor=actor,
                    action="changed" if after else "withdrawn",
                    subject=f"{table.name}/{subject}",
                    country_iso3=(after or {}).get("iso3"),
                    before=before,
                    after=after,
                )
            )

        wanted = [plain(record) for record in records]
        gone.append((table, save_table(session, table, wanted, note)))
        if added:
            change = Change(
                actor=actor, action="added", subject=table.name, after={"rows": added}
            )
            batch.changes.append(change)
    return gone


def load_codebook(
    session: Session,
    seeds: Seeds,
    codebook: Codebook,
    batch: Batch,
    now: datetime,
    actor: str,
) -> None:
    """Make the file's codebook the current one."""
    before = current_text(session)
    if before == seeds.codebook_text:
        return
    save_codebook(session, codebook, seeds.codebook_text, now)
    batch.changes.append(
        Change(
            actor=actor,
            action="changed" if before else "added",
            subject="codebook",
            reason=ChangeReason.RECODED if before else "",
            before=before,
            after=seeds.codebook_text,
        )
    )
