"""Readers and writers at once for minutes: errors, times and memory.

    python benchmarks/load.py --database URL --seconds 300 --readers 200 --writers 10

The database must hold the seeds; use a copy, for the writers change it. Each writer loads
a folder of seeds in which its own country differs, again and again: the longest write
that the site knows. Prints one line of figures every ten seconds, and a verdict.
"""

import argparse
import contextlib
import itertools
import multiprocessing
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from client import Request, measure
from sqlalchemy.orm import Session

from pages import wait_for

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tracker.actions.load import load_seeds  # noqa: E402
from tracker.store import audit  # noqa: E402
from tracker.store.db import make_engine  # noqa: E402

PORT = 8313
PAGES = (
    "/",
    "/gaps",
    "/countries",
    "/countries/PHL",
    "/countries/IND",
    "/compare?country=PHL&country=IND",
    "/criteria/grooming",
    "/treaties",
    "/gaps?region=Asia",
    "/data/answers.csv",
)


def browse(number: int) -> Iterator[Request]:
    """Half of the readers keep pages as browsers do: compressed."""
    headers = ("Accept-Encoding: gzip",) if number % 2 else ()
    return ((path, headers) for path in itertools.cycle(PAGES[number % 10 :] + PAGES))


def memory(pid: int) -> int:
    """Resident bytes of a process and its children."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = pages * os.sysconf("SC_PAGE_SIZE")
    return own + sum(memory(int(child)) for child in children)


def write(url: str, number: int, pause: float, stop: Any, results: Any) -> None:
    """Load one's own version of one file, again and again, until told to stop."""
    engine = make_engine(url)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "seeds"
        shutil.copytree(ROOT / "seeds", folder)
        path = sorted((folder / "countries").glob("*.yaml"))[number * 7]
        for other in (
            *(folder / "countries").iterdir(),
            *(folder / "second").iterdir(),
        ):
            if other != path:
                other.unlink()  # a country whose file is gone keeps its rows
        text = path.read_text(encoding="utf-8")
        for turn in itertools.count():
            if stop.wait(pause):
                break
            lead = f'leads:\n- "Written {number} {turn}"\n'
            path.write_text(text.partition("leads:")[0] + lead, encoding="utf-8")
            try:
                with Session(engine) as session:
                    load_seeds(session, folder, now=datetime.now(UTC))
                results.put("")
            except Exception as error:  # counted, whatever it is
                results.put(f"{type(error).__name__}: {error}"[:200])
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", required=True)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--writers", type=int, default=10)
    parser.add_argument("--pause", type=float, default=5, help="between two writes")
    args = parser.parse_args()
    environment = {
        **os.environ,
        "TRACKER_DATABASE_URL": args.database,
        "TRACKER_BIND": f"127.0.0.1:{PORT}",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")],
        env=environment,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    wait_for(PORT, "/gaps")
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    writers = [
        context.Process(
            target=write, args=(args.database, n, args.pause, stop, results)
        )
        for n in range(args.writers)
    ]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(10):
            print(f"memory {memory(server.pid) / 1e6:7.1f} MB", flush=True)

    watcher = threading.Thread(target=watch)
    for runner in (*writers, watcher):
        runner.start()
    measure(PORT, browse, args.readers, 15)  # until every worker has begun to answer
    seen = measure(PORT, browse, args.readers, args.seconds)
    stop.set()
    done.set()
    written, failed = 0, []
    while any(writer.is_alive() for writer in writers) or not results.empty():
        with contextlib.suppress(queue.Empty):
            error = results.get(timeout=1)
            written += not error
            failed += [error] if error else []
    watcher.join()
    server.send_signal(signal.SIGTERM)
    server.wait(60)
    engine = make_engine(args.database)
    with Session(engine) as session:
        broken = list(audit.verify(session))
    median, worst = seen.percentile(0.5), seen.percentile(0.99)
    print(
        f"{len(seen.times)} answers, {seen.rate:.0f} a second, "
        f"median {median * 1000:.0f} ms, p99 {worst * 1000:.0f} ms "
        f"({worst / median:.1f} times), {len(seen.errors)} errors of readers, "
        f"{written} writes, {len(failed)} errors of writers, "
        f"chain {'broken' if broken else 'whole'}"
    )
    for error in (*seen.errors[:5], *failed[:5]):
        print(error)


if __name__ == "__main__":
    main()
