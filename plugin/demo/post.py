"""Posts the demo's events to the running site's hook, signed as any phone system's would be."""

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence

import requests

from plugin.core.call_json import write_event
from plugin.core.calls import CallEvent
from plugin.core.errors import OutsideError

_TIMEOUT_S = 10


class Poster:
    """A phone system that posts: `address` of the site, name of the source, its signing secret (plain text)."""

    def __init__(self, address: str, source: str, secret: str) -> None:
        self._url = f"{address}/hooks/{source}"
        self._secret = secret.encode()
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands between us and our own loopback

    def post(self, events: Sequence[CallEvent]) -> None:
        """Send `events` as one delivery. Raises OutsideError where the hook does not accept it."""
        body = f"[{','.join(write_event(event) for event in events)}]".encode()
        about = events[-1].id
        stamp = str(int(time.time()))
        signed = hmac.new(self._secret, f"{about}.{stamp}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "content-type": "application/json",
            "webhook-id": about,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        try:
            answer = self._session.post(self._url, data=body, headers=headers, timeout=_TIMEOUT_S)
        except requests.RequestException as error:
            raise OutsideError("hook_unreachable", permanent=False) from error
        if not answer.ok:
            raise OutsideError("hook_refused", permanent=True, status=answer.status_code)
