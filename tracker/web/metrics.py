"""Counts for Prometheus. The master process shows those of all workers together."""

from flask import Flask, Response, g
from prometheus_client import Counter, Histogram

from tracker.web import logs

requests = Counter(
    "tracker_requests", "Requests answered", ["route", "method", "status"]
)
seconds = Histogram(
    "tracker_request_seconds",
    "Time to make an answer",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
pages = Counter("tracker_pages", "Pages: hit, made, not-modified or none", ["outcome"])
failures = Counter("tracker_database_failures", "Times the database did not answer")


def count(response: Response) -> Response:
    route = logs.route()
    requests.labels(route, logs.method(), str(response.status_code)).inc()
    seconds.labels(route).observe(logs.elapsed())
    pages.labels(g.get("cache_outcome", "none")).inc()
    return response


def init_app(app: Flask) -> None:
    app.after_request(count)
