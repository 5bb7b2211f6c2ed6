"""The form of a proposal: drawn from a country's file, read back as a change to it.

Everything typed is kept as it came, and drawn again from that; a change comes out only
where every field can be read. Whether the change obeys the evidence rules is checked
where it is applied.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import (  # type: ignore[attr-defined]  # the stubs lack SelectChoice
    BooleanField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import URL, InputRequired, Length, Optional
from wtforms.validators import ValidationError as Invalid
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.rules.changes import Data, unread_answer
from tracker.rules.codebook import (
    ChangeReason,
    Confidence,
    Criterion,
    State,
)
from tracker.rules.dates import PartialDate
from tracker.web.filters import Between, Choices, any_of, one_of
from tracker.web.i18n import CONFIDENCES, KINDS, REASONS, STATES

MOST_ROWS = 20
NONE = "(none)"
NEW = "new-"
UNKNOWN_SINCE = "unknown"
TOKENS = {"csrf_token", "action", "version"}

Pairs = list[list[str]]


def one_line(value: Any) -> Any:
    """Text as the files keep it: no control characters, no line breaks."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value)
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", text).strip()


def is_date(form: Form, field: Any) -> None:
    if field.data:
        try:
            PartialDate.parse(field.data)
        except ValueError as error:
            raise Invalid(str(error)) from None


def is_day(form: Form, field: Any) -> None:
    try:
        found = date.fromisoformat(field.data or "")
    except ValueError:
        raise Invalid(_("Write the day as 2026-11-21.")) from None
    if len(field.data) != 10 or found.year < 1900:
        raise Invalid(_("Write the day as 2026-11-21."))


def since_or_unknown(form: Form, field: Any) -> None:
    if field.data != UNKNOWN_SINCE:
        is_date(form, field)


def text(label: Any, most: int = 5_000, **kwargs: Any) -> StringField:
    return StringField(
        label, validators=[Length(max=most)], filters=[one_line], **kwargs
    )


def area(label: Any, most: int = 5_000, **kwargs: Any) -> TextAreaField:
    kwargs.setdefault("render_kw", {"rows": 3})
    return TextAreaField(
        label, validators=[Length(max=most)], filters=[one_line], **kwargs
    )


def partial(label: Any, check: Any = is_date) -> StringField:
    return StringField(
        label,
        validators=[check],
        filters=[one_line],
        render_kw={"placeholder": "2019, 2019-08, 2019-08-03", "size": 12},
    )


