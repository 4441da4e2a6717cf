"""Figures for Prometheus, added up over the web workers of this machine.

Labels are views, methods, status codes and words of ours; never a person's, a customer's or a path.
"""

import os
from collections.abc import Iterator
from time import perf_counter

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from plugin.services.health import Health, Light

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # set by plugin/web/server.py before the library is imported

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_HEIGHT = {Light.GREEN: 0, Light.AMBER: 1, Light.RED: 2}
_requests = Counter("denwaban_requests_total", "Requests answered", ["view", "method", "status"])
_seconds = Histogram(
    "denwaban_request_seconds",
    "Time until the answer began",
    ["view"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)


class _State(Collector):
    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[GaugeMetricFamily]:
        lights = GaugeMetricFamily("denwaban_health", "0 green, 1 amber, 2 red", labels=["subject", "word", "what"])
        waiting = GaugeMetricFamily("denwaban_outbox_messages", "Messages to the CRM that wait", labels=["word"])
        for check in self._health.look():
            lights.add_metric([check.subject, check.word, check.what], _HEIGHT[check.light])
            if check.subject == "outbox":
                waiting.add_metric(["waiting" if check.word in {"fine", "late"} else check.word], check.n)
        yield lights
        yield waiting


def write(health: Health) -> bytes:
    """Return all figures in the text format of Prometheus."""
    state = CollectorRegistry(auto_describe=False)
    state.register(_State(health))
    counted = REGISTRY
    if _SHARED_FOLDER in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(state)


def count(app: Flask) -> None:
    """Count the requests of `app`."""

    @app.before_request
    def _begin() -> None:
        g.begun_s = perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        view = request.endpoint or "-"
        method = request.method if request.method in _METHODS else "other"
        _requests.labels(view, method, str(response.status_code)).inc()
        if "begun_s" in g:
            _seconds.labels(view).observe(perf_counter() - g.begun_s)
        return response


def forget_worker(pid: int) -> None:
    """Drop what only a living worker counts, once the worker `pid` has ended."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]
