"""Who is here, and may they: the session, the gate before views, forged requests."""

import hmac
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_security import FSQLALiteUserDatastore, RoleMixin, Security, UserMixin
from flask_security import current_user as signed_in
from flask_security.utils import login_user, logout_user
from flask_wtf.csrf import CSRFError
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import Forbidden as ForbiddenPage
from wtforms.csrf.core import CSRF
from wtforms.validators import ValidationError

from tracker.actions.accounts import actor_of
from tracker.extensions import csrf, db
from tracker.rules.permissions import (
    ENDPOINTS,
    OPEN_WHILE_READING_AGAIN,
    VISITOR,
    Actor,
)
from tracker.store.contributions import Account, SecondReading
from tracker.store.seconds import reading_of
from tracker.web.errors import show

SESSION_SECONDS = 12 * 3600
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SECRET_FIELDS = {"csrf_token", "password", "old", "new", "code"}
FORM_SECONDS = 24 * 3600
MOST_UPLOADED = 64_000_000  # taken in to be measured; far less is read


@dataclass(frozen=True)
class OneRole:
    """A role as the log-in library asks for it; our own table has the permissions."""

    name: str

    def get_permissions(self) -> set[str]:
        return set()


class User(UserMixin, Account):  # type: ignore[misc]
    """The account as the log-in library wants to see it."""

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]  # one column holds it
        return [OneRole(self.role.value)]

    def verify_auth_token(self, tdata: dict[str, Any]) -> bool:
        """There is one way in, and it is the log-in page."""
        return False


class SignedTime(CSRF):
    """A form's token where there is no session yet: signed, with its time.

    Not bound to a browser: `refuse_foreign_posts` refuses what another site sends.
    """

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        return str(serializer().dumps("form"))

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        try:
            serializer().loads(field.data or "", max_age=FORM_SECONDS)
        except BadSignature as error:
            message = _("This form was open for too long: send it again.")
            raise ValidationError(message) from error


def serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="stateless-form")


def form_age(token: str) -> float:
    """Seconds since the form was drawn; raises BadSignature."""
    _value, made = serializer().loads(token, return_timestamp=True)
    seconds: float = (datetime.now(UTC) - made).total_seconds()
    return seconds


def here() -> str:
    """A keyed hash of where the request comes from; the address itself is not kept."""
    address = (request.remote_addr or "").encode()
    return hmac.new(str(current_app.secret_key).encode(), address, sha256).hexdigest()


def now() -> datetime:
    return datetime.now(UTC)


def actor() -> Actor:
    """Whoever makes this request."""
    if "actor" not in g:
        g.actor = VISITOR
        if session.get("_user_id") and signed_in.is_authenticated:
            g.actor = actor_of(signed_in)
    found: Actor = g.actor
    return found


def begin_session(account: Account) -> None:
    """A new session with nothing of the one before."""
    number = account.id
    session.clear()
    g.pop("csrf_token", None)
    db.session.expunge_all()  # it may be there as an account, which can't log in
    user = db.session.get_one(User, number)
    login_user(user, remember=False)


def end_session() -> None:
    logout_user()
    session.clear()


def own_path(target: str | None, default: str) -> str:
    """`target` where it is a path on this site, else `default`."""
    if not target or not target.isprintable() or "\\" in target:
        return default
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/"):
        return default
    return default if target.startswith("//") else target


def refuse_foreign_posts() -> None:
    """A form on another site can't act in a visitor's name, with or without a session.

    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    is_own = origin is None or urlsplit(origin).netloc == request.host
    if not is_own or site not in {"same-origin", "none"}:
        raise ForbiddenPage(_("That was sent from another site, so it was not done."))


def allow_large_uploads() -> None:
    """A file may be larger than a form, so that its size can be answered in words."""
    if request.endpoint == "upload.start":
        request.max_content_length = MOST_UPLOADED


def end_old_sessions() -> None:
    began = session.get("fs_paa")
    if session.get("_user_id") and (not began or time.time() - began > SESSION_SECONDS):
        session.clear()


def guard() -> Response | tuple[str, int] | None:
    """Let nobody past who may not: the table says who may."""
    if request.endpoint is None:
        return None
    permission = ENDPOINTS.get(request.endpoint)
    if permission is None:
        current_app.logger.error("no permission is set for %s", request.endpoint)
        abort(403)
    who = actor()
    if not who.may(permission):
        if who.id is None:
            return ask_to_log_in()
        raise ForbiddenPage(
            _("Your account may not do this: it is for reviewers or administrators.")
        )
    if who.id is not None:
        blind = blind_reading()
        if blind and request.endpoint not in OPEN_WHILE_READING_AGAIN:
            return render_template("second/blind.html", task=blind), 403
    return None


def blind_reading() -> SecondReading | None:
    """The country that this person is reading again, if any."""
    if "blind" not in g:
        who = actor()
        g.blind = reading_of(db.session, who.id) if who.id else None
    found: SecondReading | None = g.blind
    return found


def ask_to_log_in() -> Response | tuple[str, int]:
    """To the log-in page and back; what a form carried is shown, not lost."""
    if request.method in SAFE_METHODS:
        target = request.full_path.rstrip("?")
        return redirect(url_for("account.log_in", next=target))  # type: ignore[return-value]
    return render_template("account/logged_out.html", typed=typed_fields()), 401


def typed_fields() -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in SECRET_FIELDS and value.strip()
    ]


def show_old_form(error: CSRFError) -> Any:
    """A form of a session that is over: nothing is done, and nothing typed is lost."""
    if not typed_fields():
        return show(error)
    return render_template("account/logged_out.html", typed=typed_fields()), 400


def keep_private(response: Response) -> Response:
    """Pages for one person stay out of shared caches."""
    if g.get("actor", VISITOR).id is not None or session.get("half"):
        response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    app.config.update(
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open as long as its session
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.before_request(allow_large_uploads)
    app.before_request(refuse_foreign_posts)
    app.before_request(end_old_sessions)
    app.before_request(guard)  # before tokens: who was logged out keeps what they typed
    csrf.init_app(app)
    app.register_error_handler(CSRFError, show_old_form)
    store = FSQLALiteUserDatastore(db, User, RoleMixin)
    Security(app, store, register_blueprint=False)
    app.after_request(keep_private)
    app.context_processor(lambda: {"actor": actor(), "blind": blind_reading()})
