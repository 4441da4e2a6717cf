"""Reads a recorded file into sound that every browser plays, and measures it. Refuses what holds none.

Everything happens in memory: no copy of the sound is ever on the disk.
"""

import hashlib
import os
import stat
from pathlib import Path

from connectors.recordings import wave
from connectors.recordings.transcode import transcode
from plugin.core.errors import InputError
from plugin.core.ports import Audio

_MOST_BYTES = 1 << 29  # 9 hours of telephone sound; a bigger file is no call


class WaveReader:
    """Reads WAVE in PCM, A-law and µ-law itself; GSM (wav49), ADPCM, MP3, Ogg and FLAC through ffmpeg."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes

    def read(self, path: Path) -> Audio:
        """Return the audio of the file at `path` as 16-bit WAVE.

        Raises InputError("empty", "damaged" or "too_long"), and OutsideError where ffmpeg is needed and is missing or
        was stopped at its limits.
        """
        data = _bytes_of(path, self._most_bytes)
        if not data:
            raise InputError("empty")
        codec = "compressed"
        if data[:4] == b"RIFF":
            read = wave.parse(data)
            codec, sound = read.codec, wave.samples(read)
            if sound is not None:
                return _measured(sound, read.channels, read.rate, codec)
            data = wave.rewrapped(read)
        made = wave.parse(transcode(data, self._most_bytes))
        return _measured(wave.samples(made) or b"", made.channels, made.rate, codec)


def _measured(sound: bytes, channels: int, rate: int, codec: str) -> Audio:
    if not sound:
        raise InputError("empty")
    data = wave.write(sound, channels, rate)
    return Audio(
        data=data,
        content_type="audio/wav",
        codec=codec,
        channels=channels,
        length_ms=len(sound) // (2 * channels) * 1000 // rate,
        sha256=hashlib.sha256(data).hexdigest(),
        peaks=wave.peaks(sound, channels),
    )


def _bytes_of(path: Path, most_bytes: int) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise InputError("damaged")
            if found.st_size > most_bytes:
                raise InputError("too_long")
            return file.read(most_bytes)
    except OSError as error:
        raise InputError("damaged") from error
