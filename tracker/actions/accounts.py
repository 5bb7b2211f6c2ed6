"""Accounts: add, change, disable, and the checks of a log-in."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.actions.passwords import hash_password, is_right
from tracker.rules.permissions import (
    Actor,
    Forbidden,
    Permission,
    Role,
    operator,
    require,
)
from tracker.store import audit
from tracker.store.audit import Change
from tracker.store.contributions import Account
from tracker.store.limits import forget, is_over, note_attempt

LOGIN_WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10  # from one place: a stranger can't lock somebody else out
TRIES_PER_ADDRESS = 50
TRIES_FROM_ANYWHERE = 100
MAX_NAME = 80


class NoSuchAccount(LookupError):
    """No account has this address."""


class AccountExists(ValueError):
    """The address has an account already."""


class BadAccount(ValueError):
    """An address or name that can't be one."""


class LogInRefused(Exception):
    """Wrong address, password or code; which of them is not said."""


class TooManyAttempts(Exception):
    """More tries than the limit allows within its window."""


def actor_of(account: Account) -> Actor:
    return Actor(account.id, account.role, account.label)


def find_account(session: Session, email: str) -> Account | None:
    query = sa.select(Account).where(Account.email == email.strip().casefold())
    return session.scalar(query)


def require_account(session: Session, email: str) -> Account:
    account = find_account(session, email)
    if account is None:
        raise NoSuchAccount(f"there is no account {email}: `tracker user list`")
    return account


def reload_actor(session: Session, actor: Actor) -> Actor:
    """The actor as the database knows them now: a disabled one may do nothing.

    Raises Forbidden.
    """
    if actor.id is None:
        return actor
    account = session.get(Account, actor.id, populate_existing=True)
    if account is None or not account.active:
        raise Forbidden(f"{actor.label} has no active account")
    return actor_of(account)


def add_user(
    session: Session,
    email: str,
    name: str,
    role: Role,
    password: str,
    *,
    now: datetime,
    actor: Actor | None = None,
) -> Account:
    """A new account. For administrators and the command line.

    Raises AccountExists, BadAccount, WeakPassword.
    """
    actor = actor or operator("tracker user")
    require(actor, Permission.KEEP_USERS)
    address = email.strip().casefold()
    if not 3 <= len(address) <= 254 or address.count("@") != 1 or " " in address:
        raise BadAccount(f"{email[:80]!r} is not an e-mail address")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise BadAccount(f"a name has 1 to {MAX_NAME} printable characters")
    kept = hash_password(password, address, name)
    with audit.turn(session):
        if find_account(session, address):
            raise AccountExists(f"{address} has an account already")
        account = Account(
            email=address,
            name=name.strip(),
            shows_name=False,
            role=role,
            password=kept,
            active=True,
            fs_uniquifier=secrets.token_hex(32),
            created_at=now,
        )
        session.add(account)
        session.flush()
        tell(session, now, actor, account, "added", None, role.value)
    return account


def tell(
    session: Session,
    now: datetime,
    actor: Actor,
    account: Account,
    action: str,
    before: object,
    after: object,
) -> None:
    change = Change(
        actor.label, action, f"account/{account.id}", before=before, after=after
    )
    audit.record(session, now, change)


def end_sessions(account: Account) -> None:
    account.fs_uniquifier = secrets.token_hex(32)


def set_role(
    session: Session, email: str, role: Role, *, now: datetime, actor: Actor
) -> None:
    """Another role from now on. For administrators and the command line."""
    change_account(
        session,
        email,
        now,
        actor,
        "role",
        lambda account: account.role.value,
        lambda account: setattr(account, "role", role),
    )


def set_active(
    session: Session, email: str, active: bool, *, now: datetime, actor: Actor
) -> None:
    """Disable an account and end its sessions, or enable it again."""

    def change(account: Account) -> None:
        account.active = active
        end_sessions(account)

    change_account(
        session, email, now, actor, "active", lambda account: account.active, change
    )


def set_password(
    session: Session, email: str, password: str, *, now: datetime, actor: Actor
) -> None:
    """A new password and no second factor: the way back in where there is no mail."""

    def change(account: Account) -> None:
        account.password = hash_password(password, account.email, account.name)
        account.totp_secret = account.totp_counter = None
        end_sessions(account)

    change_account(session, email, now, actor, "password", lambda _: None, change)


