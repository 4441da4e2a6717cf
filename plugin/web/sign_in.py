"""Sign-in, sign-out, and giving the password again before what weighs more (step-up)."""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from plugin.core.errors import LimitReached, NotFound, NotSignedIn
from plugin.core.factors import Means, missing
from plugin.core.tokens import hash_of
from plugin.services.staff import HalfSignedIn, SignedIn
from plugin.web import door, forms, replies
from plugin.web.door import house, safe_next, signed_in

room = Blueprint("sign_in", __name__)
_HALF_S = 5 * 60


@room.get("/sign-in")
def form() -> Response:
    """Show the way in; a person who is in already is sent on."""
    onward = safe_next(request.args.get("next"))
    if door.maybe_signed_in():
        return replies.to(onward)
    ended = "sign_in.ended" if door.session_ended() else ""
    said = "sign_in.signed_out" if request.args.get("out") == "1" else ended
    response = sign_in_page(next=onward, said=said, login="")
    return _forgotten(response) if ended else response


@room.get("/session")
def alive() -> Response:
    """Tell a page of ours whether the session that it was drawn in lasts: 204, else 401. It counts as no use."""
    signed_in()
    if not forms.has_token():
        raise NotSignedIn("session")
    return Response(status=HTTPStatus.NO_CONTENT)


@room.post("/sign-in")
def enter() -> Response:
    """Open a session."""
    login, onward = request.form.get("login", ""), safe_next(request.form.get("next"))
    try:
        opened = house().sessions.begin(login, request.form.get("password", ""), door.address(), browser())
    except NotSignedIn as error:
        return sign_in_page(HTTPStatus.UNAUTHORIZED, next=onward, wrong=f"sign_in.{error.reason}", login=login)
    except LimitReached as error:
        wait_minutes, status = replies.minutes_of(error), HTTPStatus.TOO_MANY_REQUESTS
        return replies.later(sign_in_page(status, next=onward, login=login, wait_minutes=wait_minutes), error)
    if isinstance(opened, HalfSignedIn):
        response = replies.to(f"/sign-in/second?{urlencode({'next': onward})}")
        _keep_half(response, opened.token)
        return response
    return entered(opened, onward)


@room.get("/sign-in/second")
def second_form() -> Response:
    """Ask for the second factor of who has given his password."""
    onward = safe_next(request.args.get("next"))
    try:
        return _second(onward)
    except NotSignedIn:
        return _anew(onward)


@room.post("/sign-in/second")
def second() -> Response:
    """Take a code, a recovery code or a passkey, and open the session."""
    token, onward = request.cookies.get(_half_cookie(), ""), safe_next(request.form.get("next"))
    try:
        user = house().sessions.half(token)
        if "answer" in request.form:
            answer, ceremony = request.form["answer"], request.form.get("token", "")
            factor = house().entering.passkeys.fits(user.id, hash_of(token), ceremony, answer, door.address())
        else:
            factor = house().entering.factors.check(user.id, request.form.get("code", ""))
        opened = house().sessions.finish(token, factor, door.address(), browser())
    except NotSignedIn as error:
        if error.reason == "half":
            return _anew(onward)
        return _second(onward, HTTPStatus.UNAUTHORIZED, wrong="second.wrong")
    except LimitReached as error:
        wait_minutes, status = replies.minutes_of(error), HTTPStatus.TOO_MANY_REQUESTS
        return replies.later(_second(onward, status, wait_minutes=wait_minutes), error)
    response = entered(opened, onward)
    response.delete_cookie(_half_cookie(), secure=door.is_https(), httponly=True, samesite="Lax", path="/")
    return response


def _anew(onward: str) -> Response:
    if door.is_by_header():
        raise NotSignedIn("half")
    return replies.to(f"/sign-in?{urlencode({'next': onward})}")


def _second(onward: str, status: HTTPStatus = HTTPStatus.OK, **shown: object) -> Response:
    user = house().sessions.half(request.cookies.get(_half_cookie(), ""))
    return replies.page("sign_in/second.html", status, next=onward, has=house().entering.factors.of(user.id), **shown)


@room.post("/sign-in/passkey/begin")
def begin_passkey() -> Response:
    """Tell our script what to ask the browser for: anybody's passkey, or that of who is half way in or confirms."""
    staff, token = door.maybe_signed_in(), request.cookies.get(_half_cookie(), "")
    owner = ("", "")
    if staff:
        owner = (staff.user_id, staff.session_hash)
    elif request.form.get("for") == "second":
        owner = (house().sessions.half(token).id, hash_of(token))
    ceremony = house().entering.passkeys.begin(door.address(), *owner)
    return jsonify({"token": ceremony.token, "options": ceremony.options})


