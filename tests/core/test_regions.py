"""The region of a line, of a source, of the site: the nearest that says something counts."""

import pytest

from plugin.core.regions import Regions

REGIONS = Regions("JP", {"us": "US"}, {("us", "+442079460000"): "GB", ("pbx", "0120000111"): "US"})


@pytest.mark.parametrize(
    ("source", "our_number", "region"),
    [
        ("pbx", None, "JP"),
        ("pbx", "0312345678", "JP"),
        ("pbx", "0120000111", "US"),
        ("us", None, "US"),
        ("us", "0120000111", "US"),
        ("us", "+442079460000", "GB"),
        ("pbx", "+442079460000", "JP"),
        ("nowhere", None, "JP"),
    ],
)
def test_the_nearest_that_says_something_counts(source: str, our_number: str | None, region: str) -> None:
    assert REGIONS.of(source, our_number) == region
