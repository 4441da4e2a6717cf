"""The line to the org: every call passes here, whoever makes it.

Bears the token, keeps to time-outs and to the budget, tries again only what is safe to try again, and turns whatever
goes wrong into an OutsideError of refusals.py. Follows no redirect: a token goes to the org's own address or nowhere.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from connectors.crm.salesforce import refusals
from connectors.crm.salesforce.budget import Budget
from connectors.crm.salesforce.options import Options
from connectors.crm.salesforce.refusals import Kind
from connectors.crm.salesforce.sign_in import Tokens
from connectors.crm.tempo import Tempo, retry_after_s
from plugin.core.errors import OutsideError

_MOST_TRIES = 3
_LONGEST_PAUSE_S = 8.0
_LEAST_LEFT_S = 0.05
_SPARED_S = 15.0
_AWAY = {"unreachable", "timeout"}
_CHUNK_BYTES = 65_536
_MOST_BYTES = 64 * 2**20  # of an answer that is read whole


@dataclass(frozen=True, slots=True)
class Terms:
    """How one call is made. `until_s`: its end on the connector's own time. `repeatable`: doing it twice is safe.

    `background`: it stops at the budget's share; else somebody waits, so it is tried once, and not at all where the org
    has just been away. `streamed`: the answer's body is left on the line for the caller.
    """

    until_s: float
    repeatable: bool = True
    background: bool = True
    streamed: bool = False


class Line:
    """What all calls of one process share."""

    def __init__(self, options: Options, tempo: Tempo) -> None:
        self.options = options
        self.tempo = tempo
        self.budget = Budget(options.budget_percent, tempo)
        self.tokens = Tokens(options, tempo)
        self.adapter = HTTPAdapter(pool_connections=1, pool_maxsize=16)
        self._spared_until_s = 0.0

    def caller(self, terms: Terms) -> "Caller":
        """Return an HTTP session for one call on these terms; its connections are shared."""
        return Caller(self, terms)

    def say(self, caller: "Caller", asked: requests.PreparedRequest, terms: Terms) -> requests.Response:
        """Make the call and return its answer, which is a success (2xx) and, unless streamed, wholly read.

        Raises OutsideError.
        """
        asked.url = self._at_home(asked.url or "")
        asked.headers.pop("X-PrettyPrint", None)
        if not terms.background and self.tempo.passed_s() < self._spared_until_s:
            raise OutsideError("unreachable", problem="just_now")
        try:
            answer = self._say(caller, asked, terms)
        except OutsideError as error:
            if error.reason in _AWAY:
                self._spared_until_s = self.tempo.passed_s() + _SPARED_S
            raise
        self._spared_until_s = 0.0
        return answer

    def _say(self, caller: "Caller", asked: requests.PreparedRequest, terms: Terms) -> requests.Response:
        tries, renewed = 0, False
        most = _MOST_TRIES if terms.repeatable and terms.background else 1
        while True:
            self.budget.spend(background=terms.background)
            token = self.tokens.current()
            asked.headers["Authorization"] = f"Bearer {token}"
            tries += 1
            try:
                return self._once(caller, asked, terms)
            except OutsideError as error:
                kind = refusals.kind_of(error)
                if kind is Kind.SESSION:
                    self.tokens.give_up(token)
                    if renewed:
                        raise
                    renewed = True
                elif kind is Kind.SOON and tries < most:
                    self._pause(error, tries, terms)
                else:
                    if kind is Kind.LATER:
                        self.budget.shut(error)
                    raise

    def _at_home(self, url: str) -> str:
        # The library knows https alone, and answers name addresses of their own: all of them mean our org.
        parts = urlsplit(url)
        return f"{self.options.url}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def _pause(self, error: OutsideError, tries: int, terms: Terms) -> None:
        spread_s = min(_LONGEST_PAUSE_S, 0.5 * 2.0**tries) * (0.5 + self.tempo.luck() / 2)
        pause_s = max(spread_s, float(error.facts.get("retry_after_s", 0.0)))
        if self.tempo.passed_s() + pause_s >= terms.until_s:
            raise error
        self.tempo.wait_s(pause_s)

    def _once(self, caller: "Caller", asked: requests.PreparedRequest, terms: Terms) -> requests.Response:
        left_s = terms.until_s - self.tempo.passed_s()
        if left_s < _LEAST_LEFT_S:
            raise OutsideError("timeout")
        options = self.options
        patience = (min(options.connect_s, left_s), min(options.read_s, left_s))
        try:
            answer = caller.send_once(asked, patience)
        except requests.Timeout:
            raise OutsideError("timeout") from None
        except (requests.RequestException, HTTPError, OSError) as error:
            raise OutsideError("unreachable", problem=type(error).__name__) from None
        self.budget.read(answer.headers)
        if not (terms.streamed and answer.ok and answer.status_code < 300):
            self._read_whole(answer, terms)
        if answer.status_code >= 300:
            raise refusals.of_reply(
                answer.status_code, body_of(answer), retry_after_s(answer.headers, self.tempo.now())
            )
        must_tell = not terms.streamed and (asked.method in ("GET", "POST") or answer.content)
        if must_tell and not isinstance(body_of(answer), dict | list):
            raise OutsideError("unreadable_answer")
        return answer

    def _read_whole(self, answer: requests.Response, terms: Terms) -> None:
        parts: list[bytes] = []
        size = 0
        try:
            for part in answer.iter_content(_CHUNK_BYTES):
                parts.append(part)
                size += len(part)
                if size > _MOST_BYTES:
                    raise OutsideError("answer_too_large")
                if self.tempo.passed_s() > terms.until_s:
                    raise OutsideError("timeout")
        except (requests.RequestException, HTTPError, OSError) as error:
            raise OutsideError("unreachable", problem=type(error).__name__) from None
        finally:
            answer.close()
        answer._content = b"".join(parts)


class Caller(requests.Session):
    """A session whose every request goes over the line, whatever library makes it."""

    def __init__(self, line: Line, terms: Terms) -> None:
        super().__init__()
        self._line = line
        self._terms = terms
        for scheme in ("https://", "http://"):
            self.mount(scheme, line.adapter)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send over the line; time-outs, redirects and streaming are the line's to decide."""
        self._proxies = kwargs.get("proxies") or {}
        self._verify = kwargs.get("verify", True)
        return self._line.say(self, request, self._terms)

    def send_once(self, request: requests.PreparedRequest, patience: tuple[float, float]) -> requests.Response:
        """Send once, wait no longer than `patience` (connect, each read; seconds), leave the body on the line."""
        return super().send(
            request,
            timeout=patience,
            allow_redirects=False,
            stream=True,
            proxies=self._proxies,
            verify=self._verify,
        )


def body_of(answer: requests.Response) -> object:
    """Return the JSON of a wholly read answer, or None where it is none."""
    try:
        return json.loads(answer.content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON, and the library stumbles over them
