"""The application factory: settings, extensions, blueprints, errors; nothing else."""

import logging
from inspect import iscoroutinefunction
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort

import config
from tracker import api, caching, extensions, version
from tracker.store.db import engine_options, make_folder, prepare
from tracker.web import (
    access,
    account,
    away,
    brief,
    cards,
    changes,
    charts,
    citing,
    comparison,
    corridor,
    data,
    embed,
    errors,
    feeds,
    forgetting,
    headers,
    history,
    i18n,
    library,
    logs,
    meta,
    metrics,
    operations,
    pagecache,
    propose,
    public,
    releases,
    report,
    review,
    second,
    templating,
    upload,
)
from tracker.web.secrets import secret_key

COMPRESSED = ["text/html", "text/css", "text/csv", "application/json", "image/svg+xml"]
YEAR = 31_536_000


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """The web application. `overrides` replace settings of `config.py` by name."""
    app = Flask("tracker", static_folder=None)
    app.config.from_mapping(config.from_environment(overrides))
    app.config["SQLALCHEMY_ENGINES"] = {
        "default": engine_options(app.config["DATABASE_URL"])
    }
    app.config["SECRET_KEY"] = secret_key(
        app.config["SECRET_KEY"],
        Path(app.config["SECRET_KEY_FILE"]),
        is_public=app.config["HTTPS"],
    )
    app.config["MAX_CONTENT_LENGTH"] = 2_000_000
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
    for watcher in (logs, metrics, version, pagecache):
        watcher.init_app(app)
    app.after_request(embed.never_frame_errors)  # before talisman's, so it runs after
    init_extensions(app)
    for module in (
        templating,
        i18n,
        errors,
        access,
        public,
        data,
        releases,
        meta,
        charts,
        citing,
    ):
        module.init_app(app)
    for module in (account, propose, review, second, report, upload, history):
        module.init_app(app)
    for module in (away, brief, cards, changes, comparison, corridor):
        module.init_app(app)
    for module in (embed, feeds, library, operations, api, caching, forgetting):
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
    headers.init_app(app)


def serve_static(app: Flask) -> None:
    """Serve `static/`, a few small files, below `/static/<version>/` for ever."""
    folder = Path(app.root_path) / "static"
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }

    @app.route("/static/<version>/<path:name>", endpoint="static")
    def static(version: str, name: str) -> Response:
        if version != app.config["STATIC_VERSION"] or name not in files:
            abort(404)
        response = Response(files[name], mimetype=guess_type(name)[0])
        response.cache_control.public = True
        response.cache_control.max_age = YEAR
        response.cache_control.immutable = True
        return response
