"""X-Twilio-Signature: proves that Twilio sent a request to exactly this address. Knows no time, so it stops no replay.

The base64 of HMAC-SHA1, under the account's auth token, over the address as Twilio was told it (with its query) and,
of a form, every name and value in order of the names; of any other body the address alone, in whose query stands the
sha-256 of the body. (Twilio, "Secure webhooks", read 2026-11.)
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, urlsplit

from connectors.calls.reading import FORM, read_form
from connectors.calls.sites import is_any
from plugin.core.deliveries import Delivery
from plugin.core.errors import InputError, NotSignedIn

_PORTS = {"https": 443, "http": 80}
_BODY_HASH = "bodySHA256"


class TwilioProof:
    """Proves deliveries to `address` by the auth tokens, of which several stand beside each other."""

    def __init__(self, address: str, tokens: Sequence[str]) -> None:
        self._address = address
        self._tokens = [token.encode() for token in tokens if token]

    def prove(self, delivery: Delivery) -> None:
        """Raise NotSignedIn("path" | "headers" | "signature") unless Twilio signed exactly this."""
        if delivery.token:
            raise NotSignedIn("path")
        given = delivery.headers.get("x-twilio-signature", "")
        if not given or not given.isascii():
            raise NotSignedIn("headers")
        try:
            told = self._told(delivery)
        except InputError:
            raise NotSignedIn("signature") from None  # what cannot be read cannot have been signed
        wanted = [
            base64.b64encode(hmac.digest(token, f"{address}{told}".encode("utf-8", "surrogatepass"), hashlib.sha1))
            for token in self._tokens
            for address in self._addresses(delivery.query)
        ]
        if not is_any(given.encode(), wanted):
            raise NotSignedIn("signature")

    def _told(self, delivery: Delivery) -> str:
        if delivery.headers.get("content-type", "").lower().partition(";")[0].strip() == FORM:
            pairs = sorted(set(read_form(delivery.body)))
            return "".join(name + value for name, value in pairs)
        stated = parse_qs(delivery.query).get(_BODY_HASH, [""])
        if not hmac.compare_digest(stated[0].lower().encode(), hashlib.sha256(delivery.body).hexdigest().encode()):
            raise NotSignedIn("signature")
        return ""

    def _addresses(self, query: str) -> Iterator[str]:
        """The address as it was told, and with or without the port that goes without saying: Twilio signs either."""
        asked = f"?{query}" if query else ""
        yield self._address + asked
        parts = urlsplit(self._address)
        usual = _PORTS.get(parts.scheme)
        host = parts.hostname or ""
        if parts.port is None:
            yield parts._replace(netloc=f"{host}:{usual}").geturl() + asked
        elif parts.port == usual:
            yield parts._replace(netloc=host).geturl() + asked
