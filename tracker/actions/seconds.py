"""Second readings: asked for, read blind, handed in; then adjudicated."""

import math
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from tracker.actions.accounts import reload_actor
from tracker.actions.check import resolve
from tracker.actions.country import Writer, save_country
from tracker.actions.proposals import (
    Conflict,
    Missing,
    NeedsWords,
    Refused,
    checked,
    stored,
)
from tracker.actions.writing import Batch
from tracker.actions.yamlfile import Problem
from tracker.rules import changes
from tracker.rules.changes import Data
from tracker.rules.codebook import ChangeReason, Codebook, Series
from tracker.rules.permissions import Actor, Forbidden, Permission, require
from tracker.rules.records import CriterionReading
from tracker.store import audit
from tracker.store.agreement import Pair, read_pairs
from tracker.store.audit import Change
from tracker.store.contributions import Adjudication, Progress, SecondReading, Stage
from tracker.store.proposals import drafts_of
from tracker.store.seconds import (
    adjudications,
    authors_of,
    find_task,
    read_countries,
    readers_of,
    reading_of,
    tasks,
    who_knows,
)


def sample(countries: list[str], share: float, seed: str) -> list[str]:
    """A share of the countries, the same for the same seed everywhere and always.

    Those whose SHA-256 of "seed:ISO3" is smallest; the count is rounded up.
    """
    ranked = sorted(countries, key=lambda c: sha256(f"{seed}:{c}".encode()).hexdigest())
    count = math.ceil(round(len(countries) * share, 6))  # 100 × 0.07 is a bit above 7
    return sorted(ranked[:count])


def ask_for(
    session: Session,
    actor: Actor,
    countries: list[str],
    drawn: str,
    *,
    now: datetime,
) -> list[str]:
    """Ask for a second reading of these; those already asked for are left out."""
    require(actor, Permission.ASK_FOR_SECOND_READING)
    with audit.turn(session):
        actor = reload_actor(session, actor)
        live = tasks(session, Progress.OPEN, Progress.READING)
        under_way = {task.country_iso3 for task in live}
        known = set(read_countries(session))
        if gone := [iso3 for iso3 in countries if iso3 not in known]:
            raise Missing(f"Nobody has read {', '.join(gone)} a first time.")
        asked = [iso3 for iso3 in countries if iso3 not in under_way]
        for iso3 in asked:
            session.add(
                SecondReading(
                    country_iso3=iso3,
                    progress=Progress.OPEN,
                    drawn=drawn,
                    asked_by_id=actor.id,
                    asked_at=now,
                )
            )
            change = Change(actor.label, "asked for", f"{iso3}/second", iso3, drawn)
            audit.record(session, now, change)
    return asked


def take(
    session: Session, actor: Actor, number: int, *, now: datetime
) -> SecondReading:
    """Begin to read a country again, blind.

    Raises Missing, Conflict, and Forbidden for whoever knows the first reading.
    """
    require(actor, Permission.READ_AGAIN)
    with audit.turn(session):
        actor = reload_actor(session, actor)
        task = find_task(session, number)
        if task is None:
            raise Missing(f"There is no second reading {number}.")
        if task.progress is not Progress.OPEN:
            raise Conflict("Somebody else has taken this country meanwhile.")
        if reading_of(session, actor.id or 0):
            raise Conflict("Hand in the country that you are reading first.")
        if actor.id in who_knows(session, task.country_iso3):
            raise Forbidden("You had a part in the first reading of this country.")
        task.progress, task.reader_id, task.taken_at = (
            Progress.READING,
            actor.id,
            now,
        )
        tell(session, now, actor, task, "taken")
    return task


def tell(
    session: Session, now: datetime, actor: Actor, task: SecondReading, action: str
) -> None:
    iso3 = task.country_iso3
    change = Change(actor.label, action, f"{iso3}/second", iso3)
    audit.record(session, now, change)


