"""Hosts that keep recordings behind addresses: a server on loopback with certificates of its own, under any names.

What it answers is set path by path; what it was asked is remembered, header by header.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.recordings.line import Network

NAMES = ("pbx.example.com", "files.example.net", "other.example.org")


@dataclass(slots=True)
class Asked:
    """One request: its host, path, and headers by small names."""

    host: str
    path: str
    headers: dict[str, str]


@dataclass
class Hosts:
    """All of NAMES, on one port of loopback. `answers`: what is sent back, by path; `asked`: what came."""

    certificate: Path
    port: int
    answers: dict[str, Callable[[socket.socket], None] | bytes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    places: dict[str, list[str]] = field(default_factory=dict)

    def network(self, is_allowed: Callable[[str], bool] = lambda _: True) -> Network:
        """Return the way to these hosts, whatever they are called; loopback is allowed unless told otherwise."""
        return Network(self._resolve, is_allowed, lambda: ssl.create_default_context(cafile=str(self.certificate)))

    def _resolve(self, host: str) -> list[tuple[str, int]]:
        self.resolved.append(host)
        return [(address, self.port) for address in self.places.get(host, ["127.0.0.1"])]

    def sound(self, path: str, data: bytes, *headers: str, status: str = "200 OK") -> None:
        """Answer `path` with this."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers, "", ""]
        self.answers[path] = "\r\n".join(lines).encode() + data

    def moved(self, path: str, location: str, status: str = "302 Found") -> None:
        """Answer `path` with another address."""
        self.answers[path] = f"HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()

    def handle(self, connection: socket.socket) -> None:
        """Read one request and answer it."""
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(4096)
            if not piece:
                return
            head += piece
        first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        path = first.split(" ")[1]
        self.asked.append(Asked(headers["host"], path, headers))
        answer = self.answers.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        if callable(answer):
            answer(connection)
        else:
            connection.sendall(answer)


@contextmanager
def hosts(folder: Path) -> Iterator[Hosts]:
    """Run the hosts until the end of the block."""
    certificate = folder / "hosts.pem"
    key = folder / "hosts.key"
    _certify(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Hosts(certificate, listening.getsockname()[1])
        over = threading.Event()
        acceptor = threading.Thread(target=_accept, args=(listening, context, made, over))
        acceptor.start()
        try:
            yield made
        finally:
            over.set()
            with suppress(OSError), socket.create_connection(listening.getsockname()):
                pass
            acceptor.join()


def _accept(listening: socket.socket, context: ssl.SSLContext, made: Hosts, over: threading.Event) -> None:
    serving: list[threading.Thread] = []
    while True:
        connection, _ = listening.accept()
        if over.is_set():
            connection.close()
            break
        serving.append(threading.Thread(target=_serve, args=(connection, context, made)))
        serving[-1].start()
    for thread in serving:
        thread.join()


def _serve(connection: socket.socket, context: ssl.SSLContext, made: Hosts) -> None:
    connection.settimeout(30)
    with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
        made.handle(tls)
        with suppress(OSError):
            tls.unwrap()


def _certify(certificate: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hosts of a test")])
    now = datetime.now(UTC)
    names = [*(x509.DNSName(one) for one in NAMES), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key.write_bytes(private.private_bytes(*form))