def change_account(
    session: Session,
    email: str,
    now: datetime,
    actor: Actor,
    what: str,
    shown: Callable[[Account], object],
    change: Callable[[Account], None],
) -> None:
    require(actor, Permission.KEEP_USERS)
    with audit.turn(session):
        account = require_account(session, email)
        before = shown(account)
        change(account)
        tell(session, now, actor, account, f"{what} changed", before, shown(account))


def change_own_password(
    session: Session, account_id: int, old: str, new: str, *, now: datetime
) -> Account:
    """Ends every session but the one that comes with the new uniquifier.

    Raises LogInRefused where the old one is wrong, and WeakPassword.
    """
    with audit.turn(session):
        account = session.get_one(Account, account_id)
        if not account.active or not is_right(old, account.password):
            raise LogInRefused("That is not your present password.")
        account.password = hash_password(new, account.email, account.name)
        end_sessions(account)
        tell(session, now, actor_of(account), account, "password changed", None, None)
    return account


def show_name(session: Session, account_id: int, shown: bool, *, now: datetime) -> None:
    """Whether the audit trail calls a person by name from now on."""
    with audit.turn(session):
        account = session.get_one(Account, account_id)
        before, account.shows_name = account.shows_name, shown
        if before != shown:
            tell(session, now, actor_of(account), account, "name shown", before, shown)


def check_password(
    session: Session, email: str, password: str, who: str, *, now: datetime
) -> Account:
    """The account of a right address and password; `who` hashes where it comes from.

    Raises TooManyAttempts and LogInRefused.
    """
    address = email.strip().casefold()
    since = now - LOGIN_WINDOW
    limits = (
        ("log-in", f"{address} {who}", TRIES_PER_ACCOUNT),
        ("log-in from", who, TRIES_PER_ADDRESS),
        ("log-in to", address, TRIES_FROM_ANYWHERE),
    )
    if any(is_over(session, kind, key, since, most) for kind, key, most in limits):
        minutes = LOGIN_WINDOW.seconds // 60
        raise TooManyAttempts(
            f"Too many tries to log in: wait {minutes} minutes, then try again."
        )
    # Counted before the slow part, so that many at once do not slip through.
    note_attempt(session, now, *((kind, key) for kind, key, _most in limits))
    account = find_account(session, address)
    right = is_right(password, account.password if account else None)
    if account is None or not right or not account.active:
        raise LogInRefused("That address and password do not match an account.")
    forget(session, "log-in", f"{address} {who}")
    return account


def note_code(session: Session, account_id: int, *, now: datetime) -> None:
    """Count a try at the second factor. Raises TooManyAttempts."""
    who, since = str(account_id), now - LOGIN_WINDOW
    if is_over(session, "code", who, since, TRIES_PER_ACCOUNT):
        raise TooManyAttempts(
            f"Too many codes: wait {LOGIN_WINDOW.seconds // 60} minutes."
        )
    note_attempt(session, now, ("code", who))


def log_out_everywhere(session: Session, account_id: int) -> None:
    """A copied cookie is worth nothing afterwards."""
    with audit.turn(session):
        end_sessions(session.get_one(Account, account_id))


def keep_second_factor(
    session: Session,
    account_id: int,
    secret: str | None,
    counter: int | None,
    *,
    now: datetime,
) -> None:
    """Turn the second factor on, or off with None."""
    with audit.turn(session):
        account = session.get_one(Account, account_id)
        before = account.totp_secret is not None
        account.totp_secret, account.totp_counter = secret, counter
        after = secret is not None
        tell(session, now, actor_of(account), account, "second factor", before, after)


def use_code(session: Session, account_id: int, counter: int) -> bool:
    """Whether the code of this time step is used for the first time."""
    with audit.turn(session):
        account = session.get_one(Account, account_id, populate_existing=True)
        is_new = account.totp_counter is None or counter > account.totp_counter
        if is_new:
            account.totp_counter = counter
    return is_new


def find_session(session: Session, uniquifier: str) -> Account | None:
    """The active account that this session belongs to."""
    query = sa.select(Account).where(
        Account.fs_uniquifier == uniquifier, Account.active.is_(True)
    )
    return session.scalar(query)
