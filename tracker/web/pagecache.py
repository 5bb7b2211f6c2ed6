"""Pages by the version of their data: not sent again, not made again, while it stands.

An anonymous GET has an ETag of the data's version, the language and the address. A
visitor who has the page gets 304 before a view or a template runs; one who has not gets
the finished page from memory, where this process has made it before. Nothing is kept for
anyone with a cookie or a token, and no answer that sets a cookie.
"""

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from time import monotonic

from flask import Flask, Response, current_app, g, request, session
from flask_babel import get_locale

from tracker.caching import OPEN, SETTLED
from tracker.version import answer_version

NOT_PAGES = (
    "/account",
    "/healthz",
    "/propose",
    "/readyz",
    "/report",
    "/review",
    "/second",
    "/static",
    "/upload",
)
TOKENS = ("Authorization", "Authentication-Token")
KEPT_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Content-Disposition",
    "Link",
    "Vary",
    "ETag",
    "Last-Modified",
    "Cache-Control",
    "Content-Security-Policy",
    "X-Frame-Options",
    "Access-Control-Allow-Origin",
)
NEGOTIATED = ("Accept-Encoding", "Accept")  # the second by programs only
LARGEST = 2_000_000
OVERHEAD = 1_000
PATIENCE = 10.0


@dataclass(frozen=True)
class Page:
    """An answer as it was sent, ready to be sent again."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    until: float = math.inf

    @property
    def is_fresh(self) -> bool:
        return monotonic() < self.until


class PageCache:
    """Finished pages of one version of the data, the least used dropped first."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self.version = ""
        self.pages: OrderedDict[str, Page] = OrderedDict()
        self.making: dict[str, threading.Event] = {}
        self.lock = threading.Lock()

    def get(self, key: str) -> Page | None:
        with self.lock:
            page = self.pages.get(key)
            if page is None or not page.is_fresh:
                return None
            self.pages.move_to_end(key)
            return page

    def get_or_claim(self, key: str) -> tuple[Page | None, bool]:
        """The page, or whether the caller is the one to make it and to `release` it.

        When the data changes, a hundred readers want the same new page: one makes it,
        the others wait for that one, but not for ever.
        """
        end = monotonic() + PATIENCE
        while (left := end - monotonic()) > 0:
            if page := self.get(key):
                return page, False
            with self.lock:
                other = self.making.get(key)
                if other is None:
                    self.making[key] = threading.Event()
                    return None, True
            other.wait(left)
        return None, False

    def release(self, key: str) -> None:
        """The page is made, or never will be: let the others go on."""
        with self.lock:
            made = self.making.pop(key, None)
        if made:
            made.set()

    def put(self, version: str, key: str, page: Page) -> None:
        size = weight(key, page)
        if size > min(LARGEST, self.max_bytes):
            return
        with self.lock:
            if version != self.version:
                self.pages.clear()
                self.version, self.bytes = version, 0
            if old := self.pages.pop(key, None):
                self.bytes -= weight(key, old)
            self.pages[key] = page
            self.bytes += size
            while self.bytes > self.max_bytes:
                name, gone = self.pages.popitem(last=False)
                self.bytes -= weight(name, gone)


def weight(key: str, page: Page) -> int:
    return len(key) + len(page.body) + OVERHEAD


def is_public() -> bool:
    """Whether everyone who asks this gets the same answer."""
    return (
        request.method in {"GET", "HEAD"}
        and not request.cookies
        and not any(name in request.headers for name in TOKENS)
        and not request.content_length
        and request.url_rule is not None
        and not request.path.startswith(NOT_PAGES)
    )


