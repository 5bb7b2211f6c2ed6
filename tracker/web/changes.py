"""What changed: reforms, bills, and what was read, corrected or coded anew."""

from datetime import date
from typing import Any

from flask import Blueprint, Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.exceptions import BadRequest

from tracker.rules import columns
from tracker.rules.dates import EARLIEST, exact_day
from tracker.rules.trail import Kind
from tracker.store import trail as store
from tracker.store.dossier import Reform, read_reforms
from tracker.store.models import Country, partial
from tracker.store.trail import AnswerChange, Entry, PendingBill, Scope
from tracker.web.ask import ask
from tracker.web.filters import ChangesFilter, any_of, region_choices
from tracker.web.i18n import REASONS, label
from tracker.web.listing import Listing, listing, page_of
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


@listing(bp, "/changes", "public/changes.html")
def changes() -> Listing:
    """Reforms, pending bills and, told apart from them, corrections and recodings."""
    session, codebook, day = ask().session, ask().codebook, ask().day
    everyone = ask().countries
    form = ChangesFilter.of(
        country=any_of({c.iso3: c.name for c in everyone}, _("All countries")),
        region=region_choices(ask().snapshot.regions),
        criterion=any_of(
            {c.key: c.title for c in codebook.criteria}, _("All questions")
        ),
        kind=any_of(
            {kind.value: words for kind, words in KINDS.items()}, _("Any kind")
        ),
    )
    since, kind = since_of(form), form.kind.data
    chosen = [
        c
        for c in everyone
        if form.country.data in ("", c.iso3) and form.region.data in ("", c.region)
    ]
    is_narrow = bool(form.country.data or form.region.data)
    scope = Scope(
        frozenset(c.iso3 for c in chosen) if is_narrow else None, form.criterion.data
    )
    reforms = wanted_reforms(scope, since, day) if kind in ("", Kind.REFORM) else []
    bills = wanted_bills(scope, since) if kind in ("", Kind.BILL) else []
    kinds = frozenset(Kind) - {Kind.REFORM} if not kind else frozenset({Kind(kind)})
    learned = store.read_entries(
        session, codebook, scope, since=since, kinds=kinds - {Kind.REFORM}
    )
    answers: list[AnswerChange] = []
    unread = 0
    if since and not kind:
        answers, unread = store.changed_answers(
            session, codebook, chosen, form.criterion.data, since, day
        )
    page = page_of(form.page.data, len(learned), LINES)
    rows = [
        *(reform_row(reform) for reform in reforms),
        *(answer_row(answer, since) for answer in answers),
        *(bill_row(item) for item in bills),
        *(row for entry in learned for row in entry_rows(entry)),
    ]
    return Listing(
        "changes",
        form,
        CHANGE_COLUMNS,
        rows,
        {
            "reforms": reforms,
            "bills": bills,
            "learned": page.of(learned),
            "page": page,
            "since": since,
            "answers": answers,
            "unread": unread,
            "kinds": KINDS,
            "country": next((c for c in chosen if c.iso3 == form.country.data), None),
            "reason_words": reason_words,
        },
    )


def wanted_reforms(scope: Scope, since: date | None, day: date) -> list[Reform]:
    """A reform without a date, or whose date may lie before `since`, is left out."""
    return [
        reform
        for reform in read_reforms(ask().session, day)
        if scope.has(reform.country.iso3, reform.criterion_key)
        and (since is None or (reform.when and reform.when.first >= since))
    ]


def wanted_bills(scope: Scope, since: date | None) -> list[PendingBill]:
    """Those without a date are left out where one is asked for."""
    return [
        item
        for item in store.read_bills(ask().session, scope)
        if since is None or (item.bill.dated and item.bill.dated >= since)
    ]


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
