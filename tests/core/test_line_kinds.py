"""What stands at the other end of a number, as far as numbering plans tell, and how one dials it."""

import pytest

from plugin.core.number_plan import LineKind, dialled_in, line_kind, region_of


@pytest.mark.parametrize(
    ("e164", "kind"),
    [
        ("+819012345678", LineKind.MOBILE),
        ("+817012345678", LineKind.MOBILE),
        ("+81312345678", LineKind.FIXED),
        ("+81456712122", LineKind.FIXED),
        ("+815031234567", LineKind.OTHER),  # 050: whoever has the password takes it along
        ("+81120444113", LineKind.OTHER),
        ("+81800123456", LineKind.OTHER),
        ("+81570001234", LineKind.OTHER),
        ("+812012345678", LineKind.OTHER),  # 020: machines
        ("+12125551234", LineKind.OTHER),  # a plan that does not tell mobiles from fixed lines
        ("+447400123456", LineKind.MOBILE),
        ("+81999", LineKind.OTHER),
    ],
)
def test_kinds_of_lines(e164: str, kind: LineKind) -> None:
    assert line_kind(e164) is kind


def test_regions_and_digits() -> None:
    assert [region_of(one) for one in ("+819012345678", "+12125551234", "+9991234567")] == ["JP", "US", ""]
    assert dialled_in("JP", "+819012345678") == "09012345678"
    assert dialled_in("JP", "+12125551234") == "01012125551234"
    assert dialled_in("US", "+12125551234") == "12125551234"
