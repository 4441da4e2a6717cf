"""One line to an ARI: asks over HTTP with a deadline, reads what it says strictly, and follows no redirect.

Fails with OutsideError and nothing else: unreachable, silent, login_refused, not_allowed, bad_answer, and `ari_` with
the status. `perhaps` stands on what may have been done all the same; NotFound("call") is a thing that is not there.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import requests

from plugin.core.errors import NotFound, OutsideError

_MOST_BYTES = 4 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_STEP_S = 2.0
_OF_STATUS = {
    HTTPStatus.UNAUTHORIZED: ("login_refused", True),
    HTTPStatus.FORBIDDEN: ("not_allowed", True),
    HTTPStatus.CONFLICT: ("not_now", False),
}


@dataclass(frozen=True, slots=True)
class AriAccount:
    """Where the interface is (`http://host:8088/ari`), who we are there, and the name of our application."""

    url: str
    username: str
    password: str = field(repr=False)
    app: str = "denwaban"


class AriLine:
    """Asks one ARI; `within_s` is for everything that one object asks, `step_s` for one connection and for one read.

    `ticks` counts seconds.
    """

    def __init__(
        self,
        account: AriAccount,
        within_s: float = 8.0,
        ticks: Callable[[], float] = time.monotonic,
        *,
        step_s: float = _STEP_S,
    ) -> None:
        self._account = account
        self._step_s = step_s
        self._ticks = ticks
        self._until = ticks() + within_s
        self._http = requests.Session()
        self._http.auth = (account.username, account.password)
        self._http.trust_env = False  # no proxy of the environment stands between us and the exchange

    def close(self) -> None:
        """Put down."""
        self._http.close()

    def get(self, *path: str, **asked: str) -> Any:
        """Read something; `path` are the parts of its address."""
        return self._ask("GET", path, asked)

    def post(self, *path: str, **asked: str) -> Any:
        """Have something done."""
        return self._ask("POST", path, asked)

    def delete(self, *path: str) -> None:
        """End something; that it is gone already is no error."""
        try:
            self._ask("DELETE", path, {})
        except NotFound:
            return

    def _ask(self, method: str, path: tuple[str, ...], asked: dict[str, str]) -> Any:
        left_s = self._until - self._ticks()
        if left_s <= 0:
            raise OutsideError("silent")
        address = "/".join((self._account.url.rstrip("/"), *(quote(part, safe="") for part in path)))
        wait_s = min(self._step_s, left_s)
        does = method != "GET"
        try:
            with self._http.request(
                method, address, params=asked, timeout=(wait_s, wait_s), allow_redirects=False, stream=True
            ) as answer:
                said = self._body(answer)
                status = answer.status_code
        except requests.ConnectTimeout as error:
            raise OutsideError("unreachable") from error
        except requests.Timeout as error:
            raise OutsideError("silent", **({"perhaps": True} if does else {})) from error
        except requests.ConnectionError as error:
            raise self._lost(error, does=does) from error
        except requests.RequestException as error:
            raise OutsideError("bad_answer", **({"perhaps": True} if does else {})) from error
        if status == HTTPStatus.NOT_FOUND:
            raise NotFound("call")
        if status not in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT):
            reason, permanent = _OF_STATUS.get(HTTPStatus(status), (f"ari_{status}", False))
            raise OutsideError(reason, permanent=permanent)
        return _read(said)

    def _body(self, answer: requests.Response) -> bytes:
        said = b""
        for chunk in answer.iter_content(_CHUNK_BYTES):
            said += chunk
            if len(said) > _MOST_BYTES:
                raise OutsideError("bad_answer")
            if self._ticks() > self._until:
                raise requests.ReadTimeout
        return said

    @staticmethod
    def _lost(error: requests.ConnectionError, *, does: bool) -> OutsideError:
        """Nothing was asked of an exchange to which no connection came about; else it may have heard."""
        refused = isinstance(getattr(error.args[0] if error.args else None, "reason", None), Exception)
        return OutsideError("unreachable", **({"perhaps": True} if does and not refused else {}))


def _read(said: bytes) -> Any:
    if not said.strip():
        return None
    try:
        return json.loads(said)
    except (ValueError, RecursionError) as error:
        raise OutsideError("bad_answer") from error
