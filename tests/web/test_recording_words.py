"""Whatever keeps a recording from being heard is said in words; what passes is not said of what has ended."""

import pytest

from plugin.core.recordings import PLAYABLE, RecordingState
from plugin.web.recording_words import word_of
from plugin.web.texts import table

REASONS = ["", "no_file", "still_growing", "name_address", "host_not_listed", "not_allowed", "certificate", "http_503"]
REASONS += ["unreachable", "gone", "redirects", "stopped", "not_stored", "ffmpeg_missing", "damaged", "key_shredded"]


def test_every_state_and_reason_has_a_text() -> None:
    silent = set(RecordingState) - PLAYABLE - {RecordingState.NONE}
    words = {word_of(state, reason) for state in silent for reason in REASONS}
    assert {f"listen.why.{word}" for word in words} - set(table()) == set()


@pytest.mark.parametrize(
    ("state", "reason", "word"),
    [
        (RecordingState.PENDING, "http_503", "host_away"),
        (RecordingState.MISSING, "http_503", "missing"),
        (RecordingState.PENDING, "not_allowed", "host_refuses"),
        (RecordingState.MISSING, "not_allowed", "host_refuses"),
        (RecordingState.MISSING, "name_address", "address_refused"),
        (RecordingState.MISSING, "gone", "gone"),
        (RecordingState.PENDING, "no_file", "pending"),
        (RecordingState.CORRUPT, "ffmpeg_too_slow", "not_converted"),
        (RecordingState.CORRUPT, "damaged", "corrupt"),
        (RecordingState.WAITING_ONLY, "", "waiting_only"),
        (RecordingState.EXPIRED, "key_shredded", "expired"),
    ],
)
def test_the_reason_is_said_where_it_has_a_text(state: RecordingState, reason: str, word: str) -> None:
    assert word_of(state, reason) == word
