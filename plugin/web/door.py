"""What every door asks first: which house, who is signed in, may he, from where, in which language.

Denies by default: a view that does not call `signed_in()` is open to the world, and a test lists those that may be.
"""

import ipaddress
import threading
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from flask import current_app, g, request

from plugin.core.access import Deed, may
from plugin.core.errors import Denied, NotSignedIn
from plugin.core.staff import LANGUAGES, Duty, Staff
from plugin.core.times import local_day
from plugin.web import dates
from plugin.web.texts import text
from plugin.wiring import House

# Inside another site's page no cookie of ours counts: the session comes in this header, and opens these views alone.
SESSION_HEADER = "X-Denwaban-Session"
SESSION_HEADER_KEY = "HTTP_X_DENWABAN_SESSION"  # the same, as WSGI names it
BY_HEADER = frozenset(
    {
        "desk.home",
        "desk.stream",
        "desk.state",
        "desk.choose",
        "desk.close",
        "desk.draft",
        "desk.save",
        "board.cry",
        "board.withdraw",
        "board.steer",
        "checks.put_away",
        "consents.say",
        "consents.told",
        "identity.panel",
        "identity.begin",
        "identity.judge",
        "identity.raise_level",
        "identity.extend",
        "fallbacks.send_code",
        "fallbacks.judge_code",
        "fallbacks.call_back",
        "fallbacks.count_call_back",
        "fallbacks.ask_override",
        "embed.leave",
    }
)

# The rooms that a person reaches who has something to do before anything else.
_TO_DO = {Duty.CHOOSE: {"password", "sign_in"}, Duty.ENROL: {"factors", "sign_in"}}

_LOOK = "sign_in.alive"  # a page that looks whether its session lasts does not make it last

LANG_COOKIE = "lang"
THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")


def house() -> House:
    """Return the site that this process serves."""
    found = current_app.extensions["denwaban"]
    assert isinstance(found, House)
    return found


def is_stopping() -> bool:
    """Tell whether this process was asked to end: streams then end themselves, and browsers open them elsewhere."""
    asked = current_app.extensions["stopping"]
    assert isinstance(asked, threading.Event)
    return asked.is_set()


def session_cookie() -> str:
    """Return the name of the session's cookie."""
    return cookie()


def cookie(what: str = "") -> str:
    """Return the name of our cookie for `what`; browsers bind a __Host- one to https, to this host and to all paths."""
    return name_of_cookie(what, is_https=is_https())


def name_of_cookie(what: str, *, is_https: bool) -> str:
    """Return the same for a site that browsers reach by https, or not."""
    name = f"denwaban-{what}" if what else "denwaban"
    return f"__Host-{name}" if is_https else name


def name_of_grant(*, is_https: bool) -> str:
    """Return the name of a grant's cookie. It is of one path, so it cannot be a __Host- one (decision 60)."""
    return "__Secure-denwaban-grant" if is_https else "denwaban-grant"


def token() -> str:
    """Return the token of this browser's session, as it is by now."""
    return renewed() or request.cookies.get(session_cookie(), "")


def renew(fresh: str | None) -> None:
    """Note the token that took the place of this browser's; None: another window got a newer one."""
    if fresh:
        g.renewed = fresh


def renewed() -> str:
    """Return the token that the answer to this request has to bring; "": the browser's own still counts."""
    fresh: str = g.get("renewed", "")
    return fresh


def is_https() -> bool:
    """Tell whether browsers reach us by https."""
    return house().settings.public_url.startswith("https://")


def is_by_header() -> bool:
    """Tell whether this request brings its session in a header; it is then judged by that alone, never by a cookie."""
    return SESSION_HEADER in request.headers


