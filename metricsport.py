"""Answers scrapes of Prometheus with the counts of all workers, on a port of its own.

Like `jsonlog.py` part of the master process: no imports from the project.
"""

import logging
import threading
import time

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

log = logging.getLogger(__name__)


def serve(host: str, port: int) -> None:
    """Serve from a thread for as long as this process lives."""
    threading.Thread(target=keep_trying, args=(host, port), daemon=True).start()


def keep_trying(host: str, port: int) -> None:
    """During an upgrade in place the old master still holds the port: wait for it."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    while True:
        try:
            start_http_server(port, addr=host, registry=registry)
        except OSError:
            time.sleep(1)
        else:
            log.info("metrics at %s:%d", host, port)
            return
