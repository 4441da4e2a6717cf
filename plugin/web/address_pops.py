"""The door of soft phones that open an address: `GET /pop?tel=…` in the browser of whoever is signed in.

The number is in the address because these telephones can do no other; it stays nowhere: every answer leads on at once
to an address without it, also where nobody is signed in. What may be a lure, a prefetch or a frame is refused before
anything is read (docs/decisions/0261).
"""

from flask import Blueprint, Response, make_response, render_template, request

from plugin.core.errors import Conflict, Denied, InputError, LimitReached, NotFound, SettingError, Unavailable
from plugin.web import door, replies
from plugin.web.desk import desk_staff
from plugin.web.door import house

room = Blueprint("address_pops", __name__)

_WRONG = ("number", "no_extension", "pops", "elsewhere", "unavailable", "not_set_up")


@room.get("/pop")
def take() -> Response:
    """Show who seems to be calling on the desk of who is signed in, and lead there."""
    if door.maybe_signed_in() is None:
        return _onward("/sign-in")  # without the way back: the number would stand in it
    try:
        staff, found = desk_staff(), house().phones.address
    except Denied as error:
        if error.reason != "role" or not request.query_string:
            raise
        return _onward("/")
    except SettingError:
        found = None
    if found is None:
        return _onward("/pop/not_set_up")
    if request.method != "GET" or not _is_meant(from_pages=found.from_pages):
        return _onward("/pop/elsewhere")
    try:
        house().address_pops.open(staff, found.read(request.query_string.decode("latin-1")))
    except (InputError, Conflict, LimitReached) as error:
        return _onward(f"/pop/{error.reason}")
    except Unavailable:
        return _onward("/pop/unavailable")
    return _onward("/")


@room.get("/pop/<word>")
def explain(word: str) -> Response:
    """Say why nothing was shown."""
    desk_staff()
    if word not in _WRONG:
        raise NotFound("page")
    title, detail = (door.t(f"address_pop.{word}.{part}") for part in ("title", "detail"))
    shown = {"status": replies.WRONG.value, "title": title, "detail": detail, "reference": "", "words": word}
    response = make_response(render_template("errors/error.html", **shown))
    response.status_code = replies.WRONG
    return response


def _is_meant(*, from_pages: bool) -> bool:
    """Tell whether a person's telephone asked for the page itself; browsers that say nothing are believed."""
    asked = request.headers
    if "prefetch" in asked.get("Sec-Purpose", "") + asked.get("Purpose", ""):
        return False
    if asked.get("Sec-Fetch-Mode", "navigate") != "navigate" or asked.get("Sec-Fetch-Dest", "document") != "document":
        return False
    return from_pages or asked.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


def _onward(path: str) -> Response:
    response = replies.to(path)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