@room.post("/sign-in/passkey")
def by_passkey() -> Response:
    """Open a session for the person of a passkey, without a password."""
    given, onward = request.form, safe_next(request.form.get("next"))
    try:
        opened = house().entering.passkeys.enter(
            given.get("token", ""), given.get("answer", ""), door.address(), browser()
        )
    except NotSignedIn:
        return sign_in_page(HTTPStatus.UNAUTHORIZED, next=onward, wrong="sign_in.wrong_passkey", login="")
    return entered(opened, onward)


def sign_in_page(status: HTTPStatus = HTTPStatus.OK, **shown: object) -> Response:
    """Show every way in that the site has."""
    chosen = house().settings
    ways: dict[str, object] = {"by_password": chosen.local_sign_in, "by_passkey": house().entering.passkeys.possible}
    ways["by_provider"] = provider_name()
    return replies.page("sign_in/sign_in.html", status, **ways, **shown)


def provider_name() -> str:
    """Return what people call the company's identity provider; nothing where there is none."""
    chosen = house().settings.provider
    return (chosen.name or door.t("sign_in.provider")) if chosen else ""


def entered(opened: SignedIn, onward: str) -> Response:
    """Give the browser its session, in place of the one it may have had, and lead it on."""
    former = door.maybe_signed_in()
    if former:
        with suppress(NotFound):  # ended elsewhere in the same moment
            house().sessions.sign_out(former)
    response = replies.to(onward)
    remember(response, opened.token)
    return response


def browser() -> str:
    """Return what the browser says of itself."""
    return request.headers.get("User-Agent", "")


def _half_cookie() -> str:
    return door.cookie("half")


def _keep_half(response: Response, token: str) -> None:
    response.set_cookie(
        _half_cookie(),
        token,
        max_age=_HALF_S,
        secure=door.is_https(),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def remember(response: Response, token: str) -> None:
    """Give the browser the cookie of its session."""
    response.set_cookie(
        door.session_cookie(),
        token,
        max_age=house().settings.session_hours * 3600,
        secure=door.is_https(),
        httponly=True,
        samesite="Lax",
        path="/",
    )


@room.after_app_request
def keep_token(response: Response) -> Response:
    """Give the browser the token that took the place of the one it came with, whatever the answer is."""
    if renewed := door.renewed():
        remember(response, renewed)
    return response


@room.post("/sign-out")
def leave() -> Response:
    """End this session."""
    staff = door.maybe_signed_in()
    if staff:
        with suppress(NotFound):  # ended elsewhere in the same moment: what was asked for is so
            house().sessions.sign_out(staff)
    response = replies.to("/sign-in?out=1")
    response.delete_cookie(door.session_cookie(), secure=door.is_https(), httponly=True, samesite="Lax", path="/")
    return _forgotten(response)


def _forgotten(response: Response) -> Response:
    """Have the browser forget what it keeps of us."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@room.get("/prove")
def prove_form() -> Response:
    """Ask for the password again, or for what else proves the person; `all=1`: for all that he has."""
    return _prove_page(request.args)


def _prove_page(given: Mapping[str, str], status: HTTPStatus = HTTPStatus.OK, **shown: object) -> Response:
    staff, chosen = house().sessions.still(signed_in()), house().settings.provider
    name = provider_name() if chosen and house().entering.provider.is_linked(staff) else ""
    has, in_full = house().entering.factors.own(staff), given.get("all") == "1"
    lacks = missing(staff, house().clock()) if in_full else frozenset(Means)
    return replies.page(
        "sign_in/prove.html",
        status,
        next=safe_next(given.get("next")),
        has=has,
        by_provider=name if Means.KNOWN in lacks else "",
        in_full=in_full,
        lacks=lacks,
        **shown,
    )


@room.post("/prove")
def prove() -> Response:
    """Take the password, a code or a passkey again and go on to what it was asked for."""
    staff, given = signed_in(), request.form
    try:
        if "answer" in given:
            parts = (staff.user_id, staff.session_hash, given.get("token", ""), given["answer"])
            door.renew(
                house().sessions.prove_by(staff, house().entering.passkeys.fits(*parts, door.address()), door.token())
            )
        if given.get("password"):
            door.renew(house().sessions.prove(staff, given["password"], door.token()))
        if given.get("code"):
            factor = house().entering.factors.check(staff.user_id, given["code"])
            door.renew(house().sessions.prove_by(staff, factor, door.token()))
    except NotSignedIn:
        return _prove_page(given, replies.WRONG, wrong="prove.wrong")
    except LimitReached as error:
        wait_minutes, status = replies.minutes_of(error), HTTPStatus.TOO_MANY_REQUESTS
        return replies.later(_prove_page(given, status, wait_minutes=wait_minutes), error)
    if not {"answer", "password", "code"} & {name for name, value in given.items() if value}:
        return _prove_page(given, replies.WRONG, wrong="prove.wrong")
    if given.get("all") == "1" and missing(house().sessions.still(staff), house().clock()):
        return _prove_page(given)
    return replies.to(safe_next(given.get("next")))
