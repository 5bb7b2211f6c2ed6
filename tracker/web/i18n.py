"""Words for the vocabulary's values, dates, and what every template may call."""

import hashlib
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request
from flask_babel import format_date, get_locale, lazy_gettext, ngettext
from flask_babel import gettext as _

from tracker.rules.agreement import Reliance
from tracker.rules.answers import Answer, Level
from tracker.rules.brief import plain_words, spaced
from tracker.rules.codebook import (
    Bond,
    ChangeReason,
    Confidence,
    SourceKind,
    State,
)
from tracker.rules.dates import PartialDate, Precision
from tracker.rules.duties import Duty
from tracker.rules.permissions import Role
from tracker.store.contributions import (
    Progress,
    ReportKind,
    ReportState,
    Scope,
    Stage,
)
from tracker.store.models import partial

ANSWERS = {
    Answer.YES: lazy_gettext("Yes"),
    Answer.AT_LEAST_PARTIAL: lazy_gettext("At least partly"),
    Answer.PARTIAL: lazy_gettext("Partly"),
    Answer.AT_MOST_PARTIAL: lazy_gettext("At most partly"),
    Answer.NO: lazy_gettext("No: gap"),
    Answer.OPEN: lazy_gettext("Open: read in part"),
    Answer.UNKNOWN: lazy_gettext("Not read"),
}
MARKS = {
    Answer.YES: "●",
    Answer.AT_LEAST_PARTIAL: "◐+",
    Answer.PARTIAL: "◐",
    Answer.AT_MOST_PARTIAL: "◐−",
    Answer.NO: "○",
    Answer.OPEN: "◌",
    Answer.UNKNOWN: "?",
}
STATES = {
    State.MET: lazy_gettext("Met"),
    State.LACKING: lazy_gettext("Lacking"),
    State.UNREAD: lazy_gettext("Not read"),
}
STATE_MARKS = {State.MET: "●", State.LACKING: "○", State.UNREAD: "?"}
LEVELS = {
    Level.YES: lazy_gettext("yes"),
    Level.PARTIAL: lazy_gettext("partly"),
    Level.NO: lazy_gettext("no"),
}
DUTIES = {
    Duty.BOUND_MET: lazy_gettext("Bound and met"),
    Duty.BOUND_PARTIAL: lazy_gettext("Bound and partly met"),
    Duty.BOUND_GAP: lazy_gettext("Bound and gap"),
    Duty.BOUND_UNREAD: lazy_gettext("Bound, not fully read"),
    Duty.SIGNED: lazy_gettext("Signed only"),
    Duty.NOT_KNOWN: lazy_gettext("Not known to be bound"),
}
BONDS = {
    Bond.PARTY: lazy_gettext("Party"),
    Bond.SIGNATORY: lazy_gettext("Signed only"),
    Bond.NONE: lazy_gettext("Not a party on the day of the table"),
}
KINDS = {
    SourceKind.TEXT: lazy_gettext("the article itself"),
    SourceKind.OFFICIAL: lazy_gettext("an official description"),
    SourceKind.SECONDARY: lazy_gettext("somebody else's description"),
}
CONFIDENCES = {
    Confidence.HIGH: lazy_gettext("high: the article was read and is clear"),
    Confidence.MEDIUM: lazy_gettext(
        "medium: a summary or description was read, or the wording leaves a doubt"
    ),
    Confidence.LOW: lazy_gettext("low: doubtful, conflicting or possibly superseded"),
}
REASONS = {
    ChangeReason.LAW_CHANGED: lazy_gettext("the law changed"),
    ChangeReason.NEW_EVIDENCE: lazy_gettext("new evidence"),
    ChangeReason.RECODED: lazy_gettext("the codebook changed"),
    ChangeReason.CORRECTION: lazy_gettext("a correction"),
}
RELIANCES = {
    Reliance.RELIED_ON: lazy_gettext("relied on"),
    Reliance.TENTATIVE: lazy_gettext("tentative"),
    Reliance.NOT_YET: lazy_gettext("not yet"),
}
ROLES = {
    Role.CONTRIBUTOR: lazy_gettext("contributor"),
    Role.REVIEWER: lazy_gettext("reviewer"),
    Role.ADMINISTRATOR: lazy_gettext("administrator"),
}
SCOPES = {
    Scope.READING: lazy_gettext("a question"),
    Scope.BILLS: lazy_gettext("bills"),
    Scope.LEADS: lazy_gettext("leads"),
    Scope.FILE: lazy_gettext("an imported file"),
}
STAGES = {
    Stage.DRAFT: lazy_gettext("draft"),
    Stage.WAITING: lazy_gettext("waiting for review"),
    Stage.RETURNED: lazy_gettext("sent back to be mended"),
    Stage.APPROVED: lazy_gettext("approved and published"),
    Stage.REJECTED: lazy_gettext("rejected"),
    Stage.WITHDRAWN: lazy_gettext("withdrawn"),
    Stage.SUPERSEDED: lazy_gettext("replaced by a newer proposal"),
}
PROGRESSES = {
    Progress.OPEN: lazy_gettext("waiting for a reader"),
    Progress.READING: lazy_gettext("being read"),
    Progress.DONE: lazy_gettext("read"),
}
REPORT_KINDS = {
    ReportKind.ERROR: lazy_gettext("an error in a reading"),
    ReportKind.REPLY: lazy_gettext("a government's reply"),
}
REPORT_STATES = {
    ReportState.RECEIVED: lazy_gettext("received, not yet looked at"),
    ReportState.ACTED_ON: lazy_gettext("accepted: the reading was or will be mended"),
    ReportState.VERIFIED: lazy_gettext("verified and shown beside our reading"),
    ReportState.DECLINED: lazy_gettext("declined"),
}
FILLS = {
    Answer.YES: "#00695c",
    Answer.AT_LEAST_PARTIAL: "#f7cf88",
    Answer.PARTIAL: "#bf7a00",
    Answer.AT_MOST_PARTIAL: "#efb9bb",
    Answer.NO: "#a4262c",
    Answer.OPEN: "#cfcdd6",
    Answer.UNKNOWN: "#ffffff",
}
REGIONS = {
    "Africa": lazy_gettext("Africa"),
    "Americas": lazy_gettext("Americas"),
    "Asia": lazy_gettext("Asia"),
    "Europe": lazy_gettext("Europe"),
    "Oceania": lazy_gettext("Oceania"),
}
VALUES: tuple[dict[Any, Any], ...] = (
    ANSWERS,
    STATES,
    LEVELS,
    DUTIES,
    BONDS,
    KINDS,
    CONFIDENCES,
    REASONS,
    RELIANCES,
    ROLES,
    SCOPES,
    STAGES,
    PROGRESSES,
    REPORT_KINDS,
    REPORT_STATES,
)


