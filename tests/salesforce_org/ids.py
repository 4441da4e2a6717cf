"""Record ids as an org writes them: three letters of the object, twelve of the record, three that keep the case.

It tells a good id from a bad one and knows nothing about which records exist.
"""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KNOWN = frozenset(_DIGITS)
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_INSTANCE = "5j0"


def make_id(prefix: str, number: int) -> str:
    """Return the 18-character id of the record `number` of the object whose ids begin with `prefix`."""
    short = prefix + _INSTANCE + _base62(number).rjust(9, "0")
    return short + checksum(short)


def checksum(short: str) -> str:
    """Return the three characters that say which of the 15 are capital letters (Salesforce knowledge 000383751)."""
    return "".join(
        _SUFFIX[sum(1 << place for place, letter in enumerate(short[start : start + 5]) if "A" <= letter <= "Z")]
        for start in (0, 5, 10)
    )


def full_id(written: str) -> str | None:
    """Return the 18-character form of an id of 15 or 18 characters; None where it is no id at all.

    A wrong ending is refused; a client that changes the case of one letter must find out.
    """
    if len(written) not in (15, 18) or not _KNOWN.issuperset(written):
        return None
    ending = checksum(written[:15])
    if len(written) == 18 and written[15:] != ending:
        return None
    return written[:15] + ending


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    return digits
