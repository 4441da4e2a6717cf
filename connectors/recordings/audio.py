"""Reads a recorded file into sound that every browser plays, and measures it. Refuses what holds none.

Everything goes by in pieces in memory: no copy of the sound is ever on the disk, and none is ever whole in memory.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from connectors.recordings import wave
from connectors.recordings.peaks import Peaks
from connectors.recordings.pieces import Pieces, whole
from connectors.recordings.transcode import transcoded
from plugin.core.errors import InputError
from plugin.core.ports import Audio, RecordedFile

_MOST_BYTES = 1 << 29  # 9 hours of telephone sound; a bigger file is no call
_BEGINS_BYTES = 100  # three frames of GSM: it has no head
Write = Callable[[bytes], None]


class WaveReader:
    """Reads WAVE in PCM, A-law and µ-law itself; GSM (wav49 and bare), ADPCM, MP3, Ogg and FLAC through ffmpeg.

    Makes WAVE of 16-bit samples in one or two channels, of at most `most_bytes`.
    """

    head_bytes = wave.HEAD_BYTES

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes

    def read(self, file: RecordedFile, write: Write) -> Audio:
        """Read as `AudioReader.read` says; the errors are those named there."""
        pieces = Pieces(file.read, self._most_bytes)
        begins = pieces.peek(_BEGINS_BYTES)
        if not begins:
            raise InputError("empty")
        if begins[:4] != b"RIFF":
            return self._by_ffmpeg(begins, pieces.up_to(None), "compressed", write)
        form = wave.read_form(pieces)
        sound = pieces.up_to(form.sound_bytes)
        widen = wave.widener(form)
        if widen is None:
            if not (first := next(sound, b"")):
                raise InputError("empty")
            return self._by_ffmpeg(begins, chain([wave.head_in_own_codec(form), first], sound), form.codec, write)
        unit = form.channels * form.bits // 8
        return self._measured(map(widen, whole(sound, unit)), form.channels, form.rate, form.codec, write)

    def _by_ffmpeg(self, begins: bytes, coded: Iterator[bytes], codec: str, write: Write) -> Audio:
        with transcoded(begins, coded) as read:
            made = Pieces(read, self._most_bytes)
            form = wave.read_form(made)
            return self._measured(whole(made.up_to(None), 2 * form.channels), form.channels, form.rate, codec, write)

    def _measured(self, sound: Iterable[bytes], channels: int, rate: int, codec: str, write: Write) -> Audio:
        peaks, left_bytes = Peaks(channels), self._most_bytes
        for piece in sound:
            left_bytes -= len(piece)
            if left_bytes < 0:
                raise InputError("too_long")  # half as long in its own codec
            peaks.take(piece)
            write(piece)
        if not peaks.frames:
            raise InputError("empty")
        return Audio(
            head=wave.head_of(2 * channels * peaks.frames, channels, rate),
            content_type="audio/wav",
            codec=codec,
            channels=channels,
            length_ms=peaks.frames * 1000 // rate,
            peaks=b"".join(peaks.lanes()),
        )
