"""The listener process: stays connected to phone systems that we connect to, and hands their events on.

One thread a phone system. It decides nothing about calls; an outage is logged once and its end once.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from plugin.core.calls import CallEvent
from plugin.core.errors import OutsideError, Unavailable
from plugin.core.ports import CallStream, Clock, StreamReport
from plugin.services.back_fill import BackFill
from plugin.store.noticed import FOLDER, Noticed
from plugin.store.unheard import Unheard
from plugin.wiring import House

_log = structlog.get_logger()
_AT_FIRST = timedelta(days=3)  # of a listener that has just begun: longer gaps are filled by `denwaban back-fill`
_BEFORE = timedelta(minutes=10)  # clocks differ, and records are written at the end of a call
SETTLE = timedelta(minutes=1)  # by then the lists were compared, and the last records of the gap are written
_LOOK_S = 1.0


def report(told: StreamReport) -> None:
    """Log what a stream tells of itself."""
    if told.word == "judged":
        return  # each of it was told as a finding
    write = _log.info if told.word in ("connected", "stage_connected") else _log.warning
    facts = {"reason": str(told.reason)} if told.reason else {}
    write(f"listen.{told.word}", source=told.source, **facts)


def listen(house: House, stop: threading.Event) -> bool:
    """Run every stream of the site until `stop` is set; False where one of them failed in a way that none should."""
    noticed = Noticed(house.settings.data_dir / FOLDER)
    gaps = Gaps(house.phones.back_fill(house.store, house.calls), house.clock)

    def hear(told: StreamReport) -> None:
        report(told)
        noticed.take(told)
        gaps.heard(told)

    filling = threading.Thread(target=gaps.run, args=(stop, house.store.close), name="back-fill")
    filling.start()
    try:
        streams = house.phones.streams(hear)
        return Listener(streams, house.calls.take, house.unheard, house.store.close).run(stop)
    finally:
        stop.set()
        filling.join()
        house.close()


class Gaps:
    """After each connection, has the calls of the gap filled in from what the phone system itself wrote down."""

    def __init__(self, filling: BackFill, clock: Clock) -> None:
        self._filling = filling
        self._clock = clock
        self._lock = threading.Lock()
        self._since = dict.fromkeys(filling.sources, clock() - _AT_FIRST)
        self._due: dict[str, datetime] = {}

    def heard(self, told: StreamReport) -> None:
        """A stream tells of itself."""
        with self._lock:
            if told.source not in self._since:
                return
            if told.word == "connected":
                self._due[told.source] = self._clock() + SETTLE
            elif told.word == "lost" and self._due.pop(told.source, None) is None:
                self._since[told.source] = self._clock() - _BEFORE

    def run(self, stop: threading.Event, leave: Callable[[], None]) -> None:
        """Fill whatever is due, until `stop` is set; `leave` closes what the thread holds open."""
        try:
            while not stop.wait(_LOOK_S):
                self.fill_due()
        finally:
            leave()

    def fill_due(self) -> None:
        """Fill each gap that ended long enough ago; one that cannot be filled now is told, and tried with the next."""
        now = self._clock()
        with self._lock:
            due = [source for source, at in self._due.items() if at <= now]
        for source in due:
            try:
                done = self._filling.fill(source, self._since[source], now)
            except Unavailable:
                continue  # the streams say that the database is away
            except OutsideError as error:
                _log.warning("back_fill.failed", source=source, reason=error.reason)
            else:
                _log.info("back_fill.done", source=source, calls=done)
                with self._lock:
                    self._since[source] = now - _BEFORE
            with self._lock:
                self._due.pop(source, None)


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
