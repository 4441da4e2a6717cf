"""Recorded files as crashes, bad disks and bad people leave them: any number, each from a seed, none of them real.

Coded originals are made once by ffmpeg from our own capture of a telephone's sound.
"""

import random
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.kit.sounds import tone, wave_file

CAPTURE = Path(__file__).parents[1] / "connectors" / "sounds" / "mixmonitor.wav"
_CODED = {
    "gsm.wav": ["-c:a", "libgsm_ms"],
    "adpcm.wav": ["-c:a", "adpcm_ms"],
    "ima.wav": ["-c:a", "adpcm_ima_wav"],
    "alaw.wav": ["-c:a", "pcm_alaw"],
    "wide.wav": ["-c:a", "pcm_s24le", "-ac", "2"],
    "six.wav": ["-ac", "6"],
    "a.mp3": ["-ar", "16000"],
    "a.flac": [],
    "a.ogg": [],
}
_HOURS = {  # silence packs well: hours of it are small files
    "hours.flac": ["-t", "3000", "-c:a", "flac"],
    "hours.mp3": ["-t", "3000", "-b:a", "8k"],
    "hours.wav": ["-t", "3000", "-c:a", "libgsm_ms"],
}


def originals(folder: Path) -> dict[str, bytes]:
    """Make the coded originals in `folder`, which holds no sound of anybody, and return them by name."""
    made = {"capture.wav": CAPTURE.read_bytes(), "tone.wav": tone(1)}
    for name, options in _CODED.items():
        made[name] = _by_ffmpeg(["-i", str(CAPTURE), "-t", "2", *options], folder / name)
    for name, options in _HOURS.items():
        made[name] = _by_ffmpeg(["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", *options], folder / name)
    return made


def _by_ffmpeg(options: list[str], path: Path) -> bytes:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *options, str(path)], check=True)
    return path.read_bytes()


def damaged(seed: int, made: dict[str, bytes]) -> bytes:
    """Return file number `seed`."""
    chance = random.Random(seed)
    kind = _KINDS[seed % len(_KINDS)]
    return kind(chance, made)


def _any(chance: random.Random, made: dict[str, bytes]) -> bytearray:
    return bytearray(made[chance.choice([name for name in made if not name.startswith("hours")])])


def _cut(chance: random.Random, made: dict[str, bytes]) -> bytes:
    data = _any(chance, made)
    return bytes(data[: int(len(data) * chance.choice([0.001, 0.01, chance.random()]))])


def _flipped(chance: random.Random, made: dict[str, bytes]) -> bytes:
    data = _any(chance, made)
    for _ in range(chance.choice([1, 3, 40, 1000])):
        data[int(len(data) * chance.choice([chance.random() * 0.01, chance.random()]))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _lying(chance: random.Random, made: dict[str, bytes]) -> bytes:
    data = bytearray(made["capture.wav"])
    place, form = chance.choice([(at, "<H") for at in (20, 22, 32, 34)] + [(at, "<I") for at in (4, 16, 24, 40)])
    most = 0xFFFF if form == "<H" else 0xFFFFFFFF
    value = chance.choice([0, 1, 2, 3, 7, most, most - 1, most // 2, chance.randrange(most)])
    struct.pack_into(form, data, place, value)
    return bytes(data)


def _huge_chunks(chance: random.Random, made: dict[str, bytes]) -> bytes:
    sound = made["capture.wav"]
    name = chance.choice([b"LIST", b"fmt ", b"fact", b"JUNK", b"\0\0\0\0"])
    chunk = name + chance.choice([0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 1 << 20]).to_bytes(4, "little")
    many = (b"JUNK" + bytes(4)) * chance.choice([1, 999, 5000])
    return sound[:12] + chance.choice([chunk, many, chunk + many]) + sound[12:]


def _disguised(chance: random.Random, made: dict[str, bytes]) -> bytes:
    filler = chance.randbytes(chance.choice([0, 100, 100_000]))
    return chance.choice(
        [
            b"PK\x03\x04" + filler,
            b"RIFF\xff\xff\xff\xffAVI LIST" + filler,
            b"RIFF\x10\0\0\0WEBPVP8 " + filler,
            b"RF64\xff\xff\xff\xffWAVEds64" + filler,
            b"<!doctype html><html><title>Sign in</title>" + filler,
            b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
            b"ffconcat version 1.0\nfile /etc/passwd\n",
            b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + filler,
            b"ID3\x04\0\0\0\0\0\x7f#EXTM3U\nhttps://127.0.0.1/\n" + filler,
            b"%PDF-1.7\n" + filler,
            b"\x7fELF" + filler,
            b"\x1f\x8b" + zlib.compress(bytes(1 << 20)),
            b"OggS" + filler,
            b"fLaC" + filler,
            b"\xff\xfb\x90\x64" + filler,
            made["tone.wav"][:36] + b"PK\x03\x04" + filler,
        ]
    )


def _nothing(chance: random.Random, made: dict[str, bytes]) -> bytes:
    return chance.choice([b"", b"R", b"RIFF", bytes(44), bytes(100_000), chance.randbytes(70_000), b"\xff" * 70_000])


def _bomb(chance: random.Random, made: dict[str, bytes]) -> bytes:
    name = chance.choice(["hours.flac", "hours.mp3", "hours.wav"])
    return made[name] if chance.random() < 0.5 else made[name][: chance.randrange(len(made[name]))]


def _too_many(chance: random.Random, made: dict[str, bytes]) -> bytes:
    channels, rate = chance.choice([3, 16, 17, 255, 65535]), chance.choice([1, 8000, 192_000, 0xFFFFFFFF])
    data = bytearray(wave_file(chance.randbytes(4096), 1, 8000))
    struct.pack_into("<H", data, 22, channels)
    struct.pack_into("<I", data, 24, rate)
    return bytes(data)


_KINDS: tuple[Callable[[random.Random, dict[str, bytes]], bytes], ...] = (
    *(_cut, _flipped, _lying, _huge_chunks, _disguised),
    *(_nothing, _too_many, _cut, _flipped, _bomb),
)
