"""For whoever keeps the machine: is the process alive, can it serve."""

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from tracker.extensions import db
from tracker.store import migrations
from tracker.store.codebooks import current_text
from tracker.store.models import Country
from tracker.web.headers import headers

bp = Blueprint("operations", __name__)


@bp.route("/healthz")
@headers(force_https=False)  # asked on this machine, behind the proxy with TLS
def alive() -> Response:
    """Whether the process answers at all; it asks nothing of the database."""
    return plain({"alive": True}, 200)


@bp.route("/readyz")
@headers(force_https=False)
def ready() -> Response:
    """Whether pages can be served: 200, or 503 with what is missing."""
    found = check()
    return plain(found, 200 if all(found.values()) else 503)


def check() -> dict[str, bool]:
    """Database reachable, at the newest migration, with data; each after the other."""
    found = {"database": False, "migration": False, "data": False}
    try:
        with db.engine.connect() as connection:
            found["database"] = True
            current = migrations.current_on(connection)
        found["migration"] = current == migrations.head()
        if found["migration"]:
            countries = sa.select(sa.func.count()).select_from(Country)
            has_book = bool(current_text(db.session))
            found["data"] = has_book and bool(db.session.scalar(countries))
    except SQLAlchemyError:
        db.session.rollback()
    return found


def plain(found: dict[str, bool], code: int) -> Response:
    response = jsonify(found)
    response.status_code = code
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
