"""The desk inside another site's page: which sites those may be, and what brings a person in there.

An origin is written as browsers write it, to the letter: scheme, host, port where it is not the scheme's own. There is
no pattern in it: who may show the desk is named one by one.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from plugin.core.errors import InputError
from plugin.core.ids import UserId

_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})
_DEFAULT_PORTS = {"https": 443, "http": 80}
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9_-]{43,128}")


def read_origin(raw: str) -> str:
    """Return `raw` if it is an https origin, or an http one of this very machine. Raises InputError("origin")."""
    try:
        parts = urlsplit(raw)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise InputError("origin") from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    written = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    if not is_safe or not _HOST.fullmatch(host) or raw != written or port == _DEFAULT_PORTS[parts.scheme]:
        raise InputError("origin")
    return raw


def read_challenge(raw: str) -> str:
    """Return what the waiting page sends ahead: the sha-256 of its secret, in base64url. InputError("challenge")."""
    if not _CHALLENGE.fullmatch(raw):
        raise InputError("challenge")
    return raw


def challenge_of(verifier: str) -> str:
    """Return the challenge that `verifier`, the waiting page's secret, answers; "" for what is no such secret."""
    if not _VERIFIER.fullmatch(verifier):
        return ""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Start:
    """What a start token stands for: this person, from this session of his, into the page of this origin, once."""

    user_id: UserId
    session_hash: str
    origin: str
    challenge: str
    expires_at: datetime

    def opens(self, origin: str, verifier: str, now: datetime) -> bool:
        """Tell whether the page of `origin` that knows `verifier` may come in by it at this moment."""
        return now < self.expires_at and origin == self.origin and challenge_of(verifier) == self.challenge
