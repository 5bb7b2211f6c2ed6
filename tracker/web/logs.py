"""One log line for each request: the route that answered, and how.

No address of a visitor, no query and no path, which may hold a name or a token.
"""

import logging
import re
from time import perf_counter
from uuid import uuid4

from flask import Flask, Response, g, request

import jsonlog

log = logging.getLogger("tracker.request")
METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
HEADER = "X-Request-ID"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


def begin() -> None:
    """Take the request id of the proxy in front, where it is one; else make one."""
    given = request.headers.get(HEADER, "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
    g.began = perf_counter()
    jsonlog.request_id.set(g.request_id)


def end(response: Response) -> Response:
    response.headers[HEADER] = g.get("request_id") or uuid4().hex
    log.info(
        "request",
        extra={
            "method": method(),
            "route": route(),
            "status": response.status_code,
            "milliseconds": round(elapsed() * 1000, 1),
            "bytes": response.content_length,
            "cache": g.get("cache_outcome", "none"),
        },
    )
    return response


def elapsed() -> float:
    """Seconds since this request began."""
    return perf_counter() - float(g.get("began") or perf_counter())


def method() -> str:
    """One of HTTP's own: a client may write anything here."""
    return request.method if request.method in METHODS else "other"


def forget(_error: BaseException | None) -> None:
    jsonlog.request_id.set("")


def route() -> str:
    """The rule that answers, `/countries/<iso3:iso3>`; never the path itself."""
    return str(request.url_rule) if request.url_rule else "none"


def init_app(app: Flask) -> None:
    """Call before everything else: the first to begin is the last to end."""
    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(forget)