def signed_in(deed: Deed | None = None) -> Staff:
    """Return the person behind this request, as he is at this moment; with a `deed`, only if his role may do it.

    Raises NotSignedIn, Denied("role"), and Denied with the name of what he has to do before anything else (`Duty`).
    """
    staff = _staff()
    if staff is None:
        raise NotSignedIn("session")
    if staff.duty and request.blueprint not in _TO_DO[staff.duty]:
        raise Denied(staff.duty.value)
    if deed is not None and not may(staff.role, deed):
        raise Denied("role")
    return staff


def maybe_signed_in() -> Staff | None:
    """Return the person behind this request, or None; for pages that are open to the world."""
    return _staff()


def session_ended() -> bool:
    """Tell whether this browser came with a session that has ended."""
    return maybe_signed_in() is None and bool(g.get("session_ended", False))


def proved(deed: Deed | None = None) -> Staff:
    """Return the signed-in person if he proved himself again recently. Raises as `signed_in`, and Denied("step_up")."""
    staff = signed_in(deed)
    if not house().sessions.is_proved(staff):
        raise Denied("step_up")
    return staff


def _staff() -> Staff | None:
    if "staff" not in g:
        g.staff = None
        try:
            g.staff = _by_header() if is_by_header() else _by_cookie()
        except NotSignedIn:
            g.session_ended = True
    found: Staff | None = g.staff
    return found


def _by_cookie() -> Staff | None:
    token = request.cookies.get(session_cookie(), "")
    return house().sessions.whose(token, address(), is_use=request.endpoint != _LOOK) if token else None


def _by_header() -> Staff | None:
    if request.endpoint not in BY_HEADER:
        return None
    return house().entering.embedding.whose(request.headers[SESSION_HEADER], address())


def address() -> str:
    """Return the address of the browser: the one that settings.proxies trusted proxies tell of, else the socket's."""
    return spelled(request.remote_addr)


@lru_cache(4096)
def spelled(raw: str | None) -> str:
    """Return an address of the network in its one spelling; "unknown" for what is none."""
    try:
        return str(ipaddress.ip_address(raw or ""))
    except ValueError:
        return "unknown"


def language() -> str:
    """Return "ja" or "en": the person's, else the browser's cookie, else what the browser asks for, else the site's."""
    if "lang" not in g:
        staff = g.get("staff")
        chosen = staff.lang if staff else request.cookies.get(cookie(LANG_COOKIE), "")
        if chosen not in LANGUAGES:
            chosen = request.accept_languages.best_match(LANGUAGES) or house().settings.lang
        g.lang = chosen
    lang: str = g.lang
    return lang


def theme() -> str:
    """Return "auto", "light" or "dark"."""
    chosen = request.cookies.get(cookie(THEME_COOKIE), "auto")
    return chosen if chosen in THEMES else "auto"


def t(key: str, **values: object) -> str:
    """Return the text of `key` in the language of this request."""
    return text(language(), key, **values)


def when(at: datetime) -> str:
    """Return an instant as the reader writes it, in the site's zone."""
    return dates.write_when(at, language(), house().settings.tz, house().clock())


def day(on: date) -> str:
    """Return a calendar day as the reader writes it."""
    return dates.write_day(on, language(), today())


def today() -> date:
    """Return the day that it is for the people of the site."""
    return local_day(house().clock(), house().settings.tz)


def time_of_day(at: datetime) -> str:
    """Return hours and minutes in the site's zone."""
    return dates.write_time(at, house().settings.tz)


def length(seconds: float) -> str:
    """Return a length of time as the reader writes it."""
    return dates.write_length(seconds, language())


def closed_words() -> str:
    """Return what to say of a site that can only be read, because it is being moved or has moved; else nothing."""
    closed = house().store.closed()
    return t(f"frame.closed.{closed}") if closed else ""


def safe_next(raw: str | None) -> str:
    """Return `raw` if it is a path of ours to go on to, else "/": nobody is sent to another site from here."""
    path = raw or ""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or len(path) > 512:
        return "/"
    if any(letter < "!" or letter in "\\\x7f" for letter in path):
        return "/"
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    return path if not parts.scheme and not parts.netloc else "/"
