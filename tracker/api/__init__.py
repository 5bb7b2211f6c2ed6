"""The read API, `/api/v1`: the same records as the exports, for programs."""

from flask import Flask

from tracker.api.views import bp


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
