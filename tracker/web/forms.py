"""Forms that change something: POST, with a token, keeping what was typed."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    FileField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import URL, DataRequired, InputRequired, Length, Optional

from tracker.rules.codebook import ChangeReason
from tracker.store.contributions import ReportKind
from tracker.web.access import SignedTime
from tracker.web.filters import one_of
from tracker.web.i18n import REASONS, REPORT_KINDS
from tracker.web.proposal_forms import one_line


def clean(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class EditForm(FlaskForm):
    """A form of somebody who is logged in."""


class OpenForm(FlaskForm):
    """A form for somebody without a session: it sets no cookie."""

    class Meta:
        csrf = True
        csrf_class = SignedTime
        csrf_field_name = "csrf_token"


class LogInForm(OpenForm):
    email = StringField(
        _("E-mail address"),
        validators=[DataRequired(_("Write your address.")), Length(max=254)],
        filters=[clean],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = PasswordField(
        _("Password"),
        validators=[DataRequired(_("Write your password.")), Length(max=256)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class CodeForm(EditForm):
    code = StringField(
        _("Six digits from your app"),
        validators=[DataRequired(_("Write the six digits.")), Length(max=12)],
        filters=[lambda text: (text or "").replace(" ", "")],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class PasswordForm(EditForm):
    old = PasswordField(
        _("Present password"),
        validators=[DataRequired(_("Write your present password.")), Length(max=256)],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        _("New password: 12 characters or more"),
        validators=[DataRequired(_("Write a new password.")), Length(max=256)],
        render_kw={"autocomplete": "new-password"},
    )


class ReportForm(OpenForm):
    kind = RadioField(
        _("What is it?"),
        choices=one_of(REPORT_KINDS),
        default=ReportKind.ERROR.value,
        validators=[InputRequired(_("Choose what it is."))],
    )
    country = SelectField(_("Country"))
    criterion = SelectField(_("Question"))
    text = TextAreaField(
        _("What is wrong, or the reply"),
        validators=[
            DataRequired(_("Write what is wrong.")),
            Length(10, 5_000, _("Write 10 to 5,000 characters.")),
        ],
        filters=[one_line],
        render_kw={"rows": 8, "maxlength": 5000},
    )
    url = StringField(
        _("Where that can be read (an address, if there is one)"),
        validators=[
            Optional(),
            Length(max=2_000),
            URL(message=_("Write the whole address: https://…")),
        ],
        filters=[one_line],
    )
    sender = StringField(
        _("Who writes (an office, for a government's reply)"),
        validators=[Length(max=200)],
        filters=[one_line],
    )
    contact = StringField(
        _("An address to answer to, if you wish; never shown"),
        validators=[Length(max=254)],
        filters=[one_line],
    )
    website = StringField(_("Leave this empty"), render_kw={"autocomplete": "off"})


class UploadForm(EditForm):
    file = FileField(_("The file: a country's YAML, or a CSV of readings"))
    reason = RadioField(
        _("Why it changes"),
        choices=one_of(REASONS),
        default=ChangeReason.NEW_EVIDENCE.value,
        validators=[InputRequired(_("Choose a reason."))],
    )
    comment = TextAreaField(
        _("What you change and why, for the reviewer and the audit trail"),
        validators=[DataRequired(_("Say why.")), Length(max=5_000)],
        filters=[one_line],
        render_kw={"rows": 3},
    )
