"""The way in by the company's identity provider: sent there, and back with a code; and its word that all is over."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from plugin.core.errors import Conflict, Denied, InputError, NotSignedIn, OutsideError
from plugin.core.provider import Aim
from plugin.services.provider import Visitor
from plugin.web import door, replies, sign_in
from plugin.web.door import house, safe_next

room = Blueprint("provider", __name__, url_prefix="/sign-in/provider")

_LASTS_S = 10 * 60


@room.get("")
def send() -> Response:
    """Send the browser to the provider: to enter, to link the own account, or to confirm."""
    aim, visitor = request.args.get("for", Aim.ENTER.value), _visitor()
    if aim not in set(Aim):
        raise InputError("for")
    if visitor.staff is None and aim != Aim.ENTER:
        raise NotSignedIn("session")
    if aim == Aim.ENTER and request.headers.get("Sec-Fetch-Site") == "cross-site":
        # Another site's link opens no session behind somebody's back: he comes to where he presses the button himself.
        return replies.to(f"/sign-in?{urlencode({'next': safe_next(request.args.get('next'))})}")
    if aim == Aim.LINK:
        door.signed_in()
    try:
        sent = house().entering.provider.send(Aim(aim), safe_next(request.args.get("next")), visitor)
    except OutsideError:
        return _said("provider_away", HTTPStatus.BAD_GATEWAY)
    response = replies.to(sent.address)
    response.set_cookie(
        _cookie(),
        sent.state,
        max_age=_LASTS_S,
        secure=door.is_https(),
        httponly=True,
        samesite="Lax",  # the provider sends the browser back by an ordinary link
        path="/",
    )
    return response


@room.get("/back")
def back() -> Response:
    """Take the browser back from the provider."""
    given = request.args
    visitor = _visitor()
    cookie = request.cookies.get(_cookie(), "")
    if not (given.get("state") and given.get("code") and cookie) or "error" in given:
        return _said("provider_refused", HTTPStatus.UNAUTHORIZED)
    try:
        came = house().entering.provider.receive(given["state"], cookie, given["code"], given.get("iss"), visitor)
    except NotSignedIn:
        return _said("provider_refused", HTTPStatus.UNAUTHORIZED)
    except (Denied, Conflict) as error:
        return _said(f"provider_{error.reason}", HTTPStatus.FORBIDDEN)
    except OutsideError:
        return _said("provider_away", HTTPStatus.BAD_GATEWAY)
    door.renew(came.renewed)
    response = sign_in.entered(came.opened, came.onward) if came.opened else replies.to(came.onward)
    response.delete_cookie(_cookie(), secure=door.is_https(), httponly=True, samesite="Lax", path="/")
    return response


@room.post("/logout")
def log_out() -> Response:
    """Take the provider's word that a session there has ended: what was begun from it here ends in the same moment."""
    try:
        house().entering.provider_ends.take(request.form.get("logout_token", ""), door.address())
    except NotSignedIn as error:
        raise InputError("logout_token") from error
    return Response(status=HTTPStatus.OK, headers={"Cache-Control": "no-store"})


def _visitor() -> Visitor:
    return Visitor(door.maybe_signed_in(), door.token(), door.address(), sign_in.browser())


def _said(word: str, status: HTTPStatus) -> Response:
    # The address that one came back by holds the provider's code; no page may hold it.
    return sign_in.sign_in_page(status, next="/", here="/sign-in", wrong=f"sign_in.{word}", login="")


def _cookie() -> str:
    return door.cookie("state")
