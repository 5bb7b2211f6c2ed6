"""The command line: `tracker check | load | export | release | audit | db | serve`."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import config
from tracker.actions import accounts, links
from tracker.actions.backup import NotRestored, NotSaved, backup, restore
from tracker.actions.check import SeedsRefused, check_seeds
from tracker.actions.export import FolderInUse, export_seeds
from tracker.actions.load import load_seeds
from tracker.actions.passwords import WeakPassword
from tracker.rules.codebook import ChangeReason
from tracker.rules.permissions import Role, operator
from tracker.store import audit, migrations, releases
from tracker.store.codebooks import current_text
from tracker.store.contributions import Account
from tracker.store.db import make_engine, make_folder

FOLDER = click.Path(path_type=Path)


@click.group()
def main() -> None:
    """Keep and serve the tracker of laws against online child trafficking."""


def settings() -> dict[str, Any]:
    """The settings; one that can't be read ends in one line."""
    try:
        return config.from_environment()
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def uncollected() -> Iterator[None]:
    """Seeds make millions of objects that are freed by count: looking for circles
    among them would take a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def database() -> Iterator[sa.Engine]:
    """The configured database; a failure to reach it ends in one line."""
    url = settings()["DATABASE_URL"]
    try:
        make_folder(url)
        engine = make_engine(url)
    except (OSError, SQLAlchemyError) as error:
        raise click.ClickException(f"TRACKER_DATABASE_URL: {error}") from error
    try:
        yield engine
    except SQLAlchemyError as error:
        shown = sa.make_url(url).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise click.ClickException(f"the database {shown}: {reason}") from error
    finally:
        engine.dispose()


def require_schema(engine: sa.Engine) -> None:
    if migrations.current(engine) != migrations.head():
        raise click.ClickException(
            "the database is not at the newest migration: run `tracker db upgrade`"
        )


def progress(text: str) -> None:
    """One line that rewrites itself on a terminal; silence elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{text}", err=True, nl=False)


def end_progress() -> None:
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def report(error: SeedsRefused) -> None:
    for problem in error.problems:
        click.echo(str(problem), err=True)
    count = counted(len(error.problems), "problem")
    raise click.ClickException(f"{count}; nothing was loaded")


@main.group()
def check() -> None:
    """Check files before they are loaded."""


@check.command("seeds")
@click.argument("folder", type=FOLDER, required=False)
def check_seeds_command(folder: Path | None) -> None:
    """Say everything that is wrong in FOLDER (default: seeds), with file and line."""
    folder = folder or Path(settings()["SEEDS"])
    with uncollected():
        seeds = check_seeds(folder, progress)
    end_progress()
    for problem in seeds.problems:
        click.echo(str(problem))
    count = counted(len(seeds.problems), "problem")
    click.echo(f"{len(seeds.files)} country files, {count}")
    if seeds.problems:
        raise SystemExit(1)


@check.command("links")
@click.argument("file", type=FOLDER)
def check_links_command(file: Path) -> None:
    """Flag sources whose addresses FILE (lines of url,status[,day]) says are dead."""
    now = datetime.now(UTC)
    try:
        found = links.read_links(file, now.date())
    except links.LinksRefused as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        count = counted(len(error.problems), "problem")
        raise click.ClickException(f"{count}; nothing was kept") from error
    with database() as engine, Session(engine) as session:
        require_schema(engine)
        by = operator("tracker check links")
        checked = links.keep_links(session, found, now=now, actor=by)
    for iso3, key, url in checked.dead:
        click.echo(f"{iso3}\t{key}\t{url}")
    click.echo(
        f"{counted(checked.listed, 'line')}, {checked.known} of them of sources; "
        f"sources with a dead address: {len(checked.dead)}"
    )


@main.group()
def load() -> None:
    """Load data into the database."""


@load.command("seeds")
@click.argument("folder", type=FOLDER, required=False)
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in ChangeReason]),
    help="Why files changed; by default each file's own change tells.",
)
@click.option(
    "--if-empty", is_flag=True, help="Do nothing where the database has data already."
)
def load_seeds_command(folder: Path | None, reason: str | None, if_empty: bool) -> None:
    """Bring the database to what FOLDER (default: seeds) says: all of it or nothing."""
    folder = folder or Path(settings()["SEEDS"])
    with uncollected(), database() as engine, Session(engine) as session:
        require_schema(engine)
        if if_empty and current_text(session):
            click.echo("the database has data already: it stays as it is")
            return
        try:
            loaded = load_seeds(
                session,
                folder,
                now=datetime.now(UTC),
                reason=ChangeReason(reason) if reason else None,
                progress=progress,
            )
        except SeedsRefused as error:
            end_progress()
            report(error)
            return
    end_progress()
    click.echo(
        f"{loaded.files} country files read, {loaded.changed} changed something, "
        f"{loaded.events} events"
    )


