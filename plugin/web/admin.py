"""The administrator's pages: who works here, and how the site is. No account changes without a step-up."""

from http import HTTPStatus

from flask import Blueprint, Response, render_template, request

from plugin.core.access import Deed, has_weight
from plugin.core.errors import Conflict, Denied, InputError
from plugin.core.ids import is_id
from plugin.core.staff import Role, Staff, User
from plugin.services.accounts import Change, NewUser
from plugin.services.health import Light, Vital
from plugin.services.recording_rules import Reminders
from plugin.web import replies
from plugin.web.account import browser_name
from plugin.web.door import house, proved, signed_in, t
from plugin.web.texts import table

room = Blueprint("admin", __name__, url_prefix="/admin")

_WORST_FIRST = (Light.RED, Light.AMBER, Light.GREEN)
_FIELDS = ("login", "name", "role", "team", "extension", "password", "reason")
_RECOVERED = ("password", "factor")
_DONE = {
    word: f"users.{word}"
    for word in (
        "added",
        "added_waits",
        "changed",
        "waits",
        "closed",
        "opened",
        "password_set",
        "asked",
        "factors_reset",
        "sessions_ended",
    )
}


@room.get("/health")
def health() -> str:
    """Show every vital with its next step, what needs somebody before what is fine."""
    staff = signed_in(Deed.SEE_ADMIN)
    vitals = sorted(house().health.look(), key=lambda vital: _WORST_FIRST.index(vital.light))
    return render_template(
        "admin/health.html", vitals=vitals, worst=vitals[0].light, name_of=_name_of, reminders=_reminders(staff)
    )


@room.get("/users")
def users() -> Response:
    """Show everybody who works here, and the form for one more."""
    return _page()


@room.post("/users")
def add() -> Response:
    """Open an account."""
    staff = proved(Deed.CHANGE_USERS)
    typed = {field: request.form.get(field, "") for field in _FIELDS}
    try:
        new = NewUser(typed["login"], typed["name"], _role(typed["role"]), typed["team"], typed["extension"], _lang())
        added = house().accounts.add(new, typed["password"], staff, typed["reason"])
    except (InputError, Conflict) as error:
        return _page(replies.wrong("users", error), {**typed, "password": ""})
    return _done("added" if added.active else "added_waits")


@room.get("/users/<user_id>")
def user(user_id: str) -> Response:
    """Show one account, to be changed."""
    proved(Deed.CHANGE_USERS)  # now, so that nothing that is typed there is lost
    return _one(user_id)


@room.post("/users/<user_id>")
def change(user_id: str) -> Response:
    """Change name, role, team and extension."""
    staff = proved(Deed.CHANGE_USERS)
    _find(user_id)
    given = request.form
    try:
        wanted = Change(
            name=given.get("name"),
            role=_role(given["role"]) if "role" in given else None,
            team=given.get("team"),
            extension=given.get("extension"),
        )
        asked = house().accounts.change(user_id, wanted, staff, given.get("reason", ""))
    except (InputError, Conflict) as error:
        return _one(user_id, replies.wrong("users", error))
    return _done("waits" if asked else "changed")


@room.post("/users/<user_id>/active")
def open_or_close(user_id: str) -> Response:
    """Close an account, or open it again."""
    staff = proved(Deed.CHANGE_USERS)
    _find(user_id)
    active = request.form.get("active", "")
    if active not in {"0", "1"}:
        raise InputError("active")
    try:
        asked = house().accounts.change(user_id, Change(active=active == "1"), staff, request.form.get("reason", ""))
    except (InputError, Conflict) as error:
        return _one(user_id, replies.wrong("users", error))
    if asked:
        return _done("waits")
    return _done("opened" if active == "1" else "closed")


@room.post("/users/<user_id>/password")
def set_password(user_id: str) -> Response:
    """Give an account a new password."""
    staff = proved(Deed.CHANGE_USERS)
    _find(user_id)
    try:
        house().accounts.set_password(user_id, request.form.get("password", ""), staff)
    except (InputError, Denied) as error:
        return _one(user_id, replies.wrong("users", error))
    return _done("password_set")


@room.post("/users/<user_id>/factors/reset")
def reset_factors(user_id: str) -> Response:
    """Take the second factors of an account away, whose owner lost them."""
    staff = proved(Deed.CHANGE_USERS)
    _find(user_id)
    try:
        house().entering.factors.reset(user_id, staff)
    except Denied as error:
        return _one(user_id, replies.wrong("users", error))
    return _done("factors_reset")


@room.post("/users/<user_id>/sessions/end")
def end_sessions(user_id: str) -> Response:
    """End every session of somebody."""
    staff = proved(Deed.CHANGE_USERS)
    house().accounts.end_sessions(_find(user_id).id, staff)
    return _done("sessions_ended")


@room.post("/users/<user_id>/recovery")
def ask_recovery(user_id: str) -> Response:
    """Ask a second person whether an account of weight may get a new password."""
    staff = proved(Deed.CHANGE_USERS)
    _find(user_id)
    what = request.form.get("what", "")
    if what not in _RECOVERED:
        raise InputError("what")
    try:
        house().accounts.ask_recovery(user_id, what, request.form.get("reason", ""), staff)
    except InputError as error:
        return _one(user_id, replies.wrong("users", error))
    return _done("asked")


def _name_of(vital: Vital) -> str:
    key = f"health.job.{vital.what}"
    return t(key) if vital.subject == "worker" and key in table() else vital.what


def _role(word: str) -> Role:
    if word not in set(Role):
        raise InputError("role")
    return Role(word)


def _lang() -> str:
    return house().settings.lang


def _find(user_id: str) -> User:
    return house().accounts.user(user_id if is_id(user_id) else "", signed_in(Deed.CHANGE_USERS))


def _page(wrong: str = "", typed: dict[str, str] | None = None) -> Response:
    staff = signed_in(Deed.CHANGE_USERS)
    return replies.page(
        "admin/users.html",
        _status(wrong),
        users=house().accounts.all(staff),
        is_proved=house().sessions.is_proved(staff),
        first_password_hours=house().settings.first_password_hours,
        roles=list(Role),
        wrong=wrong,
        typed=typed or {},
        said=_DONE.get(request.args.get("done", ""), ""),
        reminders=_reminders(staff),
    )


def _reminders(staff: Staff) -> Reminders:
    return house().keeping.rules.reminders(staff)


def _one(user_id: str, wrong: str = "") -> Response:
    staff, user = signed_in(Deed.CHANGE_USERS), _find(user_id)
    sessions = house().sessions.of(user.id, staff)
    ready = {what: house().accounts.recoverable(user_id, what, staff) for what in _RECOVERED}
    return replies.page(
        "admin/user.html",
        _status(wrong),
        user=user,
        roles=list(Role),
        wrong=wrong,
        ready=ready,
        first_password_hours=house().settings.first_password_hours,
        weight=has_weight,
        sessions=sessions,
        browser_name=browser_name,
    )


def _status(wrong: str) -> HTTPStatus:
    return replies.WRONG if wrong else HTTPStatus.OK


def _done(word: str) -> Response:
    return replies.to(f"/admin/users?done={word}")
