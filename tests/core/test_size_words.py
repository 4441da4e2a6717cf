"""Sizes are worded in one way."""

import pytest

from plugin.core.size_words import size_words


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (14_230_000, "14.2 MB"),
        (5_000_000_000, "5.0 GB"),
        (12 * 10**14, "1,200.0 TB"),
    ],
)
def test_so_many_bytes_are_read_by_people(size_bytes: int, words: str) -> None:
    assert size_words(size_bytes) == words
