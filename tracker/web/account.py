"""Log in, log out, and one's own account: password, second factor, name."""

import time
from typing import Any

import qrcode
import qrcode.image.svg
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_security import Totp
from passlib.exc import TokenError

from tracker.actions import accounts
from tracker.actions.passwords import WeakPassword
from tracker.extensions import csrf, db
from tracker.rules.permissions import Role
from tracker.store.contributions import Account
from tracker.web.access import actor, begin_session, end_session, here, now, own_path
from tracker.web.forms import CodeForm, LogInForm, PasswordForm

bp = Blueprint("account", __name__, url_prefix="/account")
HALF_SECONDS = 600
CLOCK_SKEW = 30


class OnceTotp(Totp):
    """A code opens the door once."""

    def get_last_counter(self, user: Any) -> int | None:
        counter: int | None = user.totp_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        if not accounts.use_code(db.session, user.id, tmatch.counter):
            raise TokenError()


def totp() -> OnceTotp:
    """Secrets are kept encrypted with the site's own key."""
    return OnceTotp({"1": str(current_app.secret_key)}, issuer="Law Tracker")


@bp.route("/log-in", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]  # its token needs no session
def log_in() -> str | Response | tuple[str, int]:
    """The log-in page: address and password, then the second factor, if any."""
    if actor().id is not None:
        return to_start(request.values.get("next"))
    form = LogInForm()
    if request.method == "GET":
        form.next.data = own_path(request.args.get("next"), "")
        return render_template("account/log_in.html", form=form)
    if not form.validate():
        return render_template("account/log_in.html", form=form), 422
    try:
        account = accounts.check_password(
            db.session,
            form.email.data or "",
            form.password.data or "",
            here(),
            now=now(),
        )
    except accounts.LogInRefused as error:
        form.password.errors = [str(error)]
        return render_template("account/log_in.html", form=form), 422
    if account.totp_secret:
        session.clear()
        target = own_path(form.next.data, "")
        session["half"] = [account.fs_uniquifier, int(time.time()), target]
        return redirect(url_for(".second_step"))  # type: ignore[return-value]
    begin_session(account)
    return to_start(form.next.data)


def to_start(target: str | None) -> Response:
    """Where they wanted to go, on this site only."""
    default = url_for("account.home")
    return redirect(own_path(target, default))  # type: ignore[return-value]


def half_account() -> tuple[Account | None, str]:
    """Whoever has given the right password and still owes a code."""
    uniquifier, began, target = session.get("half") or ("", 0, "")
    if time.time() - began > HALF_SECONDS:
        return None, ""
    return accounts.find_session(db.session, uniquifier), target


@bp.route("/log-in/code", methods=["GET", "POST"])
def second_step() -> str | Response | tuple[str, int]:
    """The second step of the log-in: six digits."""
    account, target = half_account()
    if account is None or not account.totp_secret:
        session.pop("half", None)
        return redirect(url_for(".log_in"))  # type: ignore[return-value]
    form = CodeForm()
    if request.method == "GET":
        return render_template("account/code.html", form=form)
    if form.validate():
        accounts.note_code(db.session, account.id, now=now())
        if is_right_code(form.code.data, account.totp_secret, account):
            begin_session(account)
            return to_start(target)
        form.code.errors = [_("That code is wrong, too old, or was used before.")]
    return render_template("account/code.html", form=form), 422


def is_right_code(code: str | None, secret: str, account: Any) -> bool:
    try:
        return bool(totp().verify_totp(code or "", secret, account, window=CLOCK_SKEW))
    except ValueError:  # not a number
        return False


@bp.route("/log-out", methods=["POST"])
def log_out() -> Response:
    """Ends every session of the account."""
    who = actor()
    if who.id is not None:
        accounts.log_out_everywhere(db.session, who.id)
    end_session()
    return redirect(url_for("public.home"))  # type: ignore[return-value]


def own_account() -> Account:
    return db.session.get_one(Account, actor().id)


@bp.route("")
def home() -> str:
    """One's own account, proposals and second readings."""
    return render_template(
        "account/home.html", account=own_account(), roles=list(Role), form=CodeForm()
    )


@bp.route("/password", methods=["GET", "POST"])
def password() -> str | Response | tuple[str, int]:
    """A new password; every other session ends."""
    form = PasswordForm()
    if request.method == "GET":
        return render_template("account/password.html", form=form)
    if form.validate():
        who = own_account()
        accounts.note_code(db.session, who.id, now=now())
        try:
            account = accounts.change_own_password(
                db.session,
                who.id,
                form.old.data or "",
                form.new.data or "",
                now=now(),
            )
        except accounts.LogInRefused as error:
            form.old.errors = [str(error)]
        except WeakPassword as error:
            form.new.errors = [str(error)]
        else:
            begin_session(account)
            flash(_("Your password is changed; other sessions have ended."))
            return redirect(url_for(".home"))  # type: ignore[return-value]
    return render_template("account/password.html", form=form), 422


@bp.route("/second-factor", methods=["GET", "POST"])
def second_factor() -> Any:
    """Add an authenticator app to the account."""
    account = own_account()
    if account.totp_secret:
        return redirect(url_for(".home"))
    form = CodeForm()
    if request.method == "GET" or "totp" not in session:
        session["totp"] = totp().generate_totp_secret()
    elif form.validate():
        secret = session["totp"]
        accounts.note_code(db.session, account.id, now=now())
        if is_right_code(form.code.data, secret, account):
            account = own_account()
            accounts.keep_second_factor(
                db.session, account.id, secret, account.totp_counter, now=now()
            )
            session.pop("totp")
            flash(_("From now on a code from your app is asked for at log-in."))
            return redirect(url_for(".home"))
        form.code.errors = [_("That code is wrong. Is the clock of your phone right?")]
    secret = session["totp"]
    page = render_template(
        "account/second_factor.html",
        form=form,
        key=totp().get_totp_pretty_key(secret),
        picture=qr_path(totp().get_totp_uri(account.email, secret)),
    )
    return (page, 422) if form.errors else page


def qr_path(text: str) -> tuple[int, str]:
    """A QR code as the size of a square and the path of its dark cells."""
    code = qrcode.QRCode(border=2)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return len(rows), path


@bp.route("/second-factor/off", methods=["POST"])
def drop_second_factor() -> Response:
    """Turn the second factor off, with a last code."""
    account, form = own_account(), CodeForm()
    if form.validate() and account.totp_secret:
        accounts.note_code(db.session, account.id, now=now())
        if is_right_code(form.code.data, account.totp_secret, account):
            accounts.keep_second_factor(db.session, account.id, None, None, now=now())
            flash(_("The second factor is off."))
            return redirect(url_for(".home"))  # type: ignore[return-value]
    flash(_("That code is wrong, so the second factor stays on."))
    return redirect(url_for(".home"))  # type: ignore[return-value]


@bp.route("/named", methods=["POST"])
def named() -> Response:
    """Whether the audit trail gives one's name or only one's role."""
    shown = request.form.get("shown") == "yes"
    accounts.show_name(db.session, own_account().id, shown, now=now())
    flash(_("Kept. What was written before stays as it is."))
    return redirect(url_for(".home"))  # type: ignore[return-value]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
