"""What differs between two releases, or between a release and now."""

import csv
import io
from collections.abc import Iterator
from datetime import date

from sqlalchemy.orm import Session

from tracker.actions.release import csv_bytes
from tracker.rules.codebook import Codebook
from tracker.rules.differences import COMPARED, Difference, Row, Told, compare, explain
from tracker.rules.tables import TABLES, Table
from tracker.store.changes import read_changes
from tracker.store.models import Release
from tracker.store.releases import file_content


def read_differences(
    session: Session, codebook: Codebook, day: date, old: Release, new: Release | None
) -> list[Difference]:
    """Every cell that differs, with its reason and event; `new` is None for now."""
    told: dict[str, Told] = {}
    last = str(new.event_id) if new else ""
    for change in read_changes(session, before=last, after=old.event_id):
        said = told.get(change.subject, Told(change.number, ()))
        reasons = dict.fromkeys([*said.reasons, change.reason])
        told[change.subject] = Told(said.event, tuple(r for r in reasons if r))
    found: list[Difference] = []
    for table in (TABLES[name] for name in COMPARED):
        before = file_content(session, old.version, table.file) or b""
        after = (
            file_content(session, new.version, table.file) or b""
            if new
            else csv_bytes(session, codebook, day, table)
        )
        if before != after:
            pairs = compare(table, records(table, before), records(table, after))
            found += explain(pairs, told)
    return found


def records(table: Table, content: bytes) -> Iterator[Row]:
    """The rows by the file's own header: an older release may lack a column."""

    reader = csv.DictReader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""))
    for row in reader:
        yield {name: row.get(name) or "" for name in table.names}
