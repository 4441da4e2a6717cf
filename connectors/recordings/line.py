"""One encrypted connection to one address of one host, with a deadline that no drip of bytes puts off.

Resolves a name once and connects to what it checked; reads no proxy from the environment, and trusts no certificate
that the machine does not trust.
"""

import io
import math
import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.recordings.addresses import is_public
from plugin.core.errors import OutsideError

HTTPS_PORT = 443


def resolve(host: str) -> list[tuple[str, int]]:
    """Return the addresses of `host`, and the port of https, in the order in which the machine would try them."""
    try:
        found = socket.getaddrinfo(host, HTTPS_PORT, type=socket.SOCK_STREAM)
    except OSError as error:
        raise OutsideError("host_unknown") from error
    return [(str(address[0]), HTTPS_PORT) for *_, address in found]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how slow a transfer may be.

    `idle_s`: without a byte; `whole_s`: from the first word to the last byte; after `grace_s` at least `least_bytes_s`
    a second on the average, which is slower than talk.
    """

    idle_s: float = 15
    whole_s: float = 600
    grace_s: float = 30
    least_bytes_s: int = 2000


@dataclass(frozen=True, slots=True)
class Network:
    """How the outside is reached: for tests another place, for everybody else as it stands here."""

    resolve: Callable[[str], Sequence[tuple[str, int]]] = resolve
    is_allowed: Callable[[str], bool] = is_public
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context
    tick_s: Callable[[], float] = time.monotonic


class Deadline:
    """The time of one transfer, all its hops together."""

    def __init__(self, limits: Limits, tick_s: Callable[[], float]) -> None:
        self._limits = limits
        self._tick_s = tick_s
        self._began_s = tick_s()
        self._bytes = 0

    def left_s(self) -> float:
        """Return how long the next byte may take. Raises OutsideError("too_slow") where no time is left."""
        gone_s = self._tick_s() - self._began_s
        slow = self._bytes < (gone_s - self._limits.grace_s) * self._limits.least_bytes_s
        if gone_s >= self._limits.whole_s or slow:
            raise OutsideError("too_slow")
        return min(self._limits.idle_s, self._limits.whole_s - gone_s)

    def came(self, count: int) -> None:
        """Count bytes that came."""
        self._bytes += count


class Connection:
    """A connection as http.client uses one: `sendall`, `makefile`, `close`; ended by `hang_up`."""

    def __init__(self, tls: ssl.SSLSocket, deadline: Deadline) -> None:
        self._tls = tls
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        """Send all of it."""
        self._tls.settimeout(self._deadline.left_s())
        self._tls.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002  http.client reads bytes
        """Return what comes in."""
        return io.BufferedReader(_Incoming(self._tls, self._deadline))

    def close(self) -> None:
        """Do nothing yet: http.client lets go before the answer is read."""

    def hang_up(self) -> None:
        """End it; again changes nothing."""
        self._tls.close()


class _Incoming(io.RawIOBase):
    def __init__(self, tls: ssl.SSLSocket, deadline: Deadline) -> None:
        super().__init__()
        self._tls = tls
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        self._tls.settimeout(self._deadline.left_s())
        count = self._tls.recv_into(into)
        self._deadline.came(count)
        return count


def connect(host: str, network: Network, context: ssl.SSLContext, deadline: Deadline) -> Connection:
    """Connect to `host` by an address that is allowed; all of its addresses must be.

    Raises OutsideError("host_unknown", "address_refused", "unreachable", "certificate" or "too_slow").
    """
    places = list(network.resolve(host))
    if not places:
        raise OutsideError("host_unknown")
    if not all(network.is_allowed(address) for address, _ in places):
        raise OutsideError("address_refused")  # one inside among others outside is no accident
    for place in places:
        try:
            plain = socket.create_connection(place, timeout=deadline.left_s())
        except OSError:
            continue
        return Connection(_secured(plain, host, context, deadline), deadline)
    raise OutsideError("unreachable")


def _secured(plain: socket.socket, host: str, context: ssl.SSLContext, deadline: Deadline) -> ssl.SSLSocket:
    try:
        plain.setblocking(False)
        tls = context.wrap_socket(
            plain, server_hostname=host, do_handshake_on_connect=False, suppress_ragged_eofs=False
        )
    except BaseException:
        plain.close()
        raise
    try:
        _shake_hands(tls, deadline)
    except ssl.SSLCertVerificationError as error:
        tls.close()
        raise OutsideError("certificate") from error
    except OSError as error:
        tls.close()
        raise OutsideError("unreachable") from error
    except BaseException:
        tls.close()
        raise
    return tls


def _shake_hands(tls: ssl.SSLSocket, deadline: Deadline) -> None:
    ready = select.poll()  # select() knows no descriptor beyond 1,023, and a busy process has them
    while True:
        left_s = deadline.left_s()
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            ready.register(tls, select.POLLIN)
        except ssl.SSLWantWriteError:
            ready.register(tls, select.POLLOUT)
        else:
            return
        if not ready.poll(math.ceil(left_s * 1000)):
            raise OutsideError("too_slow")
