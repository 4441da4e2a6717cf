"""The door to cases: the list, a new one, and the page that every kind of case has, with the part of its kind.

What a person, the police or a court asks for has a page of its own (disclosures.py), to which this one leads.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Blueprint, Response, request

from plugin.core.access import Deed, may
from plugin.core.cases import BY_HAND, LONGEST_UNTIL_DUE, Case, CaseKind, read_kind
from plugin.core.disclosure import KINDS, days_left, last_day, pace_of
from plugin.core.errors import Conflict, InputError, LimitReached, NotFound
from plugin.core.harassment import LONGEST_MARK
from plugin.core.history import StoredCall
from plugin.core.holds import last_review_day
from plugin.core.ids import CallId
from plugin.core.staff import Staff
from plugin.services.case_work import CaseWork, NewCase
from plugin.services.harassment import Harassment
from plugin.web import replies
from plugin.web.door import house, signed_in, today
from plugin.web.fields import read_call_id, read_case_id, read_day, read_e164, read_id

room = Blueprint("cases", __name__, url_prefix="/cases")

_Wrong = InputError | Conflict | LimitReached
_SAID = frozenset(
    {"opened", "confirmed", "added", "taken_out", "renewed", "ended", "closed", "held", "due"}  # texts/cases.py
)


@room.get("")
def page() -> Response:
    """Show the cases that are his, first of all those whose last day is near or over."""
    staff, now, zone = signed_in(Deed.KEEP_CASES), house().clock(), house().settings.tz
    urgent, closed = _rooms().urgent(staff), _rooms().listed(staff, is_open=False)
    others = [one for one in _rooms().listed(staff, is_open=True) if one.id not in {each.id for each in urgent}]
    paced = [
        [
            (one, pace_of(one.due_at, now, zone, is_open=one.is_open), one.due_at and days_left(one.due_at, now, zone))
            for one in some
        ]
        for some in (urgent, others, closed)
    ]
    return replies.page(
        "keeping/cases.html",
        discloses=may(staff.role, Deed.DISCLOSE),
        urgent=paced[0],
        opened=paced[1],
        closed=paced[2],
        of_others=KINDS,
        last_day=last_day,
        zone=zone,
    )


@room.get("/new")
def form() -> Response:
    """Show the form for a new one; `call`: a call that belongs to it."""
    return _form(request.args.get("call", ""))


@room.post("/new")
def open_case() -> Response:
    """Open one: `kind`, `title`, `reason`, `due_on`, and a `call` that belongs to it."""
    staff, sent = signed_in(Deed.KEEP_CASES), request.form
    call, kind = sent.get("call", ""), read_kind(sent.get("kind", ""))
    try:
        due_on = read_day(sent.get("due_on", ""), "due_on") if sent.get("due_on") else None
        calls = (read_call_id(call),) if call else ()
        told = (kind, sent.get("title", ""), sent.get("reason", ""))
        case = _rooms().open(staff, NewCase(*told, due_on, calls))
    except InputError as error:
        return _form(call, error)
    return replies.to(f"/cases/{case.id}?done=opened")


def _form(call: str, wrong: InputError | None = None) -> Response:
    staff, on = signed_in(Deed.KEEP_CASES), today()
    return replies.page(
        "keeping/case_new.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        kinds=BY_HAND,
        call=call,
        call_at=_rooms().begun_at(staff, read_call_id(call)) if call else None,
        today=on.isoformat(),
        farthest=(on + LONGEST_UNTIL_DUE).isoformat(),
        typed=request.form if wrong else {},
        wrong=replies.wrong("cases", wrong),
        wrong_field=wrong.reason if wrong else "",
    )


@room.get("/<case_id>")
def case(case_id: str) -> Response:
    """Show a case; one that has a page of its own is shown there."""
    found = _rooms().find(signed_in(Deed.KEEP_CASES), read_case_id(case_id))
    return replies.to(f"/disclosures/{found.id}") if found.kind in KINDS else _case(found)


@room.post("/<case_id>/search")
def search(case_id: str) -> Response:
    """Show calls that may belong to it: of the day `on`, and of the `number` where one is told."""
    staff, sent = signed_in(Deed.KEEP_CASES), request.form
    found = _rooms().find(staff, read_case_id(case_id))
    try:
        calls = _rooms().search(staff, found.id, read_day(sent.get("on", ""), "on"), read_e164(sent.get("number", "")))
    except (InputError, Conflict) as error:
        return _case(found, error)
    return _case(found, None, calls)


@room.post("/<case_id>")
def change(case_id: str) -> Response:
    """Change it by `act`: add, take_out, due, hold or close; of harassment renew and end_mark too."""
    staff, sent = signed_in(Deed.KEEP_CASES), request.form
    found = _rooms().find(staff, read_case_id(case_id))
    acts = _acts(staff, found, sent)
    try:
        if sent.get("act", "") not in acts:
            raise InputError("act")
        done, act = acts[sent["act"]]
        act()
    except (InputError, Conflict, LimitReached) as error:
        return _case(found, error)
    return replies.to(f"/cases/{found.id}?done={done}")


def _acts(staff: Staff, found: Case, sent: Mapping[str, str]) -> dict[str, tuple[str, Callable[[], object]]]:
    """Return what may be done to a case of this kind: what is said of it then, and how."""
    if found.kind in KINDS:
        raise NotFound("case")
    rooms, work, harassment = _journey(found), _rooms(), house().keeping.harassment
    acts: dict[str, tuple[str, Callable[[], object]]] = {
        "add": ("added", lambda: rooms.add(staff, found.id, _chosen(), sent.get("reason", ""))),
        "take_out": (
            "taken_out",
            lambda: rooms.take_out(staff, found.id, read_call_id(sent.get("call", ""))),
        ),
        "hold": ("held", lambda: _hold(staff, found, sent)),
        "close": ("closed", lambda: rooms.close(staff, found.id)),
    }
    if found.kind is CaseKind.HARASSMENT:
        mark = sent.get("mark", "")
        acts["renew"] = ("renewed", lambda: harassment.renew(staff, found.id, read_day(sent.get("until", ""), "until")))
        acts["end_mark"] = ("ended", lambda: harassment.end_mark(staff, found.id, read_id(str, mark, "mark")))
    else:
        acts["due"] = ("due", lambda: work.set_due(staff, found.id, read_day(sent.get("due_on", ""), "due_on")))
    return acts


def _hold(staff: Staff, found: Case, sent: Mapping[str, str]) -> None:
    day = read_day(sent.get("review_on", ""), "review_on")
    house().keeping.holds.place(staff, found.id, sent.get("reason", ""), sent.get("asked_by", ""), day)


def _chosen() -> list[CallId]:
    calls = [read_call_id(each) for each in request.form.getlist("call")]
    if not calls:
        raise InputError("call")
    return calls


def _case(found: Case, wrong: _Wrong | None = None, calls: tuple[StoredCall, ...] | None = None) -> Response:
    staff, on, now, zone = signed_in(Deed.KEEP_CASES), today(), house().clock(), house().settings.tz
    if found.kind in KINDS:
        raise NotFound("case")
    view, done = _journey(found).view(staff, found.id), request.args.get("done", "")
    due_at, cuts = view.case.due_at, may(staff.role, Deed.CUT_FOR_CASES)
    return replies.page(
        "keeping/case.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        view=view,
        by_hand=found.kind in BY_HAND,
        pace=pace_of(due_at, now, zone, is_open=view.case.is_open),
        left=days_left(due_at, now, zone) if due_at else 0,
        last=last_day(due_at, zone) if due_at else None,
        opens_calls=may(staff.role, Deed.USE_DESK),
        cuts=cuts,
        copies=house().keeping.redacting.redactions.of_case(staff, found.id) if cuts else (),
        found=calls,
        now=now,
        zone=zone,
        today=on.isoformat(),
        words=house().keeping.case_words.of(view.case),
        review_last=last_review_day(staff.role, on),
        last_mark=(on + LONGEST_MARK).isoformat(),
        farthest=(on + LONGEST_UNTIL_DUE).isoformat(),
        typed=request.form,
        wrong=replies.wrong("cases", wrong),
        said=f"cases.said.{done}" if done in _SAID and not wrong else "",
    )


def _rooms() -> CaseWork:
    return house().keeping.case_work


def _journey(found: Case) -> CaseWork | Harassment:
    return house().keeping.harassment if found.kind is CaseKind.HARASSMENT else _rooms()
