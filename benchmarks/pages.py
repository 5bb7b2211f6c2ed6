"""Pages a second against Datasette 0.65 with 100 rows of the same readings, in one run.

    python benchmarks/pages.py --database var/tracker.db --datasette /path/to/datasette

The same SQLite file is served by both, first the one, then the other, to the same number
of connections. "made" asks each page with an argument that changes every time, so that no
page is found in the cache; "kept" asks for the same page again; "304" sends the page's
ETag along. The ratios are of pages a second, and of processor time a page: the second
holds on a machine that others use too.
"""

import argparse
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from urllib.request import urlopen

from client import Measured, Request, measure

ROOT = Path(__file__).parents[1]
PAGES = (
    "/",
    "/gaps",
    "/countries/PHL",
    "/compare?country=PHL&country=IND",
    "/api/v1/answers?limit=100",
)


def wait_for(port: int, path: str) -> bool:
    for _ in range(100):
        try:
            urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read()
        except OSError as error:
            if getattr(error, "code", None) == 404:
                return False
            time.sleep(0.1)
        else:
            return True
    raise SystemExit(f"nothing answers on port {port}")


def same(path: str, *headers: str) -> Callable[[int], Iterator[Request]]:
    return lambda number: itertools.repeat((path, headers))


def different(path: str, first: int = 0) -> Callable[[int], Iterator[Request]]:
    if path.startswith("/api/"):  # it refuses what it does not know: a limit of its own
        head = path.partition("?")[0]
        return lambda number: (
            (f"{head}?limit={100 + turn % 3}&as_of={day(number, turn)}", ())
            for turn in itertools.count(first)
        )
    mark = "&" if "?" in path else "?"
    return lambda number: (
        (f"{path}{mark}n={number}.{turn}", ()) for turn in itertools.count(first)
    )


def day(number: int, turn: int) -> date:
    """Another one for each connection and turn, 9,629 times (a prime): since 2000."""
    return date(2026, 11, 20) - timedelta(days=(number + 64 * turn) % 9_629)


@dataclass
class Run:
    """What the clients saw, and the processor's time that the server took."""

    seen: Measured
    cpu: float

    @property
    def cost(self) -> float:
        """Seconds of processor for one page."""
        return self.cpu / len(self.seen.times)


def run(
    server: subprocess.Popen[bytes],
    port: int,
    requests: Callable[[int], Iterator[Request]],
    args: argparse.Namespace,
) -> Run:
    before = cpu(server.pid)
    seen = measure(port, requests, args.clients, args.seconds)
    return Run(seen, cpu(server.pid) - before)


def cpu(pid: int) -> float:
    """Seconds of processor of a process and its children, so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(cpu(int(child)) for child in children)


def show(name: str, found: Run, peer: Run | None = None) -> None:
    seen = found.seen
    ratios = f"{'':18}"
    if peer:
        ratios = f"{seen.rate / peer.seen.rate:8.1f} {peer.cost / found.cost:8.1f} "
    print(
        f"{name:42} {seen.rate:8.1f}/s {found.cost * 1000:7.2f} ms cpu {ratios}"
        f" median {seen.percentile(0.5) * 1000:6.1f} p99 "
        f"{seen.percentile(0.99) * 1000:6.1f} ms  {len(seen.errors)} errors",
        flush=True,
    )


def etag(port: int, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return str(answer.headers["ETag"])


def datasette(program: str, database: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [program, "serve", "-i", str(database), "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def tracker(database: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")],
        env={
            **os.environ,
            "TRACKER_DATABASE_URL": f"sqlite:///{database}",
            "TRACKER_BIND": f"127.0.0.1:{port}",
        },
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )


def stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGTERM)
    server.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", type=Path, default=ROOT / "var" / "tracker.db")
    parser.add_argument("--datasette", default="datasette")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("pages", nargs="*", default=PAGES)
    args = parser.parse_args()
    database = args.database.resolve()
    server = datasette(args.datasette, database, 8311)
    path = f"/{database.stem}/reading?_size=100"
    wait_for(8311, path)
    peer = run(server, 8311, same(path), args)
    stop(server)
    show("Datasette, 100 rows of reading", peer)
    server = tracker(database, 8312)
    wait_for(8312, "/about")
    for page in args.pages:
        if not wait_for(8312, page):
            print(f"{page:48} is not there")
            continue
        rounds = {
            "made": different(page),
            "kept": same(page),
            "304": same(page, f"If-None-Match: {etag(8312, page)}"),
        }
        for word, requests in rounds.items():
            show(f"{page} {word}", run(server, 8312, requests, args), peer)
    stop(server)


if __name__ == "__main__":
    main()
