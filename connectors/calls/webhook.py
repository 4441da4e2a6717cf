"""The generic signed webhook: canonical events as JSON, proved by the headers of Standard Webhooks.

Signature: HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, base64 behind `v1,`; several secrets stand beside each
other while one is changed for another. Looks at nothing of a body that is not proved. (https://www.standardwebhooks.com,
read 2026-11; the library of that name leaks errors on malformed input, hence these lines.)
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from connectors.calls.reading import read_json
from connectors.calls.sites import bad_secret, options_of
from plugin.core.call_json import read_event
from plugin.core.deliveries import Delivery, SourceSite, Taken, tells_ahead
from plugin.core.errors import InputError, NotSignedIn
from plugin.core.times import to_us

MOST_EVENTS = 100
_TOLERANCE_S = 300
_MOST_SIGNATURES = 16
_MOST_LETTERS = 2048
_PREFIX = "whsec_"
_FEWEST_KEY_BYTES = 16


class SignedWebhook:
    """Implements core.ports.CallHook.

    Its secrets are `whsec_` and base64, or plain text; without any, nothing is let in. It takes no options. Raises
    SettingError("secret") where a `whsec_` one is no base64, and where one is so short (under 16 bytes, `whsec_` alone
    is 0) that whoever has seen one delivery can find it out.
    """

    def __init__(self, site: SourceSite) -> None:
        options_of(site).end()
        self._source = site.name
        self._keys = [_key(site.name, secret) for secret in site.secrets if secret]
        self._zone = site.zone

    def read(self, delivery: Delivery, now: datetime) -> Taken:
        """Prove and read one delivery: an event or an array of at most MOST_EVENTS, all of them or none.

        Raises NotSignedIn (path, headers, signature, too_old) and InputError (not_json, too_deep, doubled, too_many,
        and the reasons of core.call_json.read_event).
        """
        if delivery.token:
            raise NotSignedIn("path")  # what proves a delivery is its signature; a secret in its path is a mistake
        self._prove(delivery.body, delivery.headers, now)
        told = read_json(delivery.body)
        if not isinstance(told, list):
            told = [told]
        if len(told) > MOST_EVENTS:
            raise InputError("too_many", field="events", most=MOST_EVENTS)
        events = [read_event(one, self._source, self._zone) for one in told]
        if any(tells_ahead(event, now) for event in events):
            raise InputError("time", field="data.occurred_at")
        return Taken(tuple(events))

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
            raise bad_secret(source, "whsec_ must be followed by base64") from None
    if len(key) < _FEWEST_KEY_BYTES:
        raise bad_secret(source, f"a secret must have at least {_FEWEST_KEY_BYTES} bytes")
    return key
