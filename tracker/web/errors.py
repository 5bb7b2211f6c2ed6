"""Error pages: what happened, in words, and where to go from here."""

import logging
from typing import Any

from flask import Flask, Response, g, render_template, request
from sqlalchemy.exc import OperationalError, ProgrammingError
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    SecurityError,
    ServiceUnavailable,
    default_exceptions,
)

from tracker.actions import accounts
from tracker.actions.proposals import Conflict, Missing
from tracker.extensions import db
from tracker.problems import is_for_programs, problem
from tracker.rules.permissions import Forbidden
from tracker.store.db import CorruptValue
from tracker.web import metrics

log = logging.getLogger(__name__)


def show(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    """The page for an HTTP error; redirects and the like pass through."""
    code = error.code or 500
    if isinstance(error, SecurityError):  # no address can be built for this host
        return "This site is not known by that name.\n", 400
    if code < 400:
        return error
    g.failed = True
    if is_for_programs():
        return problem(error)
    known = {400, 403, 404, 405, 409, 413, 422, 429, 503}
    if error.response is not None:
        return error
    messages = getattr(error, "messages", None) or [error.description]
    page = render_template(
        "errors/error.html",
        code=code,
        is_known=code in known,
        messages=messages,
        path=request.path if request.path.isprintable() else None,
    )
    return page, code


def show_database_error(error: Exception) -> tuple[str, int] | HTTPException | Response:
    log.error(
        "the database did not answer: %s", error.__class__.__name__, exc_info=error
    )
    metrics.failures.inc()
    db.session.rollback()
    return show(ServiceUnavailable("The database does not answer just now."))


def show_damage(error: CorruptValue) -> tuple[str, int] | HTTPException | Response:
    log.error("%s: %s", request.path, error)
    metrics.failures.inc()
    db.session.rollback()
    return show(
        InternalServerError(
            f"A record behind this page is damaged: {error}. It was logged, and is to "
            "be restored from a backup; other pages are not touched by it."
        )
    )


def show_failure(
    error: InternalServerError,
) -> tuple[str, int] | HTTPException | Response:
    return show(InternalServerError("Something went wrong on our side; it was logged."))


REFUSALS: dict[type[Exception], int] = {
    Forbidden: 403,
    Missing: 404,
    Conflict: 409,
    accounts.TooManyAttempts: 429,
}


def show_refusal(error: Exception) -> Any:
    """What a use case refuses, as a status."""
    db.session.rollback()
    code = next(c for kind, c in REFUSALS.items() if isinstance(error, kind))
    page = default_exceptions[code](description=str(error))
    return show(page)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, show)
    for kind in REFUSALS:
        app.register_error_handler(kind, show_refusal)
    app.register_error_handler(CorruptValue, show_damage)
    app.register_error_handler(InternalServerError, show_failure)
    app.register_error_handler(OperationalError, show_database_error)
    app.register_error_handler(ProgrammingError, show_database_error)
