"""Speaks kana: a small formant synthesiser, so that the demo's recordings hold voices that nobody owns.

Each mora of a voice is computed once and kept; a sentence is its morae joined with short cross-fades. Telephone
quality: 8 kHz, 16 bit; the operator in the left channel, the caller in the right, as a PBX records them apart. Vowel
formants after the averages that phonetics textbooks give for Japanese.
"""

import array
import io
import math
import random
import wave
from dataclasses import dataclass
from functools import cache

RATE_HZ = 8000
_FADE = 40  # samples of cross-fade between morae: 5 ms
_FORMANTS = {
    "a": (750, 1200, 2600),
    "i": (300, 2300, 3000),
    "u": (350, 1250, 2400),
    "e": (480, 1950, 2600),
    "o": (480, 850, 2500),
    "n": (280, 1100, 2300),
}
_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "y": "や ゆ よ",
    "r": "らりるれろ",
    "w": "わ   を",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
_KANA = {
    kana: (onset, vowel)
    for onset, row in _ROWS.items()
    for kana, vowel in zip(row, "aiueo", strict=False)
    if kana != " "
} | {"ん": ("", "n"), "ゃ": ("y", "a"), "ゅ": ("y", "u"), "ょ": ("y", "o")}
_NOISE = {"k": 0.25, "s": 0.5, "t": 0.3, "h": 0.3, "p": 0.25, "z": 0.3, "g": 0.12, "d": 0.12, "b": 0.08}
_SILENCE_S = {"、": 0.22, "。": 0.45, " ": 0.12, "っ": 0.09}


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker: pitch in Hz, formants scaled by `size` (a shorter throat is above 1), seconds a mora."""

    pitch_hz: float
    size: float
    mora_s: float = 0.135


CALLER = Voice(118.0, 0.97)
OPERATOR = Voice(205.0, 1.14, 0.125)
_CHANNELS = 2
_CHANNEL = {OPERATOR: 0, CALLER: 1}


def speak(lines: tuple[tuple[Voice, str], ...]) -> bytes:
    """Return a WAV in which each voice says its hiragana in turn, each in its channel; other letters are left out."""
    both = array.array("h")
    for voice, line in lines:
        said = array.array("h")
        _say(said, voice, line)
        said.extend([0] * int(0.35 * RATE_HZ))
        pair = array.array("h", bytes(2 * _CHANNELS * len(said)))
        pair[_CHANNEL[voice] :: _CHANNELS] = said
        both.extend(pair)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(_CHANNELS)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(both.tobytes())
    return out.getvalue()


def _say(sound: "array.array[int]", voice: Voice, line: str) -> None:
    last = "a"
    for place, kana in enumerate(line):
        if kana in _SILENCE_S:
            sound.extend([0] * int(_SILENCE_S[kana] * RATE_HZ))
            continue
        onset, vowel = ("", last) if kana == "ー" else _KANA.get(kana, (None, None))
        if onset is None or vowel is None:
            continue
        # A sentence starts high and sinks: the pitch accent of a language lesson, not of a person.
        step = 1 if place < 2 or line[max(0, place - 1)] in "、。 " else 0
        _join(sound, _mora(voice, onset, vowel, step))
        last = vowel


def _join(sound: "array.array[int]", mora: "array.array[int]") -> None:
    overlap = min(_FADE, len(sound), len(mora))
    for index in range(overlap):
        share = index / overlap
        place = len(sound) - overlap + index
        sound[place] = int(sound[place] * (1 - share) + mora[index] * share)
    sound.extend(mora[overlap:])


@cache
def _mora(voice: Voice, onset: str, vowel: str, step: int) -> "array.array[int]":
    noise = random.Random(f"{onset}{vowel}{step}")  # noqa: S311  a hiss, not a secret
    length = int(voice.mora_s * RATE_HZ)
    head = int(0.035 * RATE_HZ) if onset in _NOISE else 0
    pitch = voice.pitch_hz * (1.12 if step else 1.0)
    source = [_NOISE[onset] * noise.uniform(-1, 1) * 0.35 for _ in range(head)]
    source += [_glottis(index / RATE_HZ, pitch) for index in range(length - head)]
    shaped = source
    for formant, width in zip(_FORMANTS[vowel], (80, 110, 160), strict=True):
        shaped = _resonate(shaped, formant * voice.size, width)
    shaped = _radiate(shaped)
    loudest = max(abs(value) for value in shaped) or 1.0
    scale = (5000 if vowel == "n" else 9000) / loudest
    return array.array("h", (int(value * scale * _swell(index, length)) for index, value in enumerate(shaped)))


def _radiate(samples: list[float]) -> list[float]:
    # Lips let high sound out more easily than low: without it every vowel is a hum.
    return [sample - 0.92 * before for before, sample in zip([0.0, *samples], samples, strict=False)]


def _glottis(at_s: float, pitch_hz: float) -> float:
    wobble = pitch_hz * (1 + 0.012 * math.sin(2 * math.pi * 5 * at_s))
    phase = (at_s * wobble) % 1.0
    return 1.0 - 2.4 * phase if phase < 0.6 else -0.44 + 0.2 * phase


def _swell(index: int, length: int) -> float:
    return min(1.0, index / (0.012 * RATE_HZ), (length - index) / (0.02 * RATE_HZ))


def _resonate(samples: list[float], centre_hz: float, width_hz: float) -> list[float]:
    radius = math.exp(-math.pi * width_hz / RATE_HZ)
    first = 2 * radius * math.cos(2 * math.pi * min(centre_hz, 3800) / RATE_HZ)
    second = -radius * radius
    gain = 1 - first - second
    before = two_before = 0.0
    out = []
    for sample in samples:
        value = gain * sample + first * before + second * two_before
        two_before, before = before, value
        out.append(value)
    return out
