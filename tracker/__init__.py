"""The tracker of laws against online child trafficking."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(overrides: "dict[str, Any] | None" = None) -> "Flask":
    """The web application of `tracker.app`, imported only here: commands start sooner."""
    from tracker.app import create_app as make

    return make(overrides)
