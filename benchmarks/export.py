"""The CSV export of all readings: ours, Datasette's, bare sqlite3 + csv, in one run.

    python -m benchmarks.export var/bench.db --datasette /path/to/datasette

Ours and Datasette are asked over HTTP by the same reader, one after the other, and
again in the other order; the better run of each counts. Datasette serves the very same
rows: a table made of our export's cells. Memory is the worker's, sampled, over its idle
size.
"""

import argparse
import csv
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from tracker.rules.columns import READINGS
from tracker.store.db import make_engine
from tracker.store.exports import readings

ROOT = Path(__file__).parents[1]
ROUNDS = 2
# What the export holds, in one query: each cell joined for each reading.
JOINED = """
SELECT r.country_iso3, c.name, r.criterion_key, r.element_key, r.state,
 substr(r.since, 1, CASE r.since_precision WHEN 'year' THEN 4 WHEN 'month' THEN 7
  ELSE 10 END),
 substr(r.until, 1, CASE r.until_precision WHEN 'year' THEN 4 WHEN 'month' THEN 7
  ELSE 10 END),
 r.holds_from, r.holds_until, r.reason, k.confidence, l.title, p.label, p.min_years,
 p.max_years, p.life,
 r.provision_key || coalesce((SELECT ' ' || group_concat(provision_key, ' ')
  FROM reading_provision WHERE reading_id = r.id), ''),
 s.title, s.kind, s.url, s.seen,
 r.source_key || coalesce((SELECT ' ' || group_concat(source_key, ' ')
  FROM reading_source WHERE reading_id = r.id), '')
FROM reading r
JOIN coding k ON k.id = r.coding_id
JOIN country c ON c.iso3 = r.country_iso3
LEFT JOIN provision p ON p.country_iso3 = r.country_iso3 AND p.series = r.series
 AND p.key = r.provision_key
LEFT JOIN law l ON l.country_iso3 = p.country_iso3 AND l.series = p.series
 AND l.key = p.law_key
JOIN source s ON s.country_iso3 = r.country_iso3 AND s.series = r.series
 AND s.key = r.source_key
WHERE r.series = 'first' AND r.recorded_to IS NULL
"""


@dataclass(frozen=True)
class Run:
    rows: int
    seconds: float
    first_byte: float
    memory_mb: float = 0.0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Rows for a second of its own work: a busy machine changes that less."""
        return self.rows / self.cpu


def bare(database: Path, query: str) -> Run:
    """sqlite3 and csv of the standard library, into nothing."""
    connection = sqlite3.connect(database)
    begin, cpu = time.perf_counter(), time.process_time()
    rows, first = 0, 0.0
    with open(os.devnull, "w", newline="", encoding="utf-8") as sink:
        writer = csv.writer(sink)
        for row in connection.execute(query):
            first = first or time.perf_counter() - begin
            writer.writerow(row)
            rows += 1
    seconds = time.perf_counter() - begin
    connection.close()
    return Run(rows, seconds, first, 0.0, time.process_time() - cpu)


def flatten(database: Path, target: Path) -> None:
    """The cells of our export as one table, for Datasette."""
    names = list(READINGS.columns)
    engine = make_engine(f"sqlite:///{database}")
    connection = sqlite3.connect(target)
    columns = ", ".join(f'"{name}" TEXT' for name in names)
    connection.execute(f"CREATE TABLE readings (id INTEGER PRIMARY KEY, {columns})")
    marks = ", ".join("?" * len(names))
    with Session(engine) as session:
        connection.executemany(
            f"INSERT INTO readings VALUES (NULL, {marks})", readings(session, None)
        )
    connection.commit()
    connection.close()
    engine.dispose()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(command: list[str], port: int, **settings: str) -> Iterator[int]:
    """A server that listens on `port`, and the process that answers."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, env={**os.environ, **settings}, cwd=ROOT, stdout=log, stderr=log
        )
        try:
            wait_for(port, process)
            yield worker_of(process.pid)
        finally:
            process.terminate()
            process.wait(20)


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("nobody listens")


def worker_of(pid: int) -> int:
    """gunicorn's worker, where the server has one."""
    time.sleep(1)
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else pid


def resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def worked(pid: int) -> float:
    """Seconds of a processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fetch(port: int, path: str, pid: int) -> Run:
    """All of `path` by a plain socket; rows are counted by what each has once."""
    idle, peak, is_over = resident(pid), [0.0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.02):
            peak[0] = max(peak[0], resident(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    cpu = worked(pid)
    begin = time.perf_counter()
    first, lines = 0.0, 0
    with socket.create_connection(("127.0.0.1", port), timeout=600) as link:
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        link.sendall(request.encode())
        body = b""
        while b"\r\n\r\n" not in body:
            body += link.recv(65_536)
        head, _, rest = body.partition(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise RuntimeError(head.decode())
        tail = b""
        while piece := rest or link.recv(1_000_000):
            first = first or time.perf_counter() - begin
            piece = tail + piece
            lines += piece.count(MARK)
            # A mark may come in two parts; a whole one must not count again.
            tail, rest = (
                piece[max(piece.rfind(MARK) + 1, len(piece) - len(MARK) + 1) :],
                b"",
            )
    seconds = time.perf_counter() - begin
    is_over.set()
    watcher.join()
    return Run(lines, seconds, first, peak[0] - idle, worked(pid) - cpu)


# The address of its source. Ends of lines would not do: chunks have ends of their own.
MARK = b",https://example.org/"


def ours(database: Path, rounds: int) -> list[Run]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{port}"]
    command += ["--workers=1", "--threads=4", "--timeout=600", "tracker:create_app()"]
    url = f"sqlite:///{database}"
    with server(command, port, TRACKER_DATABASE_URL=url) as pid:
        fetch(port, "/data/readings.csv?as_of=1999-01-01", pid)  # what is made once
        return [fetch(port, "/data/readings.csv", pid) for _ in range(rounds)]


def datasette(program: str, database: Path, rounds: int) -> list[Run]:
    port = free_port()
    command = [program, "serve", "--immutable", str(database), "--port", str(port)]
    command += ["--setting", "max_csv_mb", "0"]
    path = f"/{database.stem}/readings.csv?_stream=on&_size=max"
    with server(command, port) as pid:
        fetch(port, f"/{database.stem}/readings.csv?_size=1", pid)
        return [fetch(port, path, pid) for _ in range(rounds)]


def best(runs: list[Run]) -> Run:
    return max(runs, key=lambda run: run.rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", type=Path)
    parser.add_argument("--datasette", default=shutil.which("datasette"))
    given = parser.parse_args()
    database = given.database.resolve()
    with tempfile.TemporaryDirectory(dir=database.parent) as folder:
        flat = Path(folder) / "flat.db"
        flatten(database, flat)
        kinds: dict[str, Callable[[], list[Run]]] = {
            "ours, over HTTP": lambda: ours(database, 1),
            "bare sqlite3 + csv, the joined query": lambda: [bare(database, JOINED)],
            "bare sqlite3 + csv, one flat table": lambda: [
                bare(flat, "SELECT * FROM readings")
            ],
        }
        if given.datasette:
            kinds["Datasette, the flat table"] = lambda: datasette(
                given.datasette, flat, 1
            )
        runs: dict[str, list[Run]] = {name: [] for name in kinds}
        for turn in range(ROUNDS):
            for name in list(kinds)[:: -1 if turn % 2 else 1]:
                runs[name] += kinds[name]()
    report({name: best(found) for name, found in runs.items()}, runs)


def report(found: dict[str, Run], runs: dict[str, list[Run]]) -> None:
    heads = ("rows", "rows/s", "rows/CPU s", "first byte", "memory")
    say(" " * 38 + "".join(f"{head:>12}" for head in heads))
    for name, run in found.items():
        cells = (
            f"{run.rows:,}",
            f"{run.rate:,.0f}",
            f"{max(item.cpu_rate for item in runs[name]):,.0f}",
            f"{run.first_byte * 1000:.0f} ms",
            f"{max(item.memory_mb for item in runs[name]):.1f} MB",
        )
        say(f"{name:38}" + "".join(f"{cell:>12}" for cell in cells))
    first = found["ours, over HTTP"]
    for name, run in found.items():
        if run is not first:
            cpu = best_cpu(runs["ours, over HTTP"]) / best_cpu(runs[name])
            say(f"ours / {name}: {first.rate / run.rate:.2f} (by CPU: {cpu:.2f})")
    say(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def best_cpu(runs: list[Run]) -> float:
    return max(run.cpu_rate for run in runs)


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
