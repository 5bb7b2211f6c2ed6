"""What the brief and the one-page comparison say, in words: page and PDF draw the same.

A sheet is plain data, ready for JSON. Nothing here decides anything about the law.
"""

import re
from typing import Any

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from tracker.links import full
from tracker.rules.answers import Answer
from tracker.rules.brief import Near, Question, checklist, plain_words
from tracker.rules.codebook import Bond, Codebook, Confidence
from tracker.rules.coverage import cover
from tracker.rules.duties import Duty
from tracker.store.brief import BOUND, Brief, Elsewhere, Gap, GapGroup
from tracker.store.brief import confidence_of as confidence
from tracker.store.dossier import CriterionView
from tracker.store.models import Provision, Source, partial
from tracker.store.treaties import DutyRow
from tracker.store.versions import DataVersion
from tracker.web.ask import ask
from tracker.web.i18n import day, label, mark, penalty, sentence
from tracker.web.typeset import drawable

Sheet = dict[str, Any]


def near_words(near: tuple[Near, ...]) -> str:
    words = {
        Near.LANGUAGE: _("same official language"),
        Near.SUBREGION: _("same subregion"),
        Near.TREATIES: _("same regional treaties"),
    }
    return sentence([words[step] for step in near]) or _("elsewhere")


def confidence_words(view: CriterionView) -> str:
    found = confidence(view)
    return _("Confidence %(words)s.", words=label(found)) if found else ""


def duty_words(row: DutyRow) -> str:
    """One duty with its article, its date and the day of the table it rests on."""
    standing = row.standing
    articles = ", ".join(row.articles)
    head = _(
        "%(treaty)s, art. %(articles)s", treaty=row.treaty.short, articles=articles
    )
    words = {
        Duty.BOUND_UNREAD: _("bound; the law was not read in full, which is no breach"),
    }
    state = words.get(row.duty) or str(label(row.duty)).lower()
    if standing is None:
        return _("%(head)s: %(state)s (in no table)", head=head, state=state)
    if standing.since is None or standing.listed is Bond.NONE:
        when = _("no date in the table")
    elif standing.listed is Bond.SIGNATORY:
        when = _("signed %(day)s", day=day(standing.since))
    else:
        when = _("ratified or acceded %(day)s", day=day(standing.since))
    return _(
        "%(head)s: %(state)s (%(when)s; table of %(table)s)",
        head=head,
        state=state,
        when=when,
        table=day(standing.as_of),
    )


def duty_item(row: DutyRow) -> Sheet:
    standing = row.standing
    return {
        "words": duty_words(row),
        "duty": row.duty.value,
        "url": standing.source.url if standing else "",
        "page": url_for("public.treaty", key=row.treaty.key),
    }


def source_item(source: Source) -> Sheet:
    return {
        "url": source.url,
        "title": source.title,
        "publisher": source.publisher,
        "note": _(
            "%(kind)s, read %(day)s", kind=label(source.kind), day=day(source.seen)
        ),
    }


def provision_item(provision: Provision) -> Sheet:
    law = provision.law
    original = law.title_original or ""
    if original.casefold() in law.title.casefold():
        original = ""
    return {
        "name": f"{provision.country_iso3}:{provision.key}",
        "law": law.title,
        "original": original,
        "is_drawable": drawable(original),
        "language": (law.language or "").split("-")[0],
        "article": provision.label,
        "says": provision.says,
        "penalty": penalty(provision),
    }


def elsewhere_item(item: Elsewhere) -> Sheet:
    low = item.confidence is Confidence.LOW
    return {
        "country": item.country.name,
        "page": url_for("public.country", iso3=item.country.iso3),
        "near": near_words(item.near),
        "low": _("low confidence") if low else "",
        "source": source_item(item.source),
        **provision_item(item.provision),
    }


