"""Recordings that a phone system keeps behind an address: fetched from hosts that the site names, and from no other.

A call event is a stranger's word, so an address in it may be a trap: it may lead inside, redirect inside, answer twice
differently, never end, or be no sound at all. Refuses every scheme but https, every port but 443, every host that is
not named letter by letter, every address that is not public. Writes nothing to the disk.
"""

import base64
import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from urllib.parse import SplitResult, urljoin, urlsplit

from connectors.recordings.line import HTTPS_PORT, Connection, Deadline, Limits, Network, connect
from plugin.core.errors import InputError, OutsideError
from plugin.core.recordings import is_host

_MOST_HOPS = 5
_MOST_LETTERS = 2048
_NO_LETTERS = frozenset(' \\"<>^`{|}')
_MOST_BYTES = 1 << 29
_MOVED = frozenset({301, 302, 303, 307, 308})
_NOT_YET = frozenset({HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_EARLY})
_CLOSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})


@dataclass(frozen=True, slots=True)
class Login:
    """How one host knows us: a name and password (HTTP Basic), or a bearer token; neither where it asks for none."""

    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def header(self) -> str | None:
        """The value of the Authorization header."""
        if self.token:
            return f"Bearer {self.token}"
        if not self.username:
            return None
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


class RemoteSource:
    """The hosts in `logins`, each with how it knows us. `limits` and `network` are the real ones unless given."""

    def __init__(
        self,
        logins: Mapping[str, Login],
        limits: Limits | None = None,
        network: Network | None = None,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._logins = dict(logins)
        self._limits = limits or Limits()
        self._network = network or Network()
        self._most_bytes = most_bytes

    def open(self, uri: str) -> "RemoteFile | None":
        """Ask for the file at the address `uri`; None while its host says that there is none (yet).

        Raises InputError("address") where it is none that may be asked, InputError("too_long"), and OutsideError with
        why it was not given: for ever ("gone", "redirect_refused", "redirects", "encoded"), or now.
        """
        try:
            place = _read(uri)
        except ValueError as error:
            raise InputError("address") from error
        deadline = Deadline(self._limits, self._network.tick_s)
        login = self._login(place).header
        first = place.hostname
        for _ in range(_MOST_HOPS + 1):
            answer = self._ask(place, login, deadline)
            if answer.status not in _MOVED:
                return self._taken(answer)
            answer.close()
            place = self._moved(place, answer.location)
            if place.hostname != first:
                login = None  # and it does not come back where the way leads to the first host again
        raise OutsideError("redirects", permanent=True)

    def _login(self, place: SplitResult) -> Login:
        login = self._logins.get(place.hostname or "")
        if login is None:
            raise OutsideError("host_not_listed")  # perhaps it will be
        return login

    def _moved(self, place: SplitResult, location: str) -> SplitResult:
        try:
            moved = _read(urljoin(place.geturl(), _plain(location)))
            self._login(moved)
        except (ValueError, OutsideError) as error:
            raise OutsideError("redirect_refused", permanent=True) from error
        return moved

    def _ask(self, place: SplitResult, login: str | None, deadline: Deadline) -> "RemoteFile":
        host = place.hostname or ""
        connection = connect(host, self._network, self._context, deadline)
        asking = _Asking(host, connection)
        try:
            path = (place.path or "/") + (f"?{place.query}" if place.query else "")
            asking.putrequest("GET", path, skip_accept_encoding=True)
            for name, value in (("Accept", "audio/*, */*;q=0.1"), ("Accept-Encoding", "identity")):
                asking.putheader(name, value)
            asking.putheader("User-Agent", "Denwaban")
            asking.putheader("Connection", "close")
            if login is not None:
                asking.putheader("Authorization", login)
            asking.endheaders()
            return RemoteFile(asking.getresponse(), connection)
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.hang_up()
            raise OutsideError("cut_off") from error
        except BaseException:
            connection.hang_up()
            raise

    def _taken(self, answer: "RemoteFile") -> "RemoteFile | None":
        try:
            if answer.status in _NOT_YET:
                answer.close()
                return None
            self._check(answer)
        except BaseException:
            answer.close()
            raise
        return answer

    def _check(self, answer: "RemoteFile") -> None:
        if answer.status in _CLOSED:
            raise OutsideError("not_allowed")
        if answer.status == HTTPStatus.GONE:
            raise OutsideError("gone", permanent=True)
        if answer.status != HTTPStatus.OK:
            raise OutsideError(f"http_{answer.status}")
        if answer.is_encoded:
            raise OutsideError("encoded", permanent=True)  # a bomb is packed small
        if answer.is_longer(self._most_bytes):
            raise InputError("too_long")

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._network.context()


def _read(uri: str) -> SplitResult:
    """Read an address that may be asked. Raises ValueError for any other, whatever the letters."""
    place = urlsplit(_plain(uri))
    if place.scheme != "https" or "@" in place.netloc or not is_host(place.hostname or ""):
        raise ValueError("place")
    if place.netloc not in (place.hostname, f"{place.hostname}:{HTTPS_PORT}"):  # capitals, other ports, empty ports
        raise ValueError("port")
    return place._replace(netloc=place.hostname or "", fragment="")


def _plain(uri: str) -> str:
    # Python's own reading forgives what another's may not: letters that it drops, or takes for others.
    if not (uri.isascii() and uri.isprintable()) or len(uri) > _MOST_LETTERS or set(uri) & _NO_LETTERS:
        raise ValueError("letters")
    return uri


class _Asking(http.client.HTTPConnection):
    """Speaks HTTP over a connection that is there, and opens none itself."""

    auto_open = 0

    def __init__(self, host: str, connection: Connection) -> None:
        super().__init__(host)
        self.sock = connection


class RemoteFile:
    """What a host answers, read as it comes. Raises OutsideError where it breaks off or becomes too slow."""

    size_bytes = None

    def __init__(self, response: http.client.HTTPResponse, connection: Connection) -> None:
        self._response = response
        self._connection = connection
        self.status = response.status
        self._says_bytes = response.length
        self._came_bytes = 0

    def is_longer(self, most_bytes: int) -> bool:
        """Tell whether it is said to be longer than that."""
        return self._says_bytes is not None and self._says_bytes > most_bytes

    @property
    def location(self) -> str:
        """Where it is said to be instead."""
        return self._response.headers.get("Location", "")

    @property
    def is_encoded(self) -> bool:
        """Whether it is packed, though we asked for it as it is."""
        return self._response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")

    def read(self, most_bytes: int) -> bytes:
        """Return the next bytes, b"" at the end; the end is where the host said that it would be."""
        try:
            piece = self._response.read1(most_bytes)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise OutsideError("cut_off") from error
        self._came_bytes += len(piece)
        if not piece and self._came_bytes < (1 if self._says_bytes is None else self._says_bytes):
            raise OutsideError("cut_off")
        return piece

    def close(self) -> None:
        """Hang up."""
        self._response.close()
        self._connection.hang_up()
