"""Proposals: kept as drafts, checked, sent, and decided by somebody else.

A proposal is never deleted. All of this happens under the lock of the trail, so of
two people who decide at once one wins, and the other is told what happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.actions.accounts import reload_actor
from tracker.actions.check import check_country
from tracker.actions.country import Writer, save_country
from tracker.actions.writing import Batch
from tracker.actions.yamlfile import Document, Problem, dump, parse
from tracker.rules import changes
from tracker.rules.changes import Data, Difference, KeyTaken
from tracker.rules.codebook import ChangeReason, Codebook, Series, State
from tracker.rules.permissions import (
    Actor,
    Forbidden,
    Permission,
    may_decide,
    require,
)
from tracker.rules.records import CountryFile
from tracker.store import audit
from tracker.store.audit import Change
from tracker.store.contributions import Account, Proposal, Scope, Stage
from tracker.store.documents import documents
from tracker.store.models import Country

MINE = (Stage.DRAFT, Stage.RETURNED)
LIVE = (Stage.DRAFT, Stage.RETURNED, Stage.WAITING)
LONGEST_COMMENT = 5_000
MOST_DRAFTS = 200


class Missing(LookupError):
    """There is no such thing, or not for this person."""


class Conflict(Exception):
    """Somebody was quicker. `differences` is what changed meanwhile."""

    def __init__(self, message: str, differences: Iterable[Difference] = ()) -> None:
        super().__init__(message)
        self.differences = list(differences)


class Refused(ValueError):
    """The change breaks the evidence rules; `problems` says where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class NeedsWords(ValueError):
    """A decision or proposal without the reason that it needs."""


class Decision(StrEnum):
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


OUTCOMES = {
    Decision.APPROVE: Stage.APPROVED,
    Decision.RETURN: Stage.RETURNED,
    Decision.REJECT: Stage.REJECTED,
}


@dataclass(frozen=True)
class Target:
    """What a proposal is about."""

    iso3: str
    scope: Scope
    criterion: str | None = None


@dataclass(frozen=True)
class Typed:
    """What a form holds: all that was typed, and the change it amounts to, if valid."""

    form: list[Any]
    content: Data | None
    reason: ChangeReason | None
    comment: str


def stored(session: Session, iso3: str, series: Series = Series.FIRST) -> Data | None:
    return documents(session, series, iso3).get(iso3)


def applied(
    document: Data | None, target: Target, change: Data, codebook: Codebook, day: str
) -> Data:
    """The country's file with the change made and checked. Raises Refused, KeyTaken."""
    new = changes.apply(
        document,
        target.iso3,
        day,
        target.scope.value,
        target.criterion,
        change,
        codebook,
    )
    checked(new, target.iso3, codebook)
    return new


def checked(data: Data, iso3: str, codebook: Codebook) -> CountryFile:
    """The record; raises Refused with every broken evidence rule."""
    document = Document("proposal", dump(data))
    parse(document)
    record = check_country(document, iso3, codebook)
    if document.problems or record is None:
        raise Refused(document.problems)
    return record


def law_change_problems(
    base: Any, change: Data, reason: ChangeReason | None
) -> list[Problem]:
    """A law that changed leaves an earlier reading behind: only then it is a reform."""
    if reason is not ChangeReason.LAW_CHANGED or "reading" not in change:
        return []
    old, new = changes.states(base["reading"]), changes.states(change["reading"])
    changed = [
        key
        for key, state in old.items()
        if State.UNREAD not in (state, new.get(key, State.UNREAD)) and state != new[key]
    ]
    ended = {key for entry in change["history"] for key in entry["elements"]}
    message = "changed because the law did: say until when the earlier reading held"
    return [
        Problem("proposal", 1, 1, key, message) for key in changed if key not in ended
    ]


def target_of(proposal: Proposal) -> Target:
    return Target(proposal.country_iso3, proposal.scope, proposal.criterion_key)


def find_proposal(session: Session, number: int) -> Proposal:
    """Raises Missing."""
    found = session.get(Proposal, number, populate_existing=True)
    if found is None:
        raise Missing(f"There is no proposal {number}.")
    return found


def own_proposal(session: Session, actor: Actor, number: int) -> Proposal:
    found = find_proposal(session, number)
    if found.author_id != actor.id:
        raise Forbidden("Only its author may change a proposal.")
    return found


def save_draft(
    session: Session,
    actor: Actor,
    target: Target,
    typed: Typed,
    *,
    number: int | None = None,
    version: int = 0,
    second_reading: int | None = None,
    now: datetime,
) -> Proposal:
    """Keep what was typed, valid or not. For its author, while it is theirs to change.

    A waiting proposal that is edited is a draft again. Raises Missing, Forbidden, and
    Conflict where it was saved elsewhere or decided meanwhile.
    """
    require(actor, Permission.READ_AGAIN if second_reading else Permission.PROPOSE)
    with audit.turn(session):
        actor = reload_actor(session, actor)
        proposal = (
            new_draft(session, actor, target, second_reading, now)
            if number is None
            else own_proposal(session, actor, number)
        )
        if number is not None:
            require_stage(proposal, LIVE, version)
        if proposal.stage is Stage.WAITING:
            proposal.stage = Stage.DRAFT
        keep_typed(proposal, typed, now)
    return proposal


