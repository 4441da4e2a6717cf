"""RIFF/WAVE as recorders really leave it: unfinished headers, odd chunks, telephone codecs. Refuses what is no WAVE.

After a crash the header says that the sound is 0 bytes long (measured on Asterisk after kill -9); then all that follows
is the sound. Numbers in the header are a stranger's words: nothing is allocated or trusted by them.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from connectors.recordings.pieces import Pieces
from plugin.core.errors import InputError

PCM, EXTENSIBLE = 1, 0xFFFE
HEAD_BYTES = 44
_NAMES = {1: "pcm", 2: "adpcm", 3: "float", 6: "alaw", 7: "ulaw", 0x11: "ima_adpcm", 0x31: "gsm", 0x55: "mp3"}
_FORM_BYTES = 4096  # of an fmt chunk; codecs need less than 100
_MOST_CHUNKS = 1000
_UNKNOWN = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Form:
    """What a file says of its sound: `head` is its fmt chunk, `number` the codec's in it.

    `sound_bytes` is how long the data chunk says it is, None where it does not say; there may be fewer.
    """

    head: bytes
    number: int
    channels: int
    rate: int
    bits: int
    sound_bytes: int | None

    @property
    def codec(self) -> str:
        """The codec in a word."""
        name = _NAMES.get(self.number, f"wav{self.number:04x}")
        return f"{name}{self.bits}" if self.number == PCM else name


def read_form(file: Pieces) -> Form:
    """Read a RIFF/WAVE file up to the first byte of its sound.

    Raises InputError("damaged") where it is none, InputError("empty") where it has no data chunk.
    """
    begins = file.exactly(12)
    if begins[:4] != b"RIFF" or begins[8:12] != b"WAVE":
        raise InputError("damaged")
    head = b""
    for _ in range(_MOST_CHUNKS):
        chunk = file.exactly(8)
        if len(chunk) < 8:
            raise InputError("empty" if head else "damaged")
        name, size = chunk[:4], int.from_bytes(chunk[4:], "little")
        if name == b"data":
            return _form(head, None if size in (0, _UNKNOWN) else size)
        kept = min(size, _FORM_BYTES) if name == b"fmt " else 0
        if kept:
            head = file.exactly(kept)
        file.skip(size - kept + (size & 1))
    raise InputError("damaged")


def _form(head: bytes, sound_bytes: int | None) -> Form:
    if len(head) < 16:
        raise InputError("damaged")
    number, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", head)
    if number == EXTENSIBLE and len(head) >= 26:
        number = int.from_bytes(head[24:26], "little")
    if not (1 <= channels <= 16 and 4000 <= rate <= 192_000 and block):
        raise InputError("damaged")
    return Form(head, number, channels, rate, bits, sound_bytes)


def widener(form: Form) -> Callable[[bytes], bytes] | None:
    """Return what makes 16-bit little-endian samples of the sound, or None where its codec is not one that we read."""
    if form.channels > 2:
        return None
    match form.number, form.bits:
        case 1, 16:
            return _as_it_is
        case 1, 8:
            return lambda sound: _widen(sound, _PCM8)
        case 6, 8:
            return lambda sound: _widen(sound, _ALAW)
        case 7, 8:
            return lambda sound: _widen(sound, _ULAW)
    return None


def head_of(sound_bytes: int, channels: int, rate: int) -> bytes:
    """Return the head of a WAVE file of 16-bit samples: what stands before the sound."""
    form = struct.pack("<HHIIHH", PCM, channels, rate, rate * channels * 2, channels * 2, 16)
    return _riff(form, sound_bytes)


def head_in_own_codec(form: Form) -> bytes:
    """Return the head of a file that holds the same sound in its own codec, of a length not known yet."""
    return _riff(form.head, None)


def _riff(head: bytes, sound_bytes: int | None) -> bytes:
    head += b"\0" * (len(head) & 1)
    size = _UNKNOWN if sound_bytes is None else 20 + len(head) + sound_bytes
    said = _UNKNOWN if sound_bytes is None else sound_bytes
    return b"".join([b"RIFF", _u32(size), b"WAVEfmt ", _u32(len(head)), head, b"data", _u32(said)])


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _as_it_is(sound: bytes) -> bytes:
    return sound


def _tables(values: list[int]) -> tuple[bytes, bytes]:
    return bytes(value & 255 for value in values), bytes(value >> 8 & 255 for value in values)


def _widen(sound: bytes, tables: tuple[bytes, bytes]) -> bytes:
    wide = bytearray(2 * len(sound))
    wide[0::2], wide[1::2] = sound.translate(tables[0]), sound.translate(tables[1])
    return bytes(wide)


def _from_ulaw(code: int) -> int:
    code = ~code & 255  # ITU-T G.711
    size = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132
    return -size if code & 128 else size


def _from_alaw(code: int) -> int:
    code ^= 0x55  # ITU-T G.711
    step, place = code >> 4 & 7, (code & 15) << 4
    size = place + 8 if step == 0 else place + 264 << step - 1
    return size if code & 128 else -size


_PCM8 = _tables([(code - 128) * 256 for code in range(256)])
_ALAW = _tables([_from_alaw(code) for code in range(256)])
_ULAW = _tables([_from_ulaw(code) for code in range(256)])
