"""Builds what looks after numbers and after calls that nobody has on the line: how numbers are used, the calls they
brought in before, missed calls, after-call work that is done.

A part of wiring.py, which alone uses it. Never runs anything.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property

from plugin.core.missed import Windows
from plugin.core.ports import Clock, Publisher
from plugin.services.adoption import Adoption
from plugin.services.missed import Missed
from plugin.services.outward import Outward
from plugin.services.sharings import Sharings
from plugin.services.wrap_up import WrapUp
from plugin.settings import Settings
from plugin.store.engine import Store
from plugin.wiring_phones import PhoneParts

_PAUSE_S = 0.01


class NumberParts:
    """Each part is built at first use and kept."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        phones: PhoneParts,
        bus: Callable[[], Publisher],
        outward: Callable[[], Outward],
    ) -> None:
        self._phones = phones
        self._outward = outward
        self._settings = settings
        self._clock = clock
        self._store = store
        self._bus = bus

    @cached_property
    def sharings(self) -> Sharings:
        """How numbers are used together."""
        return Sharings(self._store, self._clock, self._bus(), self._settings.shared_from)

    @cached_property
    def wrap_up(self) -> WrapUp:
        """After-call work that is done."""
        lasts = timedelta(minutes=self._settings.wrap_up_minutes)
        return WrapUp(self._store, self._clock, self._bus(), lasts)

    @cached_property
    def missed(self) -> Missed:
        """Calls that nobody took, as work."""
        chosen = self._settings
        by_queue = {queue: timedelta(hours=hours) for queue, hours in chosen.queue_missed_hours.items()}
        windows = Windows(timedelta(hours=chosen.missed_hours), by_queue)
        parts = (self._phones.controls, self._outward(), windows, frozenset(chosen.messages_regions))
        return Missed(self._store, self._clock, *parts)

    @cached_property
    def adoption(self) -> Adoption:
        """Past calls that find whose number it is since."""
        return Adoption(self._store, lambda: time.sleep(_PAUSE_S))
