"""What a visitor asks: the day, the codebook it is answered with, and a valid query."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from flask import Flask, g, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, ServiceUnavailable

from tracker.extensions import db
from tracker.problems import is_for_programs
from tracker.rules.codebook import Codebook, Criterion
from tracker.rules.dates import EARLIEST, exact_day
from tracker.store.grid import Grid
from tracker.store.models import Country, Treaty
from tracker.store.snapshot import Snapshot
from tracker.version import newest_day, snapshot

MAX_QUERY = 4_096
ResultT = TypeVar("ResultT")


@dataclass
class Ask:
    """One request's day and data."""

    session: Session

    @cached_property
    def snapshot(self) -> Snapshot:
        """What this process keeps of the data's present version."""
        return snapshot()

    @property
    def codebook(self) -> Codebook:
        codebook = self.snapshot.codebook
        if codebook is None:
            raise ServiceUnavailable("no data is loaded yet: run `tracker load seeds`")
        return codebook

    def need_data(self) -> None:
        """Raises ServiceUnavailable before the first load."""
        if not self.codebook.criteria:
            raise ServiceUnavailable("the codebook has no criteria: load the seeds")

    @property
    def countries(self) -> list[Country]:
        return self.snapshot.countries

    def grid(
        self,
        countries: Sequence[Country],
        criteria: Sequence[Criterion] | None = None,
        day: date | None = None,
    ) -> Grid:
        """The answers of `countries` on this request's day, or on another."""
        return self.snapshot.grid(self.session, day or self.day, countries, criteria)

    @cached_property
    def core(self) -> Grid:
        """Everybody's answers to the core questions, looked up once for a page."""
        return self.grid(self.countries, self.codebook.core)

    def column(self, criterion: Criterion) -> Grid:
        """Everybody's answers to one question."""
        is_core = criterion in self.codebook.core
        return self.core if is_core else self.grid(self.countries, [criterion])

    @property
    def treaties(self) -> list[Treaty]:
        return self.snapshot.treaties

    def memo(self, name: Hashable, make: Callable[[], ResultT]) -> ResultT:
        """What `make` returned for this name and day, made once while the data stands.

        For results that cost the same to keep however many countries there are.
        """
        return self.snapshot.memo((name, self.day), make)

    def order(self, name: Hashable, make: Callable[[], ResultT]) -> ResultT:
        """The same for the order of a long list, of which a page reads its own rows."""
        return self.snapshot.order((name, self.day), make)

    @cached_property
    def newest(self) -> date:
        """The last day that may be asked about."""
        return newest_day()

    @cached_property
    def given(self) -> date | None:
        """The day in `?as_of=`; raises BadRequest for anything but a day that was."""
        text = request.args.get("as_of")
        if not text:
            return None
        found = exact_day(text)
        if found is None:
            raise BadRequest(
                f"as_of={text[:40]!r} is not a day: write it as 2019-08-03."
            )
        if not EARLIEST <= found <= self.newest:
            raise BadRequest(
                f"as_of={text!r} is out of range: name a day from {EARLIEST} to "
                f"{self.newest}, the last day on which the law was read."
            )
        return found

    @cached_property
    def day(self) -> date:
        return self.given or self.newest


def ask() -> Ask:
    """This request's, made once."""
    if "ask" not in g:
        g.ask = Ask(db.session)
    found: Ask = g.ask
    return found


def refuse_bad_queries() -> None:
    """Queries that no page of ours makes, before anything reads them."""
    if len(request.query_string) > MAX_QUERY:
        raise BadRequest(
            f"The address is too long: after the question mark {MAX_QUERY:,} "
            "characters are read at most."
        )
    values = [request.path, *request.args.keys()]
    values += [value for found in request.args.listvalues() for value in found]
    if any("\x00" in value for value in values):
        raise BadRequest("The address contains a null byte, which no page of ours has.")
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError:
        values.append("\ufffd")
    if any("\ufffd" in value for value in values):
        raise BadRequest("The address is not UTF-8.")
    if "as_of" in request.args and not is_for_programs():
        _ = ask().given


def keep_as_of(endpoint: str, values: dict[str, object]) -> None:
    """Links on a page about a day lead to pages about that day."""
    if "ask" in g and "as_of" not in values and "failed" not in g and g.ask.given:
        values["as_of"] = g.ask.given.isoformat()


def init_app(app: Flask) -> None:
    app.before_request(refuse_bad_queries)
    app.url_defaults(keep_as_of)
    app.context_processor(lambda: {"ask": ask()})