WORDS = {id(key): text for words in VALUES for key, text in words.items()}


@cache
def labels(_language: str) -> dict[int, str]:
    """All words in the current language."""
    return {key: str(text) for key, text in WORDS.items()}


def label(value: Any) -> str:
    """The words for a value of the vocabulary, in the reader's language."""
    return labels(language())[id(value)]


def language() -> str:
    return str(get_locale() or "en")


def region_label(name: str) -> Any:
    return REGIONS.get(name, name)


def mark(value: Answer | State) -> str:
    """The sign that stands beside the colour, so that meaning never rests on it."""
    return STATE_MARKS[value] if isinstance(value, State) else MARKS[value]


def day(value: PartialDate | date | None) -> str:
    """A date in the reader's language, no more precise than it is known."""
    return "" if value is None else day_words(value, language())


@lru_cache(10_000)
def day_words(value: PartialDate | date, _language: str) -> str:
    if isinstance(value, date) or value.precision is Precision.DAY:
        first = value if isinstance(value, date) else value.first
        return str(format_date(first, "d MMMM y"))
    if value.precision is Precision.MONTH:
        return str(format_date(value.first, "MMMM y"))
    return str(value)


def sentence(items: list[str]) -> str:
    """Items joined as in a sentence."""
    if len(items) < 2:
        return "".join(items)
    some = ", ".join(items[:-1])
    return str(_("%(some)s and %(last)s", some=some, last=items[-1]))


