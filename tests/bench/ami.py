"""How many manager events a second the reader and the tracker take on one core: `python -m tests.bench.ami [REPEATS]`.

The baseline is splitting the same bytes into lines, which any reader must do.
"""

import statistics
import sys
import time
from collections.abc import Callable

from connectors.calls.asterisk.capture import read_capture
from connectors.calls.asterisk.wire import Reader
from tests.kit.captures import EXPECTED, raw

_CHUNK_BYTES = 16_384


def _per_second(events: int, repeats: int, work: Callable[[], object]) -> float:
    took_s = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        took_s.append(time.process_time() - start)
    return events / statistics.median(took_s)


def measure(repeats: int = 9) -> dict[str, float]:
    """Return events per second of CPU: splitting lines, reading messages, and messages with all that they mean."""
    captures = [raw(name) for name in sorted(EXPECTED)]
    chunks = [[data[at : at + _CHUNK_BYTES] for at in range(0, len(data), _CHUNK_BYTES)] for data in captures]
    events = sum(data.count(b"\nEvent: ") for data in captures)

    def read() -> None:
        for one in chunks:
            reader = Reader()
            for chunk in one:
                reader.feed(chunk)

    return {
        "split": _per_second(events, repeats, lambda: [data.split(b"\r\n") for data in captures]),
        "read": _per_second(events, repeats, read),
        "track": _per_second(events, repeats, lambda: [read_capture(one, "pbx") for one in chunks]),
    }


def main() -> None:
    """Print the figures."""
    for name, per_second in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 9).items():
        sys.stdout.write(f"{name:6} {per_second:10,.0f} events/s\n")


if __name__ == "__main__":
    main()
