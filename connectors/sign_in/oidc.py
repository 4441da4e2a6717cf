"""OpenID Connect: authorization code with PKCE, by Authlib; each token is checked here, claim by claim.

Refuses tokens that are not signed by a key that the provider publishes, in an algorithm with two keys; those of another
issuer, for another or a further client, of another sign-in, too old or too new; and endpoints where it must not ask.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from connectors.sign_in.kept import Kept
from connectors.sign_in.line import Line
from plugin.core.errors import NotSignedIn, OutsideError
from plugin.core.provider import ProviderAsk, ProviderEnd, ProviderPerson

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
_SKEW = timedelta(seconds=60)
_OLDEST = timedelta(minutes=10)
_KEYS_LAST = timedelta(hours=1)
_KEYS_REST = timedelta(seconds=60)  # so often at most an unknown key makes us look again
_MOST_TEXT = 255
_MOST_TOKEN = 16_384
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_TYPES = frozenset({None, "JWT", "logout+jwt"})


@dataclass(frozen=True, slots=True)
class OidcOptions:
    """What the provider knows us by. `claim`: where it says a person's groups; `hosts`: those beside the issuer's."""

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    claim: str
    hosts: frozenset[str] = frozenset()


class OidcProvider:
    """One provider. Nothing is asked of it before somebody signs in."""

    def __init__(self, options: OidcOptions, clock: Callable[[], datetime], line: Line | None = None) -> None:
        self._options = options
        self._clock = clock
        self._line = line or Line(options.issuer, options.hosts)
        self._told = Kept(self._ask_metadata, clock, _KEYS_LAST)
        self._keys = Kept(self._ask_keys, clock, _KEYS_LAST)

    def way(self, ask: ProviderAsk) -> str:
        """Return the address to which the browser is sent."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        more = {"prompt": "login", "max_age": "0"} if ask.again else {}
        address: str = prepare_grant_uri(
            self._endpoint("authorization_endpoint"),
            self._options.client_id,
            "code",
            redirect_uri=ask.back,
            scope=self._options.scopes,
            state=ask.state,
            nonce=ask.nonce,
            code_challenge=create_s256_code_challenge(ask.verifier),
            code_challenge_method="S256",
            **more,
        )
        return address

    def redeem(self, ask: ProviderAsk, code: str, issuer: str | None) -> ProviderPerson:
        """Change the code for the person it stands for."""
        says_issuer = self._told.get().get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and says_issuer) or (issuer is not None and issuer != self._options.issuer):
            raise NotSignedIn("provider")  # an answer of another provider, sent to ours (RFC 9207)
        token = self._token(ask, code).get("id_token")
        if not isinstance(token, str):
            raise NotSignedIn("provider")
        return self._person(self._claims(token)[1], ask)

    def end(self, token: str) -> ProviderEnd:
        """Read what the provider posts when a session there ends (OpenID Connect Back-Channel Logout 1.0)."""
        header, claims = self._claims(token)
        events, subject, session, own = (claims.get(name) for name in ("events", "sub", "sid", "jti"))
        fits = (
            header.get("typ") in _LOGOUT_TYPES
            and self._is_ours(claims)
            and "nonce" not in claims  # else it is a token of a sign-in
            and isinstance(events, dict)
            and isinstance(events.get(_LOGOUT), dict)
            and _is_text(own)
            and (subject is None or _is_text(subject))
            and (session is None or _is_text(session))
            and not (subject is None and session is None)
        )
        if not fits:
            raise NotSignedIn("provider")
        return ProviderEnd(
            self._options.issuer,
            subject=subject or "",
            session=session or "",
            own_id=str(own),
            until=self._clock() + _OLDEST + 2 * _SKEW,  # by then a second one like it is too old
        )

    def _token(self, ask: ProviderAsk, code: str) -> dict[str, Any]:
        from authlib.common.urls import add_params_to_qs
        from authlib.oauth2.auth import ClientAuth

        ways = self._told.get().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        by_header = not isinstance(ways, list) or "client_secret_basic" in ways
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": ask.back,
            "code_verifier": ask.verifier,
        }
        address = self._endpoint("token_endpoint")
        way = "client_secret_basic" if by_header else "client_secret_post"
        known = ClientAuth(self._options.client_id, self._options.client_secret, way)
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
        _, headers, body = known.prepare("POST", address, headers, add_params_to_qs("", list(form.items())))
        answer = self._line.post(address, headers, body)
        if answer.status == HTTPStatus.OK and answer.told is not None:
            return answer.told
        if answer.told is not None and "error" in answer.told:
            raise NotSignedIn("provider")  # a code that was used, is late, or is not ours
        raise OutsideError("provider", permanent=answer.status < HTTPStatus.INTERNAL_SERVER_ERROR)

    def _claims(self, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return head and claims of a token that one of the provider's keys signed. Raises NotSignedIn("provider")."""
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        if len(token) > _MOST_TOKEN:
            raise NotSignedIn("provider")
        for lasts in (_KEYS_LAST, _KEYS_REST):
            try:
                read = jwt.decode(token, self._keys.get(lasts), algorithms=self._algorithms())
                return dict(read.header), dict(read.claims)
            except InvalidKeyIdError:
                continue  # perhaps its keys have changed
            except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
                raise NotSignedIn("provider") from error
        raise NotSignedIn("provider")

    def _algorithms(self) -> list[str]:
        told = self._told.get().get("id_token_signing_alg_values_supported")
        offered = {one for one in told if isinstance(one, str)} if isinstance(told, list) else {"RS256"}
        return sorted(_ALGORITHMS & offered)

    def _is_ours(self, claims: Mapping[str, Any]) -> bool:
        """Tell whether the provider made it for us, and just now."""
        now = self._clock()
        issued, ends, begins = (_instant(claims.get(name)) for name in ("iat", "exp", "nbf"))
        return (
            claims.get("iss") == self._options.issuer
            and claims.get("aud") in (self._options.client_id, [self._options.client_id])
            and claims.get("azp", self._options.client_id) == self._options.client_id
            and issued is not None
            and now - _OLDEST <= issued <= now + _SKEW
            and ends is not None
            and ends + _SKEW > now
            and (begins is None or begins <= now + _SKEW)
        )

    def _person(self, claims: dict[str, Any], ask: ProviderAsk) -> ProviderPerson:
        subject, session = claims.get("sub"), claims.get("sid")
        if not (self._is_ours(claims) and claims.get("nonce") == ask.nonce and _is_text(subject)):
            raise NotSignedIn("provider")
        return ProviderPerson(
            issuer=self._options.issuer,
            subject=str(subject),
            name=_text(claims.get("name")),
            login=_text(claims.get("preferred_username")) or _text(claims.get("email")),
            groups=self._groups(claims),
            signed_in_at=_instant(claims.get("auth_time")),
            session=str(session) if _is_text(session) else "",
        )

    def _groups(self, claims: dict[str, Any]) -> frozenset[str]:
        found = claims.get(self._options.claim) if self._options.claim else None
        listed = found if isinstance(found, list) else [found]
        return frozenset(one for one in listed if isinstance(one, str))

    def _endpoint(self, name: str) -> str:
        return self._line.check(self._told.get().get(name))

    def _ask_metadata(self) -> dict[str, Any]:
        told = self._told_at(f"{self._options.issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != self._options.issuer:
            raise OutsideError("provider_issuer", permanent=True)
        return told

    def _ask_keys(self) -> "KeySet":
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        told = self._told_at(self._endpoint("jwks_uri"))
        try:
            return KeySet.import_key_set(told)  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise OutsideError("provider_keys", permanent=True) from error

    def _told_at(self, address: str) -> dict[str, Any]:
        answer = self._line.get(address)
        if answer.status != HTTPStatus.OK or answer.told is None:
            raise OutsideError("provider", permanent=False)
        return answer.told


def _instant(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MOST_TEXT


def _text(value: object) -> str:
    return value.strip()[:_MOST_TEXT] if isinstance(value, str) else ""
