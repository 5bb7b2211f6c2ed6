"""Cite this view: a link that keeps the version and the day, and its citation."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request
from werkzeug.exceptions import BadRequest

from tracker.rules.citing import VERSION, cite_view
from tracker.store.releases import find_release, newest_release
from tracker.store.versions import find_version
from tracker.web.ask import ask


@dataclass(frozen=True)
class View:
    """A page as it is now: `version` is a release, where nothing changed since it."""

    url: str
    version: str
    citation: str


def cited() -> tuple[str, int]:
    """How the state of the data is called, and its year."""
    session = ask().session
    state, release = ask().snapshot.state, newest_release(session)
    if state is None:
        return "empty", ask().day.year
    # The release itself left one event.
    if release and state.number <= release.event_id + 1:
        return release.version, state.at.year
    return state.name, state.at.year


def view(title: Any, form: Any = None) -> View:
    """This page, with the filters in `form`, its day, and the state of the data."""
    version, year = ask().snapshot.memo("cited", cited)
    args: dict[str, Any] = form.lasting() if form is not None else {}
    args |= {"as_of": ask().day.isoformat(), "version": version}
    site = current_app.config["SITE_URL"]
    url = f"{site}{request.path}?{urlencode(args, doseq=True)}"
    text = cite_view(str(title), url, version, ask().day.isoformat(), year)
    return View(url, version, text)


@dataclass(frozen=True)
class Then:
    """The state of the data that a link was made with, and how many events followed."""

    name: str
    release: str
    events: int


def linked_version() -> Then | None:
    """What `?version=` names, where data changed since; raises BadRequest."""
    name = request.args.get("version")
    if not name or "failed" in g:
        return None
    session = ask().session
    release = find_release(session, name) if VERSION.fullmatch(name) else None
    found = find_version(session, name)
    state = ask().snapshot.state
    if state is None or (release is None and found is None):
        raise BadRequest(
            f"version={name[:40]!r} is no release and no state of the data there was."
        )
    number = release.event_id + 1 if release else found.number if found else 0
    events = state.number - number
    return (
        Then(name, release.version if release else "", events) if events > 0 else None
    )


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(cited_view=view, linked_version=linked_version)
