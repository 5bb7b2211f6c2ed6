"""The history of a country as prose, from the audit trail."""

import json
from typing import Any

from flask import Blueprint, Flask
from flask_babel import gettext, ngettext

from tracker.extensions import db
from tracker.rules.brief import spaced
from tracker.rules.changes import changes, state_of
from tracker.rules.codebook import ChangeReason, Codebook, State
from tracker.rules.trail import reason_of
from tracker.store.events import public_events
from tracker.store.models import Event
from tracker.web.ask import ask
from tracker.web.filters import BlankFilter
from tracker.web.finding import find_country
from tracker.web.i18n import label, moment, path_words
from tracker.web.listing import Listing, listing

bp = Blueprint("history", __name__)


def _(text: str, **values: Any) -> str:
    return str(gettext(text, **values))


MOST_FIELDS = 6
COLUMNS = {
    "event": "Number of the event in the audit trail",
    "at": "When it was recorded (UTC)",
    "who": "Who did it: a role and number, or a name if they wish",
    "action": "added, changed or withdrawn",
    "subject": "What it is about: country and criterion or section",
    "reason": "Why it changed",
    "sentence": "The same in words",
    "hash": "SHA-256 that ties the event to the one before",
}


def subject_words(event: Event, codebook: Codebook) -> str:
    """What an event is about, in words."""
    part = event.subject.partition("/")[2]
    criterion = codebook.by_key.get(part)
    if criterion:
        return _("the reading of “%(title)s”", title=criterion.title)
    names = {
        "laws": _("the laws"),
        "provisions": _("the articles"),
        "sources": _("the sources"),
        "bills": _("the bills"),
        "coded_on": _("the day of the last change"),
    }
    if part.startswith("adjudication/"):
        _first, key, element = part.split("/")
        title = codebook.by_key[key].title if key in codebook.by_key else key
        return _(
            "two readings of “%(title)s” (%(element)s)", title=title, element=element
        )
    return names.get(part, part)


def sentence(event: Event, codebook: Codebook) -> str:
    """One event as a sentence."""
    verbs = {
        "added": _("added"),
        "changed": _("changed"),
        "withdrawn": _("withdrew"),
        "adjudicated": _("adjudicated"),
    }
    words = _(
        "On %(moment)s %(who)s %(did)s %(what)s",
        moment=moment(event.at),
        who=event.actor,
        did=verbs.get(event.action, event.action),
        what=subject_words(event, codebook),
    )
    if event.reason:
        kind = reason_of(event.reason)
        rest = event.reason.removeprefix(kind).removeprefix(": ")
        words += f" ({reason_words(kind)}{f': {rest}' if rest else ''})"
    details = detail(event)
    return f"{words}: {details}." if details else f"{words}."


def reason_words(kind: str) -> str:
    return str(label(ChangeReason(kind))) if kind in set(ChangeReason) else kind


def detail(event: Event) -> str:
    """What was so before and is so after, field by field."""
    before, after = load(event.before), load(event.after)
    if event.action == "added" or before is None:
        return whole(after)
    if after is None:
        return _("it said: %(words)s", words=whole(before))
    if isinstance(before, list) and len(before) == 1 == len(after):
        before, after = before[0], after[0]  # the one entry needs no number
    rows = [row for row in changes(before, after) if row.path[-1:] != ("position",)]
    shown = [
        _(
            "%(field)s from %(old)s to %(new)s",
            field=path_words(row.path) or _("it"),
            old=short(row.old),
            new=short(row.new),
        )
        for row in rows[:MOST_FIELDS]
    ]
    more = len(rows) - len(shown)
    if more > 0:
        shown.append(ngettext("%(num)d more field", "%(num)d more fields", more))
    return "; ".join(shown)


def whole(data: Any) -> str:
    """All of what was added, or withdrawn."""
    if isinstance(data, dict):
        return names_words(data)
    if isinstance(data, list) and all("elements" in item for item in data):
        return "; ".join(map(elements_words, data))
    if isinstance(data, list):
        return str(ngettext("%(num)d entry", "%(num)d entries", len(data)))
    return str(data or "")


def names_words(added: dict[str, Any]) -> str:
    """What was added, by title where it has one; never a list cut off in silence."""
    names = [
        (item.get("title") or item.get("label") or key)
        if isinstance(item, dict)
        else key
        for key, item in added.items()
    ]
    more = len(names) - MOST_FIELDS
    if more > 0:
        names = names[:MOST_FIELDS]
        names.append(ngettext("%(num)d more", "%(num)d more", more))
    return "; ".join(map(str, names))


def elements_words(entry: dict[str, Any]) -> str:
    """The states of one reading: what holds now, or held until a day."""
    found = ", ".join(
        f"{spaced(key)} {str(label(State(state_of(value)))).lower()}"
        for key, value in entry["elements"].items()
    )
    until = entry.get("until")
    return (
        _("until %(until)s %(states)s", until=until, states=found) if until else found
    )


def short(value: str | None) -> str:
    if value is None:
        return _("nothing")
    return f"“{value if len(value) <= 120 else value[:119] + '…'}”"


def load(text: str | None) -> Any:
    return json.loads(text) if text else None


@listing(bp, "/countries/<iso3:iso3>/history", "public/history.html")
def history(iso3: str) -> Listing:
    """What was published of a country, when, by whom and why."""
    codebook = ask().codebook
    country = find_country(iso3)
    found = [
        (event, sentence(event, codebook))
        for event in public_events(db.session, country.iso3)
    ]
    rows = [
        (
            event.id,
            event.at.isoformat(timespec="seconds"),
            event.actor,
            event.action,
            event.subject,
            event.reason,
            words,
            event.hash,
        )
        for event, words in found
    ]
    context = {"country": country, "found": found}
    return Listing(f"{country.iso3}-history", BlankFilter.of(), COLUMNS, rows, context)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
