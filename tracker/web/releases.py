"""Releases: the list, each with files and citation, and what differs between two."""

import base64
from collections import Counter
from typing import Any

from flask import Blueprint, Flask, Response, render_template
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import BadRequest, NotFound
from wtforms import SelectField

from tracker.actions.differences import read_differences
from tracker.caching import is_known
from tracker.links import absolute
from tracker.rules.citing import Citation
from tracker.rules.differences import COMPARED, Difference
from tracker.rules.tables import TABLES
from tracker.store.db import begin_snapshot
from tracker.store.models import Release
from tracker.store.releases import (
    file_content,
    find_release,
    newest_release,
    read_releases,
)
from tracker.web.ask import ask
from tracker.web.filters import PAGE, Filter, any_of
from tracker.web.listing import Listing, listing, page_of
from tracker.web.meta import released

bp = Blueprint("releases", __name__, url_prefix="/data")
NOW = "now"
YEAR = 31_536_000


def citation_of(release: Release) -> Citation:
    url = absolute("releases.release", version=release.version, as_of=None)
    return Citation(release.version, url, release.as_of.isoformat())


def find(version: str) -> Release:
    release = find_release(ask().session, version)
    if release is None:
        raise NotFound(f"There is no release {version[:40]!r}.")
    return release


@bp.route("/releases")
def index() -> str:
    """Every frozen version of the data, the newest first."""
    codebook = ask().codebook
    return render_template(
        "public/releases.html", releases=read_releases(ask().session), codebook=codebook
    )


@bp.route("/releases/<version>")
def release(version: str) -> str:
    """One release: its notes, files with checksums, counts, agreement, citation."""
    found = find(version)
    citation = citation_of(found)
    return render_template(
        "public/release.html",
        release=found,
        citation=citation,
        forms=citation.files(),
        tables=TABLES,
        dataset=released(found),
    )


@bp.route("/releases/<version>/<path:name>")
def file(version: str, name: str) -> Response:
    """One file of a release, byte for byte as it was frozen."""
    found = find(version)
    entry = next((item for item in found.files if item.name == name), None)
    if entry is None:
        raise NotFound(f"{version} has no file {name[:60]!r}.")
    response = Response(content_type=entry.media_type)
    response.set_etag(entry.sha256)
    response.last_modified = found.created_at
    # A release never changes: nobody needs to ask again.
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response.headers["Repr-Digest"] = digest_header(entry.sha256)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if is_known(entry.sha256):
        response.status_code = 304
        return response
    response.set_data(file_content(ask().session, version, name) or b"")
    return response


def digest_header(sha256: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc9530"""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"


def newest_version() -> str:
    release = newest_release(ask().session)
    return release.version if release else ""


class DifferencesFilter(Filter):
    old = SelectField(_("From"), name="from", default=newest_version)
    new = SelectField(_("To"), name="to", default=NOW)
    table = SelectField(_("Table"), default="")
    kind = SelectField(
        _("Change"),
        default="",
        choices=any_of(
            {
                "reform": _("Reforms: the law changed"),
                "other": _("Everything that is not a reform"),
            },
            _("All differences"),
        ),
    )
    page = PAGE


COLUMNS = {
    "table": "Table that the cell is in",
    "iso3": "ISO3 of the country; empty: of none",
    "criterion": "Key of the criterion; empty: of none",
    "key": "Last part of the row's key: element, law, provision, source, treaty ...",
    "since": "Of a reading: the first day of the period",
    "column": "Column of the cell",
    "old": "How it was; empty: there was none. Of a new period: the state before it",
    "new": "How it is; empty: there is none any more",
    "reason": "law-changed, new-evidence, recoded or correction",
    "reform": "1 where the law changed and no other way of reading explains it, else 0",
    "event": "Number of the newest event that changed it, in /api/v1/changes",
}


@listing(bp, "/differences", "public/differences.html")
def differences() -> Listing:
    """What differs between two releases, or a release and now, cell by cell."""
    begin_snapshot(ask().session)
    codebook = ask().codebook
    known = read_releases(ask().session)
    versions = [(r.version, r.version) for r in known]
    form = DifferencesFilter.of(
        old=versions or [("", _("There is no release yet"))],
        new=[(NOW, _("now")), *versions],
        table=any_of({name: TABLES[name].title for name in COMPARED}, _("All tables")),
    )
    by_version = {release.version: release for release in known}
    old = by_version.get(form.old.data or "")
    new = by_version.get(form.new.data)
    found: list[Difference] = []
    if old:
        if new and new.event_id < old.event_id:
            raise BadRequest(f"{new.version} is older than {old.version}: turn them.")
        found = read_differences(ask().session, codebook, ask().newest, old, new)
    if form.table.data:
        found = [item for item in found if item.table == form.table.data]
    if form.kind.data:
        wanted = form.kind.data == "reform"
        found = [item for item in found if item.reform is wanted]
    page = page_of(form.page.data, len(found))
    return Listing(
        "differences",
        form,
        COLUMNS,
        [row_of(item) for item in found],
        {
            "old": old,
            "new": new,
            "page": page,
            "found": page.of(found),
            "reasons": Counter(
                "reform" if item.reform else item.reason for item in found
            ),
            "titles": {name: TABLES[name].title for name in COMPARED},
        },
    )


def row_of(item: Difference) -> tuple[Any, ...]:
    return (
        item.table,
        item.iso3,
        item.criterion,
        item.key,
        item.since,
        item.column,
        item.old,
        item.new,
        item.reason,
        int(item.reform),
        item.event,
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
