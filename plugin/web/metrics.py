"""Figures for Prometheus, added up over the web workers of this machine.

Labels are views, methods, status codes and words of ours; never a person's, a customer's or a path.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from time import perf_counter

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from plugin.services.health import Health, Light
from plugin.services.jobs import Jobs, Overview

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
    def __init__(self, health: Health, jobs: Jobs, now: datetime) -> None:
        self._health = health
        self._jobs = jobs
        self._now = now

    def collect(self) -> Iterator[Metric]:
        vitals = self._health.look()
        lights = GaugeMetricFamily("denwaban_health", "0 green, 1 amber, 2 red", labels=["subject", "word", "what"])
        waiting = GaugeMetricFamily("denwaban_outbox_messages", "Messages to the CRM that wait", labels=["word"])
        oldest = GaugeMetricFamily("denwaban_outbox_oldest_seconds", "Age of the oldest that waits to go, 0 if none")
        cases = GaugeMetricFamily("denwaban_cases", "Open cases that are due, and reports to judge", labels=["word"])
        for word in ("overdue", "soon", "unjudged"):
            told = (vital.n for vital in vitals if (vital.subject, vital.word) == ("cases", word))
            cases.add_metric([word], sum(told))
        for vital in vitals:
            lights.add_metric([vital.subject, vital.word, vital.what], _HEIGHT[vital.light])
            if vital.subject == "outbox":
                goes = vital.word in {"fine", "late"}
                waiting.add_metric(["waiting" if goes else vital.word], vital.n)
                if goes:
                    oldest.add_metric([], 0 if vital.at is None else max(0.0, self._age_s(vital.at)))
        yield lights
        yield waiting
        yield oldest
        yield cases
        if not any(vital.subject == "database" and vital.light is Light.RED for vital in vitals):
            yield from self._of_jobs(self._jobs.overview(runs_of_each=0))

    def _of_jobs(self, seen: Overview) -> Iterator[Metric]:
        ran = CounterMetricFamily("denwaban_job_runs", "Runs that were written down", labels=["job", "outcome"])
        busy = CounterMetricFamily("denwaban_job_seconds", "Seconds that these runs took", labels=["job"])
        success = GaugeMetricFamily(
            "denwaban_job_last_success_timestamp_seconds", "When a run last succeeded", labels=["job"]
        )
        paused = GaugeMetricFamily("denwaban_job_paused", "1 while an administrator lets it rest", labels=["job"])
        running = GaugeMetricFamily("denwaban_job_running_seconds", "For how long it runs, 0 if not", labels=["job"])
        for job, _ in seen.jobs:
            name, figures = job.plan.name, job.figures
            ran.add_metric([name, "done"], figures.ran - figures.failed)
            ran.add_metric([name, "failed"], figures.failed)
            busy.add_metric([name], figures.busy.total_seconds())
            if figures.done_at is not None:
                success.add_metric([name], figures.done_at.timestamp())
            paused.add_metric([name], job.paused_at is not None)
            running.add_metric([name], max(0.0, self._age_s(job.busy_since)) if job.busy_since else 0)
        yield from (ran, busy, success, paused, running)
        yield GaugeMetricFamily("denwaban_worker_leads", "1 while a worker does the scheduled work", value=seen.is_led)
        if seen.budget is not None:
            yield GaugeMetricFamily("denwaban_crm_calls_used", "Calls to the CRM in its day", value=seen.budget.used)
            yield GaugeMetricFamily("denwaban_crm_calls_most", "Calls that it allows a day", value=seen.budget.most)

    def _age_s(self, at: datetime) -> float:
        return (self._now - at).total_seconds()


def write(health: Health, jobs: Jobs, now: datetime) -> bytes:
    """Return all figures in the text format of Prometheus."""
    state = CollectorRegistry(auto_describe=False)
    state.register(_State(health, jobs, now))
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
        method = request.method if request.method in _METHODS else "other"
        took_s = perf_counter() - g.begun_s if "begun_s" in g else None
        note(request.endpoint or "-", method, response.status_code, took_s)
        return response


def note(view: str, method: str, status: int, took_s: float | None) -> None:
    """Count one request, and how long it took where that is known."""
    _requests.labels(view, method, str(int(status))).inc()
    if took_s is not None:
        _seconds.labels(view).observe(took_s)


def forget_worker(pid: int) -> None:
    """Drop what only a living worker counts, once the worker `pid` has ended."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]