class Checks(SelectMultipleField):
    """Boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        known = {value for value, *_rest in self.iter_choices()}
        if gone := [value for value in self.data or () if value not in known]:
            names = ", ".join(gone)[:200]
            raise Invalid(_("no longer there: %(names)s", names=names))


class Row(Form):
    """A row that counts only where something is written in it."""

    needed: tuple[str, ...] = ()

    @property
    def is_blank(self) -> bool:
        return not any(
            field.data
            for name, field in self._fields.items()
            if isinstance(field, StringField | DecimalField)
            and name not in {"seen", "place"}
        )

    def validate(self, extra_validators: Any = None) -> bool:
        if self.is_blank:
            return True
        good = super().validate(extra_validators)
        for name in self.needed:
            if not self[name].data:
                self[name].errors = [*self[name].errors, _("This is needed.")]
                good = False
        return bool(good)


class LawRow(Row):
    title = text(_("Title of the law, with its number"))
    title_original = text(_("Title in its own language"))
    language = StringField(
        _("Language of that title (en, es, fil)"),
        filters=[one_line],
        validators=[Length(max=20)],
        render_kw={"size": 6},
    )
    enacted = partial(_("Enacted"))
    in_force = partial(_("In force"))
    url = StringField(
        _("Address of the text"), filters=[one_line], validators=[Length(max=2_000)]
    )
    needed = ("title",)


class ProvisionRow(Row):
    law = SelectField(_("Law"), validate_choice=True)
    label = text(_("Article"), 200, render_kw={"placeholder": "Section 4(a)"})
    says = area(_("What it says, in your own words"))
    min_years = DecimalField(
        _("Least years of prison"), validators=[Optional(), Between(0, 1000)]
    )
    max_years = DecimalField(
        _("Most years of prison"), validators=[Optional(), Between(0, 1000)]
    )
    life = BooleanField(_("Prison for life is possible"))
    needed = ("label", "says", "law")


class SourceRow(Row):
    url = StringField(
        _("Address"),
        filters=[one_line],
        validators=[Optional(), URL(message=_("Write the whole address: https://…"))],
    )
    title = text(_("Title, exactly as on the page"))
    publisher = text(_("Publisher"))
    kind = SelectField(_("What was read"), choices=one_of(KINDS))
    seen = StringField(
        _("Day on which you read it"),
        validators=[is_day],
        filters=[one_line],
        default=lambda: date.today().isoformat(),
        render_kw={"size": 12},
    )
    needed = ("url", "title", "publisher")


class BillRow(Row):
    title = text(_("Title of the bill"))
    status = text(_("Stage, in words"), 500)
    date = partial(_("Date of that stage"))
    sources = Checks(_("Sources"))
    why = area(_("Why it matters here"))
    needed = ("title", "status", "why")


class ElementForm(Form):
    state = RadioField(
        _("State"),
        choices=one_of(STATES),
        validators=[InputRequired(_("Choose met, lacking or not read."))],
    )
    since = partial(_("Since, where it differs from the question's"), since_or_unknown)
    provisions = Checks(_("Articles, where they differ"))
    sources = Checks(_("Sources, where they differ"))


class ChangeForm(Form):
    """What every proposal says of itself, and new evidence."""

    laws = FieldList(FormField(LawRow), min_entries=1, max_entries=MOST_ROWS)
    new_provisions = FieldList(
        FormField(ProvisionRow), min_entries=1, max_entries=MOST_ROWS
    )
    new_sources = FieldList(FormField(SourceRow), min_entries=1, max_entries=MOST_ROWS)
    reason = RadioField(
        _("Why it changes"),
        choices=one_of(REASONS),
        validators=[InputRequired(_("Choose a reason."))],
    )
    comment = TextAreaField(
        _("What you change and why, for the reviewer and the audit trail"),
        validators=[InputRequired(_("Say why.")), Length(max=5_000)],
        filters=[one_line],
        render_kw={"rows": 3},
    )


class BillsForm(ChangeForm):
    bills = FieldList(FormField(BillRow), min_entries=1, max_entries=60)


class LeadsForm(Form):
    leads = TextAreaField(
        _("Leads, one a line: what you recall but have not seen"),
        validators=[Length(max=100_000)],
        render_kw={"rows": 10},
    )
    reason = ChangeForm.reason
    comment = ChangeForm.comment


def reading_form(criterion: Criterion) -> type[ChangeForm]:
    """The form for one question: a part for each of its elements."""
    said = any_of(STATES, _("not said"))
    earlier = {
        f"state_{key}": SelectField(key, choices=said) for key in criterion.element_keys
    }
    row = type(
        "EarlierRow",
        (Row,),
        {
            "place": HiddenField(),
            "since": partial(_("Since")),
            "until": partial(_("Until")),
            "why": area(_("Why")),
            "sources": Checks(_("Sources")),
            **earlier,
            "needed": ("until", "why", "sources"),
        },
    )
    parts = {f"element_{key}": FormField(ElementForm) for key in criterion.element_keys}
    return type(
        "ReadingForm",
        (ChangeForm,),
        {
            **parts,
            "since": partial(_("Since")),
            "until": partial(_("Until when the reading that stands now held")),
            "provisions": Checks(_("Articles it rests on")),
            "sources": Checks(_("Sources it rests on")),
            "confidence": RadioField(
                _("Confidence"),
                choices=one_of(CONFIDENCES),
                validators=[InputRequired(_("Choose how sure you are."))],
            ),
            "why": TextAreaField(
                _("Why: what you read and what it shows, in plain sentences"),
                validators=[InputRequired(_("Say why.")), Length(max=5_000)],
                filters=[one_line],
                render_kw={"rows": 4},
            ),
            "earlier": FieldList(FormField(row), min_entries=0, max_entries=60),
        },
    )


def to_pairs(form: MultiDict[str, str]) -> Pairs:
    """What was typed, in order, without what only this request needed."""
    return [
        [name, value]
        for name, value in form.items(multi=True)
        if name not in TOKENS and not name.startswith("more_")
    ]


def from_pairs(pairs: Iterable[Any]) -> MultiDict[str, str]:
    return MultiDict([(str(name), str(value)) for name, value in pairs])


def draw(kind: type[Form], typed: MultiDict[str, str] | None, data: Data) -> Any:
    """The form with what was typed, or, where nothing was yet, with `data`.

    An unticked box is not sent, so typed data must not fall back to `data`.
    """
    if typed is None:
        return kind(data=data)
    return kind(formdata=typed)


def set_choices(form: Any, document: Data) -> None:
    """Offer the file's laws, articles and sources, and the rows being added."""
    laws = one_of({law["key"]: shorten(law["title"]) for law in document["laws"]})
    laws += new_choices(form.laws, "title", _("new law"))
    titles = {law["key"]: law["title"] for law in document["laws"]}
    provisions = [
        SelectChoice(
            p["key"], f"{p['label']} · {shorten(titles.get(p['law'], ''), 60)}"
        )
        for p in document["provisions"]
    ]
    provisions += new_choices(form.new_provisions, "label", _("new article"))
    sources = [
        SelectChoice(s["key"], f"{shorten(s['title'])} · {s['publisher']}")
        for s in document["sources"]
    ]
    sources += new_choices(form.new_sources, "title", _("new source"))
    for row in form.new_provisions:
        row.form.law.choices = [SelectChoice("", _("choose")), *laws]
    for field in every(form):
        if field.short_name == "provisions":
            field.choices = with_none(field, provisions)
        elif field.short_name == "sources":
            field.choices = sources


