"""The headers that keep a page to itself: what it may load, who may frame it, TLS."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from flask_talisman import Talisman

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
ViewT = TypeVar("ViewT", bound=Callable[..., Any])


class ViewOptions(dict[str, Any]):
    """A view's own options; the rest are those of the application that asks.

    Talisman writes the rest into the view's own for good, so the first application of
    a process would decide for every other.
    """

    def __init__(self, own: dict[str, Any]) -> None:
        super().__init__(own)
        self.own = frozenset(own)

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self.own:
            self[key] = default
        return self[key]


def headers(**options: Any) -> Callable[[ViewT], ViewT]:
    """A decorator: what a view has otherwise, by Talisman's names."""

    def decorate(view: ViewT) -> ViewT:
        view.talisman_view_options = ViewOptions(options)  # type: ignore[attr-defined]
        return view

    return decorate


def init_app(app: Flask) -> None:
    Talisman().init_app(
        app,
        force_https=app.config["HTTPS"],
        strict_transport_security=app.config["HTTPS"],
        session_cookie_secure=app.config["HTTPS"],
        content_security_policy=CONTENT_SECURITY_POLICY,
        referrer_policy="strict-origin-when-cross-origin",
        permissions_policy={"geolocation": "()", "camera": "()", "microphone": "()"},
        frame_options="DENY",
    )
