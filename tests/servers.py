"""A real server for tests: gunicorn as `tracker serve` starts it, and clients of it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from tracker.extensions import db

ROOT = Path(__file__).parents[1]


def let_go(app: Flask) -> None:
    """Close the connections that an application keeps."""
    with app.app_context():
        db.engine.dispose()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of an application in a thread of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(is_so: Callable[[], bool], seconds: float = 120) -> None:
    """The machine may be slow: tests wait for what happens, not for a time."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("it did not happen")
        time.sleep(0.05)


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def ask(
        self, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            connection.close()

    def raw(self, data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as found:
            found.sendall(data)
            return found.recv(65_536)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def wait_for_line(self, text: str, times: int) -> None:
        wait_until(lambda: self.log.read_text().count(text) >= times)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@contextmanager
def running(url: str, folder: Path, **settings: str) -> Iterator[Server]:
    """The site on a free port; whatever happens it ends with the block."""
    port, log = free_port(), folder / "server.log"
    environment = {
        **os.environ,
        "TRACKER_DATABASE_URL": url,
        "TRACKER_BIND": f"127.0.0.1:{port}",
        "TRACKER_SECRET_KEY": "for-tests-only-0123456789abcdef0123456789abcdef",
        "TRACKER_METRICS_FOLDER": str(folder / "metrics"),
        **{f"TRACKER_{name.upper()}": value for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "gunicorn", f"--config={ROOT}/gunicorn.conf.py"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=output, stdout=output
        )
    try:
        wait_until_alive(process, port, log)
        yield Server(process, port, log)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_alive(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(900):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as found:
                found.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                if b" 200 " in found.recv(100):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the server does not answer: {log.read_text()}")


@dataclass
class Traffic:
    """What readers saw, who ask one page after another until the block ends."""

    statuses: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def wait_for(self, count: int) -> None:
        wait_until(lambda: len(self.statuses) >= count)


@contextmanager
def traffic(server: Server, paths: list[str], readers: int = 4) -> Iterator[Traffic]:
    seen, stop = Traffic(), threading.Event()

    def read(number: int) -> None:
        turn = number
        while not stop.is_set():
            turn += 1
            try:
                status, body, headers = server.ask(paths[turn % len(paths)])
                seen.statuses.append(status)
                if len(body) != int(headers.get("Content-Length", len(body))):
                    seen.failures.append("half an answer")
            except (OSError, http.client.HTTPException) as error:
                seen.failures.append(f"{type(error).__name__}: {error}")
                time.sleep(0.05)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(readers)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()
