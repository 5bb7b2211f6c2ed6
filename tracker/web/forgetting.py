"""What is kept for an hour is gone after it, also where nobody tries again."""

import logging
from time import monotonic

from flask import Flask, Response, current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tracker.extensions import db
from tracker.store import limits
from tracker.web.access import now

EVERY = 300.0  # seconds; whatever is asked of the site, `/healthz` included, serves
log = logging.getLogger(__name__)


def forget_old(response: Response) -> Response:
    state = current_app.extensions["forgetting"]
    if monotonic() < state["next"]:
        return response
    state["next"] = monotonic() + EVERY
    try:
        with Session(db.engine) as session:
            limits.forget_old(session, now())
    except DBAPIError as error:  # read-only, or away: the next one tries again
        log.warning("nothing was forgotten: %s", error.__class__.__name__)
    return response


def init_app(app: Flask) -> None:
    app.extensions["forgetting"] = {"next": monotonic() + EVERY}
    app.after_request(forget_old)