def answer_early() -> Response | None:
    """304 or the finished page, where there is one."""
    g.cache_outcome = "none"
    if not is_public():
        return None
    address = (
        f"{request.scheme} {request.path}?{request.query_string.decode('latin-1')}"
    )
    key = f"{answer_version()} {get_locale()} {address}"
    g.etag = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
    asked = request.if_none_match
    if not asked.star_tag and asked.contains_weak(g.etag):
        g.cache_outcome = "not-modified"
        return label(Response(status=304))
    names = NEGOTIATED if request.path.startswith(OPEN) else NEGOTIATED[:1]
    wanted = [request.headers.get(name, "")[:100] for name in names]
    g.page_key = " ".join([key, *wanted])
    if request.method == "HEAD":  # its answer is not kept: nobody is to wait for it
        page = pages().get(g.page_key)
    else:
        page, g.is_claimed = pages().get_or_claim(g.page_key)
    if page is None:
        return None
    g.cache_outcome = "hit"
    found = Response(page.body, headers=list(page.headers))
    found.make_conditional(request.environ)
    return found


def pages() -> PageCache:
    found: PageCache = current_app.extensions["page_cache"]
    return found


def label(response: Response) -> Response:
    """The caller keeps the page, and asks each time whether it still stands."""
    if not response.headers.get("ETag"):
        response.set_etag(g.etag, weak=True)
    if not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "public, no-cache"
    response.vary.update(("Cookie", "Accept-Language"))
    return response


def finish(response: Response) -> Response:
    """Label what everyone may keep, and keep it here; the rest is for one visitor."""
    if g.get("cache_outcome") in {"hit", "not-modified"}:
        return response
    is_private = session.modified or "Set-Cookie" in response.headers
    if "page_key" not in g or is_private or response.status_code != 200:
        if not response.headers.get("Cache-Control"):
            is_error = response.status_code >= 400
            response.headers["Cache-Control"] = (
                "no-store" if is_error or is_private else "private, no-cache"
            )
        return response
    label(response)
    g.cache_outcome = "made"
    if "no-store" in response.headers["Cache-Control"] or request.method == "HEAD":
        return response
    if not response.direct_passthrough:
        keep(response)
    return response


def keep(response: Response) -> None:
    headers = tuple(
        (name, response.headers[name])
        for name in KEPT_HEADERS
        if name in response.headers
    )
    cache, version, key = pages(), answer_version(), g.page_key
    # A program's answer has a date only when its state of the data has settled.
    has_date = "Last-Modified" in response.headers
    is_dated = has_date or not request.path.startswith(OPEN)
    until = math.inf if is_dated else monotonic() + SETTLED.total_seconds()
    if not response.is_streamed:
        cache.put(version, key, Page(response.get_data(), headers, until))
        return

    def store(body: bytes) -> None:
        cache.put(version, key, Page(body, headers, until))

    response.response = Tee(response.response, store, partial(cache.release, key))
    g.is_claimed = False  # by this request: its stream lets the others go on


class Tee:
    """A streamed body that is kept once it was sent whole, if it is not too large."""

    def __init__(
        self,
        chunks: Iterable[bytes | str],
        store: Callable[[bytes], None],
        release: Callable[[], None],
    ) -> None:
        self.chunks, self.store, self.release = chunks, store, release

    def __iter__(self) -> Iterator[bytes]:
        kept: list[bytes] = []
        size = 0
        for chunk in self.chunks:
            data = chunk.encode() if isinstance(chunk, str) else chunk
            size += len(data)
            if size <= LARGEST:
                kept.append(data)
            else:
                kept.clear()
                self.release()
            yield data
        if size <= LARGEST:
            self.store(b"".join(kept))
        self.release()

    def close(self) -> None:
        self.release()
        close = getattr(self.chunks, "close", None)
        if close:
            close()


def let_go(_error: BaseException | None) -> None:
    if g.pop("is_claimed", False):
        pages().release(g.page_key)


def init_app(app: Flask) -> None:
    app.extensions["page_cache"] = PageCache(app.config["PAGE_CACHE_MB"] * 1_000_000)
    app.before_request(answer_early)
    app.after_request(finish)
    app.teardown_request(let_go)
