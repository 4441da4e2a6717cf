"""Signs clients in as an org does, by JWT bearer, client credentials or a refresh token, and knows the sessions.

Passwords are not taken: the username-password flow and SOAP login are off, as in new orgs.
"""

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.salesforce_org.answers import Answer, Ask, as_json

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
LONGEST_ASSERTION = timedelta(minutes=5)


class Unauthorized(Exception):
    """The token endpoint refuses, with OAuth's error body."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.answer = as_json({"error": error, "error_description": description}, status)


@dataclass(slots=True)
class App:
    """The External Client App of the client, with its key and the certificate that the org was given."""

    username: str
    consumer_key: str
    consumer_secret: str
    private_key_pem: str
    certificate_pem: str
    refresh_token: str
    client_credentials: bool = True
    is_approved: bool = True


@cache
def _key(number: int) -> rsa.RSAPrivateKey:
    """Return a key of this process; making one takes longer than most tests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_app(username: str, now: datetime, days: int = 365, number: int = 1) -> App:
    """Return an app with key `number` of this process and a certificate that ends in `days`."""
    key = _key(number)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "denwaban")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return App(
        username,
        consumer_key="3MVG9" + secrets.token_hex(40),
        consumer_secret=secrets.token_hex(32).upper(),
        private_key_pem=private.decode(),
        certificate_pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        refresh_token="5Aep861" + secrets.token_hex(40),
    )


@dataclass(slots=True)
class SignIn:
    """The sessions of an org and the way to a new one."""

    app: App
    org_id: str
    user_id: str
    my_domain: str
    session_life: timedelta = timedelta(hours=2)
    is_dead: bool = False
    _sessions: dict[str, datetime] = field(default_factory=dict)

    def token(self, ask: Ask, now: datetime, here: str) -> Answer:
        """Answer the token endpoint; `here` is the URL under which the client reached the org."""
        form = {name: values[0] for name, values in parse_qs(ask.body.decode("utf-8", "replace")).items()}
        try:
            if ask.method != "POST":
                raise Unauthorized("invalid_request", "must use HTTP POST")
            grant = form.get("grant_type")
            if grant == JWT_BEARER:
                self._check_assertion(form.get("assertion", ""), now, here)
            elif grant == "client_credentials":
                self._check_secret(ask, form)
                if not self.app.client_credentials:
                    raise Unauthorized("invalid_grant", "no client credentials user enabled")
            elif grant == "refresh_token":
                self._check_secret(ask, form)
                if form.get("refresh_token") != self.app.refresh_token:
                    raise Unauthorized("invalid_grant", "expired access/refresh token")
            else:
                raise Unauthorized("unsupported_grant_type", "grant type not supported")
        except Unauthorized as refused:
            return refused.answer
        session = f"{self.org_id[:15]}!AQ{secrets.token_urlsafe(60)}"
        self._sessions[session] = now + self.session_life
        return as_json(
            {
                "access_token": session,
                "scope": "id api",
                "instance_url": here,
                "id": f"{here}/id/{self.org_id}/{self.user_id}",
                "token_type": "Bearer",
            }
        )

    def holds(self, ask: Ask, now: datetime) -> bool:
        """Tell whether the request carries a living session, and prolong it."""
        scheme, _, session = ask.headers.get("authorization", "").partition(" ")
        session = session if scheme in ("Bearer", "OAuth") else ""
        ends = self._sessions.get(session)
        if ends is None or ends <= now:
            return False
        self._sessions[session] = now + self.session_life
        return True

    def end_sessions(self) -> None:
        """End every session at once, as an admin or a time-out does."""
        self._sessions.clear()

    def _check_secret(self, ask: Ask, form: dict[str, str]) -> None:
        scheme, _, basic = ask.headers.get("authorization", "").partition(" ")
        key, secret = form.get("client_id", ""), form.get("client_secret", "")
        if scheme == "Basic":
            key, _, secret = base64.b64decode(basic).decode("utf-8", "replace").partition(":")
        if key != self.app.consumer_key:
            raise Unauthorized("invalid_client_id", "client identifier invalid")
        if secret != self.app.consumer_secret:
            raise Unauthorized("invalid_client", "invalid client credentials")
        if self.is_dead:
            raise Unauthorized("invalid_grant", "user inactive")

    def _check_assertion(self, assertion: str, now: datetime, here: str) -> None:
        claims = self._verified(assertion)
        if claims.get("iss") != self.app.consumer_key:
            raise Unauthorized("invalid_client_id", "client identifier invalid")
        if claims.get("aud") not in (*AUDIENCES, self.my_domain, here):
            raise Unauthorized("invalid_grant", "audience is invalid")
        try:
            ends = datetime.fromtimestamp(int(str(claims.get("exp"))), UTC)
        except (ValueError, OverflowError) as error:
            raise Unauthorized("invalid_grant", "expired authorization code") from error
        if ends <= now:
            raise Unauthorized("invalid_grant", "expired authorization code")
        if ends > now + LONGEST_ASSERTION:
            raise Unauthorized("invalid_grant", "assertion valid for too long")
        if claims.get("sub") != self.app.username or self.is_dead:
            raise Unauthorized("invalid_grant", "user hasn't approved this consumer")
        if not self.app.is_approved:
            raise Unauthorized("invalid_app_access", "user is not admin approved to access this app")

    def _verified(self, assertion: str) -> dict[str, object]:
        try:
            head, claims, signature = assertion.split(".")
            if json.loads(_unpacked(head)).get("alg") != "RS256":
                raise Unauthorized("invalid_grant", "invalid assertion")
            certificate = x509.load_pem_x509_certificate(self.app.certificate_pem.encode())
            key = certificate.public_key()
            assert isinstance(key, rsa.RSAPublicKey)
            key.verify(_unpacked(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
            read = json.loads(_unpacked(claims))
        except (ValueError, InvalidSignature, AttributeError) as error:
            raise Unauthorized("invalid_grant", "invalid assertion") from error
        if not isinstance(read, dict):
            raise Unauthorized("invalid_grant", "invalid assertion")
        return read


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
