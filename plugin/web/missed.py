"""The door to missed calls as work: taking a line of the inbox on, letting it go, ringing back, and being done.

What a colleague was quicker with is said on the inbox, and nothing is changed.
"""

from collections.abc import Callable

from flask import Blueprint, request
from werkzeug.wrappers import Response

from plugin.core.errors import Conflict, DenwabanError, InputError, NotFound, OutsideError, Unavailable
from plugin.core.ids import CallId
from plugin.core.staff import Staff
from plugin.core.times import from_us
from plugin.web import replies
from plugin.web.desk import desk_staff
from plugin.web.door import house
from plugin.web.fields import read_call_id

room = Blueprint("missed", __name__)
_MOST_DIGITS = 17  # of an instant in µs


@room.post("/missed/<call_id>/claim")
def claim(call_id: str) -> Response:
    """Take the line of the call on."""
    return _do(house().numbers.missed.claim, call_id)


@room.post("/missed/<call_id>/release")
def release(call_id: str) -> Response:
    """Let it wait for anybody again."""
    return _do(house().numbers.missed.release, call_id)


@room.post("/missed/<call_id>/done")
def done(call_id: str) -> Response:
    """Be done with it."""
    return _do(house().numbers.missed.done, call_id)


@room.post("/missed/<call_id>/dial")
def dial(call_id: str) -> Response:
    """Have the phone system ring back."""
    return _do(house().numbers.missed.dial, call_id, "dialling")


@room.post("/missed/done-all")
def done_all() -> Response:
    """Be done with all that the page showed: `until`, the instant of the page in µs, and its `queue`."""
    staff, raw = desk_staff(), request.form.get("until", "")
    if not (raw.isascii() and raw.isdigit() and len(raw) <= _MOST_DIGITS):
        raise InputError("until", field="until")
    house().numbers.missed.done_all(staff, request.form.get("queue") or None, from_us(int(raw)))
    return _back("")


def _do(act: Callable[[Staff, CallId], None], call_id: str, said: str = "") -> Response:
    try:
        act(desk_staff(), read_call_id(call_id))
    except (Conflict, NotFound, OutsideError, Unavailable, InputError) as error:
        return _back(_why(error))
    return _back(said)


def _why(error: DenwabanError) -> str:
    if isinstance(error, NotFound):
        return "gone"
    return error.reason if isinstance(error, Conflict) else "not_dialled"


def _back(said: str) -> Response:
    queue = request.form.get("queue", "")
    return replies.to(replies.with_query("/inbox", {"queue": queue, "said": said}) + "#missed")
