"""What kintone's refusals mean for us: one table from its codes to what is done about them.

Knows codes, and codes of fields; a message may hold a value of a record, so none is ever taken over.
"""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from plugin.core.errors import OutsideError


class Kind(StrEnum):
    """What is done about a refusal."""

    SOON = "soon"  # again with growing pauses
    AGAIN = "again"  # what stands there has moved under us: look, and do what is left to do
    ROW = "row"  # a record is refused: the others go without it, and a person mends it
    SIGN_IN = "sign_in"  # nothing at all for a while: a password that is refused too often locks its account
    STOP = "stop"  # a person mends the set-up; no retry storm


STOP_RETRY_S = 300
BUSY_RETRY_S = 30

# Codes as kintone's answers show them; where each was seen stands in tests/kintone_site/SOURCES.md.
_KINDS: Mapping[Kind, str] = {
    Kind.SOON: "GAIA_TO04 GAIA_DA02 GAIA_RE18",
    Kind.AGAIN: "GAIA_CO02 GAIA_CO03 GAIA_RE01 GAIA_RE20",
    Kind.ROW: "CB_VA01 CB_IJ01 GAIA_LO04",
    Kind.SIGN_IN: "CB_WA01 CB_AU01 GAIA_IA02",
    Kind.STOP: "CB_NO01 CB_NO02 GAIA_NO01 GAIA_NO02 GAIA_AP01 GAIA_AP15 GAIA_UN03 GAIA_IQ03 GAIA_IQ07 GAIA_IQ10"
    " GAIA_IQ11 GAIA_QU01 GAIA_QU02 GAIA_IL26 CB_IL02",
}
_TABLE = {code: kind for kind, codes in _KINDS.items() for code in codes.split()}
_OURS = {"sign_in_refused": Kind.SIGN_IN, "http_400": Kind.ROW}  # reasons of our own making
_SOON_STATUSES = {408, 425, 429}
_WORD = re.compile(r"[A-Z]{2,8}_[A-Z]{2}[0-9]{2,3}")
# records[3].件名.value, records[3][件名].value, and with `values`, as tables write it
_PLACE = re.compile(r"records\[(\d{1,4})\](?:\.record)?(?:\.|\[)([^.\[\]]{1,128})")


def kind_of(error: OutsideError) -> Kind:
    """Return what is done about an error of ours, by its reason; what we do not know: SOON, or STOP if permanent."""
    default = Kind.STOP if error.permanent else Kind.SOON
    return _TABLE.get(error.reason.upper(), _OURS.get(error.reason, default))


def of_reply(status: int, body: object, retry_after_s: float | None) -> OutsideError:
    """Return the error of a reply: its `status`, its `body` (JSON as read, or None), and its Retry-After.

    The code goes before the status: kintone has answered 520 to what trying again cannot mend.
    """
    code = _code_of(body)
    kind = _TABLE.get(code)
    if kind is None and status == 401:
        return OutsideError("sign_in_refused", permanent=True, retry_after_s=STOP_RETRY_S)
    if kind is None and status == 409:
        return OutsideError("gaia_co02")
    if kind is None and status == 400:  # a code that the table does not have: it may be about one record alone
        return OutsideError("http_400", permanent=True, **({"told": code.lower()} if code else {}))
    if status < 400:
        kind = Kind.STOP  # a redirect: nothing of ours goes to another address
    elif kind is None:
        kind = Kind.SOON if status >= 500 or status in _SOON_STATUSES else Kind.STOP
    reason = code.lower() if code in _TABLE and status >= 400 else f"http_{status}"
    facts: dict[str, Any] = {}
    if code not in _TABLE and status >= 500:
        reason, facts = "unreachable", {"status": status}
    if kind in (Kind.STOP, Kind.SIGN_IN):
        facts = {"permanent": True, "retry_after_s": STOP_RETRY_S}
    elif kind is Kind.ROW:
        facts = {"permanent": True}
    elif retry_after_s is not None or status == 429:
        facts["retry_after_s"] = retry_after_s if retry_after_s is not None else BUSY_RETRY_S
    return OutsideError(reason, **facts)


def places_of(body: object, known: Collection[str]) -> dict[int, tuple[str, ...]]:
    """Return which records of a request are refused, by their place in it, with the codes of the fields at fault.

    Only codes that are `known` of the app are told; a record may be named without any.
    """
    errors = body.get("errors") if isinstance(body, Mapping) else None
    found: dict[int, list[str]] = {}
    for key in errors if isinstance(errors, Mapping) else ():
        place = _PLACE.match(key) if isinstance(key, str) else None
        if place:
            codes = found.setdefault(int(place[1]), [])
            if place[2] in known and place[2] not in codes:
                codes.append(place[2])
    return {place: tuple(codes) for place, codes in found.items()}


def _code_of(body: object) -> str:
    code = body.get("code") if isinstance(body, Mapping) else None
    return code if isinstance(code, str) and _WORD.fullmatch(code) else ""
