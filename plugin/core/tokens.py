"""Secrets that a browser brings with each request: made here, known to us by their hash alone.

A session's token has two halves. The first lasts as long as the session: the forms of pages that are open hang on it.
The second is made anew whenever the person proves himself again, so the token that went before opens nothing any more.
"""

import base64
import hashlib
import hmac
import secrets

_BETWEEN = "."


def fresh_token(former: str = "") -> str:
    """Return a new token, 256 random bits; one that takes the place of `former` keeps its lasting half."""
    lasting = lasting_half(former) if former else secrets.token_urlsafe(16)
    return f"{lasting}{_BETWEEN}{secrets.token_urlsafe(32)}"


def lasting_half(token: str) -> str:
    """Return what stays of a session's token while the session lasts. It opens nothing."""
    return token.partition(_BETWEEN)[0]


def token_in_page(kept: str) -> str:
    """Return the token that a page in a frame sends, of the one that its browser keeps for it in a cookie.

    No script sees the cookie's, and what a script sees does not tell it: it is made of it in one direction.
    """
    return base64.urlsafe_b64encode(hmac.digest(kept.encode("utf-8", "replace"), b"in a page", "sha256")).decode()


def hash_of(token: str) -> str:
    """Return the form in which a token is kept: its sha-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