def save_drafts(
    session: Session,
    actor: Actor,
    found: Iterable[tuple[Target, Typed]],
    *,
    now: datetime,
) -> list[Proposal]:
    """A new draft for each, all of them or none. Raises Missing and Conflict."""
    require(actor, Permission.PROPOSE)
    drafts = []
    with audit.turn(session):
        actor = reload_actor(session, actor)
        for target, typed in found:
            drafts.append(new_draft(session, actor, target, None, now))
            keep_typed(drafts[-1], typed, now)
    return drafts


def keep_typed(proposal: Proposal, typed: Typed, now: datetime) -> None:
    proposal.version += 1
    proposal.saved_at = now
    proposal.form = typed.form
    proposal.content = typed.content
    proposal.reason = typed.reason
    proposal.comment = typed.comment[:LONGEST_COMMENT]


def new_draft(
    session: Session,
    actor: Actor,
    target: Target,
    second_reading: int | None,
    now: datetime,
) -> Proposal:
    if session.get(Country, target.iso3) is None:
        raise Missing(f"{target.iso3} is not a country.")
    count = sa.select(sa.func.count()).where(
        Proposal.author_id == actor.id, Proposal.stage == Stage.DRAFT
    )
    if (session.scalar(count) or 0) >= MOST_DRAFTS:
        raise Conflict(f"You have {MOST_DRAFTS} drafts: send or withdraw some first.")
    document = None if second_reading else stored(session, target.iso3)
    proposal = Proposal(
        country_iso3=target.iso3,
        scope=target.scope,
        criterion_key=target.criterion,
        author_id=actor.id,
        second_reading_id=second_reading,
        stage=Stage.DRAFT,
        version=0,
        base=changes.part_of(document, target.scope.value, target.criterion),
        created_at=now,
        comment="",
    )
    session.add(proposal)
    return proposal


def require_stage(proposal: Proposal, stages: Iterable[Stage], version: int) -> None:
    if proposal.stage not in stages:
        raise Conflict(told(proposal))
    if proposal.version != version:
        raise Conflict(
            f"This proposal was saved again at {proposal.saved_at:%H:%M} UTC, in "
            "another window or by its author. What you see is older."
        )


def told(proposal: Proposal) -> str:
    """What became of it, for whoever comes second."""
    if proposal.decided_by and proposal.decided_at:
        return (
            f"{proposal.decided_by.label} decided on this proposal at "
            f"{proposal.decided_at:%Y-%m-%d %H:%M} UTC: it is {proposal.stage.value}."
        )
    return f"This proposal is {proposal.stage.value}."


def start_again(
    session: Session, actor: Actor, number: int, version: int, *, now: datetime
) -> Proposal:
    """Take what stands now as the base, having seen what changed. For the author."""
    require(actor, Permission.PROPOSE)
    with audit.turn(session):
        proposal = own_proposal(session, reload_actor(session, actor), number)
        require_stage(proposal, LIVE, version)
        document = stored(session, proposal.country_iso3)
        proposal.base = changes.part_of(
            document, proposal.scope.value, proposal.criterion_key
        )
        proposal.version += 1
        proposal.saved_at = now
        if proposal.stage is Stage.WAITING:
            proposal.stage = Stage.DRAFT
    return proposal


def base_changes(session: Session, proposal: Proposal) -> list[Difference]:
    """What was published of the same thing since the proposal was begun."""
    if proposal.second_reading_id:
        return []
    document = stored(session, proposal.country_iso3)
    now = changes.part_of(document, proposal.scope.value, proposal.criterion_key)
    return changes.changes(proposal.base, now)


def require_base(session: Session, proposal: Proposal) -> Data | None:
    """The country's file as it stands. Raises Conflict where the base has changed."""
    document = stored(session, proposal.country_iso3)
    now = changes.part_of(document, proposal.scope.value, proposal.criterion_key)
    if now != proposal.base:
        raise Conflict(
            "Something else was published here since this proposal was made.",
            changes.changes(proposal.base, now),
        )
    return document


def send(
    session: Session,
    actor: Actor,
    number: int,
    version: int,
    codebook: Codebook,
    *,
    now: datetime,
) -> Proposal:
    """Ask for review. An older waiting proposal of theirs on the same is superseded.

    Raises Missing, Forbidden, Conflict, Refused, NeedsWords.
    """
    require(actor, Permission.PROPOSE)
    with audit.turn(session):
        actor = reload_actor(session, actor)
        proposal = own_proposal(session, actor, number)
        require_stage(proposal, MINE, version)
        if proposal.second_reading_id:
            raise Forbidden("A second reading is handed in, not proposed.")
        document = require_base(session, proposal)
        require_change(proposal, document, codebook, now)
        was = proposal.stage
        proposal.stage, proposal.sent_at = Stage.WAITING, now
        proposal.version += 1
        told = [step(actor, proposal, "sent", was, proposal.comment)]
        told += supersede_older(session, actor, proposal, now)
        audit.record(session, now, *told)
    return proposal


