"""Sign-in, sign-out, and giving the password again before what weighs more (step-up)."""

from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, render_template, request

from plugin.core.errors import LimitReached, NotFound, NotSignedIn
from plugin.services.staff import SignedIn
from plugin.web import door
from plugin.web.door import house, safe_next, signed_in

room = Blueprint("sign_in", __name__)


@room.get("/sign-in")
def form() -> Response:
    """Show the way in; a person who is in already is sent on."""
    onward = safe_next(request.args.get("next"))
    if door.maybe_signed_in():
        return _to(onward)
    ended = "sign_in.ended" if door.session_ended() else ""
    said = "sign_in.signed_out" if request.args.get("out") == "1" else ended
    return make_response(render_template("sign_in/sign_in.html", next=onward, said=said, login=""))


@room.post("/sign-in")
def enter() -> Response:
    """Open a session."""
    login, onward = request.form.get("login", ""), safe_next(request.form.get("next"))
    try:
        opened = house().sessions.sign_in(
            login, request.form.get("password", ""), door.address(), request.headers.get("User-Agent", "")
        )
    except NotSignedIn:
        return _again("sign_in/sign_in.html", HTTPStatus.UNAUTHORIZED, next=onward, wrong="sign_in.wrong", login=login)
    except LimitReached as error:
        return _limited("sign_in/sign_in.html", error, next=onward, login=login)
    response = _to(onward)
    remember(response, opened)
    return response


def remember(response: Response, opened: SignedIn) -> None:
    """Give the browser the cookie of its new session."""
    response.set_cookie(
        door.session_cookie(),
        opened.token,
        max_age=house().settings.session_hours * 3600,
        secure=door.is_https(),
        httponly=True,
        samesite="Lax",
        path="/",
    )


@room.post("/sign-out")
def leave() -> Response:
    """End this session."""
    staff = door.maybe_signed_in()
    if staff:
        with suppress(NotFound):  # ended elsewhere in the same moment: what was asked for is so
            house().sessions.sign_out(staff)
    response = _to("/sign-in?out=1")
    response.delete_cookie(door.session_cookie(), secure=door.is_https(), httponly=True, samesite="Lax", path="/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@room.get("/prove")
def prove_form() -> Response:
    """Ask for the password again."""
    signed_in()
    return make_response(render_template("sign_in/prove.html", next=safe_next(request.args.get("next"))))


@room.post("/prove")
def prove() -> Response:
    """Take the password again and go on to what it was asked for."""
    staff, onward = signed_in(), safe_next(request.form.get("next"))
    try:
        house().sessions.prove(staff, request.form.get("password", ""))
    except NotSignedIn:
        return _again("sign_in/prove.html", HTTPStatus.UNPROCESSABLE_ENTITY, next=onward, wrong="prove.wrong")
    except LimitReached as error:
        return _limited("sign_in/prove.html", error, next=onward)
    return _to(onward)


def _to(path: str) -> Response:
    return make_response(redirect(path, code=HTTPStatus.SEE_OTHER))


def _again(template: str, status: HTTPStatus, **shown: object) -> Response:
    response = make_response(render_template(template, **shown))
    response.status_code = status
    return response


def _limited(template: str, error: LimitReached, **shown: object) -> Response:
    wait_s = int(error.facts["retry_after_s"])
    response = _again(template, HTTPStatus.TOO_MANY_REQUESTS, wait_minutes=-(-wait_s // 60), **shown)
    response.headers["Retry-After"] = str(wait_s)
    return response