@main.group()
def export() -> None:
    """Write data out of the database."""


@export.command("seeds")
@click.argument("folder", type=FOLDER)
def export_seeds_command(folder: Path) -> None:
    """Write the database back as seeds into FOLDER, which must be new or empty."""
    with database() as engine, Session(engine) as session:
        require_schema(engine)
        try:
            count = export_seeds(session, folder)
        except (FolderInUse, OSError) as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{count} files written to {folder}")


@main.group("release")
def release_group() -> None:
    """Releases: frozen versions of all the data."""


@release_group.command("create")
@click.argument("version")
@click.option(
    "--notes",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A text file that says what is new; it stands on the release's page.",
)
def create_release_command(version: str, notes: Path | None) -> None:
    """Freeze all that is published as VERSION, for example 2026.11."""
    from tracker.actions import release
    from tracker.rules.citing import BadVersion

    site_url = settings()["SITE_URL"]
    try:
        text = notes.read_text(encoding="utf-8") if notes else ""
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{notes} is not UTF-8: {error}") from error
    with database() as engine, Session(engine) as session:
        require_schema(engine)
        try:
            made = release.create_release(
                session,
                version,
                site_url=site_url,
                notes=text.strip(),
                now=datetime.now(UTC),
                progress=progress,
            )
        except (
            BadVersion,
            release.NothingToRelease,
            release.ReleaseExists,
            release.DataMoved,
        ) as error:
            end_progress()
            raise click.ClickException(str(error)) from error
        end_progress()
        word = "released" if made.is_new else "was released before, with the same bytes"
        click.echo(f"{version} {word}: {made.release.checksum}")


@release_group.command("list")
def list_releases() -> None:
    """Every release with its day, its readings and its checksum, the newest first."""
    with database() as engine, Session(engine) as session:
        require_schema(engine)
        for item in releases.read_releases(session):
            click.echo(
                f"{item.version}  {item.created_at:%Y-%m-%d}  "
                f"{item.counts['readings']} readings  {item.checksum}"
            )


@release_group.command("verify")
@click.argument("version", required=False)
def verify_releases(version: str | None) -> None:
    """Find any changed, missing or added file; exit 1 where there is one."""
    with database() as engine, Session(engine) as session:
        require_schema(engine)
        found = releases.read_releases(session)
        chosen = [item for item in found if version in (None, item.version)]
        if version and not chosen:
            raise click.ClickException(f"there is no release {version!r}")
        problems = [text for item in chosen for text in releases.verify(session, item)]
    for problem in problems:
        click.echo(problem)
    click.echo(f"{len(chosen)} releases, {len(problems)} problems")
    if problems:
        raise SystemExit(1)


@main.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of checkpoints noted before (default: CHECKPOINTS).",
)
def verify(checkpoints: Path | None) -> None:
    """Find any edited, removed or reordered event; exit 1 where there is one.

    A whole chain's newest event is noted in the file of checkpoints: if the end of the
    trail is cut off later, or all of it written anew, that shows against it.
    """
    path = checkpoints or Path(settings()["CHECKPOINTS"])
    try:
        known = read_checkpoints(path)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path}: {error}") from error
    with database() as engine, Session(engine) as session:
        require_schema(engine)
        problems = list(audit.verify(session, known))
        newest = audit.head(session)
    for problem in problems:
        click.echo(problem)
    if problems:
        click.echo("the chain is broken")
        raise SystemExit(1)
    click.echo("the chain is whole")
    if newest:
        click.echo(f"{newest.event} events, the last one {newest.hash}")
        if newest not in known:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="ascii") as file:
                file.write(f"{newest}\n")


def read_checkpoints(path: Path) -> list[audit.Checkpoint]:
    if not path.exists():
        return []
    lines = path.read_text(encoding="ascii").splitlines()
    return [audit.Checkpoint.parse(line) for line in lines if line]


@main.group()
def user() -> None:
    """Accounts of contributors, reviewers and administrators."""


ROLE = click.Choice([role.value for role in Role])
PASSWORD_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


def ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    found: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return found


