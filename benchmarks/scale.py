"""What a row of a page costs at 200 and at 16,000 jurisdictions, in one run.

    python -m benchmarks.build var/bench-200.db 200
    python -m benchmarks.build var/bench-16000.db 16000
    python benchmarks/scale.py var/bench-200.db var/bench-16000.db

Each page is made anew for each request (its address differs); a row is a `<tr>` of its
HTML, a place on its map, or a record of its JSON. Prints milliseconds of processor time
for a page, the least of three rounds, and how many times as much the larger database's
row costs.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from pages import different, run, stop, tracker, wait_for

PAGES = (
    "/",
    "/gaps",
    "/gaps?page=2",
    "/countries",
    "/countries/AAB",
    "/criteria/definition",
    "/compare?country=AAB&country=AAC",
    "/api/v1/answers?limit=100",
)
ROW = re.compile(rb'<tr|<li><a href="/countries/|<path d|"iso3"')


def costs(database: Path, args: argparse.Namespace) -> Iterator[tuple[float, int, int]]:
    """Seconds of processor for each page, its rows and its bytes."""
    server = tracker(database, 8314)
    wait_for(8314, "/about")
    for page in PAGES:
        if not wait_for(8314, page):
            yield 0, 0, 0
            continue
        with urlopen(f"http://127.0.0.1:8314{page}") as answer:
            body = answer.read()
        # In the first round each process reads the countries.
        found = [run(server, 8314, different(page, n * 5_000), args) for n in range(4)]
        errors = [error for one in found for error in one.seen.errors]
        assert not errors, (page, errors[:1])
        least = min(one.cost for one in found[1:])
        yield least, len(ROW.findall(body)), len(body)
    stop(server)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("small", type=Path)
    parser.add_argument("large", type=Path)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--clients", type=int, default=2)
    args = parser.parse_args()
    small, large = (list(costs(p.resolve(), args)) for p in (args.small, args.large))
    for page, (a, rows_a, bytes_a), (b, rows_b, bytes_b) in zip(
        PAGES, small, large, strict=True
    ):
        if not rows_a or not rows_b:
            print(f"{page:36} {a * 1000:8.2f} ms {b * 1000:8.2f} ms: no rows")
            continue
        print(
            f"{page:36} {a * 1000:8.2f} ms {rows_a:5} rows {bytes_a // 1000:5} kB"
            f" {b * 1000:8.2f} ms {rows_b:5} rows {bytes_b // 1000:5} kB"
            f"  a row: {b / rows_b / (a / rows_a):5.2f} times"
        )


if __name__ == "__main__":
    main()
