"""Downloads of everything that is published, and the page that explains them."""

from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, jsonify, render_template
from werkzeug.exceptions import NotFound

from tracker.caching import Validators
from tracker.rules.csvtext import csv_lines
from tracker.rules.tables import Table, all_tables
from tracker.store.codebooks import codebook_data
from tracker.store.db import begin_snapshot
from tracker.store.exports import Export, reading_lines
from tracker.store.releases import read_releases
from tracker.web.ask import ask
from tracker.web.listing import csv_answer
from tracker.web.meta import dataset

bp = Blueprint("data", __name__, url_prefix="/data")
EXAMPLES = Path(__file__).parents[1] / "data" / "examples"


def tables() -> list[Table]:
    """Every public table; the matrix has the codebook's criteria."""
    return all_tables({c.key: c.question for c in ask().codebook.criteria})


@bp.route("")
def index() -> str:
    """What can be downloaded, what each column holds, the releases, how to cite."""
    found = read_releases(ask().session)
    return render_template(
        "public/data.html",
        tables=tables(),
        releases=found,
        dataset=dataset(found, tables()),
        examples={
            path.name: example(path)
            for path in sorted(EXAMPLES.iterdir(), reverse=True)
        },
    )


def example(path: Path) -> str:
    """A program to copy, with this site's own address in it."""
    site = str(current_app.config["SITE_URL"])
    return path.read_text(encoding="utf-8").replace("http://127.0.0.1:8000", site)


@bp.route("/<name>.csv")
def download(name: str) -> Response:
    """One table as CSV, streamed; `?as_of=` narrows it to what holds on that day."""
    begin_snapshot(ask().session)
    table = next((table for table in tables() if table.name == name), None)
    if table is None:
        raise NotFound(f"There is no download called {name[:60]!r}.")
    given, day = ask().given, ask().day
    validators = Validators(
        ask().snapshot.state, day, form="csv", is_given=given is not None
    )
    if known := validators.not_modified():
        return known
    return validators.stamp(csv_answer(name, text_of(table)))


def text_of(table: Table) -> Iterator[str]:
    session, given = ask().session, ask().given
    if table.name == "readings":
        yield from csv_lines(table.names, ())
        yield from reading_lines(session, given)
    else:
        rows = Export(session, ask().codebook, ask().day, given).rows(table.name)
        yield from csv_lines(table.names, rows)


@bp.route("/codebook.json")
def codebook() -> Response:
    """The codebook in force: criteria, elements, tests and treaty articles."""
    return jsonify(codebook_data(ask().codebook))


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
