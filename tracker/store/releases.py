"""Releases: the list, one of them, its files, and whether they are as they were."""

import hashlib
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from tracker.store.models import Release, ReleaseFile

SUMS = "SHA256SUMS"


def read_releases(session: Session) -> list[Release]:
    """The newest first."""
    query = (
        sa.select(Release)
        .options(selectinload(Release.files))
        .order_by(Release.event_id.desc(), Release.created_at.desc())
    )
    return list(session.scalars(query))


def find_release(session: Session, version: str) -> Release | None:
    return session.get(Release, version)


def newest_release(session: Session) -> Release | None:
    query = sa.select(Release).order_by(
        Release.event_id.desc(), Release.created_at.desc()
    )
    return session.scalars(query.limit(1)).first()


def file_content(session: Session, version: str, name: str) -> bytes | None:
    query = sa.select(ReleaseFile.content).where(
        ReleaseFile.version == version, ReleaseFile.name == name
    )
    return session.scalar(query)


def verify(session: Session, release: Release) -> Iterator[str]:
    """Everything wrong with the stored files; nothing where all are as released."""
    content = file_content(session, release.version, SUMS)
    if content is None:
        yield f"{release.version}: {SUMS} is missing"
        return
    if digest(content) != release.checksum:
        yield f"{release.version}: {SUMS} is not what was released"
    lines = [entry.partition("  ") for entry in content.decode().splitlines()]
    wanted = {name: checksum for checksum, _, name in lines}
    names = [file.name for file in release.files if file.name != SUMS]
    for name in sorted(set(wanted) | set(names)):
        if name not in names:
            yield f"{release.version}: {name} is missing"
        elif name not in wanted:
            yield f"{release.version}: {name} was added"
        elif (
            digest(file_content(session, release.version, name) or b"") != wanted[name]
        ):
            yield f"{release.version}: {name} was changed"


def stored(session: Session, version: str, name: str) -> bytes:
    return file_content(session, version, name) or b""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
