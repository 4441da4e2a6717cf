"""An identity provider of our own on loopback: it signs in whoever it is told to, and lies where a test wants a lie."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.kit.canary import Kind
from tests.kit.loopback import Line, LoopbackConnection, LoopbackServer, OnLine
from tests.kit.watch import know

CLIENT, SECRET = "denwaban", "client secret"
Claims = dict[str, Any]


@dataclass
class Code:
    """A code it gave out, and for what."""

    challenge: str
    nonce: str
    back: str
    used: bool = False


@dataclass
class Lies:
    """What it does wrong: `claims` changes a token's claims, `sign` replaces the token, `iss` what the answer says."""

    claims: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims, "Provider"], str] | None = None
    issuer_in_metadata: str | None = None
    iss: str | None = None
    broken: set[str] = field(default_factory=set)


class Provider(OnLine):
    """`with Provider() as provider:`; who is signed in stands in `provider.person`."""

    def __init__(self) -> None:
        self.person: Claims = {"sub": "subject-1", "name": "佐藤 花子", "preferred_username": "sato"}
        self.secret = SECRET
        self.lies = Lies()
        self.codes: dict[str, Code] = {}
        self.asked: list[str] = []
        self.keys: list[RSAKey] = []
        self.rotate("first")
        provider = self

        class Wire(LoopbackConnection):
            protocol_version = "HTTP/1.0"  # an answer ends with its connection

            def do_GET(self) -> None:  # noqa: N802  the library's name
                provider.get(self)

            def do_POST(self) -> None:  # noqa: N802  likewise
                provider.post(self)

        self._line = Line(LoopbackServer(("127.0.0.1", 0), Wire))
        self.issuer = self._line.url

    def rotate(self, kid: str) -> None:
        """Sign with a new key from now on, and publish that one alone."""
        self.keys = [RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})]

    def get(self, wire: BaseHTTPRequestHandler) -> None:
        """Discovery, keys, and the page where one signs in, which here needs no typing."""
        parts = urlsplit(wire.path)
        self.asked.append(parts.path)
        if parts.path in self.lies.broken:
            self._send(wire, 500, {})
        elif parts.path == "/.well-known/openid-configuration":
            self._send(wire, 200, self._metadata())
        elif parts.path == "/keys":
            self._send(wire, 200, dict(KeySet(list(self.keys)).as_dict(private=False)))
        elif parts.path == "/authorize":
            wire.send_response(302)
            wire.send_header("Location", self.authorize(wire.path))
            wire.end_headers()
        else:
            self._send(wire, 404, {})

    def authorize(self, address: str) -> str:
        """Sign the person in and return the address that the browser is sent back to."""
        given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert given["response_type"] == "code"
        assert given["code_challenge_method"] == "S256"
        assert given["client_id"] == CLIENT
        code = secrets.token_urlsafe(16)
        know(Kind.PROVIDER, code)
        self.codes[code] = Code(given["code_challenge"], given["nonce"], given["redirect_uri"])
        back = {"code": code, "state": given["state"], "iss": self.lies.iss or self.issuer}
        return f"{given['redirect_uri']}?{urlencode(back)}"

    def post(self, wire: BaseHTTPRequestHandler) -> None:
        """Change a code for a token, once, for whoever has its verifier and our secret."""
        body = wire.rfile.read(int(wire.headers.get("Content-Length", 0))).decode()
        if "/token" in self.lies.broken:
            self._send(wire, 500, {})
            return
        given = {name: values[0] for name, values in parse_qs(body).items()}
        code = self.codes.get(given.get("code", ""))
        basic = base64.b64decode(wire.headers.get("Authorization", " ").split(" ")[1]).decode()
        known = basic in {f"{CLIENT}:{written(self.secret)}" for written in (str, quote, quote_plus)}
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        fits = code and base64.urlsafe_b64encode(digest).decode().rstrip("=") == code.challenge
        if not (code and fits and known and not code.used and given.get("redirect_uri") == code.back):
            self._send(wire, 400, {"error": "invalid_grant"})
            return
        code.used = True
        token = self.token(self.lies.claims(self.claims(code.nonce)))
        self._send(wire, 200, {"access_token": "x", "token_type": "Bearer", "id_token": token})

    def claims(self, nonce: str) -> Claims:
        """Return what an honest token says now."""
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, "auth_time": now}
        return said | self.person

    def ended(self, **other: Any) -> str:
        """Return a token that says a session here has ended, with what `other` says otherwise; None: not at all."""
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_urlsafe(8)}
        said |= {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}, "sub": self.person["sub"]}
        said |= other
        return self.token({name: value for name, value in said.items() if value is not None})

    def token(self, claims: Claims) -> str:
        """Sign the claims, or do with them what the lie says."""
        if self.lies.sign:
            return self.lies.sign(claims, self)
        key = self.keys[0]
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    def _metadata(self) -> Claims:
        issuer = self.issuer
        return {
            "issuer": self.lies.issuer_in_metadata or issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }

    def _send(self, wire: BaseHTTPRequestHandler, status: int, body: Claims) -> None:
        raw = json.dumps(body).encode()
        wire.send_response(status)
        wire.send_header("Content-Type", "application/json")
        wire.send_header("Content-Length", str(len(raw)))
        wire.end_headers()
        wire.wfile.write(raw)


def unsigned(claims: Claims, provider: Provider) -> str:
    """A token of the algorithm none."""
    return f"{_written({'alg': 'none', 'typ': 'JWT'}, claims)}."


def by_public_key(claims: Claims, provider: Provider) -> str:
    """A token whose MAC is made with the public key, which everybody has."""
    key = provider.keys[0]
    signed = _written({"alg": "HS256", "typ": "JWT", "kid": key.kid}, claims)
    return f"{signed}.{_text(hmac.digest(key.as_pem(private=False), signed.encode(), 'sha256'))}"


def _written(*parts: Claims) -> str:
    return ".".join(_text(json.dumps(part).encode()) for part in parts)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def by_strangers_key(claims: Claims, provider: Provider) -> str:
    """A token signed by somebody else, who says it is the provider's key."""
    stranger = RSAKey.generate_key(2048, {"kid": str(provider.keys[0].kid)})
    return jwt.encode({"alg": "RS256", "kid": str(provider.keys[0].kid)}, claims, stranger)


def with_own_key_in_it(claims: Claims, provider: Provider) -> str:
    """A token that brings the key along by which it is to be checked."""
    stranger = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "kid": "unheard of", "jwk": stranger.as_dict(private=False)}
    return jwt.encode(header, claims, stranger)
