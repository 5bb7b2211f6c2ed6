"""What writes, each in a process of its own that may be killed at any moment."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from factories import NOW
from tracker.actions import uploads
from tracker.actions.accounts import actor_of
from tracker.actions.load import load_seeds
from tracker.actions.proposals import Decision, Target, Typed, decide, save_drafts
from tracker.actions.release import create_release
from tracker.rules.codebook import ChangeReason
from tracker.rules.permissions import Actor
from tracker.store.codebooks import read_codebook
from tracker.store.contributions import Account, Proposal, Scope, Stage
from tracker.store.db import make_engine

REASON = ChangeReason.NEW_EVIDENCE
# Forked from a process that has imported the tracker and started no thread: typst has
# threads of its own, which a fork of the tests' process would be without.
SERVER = multiprocessing.get_context("forkserver")
ACTIONS = ("accounts", "load", "proposals", "release", "uploads")
SERVER.set_forkserver_preload([f"tracker.actions.{name}" for name in ACTIONS])


def load(session: Session, folder: Path) -> None:
    load_seeds(session, folder / "changed", now=NOW)


def import_rows(session: Session, folder: Path) -> None:
    """Two countries in one upload: a draft for each."""
    lines = ["country,criterion,element,state"]
    lines += [f"{iso3},penalty,ten_years,lacking" for iso3 in ("KEN", "PHL")]
    text, known = "\n".join(lines).encode(), {"KEN", "PHL"}
    codebook = read_codebook(session)
    assert codebook
    found = uploads.dry_run(session, "a.csv", text, codebook, known, NOW.date())
    typed = {
        Target(iso3, Scope.FILE): Typed([], {"document": data}, REASON, "Read again.")
        for iso3, data in found.files.items()
    }
    save_drafts(session, people(session)["ana"], typed.items(), now=NOW)


def release(session: Session, folder: Path) -> None:
    site = "http://localhost"
    create_release(session, "2026.11", site_url=site, notes="First.", now=NOW)


def approve(session: Session, folder: Path) -> None:
    query = sa.select(Proposal).where(Proposal.stage == Stage.WAITING)
    found, codebook = session.scalars(query).one(), read_codebook(session)
    assert codebook
    rob = people(session)["rob"]
    decide(
        session,
        rob,
        found.id,
        found.version,
        Decision.APPROVE,
        "",
        codebook,
        now=NOW,
    )


WRITES: dict[str, Callable[[Session, Path], None]] = {
    "load": load,
    "import": import_rows,
    "release": release,
    "approval": approve,
}


def people(session: Session) -> dict[str, Actor]:
    """The actors by the name in front of their address."""
    accounts = session.scalars(sa.select(Account))
    return {account.email.partition("@")[0]: actor_of(account) for account in accounts}


def write(name: str | None, url: str, folder: Path) -> None:
    if name:
        with Session(make_engine(url)) as session:
            WRITES[name](session, folder)


def begin(name: str | None, url: str, folder: Path) -> ForkServerProcess:
    """A process that writes and ends; without a name it only ends."""
    process = SERVER.Process(target=write, args=(name, url, folder))
    process.start()
    return process


def finished(process: ForkServerProcess) -> int | None:
    process.join()
    return process.exitcode
