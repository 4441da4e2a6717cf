"""The recordings of calls as the exchange makes them: when each began, and whether a conversation was heard meanwhile.

The native name of a withheld caller's recording holds his number, so it never leaves: such a file is known by the
unique id of its channel and found by the end of its name (uri_without_number of plugin/core/recordings.py).
"""

from collections.abc import Container

from connectors.calls.asterisk.channels import Channel, File
from connectors.calls.asterisk.pen import Pen
from connectors.calls.asterisk.tracked import Moment, Tape, Tracked
from connectors.calls.asterisk.wire import clip
from plugin.core.calls import EventType, Media, RecordingFact, RecordingKind
from plugin.core.recordings import recording_key, uri_without_number
from plugin.core.times import from_us

_MONITOR = "/monitor/"  # MixMonitor's own folder; names are told relative to it
_MOST_CHARACTERS = 500


class Tapes:
    """Starts and closes the recordings of calls."""

    def __init__(self, pen: Pen) -> None:
        self._pen = pen

    def start(self, call: Tracked, channel: Channel, file: File, when: Moment) -> None:
        """A file is being written on a channel of the call."""
        name = _relative(file.path)
        if any(tape.channel == channel.uid and tape.began_us == file.began_us for tape in call.tapes):
            return
        kind = RecordingKind.TRIGGERED if file.by_hand else RecordingKind.ALL_CALL
        if call.withheld is None:
            again = sum(tape.uri == name for tape in call.tapes)  # stopped, and begun again into the same file
            tape = Tape(channel.uid, f"{name}#{again + 1}" if again else name, name, file.began_us, kind)
        else:
            count = sum(tape.channel == channel.uid for tape in call.tapes)
            uri = _uri_of_hidden(name, channel, call)
            tape = Tape(channel.uid, f"{channel.uid}#{count + 1}", uri, file.began_us, kind)
        call.tapes.append(tape)
        self._pen.write(
            call,
            EventType.RECORDING_STARTED,
            Moment(when.native, file.began_us),
            leg=channel.uid,
            recording=RecordingFact(tape.id, tape.uri, kind, started_at=from_us(tape.began_us)),
        )

    def hear_talk(self, call: Tracked, present: Container[str]) -> None:
        """An agent and the customer talk: every recording that runs on a channel `present` there holds it."""
        for tape in call.tapes:
            tape.talk = tape.talk or (not tape.closed and tape.channel in present)

    def hand_over(self, other: Tracked, call: Tracked) -> None:
        """What runs for a call that turned out to be part of another runs for that one."""
        call.tapes += other.tapes
        other.tapes = []

    def close(self, call: Tracked, channel: str | None, when: Moment) -> None:
        """The files of one channel are complete; of every channel where `channel` is None."""
        for tape in call.tapes:
            if tape.closed or channel not in (None, tape.channel):
                continue
            tape.closed = True
            media = Media.TALK if tape.talk else Media.WAITING_ONLY
            fact = RecordingFact(
                tape.id,
                tape.uri,
                tape.kind,
                media,
                started_at=from_us(tape.began_us),
                ended_at=from_us(when.at_us),
            )
            self._pen.write(call, EventType.RECORDING_READY, when, leg=tape.channel, recording=fact)

    def mute(self, call: Tracked, channel: str, direction: str, when: Moment, *, on: bool) -> None:
        """A direction of the channel (read, write, both) is kept out of what records it now, or no longer.

        Whatever is kept out makes a gap: what the file holds of it is half a conversation.
        """
        directions = {"read", "write"} if direction == "both" else {direction}
        for tape in call.tapes:
            if tape.closed or tape.channel != channel:
                continue
            was_muted = bool(tape.muted)
            (tape.muted.update if on else tape.muted.difference_update)(directions)
            if bool(tape.muted) != was_muted:
                type_ = EventType.RECORDING_PAUSED if on else EventType.RECORDING_RESUMED
                self._pen.write(call, type_, when, leg=channel, recording=RecordingFact(tape.id, kind=tape.kind))

    def hide(self, call: Tracked) -> None:
        """The caller turned out to be withheld: from now on no native name is told."""
        for tape in call.tapes:
            tape.id, tape.uri = f"sha256:{recording_key(tape.id)}", None


def _relative(path: str) -> str:
    _, found, below = path.partition(_MONITOR)
    return clip(below if found else path.lstrip("/"), _MOST_CHARACTERS)


def _uri_of_hidden(name: str, channel: Channel, call: Tracked) -> str | None:
    uri = uri_without_number(name, (channel.uid, *call.ids))
    return None if uri is None or (channel.number and channel.number in uri) else uri
