"""What an import makes of a recording before it has looked at the file, and names that leak no number."""

import pytest

from plugin.core.calls import Media
from plugin.core.recordings import RecordingState, look_again_after, state_without_import, uri_without_number


@pytest.mark.parametrize(
    ("media", "answered", "state"),
    [
        (Media.TALK, True, None),
        (None, True, None),
        (Media.DAMAGED, True, None),
        (None, False, RecordingState.WAITING_ONLY),
        (Media.WAITING_ONLY, True, RecordingState.WAITING_ONLY),
        (Media.EMPTY, True, RecordingState.EMPTY),
        (Media.TALK, False, None),
    ],
)
def test_only_what_may_hold_a_conversation_is_fetched(
    media: Media | None, answered: bool, state: RecordingState | None
) -> None:
    assert state_without_import(media, answered=answered) is state


def test_looks_grow_rarer_and_end() -> None:
    waits = [look_again_after(looks) for looks in range(12)]
    known = [wait for wait in waits if wait is not None]
    assert len(known) == 12
    assert known == sorted(known)
    assert look_again_after(12) is None


@pytest.mark.parametrize(
    ("uri", "ids", "safe"),
    [
        (
            "2026/11/23/q-0120000111-09012345678-20261123-075729-pbx1-1795388249.410.wav",
            ["pbx1-1795388249.410"],
            "2026/11/23/*-pbx1-1795388249.410.wav",
        ),
        ("in-101-09012345678-1795388249.410.WAV", ["x", "1795388249.410"], "*-1795388249.410.WAV"),
        ("in-101-09012345678.wav", ["1795388249.410"], None),
        ("in-101-09012345678.wav", [""], None),
    ],
)
def test_a_withheld_number_leaves_the_name_of_its_file(uri: str, ids: list[str], safe: str | None) -> None:
    assert uri_without_number(uri, ids) == safe
