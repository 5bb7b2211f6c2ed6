"""The command line: `tracker check | load | export | audit | db | serve`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import config
from tracker.actions.backup import NotRestored, NotSaved, backup, restore
from tracker.actions.check import SeedsRefused, check_seeds
from tracker.actions.export import FolderInUse, export_seeds
from tracker.actions.load import load_seeds
from tracker.rules.codebook import ChangeReason
from tracker.store import audit, migrations
from tracker.store.codebooks import current_text
from tracker.store.db import make_engine, make_folder

FOLDER = click.Path(path_type=Path)


@click.group()
def main() -> None:
    """Keep and serve the tracker of laws against online child trafficking."""


@contextmanager
def database() -> Iterator[sa.Engine]:
    """The configured database; a failure to reach it ends in one line."""
    url = config.from_environment()["DATABASE_URL"]
    make_folder(url)
    engine = make_engine(url)
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


def report(error: SeedsRefused) -> None:
    for problem in error.problems:
        click.echo(str(problem), err=True)
    count = len(error.problems)
    noun = "problem" if count == 1 else "problems"
    raise click.ClickException(f"{count} {noun}; nothing was loaded")


@main.group()
def check() -> None:
    """Check files before they are loaded."""


@check.command("seeds")
@click.argument("folder", type=FOLDER, required=False)
def check_seeds_command(folder: Path | None) -> None:
    """Say everything that is wrong in FOLDER (default: seeds), with file and line."""
    folder = folder or Path(config.from_environment()["SEEDS"])
    seeds = check_seeds(folder, progress)
    end_progress()
    for problem in seeds.problems:
        click.echo(str(problem))
    count = len(seeds.problems)
    click.echo(f"{len(seeds.files)} country files, {count} problems")
    if count:
        raise SystemExit(1)


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
    folder = folder or Path(config.from_environment()["SEEDS"])
    with database() as engine, Session(engine) as session:
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


@main.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
def verify() -> None:
    """Find any edited, removed or reordered event; exit 1 where there is one."""
    with database() as engine, Session(engine) as session:
        require_schema(engine)
        problems = list(audit.verify(session))
    for problem in problems:
        click.echo(problem)
    click.echo("the chain is broken" if problems else "the chain is whole")
    if problems:
        raise SystemExit(1)


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
    settings = config.from_environment()
    with database() as engine:
        require_schema(engine)
    known_host, _, known_port = settings["BIND"].rpartition(":")
    bind = f"{host or known_host}:{port or known_port}"
    options = [f"--config={config.ROOT / 'gunicorn.conf.py'}", f"--bind={bind}"]
    # A process of its own: this one has imported the code that a reload is to replace.
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *options])
