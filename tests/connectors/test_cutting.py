"""Copies to the sample: nothing is left inside a cut, nothing is changed outside, and a copy of which that is not true
is refused.
"""

import hashlib
import io
import random
import shutil
import subprocess
from array import array
from functools import cache

import pytest

from connectors.recordings import wave
from connectors.recordings.cutting import SoundCutter
from plugin.core.cutting import Cut, CutPlan, SoundForm, plan_of
from plugin.core.errors import Conflict, InputError
from plugin.core.heard import Stretch
from plugin.core.redaction import CutReason, Hush, Range
from tests.kit.sounds import read_sound, wave_file

SOURCES = ("mono 8000", "stereo 48000", "mono 11025", "opus", "mp3", "gsm", "ulaw")
SECONDS = 3
CUTTER = SoundCutter()


@cache
def source(name: str) -> bytes:
    """Return some seconds of noise as the vault keeps it; of a codec, through the import."""
    chance = random.Random(name)
    word, _, rate = name.partition(" ")
    channels, hertz = (2 if word == "stereo" else 1), int(rate or 8000)
    # Never 0: whatever is 0 in a copy was made so.
    sound = array("h", (value >> 1 or 1 for value in array("h", chance.randbytes(hertz * channels * 2 * SECONDS))))
    plain = wave_file(sound.tobytes(), channels, hertz)
    if rate:
        return plain
    how = {"opus": ("libopus", "ogg"), "mp3": ("libmp3lame", "mp3"), "gsm": ("libgsm_ms", "wav")}
    codec, form = how.get(word, ("pcm_mulaw", "wav"))
    return read_sound(_ffmpeg(plain, "-metadata", "title=somebody", "-c:a", codec, "-f", form))[1]


def _ffmpeg(given: bytes, *arguments: str) -> bytes:
    program = shutil.which("ffmpeg")
    assert program is not None
    command = [program, "-v", "error", "-i", "pipe:0", *arguments, "pipe:1"]
    return subprocess.run(command, input=given, capture_output=True, check=True, timeout=60).stdout


def _copies(sound: bytes, plan: CutPlan) -> tuple[bytes, bytes]:
    """Return the copy as WAVE and as FLAC, both proved."""
    made = bytearray()
    audio = CUTTER.cut(io.BytesIO(sound), plan, made.extend)
    as_wave = audio.head + bytes(made)
    coded = bytearray()
    head = CUTTER.code(io.BytesIO(as_wave), coded.extend)
    as_flac = head + bytes(coded)
    for each in (as_wave, as_flac):
        CUTTER.prove(io.BytesIO(sound), io.BytesIO(each), plan)
    return as_wave, as_flac


def _form(sound: bytes) -> SoundForm:
    return CUTTER.form_of(io.BytesIO(sound))


