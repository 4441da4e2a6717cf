"""Time of a connector as a test wants it: that of a hand-set clock; pauses take none, and are written down."""

from connectors.crm.tempo import Tempo
from tests.kit.clock import HandClock


class HandTempo:
    """`passed` is what went by beside the clock: the pauses, and what a test adds."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.pauses: list[float] = []
        self.passed = 0.0

    def tempo(self) -> Tempo:
        """Return it for a connector."""
        return Tempo(self.clock, lambda: self.clock().timestamp() + self.passed, self._wait, lambda: 0.5)

    def _wait(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.passed += seconds
