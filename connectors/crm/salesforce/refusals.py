"""What an org's refusals mean for us: one table from Salesforce's words to what is done about them.

Knows codes alone: a message may hold names and numbers, so none is ever taken over.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from plugin.core.errors import OutsideError


class Kind(StrEnum):
    """What is done about a refusal."""

    SESSION = "session"  # one new token, one replay, then rest
    SOON = "soon"  # again with growing pauses
    LATER = "later"  # nothing at all until the window eases
    QUARANTINE = "quarantine"  # a person mends the row and sends it again
    RETARGET = "retarget"  # the record it points at is gone: find what took its place
    ADOPT = "adopt"  # it stands there already
    STOP = "stop"  # a person mends the set-up; no retry storm


STOP_RETRY_S = 300
LATER_RETRY_S = 900
BUSY_RETRY_S = 30

_KINDS: Mapping[Kind, str] = {
    Kind.SESSION: "INVALID_SESSION_ID INVALID_AUTH_HEADER",
    Kind.SOON: "UNABLE_TO_LOCK_ROW SERVER_UNAVAILABLE QUERY_TIMEOUT UNKNOWN_EXCEPTION TRANSACTION_HALTED"
    " ALL_OR_NONE_OPERATION_ROLLED_BACK PROCESSING_HALTED",
    Kind.LATER: "REQUEST_LIMIT_EXCEEDED",
    Kind.QUARANTINE: "STRING_TOO_LONG FIELD_INTEGRITY_EXCEPTION MALFORMED_ID INVALID_CROSS_REFERENCE_KEY"
    " REQUIRED_FIELD_MISSING FIELD_CUSTOM_VALIDATION_EXCEPTION INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    " NUMBER_OUTSIDE_VALID_RANGE INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    " INACTIVE_OWNER_OR_USER FIELD_FILTER_VALIDATION_EXCEPTION DUPLICATES_DETECTED INVALID_TYPE_ON_FIELD_IN_RECORD",
    Kind.RETARGET: "ENTITY_IS_DELETED CANNOT_UPDATE_CONVERTED_LEAD",
    Kind.ADOPT: "DUPLICATE_VALUE DUPLICATE_EXTERNAL_ID",
    Kind.STOP: "INVALID_FIELD INVALID_TYPE INVALID_FIELD_FOR_INSERT_UPDATE INSUFFICIENT_ACCESS"
    " INSUFFICIENT_ACCESS_OR_READONLY API_DISABLED_FOR_ORG API_CURRENTLY_DISABLED STORAGE_LIMIT_EXCEEDED"
    " INVALID_GRANT INVALID_CLIENT INVALID_CLIENT_ID INVALID_APP_ACCESS UNAUTHORIZED_CLIENT MALFORMED_QUERY NOT_FOUND"
    " JSON_PARSER_ERROR"
    " FUNCTIONALITY_NOT_ENABLED UNSUPPORTED_API_VERSION INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
}
_TABLE = {code: kind for kind, codes in _KINDS.items() for code in codes.split()}
_SOON_STATUSES = {406, 408, 420, 425, 429}
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_DAILY = "TotalRequests"


def kind_of(error: OutsideError) -> Kind:
    """Return what is done about an error of ours, by its reason; what we do not know: SOON, or STOP if permanent."""
    default = Kind.STOP if error.permanent else Kind.SOON
    return _TABLE.get(error.reason.upper(), _OURS.get(error.reason, default))


_OURS = {"matches_several": Kind.ADOPT, "session_refused": Kind.SESSION}  # reasons of our own making


def of_row(errors: object) -> OutsideError:
    """Return the error of one row from its list of `errors` in a collections reply.

    A code that the table does not have is for a person to look at; it is not permanent only where a retry may help.
    """
    code, fields, _ = _first(errors)
    kind = _TABLE.get(code, Kind.QUARANTINE)
    facts: dict[str, Any] = {"fields": ",".join(fields)} if fields else {}
    if kind in (Kind.SOON, Kind.LATER, Kind.SESSION):
        return OutsideError(code.lower(), **facts)
    return OutsideError(code.lower(), permanent=True, **facts)


def of_reply(status: int, body: object, retry_after_s: float | None) -> OutsideError:
    """Return the error of a whole reply: its `status`, its `body` (JSON as read, or None), and its Retry-After."""
    code, fields, message = _first(body)
    if status == 300:
        return OutsideError("matches_several")
    kind = _TABLE.get(code)
    if status == 401 and kind is None:
        return OutsideError("session_refused", retry_after_s=retry_after_s or STOP_RETRY_S)
    if status < 400:
        kind = Kind.STOP  # a redirect: nothing of ours goes to another address
    elif kind is None or (kind is Kind.STOP and status >= 500):
        kind = Kind.SOON if status >= 500 or status in _SOON_STATUSES else Kind.STOP
    reason = code.lower() if code in _TABLE and status >= 400 else f"http_{status}"
    facts: dict[str, Any] = {"fields": ",".join(fields)} if fields else {}
    if kind is Kind.LATER:
        facts["retry_after_s"] = retry_after_s or (LATER_RETRY_S if _DAILY in message else BUSY_RETRY_S)
    elif kind is Kind.STOP:
        facts |= {"permanent": True, "retry_after_s": STOP_RETRY_S}
    elif retry_after_s is not None:
        facts["retry_after_s"] = retry_after_s
    return OutsideError(reason, **facts)


def _first(body: object) -> tuple[str, tuple[str, ...], str]:
    """Return code, field names and message of the first error in any of the forms that Salesforce has for them."""
    one = body[0] if isinstance(body, list) and body else body
    if not isinstance(one, Mapping):
        return "UNKNOWN", (), ""
    named = one.get("errorCode") or one.get("statusCode") or one.get("error") or ""
    code = named.upper() if isinstance(named, str) and _WORD.fullmatch(named) else "UNKNOWN"
    message = one.get("message")
    return code, tuple(_names(one.get("fields"))), message if isinstance(message, str) else ""


def _names(fields: object) -> Iterable[str]:
    if isinstance(fields, list):
        yield from (name for name in fields[:5] if isinstance(name, str) and _WORD.fullmatch(name))
