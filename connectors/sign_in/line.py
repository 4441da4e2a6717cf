"""The line to an identity provider: every answer ends in time and size, whatever the other side does.

Asks the issuer's own host and hosts that the site names, and no other: what a provider says of its endpoints is a
stranger's word. Follows no redirect, takes no packed answer, brings no login of the machine's along.
"""

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from connectors.given import LOOPBACK
from plugin.core.errors import OutsideError

_CONNECT_S, _READ_S = 3.05, 5.0
_WHOLE_S = 12.0
_MOST_BYTES = 262_144
_CHUNK_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `told` is its JSON object, None where it is none."""

    status: int
    told: dict[str, Any] | None


class Line:
    """The line to the provider `issuer`. `hosts`: its further hosts, by exact name; `whole_s`: so long is a call."""

    def __init__(self, issuer: str, hosts: frozenset[str], whole_s: float = _WHOLE_S) -> None:
        self._issuer = urlsplit(issuer)
        self._hosts = hosts
        self._whole_s = whole_s

    def check(self, address: object) -> str:
        """Return an address of the provider's that may be asked. Raises OutsideError("provider_endpoint")."""
        if isinstance(address, str) and self._may_ask(address):
            return address
        raise OutsideError("provider_endpoint", permanent=True)

    def _may_ask(self, address: str) -> bool:
        # By https; without it on this machine alone, and only where the site itself says so by its issuer.
        try:
            parts, port = urlsplit(address), urlsplit(address).port
        except ValueError:
            return False
        if "@" in parts.netloc or not parts.hostname:
            return False
        if (
            parts.hostname == self._issuer.hostname
            and port == self._issuer.port
            and parts.scheme == self._issuer.scheme
        ):
            return parts.scheme == "https" or parts.hostname in LOOPBACK
        return parts.scheme == "https" and parts.hostname in self._hosts and port in (None, 443)

    def get(self, address: str) -> Answer:
        """Ask for what stands there. Raises OutsideError("provider") where nothing comes, or too much or too slowly."""
        return self._ask("GET", address, {}, None)

    def post(self, address: str, headers: Mapping[str, str], form: str) -> Answer:
        """Send a form, written as its content type says. Raises as `get`."""
        return self._ask("POST", address, headers, form)

    def _ask(self, method: str, address: str, headers: Mapping[str, str], form: str | None) -> Answer:
        asked = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        try:
            with _Watch(self._whole_s) as watch, _Session() as session:
                session.auth = _as_it_is
                for scheme in ("https://", "http://"):
                    session.mount(scheme, _Watched(watch))
                with session.request(
                    method,
                    self.check(address),
                    headers=asked,
                    data=form,
                    timeout=(_CONNECT_S, _READ_S),
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    body = _read(answer)
                    if watch.has_cut:  # what was cut may look like an end
                        raise OutsideError("provider", permanent=False)
                    return Answer(answer.status_code, _json(body))
        except (requests.RequestException, HTTPError, OSError) as error:
            raise OutsideError("provider", permanent=False) from error


def _read(answer: requests.Response) -> bytes:
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise OutsideError("provider", permanent=True)  # a bomb is packed small
    parts: list[bytes] = []
    size = 0
    while part := answer.raw.read1(_CHUNK_BYTES, decode_content=False):
        parts.append(part)
        size += len(part)
        if size > _MOST_BYTES:
            raise OutsideError("provider", permanent=False)
    return b"".join(parts)


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


class _Watch:
    """Cuts the connections of one call when its time is over, headers that come a letter at a time included."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._twins: list[socket.socket] = []
        self.has_cut = False

    def __enter__(self) -> "_Watch":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for twin in self._twins:
                twin.close()
            self._twins.clear()

    def over(self, line: socket.socket) -> socket.socket:
        """Watch over a connection; a twin of it, for encryption takes the original away."""
        with self._lock:
            if self.has_cut:
                line.close()
                raise OSError("its time is over")
            self._twins.append(line.dup())
        return line

    def _cut(self) -> None:
        with self._lock:
            self.has_cut = True
            for twin in self._twins:
                with suppress(OSError):
                    twin.shutdown(socket.SHUT_RDWR)


class _Session(requests.Session):
    """Takes no answer for a redirect: to look at where one leads, it would first read all of it, however long."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002  the library's form
        return None


class _Watched(HTTPAdapter):
    """Opens connections that a watch is over, through the proxy of the machine too."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch
        super().__init__()

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools()

    def proxy_manager_for(self, *args: Any, **named: Any) -> Any:
        manager = super().proxy_manager_for(*args, **named)
        manager.pool_classes_by_scheme = self._pools()
        return manager

    def _pools(self) -> dict[str, type]:
        watch = self._watch

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return watch.over(super()._new_conn())

        class Tls(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return watch.over(super()._new_conn())

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = Tls

        return {"http": PlainPool, "https": TlsPool}


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep a .netrc of the machine from signing in with something of its own."""
    return request
