"""The connector's sense of time: what the clock says, how long it waits, and the luck that spreads retries."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Tempo:
    """`now` names instants, `passed_s` measures spans, `wait_s` rests, `luck` gives numbers in [0, 1)."""

    now: Callable[[], datetime] = _now
    passed_s: Callable[[], float] = time.monotonic
    wait_s: Callable[[float], None] = time.sleep
    luck: Callable[[], float] = random.random
