"""A copy of a recording to the sample: what of it stands in the copy, what of that is hushed, who makes and proves it.

Never rounds a range to less than was asked for: a sample that it touches goes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from plugin.core.errors import InputError
from plugin.core.heard import Stretch
from plugin.core.ports import Audio
from plugin.core.redaction import Hush, Range

_MS = 1000


class Cut(NamedTuple):
    """Samples of each channel, [start, stop), counted from the copy's first."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class SoundForm:
    """How the sound of a recording stands: `frames` samples of 16 bits in each channel, `rate` of them a second."""

    channels: int
    rate: int
    frames: int


@dataclass(frozen=True, slots=True)
class CutPlan:
    """A copy to the sample: `frames` frames of the original from `first` on, with `cuts` hushed; cuts are in order
    and do not touch.
    """

    form: SoundForm
    first: int
    frames: int
    cuts: tuple[Cut, ...]
    hush: Hush


def plan_of(form: SoundForm, stretch: Stretch, ranges: Iterable[Range], hush: Hush) -> CutPlan:
    """Return the samples that a copy of `stretch` has, and those of them that are hushed.

    Every sample that a range touches in part goes, in all channels: what one says is heard in the other's line too.
    Raises InputError("stretch") for one in which there is no sample.
    """
    first, stop = _samples(form, stretch.from_ms, stretch.to_ms)
    if stop <= first:
        raise InputError("stretch")
    cuts: list[Cut] = []
    for each in sorted(ranges):
        start, end = _samples(form, each.from_ms, each.to_ms)
        start, end = max(start, first) - first, min(end, stop) - first
        if end <= start:
            continue
        if cuts and start <= cuts[-1].stop:
            cuts[-1] = Cut(cuts[-1].start, max(cuts[-1].stop, end))
        else:
            cuts.append(Cut(start, end))
    return CutPlan(form, first, stop - first, tuple(cuts), hush)


def _samples(form: SoundForm, from_ms: int, to_ms: int) -> Cut:
    # A recording's length is told in whole milliseconds, rounded down: up to there means to its last sample.
    is_to_the_end = to_ms >= form.frames * _MS // form.rate
    stop = form.frames if is_to_the_end else -(-to_ms * form.rate // _MS)
    return Cut(min(from_ms * form.rate // _MS, form.frames), min(stop, form.frames))


class Readable(Protocol):
    """A file, open at its beginning."""

    def read(self, most_bytes: int) -> bytes:
        """Return the next bytes, b"" at the end."""
        ...


class Cutter(Protocol):
    """Makes copies of sound and proves them. All goes by in pieces: nothing is whole in memory, nothing on a disk.

    What `source`, `made` and `write` raise goes through.
    """

    @property
    def wave_head_bytes(self) -> int:
        """How long the head of a WAVE copy is."""
        ...

    @property
    def flac_head_bytes(self) -> int:
        """How long the head of a FLAC copy is."""
        ...

    def form_of(self, source: Readable) -> SoundForm:
        """Return how the sound of a recording stands. Raises InputError("damaged" | "empty")."""
        ...

    def cut(self, source: Readable, plan: CutPlan, write: Callable[[bytes], None]) -> Audio:
        """Hand the planned copy of `source` to `write`, all but its head; return what was measured, and that head.

        Raises InputError("damaged") where the recording is not of the planned form.
        """
        ...

    def code(self, source: Readable, write: Callable[[bytes], None]) -> bytes:
        """Hand a WAVE file to `write` as FLAC without a tag, all but its head, which is returned.

        Raises OutsideError where a program that is needed is missing or was stopped at its limits.
        """
        ...

    def prove(self, source: Readable, made: Readable, plan: CutPlan) -> None:
        """Decode a finished copy and hold it against the original, sample by sample.

        Raises Conflict("not_proved") unless each hushed sample is 0 (or the bleep's own), each other one the
        original's, there is none more or less, and the file holds sound alone; and as `code` does.
        """
        ...
