"""Something asked of the outside and kept for a while: by one at a time, while no lock is held."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from plugin.core.errors import OutsideError

T = TypeVar("T")

_PATIENCE_S = 30.0  # longer than any one asking lasts
_REST = timedelta(seconds=5)


class Kept(Generic[T]):
    """What `ask` returned, asked for anew once it is `lasts` old.

    Whoever comes while it is being asked for waits for that one answer. After a failure it rests: each person who tries
    to sign in meanwhile gets the same word at once.
    """

    def __init__(self, ask: Callable[[], T], clock: Callable[[], datetime], lasts: timedelta) -> None:
        self._ask = ask
        self._clock = clock
        self._lasts = lasts
        self._lock = threading.Lock()
        self._kept: tuple[datetime, T] | None = None
        self._failed: tuple[datetime, OutsideError] | None = None
        self._flight: Future[T] | None = None

    def get(self, lasts: timedelta | None = None) -> T:
        """Return it, no older than it lasts, or than `lasts`. Raises the OutsideError of `ask`."""
        now = self._clock()
        with self._lock:
            if self._kept is not None and now - self._kept[0] < (self._lasts if lasts is None else lasts):
                return self._kept[1]
            if self._failed is not None and now - self._failed[0] < _REST:
                raise OutsideError(self._failed[1].reason, **self._failed[1].facts)
            flight, leads = self._flight, self._flight is None
            if flight is None:
                flight = self._flight = Future()
        if leads:
            self._fly(flight)
        try:
            return flight.result(_PATIENCE_S)
        except Late:
            raise OutsideError("provider", permanent=False) from None

    def _fly(self, flight: Future[T]) -> None:
        try:
            value = self._ask()
        except BaseException as error:  # noqa: BLE001  whoever waits gets it, whatever it is
            with self._lock:
                self._flight = None
                if isinstance(error, OutsideError):
                    self._failed = (self._clock(), error)
            flight.set_exception(error)
            return
        with self._lock:
            self._kept, self._failed, self._flight = (self._clock(), value), None, None
        flight.set_result(value)
