"""A client that signs in and sends what a test tells it to, byte for byte: for asking the org what ours never would."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.salesforce_org.oauth import JWT_BEARER
from tests.salesforce_org.org import Org

VERSION = "64.0"


class Visitor:
    """Talks to one org over one connection."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = org.authority
        self.root = f"{org.url}/services/data/v{VERSION}"

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def sign_in(self) -> "Visitor":
        """Get a session by an assertion, and use it from now on."""
        answer = self.token(grant_type=JWT_BEARER, assertion=assertion(self._org, self._org.now()))
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def token(self, **form: str) -> requests.Response:
        """Ask the token endpoint."""
        return self.http.post(f"{self._org.url}/services/oauth2/token", data=form, timeout=30)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        """Send a request to a path below the API version's root."""
        return self.http.request(method, self.root + path, json=body, headers=headers, timeout=30)

    def query(self, soql: str) -> Any:
        """Run a query and return the body of its answer."""
        return self.http.get(self.root + "/query", params={"q": soql}, timeout=30).json()


def assertion(org: Org, now: datetime, claims: Mapping[str, str] | None = None, life_s: int = 180) -> str:
    """Return an assertion signed with the app's key; `claims` stand in for the right ones."""
    app = org.app
    right: dict[str, object] = {"iss": app.consumer_key, "sub": app.username, "aud": "https://login.salesforce.com"}
    right |= {"exp": int(now.timestamp()) + life_s}
    head = _packed(json.dumps({"alg": "RS256"}).encode())
    body = _packed(json.dumps(right | dict(claims or {})).encode())
    key = serialization.load_pem_private_key(app.private_key_pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{body}.{_packed(signature)}"


def _packed(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