def gap_item(group: GapGroup, gap: Gap) -> Sheet:
    criterion, element = group.view.criterion, gap.element.element
    steps = [s for s in group.view.steps if s.element == element.key]
    return {
        "key": element.key,
        "words": plain_words(element.test),
        "read": [provision_item(p) for p in gap.element.provisions],
        "sources": [source_item(s) for s in gap.element.sources],
        "steps": [
            _(
                "Meeting this element alone would make the answer “%(level)s”.",
                level=label(step.target),
            )
            for step in steps
        ],
        "elsewhere": [elsewhere_item(item) for item in gap.elsewhere],
        "checks": [{"text": c.text, "mind": c.mind} for c in checklist(element.test)],
        "library": url_for(
            "library.provisions", key=criterion.key, element=element.key
        ),
    }


def group_item(group: GapGroup) -> Sheet:
    view = group.view
    return {
        "key": view.criterion.key,
        "title": view.criterion.title,
        "question": view.criterion.question,
        "answer": str(label(view.derived.answer)),
        "mark": mark(view.derived.answer),
        "chip": view.derived.answer.value,
        "confidence": confidence_words(view),
        "why": view.coding.why if view.coding else "",
        "duties": [duty_item(row) for row in told(group.duties)],
        "silent": silence(group.duties),
        "gaps": [gap_item(group, gap) for gap in group.gaps],
    }


def told(rows: list[DutyRow]) -> list[DutyRow]:
    """The duties that bind, and what was only signed."""
    return [row for row in rows if row.duty in (*BOUND, Duty.SIGNED)]


def silence(rows: list[DutyRow]) -> str:
    """What the tables do not show as binding, or that no treaty speaks of it."""
    if not rows:
        return _("No treaty in the tracker asks for this in terms.")
    names = [row.treaty.short for row in rows if row.duty is Duty.NOT_KNOWN]
    if not names:
        return ""
    return _("Not known to be bound: %(treaties)s.", treaties=", ".join(names))


def standing_lines(brief: Brief) -> list[str]:
    """Where the country stands, with what is unread."""
    views = brief.dossier.criteria
    found = cover(view.derived for view in views)
    met, lacking, unread = (
        sum(getattr(view.derived, name) for view in views)
        for name in ("met", "lacking", "unread")
    )
    if not found.read:
        return [
            _(
                "Nobody has read the law of %(country)s for this tracker. That says "
                "nothing about what the law contains.",
                country=brief.dossier.country.name,
            )
        ]
    read = _(
        "The law was read, at least in part, on %(read)d of %(all)d questions; "
        "%(unread)d are not read.",
        read=found.read,
        all=found.total,
        unread=found.not_read,
    )
    if not found.not_read:
        read = _(
            "The law was read, at least in part, on all %(all)d questions.",
            all=found.total,
        )
    return [
        read,
        _(
            "Their elements: %(met)d met, %(lacking)d lacking, %(unread)d not read, of "
            "%(all)d. An element that is not read is not a gap.",
            all=met + lacking + unread,
            met=met,
            lacking=lacking,
            unread=unread,
        ),
        _(
            "Last read on %(day)s. Law on the books is not law in action.",
            day=day(brief.dossier.last_read),
        ),
    ]


def count_items(brief: Brief) -> list[Sheet]:
    """By answer: how many questions, and which."""
    items = []
    for answer in Answer:
        views = [v for v in brief.dossier.criteria if v.derived.answer is answer]
        if views:
            items.append(
                {
                    "answer": str(label(answer)),
                    "chip": answer.value,
                    "mark": mark(answer),
                    "count": len(views),
                    "titles": [view.criterion.title for view in views],
                }
            )
    return items


