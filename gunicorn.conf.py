"""Settings of the HTTP server, for `tracker serve` and for systemd.

`kill -HUP` takes up new code and settings without losing a request: new workers start,
the old ones finish what they began. So the master process must not import `tracker`: a
worker would inherit the modules as they were.
"""

import importlib
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))
for name in ("config", "jsonlog"):
    importlib.reload(importlib.import_module(name))
import config as tracker_config  # noqa: E402

settings = tracker_config.from_environment()
METRICS = Path(settings["METRICS_FOLDER"]) / str(os.getpid())

chdir = str(ROOT)
wsgi_app = "tracker:create_app()"
bind = settings["BIND"]
workers = settings["WORKERS"]
worker_class = "gthread"
threads = settings["THREADS"]
timeout = 60
graceful_timeout = 30
keepalive = 75  # longer than nginx keeps a connection idle: it never meets a reset
limit_request_line = 0  # a query of any length gets the site's own page with 400
control_socket_disable = True
accesslog = None  # tracker.web.logs writes a line without addresses and queries
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "jsonlog.JsonFormatter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "stream": "ext://sys.stderr",
        }
    },
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}
if settings["METRICS_BIND"]:
    METRICS.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS)


def on_starting(server):
    """Forget the counts of processes that have ended."""
    folders = METRICS.parent.glob("[0-9]*") if settings["METRICS_BIND"] else ()
    for folder in folders:
        if folder == METRICS or not Path("/proc", folder.name).exists():
            shutil.rmtree(folder, ignore_errors=True)
    if settings["METRICS_BIND"]:
        METRICS.mkdir(mode=0o700)


def when_ready(server):
    """The master answers scrapes: it outlives the workers."""
    if settings["METRICS_BIND"]:
        import metricsport

        host, _, port = settings["METRICS_BIND"].rpartition(":")
        metricsport.serve(host, int(port))


def child_exit(server, worker):
    if settings["METRICS_BIND"]:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_exit(server):
    shutil.rmtree(METRICS, ignore_errors=True)
