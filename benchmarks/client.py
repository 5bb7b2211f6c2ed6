"""A small HTTP client for measuring: kept connections, whole answers, no parsing."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


class Connection:
    """One kept connection to 127.0.0.1; it opens itself again when it was closed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.rest = b""

    def get(self, path: str, *headers: str) -> tuple[int, int]:
        """The status and the number of bytes of the body."""
        request = "\r\n".join(
            (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", "")
        )
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self.socket.sendall(request.encode())
        head = self.until(b"\r\n\r\n").decode("latin-1").lower()
        status = int(head[9:12])
        if status in {204, 304}:
            size = 0
        elif "transfer-encoding: chunked" in head:
            size = self.chunked()
        else:
            size = int(head.partition("content-length:")[2].split("\r\n")[0])
            self.exactly(size)
        if "connection: close" in head:
            self.close()
        return status, size

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket, self.rest = None, b""

    def receive(self) -> None:
        if self.socket is None:
            raise ConnectionError("not connected")
        data = self.socket.recv(262_144)
        if not data:
            self.close()
            raise ConnectionError("closed in the middle of an answer")
        self.rest += data

    def until(self, mark: bytes) -> bytes:
        while mark not in self.rest:
            self.receive()
        found, _, self.rest = self.rest.partition(mark)
        return found

    def exactly(self, size: int) -> None:
        while len(self.rest) < size:
            self.receive()
        self.rest = self.rest[size:]

    def chunked(self) -> int:
        total = 0
        while True:
            size = int(self.until(b"\r\n"), 16)
            self.exactly(size + 2)
            total += size
            if not size:
                return total


@dataclass
class Measured:
    """What clients saw: the time of each answer, and what went wrong."""

    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    bytes: int = 0
    elapsed: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.times) / self.elapsed

    def percentile(self, share: float) -> float:
        return sorted(self.times)[int(share * (len(self.times) - 1))]


Request = tuple[str, tuple[str, ...]]


def measure(
    port: int,
    requests: Callable[[int], Iterator[Request]],
    clients: int,
    seconds: float,
) -> Measured:
    """`clients` connections ask one after another; `requests(number)` says what."""
    found = Measured()
    start = threading.Barrier(clients + 1)
    ends: list[float] = []

    def run(number: int) -> None:
        connection, mine = Connection(port), requests(number)
        start.wait()
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            path, headers = next(mine)
            try:
                status, size = connection.get(path, *headers)
            except OSError as error:
                connection.close()
                found.errors.append(f"{path}: {error}")
                continue
            found.times.append(time.perf_counter() - began)
            found.bytes += size
            if status not in {200, 304}:
                found.errors.append(f"{path}: status {status}")
        ends.append(time.perf_counter())
        connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    found.elapsed = max(ends) - began
    return found