def question_words(brief: Brief, question: Question) -> str:
    country = brief.dossier.country.name
    if question is Question.DUTY:
        group = next(group for group in brief.groups if group.bound)
        row = group.bound[0]
        return _(
            "%(country)s is bound by: %(treaty)s, art. %(articles)s, on the subject of "
            "“%(title)s”. As far as it was read, the law lacks this: “%(element)s”. "
            "Which bill will close the gap, and by when?",
            country=country,
            treaty=row.treaty.short,
            articles=", ".join(row.articles),
            title=group.view.criterion.title,
            element=plain_words(group.gaps[0].element.element.test),
        )
    if question is Question.GAP:
        group = brief.groups[0]
        return _(
            "As far as it was read, the law lacks this: “%(element)s” (%(title)s). "
            "Will the government propose a text, and by when?",
            title=group.view.criterion.title,
            element=plain_words(group.gaps[0].element.element.test),
        )
    if question is Question.BILL:
        bill = brief.dossier.bills[0]
        dated = partial(bill.dated, bill.dated_precision)
        return _(
            "What has become of “%(title)s” (last seen: %(status)s%(when)s), and which "
            "of the elements named here would it meet?",
            title=bill.title,
            status=bill.status,
            when=f", {day(dated)}" if dated else "",
        )
    if question is Question.UNREAD:
        view = brief.unread[0]
        return _(
            "Which article, if any, provides for this: “%(element)s” (%(title)s)? "
            "Nobody has read it for this tracker.",
            element=plain_words(view.unread[0].element.test),
            title=view.criterion.title,
        )
    if question is Question.SUPERSEDED:
        titles = [view.criterion.title for view in brief.low]
        return _(
            "Which text is in force today on: %(titles)s? What was read is doubtful, "
            "conflicting or possibly superseded (low confidence).",
            titles=", ".join(titles),
        )
    return plain_question(brief, question)


def plain_question(brief: Brief, question: Question) -> str:
    """Those that no reading raises: how the law is used."""
    met = [p for view in brief.dossier.criteria for p in view.provisions]
    if question is Question.PRACTICE and met:
        return _(
            "How many investigations, prosecutions and convictions were there last "
            "year under %(law)s, %(article)s, and in how many was the offence "
            "committed online?",
            law=met[0].law.title,
            article=met[0].label,
        )
    words = {
        Question.PRACTICE: _(
            "How many investigations, prosecutions and convictions were there last "
            "year for the sexual exploitation of children, and in how many was the "
            "offence committed online?"
        ),
        Question.REQUESTS: _(
            "How many requests for evidence held by companies abroad were sent last "
            "year, and how many were answered in time to be used?"
        ),
        Question.TRAINING: _(
            "How many police officers, prosecutors and judges were trained last year "
            "on offences against children committed online?"
        ),
    }
    return words[question]


def bill_items(brief: Brief, codebook: Codebook) -> list[Sheet]:
    items = []
    for bill in brief.dossier.bills:
        dated = partial(bill.dated, bill.dated_precision)
        sources = [
            source_item(brief.dossier.sources[key])
            for key in bill.source_keys
            if key in brief.dossier.sources
        ]
        items.append(
            {
                "title": bill.title,
                "stage": bill.status,
                "date": day(dated),
                "why": bill.why,
                "meets": bill_elements(codebook, bill.elements),
                "sources": sources,
            }
        )
    return items


def bill_elements(codebook: Codebook, names: list[str] | None) -> str:
    """Which elements a bill would meet, in words; or that nobody has said."""
    if names is None:
        return _("Which elements it would meet was not read.")
    if not names:
        return _("It would meet none of the elements.")
    words = []
    for name in names:
        criterion_key, _dot, element_key = name.partition(".")
        criterion = codebook.by_key.get(criterion_key)
        if criterion and element_key in criterion.element_keys:
            test = plain_words(criterion.element(element_key).test)
            words.append(f"{criterion.title}: {test}")
        else:
            words.append(name)
    return _("It would meet, as described: %(elements)s.", elements="; ".join(words))


def version_words(version: DataVersion | None) -> str:
    if version is None:
        return ""
    return _(
        "data as recorded on %(day)s, line %(number)d (%(digest)s) of the audit trail",
        day=day(version.at.date()),
        number=version.number,
        digest=version.hash[:8],
    )


