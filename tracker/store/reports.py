"""Reports from the public: the log, what waits, and the replies that are shown."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.store.contributions import Report, ReportKind, ReportState


def log(session: Session) -> Sequence[Report]:
    """Every report, the newest first."""
    query = (
        sa.select(Report).options(joinedload(Report.country)).order_by(Report.id.desc())
    )
    return session.scalars(query).all()


def replies(session: Session, iso3: str) -> Sequence[Report]:
    """A government's replies that a reviewer has verified, the oldest first."""
    query = (
        sa.select(Report)
        .where(
            Report.country_iso3 == iso3,
            Report.kind == ReportKind.REPLY,
            Report.state == ReportState.VERIFIED,
        )
        .order_by(Report.id)
    )
    return session.scalars(query).all()
