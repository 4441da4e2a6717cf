"""The generic signed webhook: canonical events as JSON, proved by the headers of Standard Webhooks.

Signature: HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, base64 behind `v1,`; several secrets stand beside each
other while one is changed for another. Looks at nothing of a body that is not proved. (https://www.standardwebhooks.com,
read 2026-11; the library of that name leaks errors on malformed input, hence these lines.)
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from plugin.core.call_json import read_event
from plugin.core.calls import CallEvent
from plugin.core.errors import InputError, NotSignedIn, SettingError
from plugin.core.times import to_us

MOST_EVENTS = 100
_TOLERANCE_S = 300
_MOST_AHEAD = timedelta(days=1)
_MOST_SIGNATURES = 16
_MOST_LETTERS = 2048
_PREFIX = "whsec_"
_FEWEST_KEY_BYTES = 16


class SignedWebhook:
    """Implements core.ports.CallHook for one `source`.

    `secrets` are `whsec_` and base64, or plain text; without any, nothing is let in. `zone` reads instants that come
    without offset. Raises SettingError("secret") where a `whsec_` one is no base64, and where one is so short (under 16
    bytes, `whsec_` alone is 0) that whoever has seen one delivery can find it out.
    """

    def __init__(self, source: str, secrets: Sequence[str], zone: ZoneInfo | None = None) -> None:
        self._source = source
        self._keys = [_key(source, secret) for secret in secrets if secret]
        self._zone = zone

    def read(self, body: bytes, headers: Mapping[str, str], now: datetime) -> list[CallEvent]:
        """Prove and read one delivery: an event or an array of at most MOST_EVENTS, all of them or none.

        Raises NotSignedIn (headers, signature, too_old) and InputError (not_json, too_deep, too_many, and the reasons
        of core.call_json.read_event).
        """
        self._prove(body, headers, now)
        told = _parse(body)
        if not isinstance(told, list):
            told = [told]
        if len(told) > MOST_EVENTS:
            raise InputError("too_many", field="events", most=MOST_EVENTS)
        events = [read_event(one, self._source, self._zone) for one in told]
        if any(event.occurred_at > now + _MOST_AHEAD for event in events):
            raise InputError("time", field="data.occurred_at")
        return events

    def _prove(self, body: bytes, headers: Mapping[str, str], now: datetime) -> None:
        given = [headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")]
        if not all(one and one.isascii() and len(one) <= _MOST_LETTERS for one in given):
            raise NotSignedIn("headers")
        delivery, timestamp, signatures = given
        if not timestamp.isdigit() or len(timestamp) > 12:
            raise NotSignedIn("headers")
        content = f"{delivery}.{timestamp}.".encode() + body
        wanted = [base64.b64encode(hmac.digest(key, content, hashlib.sha256)) for key in self._keys]
        offered = [one[3:].encode() for one in signatures.split(" ")[:_MOST_SIGNATURES] if one.startswith("v1,")]
        fits = [hmac.compare_digest(mine, theirs) for mine in wanted for theirs in offered]
        if not any(fits):
            raise NotSignedIn("signature")
        if abs(to_us(now) // 1_000_000 - int(timestamp)) > _TOLERANCE_S:
            raise NotSignedIn("too_old")


def _key(source: str, secret: str) -> bytes:
    key = secret.encode()
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise _bad_secret(source, "whsec_ must be followed by base64") from None
    if len(key) < _FEWEST_KEY_BYTES:
        raise _bad_secret(source, f"a secret must have at least {_FEWEST_KEY_BYTES} bytes")
    return key


def _bad_secret(source: str, problem: str) -> SettingError:
    return SettingError("secret", setting=f"DENWABAN_SOURCES__{source.upper()}__SECRETS", problem=problem)


def _parse(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except ValueError as error:
        raise InputError("not_json") from error
    except RecursionError as error:
        raise InputError("too_deep") from error


def _refuse(_: str) -> NoReturn:
    raise InputError("not_json")  # NaN and Infinity are no JSON
