"""ffmpeg for what browsers do not play: fed and read through pipes, under limits. Refuses any file name or address.

The program sees bytes on its standard input and nothing else: no protocol but pipes, no demuxer but the one we name.
"""

import os
import resource
import selectors
import shutil
import subprocess
import threading
import time
from contextlib import suppress

from plugin.core.errors import InputError, OutsideError

_MEMORY_BYTES = 1 << 30
_TIME_LIMIT_S = 120
_CHUNK_BYTES = 1 << 16
_DEMUXERS = ((b"RIFF", "wav"), (b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3"))


def demuxer_of(data: bytes) -> str:
    """Return ffmpeg's demuxer for what `data` begins with; raise InputError("damaged") for anything else."""
    for begins, name in _DEMUXERS:
        if data.startswith(begins):
            return name
    if len(data) > 2 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2:  # an MPEG audio frame, layer III
        return "mp3"
    raise InputError("damaged")


def transcode(data: bytes, most_bytes: int, time_limit_s: float = _TIME_LIMIT_S) -> bytes:
    """Return the sound of `data` as a WAVE file of 16-bit samples in one or two channels, at most `most_bytes` long.

    Raises InputError("damaged") where ffmpeg makes no sound of it, InputError("too_long") beyond `most_bytes`, and
    OutsideError where ffmpeg is not installed or ran into the limit of time.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise OutsideError("ffmpeg_missing")
    command = [program, "-nostdin", "-hide_banner", "-v", "error", "-threads", "1", "-protocol_whitelist", "pipe"]
    command += ["-f", demuxer_of(data), "-i", "pipe:0", "-map", "0:a:0", "-map_metadata", "-1", "-bitexact"]
    command += ["-af", "aformat=channel_layouts=mono|stereo", "-c:a", "pcm_s16le", "-f", "wav", "pipe:1"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env={}
    ) as process:
        try:
            _limit(process.pid, time_limit_s)  # before the first byte is fed, so nothing runs without limits
            feeder = threading.Thread(target=_feed, args=(process, data), daemon=True)
            feeder.start()
            made = _collect(process, most_bytes, time.monotonic() + time_limit_s)
        finally:
            process.kill()
        feeder.join()
    if not made:
        raise InputError("damaged")
    return made


def _limit(pid: int, time_limit_s: float) -> None:
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.prlimit(pid, resource.RLIMIT_CPU, (int(time_limit_s) + 1,) * 2)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0))  # it has no file to write


def _feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError), process.stdin as pipe:
        pipe.write(data)


def _collect(process: subprocess.Popen[bytes], most_bytes: int, deadline: float) -> bytes:
    assert process.stdout is not None
    made = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not selector.select(left_s):
                raise OutsideError("ffmpeg_too_slow", permanent=True)
            chunk = os.read(process.stdout.fileno(), _CHUNK_BYTES)
            if not chunk:
                return bytes(made)
            made += chunk
            if len(made) > most_bytes:
                raise InputError("too_long")