@contextmanager
def users() -> Iterator[Session]:
    """A session for account commands; what they refuse ends in one line."""
    with database() as engine, Session(engine) as session:
        require_schema(engine)
        try:
            yield session
        except (
            accounts.NoSuchAccount,
            accounts.AccountExists,
            accounts.BadAccount,
            WeakPassword,
        ) as error:
            raise click.ClickException(str(error)) from error


@user.command("add")
@click.argument("email")
@click.argument("role", type=ROLE)
@click.option("--name", help="The person's name (default: the address's first part).")
@PASSWORD_STDIN
def user_add(email: str, role: str, name: str | None, password_stdin: bool) -> None:
    """Add an account for EMAIL as ROLE; the password is asked for."""
    with users() as session:
        account = accounts.add_user(
            session,
            email,
            name or email.partition("@")[0],
            Role(role),
            ask_password(password_stdin),
            now=datetime.now(UTC),
        )
        click.echo(f"account {account.id}: {account.email}, {account.role.value}")


@user.command("role")
@click.argument("email")
@click.argument("role", type=ROLE)
def user_role(email: str, role: str) -> None:
    """Give EMAIL another ROLE."""
    with users() as session:
        by = operator("tracker user role")
        accounts.set_role(session, email, Role(role), now=datetime.now(UTC), actor=by)
    click.echo(f"{email} is now {role}")


@user.command("disable")
@click.argument("email")
def user_disable(email: str) -> None:
    """Keep EMAIL out from now on; what they did stays."""
    with users() as session:
        by = operator("tracker user disable")
        accounts.set_active(session, email, False, now=datetime.now(UTC), actor=by)
    click.echo(f"{email} is disabled")


@user.command("enable")
@click.argument("email")
def user_enable(email: str) -> None:
    """Let a disabled EMAIL in again."""
    with users() as session:
        by = operator("tracker user enable")
        accounts.set_active(session, email, True, now=datetime.now(UTC), actor=by)
    click.echo(f"{email} is enabled")


@user.command("password")
@click.argument("email")
@PASSWORD_STDIN
def user_password(email: str, password_stdin: bool) -> None:
    """Give EMAIL a new password and take the second factor off: the way back in."""
    with users() as session:
        accounts.set_password(
            session,
            email,
            ask_password(password_stdin),
            now=datetime.now(UTC),
            actor=operator("tracker user password"),
        )
    click.echo(f"{email} has a new password and no second factor")


@user.command("list")
def user_list() -> None:
    """Every account: number, address, role, state."""
    with users() as session:
        for account in session.scalars(sa.select(Account).order_by(Account.id)):
            state = "active" if account.active else "disabled"
            factor = ", second factor" if account.totp_secret else ""
            role = account.role.value
            click.echo(f"{account.id}\t{account.email}\t{role}\t{state}{factor}")


@main.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema up to REVISION (default: the newest)."""
    with database() as engine:
        migrations.upgrade(engine, revision)
        click.echo(f"at {migrations.current(engine)}")


@db.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema down to REVISION; `base` removes every table and all data."""
    with database() as engine:
        migrations.downgrade(engine, revision)
        click.echo(f"at {migrations.current(engine)}")


@main.command("backup")
@click.argument("file", type=FOLDER)
def backup_command(file: Path) -> None:
    """Save the whole database in FILE, a new one, while the site goes on."""
    with database() as engine:
        require_schema(engine)
        try:
            saved = backup(engine, file)
        except (NotSaved, OSError) as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{saved.rows} rows and {saved.events} events saved in {file}")


@main.command("restore")
@click.argument("file", type=FOLDER)
def restore_command(file: Path) -> None:
    """Bring FILE back into an empty database, of either engine."""
    with database() as engine:
        try:
            saved = restore(engine, file)
        except NotRestored as error:
            for problem in error.problems:
                click.echo(f"{file}: {problem}", err=True)
            raise click.ClickException("nothing was restored") from error
        except OSError as error:
            raise click.ClickException(str(error)) from error
    click.echo(
        f"{saved.rows} rows and {saved.events} events restored; the chain is whole"
    )


@main.command()
@click.option("--host", help="Where to listen; by default as TRACKER_BIND says.")
@click.option("--port", type=int)
def serve(host: str | None, port: int | None) -> None:
    """Serve the site with gunicorn."""
    with database() as engine:
        require_schema(engine)
    known_host, _, known_port = settings()["BIND"].rpartition(":")
    bind = f"{host or known_host}:{port or known_port}"
    options = [f"--config={config.ROOT / 'gunicorn.conf.py'}", f"--bind={bind}"]
    # A process of its own: this one has imported the code that a reload is to replace.
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *options])
