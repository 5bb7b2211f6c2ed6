"""Downloads of everything that is published, and the page that explains them."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, render_template
from werkzeug.exceptions import NotFound

from tracker.rules import columns
from tracker.store import exports
from tracker.web.ask import ask
from tracker.web.listing import csv_response

bp = Blueprint("data", __name__, url_prefix="/data")

Rows = Iterator[tuple[Any, ...]]


def answers(day: date | None) -> Rows:
    return exports.answers(ask().session, ask().codebook, ask().day)


def matrix(day: date | None) -> Rows:
    return exports.matrix(ask().session, ask().codebook, ask().day)


ROWS: dict[str, Callable[[date | None], Rows]] = {
    "readings.csv": lambda day: exports.readings(ask().session, day),
    "answers.csv": answers,
    "matrix.csv": matrix,
    "laws.csv": lambda day: exports.laws(ask().session, day),
    "provisions.csv": lambda day: exports.provisions(ask().session, day),
    "sources.csv": lambda day: exports.sources(ask().session, day),
    "treaties.csv": lambda day: exports.treaties(ask().session, day),
}


def downloads() -> list[columns.Download]:
    """The files in the order of the page; the matrix has the codebook's criteria."""
    criteria = {c.key: c.question for c in ask().codebook.criteria}
    files = list(columns.DOWNLOADS)
    return [*files[:2], columns.matrix(criteria), *files[2:]]


@bp.route("")
def index() -> str:
    """What can be downloaded, and what each column holds."""
    return render_template("public/data.html", downloads=downloads())


@bp.route("/<name>.csv")
def download(name: str) -> Response:
    """One table as CSV, streamed; `?as_of=` narrows it to what holds on that day."""
    file = next((d for d in downloads() if d.name == f"{name}.csv"), None)
    if file is None:
        raise NotFound(f"There is no download called {name[:60]!r}.")
    return csv_response(name, file.columns, ROWS[file.name](ask().given))


@bp.route("/codebook.json")
def codebook() -> Response:
    """The codebook in force: criteria, elements, tests and treaty articles."""
    book = ask().codebook
    return jsonify(
        version=book.version,
        licence="CC-BY-4.0",
        themes=dict(book.themes),
        criteria=[
            {
                "key": criterion.key,
                "theme": criterion.theme,
                "title": criterion.title,
                "question": criterion.question,
                "elements": {e.key: e.test for e in criterion.elements},
                "note": criterion.note,
                "part": (
                    {"any": criterion.part.any_of}
                    if criterion.part.any_of
                    else {"all": criterion.part.all_of}
                ),
                "full": criterion.full.all_of,
                "treaties": dict(criterion.treaties),
            }
            for criterion in book.criteria
        ],
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