def require_change(
    proposal: Proposal, document: Data | None, codebook: Codebook, now: datetime
) -> Data:
    """The file as it would be. Raises Refused, NeedsWords, Conflict."""
    if proposal.content is None or proposal.reason is None:
        raise NeedsWords("The form is not complete yet: preview it and mend it.")
    if not proposal.comment.strip():
        raise NeedsWords("Say why: the reviewer and the audit trail need it.")
    problems = law_change_problems(proposal.base, proposal.content, proposal.reason)
    if problems:
        raise Refused(problems)
    day, target = now.date().isoformat(), target_of(proposal)
    try:
        new = applied(document, target, proposal.content, codebook, day)
    except KeyTaken as error:
        raise Conflict(f"The key {error} was published for something else.") from error
    part = changes.part_of(new, target.scope.value, target.criterion)
    if part == proposal.base:
        raise NeedsWords("Nothing is changed yet.")
    return new


def step(
    actor: Actor, proposal: Proposal, action: str, was: Stage, reason: str
) -> Change:
    """The event of a step of a proposal."""
    return Change(
        actor=actor.label,
        action=action,
        subject=f"proposal/{proposal.id}",
        country_iso3=proposal.country_iso3,
        reason=reason,
        before=was.value,
        after=proposal.stage.value,
    )


def supersede_older(
    session: Session, actor: Actor, proposal: Proposal, now: datetime
) -> list[Change]:
    older = session.scalars(
        sa.select(Proposal).where(
            Proposal.author_id == proposal.author_id,
            Proposal.country_iso3 == proposal.country_iso3,
            Proposal.scope == proposal.scope,
            Proposal.criterion_key.is_not_distinct_from(proposal.criterion_key),
            Proposal.second_reading_id.is_(None),
            Proposal.stage.in_((Stage.WAITING, Stage.RETURNED)),
            Proposal.id != proposal.id,
        )
    )
    told = []
    for other in older:
        was, other.stage = other.stage, Stage.SUPERSEDED
        other.version += 1
        other.decided_at = now
        reason = f"replaced by proposal {proposal.id}"
        told.append(step(actor, other, "superseded", was, reason))
    return told


def withdraw(
    session: Session, actor: Actor, number: int, version: int, *, now: datetime
) -> Proposal:
    """Take one's own proposal back; it stays to be seen."""
    require(actor, Permission.PROPOSE)
    with audit.turn(session):
        actor = reload_actor(session, actor)
        proposal = own_proposal(session, actor, number)
        require_stage(proposal, LIVE, version)
        was, proposal.stage = proposal.stage, Stage.WITHDRAWN
        proposal.version += 1
        proposal.decided_at = now
        audit.record(session, now, step(actor, proposal, "withdrawn", was, ""))
    return proposal


def decide(
    session: Session,
    actor: Actor,
    number: int,
    version: int,
    decision: Decision,
    comment: str,
    codebook: Codebook,
    *,
    now: datetime,
) -> Proposal:
    """Approve (and publish at once), send back, or reject a waiting proposal.

    For a reviewer who is not its author. Raises Missing, Forbidden, NeedsWords,
    Refused, and Conflict where it was decided, changed, or its base changed meanwhile.
    """
    require(actor, Permission.REVIEW)
    words = comment.strip()
    if decision is not Decision.APPROVE and not words:
        raise NeedsWords("Say why: the contributor needs it to go on.")
    with audit.turn(session):
        now = audit.moment(session, now)
        actor = reload_actor(session, actor)
        proposal = find_proposal(session, number)
        if not may_decide(actor, proposal.author_id):
            raise Forbidden("Nobody decides on their own proposal.")
        require_stage(proposal, [Stage.WAITING], version)
        told = (
            publish(session, actor, proposal, codebook, now)
            if decision is Decision.APPROVE
            else []
        )
        was, proposal.stage = proposal.stage, OUTCOMES[decision]
        proposal.version += 1
        if decision is not Decision.RETURN:
            proposal.decided_at, proposal.decided_by_id = now, actor.id
        told.append(step(actor, proposal, proposal.stage.value, was, words))
        audit.record(session, now, *told)
    return proposal


def publish(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    codebook: Codebook,
    now: datetime,
) -> list[Change]:
    """Write the proposal's change; the events that tell of it. Does not commit."""
    document = require_base(session, proposal)
    new = require_change(proposal, document, codebook, now)
    author = session.get_one(Account, proposal.author_id)
    batch = Batch(session)
    writer = Writer(
        batch=batch,
        codebook=codebook,
        series=Series.FIRST,
        now=now,
        actor=f"{author.label}, approved by {actor.label}",
        reason=proposal.reason,
        words=f"proposal {proposal.id}: {proposal.comment}",
    )
    save_country(writer, checked(new, proposal.country_iso3, codebook), document)
    batch.write()
    return batch.changes