def with_none(field: Any, choices: Choices) -> Choices:
    """An element can rest on no article although its question names some."""
    is_own = field.name.startswith("element_")
    return [*choices, SelectChoice(NONE, _("no article"))] if is_own else choices


def every(form: Any) -> Iterator[Any]:
    for field in form:
        if isinstance(field, FieldList):
            for entry in field:
                yield from every(entry.form)
        elif isinstance(field, FormField):
            yield from every(field.form)
        else:
            yield field


def new_choices(rows: Any, name: str, words: Any) -> Choices:
    return [
        SelectChoice(
            f"{NEW}{rows.short_name}-{place}", f"{row.form[name].data or ''} ({words})"
        )
        for place, row in enumerate(rows)
        if not row.form.is_blank
    ]


def shorten(title: str, most: int = 90) -> str:
    return title if len(title) <= most else f"{title[: most - 1]}…"


def slug(title: str, known: set[str], fallback: str) -> str:
    """A key that is not taken yet, from a title in any script."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:48].strip("-")
    key, number = base or fallback, 2
    while key in known:
        key, number = f"{base or fallback}-{number}", number + 1
    known.add(key)
    return key


class Evidence:
    """The laws, articles and sources that a form adds, with keys of their own."""

    def __init__(self, form: Any, document: Data) -> None:
        self.keys: dict[str, str] = {}
        self.laws: list[Data] = []
        self.provisions: list[Data] = []
        self.sources: list[Data] = []
        known = {item["key"] for item in document["laws"]}
        for name, row in self.rows(form.laws):
            key = self.keys[name] = slug(row.title.data, known, "law")
            self.laws.append(law_data(key, row))
        known = {item["key"] for item in document["provisions"]}
        for name, row in self.rows(form.new_provisions):
            law = self.keys.get(row.law.data, row.law.data)
            key = self.keys[name] = slug(f"{law} {row.label.data}", known, "article")
            self.provisions.append(provision_data(key, law, row))
        known = {item["key"] for item in document["sources"]}
        for name, row in self.rows(form.new_sources):
            key = self.keys[name] = slug(row.title.data, known, "source")
            self.sources.append(source_data(key, row))
        self.used: set[str] = set()

    def rows(self, field: Any) -> Iterator[tuple[str, Any]]:
        for place, row in enumerate(field):
            if not row.form.is_blank:
                yield f"{NEW}{field.short_name}-{place}", row.form

    def real(self, chosen: Iterable[str] | None, before: Any = ()) -> list[str]:
        """The chosen keys: those that stood before in their order, then the others.

        Boxes come in the order of the page, and the first source has a meaning.
        """
        keys = [self.keys.get(key, key) for key in chosen or () if key != NONE]
        self.used.update(keys)
        kept = [key for key in before or () if key in keys]
        return kept + [key for key in keys if key not in kept]

    def unused(self, items: list[Data]) -> list[str]:
        """What was added and chosen nowhere counts for the whole question."""
        return [item["key"] for item in items if item["key"] not in self.used]

    def as_change(self) -> Data:
        return {
            "laws": self.laws,
            "provisions": self.provisions,
            "sources": self.sources,
        }


def law_data(key: str, row: Any) -> Data:
    names = ("title", "title_original", "language", "enacted", "in_force", "url")
    return {"key": key, **{name: row[name].data or None for name in names}}


def provision_data(key: str, law: str, row: Any) -> Data:
    return {
        "key": key,
        "law": law,
        "label": row.label.data,
        "says": row.says.data,
        "penalty": {
            "min_years": years(row.min_years.data),
            "max_years": years(row.max_years.data),
            "life": bool(row.life.data),
        },
    }


def years(value: Any) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def source_data(key: str, row: Any) -> Data:
    names = ("url", "title", "publisher", "kind", "seen")
    return {"key": key, **{name: row[name].data for name in names}}


def reading_data(criterion: Criterion, base: Data) -> Data:
    """What the form shows at first: what stands."""
    reading = unread_answer(base["reading"], criterion.element_keys)
    data = {name: reading[name] for name in ("provisions", "sources", "confidence")}
    data |= {"since": reading["since"] or "", "why": reading["why"], "until": ""}
    for key in criterion.element_keys:
        data[f"element_{key}"] = element_data(reading["elements"].get(key, "unread"))
    data["earlier"] = [
        {
            "place": str(place),
            "since": entry["since"] or "",
            "until": entry["until"],
            "why": entry["why"],
            "sources": entry["sources"],
            **{
                f"state_{key}": value["state"] if isinstance(value, dict) else value
                for key, value in entry["elements"].items()
            },
        }
        for place, entry in enumerate(base["history"])
    ]
    return data


def element_data(value: Any) -> Data:
    if not isinstance(value, dict):
        return {"state": value, "since": "", "provisions": [], "sources": []}
    since = value.get("since") or (UNKNOWN_SINCE if "since" in value else "")
    provisions = value.get("provisions") or ([NONE] if "provisions" in value else [])
    return {
        "state": value["state"],
        "since": since,
        "provisions": provisions,
        "sources": value.get("sources", []),
    }


def reading_change(form: Any, criterion: Criterion, base: Data, document: Data) -> Data:
    """The change that a valid form amounts to."""
    found = Evidence(form, document)
    old = unread_answer(base["reading"], criterion.element_keys)
    elements = {
        key: element_change(
            form[f"element_{key}"].form, found, old["elements"].get(key)
        )
        for key in criterion.element_keys
    }
    provisions = found.real(form.provisions.data, old["provisions"])
    sources = found.real(form.sources.data, old["sources"])
    history = [
        entry
        for row in form.earlier
        for entry in [earlier_change(row.form, criterion, base, found)]
        if entry
    ]
    if form.until.data and base["reading"]:
        history.append(ended(base["reading"], criterion, form.until.data))
    return {
        **found.as_change(),
        "reading": {
            "elements": elements,
            "since": form.since.data or None,
            "provisions": provisions + found.unused(found.provisions),
            "sources": sources + found.unused(found.sources),
            "confidence": Confidence(form.confidence.data).value,
            "why": form.why.data,
        },
        "history": history,
    }


def element_change(part: Any, found: Evidence, before: Any) -> Any:
    own: Data = {}
    old = before if isinstance(before, dict) else {}
    if part.since.data:
        unknown = part.since.data == UNKNOWN_SINCE
        own["since"] = None if unknown else part.since.data
    if part.provisions.data:
        own["provisions"] = found.real(part.provisions.data, old.get("provisions"))
    if part.sources.data:
        own["sources"] = found.real(part.sources.data, old.get("sources"))
    state = State(part.state.data).value
    return {"state": state, **own} if own else state


def earlier_change(
    row: Any, criterion: Criterion, base: Data, found: Evidence
) -> Data | None:
    """One entry of history; a row emptied by hand is taken out."""
    if row.is_blank:
        return None
    place = row.place.data or ""
    known = base["history"]
    old: Data = next((item for n, item in enumerate(known) if str(n) == place), {})
    elements = {}
    for key in criterion.element_keys:
        state = row[f"state_{key}"].data
        before = old.get("elements", {}).get(key)
        if state:
            is_mapping = isinstance(before, dict)
            elements[key] = {**before, "state": state} if is_mapping else state
    kept = {"provisions": old["provisions"]} if "provisions" in old else {}
    return {
        "criterion": criterion.key,
        "elements": elements,
        "since": row.since.data or None,
        "until": row.until.data,
        **kept,
        "sources": found.real(row.sources.data, old.get("sources")),
        "why": row.why.data,
    }


def ended(reading: Data, criterion: Criterion, until: str) -> Data:
    """The reading that stood, as history until the law changed."""
    elements = {
        key: value
        for key, value in reading["elements"].items()
        if (value["state"] if isinstance(value, dict) else value) != State.UNREAD
    }
    return {
        "criterion": criterion.key,
        "elements": elements,
        "since": reading["since"],
        "until": until,
        "provisions": reading["provisions"],
        "sources": reading["sources"],
        "why": reading["why"],
    }


def bills_data(base: list[Data]) -> Data:
    return {"bills": [{**bill, "date": bill["date"] or ""} for bill in base]}


def bills_change(form: Any, document: Data) -> Data:
    found = Evidence(form, document)
    rows = [row.form for row in form.bills if not row.form.is_blank]
    bills = [
        {
            "title": row.title.data,
            "status": row.status.data,
            "date": row.date.data or None,
            "sources": found.real(row.sources.data),
            "why": row.why.data,
        }
        for row in rows
    ]
    unused = found.unused(found.sources)
    if bills and unused:  # written beside the bill that is being added: the last one
        bills[-1]["sources"] += unused
    return {**found.as_change(), "bills": bills}


def leads_change(form: Any) -> Data:
    lines = [one_line(line) for line in (form.leads.data or "").splitlines()]
    return {"leads": list(dict.fromkeys(line for line in lines if line))}


def reason_of(form: Any) -> ChangeReason | None:
    value = form.reason.data
    return ChangeReason(value) if value in set(ChangeReason) else None
