"""The listener process: stays connected to phone systems that we connect to, and hands their events on.

One thread a phone system. It decides nothing about calls; an outage is logged once and its end once.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog

from plugin.core.calls import CallEvent
from plugin.core.errors import Unavailable
from plugin.core.ports import CallStream, StreamReport
from plugin.store.unheard import Unheard
from plugin.wiring import House

_log = structlog.get_logger()


def report(told: StreamReport) -> None:
    """Log what a stream tells of itself."""
    write = _log.info if told.word == "connected" else _log.warning
    facts = {"reason": str(told.reason)} if told.reason else {}
    write(f"listen.{told.word}", source=told.source, **facts)


def listen(house: House, stop: threading.Event) -> bool:
    """Run every stream of the site until `stop` is set; False where one of them failed in a way that none should."""
    try:
        return Listener(house.phones.streams(report), house.calls.take, house.unheard, house.store.close).run(stop)
    finally:
        house.close()


class Listener:
    """Runs streams by name; `take` keeps events, `leave` closes what a thread holds open.

    `unheard` keeps what `take` cannot at the very end: a listener that is ended while the site is moved loses nothing.
    """

    def __init__(
        self,
        streams: Mapping[str, CallStream],
        take: Callable[[list[CallEvent]], None],
        unheard: Unheard,
        leave: Callable[[], None],
    ) -> None:
        self._streams = dict(streams)
        self._take = take
        self._unheard = unheard
        self._leave = leave
        self._lock = threading.Lock()
        self._store_lost = False
        self._failed = False
        self._stop = threading.Event()

    def run(self, stop: threading.Event) -> bool:
        """Run all streams until `stop` is set, or one of them fails; return whether none did."""
        self._stop = stop
        with suppress(Unavailable):
            self._hand_on_unheard()
        threads = [
            threading.Thread(target=self._run, args=(name, stream, stop), name=f"listen {name}")
            for name, stream in self._streams.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return not self._failed

    def _run(self, name: str, stream: CallStream, stop: threading.Event) -> None:
        try:
            stream.run(self._keep, stop.is_set)
        except Exception:  # noqa: BLE001  the last resort of a thread: say so, and let the process begin again
            _log.error("listen.failed", source=name, exc_info=True)
            self._failed = True
            stop.set()
        finally:
            self._leave()

    def _keep(self, events: list[CallEvent]) -> None:
        try:
            self._hand_on_unheard()
            self._take(events)
        except Unavailable as error:
            self._tell_store(lost=True, reason=error.reason)
            if not self._stop.is_set():
                raise
            self._unheard.keep(events)
            _log.warning("listen.kept", events=len(events))
            return
        self._tell_store(lost=False)

    def _hand_on_unheard(self) -> None:
        with self._lock:
            if done := self._unheard.hand_on(self._take):
                _log.info("listen.handed_on", events=done)

    def _tell_store(self, *, lost: bool, reason: str = "") -> None:
        with self._lock:
            if lost != self._store_lost:
                self._store_lost = lost
                (_log.error if lost else _log.info)("listen.store_lost" if lost else "listen.store_back", reason=reason)
