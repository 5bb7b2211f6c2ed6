"""The blueprint of the public pages; `public` gathers its views."""

from flask import Blueprint

bp = Blueprint("public", __name__)
