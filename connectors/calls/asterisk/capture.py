"""Reads a recorded session of the manager interface as the live one would have been read."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from connectors.calls.asterisk.tracker import Tracker
from connectors.calls.asterisk.wire import BANNER, Reader
from plugin.core.calls import CallEvent
from plugin.core.errors import InputError

DEFAULT_TRUNKS = ("PJSIP/trunk*",)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_capture(chunks: Iterable[bytes], source: str, trunks: Sequence[str] = DEFAULT_TRUNKS) -> list[CallEvent]:
    """Return the events of a raw capture, given in any chunking; a greeting in the middle begins the next session.

    What stands without a time of its own is dated by what came before it. Raises InputError where it is none.
    """
    tracker, reader = Tracker(source, trunks, lambda: _EPOCH), Reader()
    events: list[CallEvent] = []
    known = False
    for chunk in chunks:
        for message in reader.feed(chunk):
            known = known or any(key in message for key in ("Event", "Response", BANNER))
            events += tracker.take(message)
    if not known:
        raise InputError("not_a_capture")
    return events + tracker.finish()
