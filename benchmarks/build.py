"""A database with as many jurisdictions as asked for: the real codebook, made-up data.

    python -m benchmarks.build var/bench.db 16000

Each jurisdiction has 62 or 63 readings: every element of the codebook, over up to five
periods. Nothing is random: the same number gives the same rows.
"""

import itertools
import string
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session

from tracker.rules.codebook import ChangeReason, Codebook, Confidence, Series, State
from tracker.rules.dates import PartialDate, Precision, holding_period
from tracker.store import audit, models
from tracker.store.audit import Change
from tracker.store.codebooks import save_codebook
from tracker.store.db import make_engine
from tracker.store.migrations import upgrade
from tracker.store.tables import TREATIES, save_table

SEEDS = Path(__file__).parents[1] / "seeds"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
SEEN = date(2026, 11, 20)
YEARS = (2000, 2006, 2011, 2016, 2021, 2026)
READINGS = 62.5
REGIONS = ("Africa", "Americas", "Asia", "Europe", "Oceania")
BATCH = 100
Rows = dict[Any, list[dict[str, Any]]]


def build(path: Path, jurisdictions: int) -> int:
    """Make the database at `path`; how many readings it has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    text = (SEEDS / "codebook.yaml").read_text(encoding="utf-8")
    codebook = Codebook.from_data(yaml.load(text, Loader=yaml.CSafeLoader))
    count = 0
    with Session(engine) as session:
        audit.lock(session)
        save_treaties(session)
        save_codebook(session, codebook, text, NOW)
        numbers = itertools.count(1)
        batch: Rows = {}
        for place, iso3 in enumerate(codes(jurisdictions)):
            for model, row in jurisdiction(codebook, place, iso3, numbers):
                batch.setdefault(model, []).append(row)
                count += model is models.Reading
            if place % BATCH == BATCH - 1:
                write(session, batch)
        write(session, batch)
        record_events(session, codebook, jurisdictions)
        session.commit()
        session.execute(sa.text("ANALYZE"))
        session.commit()
    engine.dispose()
    return count


def record_events(session: Session, codebook: Codebook, jurisdictions: int) -> None:
    """What loading the files would have recorded: an event for each question read."""
    table = Change("benchmark", "added", "countries.csv")
    audit.record(session, NOW, table)
    for iso3 in codes(jurisdictions):
        added = (
            Change(
                *("benchmark", "added", f"{iso3}/{criterion.key}", iso3),
                reason=ChangeReason.NEW_EVIDENCE,
                after=[{"elements": dict.fromkeys(criterion.element_keys, "met")}],
            )
            for criterion in codebook.criteria
        )
        audit.record(session, NOW, *added)


def save_treaties(session: Session) -> None:
    import csv

    with (SEEDS / TREATIES.name).open(encoding="utf-8", newline="") as file:
        save_table(session, TREATIES, list(csv.DictReader(file)), lambda *_: None)


def write(session: Session, batch: Rows) -> None:
    for model, rows in batch.items():
        session.execute(sa.insert(model), rows)
    batch.clear()


def codes(count: int) -> Iterator[str]:
    letters = itertools.product(string.ascii_uppercase, repeat=3)
    return ("".join(code) for code in itertools.islice(letters, count))


def jurisdiction(
    codebook: Codebook, place: int, iso3: str, numbers: Iterator[int]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The rows of one jurisdiction, each after those that it refers to."""
    yield (
        models.Country,
        {
            "iso3": iso3,
            "position": place,
            "iso2": letters(place),
            "m49": "",
            "name": f"Jurisdiction {iso3}",
            "region": REGIONS[place % 5],
            "subregion": f"{REGIONS[place % 5]} {place % 4}",
            "status": "other",
            "un_since": "",
            "languages": "en",
        },
    )
    own = {"country_iso3": iso3, "series": Series.FIRST}
    yield models.CountryFile, {**own, "coded_on": SEEN}
    for number in range(4):
        yield models.Law, law(own, number)
    for number in range(12):
        yield models.Provision, provision(own, number)
    for number in range(6):
        yield models.Source, source(own, number)
    yield models.Bill, bill(own, place)
    yield from readings(codebook, place, own, numbers)


