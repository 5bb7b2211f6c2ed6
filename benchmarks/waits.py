"""What somebody waits for: a load, a start, a brief. Seconds, the best of three.

    python benchmarks/waits.py

On a scratch SQLite database: `tracker load seeds` into an empty one and again; from
starting the server to its first page; and the PDF of every country's brief.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from pages import stop, tracker, wait_for

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tracker import create_app  # noqa: E402

PORT = 8314
TIMES = 3


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def command(database: Path, *words: str) -> None:
    program = [sys.executable, "-c", "from tracker.cli import main; main()", *words]
    url = {"TRACKER_DATABASE_URL": f"sqlite:///{database}"}
    subprocess.run(
        program, cwd=ROOT, env={**os.environ, **url}, check=True, capture_output=True
    )


def first_page(database: Path) -> float:
    began = time.perf_counter()
    server = tracker(database, PORT)
    wait_for(PORT, "/")
    urlopen(f"http://127.0.0.1:{PORT}/").read()
    took = time.perf_counter() - began
    stop(server)
    return took


def briefs(database: Path) -> list[float]:
    app = create_app({"DATABASE_URL": f"sqlite:///{database}"})
    client = app.test_client()
    rows = client.get("/countries.json", buffered=True).get_json()["rows"]
    return [
        timed(partial(client.get, f"/countries/{row['iso3']}/brief.pdf"))
        for row in rows
    ]


def main() -> None:
    loads, again, starts = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(TIMES):
            database = Path(folder) / f"{turn}.db"
            command(database, "db", "upgrade")
            load = partial(command, database, "load", "seeds")
            loads.append(timed(load))
            again.append(timed(load))
            starts.append(first_page(database))
        made = briefs(database)
    print(f"tracker load seeds, into an empty database   {min(loads):6.2f} s")
    print(f"tracker load seeds, nothing changed          {min(again):6.2f} s")
    print(f"start to first page                          {min(starts):6.2f} s")
    print(
        f"brief as PDF, {len(made)} countries                 "
        f"median {statistics.median(made):.2f} s, slowest {max(made):.2f} s"
    )
    print(
        f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )


if __name__ == "__main__":
    main()
