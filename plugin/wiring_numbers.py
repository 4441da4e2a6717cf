"""Builds what looks after numbers, beside whose they are: how they are used, and the calls they brought in before.

A part of wiring.py, which alone uses it. Never runs anything.
"""

import time
from collections.abc import Callable
from functools import cached_property

from plugin.core.ports import Clock, Publisher
from plugin.services.adoption import Adoption
from plugin.services.sharings import Sharings
from plugin.settings import Settings
from plugin.store.engine import Store

_PAUSE_S = 0.01


class NumberParts:
    """Each part is built at first use and kept."""

    def __init__(self, settings: Settings, clock: Clock, store: Store, bus: Callable[[], Publisher]) -> None:
        self._settings = settings
        self._clock = clock
        self._store = store
        self._bus = bus

    @cached_property
    def sharings(self) -> Sharings:
        """How numbers are used together."""
        return Sharings(self._store, self._clock, self._bus(), self._settings.shared_from)

    @cached_property
    def adoption(self) -> Adoption:
        """Past calls that find whose number it is since."""
        return Adoption(self._store, lambda: time.sleep(_PAUSE_S))
