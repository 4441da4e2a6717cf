"""The org's end of the line: HTTP/1.1 over TLS on loopback, a thread for each connection, and faults of the line.

It knows no Salesforce: it hands each request to one function and sends what comes back.
"""

import ipaddress
import re
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.kit.canary import Kind
from tests.kit.loopback import LoopbackConnection, LoopbackServer
from tests.kit.watch import heard_ask, know
from tests.salesforce_org.answers import Answer, Ask
from tests.salesforce_org.faults import Act, Fault

LONGEST = 16_384  # bytes of the URI, and of URI and headers together
_TOKEN = re.compile(rb'"access_token": ?"([^"]+)"')
_DRIP_S = 0.001
_HELLO = b"\x16"  # what every TLS connection begins with
NAMES = ("localhost", "*.salesforce.com", "*.my.salesforce.com")

Handle = Callable[[Ask], tuple[Answer, Fault | None]]


@dataclass(frozen=True, slots=True)
class Papers:
    """The authority that clients are told to trust, and the server's certificate with its key."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The file that a client trusts: REQUESTS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, `session.verify`."""
        return self.folder / "authority.pem"

    @property
    def server(self) -> Path:
        """The server's own certificate and key."""
        return self.folder / "server.pem"


def make_papers(folder: Path) -> Papers:
    """Write a private authority for this one org and a server certificate that it signed."""
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated org")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in NAMES]
    alternatives.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    identity = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        _unsigned(issuer, issuer, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identity, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _unsigned(subject, issuer, server_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identity), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    papers = Papers(folder)
    papers.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    key = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    papers.server.write_bytes(server.public_bytes(serialization.Encoding.PEM) + key)
    return papers


def _unsigned(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
    )


class Line:
    """A listening port of loopback, with TLS or plain; as a proxy, asked plainly, it takes every name for the org.

    A defect of the simulator ends the connection and fails the block that the line was open in.
    """

    def __init__(self, handle: Handle, *, tls: bool, port: int = 0) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="org-")
        self.papers = make_papers(Path(self._folder.name))
        self._server = _Server(("127.0.0.1", port), handle, self._context(), tls=tls)
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> "Line":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._folder.cleanup()
        for defect in self._server.defects:
            if error is None:
                raise AssertionError("the simulated org broke") from defect
            error.add_note(f"the simulated org broke: {defect!r}")

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.papers.server)
        return context


class _Server(LoopbackServer):
    def __init__(self, address: tuple[str, int], handle: Handle, context: ssl.SSLContext, *, tls: bool) -> None:
        super().__init__(address, _Connection)
        self.handle, self.context, self.tls = handle, context, tls
        self.defects: list[Exception] = []


class _Connection(LoopbackConnection):
    server: _Server

    def setup(self) -> None:
        self.server.joined(self.request)
        if self.request.recv(1, socket.MSG_PEEK) == _HELLO:
            self._secure()
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _secure(self) -> None:
        plain = self.request
        self.request = self.server.context.wrap_socket(plain, server_side=True)
        self.server.left(plain)
        self.server.joined(self.request)

    def do_CONNECT(self) -> None:  # noqa: N802  the signature of http.server
        """Take every name for the org: what a client sends to login.salesforce.com stays on loopback."""
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.rfile.close()
        self._secure()
        super().setup()
        self.close_connection = False

    def _serve(self) -> None:
        body = self._body()
        if len(self.path) > LONGEST:
            self._send(Answer(414, b"<h1>URI Too Long</h1>", "text/html"))
            return
        if len(self.path) + len(str(self.headers)) > LONGEST:
            self._send(Answer(431, b"<h1>Request Header Fields Too Large</h1>", "text/html"))
            return
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        ask = Ask(self.command, path, dict(parse_qsl(query, keep_blank_values=True)), headers, body)
        heard_ask("crm", self.path, headers, body)
        if self.server.tls and not isinstance(self.request, ssl.SSLSocket):
            self._send(Answer(403, b'[{"message":"HTTPS Required","errorCode":"HTTPS_REQUIRED"}]'))
            return
        try:
            answer, fault = self.server.handle(ask)
            know(Kind.CRM_TOKEN, *_TOKEN.findall(answer.body))
        except Exception as defect:
            self.server.defects.append(defect)
            raise
        if fault and fault.act is Act.SLOW:
            self.server.closing.wait(fault.wait_s)
        if fault and fault.act is Act.LOSE:
            self.server.keep_silent(self)
        elif fault and fault.act is Act.CUT:
            self._send(answer, most_bytes=len(answer.body) // 2)
            self.close_connection = True
        elif fault and fault.act in (Act.DRIP, Act.FLOOD):
            self._send_for_ever(answer, drips=fault.act is Act.DRIP)
            self.close_connection = True
        else:
            self._send(answer)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, answer: Answer, most_bytes: int | None = None) -> None:
        self.send_response(answer.status)
        if answer.body or answer.status != 204:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[:most_bytes])

    def _send_for_ever(self, answer: Answer, *, drips: bool) -> None:
        """Send an answer that has no end, until the client has had enough."""
        first, more = answer.body, answer.body[answer.body.rfind(b"\n", 0, -1) + 1 :] * 500
        if drips:
            is_packed = "Content-Encoding" in answer.headers
            first, more = (answer.body[:10], b"\0\0\0\xff\xff") if is_packed else (answer.body[:-2], b"x")
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(first)
            while not self.server.closing.wait(_DRIP_S if drips else 0):
                self.wfile.write(more)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() if timestamp is None else timestamp)
