"""Every setting, its default, one line of why. TRACKER_NAME in the environment wins."""

import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent

DATABASE_URL = f"sqlite:///{ROOT / 'var' / 'tracker.db'}"  # one file beside the code
SECRET_KEY = ""  # empty: made on first start and kept in SECRET_KEY_FILE
SECRET_KEY_FILE = str(ROOT / "var" / "secret_key")  # readable by its owner only
CHECKPOINTS = str(ROOT / "var" / "checkpoints")  # what `audit verify` noted before
SEEDS = str(ROOT / "seeds")  # what `tracker load seeds` reads when no folder is named
REPORT_SECONDS = 2  # a report sent sooner than this was filled in by a machine
SITE_URL = "http://127.0.0.1:8000"  # absolute links in feeds, exports and citations
HTTPS = False  # on behind TLS: HSTS, secure cookies, no plain HTTP
LANGUAGES = "en"  # locales offered, the first is the default
BIND = "127.0.0.1:8000"  # where the HTTP server listens; a proxy with TLS in front
WORKERS = 2  # processes of `tracker serve`: one a core
THREADS = 4  # threads of each: pages wait for the database
PAGE_CACHE_MB = (
    32  # finished pages that each process keeps; the data's version is the key
)
TEMPLATE_CACHE = ""  # folder for compiled templates: processes start sooner
METRICS_BIND = ""  # host:port of Prometheus' metrics, never a public one; empty: none
METRICS_FOLDER = str(ROOT / "var" / "metrics")  # where the processes count together

NAMES = [name for name in globals() if name.isupper() and name not in {"ROOT", "NAMES"}]


def from_environment(overrides: dict[str, Any] | None = None) -> dict[str, Any]:
    """The settings by name; raises ValueError where a variable can't be read."""
    settings: dict[str, Any] = {}
    for name in NAMES:
        default = globals()[name]
        text = os.environ.get(f"TRACKER_{name}")
        settings[name] = default if text is None else read(name, text, default)
    settings |= overrides or {}
    settings["SITE_URL"] = settings["SITE_URL"].rstrip("/")  # paths begin with one
    return settings


def read(name: str, text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text.lower() not in {"0", "1", "true", "false"}:
            raise ValueError(f"TRACKER_{name}={text!r}: write 1 or 0")
        return text.lower() in {"1", "true"}
    if isinstance(default, int):
        if not text.isascii() or not text.isdigit() or not int(text):
            raise ValueError(f"TRACKER_{name}={text!r}: write a whole number above 0")
        return int(text)
    return text
