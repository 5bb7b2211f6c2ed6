"""Lists of proposals: one's own, and those that wait for a reviewer."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.store.contributions import Proposal, Stage
from tracker.store.models import Event


def proposals_of(session: Session, account_id: int) -> Sequence[Proposal]:
    """One's own, what is to be done first."""
    query = (
        sa.select(Proposal)
        .options(joinedload(Proposal.country), joinedload(Proposal.decided_by))
        .where(Proposal.author_id == account_id, Proposal.second_reading_id.is_(None))
        .order_by(Proposal.saved_at.desc())
        .limit(500)
    )
    return session.scalars(query).all()


def queue(
    session: Session, iso3: str = "", newest_first: bool = False
) -> list[Proposal]:
    """Those that wait, the oldest first."""
    order = Proposal.sent_at.desc() if newest_first else Proposal.sent_at
    query = (
        sa.select(Proposal)
        .options(joinedload(Proposal.country), joinedload(Proposal.author))
        .where(Proposal.stage == Stage.WAITING)
        .order_by(order, Proposal.id)
    )
    if iso3:
        query = query.where(Proposal.country_iso3 == iso3)
    return list(session.scalars(query))


def steps(session: Session, subject: str) -> Sequence[Event]:
    """What happened to a proposal or report, from the audit trail."""
    query = sa.select(Event).where(Event.subject == subject).order_by(Event.id)
    return session.scalars(query).all()


def drafts_of(session: Session, second_reading_id: int) -> dict[str, Proposal]:
    """By criterion, what a second reader has written so far."""
    query = sa.select(Proposal).where(
        Proposal.second_reading_id == second_reading_id,
        Proposal.stage != Stage.WITHDRAWN,
    )
    return {str(p.criterion_key): p for p in session.scalars(query)}
