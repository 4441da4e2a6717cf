"""A connector's sense of time: what the clock says, how long it waits, how long it is asked to, and the luck that
spreads retries. The same for every CRM that is spoken to by HTTP.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST_ASKED_S = 3600.0  # a clock that is wrong by years asks for years


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Tempo:
    """`now` names instants, `passed_s` measures spans, `wait_s` rests, `luck` gives numbers in [0, 1)."""

    now: Callable[[], datetime] = _now
    passed_s: Callable[[], float] = time.monotonic
    wait_s: Callable[[float], None] = time.sleep
    luck: Callable[[], float] = random.random


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that Retry-After asks for, in either of its forms, an hour at most; None without it."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 6:
        return min(_LONGEST_ASKED_S, float(text))
    try:
        asked_s = (parsedate_to_datetime(text) - now).total_seconds() if text else None
        return None if asked_s is None else min(_LONGEST_ASKED_S, max(0.0, asked_s))
    except (ValueError, TypeError):
        return None
