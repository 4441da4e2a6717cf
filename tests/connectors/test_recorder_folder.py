"""A recorder's folder as strangers fill it: names that mean something elsewhere, files that go away while one looks."""

import os
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.recordings.recorder import Options, RecorderFolder
from plugin.core.recorders import read_pattern

PATTERN = read_pattern("{any}{start:%Y%m%d-%H%M%S}_{extension}.wav")
OPTIONS = Options(PATTERN, timedelta(seconds=5), timedelta(0), timedelta(days=7), "")
NAME = "20261120-090503_101.wav"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "recorder"
    made.mkdir()
    return made


def _recorder(folder: Path) -> RecorderFolder:
    return RecorderFolder(folder, OPTIONS, ZoneInfo("Asia/Tokyo"), "JP")


@pytest.mark.parametrize("begins", ["*", "*-", "file:", "a\nb", "\u202e逆", "\udcff", "a..", "\\", "x" * 220])
def test_whatever_a_name_holds_its_own_sound_is_opened(folder: Path, begins: str) -> None:
    (folder / (begins + NAME)).write_bytes(b"its own")
    (folder / "deep").mkdir()
    (folder / "deep" / (begins + NAME)).write_bytes(b"its own")
    (folder / ("another" + begins.removeprefix("*") + NAME)[-255:]).write_bytes(b"another's")
    recorder = _recorder(folder)
    opened = 0
    for found in list(recorder.files(0)):
        for each in (recorder, _recorder(folder)):
            sound = each.open(found.key)
            assert sound is not None
            whole = sound.read(100)
            sound.close()
            opened += whole == b"its own"
    assert opened == 4


def test_a_folder_in_it_that_goes_away_takes_no_other_file_along(folder: Path) -> None:
    for name in "abc":
        (folder / name).mkdir()
        (folder / name / NAME).write_bytes(b"sound")
    reading = _recorder(folder).files(0)
    next(reading)
    for name in "abc":  # the two that were not looked into yet, too
        (folder / name / NAME).unlink()
        (folder / name).rmdir()
    (folder / NAME).write_bytes(b"sound")
    assert list(reading) == []
    assert len(list(_recorder(folder).files(0))) == 1


def test_a_file_is_found_behind_however_many_old_ones(folder: Path) -> None:
    def recorder() -> RecorderFolder:
        return RecorderFolder(folder, OPTIONS, ZoneInfo("Asia/Tokyo"), "JP", most_files=3)

    for hour in range(10, 20):
        (folder / f"20261120-{hour}0000_101.wav").write_bytes(b"old")
        os.utime(folder / f"20261120-{hour}0000_101.wav", (1000, 1000))
    (folder / NAME).write_bytes(b"new")
    assert len(list(recorder().files(2000))) == 1
    assert len(list(recorder().files(0))) == 3
    assert recorder().sample(2) == (2, 2)


def test_nothing_but_plain_files_within_it_is_looked_at(folder: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"outside")
    (folder / NAME).symlink_to(tmp_path / NAME)
    (folder / "up").symlink_to(tmp_path)
    (folder / f"d{NAME}").mkdir()
    os.mkfifo(folder / f"f{NAME}")
    assert list(_recorder(folder).files(0)) == []
