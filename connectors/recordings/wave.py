"""RIFF/WAVE as recorders really leave it: unfinished headers, odd chunks, telephone codecs. Refuses what is no WAVE.

After a crash the header says that the sound is 0 bytes long (measured on Asterisk after kill -9); then all that follows
is the sound. Numbers in the header are a stranger's words: nothing is allocated or trusted by them.
"""

import struct
from array import array
from dataclasses import dataclass

from plugin.core.errors import InputError

PCM, ALAW, ULAW, EXTENSIBLE = 1, 6, 7, 0xFFFE
_NAMES = {1: "pcm", 2: "adpcm", 3: "float", 6: "alaw", 7: "ulaw", 0x11: "ima_adpcm", 0x31: "gsm", 0x55: "mp3"}
_PEAKS = 800


@dataclass(frozen=True, slots=True)
class Wave:
    """A parsed file: `head` is its fmt chunk, `form` the codec's number in it, `sound` the bytes of its data chunk."""

    head: bytes
    form: int
    channels: int
    rate: int
    bits: int
    sound: bytes

    @property
    def codec(self) -> str:
        """The codec in a word."""
        name = _NAMES.get(self.form, f"wav{self.form:04x}")
        return f"{name}{self.bits}" if self.form == PCM else name


def parse(data: bytes) -> Wave:
    """Read a RIFF/WAVE file.

    Raises InputError("damaged") where it is none, InputError("empty") where it holds no byte of sound.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise InputError("damaged")
    at, form = 12, b""
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8
        if name == b"data":
            stop = at + size if 0 < size <= len(data) - at else len(data)
            return _wave(form, data[at:stop])
        if name == b"fmt ":
            form = data[at : at + size]
        at += size + (size & 1)
    raise InputError("empty" if form else "damaged")


def _wave(form: bytes, sound: bytes) -> Wave:
    if len(form) < 16:
        raise InputError("damaged")
    number, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", form)
    if number == EXTENSIBLE and len(form) >= 26:
        number = int.from_bytes(form[24:26], "little")
    if not (1 <= channels <= 16 and 4000 <= rate <= 192_000 and block):
        raise InputError("damaged")
    if not sound:
        raise InputError("empty")
    return Wave(form, number, channels, rate, bits, sound)


def samples(wave: Wave) -> bytes | None:
    """Return the sound as 16-bit little-endian samples, or None where its codec is not one that we read ourselves."""
    if wave.channels > 2:
        return None
    sound = wave.sound
    match wave.form, wave.bits:
        case 1, 16:
            wide = sound
        case 1, 8:
            wide = _widen(sound, _PCM8)
        case 6, 8:
            wide = _widen(sound, _ALAW)
        case 7, 8:
            wide = _widen(sound, _ULAW)
        case _:
            return None
    whole = len(wide) - len(wide) % (2 * wave.channels)
    return wide[:whole]


def write(sound: bytes, channels: int, rate: int) -> bytes:
    """Return a WAVE file of 16-bit samples, with nothing in it but the sound."""
    head = struct.pack("<HHIIHH", PCM, channels, rate, rate * channels * 2, channels * 2, 16)
    return _riff(head, sound)


def rewrapped(wave: Wave) -> bytes:
    """Return the file anew with a finished header and nothing in it but the sound in its own codec."""
    return _riff(wave.head, wave.sound)


def _riff(head: bytes, sound: bytes) -> bytes:
    head += b"\0" * (len(head) & 1)
    size = 20 + len(head) + len(sound)
    return b"".join([b"RIFF", _u32(size), b"WAVEfmt ", _u32(len(head)), head, b"data", _u32(len(sound)), sound])


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def peaks(sound: bytes, channels: int) -> bytes:
    """Return the loudest sample of up to 800 equal slices of 16-bit `sound`, 0-255 each."""
    values = memoryview(sound).cast("h")
    frames = len(values) // channels
    slices = min(_PEAKS, frames)
    loudest = bytearray()
    for n in range(slices):
        part = array("h", values[frames * n // slices * channels : frames * (n + 1) // slices * channels])
        loudest.append(min(255, max(max(part), -min(part)) >> 7))
    return bytes(loudest)


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
