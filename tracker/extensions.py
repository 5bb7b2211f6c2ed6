"""The Flask extensions that the top row shares, not yet bound to an application."""

import logging

from flask import Flask, g
from flask.sansio.app import App
from flask_babel import Babel
from flask_compress import Compress
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


class Database(SQLAlchemy):
    """One session for each request, which a streamed answer keeps until it is sent.

    The extension closes its own when the view returns, and a stream that goes on would
    open another that nobody closes, in another transaction than its `ETag` is of.
    """

    def init_app(self, app: App) -> None:
        super().init_app(app)
        assert isinstance(app, Flask)
        app.teardown_appcontext(self.close)

    @property
    def session(self) -> Session:
        if "session" not in g:
            g.session = self.sessionmaker()
        found: Session = g.session
        return found

    def close(self, failed: BaseException | None = None) -> None:
        """Let go of the request's session, unless a stream still reads from it."""
        if "session" in g and (failed or not g.get("is_streaming")):
            close(g.pop("session"))


def close(session: Session) -> None:
    """Close it; a connection that the database cut meanwhile is thrown away.

    The answer is already made: it is not to fail because its transaction can't be ended.
    """
    try:
        session.close()
    except DBAPIError as error:
        log.warning("a connection was lost: %s", error.__class__.__name__)
        session.invalidate()


babel = Babel()
compress = Compress()
csrf = CSRFProtect()
db = Database()