def cite_words(title: str, version: DataVersion | None, path: str) -> str:
    return _(
        "Online Child Trafficking Law Tracker, “%(title)s”, the law as read for "
        "%(day)s; codebook version %(codebook)s; %(version)s. CC BY 4.0. %(url)s",
        title=title,
        day=day(ask().day),
        codebook=ask().codebook.version,
        version=version_words(version),
        url=full(path),
    )


def lacking_words(brief: Brief) -> Sheet:
    """The heading over what is lacking, and what it means that nothing is."""
    gaps = sum(len(group.gaps) for group in brief.groups)
    if gaps:
        heading = ngettext(
            "%(num)d element was read and is lacking",
            "%(num)d elements were read and are lacking",
            gaps,
        )
        return {"lacking": heading, "no_gap": ""}
    if not any(view.derived.is_read for view in brief.dossier.criteria):
        return {
            "lacking": _("What the law lacks is not known"),
            "no_gap": _("A law that nobody has read is not a law without gaps."),
        }
    no_gap = _("Every element was read and met.")
    if brief.unread:
        no_gap = _(
            "That does not say that the law is complete: what is not read stands below."
        )
    return {
        "lacking": _("No element was found lacking in what was read"),
        "no_gap": no_gap,
    }


def brief_sheet(brief: Brief) -> Sheet:
    country = brief.dossier.country
    codebook = ask().codebook
    path = url_for("brief.brief", iso3=country.iso3, as_of=ask().day.isoformat())
    title = _("Closing the gap: %(country)s", country=country.name)
    return {
        "lang": str(get_locale() or "en"),
        "title": title,
        "subtitle": _(
            "What its law says on online child trafficking, what it lacks, and which "
            "laws elsewhere meet it; as read for %(day)s",
            day=day(ask().day),
        ),
        "country": country.name,
        "standing": standing_lines(brief),
        "counts": count_items(brief),
        **lacking_words(brief),
        "groups": mark_repeated([group_item(group) for group in brief.groups]),
        "unread": [
            {
                "key": view.criterion.key,
                "title": view.criterion.title,
                "answer": str(label(view.derived.answer)),
                "elements": [plain_words(e.element.test) for e in view.unread],
            }
            for view in brief.unread
        ],
        "bills": bill_items(brief, codebook),
        "questions": [question_words(brief, q) for q in brief.questions],
        "cite": cite_words(title, brief.version, path),
        "url": full(path),
        "short_url": re.sub(r"^https?://", "", full(path).partition("?")[0]),
        "words": brief_words(),
    }


def mark_repeated(groups: list[Sheet]) -> list[Sheet]:
    """Say of each provision whether an earlier gap told it already."""
    told_before: set[str] = set()
    for gap in (gap for group in groups for gap in group["gaps"]):
        items = [*gap["read"], *gap["elsewhere"]]
        for item in items:
            item["again"] = item["name"] in told_before
        told_before |= {item["name"] for item in items}
    return groups


def brief_words() -> Sheet:
    """The headings and labels that page and PDF share."""
    return {
        "standing": _("Where the country stands"),
        "lacking": _("Lacking"),
        "again": _("see above"),
        "read": _("Read"),
        "nothing_read": _("No article stands for it. Read"),
        "treaties": _("Treaty duty"),
        "elsewhere": _("Laws elsewhere that meet this element"),
        "none": _("Nobody has read a provision elsewhere that meets it."),
        "checks": _("A draft must make this true"),
        "boxes": _(
            "A box before an element: a draft must make it true, in these words."
        ),
        "mind": _("Mind"),
        "questions": _("Three questions to ask the ministry"),
        "unread": _("What nobody has read yet"),
        "unread_note": _("Not read is neither a gap nor a breach."),
        "bills": _("Bills, which are not law and change no answer"),
        "cite": _("Cite this brief"),
        "why": _("Why"),
        "own_title": _("title in its own language: on the page"),
        "more": _("Shortened to fit two pages. In full, with every link"),
        "page": _("Page"),
    }
