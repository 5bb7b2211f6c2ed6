"""Bring a country's rows to its file: insert, supersede, withdraw, never delete.

Who may call: `load` for seeds, and an approved proposal. Nothing here commits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tracker.actions.check import Timelines, parsed, resolve, timelines
from tracker.actions.writing import Batch
from tracker.rules.codebook import ChangeReason, Codebook, Series, State
from tracker.rules.records import (
    Bill,
    CountryFile,
    CriterionReading,
    EarlierReading,
    Law,
    Provision,
    Source,
    plain,
)
from tracker.rules.timeline import Period, is_reform, lay_out
from tracker.store import models
from tracker.store.audit import Change

Entry = CriterionReading | EarlierReading
Data = dict[str, Any]


@dataclass(frozen=True)
class Writer:
    """Who writes what series, when and why; `reason` None: inferred from the change.

    `words` say more of why, for the audit trail.
    """

    batch: Batch
    codebook: Codebook
    series: Series
    now: datetime
    actor: str
    reason: ChangeReason | None = None
    words: str = ""


def save_country(writer: Writer, record: CountryFile, stored: Data | None) -> bool:
    """Write what differs between `record` and `stored`; whether anything did."""
    wanted = plain(record)
    if wanted == stored:
        return False
    save_day(writer, record, stored)
    before = stored or {}
    save_evidence(writer, record.country, models.Law, record.laws, before.get("laws"))
    save_evidence(
        writer,
        record.country,
        models.Provision,
        record.provisions,
        before.get("provisions"),
    )
    save_evidence(
        writer, record.country, models.Source, record.sources, before.get("sources")
    )
    old, new = entries(before), entries(wanted)
    lines = timelines(record)
    for criterion in sorted(set(old) | set(new)):
        if old.get(criterion) != new.get(criterion):
            save_criterion(
                writer, record, lines, criterion, old.get(criterion), new.get(criterion)
            )
    save_list(writer, record.country, models.Bill, before.get("bills"), wanted["bills"])
    save_list(writer, record.country, models.Lead, before.get("leads"), wanted["leads"])
    return True


def save_day(writer: Writer, record: CountryFile, stored: Data | None) -> None:
    day = date.fromisoformat(record.coded_on)
    if stored is None:
        row = {"country_iso3": record.country, "series": writer.series, "coded_on": day}
        writer.batch.add(models.CountryFile, row)
        writer.batch.write()
    elif stored["coded_on"] != record.coded_on:
        file = models.CountryFile
        writer.batch.session.execute(
            sa.update(file)
            .where(file.country_iso3 == record.country, file.series == writer.series)
            .values(coded_on=day)
        )
        note(
            writer,
            record.country,
            "coded_on",
            stored["coded_on"],
            record.coded_on,
        )


def note(
    writer: Writer, iso3: str, subject: str, before: Any, after: Any, reason: str = ""
) -> None:
    """Queue the event of one change."""
    second = writer.series is Series.SECOND
    action = "added" if before is None else "withdrawn" if after is None else "changed"
    writer.batch.changes.append(
        Change(
            actor=writer.actor,
            action=action,
            subject=f"{iso3}/{'second/' if second else ''}{subject}",
            country_iso3=iso3,
            reason=": ".join(part for part in (reason, writer.words) if part),
            before=before,
            after=after,
        )
    )


def save_evidence(
    writer: Writer,
    iso3: str,
    model: Any,
    items: Iterable[Law | Provision | Source],
    stored: list[Data] | None,
) -> None:
    """Insert, edit or withdraw the laws, provisions or sources of a country.

    A withdrawn one whose key comes back is the same row again.
    """
    old = {item["key"]: (place, item) for place, item in enumerate(stored or ())}
    kept = kept_keys(writer, model, iso3) if stored is not None else set()
    before: dict[str, Data | None] = {}
    after: dict[str, Data | None] = {}
    for place, item in enumerate(items):
        data = plain(item)
        known = old.pop(item.key, None)
        if known == (place, data):
            continue
        row = {"position": place, "withdrawn_at": None, **evidence_row(item)}
        if item.key in kept:
            edit(writer, model, iso3, item.key, row)
        else:
            identity = {"country_iso3": iso3, "series": writer.series, "key": item.key}
            writer.batch.add(model, {**identity, **row})
        if known is None or known[1] != data:
            before[item.key], after[item.key] = known and known[1], data
    for key, (_, data) in old.items():
        edit(writer, model, iso3, key, {"withdrawn_at": writer.now})
        before[key], after[key] = data, None
    if after:
        section = f"{model.__tablename__}s"
        note(writer, iso3, section, compact(before), compact(after))
    writer.batch.write()


def kept_keys(writer: Writer, model: Any, iso3: str) -> set[str]:
    """Every key there ever was, withdrawn ones too."""
    query = sa.select(model.key).where(
        model.country_iso3 == iso3, model.series == writer.series
    )
    return set(writer.batch.session.scalars(query))


def compact(items: dict[str, Data | None]) -> dict[str, Data] | None:
    return {key: value for key, value in items.items() if value is not None} or None


def edit(writer: Writer, model: Any, iso3: str, key: str, row: Data) -> None:
    writer.batch.session.execute(
        sa.update(model)
        .where(
            model.country_iso3 == iso3, model.series == writer.series, model.key == key
        )
        .values(**row)
    )


def evidence_row(item: Law | Provision | Source) -> Data:
    if isinstance(item, Law):
        return {
            "title": item.title,
            "title_original": item.title_original,
            "language": item.language,
            "url": item.url,
            **dated("enacted", item.enacted),
            **dated("in_force", item.in_force),
        }
    if isinstance(item, Provision):
        penalty = item.penalty.model_dump()
        return {"law_key": item.law, "label": item.label, "says": item.says, **penalty}
    row = item.model_dump(exclude={"key"})
    return {**row, "seen": date.fromisoformat(item.seen)}


def dated(name: str, text: str | None) -> Data:
    """The two columns of a partial date."""
    found = parsed(text)
    return {
        name: found.first if found else None,
        f"{name}_precision": found.precision if found else None,
    }


def entries(document: Data) -> dict[str, list[Data]]:
    """By criterion: its history, each with its place, then its present reading."""
    found: dict[str, list[Data]] = {}
    for place, item in enumerate(document.get("history", ())):
        found.setdefault(item["criterion"], []).append({**item, "position": place})
    for criterion, item in document.get("readings", {}).items():
        found.setdefault(criterion, []).append(item)
    return found


def save_criterion(
    writer: Writer,
    record: CountryFile,
    lines: Timelines,
    criterion: str,
    before: list[Data] | None,
    after: list[Data] | None,
) -> None:
    """Supersede what stood of this criterion, and write what its file now says."""
    if before and after and unplaced(before) == unplaced(after):
        move_history(writer, record.country, criterion, after)
        return
    reason = writer.reason or infer_reason(before, after)
    if before:
        supersede(writer, record.country, criterion)
    place = list(writer.codebook.by_key).index(criterion)
    reading = record.readings.get(criterion)
    for index, earlier in enumerate(record.history):
        if earlier.criterion == criterion:
            save_entry(writer, record, lines, criterion, earlier, index, index, reason)
    if reading:
        save_entry(writer, record, lines, criterion, reading, None, place, reason)
    note(writer, record.country, criterion, before, after, reason)


def unplaced(items: list[Data]) -> list[Data]:
    return [{**item, "position": None} for item in items]


def move_history(writer: Writer, iso3: str, criterion: str, items: list[Data]) -> None:
    """Only the places in the file's history changed: nothing is superseded by that."""
    session, coding = writer.batch.session, models.Coding
    query = (
        sa.select(coding.id, coding.position)
        .join(coding.readings)
        .where(
            coding.country_iso3 == iso3,
            coding.series == writer.series,
            coding.criterion_key == criterion,
            coding.until.is_not(None),
            models.Reading.recorded_to.is_(None),
        )
        .distinct()
        .order_by(coding.position)
    )
    places = [item["position"] for item in items if "until" in item]
    for (coding_id, _), place in zip(session.execute(query).all(), places, strict=True):
        session.execute(
            sa.update(coding).where(coding.id == coding_id).values(position=place)
        )


