"""Filters of the lists: GET forms that read the query string and print it back."""

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from werkzeug.exceptions import BadRequest
from wtforms import (  # type: ignore[attr-defined]  # the stubs lack SelectChoice
    Form,
    IntegerField,
    SelectChoice,
    StringField,
)
from wtforms import SelectField as AnySelectField
from wtforms import SelectMultipleField as AnySelectMultipleField
from wtforms.fields import Field as AnyField
from wtforms.validators import Length, NumberRange, Optional, ValidationError
from wtforms.widgets import html_params

from tracker.rules.answers import Answer, Level
from tracker.rules.codebook import Codebook, Confidence, CountryStatus, SourceKind
from tracker.store.models import Country
from tracker.web.i18n import ANSWERS, region_label
from tracker.web.templating import written

MAX_PAGE = 100_000
MOST_OPTIONS = 300  # there are 249 codes in ISO 3166-1
NO_SUCH_CODE = _("no country has that code; the list of countries has them all")


def options(choices: Iterable[Any], chosen: Collection[str]) -> Markup:
    """The options of a select, written in one go: some lists have hundreds."""
    return Markup(
        "".join(
            f"<option{' selected' if choice.value in chosen else ''} "
            f'value="{written(choice.value)}">{written(choice.label)}</option>'
            for choice in choices
        )
    )


class Between(NumberRange):
    """A range for numbers that no floating-point number stands for, too."""

    def __call__(self, form: Any, field: Any) -> None:
        try:
            float(field.data or 0)
        except (OverflowError, ValueError) as error:
            words = field.gettext("Number must be between %(min)s and %(max)s.")
            limits = {"min": self.min, "max": self.max}
            raise ValidationError(self.message or words % limits) from error
        super().__call__(form, field)


class QuickSelect:
    """A select whose options are written by `options`."""

    def __init__(self, multiple: bool = False) -> None:
        self.multiple = multiple

    def __call__(self, field: Any, **attributes: Any) -> Markup:
        if self.multiple:
            attributes["multiple"] = True
            chosen = set(field.data or ())
        else:
            chosen = {field.data}
        head = html_params(name=field.name, **{"id": field.id, **attributes})
        return Markup(f"<select {head}>{options(field.choices, chosen)}</select>")


class SelectField(AnySelectField):
    widget = QuickSelect()

    def pre_validate(self, form: Any) -> None:
        choices: Any = self.choices
        if not any(choice.value == self.data for choice in choices):
            raise ValidationError(self.gettext("Not a valid choice."))


class CountryField(SelectField):
    """One country in a select; its code in a text field where they are too many."""

    codes: Container[str] = ()
    is_typed = False

    def __call__(self, **attributes: Any) -> Any:
        if not self.is_typed:
            return super().__call__(**attributes)
        head = html_params(id=self.id, name=self.name, value=self.data, **attributes)
        return Markup(f"<input {head} size=4 maxlength=3>")

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([code.strip().upper() for code in valuelist])

    def pre_validate(self, form: Any) -> None:
        if self.data and self.data not in self.codes:
            raise ValidationError(NO_SUCH_CODE)


class SelectMultipleField(AnySelectMultipleField):
    widget = QuickSelect(multiple=True)

    def pre_validate(self, form: Any) -> None:
        choices: Any = self.choices
        wrong = set(self.data or ()) - {choice.value for choice in choices}
        if wrong:
            raise ValidationError(
                self.ngettext(
                    "'%(value)s' is not a valid choice for this field.",
                    "'%(value)s' are not valid choices for this field.",
                    len(wrong),
                )
                % {"value": "', '".join(sorted(wrong))}
            )


