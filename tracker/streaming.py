"""Answers that are sent while they are read."""

from collections.abc import Iterable, Iterator

from flask import Response, g, stream_with_context

from tracker.extensions import close, db


def streamed(pieces: Iterable[str], content_type: str) -> Response:
    """`pieces` sent one by one, all read in the transaction of the view.

    The session is closed when the last is sent, or when the reader goes away.
    """
    session = db.session
    g.is_streaming = True

    def sent() -> Iterator[str]:
        try:
            yield from pieces
        finally:
            close(session)

    response = Response(stream_with_context(sent()), content_type=content_type)
    response.call_on_close(lambda: close(session))  # where not one was asked for: HEAD
    return response
