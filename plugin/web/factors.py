"""Second factors of one's own account: authenticator, recovery codes, passkeys; their service asks for a step-up."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request

from plugin.core.errors import Conflict, InputError, LimitReached
from plugin.core.factors import Enrolment
from plugin.web import replies
from plugin.web.door import house, signed_in

room = Blueprint("factors", __name__, url_prefix="/account/factors")

_SAID = {word: f"factors.said.{word}" for word in ("code_dropped", "key_added", "key_dropped")}


@room.get("")
def page() -> Response:
    """Show what one has, and what one's role requires."""
    return _page()


@room.post("/code")
def begin_code() -> Response:
    """Show a fresh secret for an authenticator app, as a QR code and as text."""
    try:
        return _enrolling(house().entering.factors.begin_code(signed_in()))
    except Conflict as error:
        return _page(replies.wrong("factors", error), replies.WRONG)


@room.post("/code/confirm")
def confirm_code() -> Response:
    """Take the app's first code and show the recovery codes."""
    staff = signed_in()
    try:
        codes = house().entering.factors.confirm_code(staff, request.form.get("code", ""))
    except (InputError, Conflict) as error:
        return _page(replies.wrong("factors", error), replies.WRONG)
    except LimitReached as error:
        return replies.later(_page("errors.limit_reached.detail", HTTPStatus.TOO_MANY_REQUESTS), error)
    return replies.page("account/recovery_codes.html", codes=codes)


@room.post("/code/drop")
def drop_code() -> Response:
    """Forget the authenticator."""
    try:
        house().entering.factors.drop_code(signed_in())
    except Conflict as error:
        return _page(replies.wrong("factors", error), replies.WRONG)
    return _done("code_dropped")


@room.post("/recovery-codes")
def renew_codes() -> Response:
    """Show new recovery codes, in place of the older ones."""
    codes = house().entering.factors.renew_recovery_codes(signed_in())
    return replies.page("account/recovery_codes.html", codes=codes)


@room.post("/passkeys/begin")
def begin_passkey() -> Response:
    """Tell our script what to ask the browser for."""
    ceremony = house().entering.passkeys.begin_making(signed_in())
    return jsonify({"token": ceremony.token, "options": ceremony.options})


@room.post("/passkeys")
def add_passkey() -> Response:
    """Keep the passkey that the browser made."""
    given = request.form
    house().entering.passkeys.make(signed_in(), given.get("token", ""), given.get("answer", ""), given.get("name", ""))
    return jsonify({"next": "/account/factors?done=key_added"})


@room.post("/passkeys/drop")
def drop_passkey() -> Response:
    """Forget a passkey."""
    try:
        house().entering.passkeys.drop(signed_in(), request.form.get("passkey", ""))
    except Conflict as error:
        return _page(replies.wrong("factors", error), replies.WRONG)
    return _done("key_dropped")


def _page(wrong: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    staff = signed_in()
    user = house().accounts.find(staff.login)
    return replies.page(
        "account/factors.html",
        status,
        factors=house().entering.factors.own(staff),
        due_at=house().entering.factors.due_at(user),
        can_passkey=house().entering.passkeys.possible,
        said=_SAID.get(request.args.get("done", ""), ""),
        wrong=wrong,
    )


def _enrolling(enrolment: Enrolment) -> Response:
    import segno  # few requests need it

    drawn = segno.make(enrolment.address, error="m", micro=False).matrix
    dark = [(x, y) for y, row in enumerate(drawn) for x, module in enumerate(row) if module]
    path = "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)
    return replies.page("account/enrol.html", enrolment=enrolment, path=path, size=len(drawn))


def _done(word: str) -> Response:
    return replies.to(f"/account/factors?done={word}")
