"""Recorded files as recorders and crashes really leave them: read, or refused with a word; never anything else."""

import shutil
import struct
import subprocess
import sys
import textwrap
from array import array
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.recordings import wave
from connectors.recordings.audio import WaveReader
from connectors.recordings.peaks import MOST, Peaks
from connectors.recordings.pieces import Pieces
from connectors.recordings.transcode import transcoded
from plugin.core.errors import InputError, OutsideError
from tests.kit.sounds import Given, read_sound

CAPTURE = Path(__file__).parent / "sounds" / "mixmonitor.wav"


def _sound(data: bytes) -> bytes:
    """The samples of a file that we made."""
    assert data[:4] == b"RIFF"
    assert int.from_bytes(data[40:44], "little") == len(data) - wave.HEAD_BYTES
    return data[wave.HEAD_BYTES :]


def _made(data: bytes, most_bytes: int = 1 << 24) -> bytes:
    return read_sound(data, WaveReader(most_bytes))[1]


def _transcoded(coded: bytes, most_bytes: int = 1 << 20, time_limit_s: float = 60) -> bytes:
    with transcoded(coded[:12], iter([coded]), time_limit_s) as read:
        made = Pieces(read, most_bytes)
        wave.read_form(made)
        return b"".join(made.up_to(None))


def test_a_recording_of_a_real_phone_system_is_kept_sample_by_sample() -> None:
    audio, made = read_sound(CAPTURE.read_bytes())
    assert (audio.codec, audio.channels, audio.length_ms, audio.content_type) == ("pcm16", 1, 5500, "audio/wav")
    assert _sound(made) == CAPTURE.read_bytes()[44:]
    assert len(audio.peaks) == 800
    assert max(audio.peaks) == 76


def test_an_unfinished_header_loses_nothing() -> None:
    whole = CAPTURE.read_bytes()
    killed = whole[:4] + bytes(4) + whole[8:40] + bytes(4) + whole[44:]
    assert _sound(_made(killed)) == whole[44:]
    boasting = whole[:40] + b"\xff\xff\xff\xff" + whole[44:]
    assert _sound(_made(boasting)) == whole[44:]


@pytest.mark.parametrize("data", [b"", CAPTURE.read_bytes()[:44], CAPTURE.read_bytes()[:36], CAPTURE.read_bytes()[:45]])
def test_a_file_without_a_sample_is_empty(data: bytes) -> None:
    with pytest.raises(InputError, match="empty"):
        _made(data)


@pytest.mark.parametrize("data", [b"no sound", b"RIFF", b"RIFF....AVI LIST", bytes(5000), CAPTURE.read_bytes()[:20]])
def test_what_is_no_sound_is_damaged(data: bytes) -> None:
    with pytest.raises(InputError, match="damaged"):
        _made(data)


@pytest.mark.parametrize("rate", [0, 1, 3999, 192_001, 0xFFFFFFFF])
def test_a_rate_that_no_phone_has_is_damage(rate: int) -> None:
    whole = CAPTURE.read_bytes()
    with pytest.raises(InputError, match="damaged"):
        _made(whole[:24] + rate.to_bytes(4, "little") + whole[28:])


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(InputError, match="too_long"):
        _made(CAPTURE.read_bytes(), most_bytes=1000)


def test_a_codec_that_grows_is_measured_as_it_comes_out() -> None:
    whole = CAPTURE.read_bytes()
    coded = struct.pack("<HHIIHH", 7, 1, 8000, 8000, 1, 8)  # µ-law: each byte becomes two
    with pytest.raises(InputError, match="too_long"):
        _made(whole[:20] + coded + whole[36:], most_bytes=len(whole) + 1000)


def test_nothing_but_the_sound_is_kept() -> None:
    whole = CAPTURE.read_bytes()
    names = b"LIST" + (16).to_bytes(4, "little") + b"INFOIART Yamada."
    assert _made(whole[:36] + names + whole[36:] + names) == _made(whole)


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 7, 11, 12, 4096])
def test_however_the_pieces_are_cut_the_sound_is_the_same(cut: int) -> None:
    whole, made = CAPTURE.read_bytes()[: 44 + 2001], bytearray()
    audio = WaveReader().read(Given(whole, cut), made.extend)
    assert (audio.head + bytes(made), audio.peaks) == (_made(whole), read_sound(whole)[0].peaks)


