"""First and second readings side by side, for measuring how well two readers agree."""

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from tracker.rules.agreement import Agreement, agree
from tracker.rules.codebook import Codebook, Series, State
from tracker.store.models import Reading


def read_agreement(session: Session, codebook: Codebook) -> dict[str, Agreement]:
    """By criterion, and under "" over all: the elements that both readers read."""
    first, second = aliased(Reading), aliased(Reading)
    query = (
        sa.select(first.criterion_key, first.state, second.state)
        .join(
            second,
            sa.and_(
                first.country_iso3 == second.country_iso3,
                first.criterion_key == second.criterion_key,
                first.element_key == second.element_key,
            ),
        )
        .where(
            first.series == Series.FIRST,
            second.series == Series.SECOND,
            *(side.recorded_to.is_(None) for side in (first, second)),
            *(side.holds_until.is_(None) for side in (first, second)),
        )
    )
    pairs: dict[str, list[tuple[State, State]]] = defaultdict(list)
    for criterion, one, other in session.execute(query):
        pairs[criterion].append((one, other))
        pairs[""].append((one, other))
    keys = [criterion.key for criterion in codebook.criteria] + [""]
    return {key: agree(pairs[key]) for key in keys}