def penalty(provision: Any) -> str:
    """The term of imprisonment in words; empty where none was seen."""
    least, most = provision.min_years, provision.max_years
    if least is None and most is None:
        return str(_("imprisonment for life")) if provision.life else ""
    # A plural has whole numbers: half a year takes that of two.
    last = least if most is None else most
    number = 1 if last == 1 else 2
    if most is None:
        term = ngettext(
            "at least %(low)s year", "at least %(low)s years", number, low=f"{least:g}"
        )
    elif least is None:
        term = ngettext(
            "up to %(high)s year", "up to %(high)s years", number, high=f"{most:g}"
        )
    else:
        term = ngettext(
            "%(low)s to %(high)s year",
            "%(low)s to %(high)s years",
            number,
            low=f"{least:g}",
            high=f"{most:g}",
        )
    if provision.life:
        term = _("%(term)s, or for life", term=term)
    return str(_("imprisonment: %(term)s", term=term))


def moment(value: datetime) -> str:
    """A moment of the audit trail: UTC, so that everybody names the same one."""
    return f"{format_date(value, 'd MMMM y')} {value:%H:%M} UTC"


STEPS = {
    "sent": lazy_gettext("sent for review"),
    "returned": lazy_gettext("sent back to be mended"),
    "approved": lazy_gettext("approved and published"),
    "rejected": lazy_gettext("rejected"),
    "withdrawn": lazy_gettext("withdrawn"),
    "superseded": lazy_gettext("replaced by a newer proposal"),
}
FIELDS = {
    "reading": lazy_gettext("Reading"),
    "history": lazy_gettext("History"),
    "elements": lazy_gettext("Element"),
    "since": lazy_gettext("Since"),
    "until": lazy_gettext("Until"),
    "provisions": lazy_gettext("Articles"),
    "sources": lazy_gettext("Sources"),
    "laws": lazy_gettext("Law"),
    "confidence": lazy_gettext("Confidence"),
    "why": lazy_gettext("Why"),
    "state": lazy_gettext("State"),
    "added": lazy_gettext("Added"),
    "penalty": lazy_gettext("Penalty"),
}


def step_word(action: str) -> Any:
    return STEPS.get(action, action)


def path_words(path: tuple[str, ...]) -> str:
    """A field's place in a country's file, in words where there are some."""
    return " › ".join(str(FIELDS.get(part, part)) for part in path if part)


def choose_locale() -> str:
    """The best of the languages offered for this reader."""
    offered = str(current_app.config["LANGUAGES"]).split()
    return request.accept_languages.best_match(offered) or offered[0]


def static_version(folder: Path) -> str:
    """A digest of all static files: it changes when one of them does."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def init_app(app: Flask) -> None:
    version = static_version(Path(app.root_path) / "static")
    app.config["STATIC_VERSION"] = version

    def static_url(name: str) -> str:
        return f"/static/{version}/{name}"

    app.jinja_env.globals.update(
        mark=mark,
        sentence=sentence,
        penalty=penalty,
        moment=moment,
        stage_word=step_word,
        path_words=path_words,
        static_url=static_url,
        region_label=region_label,
        Answer=Answer,
        State=State,
        Level=Level,
        Duty=Duty,
        partial=partial,
        plain_words=plain_words,
        spaced=spaced,
        FILLS=FILLS,
        site_url=app.config["SITE_URL"],
    )
    app.context_processor(here)


def here() -> dict[str, Any]:
    """This page's own address, taken apart, for links and forms that change it."""
    args = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name != "as_of" and value
    ]
    lang = language()
    words = labels(lang)
    return {
        "lang": lang,
        "label": lambda value: words[id(value)],
        "day": lambda value: "" if value is None else day_words(value, lang),
        "failed": g.get("failed", False),
        "here_args": args,
        "here_today": urlencode(args),
    }
