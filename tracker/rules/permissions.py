"""Who may do what: role → permissions, and endpoint → permission, in one place.

A route that `ENDPOINTS` does not name is closed to everybody. Views ask first;
the use cases ask again, because the command line comes in another way.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    CONTRIBUTOR = "contributor"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What can be done. `read` and `report` need no account."""

    READ = "read"
    REPORT = "report"
    KEEP_ACCOUNT = "keep-account"
    PROPOSE = "propose"
    READ_AGAIN = "read-again"
    REVIEW = "review"
    ASK_FOR_SECOND_READING = "ask-for-second-reading"
    ADJUDICATE = "adjudicate"
    ANSWER_REPORTS = "answer-reports"
    SEE_EVENTS = "see-events"
    KEEP_USERS = "keep-users"
    CHECK_LINKS = "check-links"


ANYBODY = frozenset({Permission.READ, Permission.REPORT})
CONTRIBUTOR = ANYBODY | {
    Permission.KEEP_ACCOUNT,
    Permission.PROPOSE,
    Permission.READ_AGAIN,
}
REVIEWER = CONTRIBUTOR | {
    Permission.REVIEW,
    Permission.ASK_FOR_SECOND_READING,
    Permission.ADJUDICATE,
    Permission.ANSWER_REPORTS,
    Permission.SEE_EVENTS,
}
ADMINISTRATOR = REVIEWER | {Permission.KEEP_USERS, Permission.CHECK_LINKS}

MAY: dict[Role | None, frozenset[Permission]] = {
    None: ANYBODY,
    Role.CONTRIBUTOR: CONTRIBUTOR,
    Role.REVIEWER: REVIEWER,
    Role.ADMINISTRATOR: ADMINISTRATOR,
}

ENDPOINTS: dict[str, Permission] = {
    "public.home": Permission.READ,
    "public.countries": Permission.READ,
    "public.country": Permission.READ,
    "public.criteria": Permission.READ,
    "public.criterion": Permission.READ,
    "public.gaps": Permission.READ,
    "public.regions": Permission.READ,
    "public.compare": Permission.READ,
    "public.treaty_list": Permission.READ,
    "public.treaty": Permission.READ,
    "public.find": Permission.READ,
    "public.method": Permission.READ,
    "public.about": Permission.READ,
    "public.adoption_by_year": Permission.READ,
    "away.away": Permission.READ,
    "brief.brief": Permission.READ,
    "brief.pdf": Permission.READ,
    "cards.site": Permission.READ,
    "cards.country": Permission.READ,
    "cards.criterion": Permission.READ,
    "changes.changes": Permission.READ,
    "comparison.pdf": Permission.READ,
    "corridor.corridor": Permission.READ,
    "embed.index": Permission.READ,
    "embed.criterion_map": Permission.READ,
    "embed.country": Permission.READ,
    "feeds.atom": Permission.READ,
    "feeds.feed_json": Permission.READ,
    "feeds.country_atom": Permission.READ,
    "feeds.country_json": Permission.READ,
    "feeds.criterion_atom": Permission.READ,
    "feeds.criterion_json": Permission.READ,
    "library.moved": Permission.READ,
    "library.provisions": Permission.READ,
    "static": Permission.READ,
    "data.index": Permission.READ,
    "data.download": Permission.READ,
    "data.codebook": Permission.READ,
    "api.country": Permission.READ,
    "api.criterion": Permission.READ,
    "api.docs": Permission.READ,
    "api.index": Permission.READ,
    "api.openapi": Permission.READ,
    "api.records": Permission.READ,
    "api.release": Permission.READ,
    "api.treaty": Permission.READ,
    "charts.chart": Permission.READ,
    "meta.catalog": Permission.READ,
    "meta.robots": Permission.READ,
    "meta.sitemap": Permission.READ,
    "releases.differences": Permission.READ,
    "releases.file": Permission.READ,
    "releases.index": Permission.READ,
    "releases.release": Permission.READ,
    "operations.alive": Permission.READ,
    "operations.ready": Permission.READ,
    "account.log_in": Permission.READ,
    "account.second_step": Permission.READ,
    "account.log_out": Permission.KEEP_ACCOUNT,
    "account.home": Permission.KEEP_ACCOUNT,
    "account.password": Permission.KEEP_ACCOUNT,
    "account.second_factor": Permission.KEEP_ACCOUNT,
    "account.drop_second_factor": Permission.KEEP_ACCOUNT,
    "account.named": Permission.KEEP_ACCOUNT,
    "propose.mine": Permission.PROPOSE,
    "propose.choose": Permission.PROPOSE,
    "propose.country": Permission.PROPOSE,
    "propose.new": Permission.PROPOSE,
    "propose.edit": Permission.PROPOSE,
    "propose.proposal": Permission.PROPOSE,
    "propose.send": Permission.PROPOSE,
    "propose.withdraw": Permission.PROPOSE,
    "propose.start_again": Permission.PROPOSE,
    "upload.start": Permission.PROPOSE,
    "review.queue": Permission.REVIEW,
    "review.decide": Permission.REVIEW,
    "review.stale": Permission.REVIEW,
    "review.reports": Permission.ANSWER_REPORTS,
    "review.answer": Permission.ANSWER_REPORTS,
    "review.events": Permission.SEE_EVENTS,
    "second.available": Permission.READ_AGAIN,
    "second.take": Permission.READ_AGAIN,
    "second.task": Permission.READ_AGAIN,
    "second.read": Permission.READ_AGAIN,
    "second.hand_in": Permission.READ_AGAIN,
    "second.give_back": Permission.READ_AGAIN,
    "second.manage": Permission.ASK_FOR_SECOND_READING,
    "second.compare": Permission.ADJUDICATE,
    "second.adjudicate": Permission.ADJUDICATE,
    "report.report": Permission.REPORT,
    "report.thanks": Permission.REPORT,
    "report.reports_log": Permission.READ,
    "history.history": Permission.READ,
}

# What a reader may open while reading a country again: nothing that shows its readings.
OPEN_WHILE_READING_AGAIN = frozenset(
    {
        "static",
        "operations.alive",
        "operations.ready",
        "public.about",
        "account.log_out",
        "account.home",
        "account.password",
        "account.second_factor",
        "account.drop_second_factor",
        "account.named",
        "account.log_in",
        "account.second_step",
        "data.codebook",
        "second.available",
        "second.task",
        "second.read",
        "second.hand_in",
        "second.give_back",
    }
)


class Forbidden(Exception):
    """The actor may not do this."""


@dataclass(frozen=True)
class Actor:
    """Who acts. `id` None is the command line; `role` None is a visitor."""

    id: int | None
    role: Role | None
    label: str

    def may(self, permission: Permission) -> bool:
        return permission in MAY[self.role]


VISITOR = Actor(None, None, "visitor")


def operator(command: str) -> Actor:
    """Whoever has the machine."""
    return Actor(None, Role.ADMINISTRATOR, command)


def require(actor: Actor, permission: Permission) -> None:
    """Raises Forbidden unless the actor may."""
    if not actor.may(permission):
        raise Forbidden(f"{actor.label} may not {permission.value.replace('-', ' ')}")


def may_decide(actor: Actor, author_id: int) -> bool:
    """Nobody decides on their own proposal."""
    return actor.may(Permission.REVIEW) and actor.id != author_id
