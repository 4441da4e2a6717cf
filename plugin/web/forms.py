"""Proves that a post comes from a page of ours (docs/decisions/0041): the synchroniser token of every form.

The token is a keyed hash of the session's cookie, or before sign-in of a cookie of its own, so nothing is stored and
nothing is shared between workers. Posts without one: hooks, which prove themselves by signature, and what a desk inside
another site's page sends, which no other site can: its session stands in a header that no form and no cookie brings.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from plugin.core.errors import Denied
from plugin.core.tokens import lasting_half
from plugin.web import door

FIELD = "form_token"
HEADER = "X-Form-Token"
_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
_EXEMPT = {"hooks"}  # blueprints of machines
_BY_SIGNATURE = {"provider.log_out"}
_BY_SECRET = {"embed.enter", "embed.resume"}  # they change nothing without a secret, and tell it to our own pages alone


def form_token() -> str:
    """Return the token that this browser's forms carry; none where the session comes in a header."""
    if door.is_by_header():
        return ""
    key = request.cookies.get(door.session_cookie()) or request.cookies.get(_guest_cookie()) or g.get("guest_key")
    if not key:
        key = g.guest_key = secrets.token_urlsafe(24)
    return token_for(key)


def token_for(key: str) -> str:
    """Return the token that hangs on this cookie: of a session's on the half that lasts as long as the session."""
    return hmac.new(lasting_half(key).encode("utf-8", "replace"), b"form", hashlib.sha256).hexdigest()


def _guest_cookie() -> str:
    return door.cookie("guest")


def check_post() -> None:
    """Refuse a changing request that no page of ours made, with Denied("form")."""
    if request.method in _SAFE or request.endpoint is None or request.blueprint in _EXEMPT:
        return
    if request.endpoint in _BY_SIGNATURE:  # by a machine, which no browser speaks for
        return
    needs_no_token = door.is_by_header() or request.endpoint in _BY_SECRET
    if not (_is_same_site() and (needs_no_token or has_token())):
        raise Denied("form")


def _is_same_site() -> bool:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    ours = {request.host, urlsplit(door.house().settings.public_url).netloc}
    try:
        return urlsplit(origin).netloc in ours
    except ValueError:
        return False


def has_token() -> bool:
    """Tell whether the request brings the token of this browser's forms."""
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    keys = (request.cookies.get(door.session_cookie()), request.cookies.get(_guest_cookie()))
    fits = [hmac.compare_digest(given.encode("utf-8", "replace"), token_for(key).encode()) for key in keys if key]
    return any(fits)


def keep_guest_key(response: Response) -> Response:
    """Give the browser the cookie that the token of its first form hangs on."""
    if "guest_key" in g:
        response.set_cookie(
            _guest_cookie(), g.guest_key, secure=door.is_https(), httponly=True, samesite="Lax", path="/"
        )
    return response


def guard(app: Flask) -> None:
    """Check every post to `app`."""
    app.before_request(check_post)
    app.after_request(keep_guest_key)
