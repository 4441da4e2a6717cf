"""How many manager events a second the reader and the tracker take on one core.

The baseline is splitting the same bytes into lines, which any reader must do.
"""

import statistics
import time
from collections.abc import Callable, Sequence

from connectors.calls.asterisk.capture import read_capture
from connectors.calls.asterisk.wire import Reader
from tests.bench import Row
from tests.kit.captures import EXPECTED, raw

_CHUNK_BYTES = 16_384


def _per_second(events: int, repeats: int, work: Callable[[], object]) -> float:
    took_s = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        took_s.append(time.process_time() - start)
    return events / statistics.median(took_s)


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure events per second of CPU: splitting lines, reading messages, and messages with all that they mean."""
    repeats = max(sizes)
    captures = [raw(name) for name in sorted(EXPECTED)]
    chunks = [[data[at : at + _CHUNK_BYTES] for at in range(0, len(data), _CHUNK_BYTES)] for data in captures]
    events = sum(data.count(b"\nEvent: ") for data in captures)

    def read() -> None:
        for one in chunks:
            reader = Reader()
            for chunk in one:
                reader.feed(chunk)

    work: dict[str, Callable[[], object]] = {
        "split": lambda: [data.split(b"\r\n") for data in captures],
        "read": read,
        "track": lambda: [read_capture(one, "pbx") for one in chunks],
    }
    return [{"work": name, "events_per_s": round(_per_second(events, repeats, one))} for name, one in work.items()]
