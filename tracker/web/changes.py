"""What changed: reforms, bills, and what was read, corrected or coded anew."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, TypeVar

from flask import Blueprint, Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.exceptions import BadRequest

from tracker.rules import columns
from tracker.rules.codebook import Criterion
from tracker.rules.dates import EARLIEST, exact_day
from tracker.rules.trail import Kind
from tracker.store import reforms, trail
from tracker.store.dossier import Reform
from tracker.store.models import Country, partial
from tracker.store.scope import Scope
from tracker.store.trail import AnswerChange, Entry, PendingBill
from tracker.web.ask import ask
from tracker.web.filters import (
    ChangesFilter,
    Places,
    any_of,
    region_choices,
)
from tracker.web.i18n import REASONS, label
from tracker.web.listing import (
    PAGE_SIZE,
    Listing,
    Page,
    Window,
    chunks,
    listing,
    page_of,
)
from tracker.web.sheets import bill_elements

bp = Blueprint("changes", __name__)

KINDS = {
    Kind.REFORM: lazy_gettext("Reform: the law changed"),
    Kind.BILL: lazy_gettext("Bill"),
    Kind.READING: lazy_gettext("New reading or evidence"),
    Kind.CORRECTION: lazy_gettext("Correction"),
    Kind.RECODING: lazy_gettext("Codebook changed"),
    Kind.TREATY: lazy_gettext("Treaty status"),
}
LINES = 60  # what was learned, on a page
ITEMS = 100  # reforms, and bills, on a page
ResultT = TypeVar("ResultT")
CHANGE_COLUMNS = {
    "kind": "reform, bill, answer, reading, correction, recoding or treaty",
    **columns.COUNTRY,
    "criterion": "Key of the criterion",
    "element": "Key of the element; of a bill: the elements that it would meet",
    "before": "State or answer before; of a bill: empty",
    "after": "State or answer after; of a bill: its stage",
    "date": "When the law changed, or the bill's date, as seen; empty: not seen",
    "recorded": "When we recorded it; empty for what stands on record only",
    "reason": "law-changed, new-evidence, recoded or correction",
    "title": "Title of the bill, or what the change is about",
    "source_url": "Address of a bill's first source",
    "id": "Id of the entry in the feeds",
}


def since_of(form: ChangesFilter) -> date | None:
    """The day in `?since=`; raises BadRequest for anything but a day that was."""
    text = form.since.data or ""
    if not text:
        return None
    found = exact_day(text)
    if found is None:
        raise BadRequest(f"since={text[:40]!r} is not a day: write it as 2019-08-03.")
    if not EARLIEST <= found <= ask().newest:
        raise BadRequest(
            f"since={text!r} is out of range: name a day from {EARLIEST} to "
            f"{ask().newest}."
        )
    return found


@dataclass(frozen=True)
class Wanted:
    """What a list of changes is narrowed to."""

    scope: Scope
    since: date | None
    kind: str

    def has(self, kind: Kind) -> bool:
        return self.kind in ("", kind)

    @property
    def parts(self) -> set[str]:
        """What the page speaks of; of the rest nothing was asked."""
        wanted = {
            "reforms": self.has(Kind.REFORM),
            "answers": bool(self.since and not self.kind),
            "bills": self.has(Kind.BILL),
            "learned": self.kind != Kind.REFORM,
        }
        return {part for part, is_wanted in wanted.items() if is_wanted}

    @property
    def countries(self) -> list[Country]:
        """Those whose answers then and now are compared."""
        if "answers" not in self.parts:
            return []
        found = ask().snapshot.narrowed(region=self.scope.region)
        only = self.scope.country
        return [c for c in found if c.iso3 == only] if only else found

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        codebook = ask().codebook
        return codebook.ordered([self.scope.criterion]) or codebook.criteria

    def order(self, kind: str, make: Callable[[], ResultT]) -> ResultT:
        return ask().order(("changes", kind, self), make)


@listing(bp, "/changes", "public/changes.html")
def changes() -> Listing:
    """Reforms, pending bills and, told apart from them, corrections and recodings."""
    snapshot, codebook = ask().snapshot, ask().codebook
    form = ChangesFilter.of(
        country=Places(snapshot.by_iso3, _("All countries")),
        region=region_choices(snapshot.regions),
        criterion=any_of(
            {c.key: c.title for c in codebook.criteria}, _("All questions")
        ),
        kind=any_of(
            {kind.value: words for kind, words in KINDS.items()}, _("Any kind")
        ),
    )
    scope = Scope(form.country.data, form.region.data, form.criterion.data)
    wanted = Wanted(scope, since_of(form), form.kind.data)
    reformed, bills, learned = (
        numbers(wanted) for numbers in (reform_numbers, bill_numbers, event_numbers)
    )
    differing = differing_answers(wanted)
    page = page_of(form.page.data, len(learned), LINES)
    reform_page = page_of(form.reforms.data, len(reformed), ITEMS)
    bill_page = page_of(form.bills.data, len(bills), ITEMS)
    answer_page = page_of(form.answers.data, len(differing.rows), PAGE_SIZE)
    return Listing(
        "changes",
        form,
        CHANGE_COLUMNS,
        chain(
            (reform_row(r) for some in chunks(reformed) for r in read_reforms(some)),
            (
                answer_row(answer, wanted.since)
                for some in chunks(wanted.countries)
                for answer in read_answers(wanted, some)
            ),
            (bill_row(b) for some in chunks(bills) for b in read_bills(some)),
            (
                row
                for some in chunks(learned)
                for entry in read_entries(some)
                for row in entry_rows(entry)
            ),
        ),
        {
            "reforms": read_reforms(reform_page.of(reformed)),
            "reform_page": reform_page,
            "bills": read_bills(bill_page.of(bills)),
            "bill_page": bill_page,
            "learned": read_entries(page.of(learned)),
            "page": page,
            "since": wanted.since,
            "answers": answers_of(wanted, differing, answer_page),
            "answer_page": answer_page,
            "unread": differing.unread,
            "kinds": KINDS,
            "shown": wanted.parts,
            "country": snapshot.by_iso3.get(form.country.data),
            "reason_words": reason_words,
        },
    )


def reform_numbers(wanted: Wanted) -> Sequence[int]:
    """A reform without a date, or whose date may lie before `since`, is left out."""
    if not wanted.has(Kind.REFORM):
        return ()
    session, scope, since = ask().session, wanted.scope, wanted.since
    return wanted.order(
        Kind.REFORM,
        lambda: reforms.latest_numbers(session, ask().day, scope, since=since),
    )


def bill_numbers(wanted: Wanted) -> Sequence[int]:
    """Those without a date are left out where one is asked for."""
    if not wanted.has(Kind.BILL):
        return ()
    scope, since = wanted.scope, wanted.since
    return wanted.order(
        Kind.BILL, lambda: trail.bill_numbers(ask().session, scope, since)
    )


def event_numbers(wanted: Wanted) -> Sequence[int]:
    if "learned" not in wanted.parts:
        return ()
    kinds = {kind for kind in Kind if wanted.has(kind)} - {Kind.REFORM}

    def make() -> Sequence[int]:
        found = trail.event_numbers(
            ask().session,
            ask().codebook,
            wanted.scope,
            since=wanted.since,
            kinds=kinds,
        )
        return array("q", found)

    return wanted.order("learned", make)


def read_reforms(numbers: Sequence[int]) -> list[Reform]:
    return reforms.read_reforms(ask().session, numbers)


def read_bills(numbers: Sequence[int]) -> list[PendingBill]:
    return trail.read_bills(ask().session, numbers)


def read_entries(numbers: Sequence[int]) -> list[Entry]:
    return trail.read_entries(ask().session, ask().codebook, numbers)


@dataclass(frozen=True)
class Differing:
    """For each answer that differs the place of its country, and how many were unread."""

    rows: Sequence[int] = ()
    unread: int = 0


def differing_answers(wanted: Wanted) -> Differing:
    countries = wanted.countries

    def make() -> Differing:
        rows, unread = array("l"), 0
        places = {country.iso3: place for place, country in enumerate(countries)}
        for answer in compared(wanted, countries):
            if answer.then.is_read:
                rows.append(places[answer.country.iso3])
            else:
                unread += 1
        return Differing(rows, unread)

    return wanted.order("answers", make) if countries else Differing()


def compared(wanted: Wanted, countries: Sequence[Country]) -> Iterator[AnswerChange]:
    if wanted.since:
        then = ask().grid(countries, wanted.criteria, wanted.since)
        yield from trail.changed_answers(then, ask().grid(countries, wanted.criteria))


def read_answers(
    wanted: Wanted, countries: Sequence[Country]
) -> Iterator[AnswerChange]:
    """Answers that were read on both days and differ."""
    return (item for item in compared(wanted, countries) if item.then.is_read)


def answers_of(wanted: Wanted, found: Differing, page: Page) -> Sequence[AnswerChange]:
    window = Window(found.rows, page)
    countries = wanted.countries
    some = [countries[place] for place in window.keys_shown]
    return window.of(read_answers(wanted, some))


def reason_words(entry: Entry) -> str:
    words = {reason.value: text for reason, text in REASONS.items()}
    return str(words.get(entry.reason, ""))


def place_cells(country: Country | None) -> tuple[Any, Any]:
    return (country.iso3, country.name) if country else (None, None)


def reform_row(reform: Reform) -> tuple[Any, ...]:
    return (
        Kind.REFORM,
        *place_cells(reform.country),
        reform.criterion_key,
        reform.element_key,
        reform.before,
        reform.after,
        str(reform.when or ""),
        *(None, "law-changed", None, None, None),
    )


def answer_row(item: AnswerChange, since: date | None) -> tuple[Any, ...]:
    return (
        "answer",
        *place_cells(item.country),
        item.criterion.key,
        None,
        item.then.answer,
        item.now.answer,
        *(None, None, None),
        f"read answer on {since} and now",
        *(None, None),
    )


def bill_row(item: PendingBill) -> tuple[Any, ...]:
    bill = item.bill
    return (
        Kind.BILL,
        *place_cells(item.country),
        None,
        None if bill.elements is None else " ".join(bill.elements),
        None,
        bill.status,
        str(partial(bill.dated, bill.dated_precision) or ""),
        *(None, None),
        bill.title,
        item.sources[0].url if item.sources else None,
        None,
    )


def entry_rows(entry: Entry) -> list[tuple[Any, ...]]:
    """One row an element whose state changed, or one for what has no elements."""
    recorded = entry.at.isoformat(timespec="seconds")
    head = (entry.kind, *place_cells(entry.country), entry.criterion)
    tail = (None, recorded, entry.reason)
    if not entry.shifts:
        title = "; ".join(entry.details[:20])
        return [(*head, None, None, None, *tail, title, None, entry.urn)]
    return [
        (*head, s.element, s.before, s.after, *tail, None, None, entry.urn)
        for s in entry.shifts
    ]


def title_of(entry: Entry) -> str:
    """An entry in one line, for the feeds."""
    who = entry.country.name if entry.country else _("All countries")
    criterion = ask().codebook.by_key.get(entry.criterion or "")
    what = [who, criterion.title] if criterion else [who]
    return f"{', '.join(what)}: {KINDS[entry.kind]}"


def lines_of(entry: Entry) -> list[str]:
    """What an entry says, line by line, with the reason it was recorded for."""
    criterion = ask().codebook.by_key.get(entry.criterion or "")

    def test(key: str) -> str:
        known = criterion and key in criterion.element_keys
        return criterion.element(key).test if criterion and known else key

    def words(state: Any) -> str:
        return str(label(state)).lower() if state else _("no entry")

    reform = entry.reform
    if reform:
        when = str(reform.when) if reform.when else _("on a day that was not seen")
        return [
            _(
                "%(test)s: %(before)s, then %(after)s; the law changed %(when)s.",
                test=test(reform.element_key),
                before=words(reform.before),
                after=words(reform.after),
                when=when,
            )
        ]
    lines = [
        f"{test(s.element)}: {words(s.before)} → {words(s.after)}" for s in entry.shifts
    ]
    lines += entry.details[:20]
    if len(entry.details) > 20:
        lines.append(_("and %(n)d more", n=len(entry.details) - 20))
    if not lines:
        lines.append(_("No state changed: its evidence, dates or wording did."))
    if entry.reason:
        lines.append(_("Recorded because of: %(reason)s.", reason=reason_words(entry)))
    return lines


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(bill_elements=bill_elements)