def infer_reason(before: list[Data] | None, after: list[Data] | None) -> ChangeReason:
    """Why a file changed, as far as the file itself shows it.

    A new entry in its history says that the law changed; a state that was read and is
    now another one was a mistake; everything else is new evidence.
    """
    if not before or not after:
        return ChangeReason.NEW_EVIDENCE if after else ChangeReason.CORRECTION
    if sum("until" in item for item in after) > sum("until" in item for item in before):
        return ChangeReason.LAW_CHANGED
    old, new = (present_states(items) for items in (before, after))
    changed = {old[key] for key in old if new.get(key) != old[key]}
    return (
        ChangeReason.CORRECTION
        if changed - {State.UNREAD.value}
        else ChangeReason.NEW_EVIDENCE
    )


def present_states(items: list[Data]) -> dict[str, str]:
    elements: Data = next((i["elements"] for i in items if "until" not in i), {})
    return {
        key: value["state"] if isinstance(value, dict) else value
        for key, value in elements.items()
    }


def supersede(writer: Writer, iso3: str, criterion: str) -> None:
    reading = models.Reading
    writer.batch.session.execute(
        sa.update(reading)
        .where(
            reading.country_iso3 == iso3,
            reading.series == writer.series,
            reading.criterion_key == criterion,
            reading.recorded_to.is_(None),
        )
        .values(recorded_to=writer.now)
    )


