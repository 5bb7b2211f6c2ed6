"""What an answer depends on beside its address: data, schema, code, settings and day."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

from flask import Flask, current_app, g

from tracker.extensions import db
from tracker.store.db import begin_read
from tracker.store.snapshot import Snapshot, Snapshots
from tracker.store.versions import read_state

SHOWN = ("SITE_URL", "LANGUAGES", "HTTPS")


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def package_version(app: Flask) -> str:
    """A digest of the code, the templates and the settings that pages show."""
    digest = hashlib.sha256()
    for path in sorted(Path(app.root_path).rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.name.encode() + path.read_bytes())
    for name in SHOWN:
        digest.update(repr(app.config[name]).encode())
    return digest.hexdigest()[:16]


def answer_version() -> str:
    """This request's, read once."""
    if "answer_version" not in g:
        begin_read(db.session)
        code = current_app.extensions["package_version"]
        g.answer_version = f"{read_state(db.session)} {code} {today()}"
    found: str = g.answer_version
    return found


def snapshot() -> Snapshot:
    """What this process keeps of this request's version of the data."""
    snapshots: Snapshots = current_app.extensions["snapshots"]
    return snapshots.of(db.session, answer_version())


def newest_day() -> date:
    """Today, or the last day of reading where this machine's clock is behind it."""
    return max(today(), snapshot().newest or today())


def init_app(app: Flask) -> None:
    app.extensions["package_version"] = package_version(app)
    app.extensions["snapshots"] = Snapshots()
