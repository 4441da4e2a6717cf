"""Tokens of the org: by a signed assertion (JWT bearer) or the client's secret; asked for by one thread at a time.

Asks at most twice in five minutes, whatever fails and however many threads want one: dead credentials must not become
a storm. Never shows a token, and reads key and secret from their files at each use, so that a new one counts at once.
"""

import json
import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests
import structlog
from urllib3.exceptions import HTTPError

from connectors.crm.salesforce import refusals
from connectors.crm.salesforce.options import Options
from connectors.crm.tempo import Tempo
from plugin.core.errors import OutsideError
from plugin.core.ports import CrmFinding, Weight

_WINDOW_S = 300.0
_MOST_IN_WINDOW = 2
_UNREACHED_REST_S = 10.0
_ASSERTION_LASTS = timedelta(minutes=3)
_MOST_SKEW = timedelta(minutes=2)
_WARN_DAYS = 30
_MOST_BYTES = 65_536
_log = structlog.get_logger()
_GRANT_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Tokens:
    """The one token that all threads of this process share."""

    def __init__(self, options: Options, tempo: Tempo) -> None:
        self._options = options
        self._tempo = tempo
        self._lock = threading.Lock()
        self._token: str | None = None
        self._asked_at_s: deque[float] = deque(maxlen=_MOST_IN_WINDOW)
        self._rest_until_s = 0.0
        self._failure: OutsideError | None = None

    def current(self) -> str:
        """Return the token, asking for one where there is none. Raises OutsideError with `retry_after_s`."""
        with self._lock:
            return self._token if self._token is not None else self._ask()

    def give_up(self, dead: str) -> None:
        """Use the token `dead` no more; the one that another thread has got meanwhile stays."""
        with self._lock:
            if self._token == dead:
                self._token = None

    def _ask(self) -> str:
        now_s = self._tempo.passed_s()
        while self._asked_at_s and now_s - self._asked_at_s[0] >= _WINDOW_S:
            self._asked_at_s.popleft()
        wait_s = self._rest_until_s - now_s
        if len(self._asked_at_s) == _MOST_IN_WINDOW:
            wait_s = max(wait_s, _WINDOW_S - (now_s - self._asked_at_s[0]))
        if wait_s > 0:
            failure = self._failure or OutsideError("session_refused")
            raise OutsideError(failure.reason, **(failure.facts | {"retry_after_s": int(wait_s) + 1}))
        try:
            self._token = self._fetch()
        except OutsideError as error:
            self._failure = error
            if error.reason == "unreachable":
                self._rest_until_s = now_s + _UNREACHED_REST_S
            raise
        self._failure = None
        self._warn()
        return self._token

    def _warn(self) -> None:
        ends = certificate_of(self._options, self._tempo.now())
        if ends is not None and ends.weight is not Weight.FINE:
            _log.warning("crm_certificate", crm="salesforce", finding=ends.word, days=ends.n)

    def _fetch(self) -> str:
        options = self._options
        form = self._assertion_form() if options.by_jwt else self._secret_form()
        try:
            reply = requests.post(
                f"{options.url}/services/oauth2/token",
                data=form,
                timeout=(options.connect_s, options.read_s),
                allow_redirects=False,
                stream=True,
            )
            self._read_whole(reply)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise OutsideError("unreachable", problem=type(error).__name__) from None
        if reply.status_code in (429, 500, 502, 503, 504):
            raise OutsideError("unreachable", problem=f"http_{reply.status_code}")
        self._asked_at_s.append(self._tempo.passed_s())
        body = _json(reply)
        token = body.get("access_token")
        if reply.status_code == 200 and isinstance(token, str) and token.isprintable() and token:
            return token
        raise self._refused(reply, body)

    def _read_whole(self, reply: requests.Response) -> None:
        """Read an answer that is no longer, in bytes or in time, than one with a token: all threads wait for it."""
        until_s = self._tempo.passed_s() + self._options.read_s
        content = b""
        with reply:
            for part in reply.iter_content(1024):
                content += part
                if len(content) > _MOST_BYTES:
                    raise OutsideError("unreachable", problem="answer_too_large")
                if self._tempo.passed_s() > until_s:
                    raise OutsideError("unreachable", problem="too_slow")
        reply._content = content

    def _refused(self, reply: requests.Response, body: Mapping[str, object]) -> OutsideError:
        skew = skew_of(reply.headers.get("Date"), self._tempo.now())
        if self._options.by_jwt and skew is not None and abs(skew) > _MOST_SKEW:
            return OutsideError(
                "clock_skew", permanent=True, retry_after_s=int(_WINDOW_S), skew_s=int(skew.total_seconds())
            )
        error = refusals.of_reply(reply.status_code, body, None)
        if error.reason.startswith("http_"):
            return OutsideError("sign_in_refused", permanent=True, retry_after_s=int(_WINDOW_S), status=error.reason)
        return error

    def _assertion_form(self) -> dict[str, str]:
        import jwt  # heavy, and only the way in by assertion needs it

        options = self._options
        assert options.key_file is not None
        claims = {
            "iss": options.client_id,
            "sub": options.username,
            "aud": options.audience or audience_of(options.url),
            "exp": int((self._tempo.now() + _ASSERTION_LASTS).timestamp()),
        }
        try:
            assertion = jwt.encode(claims, _text(options.key_file), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise OutsideError("key_unreadable", permanent=True, retry_after_s=int(_WINDOW_S)) from None
        return {"grant_type": _GRANT_JWT, "assertion": assertion}

    def _secret_form(self) -> dict[str, str]:
        assert self._options.secret_file is not None
        return {
            "grant_type": "client_credentials",
            "client_id": self._options.client_id,
            "client_secret": _text(self._options.secret_file).strip(),
        }


def audience_of(url: str) -> str:
    """Return whom an assertion for the org at `url` (its My Domain) is meant for: production, or the sandboxes."""
    host = urlsplit(url).hostname or ""
    return "https://test.salesforce.com" if ".sandbox." in host else "https://login.salesforce.com"


def skew_of(date: str | None, now: datetime) -> timedelta | None:
    """Return how far our clock is ahead of the org's, by the `date` header of its reply; None where it says none."""
    try:
        return now - parsedate_to_datetime(date or "")
    except (ValueError, TypeError):
        return None


def certificate_of(options: Options, now: datetime) -> CrmFinding | None:
    """Return how the certificate of our key stands; None where the site names none.

    Worth a look 30 days before it ends (`n`: days left); to be mended once it has ended, or is another key's.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    if options.certificate_file is None or options.key_file is None:
        return None
    try:
        certificate = load_pem_x509_certificate(options.certificate_file.read_bytes())
        key = load_pem_private_key(options.key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        return CrmFinding(Weight.MEND, "certificate_unreadable")
    left = certificate.not_valid_after_utc - now
    if certificate.public_key() != key.public_key():
        return CrmFinding(Weight.MEND, "certificate_of_another_key")
    if left <= timedelta(0):
        return CrmFinding(Weight.MEND, "certificate_ended")
    return CrmFinding(Weight.LOOK if left.days <= _WARN_DAYS else Weight.FINE, "certificate_ends", n=left.days)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        raise OutsideError("key_unreadable", permanent=True, retry_after_s=int(_WINDOW_S)) from None


def _json(reply: requests.Response) -> Mapping[str, object]:
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