def _by_chance(chance: random.Random, form: SoundForm) -> CutPlan:
    length_ms = form.frames * 1000 // form.rate
    start = chance.choice((0, chance.randrange(length_ms // 2)))
    stretch = Stretch(start, chance.choice((length_ms, chance.randrange(start + 100, length_ms + 1))))
    begins = [chance.randrange(length_ms) for _ in range(chance.randrange(1, 6))]
    ranges = [Range(at, at + chance.choice((10, 37, 128, 600, 2500)), CutReason.PERSON) for at in begins]
    return plan_of(form, stretch, ranges, chance.choice(tuple(Hush)))


def _held_against(sound: bytes, decoded: bytes, plan: CutPlan) -> int:
    """Hold a decoded copy against its original by other means than the product's; return how many samples were cut."""
    was = array("h", sound[wave.HEAD_BYTES :])[plan.first * plan.form.channels :][: plan.frames * plan.form.channels]
    now = array("h", decoded)
    assert len(now) == len(was)
    inside = bytearray(len(was))
    for start, stop in plan.cuts:
        inside[start * plan.form.channels : stop * plan.form.channels] = b"\1" * ((stop - start) * plan.form.channels)
    assert all(a == b for a, b, cut in zip(was, now, inside, strict=True) if not cut)
    if plan.hush is Hush.SILENCE:
        assert not any(b for b, cut in zip(now, inside, strict=True) if cut)
    else:
        assert max((abs(b) for b, cut in zip(now, inside, strict=True) if cut), default=0) <= 3000
    return sum(inside)


def _cut_by_chance(seed: int) -> None:
    chance = random.Random(seed)
    sound = source(SOURCES[seed % len(SOURCES)])
    plan = _by_chance(chance, _form(sound))
    as_wave, as_flac = _copies(sound, plan)
    cut = _held_against(sound, as_wave[wave.HEAD_BYTES :], plan)
    assert cut == sum(stop - start for start, stop in plan.cuts) * plan.form.channels
    _held_against(sound, _ffmpeg(as_flac, "-f", "s16le"), plan)


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize("seed", range(len(SOURCES)))
def test_cuts_leave_nothing_inside_and_change_nothing_outside(seed: int) -> None:
    _cut_by_chance(seed)


@pytest.mark.soak
@pytest.mark.needs("ffmpeg")
def test_200_random_cuts_leave_nothing_inside_and_change_nothing_outside() -> None:
    for seed in range(200):
        _cut_by_chance(1000 + seed)


@pytest.mark.needs("ffmpeg")
def test_the_flac_says_of_itself_what_is_true_and_nothing_else() -> None:
    sound = source("mono 8000")
    plan = plan_of(_form(sound), Stretch(500, 2500), [Range(1000, 2000, CutReason.ACCOUNT)], Hush.SILENCE)
    as_wave, as_flac = _copies(sound, plan)
    samples = as_wave[wave.HEAD_BYTES :]
    assert as_flac[:8] == b"fLaC\x80\x00\x00\x22"  # one block, the last, of 34 bytes: no tag
    assert int.from_bytes(as_flac[18:26], "big") == 8000 << 44 | 15 << 36 | 16_000
    assert as_flac[26:42] == hashlib.md5(samples).digest()
    assert as_flac[42:44] in (b"\xff\xf8", b"\xff\xf9")  # a frame begins
    assert b"ffmpeg" not in as_flac
    assert b"Lavf" not in as_flac


def _plan(sound: bytes) -> CutPlan:
    return plan_of(_form(sound), Stretch(0, 1000 * SECONDS), [Range(1000, 2000, CutReason.PERSON)], Hush.SILENCE)


def _a_wave(sound: bytes) -> bytearray:
    made = bytearray()
    audio = CUTTER.cut(io.BytesIO(sound), _plan(sound), made.extend)
    return bytearray(audio.head) + made


def test_a_copy_of_which_it_is_not_true_is_refused() -> None:
    sound = source("mono 8000")
    good = _a_wave(sound)
    CUTTER.prove(io.BytesIO(sound), io.BytesIO(good), _plan(sound))
    last_inside, first_outside = wave.HEAD_BYTES + 2 * 15_999, wave.HEAD_BYTES + 2 * 16_000
    for at in (wave.HEAD_BYTES, wave.HEAD_BYTES + 2 * 8000, last_inside, first_outside, len(good) - 1, 30):
        wrong = bytearray(good)
        wrong[at] ^= 1
        with pytest.raises(Conflict, match="not_proved"):
            CUTTER.prove(io.BytesIO(sound), io.BytesIO(wrong), _plan(sound))
    for other in (good[:-2], good + b"\0\0", good + b"LIST\4\0\0\0name", sound, b"", good[:20]):
        with pytest.raises((Conflict, InputError)):
            CUTTER.prove(io.BytesIO(sound), io.BytesIO(other), _plan(sound))


@pytest.mark.needs("ffmpeg")
def test_a_flac_with_a_tag_or_of_another_copy_is_refused() -> None:
    sound = source("mono 8000")
    plan = _plan(sound)
    _, good = _copies(sound, plan)
    tagged = _ffmpeg(good, "-metadata", "artist=somebody", "-c:a", "copy", "-f", "flac")
    whole_copy = _copies(sound, CutPlan(plan.form, 0, plan.frames, (), Hush.SILENCE))[1]
    cut_elsewhere = _copies(sound, CutPlan(plan.form, 0, plan.frames, (Cut(8000, 15_999),), Hush.SILENCE))[1]
    for wrong in (tagged, whole_copy, cut_elsewhere, good[: len(good) // 2]):
        with pytest.raises((Conflict, InputError)):
            CUTTER.prove(io.BytesIO(sound), io.BytesIO(wrong), plan)


@pytest.mark.needs("ffmpeg")
def test_the_filter_of_ffmpeg_that_everybody_takes_would_be_refused() -> None:
    sound = source("mono 8000")
    by_filter = _ffmpeg(sound, "-af", "volume=enable='between(t,1,2)':volume=0", "-f", "s16le")
    with pytest.raises(Conflict, match="not_proved"):
        CUTTER.prove(io.BytesIO(sound), io.BytesIO(wave_file(by_filter, 1, 8000)), _plan(sound))


def test_a_bleep_hangs_on_nothing_that_was_said() -> None:
    form = SoundForm(2, 8000, 32_000)
    plan = CutPlan(form, 0, 32_000, (Cut(100, 20_100),), Hush.BLEEP)
    made = []
    for value in (b"\x11\x22", b"\xf0\x0f"):
        cut = bytearray()
        CUTTER.cut(io.BytesIO(wave_file(value * 64_000, 2, 8000)), plan, cut.extend)
        made.append(bytes(cut[400:80_400]))
    assert made[0] == made[1]
    assert len(set(array("h", made[0]))) > 4


def test_what_is_no_sound_of_the_vault_is_refused() -> None:
    for wrong in (b"", b"RIFF", b"nothing of ours", wave_file(b"", 1, 8000), b"\0" * 100):
        with pytest.raises(InputError):
            CUTTER.form_of(io.BytesIO(wrong))
