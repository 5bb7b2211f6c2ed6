"""Log records as lines of JSON, with the request's id and no personal data.

Beside `config.py` and without imports from the project: the master process of the HTTP
server uses it, and must not hold an old version of the code when workers start anew.
Of an exception it keeps the type and the places, not the message, which may quote what
somebody typed.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

FIELDS = ("method", "route", "status", "milliseconds", "bytes", "cache")
SCRUBBED = (  # what gunicorn quotes of a request
    (re.compile(r"ip=\S+"), "ip=-"),
    (re.compile(r"(Error handling request).*", re.DOTALL), r"\1"),
    (re.compile(r"(Invalid [^:]*):.*", re.DOTALL), r"\1"),
)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        found: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message(record),
            "process": record.process,
        }
        if known := getattr(record, "request_id", "") or request_id.get():
            found["request_id"] = known
        found |= {n: getattr(record, n) for n in FIELDS if hasattr(record, n)}
        if record.exc_info and record.exc_info[1]:
            found["exception"] = describe(record.exc_info[1])
        return json.dumps(found, ensure_ascii=False)


def message(record: logging.LogRecord) -> str:
    """The message; the HTTP server's own without addresses and queries."""
    text = record.getMessage()
    if record.name.startswith("gunicorn"):
        for pattern, instead in SCRUBBED:
            text = pattern.sub(instead, text)
    return text


def describe(error: BaseException) -> dict[str, Any]:
    """The exception's type, places and cause; the reason of a lost connection."""
    frames = traceback.extract_tb(error.__traceback__)
    found: dict[str, Any] = {
        "type": type(error).__name__,
        "frames": [f"{f.filename}:{f.lineno} {f.name}" for f in frames],
    }
    if type(error).__name__ == "OperationalError":  # of the connection, never of a row
        found["reason"] = str(getattr(error, "orig", "")).partition("\n")[0]
    cause = error.__cause__ or error.__context__
    if cause is not None:
        found["cause"] = type(cause).__name__
    return found
