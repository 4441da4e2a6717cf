"""OpenID Connect: authorization code with PKCE, by Authlib; each token is checked here, claim by claim.

Refuses tokens that are not signed by a key that the provider publishes, in an algorithm with two keys; those of another
issuer, for another or a further client, of another sign-in, too old or too new; and endpoints without https.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.given import LOOPBACK
from plugin.core.errors import NotSignedIn, OutsideError
from plugin.core.provider import ProviderAsk, ProviderPerson

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
_TIMEOUT_S = (3.05, 10)
_SKEW = timedelta(seconds=60)
_OLDEST = timedelta(minutes=10)
_KEYS_LAST = timedelta(hours=1)
_KEYS_REST = timedelta(seconds=60)  # so often at most an unknown key makes us look again
_MOST_TEXT = 255


@dataclass(frozen=True, slots=True)
class OidcOptions:
    """What the provider knows us by. `claim`: where it says a person's groups; "": nowhere."""

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    claim: str


class OidcProvider:
    """One provider. Nothing is asked of it before somebody signs in."""

    def __init__(self, options: OidcOptions, clock: Callable[[], datetime]) -> None:
        self._options = options
        self._clock = clock
        self._lock = threading.Lock()
        self._told: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def way(self, ask: ProviderAsk) -> str:
        """Return the address to which the browser is sent."""
        client = self._client(ask)
        more = {"prompt": "login", "max_age": "0"} if ask.again else {}
        address: str = client.create_authorization_url(
            self._endpoint("authorization_endpoint"),
            state=ask.state,
            nonce=ask.nonce,
            code_verifier=ask.verifier,
            **more,
        )[0]
        return address

    def redeem(self, ask: ProviderAsk, code: str, issuer: str | None) -> ProviderPerson:
        """Change the code for the person it stands for."""
        told = self._metadata()
        says_issuer = told.get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and says_issuer) or (issuer is not None and issuer != self._options.issuer):
            raise NotSignedIn("provider")  # an answer of another provider, sent to ours (RFC 9207)
        answer = self._token(ask, code)
        if not isinstance(answer, Mapping) or not isinstance(answer.get("id_token"), str):
            raise NotSignedIn("provider")
        return self._person(self._claims(answer["id_token"]), ask)

    def _client(self, ask: ProviderAsk) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        ways = self._metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        by_header = not isinstance(ways, list) or "client_secret_basic" in ways
        return OAuth2Session(
            self._options.client_id,
            self._options.client_secret,
            token_endpoint_auth_method="client_secret_basic" if by_header else "client_secret_post",
            scope=self._options.scopes,
            redirect_uri=ask.back,
            code_challenge_method="S256",
        )

    def _token(self, ask: ProviderAsk, code: str) -> object:
        import requests
        from authlib.common.errors import AuthlibBaseError

        address = self._endpoint("token_endpoint")
        try:
            with self._client(ask) as client:
                return client.fetch_token(
                    address,
                    code=code,
                    code_verifier=ask.verifier,
                    grant_type="authorization_code",
                    timeout=_TIMEOUT_S,
                    allow_redirects=False,
                )
        except AuthlibBaseError as error:
            raise NotSignedIn("provider") from error  # a code that was used, is late, or is not ours
        except requests.JSONDecodeError as error:
            raise OutsideError("provider", permanent=True) from error
        except requests.RequestException as error:
            raise OutsideError("provider", permanent=False) from error

    def _claims(self, token: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        for fresh in (False, True):
            try:
                return dict(jwt.decode(token, self._key_set(fresh=fresh), algorithms=self._algorithms()).claims)
            except InvalidKeyIdError as error:
                if fresh:
                    raise NotSignedIn("provider") from error
            except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
                raise NotSignedIn("provider") from error
        raise NotSignedIn("provider")

    def _algorithms(self) -> list[str]:
        told = self._metadata().get("id_token_signing_alg_values_supported")
        offered = {one for one in told if isinstance(one, str)} if isinstance(told, list) else {"RS256"}
        return sorted(_ALGORITHMS & offered)

    def _person(self, claims: dict[str, Any], ask: ProviderAsk) -> ProviderPerson:
        now = self._clock()
        audience = claims.get("aud")
        issued, ends, begins = (_instant(claims.get(name)) for name in ("iat", "exp", "nbf"))
        subject = claims.get("sub")
        fits = (
            claims.get("iss") == self._options.issuer
            and audience in (self._options.client_id, [self._options.client_id])
            and claims.get("azp", self._options.client_id) == self._options.client_id
            and claims.get("nonce") == ask.nonce
            and issued is not None
            and now - _OLDEST <= issued <= now + _SKEW
            and ends is not None
            and ends + _SKEW > now
            and (begins is None or begins <= now + _SKEW)
            and isinstance(subject, str)
            and 0 < len(subject) <= _MOST_TEXT
        )
        if not fits:
            raise NotSignedIn("provider")
        return ProviderPerson(
            issuer=self._options.issuer,
            subject=str(subject),
            name=_text(claims.get("name")),
            login=_text(claims.get("preferred_username")) or _text(claims.get("email")),
            groups=self._groups(claims),
            signed_in_at=_instant(claims.get("auth_time")),
        )

    def _groups(self, claims: dict[str, Any]) -> frozenset[str]:
        found = claims.get(self._options.claim) if self._options.claim else None
        listed = found if isinstance(found, list) else [found]
        return frozenset(one for one in listed if isinstance(one, str))

    def _metadata(self) -> dict[str, Any]:
        with self._lock:
            if self._told is None or self._clock() - self._told[0] >= _KEYS_LAST:
                told = self._get(f"{self._options.issuer.rstrip('/')}/.well-known/openid-configuration")
                if told.get("issuer") != self._options.issuer:
                    raise OutsideError("provider_issuer", permanent=True)
                self._told = (self._clock(), told)
            return self._told[1]

    def _endpoint(self, name: str) -> str:
        address = self._metadata().get(name)
        if not isinstance(address, str) or not _is_safe(address, self._options.issuer):
            raise OutsideError("provider_endpoint", permanent=True)
        return address

    def _key_set(self, *, fresh: bool) -> "KeySet":
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        address = self._endpoint("jwks_uri")
        with self._lock:
            lasts = _KEYS_REST if fresh else _KEYS_LAST
            if self._keys is None or self._clock() - self._keys[0] >= lasts:
                told = self._get(address)
                try:
                    self._keys = (self._clock(), KeySet.import_key_set(told))  # type: ignore[arg-type]
                except (JoseError, ValueError, TypeError, KeyError) as error:
                    raise OutsideError("provider_keys", permanent=True) from error
            return self._keys[1]

    def _get(self, address: str) -> dict[str, Any]:
        import requests

        if not _is_safe(address, self._options.issuer):
            raise OutsideError("provider_endpoint", permanent=True)
        try:
            answer = requests.get(address, timeout=_TIMEOUT_S, allow_redirects=False)
            told = answer.json() if answer.status_code == requests.codes.ok else None
        except requests.JSONDecodeError as error:
            raise OutsideError("provider", permanent=True) from error
        except requests.RequestException as error:
            raise OutsideError("provider", permanent=False) from error
        if not isinstance(told, dict):
            raise OutsideError("provider", permanent=False)
        return told


def _is_safe(address: str, issuer: str) -> bool:
    # By https; without it on this machine alone, and only where the site itself says so by its issuer.
    try:
        parts, ours = urlsplit(address), urlsplit(issuer)
    except ValueError:
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == ours.scheme == "http" and {parts.hostname, ours.hostname} <= LOOPBACK


def _instant(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _text(value: object) -> str:
    return value.strip()[:_MOST_TEXT] if isinstance(value, str) else ""