def save_entry(
    writer: Writer,
    record: CountryFile,
    lines: Timelines,
    criterion: str,
    entry: Entry,
    index: int | None,
    position: int,
    reason: ChangeReason,
) -> None:
    """One coding with its readings. `index` is its place in the history, or None."""
    until = entry.until if isinstance(entry, EarlierReading) else None
    given = "provisions" in entry.model_fields_set
    common = {"country_iso3": record.country, "series": writer.series}
    coding_id = writer.batch.add(
        models.Coding,
        {
            **common,
            "criterion_key": criterion,
            "position": position,
            **dated("since", entry.since),
            **dated("until", until),
            "confidence": getattr(entry, "confidence", None),
            "why": entry.why,
            "provision_keys": entry.provisions if given else None,
            "source_keys": entry.sources,
        },
    )
    for element, value in entry.elements.items():
        full = resolve(entry, value)
        line = lines[criterion, element]
        periods = lay_out([claim for _, claim in line])
        place = next(i for i, (where, _) in enumerate(line) if where == index)
        period = periods[place]
        earlier = state_before(line, periods, period)
        is_new_law = earlier is not None and is_reform(earlier, full.state)
        reading_id = writer.batch.add(
            models.Reading,
            {
                **common,
                "coding_id": coding_id,
                "criterion_key": criterion,
                "element_key": element,
                "state": full.state,
                **dated("since", full.since),
                **dated("until", until),
                "holds_from": period.start,
                "holds_until": period.end,
                "own": ",".join(getattr(value, "own", ())),
                "source_key": full.sources[0],
                "provision_key": full.provisions[0] if full.provisions else None,
                "reason": ChangeReason.LAW_CHANGED if is_new_law else reason,
                "recorded_from": writer.now,
                "recorded_to": None,
            },
        )
        link = {**common, "reading_id": reading_id}
        further = (
            (models.ReadingProvision, "provision_key", full.provisions),
            (models.ReadingSource, "source_key", full.sources),
        )
        for model, column, keys in further:
            for number, key in enumerate(keys[1:], 1):
                writer.batch.add(model, {**link, "position": number, column: key})


def state_before(
    line: list[tuple[int | None, Any]], periods: list[Period], period: Period
) -> State | None:
    """The state of the element just before this period; None where nothing says it."""
    ended = [
        (other.end, claim.state)
        for other, (_, claim) in zip(periods, line, strict=True)
        if other is not period and other.end is not None and other.end <= period.start
    ]
    return max(ended)[1] if ended else None


def save_list(
    writer: Writer, iso3: str, model: Any, before: list[Any] | None, after: list[Any]
) -> None:
    """Bills and leads have no keys: a changed list supersedes the one before."""
    if (before or []) == after:
        return
    session = writer.batch.session
    session.execute(
        sa.update(model)
        .where(
            model.country_iso3 == iso3,
            model.series == writer.series,
            model.recorded_to.is_(None),
        )
        .values(recorded_to=writer.now)
    )
    for position, item in enumerate(after):
        row = {"text": item} if model is models.Lead else bill_row(Bill(**item))
        writer.batch.add(
            model,
            {
                "country_iso3": iso3,
                "series": writer.series,
                "position": position,
                "recorded_from": writer.now,
                "recorded_to": None,
                **row,
            },
        )
    note(writer, iso3, f"{model.__tablename__}s", before or None, after or None)


def bill_row(bill: Bill) -> Data:
    return {
        "title": bill.title,
        "status": bill.status,
        "why": bill.why,
        "source_keys": bill.sources,
        "elements": bill.elements,
        **dated("dated", bill.date),
    }
