"""Two numbers in one field are two only where that is plain."""

import pytest

from plugin.core.numbers import External, Unreadable
from plugin.core.written_numbers import read_field


@pytest.mark.parametrize(
    "raw",
    [
        "03-1234-5678 / 090-1234-5678",
        "03-1234-5678、090-1234-5678",
        "03-1234-5678,090-1234-5678",
        "03-1234-5678\n090-1234-5678",
        "TEL:03-1234-5678；携帯:090-1234-5678",
        "03-1234-5678 または 090-1234-5678",
        "03-1234-5678 or 090-1234-5678",
    ],
)
def test_plainly_two(raw: str) -> None:
    found = read_field(raw, "JP")
    assert [reading.e164 for reading in found if isinstance(reading, External)] == ["+81312345678", "+819012345678"]


@pytest.mark.parametrize(
    "raw",
    [
        "03-1234-5678 090-1234-5678",
        "03-1234-5678/5679",
        "03-1234-5678~9",
        "03-1234-5678 / 山田まで",
        "03-1234-5678 / 000-0000-0000",
        "/",
        "0312345678/" * 10,
    ],
)
def test_not_plainly_two(raw: str) -> None:
    assert [type(reading) for reading in read_field(raw, "JP")] == [Unreadable]


def test_slashes_inside_one_number() -> None:
    assert len(read_field("03/1234/5678", "JP")) == 1
    assert isinstance(read_field("03/1234/5678", "JP")[0], External)