class BadFilter(BadRequest):
    """A filter with a value that does not exist; `messages` says which and where."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.messages = [
            f"{item.name}={', '.join(item.raw_data or [''])!r:.60}: {message}"
            for name, errors in form.errors.items()
            for item in [form[name]]
            for message in errors
        ]


class Filter(Form):
    """Read with `of`; `link` gives the address of the same list, changed.

    `pages` are the arguments that only say where in the list one is.
    """

    pages: tuple[str, ...] = ("page",)

    @classmethod
    def of(cls, **choices: Any) -> Any:
        """The filter in this request's query; raises BadFilter."""
        form = cls(request.args)
        form.choose(**choices)
        if not form.validate():
            raise BadFilter(form)
        return form

    def choose(self, **choices: Any) -> None:
        for name, options in choices.items():
            field: Any = self[name]
            if isinstance(options, Places):
                options.fill(field)
            else:
                field.choices = options

    def args(self) -> dict[str, Any]:
        """What differs from the default, as query arguments."""
        found: dict[str, Any] = {}
        for field in self:
            value = field.data
            if isinstance(value, list):
                value = [item for item in value if item]
            if value not in (None, "", [], field.default):
                found[field.name] = value
        return found

    def lasting(self) -> dict[str, Any]:
        """The arguments without the page."""
        found = self.args().items()
        return {name: value for name, value in found if name not in self.pages}

    def link(self, **changes: Any) -> str:
        """This list with some arguments changed; a changed filter begins at page 1."""
        args = {**(request.view_args or {}), **self.lasting(), **changes}
        args = {name: value for name, value in args.items() if value not in ("", None)}
        return url_for(str(request.endpoint), **args)

    def twin(self, form: str) -> str:
        """The same rows as CSV or JSON."""
        return self.link(form=form)

    @property
    def is_on(self) -> bool:
        return bool(set(self.lasting()) - {"sort"})


Choices = list[SelectChoice]


def one_of(words: Mapping[Any, Any]) -> Choices:
    return [SelectChoice(str(key), label) for key, label in words.items()]


def any_of(words: Mapping[Any, Any], first: Any) -> Choices:
    return one_of({"": first, **words})


def page_field(words: Any) -> IntegerField:
    first = Between(1, MAX_PAGE, _("pages begin at 1"))
    return IntegerField(words, default=1, validators=[Optional(), first])


@dataclass(frozen=True)
class Places:
    """The countries that a `CountryField` offers; `first` stands for none."""

    countries: Mapping[str, Country]
    first: Any

    def fill(self, field: CountryField) -> None:
        field.codes = self.countries
        field.is_typed = len(self.countries) > MOST_OPTIONS
        if not field.is_typed:
            by_name = sorted(self.countries.values(), key=lambda c: c.name)
            field.choices = any_of({c.iso3: c.name for c in by_name}, self.first)


PAGE = page_field(_("Page"))
STATUSES = {
    CountryStatus.UN_MEMBER: _("UN members"),
    CountryStatus.OBSERVER: _("Observers"),
    CountryStatus.OTHER: _("Others"),
}
KINDS = {
    SourceKind.TEXT: _("The article itself"),
    SourceKind.OFFICIAL: _("Official description"),
    SourceKind.SECONDARY: _("Somebody else's description"),
}
CONFIDENCES = {
    Confidence.HIGH: _("High"),
    Confidence.MEDIUM: _("Medium"),
    Confidence.LOW: _("Low"),
}


def region_choices(regions: dict[str, list[str]]) -> Choices:
    return any_of({name: region_label(name) for name in regions}, _("All regions"))


def subregion_choices(regions: dict[str, list[str]]) -> Choices:
    names = sorted(name for found in regions.values() for name in found)
    return any_of({name: name for name in names}, _("All subregions"))


def criterion_choices(codebook: Codebook) -> Choices:
    return one_of({criterion.key: criterion.title for criterion in codebook.criteria})


class CountriesFilter(Filter):
    q = StringField(_("Name"), validators=[Length(max=80)], default="")
    region = SelectField(_("Region"), default="")
    subregion = SelectField(_("Subregion"), default="")
    status = SelectField(
        _("Standing"), default="", choices=any_of(STATUSES, _("All jurisdictions"))
    )
    read = SelectField(
        _("Reading"),
        default="",
        choices=any_of(
            {"yes": _("Read, at least in part"), "no": _("Nobody has read it")},
            _("Read or not"),
        ),
    )
    sort = SelectField(
        _("Order"),
        default="name",
        choices=one_of(
            {
                "name": _("Name"),
                "region": _("Region"),
                "read": _("Most read first"),
                "gaps": _("Most gaps first"),
            }
        ),
    )
    page = PAGE


