"""Addresses that hold outside of this site."""

from typing import Any

from flask import current_app, url_for


def absolute(endpoint: str, **values: Any) -> str:
    """The address of a page as the public knows it (`SITE_URL`)."""
    return full(url_for(endpoint, **values))


def full(path: str) -> str:
    return f"{current_app.config['SITE_URL']}{path}"