def own_task(session: Session, actor: Actor) -> SecondReading:
    found = reading_of(session, actor.id or 0)
    if found is None:
        raise Missing("You are not reading a country again just now.")
    return found


def give_back(session: Session, actor: Actor, *, now: datetime) -> None:
    """Leave a second reading to somebody else; what was written is withdrawn."""
    require(actor, Permission.READ_AGAIN)
    with audit.turn(session):
        task = own_task(session, actor)
        for draft in drafts_of(session, task.id).values():
            draft.stage, draft.decided_at = Stage.WITHDRAWN, now
        task.progress, task.reader_id, task.taken_at = Progress.OPEN, None, None
        tell(session, now, actor, task, "given back")


def own_document(
    session: Session, task: SecondReading, codebook: Codebook, day: str, but: str = ""
) -> Data:
    """What this reader has written of the country so far. Raises KeyTaken."""
    document = changes.blank(task.country_iso3, day)
    for key, draft in drafts_of(session, task.id).items():
        if draft.content and key != but:
            document = changes.apply(
                document,
                task.country_iso3,
                day,
                "reading",
                key,
                draft.content,
                codebook,
            )
    return document


def hand_in(
    session: Session, actor: Actor, codebook: Codebook, *, now: datetime
) -> SecondReading:
    """Close a second reading: from now on it is compared, and nothing of it changes.

    Raises Missing, NeedsWords where a form is unfinished, and Refused.
    """
    require(actor, Permission.READ_AGAIN)
    with audit.turn(session):
        now = audit.moment(session, now)
        actor = reload_actor(session, actor)
        task = own_task(session, actor)
        drafts = drafts_of(session, task.id)
        unfinished = [key for key, draft in drafts.items() if draft.content is None]
        if unfinished:
            raise NeedsWords(f"Not complete yet: {', '.join(unfinished)}.")
        if not drafts:
            raise NeedsWords("You have not written anything yet.")
        try:
            data = own_document(session, task, codebook, now.date().isoformat())
        except changes.KeyTaken as error:
            message = "two different entries have this key: change one of their titles"
            problem = Problem("second reading", 1, 1, str(error), message)
            raise Refused([problem]) from error
        if not data["readings"]:
            raise NeedsWords("Every element is marked as not read.")
        record = checked(data, task.country_iso3, codebook)
        batch = Batch(session)
        writer = Writer(batch, codebook, Series.SECOND, now, actor.label)
        before = stored(session, task.country_iso3, Series.SECOND)
        save_country(writer, record, before)
        batch.write()
        audit.record(session, now, *batch.changes)
        for draft in drafts.values():
            draft.stage, draft.decided_at = Stage.APPROVED, now
        task.progress, task.done_at = Progress.DONE, now
        tell(session, now, actor, task, "handed in")
    return task


def may_adjudicate(session: Session, actor: Actor, iso3: str) -> bool:
    """A third person: neither of the two readers."""
    parties = readers_of(session, iso3) | authors_of(session, iso3)
    return actor.may(Permission.ADJUDICATE) and actor.id not in parties