class GapsFilter(Filter):
    region = SelectField(_("Region"), default="")
    subregion = SelectField(_("Subregion"), default="")
    criterion = SelectMultipleField(_("Criteria"), default=[])
    answer = SelectMultipleField(_("Answer"), default=[], choices=one_of(ANSWERS))
    treaty = SelectField(_("Bound by"), default="")
    kind = SelectField(
        _("Rests on"), default="", choices=any_of(KINDS, _("Any kind of source"))
    )
    confidence = SelectField(
        _("Confidence"), default="", choices=any_of(CONFIDENCES, _("Any confidence"))
    )
    away = SelectField(
        _("One element away"),
        default="",
        choices=any_of(
            {Level.PARTIAL.word: _("from partly"), Level.YES.word: _("from yes")},
            _("Any distance"),
        ),
    )
    page = PAGE

    @property
    def answers(self) -> set[Answer]:
        return {Answer(value) for value in self.answer.data or ()}


class CodesField(AnyField):
    """Codes of countries, chosen or typed, among those in `choices`."""

    choices: Container[str] = ()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [code for text in valuelist if (code := text.strip().upper())]

    def pre_validate(self, form: Any) -> None:
        wrong = [code for code in self.data or () if code not in self.choices]
        if wrong:
            raise ValidationError(NO_SUCH_CODE)


class CompareFilter(Filter):
    country = CodesField(_("Countries"), default=[])
    region = SelectMultipleField(_("Regions"), default=[])


class MapFilter(Filter):
    criterion = SelectField(_("Question"), default="definition")


class TreatyFilter(Filter):
    criterion = SelectField(_("Question"), default="")
    region = SelectField(_("Region"), default="")
    duty = SelectField(_("Duty"), default="")
    page = PAGE


class SearchFilter(Filter):
    q = StringField(_("Search for"), validators=[Length(max=200)], default="")


class BlankFilter(Filter):
    """A list with nothing to choose but its form."""


class PaperFilter(Filter):
    paper = SelectField(
        _("Paper"), default="a4", choices=one_of({"a4": "A4", "letter": "Letter"})
    )


class LibraryFilter(Filter):
    element = SelectField(_("Element"), default="")
    language = SelectField(_("Language of the law"), default="")
    region = SelectField(_("Region"), default="")
    mine = CountryField(_("Beside the law of"), default="")
    beside = StringField(_("Provision"), validators=[Length(max=80)], default="")
    page = PAGE


WEAKNESSES = {
    "low confidence": _("Low confidence"),
    "secondary only": _("Secondary sources only"),
    "old": _("Read more than 24 months ago"),
    "dead source": _("A source's address is dead"),
    "bill due": _("Bills due for a look"),
}


class StaleFilter(Filter):
    why = SelectField(_("Why"), default="", choices=any_of(WEAKNESSES, _("Any reason")))
    page = PAGE


class EventsFilter(Filter):
    subject = StringField(
        _("Subject begins with"), validators=[Length(max=80)], default=""
    )
    page = PAGE


class CorridorFilter(Filter):
    from_ = CountryField(_("From"), name="from", default="")
    to = CountryField(_("To"), default="")


class AwayFilter(Filter):
    region = SelectField(_("Region"), default="")
    criterion = SelectField(_("Question"), default="")
    target = SelectField(
        _("Answer in reach"),
        default="",
        choices=any_of(
            {Level.PARTIAL.word: _("Partly"), Level.YES.word: _("Yes")}, _("Either")
        ),
    )
    page = PAGE


class ChangesFilter(Filter):
    since = StringField(_("Since"), validators=[Length(max=10)], default="")
    country = CountryField(_("Country"), default="")
    region = SelectField(_("Region"), default="")
    criterion = SelectField(_("Question"), default="")
    kind = SelectField(_("Kind"), default="")
    page = PAGE
    reforms = page_field(_("Page of reforms"))
    answers = page_field(_("Page of answers"))
    bills = page_field(_("Page of bills"))
    pages = ("page", "reforms", "answers", "bills")


class EmbedFilter(Filter):
    criterion = SelectField(_("Question"), default="definition")
    country = SelectField(_("Country"), default="PHL")
