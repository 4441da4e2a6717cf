"""The desk inside another site's page: the frame's page, the window in which one signs in for it, and its session.

The frame's page holds nothing personal; what it shows it fetches with a session in a header (docs/decisions/0150).
Without a configured site there is nothing here: every path answers as if it did not exist.
"""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from plugin.core.access import Deed
from plugin.core.embed import read_challenge
from plugin.core.errors import LimitReached, NotFound, NotSignedIn
from plugin.core.staff import Staff
from plugin.core.tokens import token_in_page
from plugin.web import door, headers, replies, sign_in
from plugin.web.door import house

room = Blueprint("embed", __name__)

# Sent back to us from a frame where browsers allow it, kept apart for each site that frames us, and read in one place.
RETURN_COOKIE = "__Host-denwaban-embed"


@room.get("/embed")
def frame() -> Response:
    """Show the page that stands in the frame; `origin` is the site around it."""
    origin = house().entering.embedding.site(request.args.get("origin", ""))
    headers.show_inside(house().settings.embed_origins)
    return make_response(render_template("embed/frame.html", origin=origin))


@room.get("/embed/sign-in")
def window() -> Response:
    """Ask, in a window of our own, whether the page of `origin` may show this person's desk."""
    origin, challenge = _asked(request.args)
    staff = door.maybe_signed_in()
    if staff:
        door.signed_in(Deed.USE_DESK)
    return _window("embed/sign_in.html", origin=origin, challenge=challenge, login="")


@room.post("/embed/sign-in")
def hand_over() -> Response:
    """Sign in where nobody is, and hand the start token to the page that waits for it."""
    origin, challenge = _asked(request.form)
    asked = {"origin": origin, "challenge": challenge, "login": request.form.get("login", "")}
    staff = door.maybe_signed_in()
    if staff:
        return _handed(door.signed_in(Deed.USE_DESK), origin, challenge)
    try:
        opened = house().sessions.sign_in(
            asked["login"], request.form.get("password", ""), door.address(), request.headers.get("User-Agent", "")
        )
    except NotSignedIn as error:
        wrong = "sign_in.elsewhere" if error.reason == "not_enough" else "sign_in.wrong"
        return _window("embed/sign_in.html", HTTPStatus.UNAUTHORIZED, **asked, wrong=wrong)
    except LimitReached as error:
        wait_minutes, status = replies.minutes_of(error), HTTPStatus.TOO_MANY_REQUESTS
        return replies.later(_window("embed/sign_in.html", status, **asked, wait_minutes=wait_minutes), error)
    response = _handed(house().sessions.whose(opened.token, door.address()), origin, challenge)
    sign_in.remember(response, opened.token)
    return response


@room.post("/embed/enter")
def enter() -> Response:
    """Change a start token for the session of the page in the frame."""
    given = {name: request.form.get(name, "") for name in ("token", "origin", "verifier")}
    kept = house().entering.embedding.enter(
        **given, address=door.address(), browser=request.headers.get("User-Agent", "")
    )
    response = jsonify({"session": token_in_page(kept)})
    response.set_cookie(
        RETURN_COOKIE,
        kept,
        max_age=house().settings.session_hours * 3600,
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
        path="/",
    )
    return response


@room.post("/embed/resume")
def resume() -> Response:
    """Give a page in a frame that was loaded again its session back, where the browser kept it."""
    session = token_in_page(request.cookies.get(RETURN_COOKIE, ""))
    staff = house().entering.embedding.whose(session, door.address())
    if staff.embed_origin != request.form.get("origin", ""):
        raise NotSignedIn("ended")
    return jsonify({"session": session})


@room.post("/embed/leave")
def leave() -> Response:
    """End the session of the page in the frame."""
    staff = door.maybe_signed_in()
    if staff:
        with suppress(NotFound):  # ended elsewhere in the same moment
            house().sessions.sign_out(staff)
    response = jsonify({})
    response.delete_cookie(RETURN_COOKIE, secure=True, httponly=True, samesite="None", partitioned=True, path="/")
    return response


def _asked(given: Mapping[str, str]) -> tuple[str, str]:
    return house().entering.embedding.site(given.get("origin", "")), read_challenge(given.get("challenge", ""))


def _handed(staff: Staff, origin: str, challenge: str) -> Response:
    token = house().entering.embedding.begin(staff, origin, challenge)
    return _window("embed/handed.html", token=token)


def _window(template: str, status: HTTPStatus = HTTPStatus.OK, **shown: object) -> Response:
    response = replies.page(template, status, **shown)
    # The window speaks to the frame that opened it; any other policy would cut the two apart.
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response
