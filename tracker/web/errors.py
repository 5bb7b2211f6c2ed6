"""Error pages: what happened, in words, and where to go from here."""

import logging

from flask import Flask, g, render_template, request
from sqlalchemy.exc import OperationalError, ProgrammingError
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    SecurityError,
    ServiceUnavailable,
)

from tracker.extensions import db
from tracker.web import metrics

log = logging.getLogger(__name__)


def show(error: HTTPException) -> tuple[str, int] | HTTPException:
    """The page for an HTTP error; redirects and the like pass through."""
    code = error.code or 500
    if isinstance(error, SecurityError):  # no address can be built for this host
        return "This site is not known by that name.\n", 400
    if code < 400:
        return error
    g.failed = True
    known = {400, 404, 405, 413, 429, 503}
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


def show_database_error(error: Exception) -> tuple[str, int] | HTTPException:
    log.error(
        "the database did not answer: %s", error.__class__.__name__, exc_info=error
    )
    metrics.failures.inc()
    db.session.rollback()
    return show(ServiceUnavailable("The database does not answer just now."))


def show_failure(error: InternalServerError) -> tuple[str, int] | HTTPException:
    return show(InternalServerError("Something went wrong on our side; it was logged."))


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(InternalServerError, show_failure)
    app.register_error_handler(OperationalError, show_database_error)
    app.register_error_handler(ProgrammingError, show_database_error)
