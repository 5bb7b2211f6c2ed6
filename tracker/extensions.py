"""The Flask extensions that the top row shares, not yet bound to an application."""

from flask import Flask, g
from flask.sansio.app import App
from flask_babel import Babel
from flask_compress import Compress
from flask_sqlalchemy_lite import SQLAlchemy
from flask_talisman import Talisman
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Session


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
            g.pop("session").close()


babel = Babel()
compress = Compress()
csrf = CSRFProtect()
db = Database()
talisman = Talisman()
