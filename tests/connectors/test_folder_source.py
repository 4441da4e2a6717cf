"""The folder gives its own files and nothing else, whatever a name says."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.recordings.folder import FolderSource
from plugin.core.errors import InputError

DAY = "2026/11/23"
NAME = "q-0120000111-09012345678-20261123-075729-pbx1-1795388249.410.wav"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recorder's folder with one recording, and secrets beside and above it."""
    made = tmp_path / "monitor"
    (made / DAY).mkdir(parents=True)
    (made / DAY / NAME).write_bytes(b"sound")
    (tmp_path / "secret.wav").write_bytes(b"secret")
    (tmp_path / "monitor2").mkdir()
    (tmp_path / "monitor2" / "secret.wav").write_bytes(b"secret")
    (made / "way-out.wav").symlink_to(tmp_path / "secret.wav")
    (made / "out").symlink_to(tmp_path)
    (made / "inside.wav").symlink_to(made / DAY / NAME)
    (made / "loop.wav").symlink_to(made / "loop.wav")
    return made


@pytest.mark.parametrize(
    "uri",
    [f"{DAY}/{NAME}", f"./{DAY}//{NAME}", f"{DAY}/*-pbx1-1795388249.410.wav", "inside.wav", "{}/" + f"{DAY}/{NAME}"],
)
def test_a_name_leads_to_its_file(folder: Path, uri: str) -> None:
    assert FolderSource(folder).find(uri.format(folder)) == folder / DAY / NAME


@pytest.mark.parametrize("uri", ["none.wav", "no/such/folder.wav", f"{DAY}/*-no.wav", DAY, "nowhere/*-x.wav"])
def test_what_is_not_there_is_waited_for(folder: Path, uri: str) -> None:
    assert FolderSource(folder).find(uri) is None


def test_a_folder_that_is_not_mounted_is_waited_for(tmp_path: Path) -> None:
    assert FolderSource(tmp_path / "later").find("a.wav") is None


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.wav",
        f"{DAY}/../../../secret.wav",
        "way-out.wav",
        "out/secret.wav",
        "out/*secret.wav",
        "/etc/passwd",
        "file:///etc/passwd",
        "{}2/secret.wav",
        "..",
        "{}/../secret.wav",
    ],
)
def test_no_name_leads_out_of_the_folder(folder: Path, uri: str) -> None:
    with pytest.raises(InputError, match="outside"):
        FolderSource(folder).find(uri.format(folder))


@pytest.mark.parametrize("uri", ["", ".", "*", "a\0b.wav", "a\nb.wav", "\ud800.wav", "x" * 300, "x" * 2000, "loop.wav"])
def test_what_can_be_no_name_is_refused(folder: Path, uri: str) -> None:
    with pytest.raises(InputError, match="name"):
        FolderSource(folder).find(uri)


def test_two_files_that_end_so_are_neither(folder: Path) -> None:
    (folder / DAY / f"again-{NAME}").write_bytes(b"other")
    with pytest.raises(InputError, match="ambiguous"):
        FolderSource(folder).find(f"{DAY}/*-pbx1-1795388249.410.wav")


@given(uri=st.text(st.sampled_from("./*~%\\ out2secr\0\u3000é") | st.characters(), max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_a_file_inside_or_a_refusal(folder: Path, uri: str) -> None:
    try:
        found = FolderSource(folder).find(uri)
    except InputError:
        return
    assert found is None or found.is_relative_to(folder)
