"""The number of SQL statements of a page does not grow with its countries."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from factories import make_country_file
from tracker.extensions import db

AS_OF = "as_of=2019-08-03"
MORE = [
    "/gaps?kind=text&confidence=high&away=yes",
    "/gaps?treaty=opsc&region=Asia",
    "/countries?read=yes&sort=gaps",
    "/compare?country=PHL&country=KEN&region=Asia",
    "/treaties/crc",
    "/search?q=code",
]
THREE = ["PHL", "KEN", "IND"]
MANY = [*THREE, "USA", "FRA", "DEU", "BRA", "MEX", "JPN", "KOR", "THA", "VNM", "IDN"]
MANY += ["MYS", "NPL", "LKA", "PAK", "BGD", "GHA", "NGA", "ZAF", "UGA", "TZA", "RWA"]
MANY += ["ETH", "EGY", "MAR", "TUN", "SEN", "CIV"]


@contextmanager
def count_queries(app) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", note)


def cost(client, path):
    with count_queries(client.application) as statements:
        response = client.get(path, buffered=True)
    assert response.status_code == 200, path
    return len(statements), statements


@pytest.fixture
def few_and_many(serve_seeds, databases, tmp_path):
    """A function that gives what each path costs with 3 countries, and with 30."""

    def compare(paths):
        few = serve_seeds(*map(make_country_file, THREE))
        before = {path: cost(few, path) for path in paths}
        many = serve_seeds(*map(make_country_file, MANY))
        return {path: (before[path], cost(many, path)) for path in paths}

    return compare


def test_thirty_countries_cost_as_many_statements_as_three(few_and_many, paths):
    asked = [*paths, *MORE, *(f"{path}?{AS_OF}" for path in paths)]
    for path, ((few, _), (many, statements)) in few_and_many(asked).items():
        assert few == many, f"{path}: {few}, then {many}: {statements}"
        assert many <= 20, f"{path}: {many}"