def adjudicate(
    session: Session,
    actor: Actor,
    iso3: str,
    criterion: str,
    element: str,
    choice: str,
    reason: str,
    codebook: Codebook,
    *,
    now: datetime,
) -> Adjudication:
    """Say which of two readings stands, and why. `choice` is `first` or `second`.

    Where the second is right, its evidence is taken over and the element published. The
    measured agreement stays what it was. Raises Forbidden, Missing, NeedsWords,
    Refused, and Conflict where it was decided meanwhile.
    """
    require(actor, Permission.ADJUDICATE)
    words = reason.strip()
    if not words:
        raise NeedsWords("Say why: an adjudication without a reason settles nothing.")
    if choice not in {"first", "second"}:
        raise NeedsWords("Choose which of the two readings stands.")
    with audit.turn(session):
        now = audit.moment(session, now)
        actor = reload_actor(session, actor)
        if not may_adjudicate(session, actor, iso3):
            raise Forbidden("A third person adjudicates, neither of the two readers.")
        pair = find_pair(session, iso3, criterion, element)
        key = (iso3, criterion, element, pair.read_again)
        if key in adjudications(session, iso3):
            raise Conflict("Somebody has adjudicated this element meanwhile.")
        decided = pair.first if choice == "first" else pair.second
        found = Adjudication(
            country_iso3=iso3,
            criterion_key=criterion,
            element_key=element,
            first_state=pair.first,
            second_state=pair.second,
            decided=decided,
            reason=words,
            second_recorded_from=pair.read_again,
            decided_at=now,
            decided_by_id=actor.id,
        )
        session.add(found)
        told = [
            Change(
                actor.label,
                "adjudicated",
                f"{iso3}/adjudication/{criterion}/{element}",
                iso3,
                words,
                {"first": pair.first.value, "second": pair.second.value},
                {"decided": decided.value},
            )
        ]
        if choice == "second":
            told += take_over(session, actor, pair, words, codebook, now)
        audit.record(session, now, *told)
    return found


def find_pair(session: Session, iso3: str, criterion: str, element: str) -> Pair:
    for pair in read_pairs(session, iso3):
        if (pair.criterion, pair.element) == (criterion, element) and pair.differs:
            return pair
    raise Missing("On that element the two readers do not differ.")


def take_over(
    session: Session,
    actor: Actor,
    pair: Pair,
    words: str,
    codebook: Codebook,
    now: datetime,
) -> list[Change]:
    """Publish the second reading of one element, with its evidence."""
    first = stored(session, pair.iso3)
    second = stored(session, pair.iso3, Series.SECOND)
    if not first or not second or pair.criterion not in first["readings"]:
        raise Conflict("The first reading was withdrawn meanwhile.")
    new = merge_element(first, second, pair, now.date().isoformat())
    batch = Batch(session)
    writer = Writer(
        batch,
        codebook,
        Series.FIRST,
        now,
        f"{actor.label}, adjudicating",
        ChangeReason.CORRECTION,
        words,
    )
    save_country(writer, checked(new, pair.iso3, codebook), first)
    batch.write()
    return batch.changes


def merge_element(first: Data, second: Data, pair: Pair, day: str) -> Data:
    """The first file with one element read as in the second, and what that rests on."""
    new: Data = {**first, "coded_on": max(day, first["coded_on"])}
    names: dict[tuple[str, str], str] = {}
    for section in changes.EVIDENCE:
        new[section] = list(first[section])
    reading = CriterionReading.model_validate(second["readings"][pair.criterion])
    full = resolve(reading, reading.elements[pair.element])
    articles = {item["key"]: item for item in second["provisions"]}
    laws = [articles[key]["law"] for key in full.provisions]
    for section, keys in (
        ("laws", laws),
        ("provisions", full.provisions),
        ("sources", full.sources),
    ):
        by_key = {item["key"]: item for item in second[section]}
        for key in dict.fromkeys(keys):
            item = dict(by_key[key])
            if section == "provisions":
                item["law"] = names["laws", item["law"]]
            names[section, key] = bring(new[section], item)
    element: Data = {"state": full.state.value, "since": full.since}
    element["provisions"] = [names["provisions", key] for key in full.provisions]
    element["sources"] = [names["sources", key] for key in full.sources]
    old = first["readings"][pair.criterion]
    elements = {**old["elements"], pair.element: element}
    new["readings"] = {
        **first["readings"],
        pair.criterion: {**old, "elements": elements},
    }
    return new


def bring(items: list[Data], item: Data) -> str:
    """Add an entry unless it is there; its key, changed where that is taken."""
    known = {other["key"]: other for other in items}
    key, number = item["key"], 2
    while key in known and known[key] != {**item, "key": key}:
        key, number = f"{item['key'][:58]}.{number}", number + 1
    if key not in known:
        items.append({**item, "key": key})
    return str(key)
