"""Copies of a recording in which something is hushed, to the sample, and the proof that it is so.

Never lets ffmpeg do the hushing: its volume filter works on frames of 1,024 samples and leaves speech at both ends of a
cut. Everything goes by in pieces in memory, and the proof reads the finished file anew: decoded, sample by sample.
"""

import math
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain

from connectors.recordings import flac, wave
from connectors.recordings.peaks import Peaks
from connectors.recordings.pieces import Pieces, whole
from connectors.recordings.transcode import transcoded
from plugin.core.cutting import Cut, CutPlan, Readable, SoundForm
from plugin.core.errors import Conflict, InputError
from plugin.core.ports import Audio
from plugin.core.redaction import Hush

_MOST_BYTES = 1 << 30
_BLEEP_HZ, _BLEEP_LOUDNESS = 1000, 3000  # a tenth of the loudest: nobody's ears suffer
_BEGINS_BYTES = 100


class SoundCutter:
    """Cuts WAVE of 16-bit samples as the vault keeps it; makes and proves WAVE and FLAC."""

    wave_head_bytes = wave.HEAD_BYTES
    flac_head_bytes = flac.HEAD_BYTES

    def form_of(self, source: Readable) -> SoundForm:
        """Read as `Cutter.form_of` says."""
        return _begun(source)[0]

    def cut(self, source: Readable, plan: CutPlan, write: Callable[[bytes], None]) -> Audio:
        """Write as `Cutter.cut` says."""
        form, sound = _begun(source)
        if form != plan.form:
            raise InputError("damaged")
        peaks, unit = Peaks(form.channels), 2 * form.channels
        sound.skip(plan.first * unit)
        for piece in _hushed(whole(sound.up_to(plan.frames * unit), unit), plan):
            peaks.take(piece)
            write(piece)
        if peaks.frames != plan.frames:
            raise InputError("damaged")
        return Audio(
            head=wave.head_of(plan.frames * unit, form.channels, form.rate),
            content_type="audio/wav",
            codec="pcm16",
            channels=form.channels,
            length_ms=peaks.frames * 1000 // form.rate,
            peaks=b"".join(peaks.lanes()),
        )

    def code(self, source: Readable, write: Callable[[bytes], None]) -> bytes:
        """Write as `Cutter.code` says."""
        form, sound = _begun(source)
        size_bytes = form.frames * 2 * form.channels
        coded = flac.Coded(form, _MOST_BYTES)
        for piece in coded.frames(wave.head_of(size_bytes, form.channels, form.rate), sound.up_to(size_bytes)):
            write(piece)
        return coded.head()

    def prove(self, source: Readable, made: Readable, plan: CutPlan) -> None:
        """Prove as `Cutter.prove` says."""
        form, original = _begun(source)
        if form != plan.form:
            raise Conflict("not_proved")
        unit = 2 * form.channels
        original.skip(plan.first * unit)
        with _decoded(made, plan) as result:
            at = 0
            for stop, is_inside in _stretches(plan):
                while at < stop:
                    count = min(stop - at, 16_384)
                    was, now = original.exactly(count * unit), result.exactly(count * unit)
                    if now != (_hush(plan, at, count) if is_inside else was) or len(now) != count * unit:
                        raise Conflict("not_proved")
                    at += count
            if result.exactly(1):
                raise Conflict("not_proved")


def _begun(source: Readable) -> tuple[SoundForm, Pieces]:
    """Read up to the first sample of a WAVE file as the vault keeps it, whose head tells its true length."""
    sound = Pieces(source.read, _MOST_BYTES)
    form = wave.read_form(sound)
    if form.sound_bytes is None or (form.number, form.bits) != (wave.PCM, 16) or form.channels > 2:
        raise InputError("damaged")
    return SoundForm(form.channels, form.rate, form.sound_bytes // (2 * form.channels)), sound


@contextmanager
def _decoded(made: Readable, plan: CutPlan) -> Iterator[Pieces]:
    """Give the samples of a finished copy, from the first; it must hold sound alone, and say so many samples of it."""
    file, form = Pieces(made.read, _MOST_BYTES), plan.form
    size_bytes = plan.frames * 2 * form.channels
    if (begins := file.peek(_BEGINS_BYTES)).startswith(flac.SIGN):
        said = int.from_bytes(begins[18:26], "big")
        if not flac.is_bare(begins) or said & ((1 << 36) - 1) != plan.frames:
            raise Conflict("not_proved")
        with transcoded(begins, file.up_to(None)) as read:
            result = Pieces(read, _MOST_BYTES)
            found = wave.read_form(result)
            if (found.channels, found.rate) != (form.channels, form.rate):
                raise Conflict("not_proved")
            yield result
    else:
        if file.exactly(wave.HEAD_BYTES) != wave.head_of(size_bytes, form.channels, form.rate):
            raise Conflict("not_proved")
        yield file


def _stretches(plan: CutPlan) -> Iterator[tuple[int, bool]]:
    """Yield where each stretch of the copy ends, and whether it is hushed, in order."""
    for cut in plan.cuts:
        yield cut.start, False
        yield cut.stop, True
    yield plan.frames, False


def _hushed(sound: Iterator[bytes], plan: CutPlan) -> Iterator[bytes]:
    unit, at, cuts = 2 * plan.form.channels, 0, list(reversed(plan.cuts))
    for piece in sound:
        stop = at + len(piece) // unit
        while cuts and cuts[-1].stop <= at:
            cuts.pop()
        inside = [Cut(max(at, cut.start), min(stop, cut.stop)) for cut in reversed(cuts) if cut.start < stop]
        yield _with(piece, inside, at, plan) if inside else piece
        at = stop


def _with(piece: bytes, inside: list[Cut], at: int, plan: CutPlan) -> bytes:
    unit, changed = 2 * plan.form.channels, bytearray(piece)
    for start, stop in inside:
        changed[(start - at) * unit : (stop - at) * unit] = _hush(plan, start, stop - start)
    return bytes(changed)


def _hush(plan: CutPlan, at: int, count: int) -> bytes:
    """Return what stands in the place of `count` frames from `at` on: it hangs on nothing but their number."""
    unit = 2 * plan.form.channels
    if plan.hush is Hush.SILENCE:
        return bytes(count * unit)
    second = _bleep(plan.form.rate, plan.form.channels)
    begins = at % plan.form.rate * unit
    times = -(-(begins + count * unit) // len(second))
    return (second * times)[begins : begins + count * unit]


@lru_cache(4)
def _bleep(rate: int, channels: int) -> bytes:
    """Return a second of the tone."""
    turn = 2 * math.pi * _BLEEP_HZ / rate
    values = (round(_BLEEP_LOUDNESS * math.sin(turn * n)) for n in range(rate))
    return array("h", chain.from_iterable((value,) * channels for value in values)).tobytes()
