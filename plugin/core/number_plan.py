"""What the numbering plan says of a row of digits: its E.164 form and whether it is in use. Reads no typed text.

The plan is phonenumbers' metadata. The common shapes of Japan go through patterns built from that same metadata,
several times faster; tests/core/test_number_plan.py holds both against each other, validity included. Never imports
phonenumbers.geocoder (0.3 s and 100 MB).
"""

import re
from enum import StrEnum
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType, ValidationResult
from phonenumbers.shortnumberinfo import is_emergency_number

# Services of the Japanese network under three digits: police, faults, telegrams, orders, time, coast guard, fire,
# disaster messages, consumers, children. And the prefixes that switch the caller's number off and on for one call.
_JP_SERVICES = frozenset({"110", "113", "115", "116", "117", "118", "119", "171", "188", "189", "184", "186"})
_JP = "JP"


class Planned(NamedTuple):
    """A possible number: `e164` with its +, `valid` where the plan has given out its range."""

    e164: str
    valid: bool


def plan(digits: str, region: str, *, international: bool) -> Planned | None:
    """Return what `digits` (ASCII) mean when dialled in `region`, or after a + where `international`; else None.

    None: too short, too long, no such country, or a local number without its area code.
    """
    try:
        number = phonenumbers.parse(f"+{digits}" if international else digits, None if international else region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return Planned(phonenumbers.format_number(number, PhoneNumberFormat.E164), phonenumbers.is_valid_number(number))


def is_service(digits: str, region: str) -> bool:
    """Tell whether these few `digits` reach a service of the network (police, fire, time) and never a person."""
    return (region == _JP and digits in _JP_SERVICES) or is_emergency_number(digits, region)


class LineKind(StrEnum):
    """What stands at the other end, as far as the plan tells. OTHER: 050, 0120, pagers, and what may be either."""

    MOBILE = "mobile"
    FIXED = "fixed"
    OTHER = "other"


_LINE_KINDS = {PhoneNumberType.MOBILE: LineKind.MOBILE, PhoneNumberType.FIXED_LINE: LineKind.FIXED}


def line_kind(e164: str) -> LineKind:
    """Tell what kind of line a number is. Where a plan does not part mobiles from fixed lines, nobody can: OTHER."""
    number = _parsed(e164)
    return LineKind.OTHER if number is None else _LINE_KINDS.get(phonenumbers.number_type(number), LineKind.OTHER)


def region_of(e164: str) -> str:
    """Return the region (two letters) whose plan the number is in, or nothing where no region's it is."""
    number = _parsed(e164)
    return "" if number is None else phonenumbers.region_code_for_number(number) or ""


def _parsed(e164: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None


def dialled_in(region: str, e164: str) -> str:
    """Return the digits by which one reaches the number from `region`: national at home, else behind its 010 or 00.

    Nothing where it is no number of any country.
    """
    number = _parsed(e164)
    return (
        ""
        if number is None
        else re.sub(r"[^0-9]", "", phonenumbers.format_out_of_country_calling_number(number, region))
    )


def country_code(region: str) -> int:
    """Return the calling code of `region` (two capital letters), or 0 where there is none."""
    return phonenumbers.country_code_for_region(region)


def _validity() -> re.Pattern[str]:
    """The Japanese plan's kinds of number as one pattern over nine or ten national digits."""
    found = PhoneMetadata.metadata_for_region(_JP)
    assert found is not None
    kinds = (
        found.fixed_line,
        found.mobile,
        found.toll_free,
        found.premium_rate,
        found.shared_cost,
        found.personal_number,
        found.voip,
        found.pager,
        found.uan,
        found.voicemail,
    )
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]
    assert found.general_desc is not None
    return re.compile(rf"(?={found.general_desc.national_number_pattern}\Z)(?:{'|'.join(patterns)})\Z", re.ASCII)


_VALID = _validity()
# 0 or +81, then nine or ten digits of which the first is not 0 (00… is special, 010 dials abroad), with at most two
# separators between neighbours.
_COMMON = re.compile(
    r"(?:\(?0(?![-() ]{0,2}1[-() ]{0,2}0)|\+81[- ]?(?:\(0\)|0)?[- ]?)([1-9](?:[-() ]{0,2}[0-9]){8,9})\Z", re.ASCII
)
_NARROW = str.maketrans("０１２３４５６７８９＋（）－ー−‐–—―ｰ　", "0123456789+()-------- ")


def common(raw: str) -> Planned | None:
    """Return what a Japanese number of common shape means in Japan, or None where `raw` has another shape."""
    seen = _COMMON.match(raw) or (None if raw.isascii() else _COMMON.match(raw.translate(_NARROW)))
    if seen is None:
        return None
    national = seen[1]
    if not national.isdecimal():
        for separator in "-() ":
            national = national.replace(separator, "")
    return Planned(f"+81{national}", _VALID.match(national) is not None)
