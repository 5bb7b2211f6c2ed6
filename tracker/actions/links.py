"""What a check of addresses found: sources are flagged as dead, nothing is deleted."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.actions.yamlfile import Document, Problem, read_text
from tracker.rules.permissions import Actor, Permission, require
from tracker.store import audit
from tracker.store.audit import Change
from tracker.store.contributions import LinkState
from tracker.store.models import Source

MAX_BYTES = 20_000_000
DEAD_WORDS = {"dead", "gone", "timeout", "dns", "refused", "error"}
GUARDED = {401, 403, 405, 429, 451}  # somebody is there, but keeps machines out


class LinksRefused(Exception):
    """The list has problems: nothing of it is kept."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True)
class Link:
    url: str
    status: str
    checked_on: date

    @property
    def is_dead(self) -> bool:
        if self.status.isdigit():
            return int(self.status) >= 400 and int(self.status) not in GUARDED
        return self.status.lower() in DEAD_WORDS


@dataclass(frozen=True)
class Checked:
    """How many addresses were listed, and which sources rest on dead ones."""

    listed: int
    known: int
    dead: list[tuple[str, str, str]]


def read_links(path: Path, today: date) -> list[Link]:
    """Lines of `url,status` or `url,status,day`. Raises LinksRefused."""
    document = read_text(path, str(path), MAX_BYTES)
    found = list(links_in(document, today)) if not document.problems else []
    if document.problems:
        raise LinksRefused(document.problems)
    return found


def links_in(document: Document, today: date) -> list[Link]:
    found = []
    reader = csv.reader(io.StringIO(document.text.removeprefix("\ufeff"), newline=""))
    try:
        for row in reader:
            if not row or (reader.line_num == 1 and row[0].strip().lower() == "url"):
                continue
            link = link_of(row, reader.line_num, document, today)
            if link:
                found.append(link)
    except csv.Error as error:
        document.complain_at(max(reader.line_num, 1), 1, f"is not CSV here: {error}")
    return found


def link_of(row: list[str], line: int, document: Document, today: date) -> Link | None:
    cells = [cell.strip() for cell in row]
    if not 2 <= len(cells) <= 3:
        document.complain_at(line, 1, f"has {len(cells)} cells: write url,status[,day]")
        return None
    url, status = cells[0], cells[1]
    if not url.startswith(("http://", "https://")):
        document.complain_at(line, 1, f"{url[:60]!r} is not an address")
        return None
    is_number = status.isascii() and status.isdigit() and 100 <= int(status[:4]) <= 599
    if not is_number and status.lower() not in DEAD_WORDS | {"ok"}:
        words = ", ".join(sorted(DEAD_WORDS | {"ok"}))
        column = len(url) + 2
        document.complain_at(
            line,
            column,
            f"{status[:40]!r} is no state: write an HTTP status or {words}",
        )
        return None
    try:
        day = date.fromisoformat(cells[2]) if len(cells) == 3 else today
    except ValueError:
        message = f"{cells[2][:40]!r} is not a day: write 2026-11-21"
        document.complain_at(line, len(url) + len(status) + 3, message)
        return None
    return Link(url, status, day)


def keep_links(
    session: Session, links: list[Link], *, now: datetime, actor: Actor
) -> Checked:
    """Keep the newest state of each address, and say which sources are dead."""
    require(actor, Permission.CHECK_LINKS)
    with audit.turn(session):
        kept = {state.url: state for state in session.scalars(sa.select(LinkState))}
        changed = []
        for link in links:
            state = kept.get(link.url)
            if state and state.checked_on > link.checked_on:
                continue
            if (state.is_dead if state else False) != link.is_dead:
                changed.append(f"{link.url} {link.status}")
            if state is None:
                state = kept[link.url] = LinkState(url=link.url)
                session.add(state)
            state.status, state.is_dead = link.status, link.is_dead
            state.checked_on = link.checked_on
        if changed:
            change = Change(actor.label, "checked", "links", after={"changed": changed})
            audit.record(session, now, change)
        session.flush()
        current = sa.select(Source).where(Source.withdrawn_at.is_(None))
        sources = list(session.scalars(current))
        dead = sorted(
            (source.country_iso3, source.key, source.url)
            for source in sources
            if source.url in kept and kept[source.url].is_dead
        )
        urls = {source.url for source in sources}
    return Checked(len(links), sum(link.url in urls for link in links), dead)
