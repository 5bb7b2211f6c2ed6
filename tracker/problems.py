"""Errors for programs: problem details (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from flask import Response, request
from werkzeug.exceptions import BadRequest, HTTPException

CONTENT_TYPE = "application/problem+json"


class BadParameters(BadRequest):
    """Parameters that can't be read: `errors` says of each what is wrong with it."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {detail}" for name, detail in errors))
        self.errors = errors


def is_for_programs() -> bool:
    """Whether this request came to the API, found or not."""
    return request.path == "/api" or request.path.startswith("/api/")


def problem(error: HTTPException) -> Response:
    code = error.code or 500
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": error.description or "",
        "instance": request.path,
    }
    if isinstance(error, BadParameters):
        body["errors"] = [
            {"parameter": name, "detail": detail} for name, detail in error.errors
        ]
    response = Response(
        json.dumps(body, ensure_ascii=False) + "\n", code, content_type=CONTENT_TYPE
    )
    response.headers["Cache-Control"] = "no-store"
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response
