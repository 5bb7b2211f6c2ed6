"""The application factory: settings, extensions, blueprints, errors; nothing else."""

import logging
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, send_from_directory

import config
from tracker import extensions
from tracker.store.db import engine_options, make_folder, prepare
from tracker.web import (
    caching,
    data,
    errors,
    i18n,
    logs,
    metrics,
    operations,
    public,
    version,
)

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "script-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
COMPRESSED = ["text/html", "text/css", "text/csv", "application/json", "image/svg+xml"]
YEAR = 31_536_000


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """The web application. `overrides` replace settings of `config.py` by name."""
    app = Flask(__name__, static_folder=None)
    app.config.from_mapping(config.from_environment(overrides))
    app.config["SQLALCHEMY_ENGINES"] = {
        "default": engine_options(app.config["DATABASE_URL"])
    }
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_SECURE"] = app.config["HTTPS"]
    app.config["BABEL_DEFAULT_LOCALE"] = app.config["LANGUAGES"].split()[0]
    if app.config["HTTPS"]:  # a redirect must not lead where a forged Host says
        site = urlsplit(app.config["SITE_URL"]).hostname or ""
        app.config["TRUSTED_HOSTS"] = [site, "127.0.0.1", "localhost"]
    app.config["COMPRESS_MIMETYPES"] = COMPRESSED
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    make_folder(app.config["DATABASE_URL"])
    # What is registered first hears of an answer last: the log sees it as it is sent,
    # and the cache keeps pages compressed.
    for watcher in (logs, metrics, version, caching):
        watcher.init_app(app)
    init_extensions(app)
    for module in (i18n, errors, public, data, operations):
        module.init_app(app)
    serve_static(app)
    app.logger.setLevel(logging.INFO)
    return app


def init_extensions(app: Flask) -> None:
    extensions.db.init_app(app)
    # Flask-SQLAlchemy-Lite would start a thread after each request to close sessions
    # of asyncio, of which there are none: half of the time of a page from the cache.
    app.teardown_appcontext_funcs[:] = [
        f for f in app.teardown_appcontext_funcs if not iscoroutinefunction(f)
    ]
    with app.app_context():
        prepare(extensions.db.engine)
    extensions.babel.init_app(app, locale_selector=i18n.choose_locale)
    extensions.compress.init_app(app)
    extensions.talisman.init_app(
        app,
        force_https=app.config["HTTPS"],
        strict_transport_security=app.config["HTTPS"],
        session_cookie_secure=app.config["HTTPS"],
        content_security_policy=CONTENT_SECURITY_POLICY,
        referrer_policy="strict-origin-when-cross-origin",
        permissions_policy={"geolocation": "()", "camera": "()", "microphone": "()"},
        frame_options="DENY",
    )


def serve_static(app: Flask) -> None:
    """Serve `static/` below `/static/<version>/`, for ever."""

    @app.route("/static/<version>/<path:name>", endpoint="static")
    def static(version: str, name: str) -> Response:
        if version != app.config["STATIC_VERSION"]:
            abort(404)
        return send_from_directory(app.root_path + "/static", name, max_age=YEAR)