def test_peaks_are_the_loudest_of_their_slices_in_each_channel() -> None:
    peaks = Peaks(2)
    frames = array("h", [value for n in range(100_000) for value in (n // 4, -(n // 4) if n > 50_000 else 0)])
    for at in range(0, len(frames), 999 * 2):
        peaks.take(frames[at : at + 999 * 2].tobytes())
    left, right = peaks.lanes()
    assert (len(left), len(right)) == (MOST, MOST)
    assert list(left) == sorted(left)
    assert (left[0], left[-1]) == (0, (99_999 // 4) >> 7)
    assert set(right[:390]) == {0}
    assert right[-1] == left[-1]


def _by_ffmpeg(path: Path, *options: str) -> bytes:
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(CAPTURE), *options, str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize("codec", ["pcm_mulaw", "pcm_alaw", "pcm_u8"])
def test_our_own_tables_agree_with_ffmpeg(tmp_path: Path, codec: str) -> None:
    coded = tmp_path / "coded.wav"
    _by_ffmpeg(coded, "-c:a", codec)
    assert _sound(_made(coded.read_bytes())) == _transcoded(coded.read_bytes())


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize(
    ("name", "options", "codec"),
    [
        ("gsm.wav", ["-c:a", "libgsm_ms"], "gsm"),
        ("adpcm.wav", ["-c:a", "adpcm_ms"], "adpcm"),
        ("ima.wav", ["-c:a", "adpcm_ima_wav"], "ima_adpcm"),
        ("wide.wav", ["-c:a", "pcm_s24le", "-ac", "2"], "pcm24"),
        ("six.wav", ["-ac", "6"], "pcm16"),
        ("a.mp3", ["-ar", "16000"], "compressed"),
        ("a.ogg", [], "compressed"),
        ("a.flac", [], "compressed"),
        ("bare.gsm", ["-c:a", "libgsm"], "compressed"),
    ],
)
def test_what_browsers_do_not_play_is_converted(tmp_path: Path, name: str, options: list[str], codec: str) -> None:
    _by_ffmpeg(tmp_path / name, *options)
    audio, made = read_sound((tmp_path / name).read_bytes())
    assert audio.codec == codec
    assert audio.channels == (2 if codec == "pcm24" or name == "six.wav" else 1)
    assert audio.length_ms == pytest.approx(5500, abs=120)
    assert 20 <= max(audio.peaks) <= 90  # six channels into two are quieter
    assert len(_sound(made)) // (2 * audio.channels) * 1000 // _rate(made) == audio.length_ms


def _rate(made: bytes) -> int:
    return int.from_bytes(made[24:28], "little")


@pytest.mark.needs("ffmpeg")
def test_a_gsm_file_that_a_crash_left_is_healed_first(tmp_path: Path) -> None:
    whole = _by_ffmpeg(tmp_path / "gsm.wav", "-c:a", "libgsm_ms")
    at = whole.index(b"data") + 4
    killed = whole[:at] + bytes(4) + whole[at + 4 : -40]
    assert read_sound(killed)[0].length_ms == pytest.approx(5500, abs=150)


@pytest.mark.needs("ffmpeg")
def test_ffmpeg_is_stopped_at_its_limits(tmp_path: Path) -> None:
    coded = _by_ffmpeg(tmp_path / "gsm.wav", "-c:a", "libgsm_ms")
    with pytest.raises(InputError, match="too_long"):
        _transcoded(coded, 1000)
    with pytest.raises(OutsideError, match="ffmpeg_too_slow"):
        _transcoded(coded, time_limit_s=0)


@pytest.mark.needs("ffmpeg")
def test_half_a_call_never_passes_for_a_whole_one(tmp_path: Path) -> None:
    coded = _by_ffmpeg(tmp_path / "gsm.wav", "-c:a", "libgsm_ms")
    at = coded.index(b"data") + 8
    endless = chain([coded[: at - 4] + b"\xff\xff\xff\xff"], repeat(coded[at : at + 6500]))
    with transcoded(coded[:12], endless, counting_s=1) as read, pytest.raises(OutsideError, match="ffmpeg_too_slow"):
        _to_the_end(read)
    with transcoded(coded[:12], _broken_off(coded)) as read, pytest.raises(OutsideError, match="cut_off"):
        _to_the_end(read)


def _to_the_end(read: Callable[[int], bytes]) -> None:
    while read(1 << 16):
        pass


def _broken_off(coded: bytes) -> Iterator[bytes]:
    yield coded[: len(coded) // 2]
    raise OutsideError("cut_off")


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize(
    "hostile",
    [
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"ID3\x04\0\0\0\0\0\x7f#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"OggS" + bytes(200),
        b"fLaC" + bytes(200),
        b"\xff\xfb" + bytes(200),
    ],
)
def test_hostile_bytes_make_no_sound(hostile: bytes) -> None:
    with pytest.raises(InputError, match=r"damaged|empty"):
        _transcoded(hostile)


def test_without_ffmpeg_the_refusal_says_so(tmp_path: Path) -> None:
    script = """
        from connectors.recordings.transcode import transcoded
        from plugin.core.errors import OutsideError
        try:
            with transcoded(b"fLaC", iter([])):
                pass
        except OutsideError as error:
            print(error.reason)
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={"PATH": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "ffmpeg_missing"


_KINDS = [["-c:a", "libgsm_ms"], ["-c:a", "adpcm_ms"], ["-c:a", "pcm_alaw"], ["-c:a", "pcm_s24le"], ["-f", "flac"]]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("originals")
    made = [CAPTURE.read_bytes()]
    if shutil.which("ffmpeg"):
        made += [_by_ffmpeg(folder / f"{n}.wav", "-t", "1", *options) for n, options in enumerate(_KINDS)]
    return made


@st.composite
def _damage(draw: st.DrawFn) -> tuple[int, list[tuple[float, int]], float]:
    spots = st.one_of(st.floats(0, 0.01), st.floats(0, 1, exclude_max=True))
    return (
        draw(st.integers(0, 5)),
        draw(st.lists(st.tuples(spots, st.integers(0, 255)), max_size=8)),
        draw(st.one_of(st.just(1.0), st.floats(0, 1))),
    )


def _read_damaged(originals: list[bytes], damage: tuple[int, list[tuple[float, int]], float]) -> None:
    which, spots, kept = damage
    data = bytearray(originals[which % len(originals)])
    for at, value in spots:
        data[int(at * len(data))] = value
    try:
        audio = read_sound(bytes(data[: int(kept * len(data))]))[0]
    except (InputError, OutsideError):
        return
    assert audio.length_ms >= 0
    assert audio.peaks


@given(damage=_damage())
@settings(max_examples=100)
def test_damaged_files_are_read_or_refused(
    originals: list[bytes], damage: tuple[int, list[tuple[float, int]], float]
) -> None:
    _read_damaged(originals, damage)


@pytest.mark.soak
@given(damage=_damage())
@settings(max_examples=1000)
def test_a_thousand_damaged_files_are_read_or_refused(
    originals: list[bytes], damage: tuple[int, list[tuple[float, int]], float]
) -> None:
    _read_damaged(originals, damage)
