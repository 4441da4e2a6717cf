"""ffmpeg for what browsers do not play: fed and read through pipes, under limits. Refuses any file name or address.

The program sees bytes on its standard input and nothing else: no protocol but pipes, no demuxer but the one we name. It
can write no file and leave no image of its memory behind.
"""

import os
import resource
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from plugin.core.errors import DenwabanError, InputError, OutsideError

_MEMORY_BYTES = 1 << 30
_COUNTING_S = 120  # of computing; waiting for a slow sender is not its fault
_TIME_LIMIT_S = 660
_LAST_WORD_S = 10
_GSM_BYTES, _GSM_SIGN = 33, 0xD
_DEMUXERS = ((b"RIFF", "wav"), (b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3"))


def demuxer_of(begins: bytes) -> str:
    """Return ffmpeg's demuxer for what begins so; raise InputError("damaged") for anything else."""
    for sign, name in _DEMUXERS:
        if begins.startswith(sign):
            return name
    if len(begins) > 2 and begins[0] == 0xFF and begins[1] & 0xE6 == 0xE2:  # an MPEG audio frame, layer III
        return "mp3"
    if len(begins) >= 2 * _GSM_BYTES and all(begins[at] >> 4 == _GSM_SIGN for at in range(0, len(begins), _GSM_BYTES)):
        return "gsm"  # every frame of 20 ms begins so, and nothing else tells
    raise InputError("damaged")


@contextmanager
def transcoded(
    begins: bytes, coded: Iterator[bytes], time_limit_s: float = _TIME_LIMIT_S, counting_s: int = _COUNTING_S
) -> Iterator[Callable[[int], bytes]]:
    """Give a `read(most_bytes)` of a WAVE file of 16-bit samples in one or two channels made of the pieces `coded`.

    `begins`: the first bytes of it all, which decide how it is read. The length in that file's head is not true.

    Raises InputError("damaged") where ffmpeg knows no such thing, OutsideError where ffmpeg is not installed; `read`
    raises OutsideError("ffmpeg_too_slow") where it ran into a limit of time or computing, and whatever `coded` raised.
    """
    made = ["-af", "aformat=channel_layouts=mono|stereo", "-c:a", "pcm_s16le", "-f", "wav"]
    with piped(demuxer_of(begins), made, coded, time_limit_s, counting_s) as read:
        yield read


@contextmanager
def piped(
    demuxer: str,
    made: list[str],
    coded: Iterator[bytes],
    time_limit_s: float = _TIME_LIMIT_S,
    counting_s: int = _COUNTING_S,
) -> Iterator[Callable[[int], bytes]]:
    """Give a `read(most_bytes)` of what ffmpeg makes, as `made` says, of the pieces `coded`; no tag of them is in it.

    Raises OutsideError where ffmpeg is not installed; `read` raises as that of `transcoded`.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise OutsideError("ffmpeg_missing")
    command = [program, "-nostdin", "-hide_banner", "-v", "error", "-threads", "1", "-protocol_whitelist", "pipe"]
    command += ["-f", demuxer, "-i", "pipe:0", "-map", "0:a:0", "-map_metadata", "-1", "-bitexact", *made, "pipe:1"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env={}
    ) as process:
        feeder = None
        try:
            _limit(process.pid, counting_s)  # before the first byte is fed, so nothing runs without limits
            feeder = _Feeder(process, coded)
            feeder.start()
            yield _reader(process, feeder, time.monotonic() + time_limit_s)
        finally:
            process.kill()
            if feeder is not None:
                feeder.join()


def _limit(pid: int, counting_s: int) -> None:
    with suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.prlimit(pid, resource.RLIMIT_CPU, (counting_s,) * 2)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0))  # it has no file to write
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))  # and none to leave


class _Feeder(threading.Thread):
    """Gives the program what it reads. `failed` is what taking the next piece raised."""

    def __init__(self, process: subprocess.Popen[bytes], coded: Iterator[bytes]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._coded = coded
        self.failed: Exception | None = None

    def run(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError), self._process.stdin as pipe:
            while (piece := self._taken()) is not None:
                pipe.write(piece)

    def _taken(self) -> bytes | None:
        try:
            return next(self._coded, None)
        except (DenwabanError, OSError) as error:
            self.failed = error
            return None


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Return how it ended; 0 where it only sits on what it did not read: all it had to say is said."""
    try:
        return process.wait(_LAST_WORD_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return 0


def _reader(process: subprocess.Popen[bytes], feeder: _Feeder, deadline: float) -> Callable[[int], bytes]:
    assert process.stdout is not None
    made = process.stdout.fileno()

    def read(most_bytes: int) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(made, selectors.EVENT_READ)
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not selector.select(left_s):
                raise OutsideError("ffmpeg_too_slow", permanent=True)
        piece = os.read(made, most_bytes)
        if not piece:
            code = _ended(process)
            feeder.join()
            if feeder.failed is not None:
                raise feeder.failed
            if code in (-signal.SIGKILL, -signal.SIGXCPU):  # half a call must not pass for a whole one
                raise OutsideError("ffmpeg_too_slow", permanent=True)
            if code < 0:
                raise InputError("damaged")
        return piece

    return read
