"""The application factory: settings, extensions, blueprints, errors; nothing else."""

import logging
from pathlib import Path
from typing import Any

from flask import Flask
from whitenoise import WhiteNoise

import config
from tracker import extensions
from tracker.store.db import engine_options, make_folder, prepare
from tracker.web import data, errors, i18n, public

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
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    make_folder(app.config["DATABASE_URL"])
    init_extensions(app)
    for module in (i18n, errors, public, data):
        module.init_app(app)
    serve_static(app)
    app.logger.setLevel(logging.INFO)
    return app


def init_extensions(app: Flask) -> None:
    extensions.db.init_app(app)
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
    folder = Path(__file__).parent / "static"
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix=f"static/{i18n.static_version(folder)}/",
        max_age=YEAR,
        allow_all_origins=False,
    )