def letters(place: int) -> str:
    """Two characters that no other jurisdiction has."""
    return chr(0x4E00 + place // 128) + chr(0x4E00 + place % 128)


def law(own: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        **own,
        "key": f"law-{number}",
        "position": number,
        "withdrawn_at": None,
        "title": f"Act No. {number}, on the protection of children",
        "title_original": None,
        "language": "en",
        "enacted": date(2000, 1, 1),
        "enacted_precision": Precision.YEAR,
        "in_force": None,
        "in_force_precision": None,
        "url": None,
    }


def provision(own: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        **own,
        "key": f"act-{number}",
        "position": number,
        "withdrawn_at": None,
        "law_key": f"law-{number % 4}",
        "label": f"section {number}(1)",
        "says": "Whoever does it by means of a computer system is punished.",
        "min_years": float(number) if number % 2 else None,
        "max_years": float(number + 5),
        "life": number % 5 == 0,
    }


def source(own: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        **own,
        "key": f"s{number}",
        "position": number,
        "withdrawn_at": None,
        "url": f"https://example.org/{own['country_iso3']}/{number}/document.html",
        "title": f'Official text of Act No. {number} ("the Act"), consolidated',
        "publisher": "Official Gazette",
        "kind": ("text", "official", "secondary")[number % 3],
        "seen": SEEN,
    }


def bill(own: dict[str, Any], place: int) -> dict[str, Any]:
    return {
        **own,
        "id": place + 1,
        "position": 0,
        "title": f"A bill on grooming, No. {place}",
        "status": "first reading",
        "dated": date(2020 + place % 6, 1 + place % 12, 1),
        "dated_precision": Precision.MONTH,
        "why": "It would make solicitation an offence.",
        "source_keys": ["s0"],
        "elements": ["grooming.solicitation"],
        "recorded_from": NOW,
        "recorded_to": None,
    }


def readings(
    codebook: Codebook, place: int, own: dict[str, Any], numbers: Iterator[int]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """One to five successive periods of each element, 62 or 63 in all."""
    elements = [e for criterion in codebook.criteria for e in criterion.elements]
    wanted = int(READINGS) + place % 2 if READINGS % 1 else int(READINGS)
    periods = [1] * len(elements)
    for turn in itertools.cycle(range(len(elements))):
        if sum(periods) == wanted:
            break
        if turn % 5 == place % 5 and periods[turn] < 5:
            periods[turn] += 1
    codings: dict[tuple[str, int], int] = {}
    for turn, (element, count) in enumerate(zip(elements, periods, strict=True)):
        for period in range(5 - count, 5):
            key = (element.criterion, period)
            is_last = period == 4
            if key not in codings:
                codings[key] = next(numbers)
                yield (
                    models.Coding,
                    coding(own, element.criterion, codings[key], period),
                )
            since = PartialDate(date(YEARS[period], 3, 1), Precision.MONTH)
            until = (
                None
                if is_last
                else PartialDate(date(YEARS[period + 1], 3, 31), Precision.DAY)
            )
            start, end = holding_period(since, until, SEEN)
            number = next(numbers)
            first = (place + turn) % 12
            yield (
                models.Reading,
                {
                    **own,
                    "id": number,
                    "coding_id": codings[key],
                    "criterion_key": element.criterion,
                    "element_key": element.key,
                    "state": list(State)[(place + turn + period) % 3],
                    "since": since.first,
                    "since_precision": since.precision,
                    "until": until and until.first,
                    "until_precision": until and until.precision,
                    "holds_from": start,
                    "holds_until": end,
                    "own": "",
                    "source_key": f"s{first % 6}",
                    "provision_key": f"act-{first}",
                    "reason": ChangeReason.LAW_CHANGED
                    if period
                    else ChangeReason.NEW_EVIDENCE,
                    "recorded_from": NOW,
                    "recorded_to": None,
                },
            )
            link = {**own, "reading_id": number, "position": 1}
            if turn % 3 == 0:
                key_of = f"act-{(first + 1) % 12}"
                yield models.ReadingProvision, {**link, "provision_key": key_of}
            if turn % 2 == 0:
                key_of = f"s{(first + 1) % 6}"
                yield models.ReadingSource, {**link, "source_key": key_of}


def coding(
    own: dict[str, Any], criterion: str, number: int, period: int
) -> dict[str, Any]:
    is_last = period == 4
    return {
        **own,
        "id": number,
        "criterion_key": criterion,
        "position": period,
        "since": None,
        "since_precision": None,
        "until": None if is_last else date(YEARS[period + 1], 3, 31),
        "until_precision": None if is_last else Precision.DAY,
        "confidence": list(Confidence)[number % 3],
        "why": "The article says so.",
        "provision_keys": None,
        "source_keys": ["s0"],
    }


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), int(sys.argv[2])), "readings")
