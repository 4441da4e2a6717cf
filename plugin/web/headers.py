"""What browsers are told with every answer: run our own files alone, show us in no frame, keep no personal page.

One page may stand in a frame, the desk inside another site's page, and only in those of the configured sites.
"""

from http import HTTPStatus

from flask import Flask, Response, g, request

from plugin.web import door

_POLICY = (
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


_STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_VARY = ("Cookie", "Accept-Language", door.SESSION_HEADER)


def of_sound(*, is_https: bool) -> list[tuple[str, str]]:
    """Return what sound is told beside its own headers: the same as every answer."""
    told = [("Content-Security-Policy", _POLICY + "'none'"), ("X-Frame-Options", "DENY"), *_ALWAYS.items()]
    return [*told, ("Vary", ", ".join(_VARY)), *([_STRICT_TRANSPORT] if is_https else [])]


def show_inside(origins: list[str]) -> None:
    """Let pages of these origins, and none else, show the answer to this request in a frame."""
    g.frame_ancestors = " ".join(origins)


def add_headers(response: Response) -> Response:
    """Add them; a view that set one of its own keeps it."""
    ancestors = g.get("frame_ancestors", "") if response.status_code == HTTPStatus.OK else ""
    response.headers["Content-Security-Policy"] = _POLICY + (ancestors or "'none'")
    if not ancestors:  # the older header knows no list of origins
        response.headers["X-Frame-Options"] = "DENY"
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(_VARY)
    if door.is_https():
        response.headers.setdefault(*_STRICT_TRANSPORT)
    return response


def guard(app: Flask) -> None:
    """Add the headers to every answer of `app`, errors included."""
    app.after_request(add_headers)
