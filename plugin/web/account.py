"""One's own account: language and appearance, where one is signed in, and who heard one's calls."""

from flask import Blueprint, Response, make_response, request

from plugin.core.access import Deed, may
from plugin.core.errors import InputError
from plugin.core.staff import read_language
from plugin.web import door, replies, sign_in
from plugin.web.door import house, safe_next, signed_in

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)

room = Blueprint("account", __name__)
_YEAR_S = 365 * 24 * 3600


@room.post("/preferences")
def prefer() -> Response:
    """Note language or appearance: the language with the account, both with the browser."""
    response = make_response(replies.to(safe_next(request.form.get("next"))))
    lang, theme = request.form.get("lang", ""), request.form.get("theme", "")
    if theme and theme not in door.THEMES:
        raise InputError("theme")
    if lang:
        lang = read_language(lang)
        staff = door.maybe_signed_in()
        if staff:
            house().accounts.set_lang(staff, lang)
        _remember(response, door.LANG_COOKIE, lang)
    if theme:
        _remember(response, door.THEME_COOKIE, theme)
    return response


def _remember(response: Response, name: str, value: str) -> None:
    name = door.cookie(name)
    response.set_cookie(name, value, max_age=_YEAR_S, secure=door.is_https(), httponly=True, samesite="Lax", path="/")


@room.get("/account")
def own() -> Response:
    """Show the own account."""
    return _page()


@room.post("/account/sessions/end")
def end_session() -> Response:
    """End one of the own sessions, of a browser left open elsewhere, for who has just proved himself."""
    house().sessions.end(door.proved(), request.form.get("session", ""))
    return _to_page("ended")


def _page() -> Response:
    staff = signed_in()
    done = request.args.get("done", "")
    said = {"ended": "account.ended", "password": "account.password_changed"}.get(done, "")
    return replies.page(
        "account/account.html",
        sessions=house().sessions.own(staff),
        factors=house().entering.factors.own(staff),
        provider=sign_in.provider_name(),
        linked=bool(sign_in.provider_name()) and house().entering.provider.is_linked(staff),
        listenings=house().audits.whole.listenings_to(staff) if may(staff.role, Deed.SEE_OWN_LISTENERS) else None,
        browser_name=browser_name,
        said=said,
    )


def _to_page(done: str) -> Response:
    return replies.to(f"/account?done={done}")


def browser_name(agent: str) -> str:
    """Return browser and system in words, from what the browser said of itself; its own words where unknown."""
    said = [next((name for mark, name in known if mark in agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(word for word in said if word) or agent[:40] or "–"
