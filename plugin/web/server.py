"""The web server of a site: gunicorn's threads, enough of them for every open pop.

Each worker builds its own house after the fork; nothing of the store is opened before. The log names views, never
addresses with their query, and leaves out what is asked all the time.
"""

import gc
import importlib
import os
import shutil
from datetime import timedelta
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from plugin.settings import Settings
from plugin.wiring import House

_KEEP_ALIVE_S = 75  # longer than a proxy's: the default of 2 s closes connections that a request is already on
_GRACE_S = 10
_SPARE_CONNECTIONS = 1000  # kept alive beside the busy ones
_ASKED_ALL_THE_TIME = {"static", "health.alive", "health.ready", "health.metrics", "playback.audio", "playback.grant"}

_log = structlog.get_logger()


def serve_web(settings: Settings, bind: str) -> None:
    """Serve until SIGTERM or SIGINT, at `bind` (host:port, or unix:/path)."""
    folder = settings.data_dir.absolute() / "metrics"
    shutil.rmtree(folder, ignore_errors=True)  # the figures of the last server
    folder.mkdir(mode=0o700, parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    importlib.import_module("plugin.web.app")  # once, before the fork; the library of the figures reads that name now
    _Server(settings, bind).run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, settings: Settings, bind: str) -> None:
        self._settings = settings
        self._bind = bind
        super().__init__()

    def load_config(self) -> None:
        chosen: dict[str, Any] = {
            "bind": self._bind,
            "workers": self._settings.web_workers,
            "worker_class": Worker,
            "threads": self._settings.web_threads,
            "worker_connections": self._settings.web_threads + _SPARE_CONNECTIONS,
            "keepalive": _KEEP_ALIVE_S,
            "graceful_timeout": _GRACE_S,
            "logger_class": _Words,
            "forwarded_allow_ips": "",  # ProxyFix reads those headers, as far as settings.proxies trusts them
            "control_socket_disable": True,
            "child_exit": _forget_worker,
            "worker_exit": _close_house,
            "proc_name": "denwaban-web",
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        from plugin.web.app import create_app

        app = create_app(House(self._settings))
        # What is there now stays to the end. Looking through it for cycles held every pop of this worker up for the
        # tenth of a second, once in some thousand requests (docs/decisions/0359).
        gc.collect()
        gc.freeze()
        return app


def _forget_worker(_server: object, worker: Any) -> None:
    from plugin.web.metrics import forget_worker

    forget_worker(worker.pid)


def _close_house(_server: object, worker: Any) -> None:
    if isinstance(worker.wsgi, Flask):
        worker.wsgi.extensions["denwaban"].close()


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A worker whose open streams hear that it is to end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end."""
        if isinstance(self.wsgi, Flask):
            self.wsgi.extensions["stopping"].set()
        super().handle_exit(sig, frame)

    def notify(self) -> None:
        """Say that this worker lives, as its loop does all the time; once it is to end, wake the streams.

        Not in the signal's own handler: that interrupts whoever may hold a lock that waking takes.
        """
        super().notify()
        if not self.alive and isinstance(self.wsgi, Flask):
            self.wsgi.extensions["wake"]()


class _Words(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log in ours: templates without values where these may hold an address."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg

    def critical(self, msg: object, *_: object, **__: object) -> None:
        _log.critical("web.server", said=str(msg))

    def error(self, msg: object, *_: object, **__: object) -> None:
        _log.error("web.server", said=str(msg))

    def warning(self, msg: object, *_: object, **__: object) -> None:
        # A request that cannot be read is told with the bytes that were sent.
        said = str(msg)
        _log.warning("web.server", said="Invalid request" if said.startswith("Invalid request") else said)

    def exception(self, msg: object, *_: object, **__: object) -> None:
        _log.error("web.server", said=str(msg) if isinstance(msg, str) else "worker failed", exc_info=True)

    def info(self, msg: object, *args: object, **_: object) -> None:
        _log.info("web.server", said=str(msg) % args if args else str(msg))

    def debug(self, *_: object, **__: object) -> None:
        pass

    def log(self, lvl: object, msg: object, *args: object, **_: object) -> None:  # noqa: ARG002  gunicorn's signature
        self.info(msg, *args)

    @property
    def access_log_enabled(self) -> bool:
        return True

    def access(self, resp: Any, _req: object, environ: dict[str, Any], request_time: timedelta) -> None:
        view = environ.get("denwaban.view") or "-"
        status = int(str(resp.status).split(" ", 1)[0])
        if view in _ASKED_ALL_THE_TIME and status < 400:
            return
        took_ms = request_time // timedelta(milliseconds=1)
        _log.info(
            "web.request", method=environ.get("REQUEST_METHOD"), view=view, status=status, ms=took_ms, bytes=resp.sent
        )

    def reopen_files(self) -> None:
        pass

    def close_on_exec(self) -> None:
        pass
