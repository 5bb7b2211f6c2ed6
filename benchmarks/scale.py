"""What a row of a page costs at 200 and at 16,000 jurisdictions, in one run.

    python -m benchmarks.build var/bench-200.db 200
    python -m benchmarks.build var/bench-16000.db 16000
    python benchmarks/scale.py var/bench-200.db var/bench-16000.db

Each page is made anew for each request (its address differs); a row is a `<tr>` or item
of its HTML, a place on its map, or a record of its JSON. Prints milliseconds of processor
time for a page, the least of three rounds, how many times as much the larger database's
row costs, and in brackets what the first page cost that a process made of these data.
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from pages import cpu, different, run, stop, tracker, wait_for

PAGES = (
    "/",
    "/gaps",
    "/gaps?page=2",
    "/countries",
    "/countries/AAB",
    "/criteria/definition",
    "/criteria/grooming/years",
    "/compare?country=AAB&country=AAC",
    "/corridor?from=AAB&to=AAC",
    "/changes",
    "/changes?kind=reform&reforms=3",
    "/changes?since=2015-01-01",
    "/feed.atom",
    "/away",
    "/away?page=3",
    "/provisions/grooming",
    "/provisions/grooming?page=3",
    "/treaties",
    "/treaties/opsc",
    "/regions",
    "/method",
    "/api/v1/answers?limit=100",
)
ROW = re.compile(
    rb'<tr|<li><a href="/countries/|<li><strong>|<li><span class="tag|<li class="card"'
    rb'|<path d|"iso3"|<entry>'
)


@dataclass(frozen=True)
class Cost:
    """Seconds of processor for a page and for the first of its kind; its rows, bytes."""

    page: float
    first: float
    rows: int
    bytes: int

    def __str__(self) -> str:
        return (
            f"{self.page * 1000:8.2f} ms ({self.first * 1000:6.0f}) {self.rows:5} rows"
            f" {self.bytes // 1000:5} kB"
        )


def costs(database: Path, args: argparse.Namespace) -> Iterator[Cost]:
    """What each page costs."""
    server = tracker(database, 8314)
    wait_for(8314, "/about")
    for page in PAGES:
        before = cpu(server.pid)
        if not wait_for(8314, page):
            yield Cost(0, 0, 0, 0)
            continue
        first = cpu(server.pid) - before
        with urlopen(f"http://127.0.0.1:8314{page}") as answer:
            body = answer.read()
        # In the first round each process reads the countries.
        found = [run(server, 8314, different(page, n * 5_000), args) for n in range(4)]
        errors = [error for one in found for error in one.seen.errors]
        assert not errors, (page, errors[:1])
        least = min(one.cost for one in found[1:])
        yield Cost(least, first, len(ROW.findall(body)), len(body))
    stop(server)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("small", type=Path)
    parser.add_argument("large", type=Path)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--clients", type=int, default=2)
    args = parser.parse_args()
    small, large = (list(costs(p.resolve(), args)) for p in (args.small, args.large))
    for page, a, b in zip(PAGES, small, large, strict=True):
        if not a.rows or not b.rows:
            print(f"{page:36} {a} {b}: no rows")
            continue
        ratio = b.page / b.rows / (a.page / a.rows)
        print(f"{page:36} {a} {b}  a row: {ratio:5.2f} times")


if __name__ == "__main__":
    main()
