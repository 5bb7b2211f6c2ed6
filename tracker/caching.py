"""Validators of what programs read: same data, day and code, same answer."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Flask, Response, current_app, request
from werkzeug.http import is_resource_modified

from tracker.store.versions import DataVersion

OPEN = ("/api/", "/data")
FRESH = "public, max-age=60"
# A date has no parts of a second, and an event's is from before its transaction waited
# for its turn: until then, two changes could have the same one.
SETTLED = timedelta(seconds=60)


class Validators:
    """`ETag` and `Last-Modified` of an answer made of `version` for `day`.

    Where nobody asked for that day (`is_given`), tomorrow's answer may differ.
    """

    def __init__(
        self, version: DataVersion | None, day: date, *, form: str, is_given: bool
    ) -> None:
        now = datetime.now(UTC)
        # A new program may write the same data otherwise.
        code = current_app.extensions["package_version"][:8]
        parts = (version.name if version else "empty", day, form, code)
        self.etag = "-".join(map(str, parts))
        self.last_modified: datetime | None = None
        if version and now - version.at > SETTLED:
            midnight = datetime.combine(now.date(), time(), UTC)
            changed = version.at if is_given else max(version.at, midnight)
            self.last_modified = changed.replace(microsecond=0)

    def not_modified(self) -> Response | None:
        """The 304, where the reader has this answer already."""
        if request.method not in ("GET", "HEAD"):
            return None
        is_modified = is_resource_modified(
            request.environ, etag=f'W/"{self.etag}"', last_modified=self.last_modified
        )
        return None if is_modified else self.stamp(Response(status=304))

    def stamp(self, response: Response) -> Response:
        response.set_etag(self.etag, weak=True)
        if self.last_modified:
            response.last_modified = self.last_modified
        response.headers["Cache-Control"] = FRESH
        response.vary.add("Accept")
        return response


def is_known(sha256: str) -> bool:
    """Whether the reader has these very bytes."""
    return request.if_none_match.contains_weak(sha256)


def allow_reading(response: Response) -> Response:
    """Let pages elsewhere read what is open anyway. https://fetch.spec.whatwg.org/"""
    if request.path.startswith(OPEN):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = (
            "Link, ETag, Last-Modified, Content-Disposition"
        )
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = (
                "Accept, If-None-Match, If-Modified-Since"
            )
            response.headers["Access-Control-Max-Age"] = "86400"
    return response


def init_app(app: Flask) -> None:
    app.after_request(allow_reading)
