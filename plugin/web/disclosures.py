"""The door to disclosures: the list, a new request, the page of a case and what is done on it until it is answered.

What an applicant said comes in by forms and goes to the services; none of it stands in an address. The answer:
disclosure_answers.py.
"""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, request

from plugin.core.access import Deed
from plugin.core.cases import CaseKind
from plugin.core.disclosure import (
    KINDS,
    AskedBy,
    Audio,
    Decision,
    Delivered,
    DeliveryWay,
    Paper,
    TextPart,
    ThirdParty,
    Way,
    days_left,
    decisions_of,
    grounds_of,
    last_day,
    pace_of,
    papers_of,
    read_window,
)
from plugin.core.disclosure_file import Disclosure, Step
from plugin.core.disclosure_intake import Intake
from plugin.core.disclosure_search import Found, Sought
from plugin.core.errors import Conflict, DenwabanError, InputError, LimitReached
from plugin.core.ids import CallId, is_id
from plugin.core.staff import Staff
from plugin.core.times import local_day
from plugin.services.disclosures import Disclosures, changeable
from plugin.web import replies
from plugin.web.door import house, signed_in, today
from plugin.web.fields import read_case_id, read_day, read_e164, read_one_of

room = Blueprint("disclosures", __name__, url_prefix="/disclosures")
_SAID = frozenset(
    {"opened", "joined", "paper", "tied", "mandate", "added", "removed", "checked", "later", "proposed", "withdrawn"}
    | {"agreed", "refused", "issued", "delivered", "closed"}
)


def staff_of_cases() -> Staff:
    """Return the signed-in person if he works on disclosures. Raises NotSignedIn, Denied("role")."""
    return signed_in(Deed.DISCLOSE)


def disclosures() -> Disclosures:
    """Return the journey of cases."""
    return house().keeping.disclosures


@room.get("")
def page() -> Response:
    """Show what is open, whose time ends first before, and what is closed."""
    staff = staff_of_cases()
    board, zone = disclosures().board(staff), house().settings.tz
    lines = [
        (one, pace_of(one.due_at, board.now, zone, is_open=True), one.due_at and days_left(one.due_at, board.now, zone))
        for one in board.open
    ]
    urgent = disclosures().urgent(staff)
    return replies.page("disclosures/list.html", lines=lines, board=board, zone=zone, last_day=last_day, urgent=urgent)


@room.get("/new")
def form() -> Response:
    """Show the form for a request of a kind: `kind`."""
    staff_of_cases()
    return _form(read_one_of(CaseKind, request.args.get("kind", CaseKind.DISCLOSURE.value), "case_kind"))


@room.post("/new")
def open_case() -> Response:
    """Take a written request and open its case."""
    staff = staff_of_cases()
    kind = read_one_of(CaseKind, request.form.get("kind", ""), "case_kind")
    if kind not in KINDS:
        raise InputError("case_kind")
    try:
        case_id = disclosures().open(staff, _intake(kind))
    except InputError as error:
        return _form(kind, error)
    return replies.to(f"/disclosures/{case_id}?done=opened")


def _form(kind: CaseKind, wrong: InputError | None = None) -> Response:
    if kind not in KINDS:
        raise InputError("case_kind")
    return replies.page(
        "disclosures/new.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        kind=kind,
        kinds=KINDS,
        ways=list(Way),
        today=today().isoformat(),
        typed=request.form if wrong else {},
        wrong=replies.wrong("disclosures", wrong),
        wrong_field=wrong.reason if wrong else "",
    )


def _intake(kind: CaseKind) -> Intake:
    sent = request.form
    is_person = kind is CaseKind.DISCLOSURE
    who = read_one_of(AskedBy, sent.get("asked_by", ""), "asked_by") if is_person else AskedBy.AUTHORITY
    return Intake(
        kind=kind,
        asked_by=who,
        name=sent.get("name", ""),
        contact=sent.get("contact", ""),
        office=sent.get("office", ""),
        way=read_one_of(Way, sent.get("way", ""), "way"),
        received_on=read_day(sent.get("received_on", ""), "received_on"),
        call_on=read_day(sent.get("call_on", ""), "call_on"),
        window=read_window(sent.get("from", ""), sent.get("to", "")),
        operator=sent.get("operator", ""),
        number=read_e164(sent.get("number", "")),
        gist=sent.get("gist", ""),
        reason=sent.get("reason", ""),
    )


@room.get("/<case_id>")
def case(case_id: str) -> Response:
    """Show the whole file of a case."""
    return case_page(case_id)


@room.post("/<case_id>/seat")
def seat(case_id: str) -> Response:
    """Take a seat of the case: `seat` is worker or second."""
    staff, wanted = staff_of_cases(), request.form.get("seat", "")
    return attempt(case_id, "joined", "", lambda: disclosures().join(staff, read_case_id(case_id), wanted))


@room.post("/<case_id>/papers")
def paper(case_id: str) -> Response:
    """Note that a paper was seen: `paper`, and its own date `dated_on`."""
    staff = staff_of_cases()

    def act() -> None:
        seen = read_one_of(Paper, request.form.get("paper", ""), "paper")
        day = read_day(request.form.get("dated_on", ""), "dated_on")
        house().keeping.disclosure_identity.see_paper(staff, read_case_id(case_id), seen, day)

    return attempt(case_id, "paper", Step.IDENTITY, act)


@room.post("/<case_id>/papers/<paper_id>")
def forget_paper(case_id: str, paper_id: str) -> Response:
    """Take a paper back that was noted by mistake."""
    staff, identity = staff_of_cases(), house().keeping.disclosure_identity
    return attempt(
        case_id,
        "paper",
        Step.IDENTITY,
        lambda: identity.forget_paper(staff, read_case_id(case_id), paper_id),
    )


@room.post("/<case_id>/customer")
def tie(case_id: str) -> Response:
    """Say whom the case is about: the customer of exactly the number `code` in the CRM."""
    staff, code = staff_of_cases(), request.form.get("code", "")[:64]
    identity = house().keeping.disclosure_identity
    return attempt(case_id, "tied", Step.IDENTITY, lambda: identity.tie(staff, read_case_id(case_id), code))


@room.post("/<case_id>/mandate")
def mandate(case_id: str) -> Response:
    """Say under which mandate a proxy asks: `mandate`."""
    staff, chosen = staff_of_cases(), request.form.get("mandate", "")
    identity = house().keeping.disclosure_identity
    return attempt(
        case_id,
        "mandate",
        Step.IDENTITY,
        lambda: identity.name_mandate(staff, read_case_id(case_id), chosen),
    )


@room.get("/<case_id>/search")
def search_form(case_id: str) -> Response:
    """Show the form for the search, filled with what the applicant said."""
    file = disclosures().file(staff_of_cases(), read_case_id(case_id))
    return _search_page(file, None)


@room.post("/<case_id>/search")
def search(case_id: str) -> Response:
    """Show which calls may be the one."""
    staff, file = staff_of_cases(), disclosures().file(staff_of_cases(), read_case_id(case_id))
    sent = request.form
    try:
        sought = Sought(
            on=read_day(sent.get("on", ""), "call_on"),
            window=read_window(sent.get("from", ""), sent.get("to", "")),
            operator=sent.get("operator", "")[:128].strip(),
            number=read_e164(sent.get("number", "")),
            words=sent.get("words", "")[:2000],
            customer_id=file.about,
        )
        return _search_page(file, disclosures().search(staff, file.case.id, sought))
    except InputError as error:
        return _search_page(file, None, error)


def _search_page(file: Disclosure, found: tuple[Found, ...] | None, wrong: InputError | None = None) -> Response:
    return replies.page(
        "disclosures/search.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        file=file,
        found=found,
        typed=request.form,
        added={line.call_id for line in file.calls},
        wrong=replies.wrong("disclosures", wrong),
    )


@room.post("/<case_id>/calls")
def add_calls(case_id: str) -> Response:
    """Let calls belong to the case: each `call`, and the `reason`."""
    staff, reason = staff_of_cases(), request.form.get("reason", "")
    chosen = tuple(CallId(one) for one in request.form.getlist("call") if is_id(one))
    return attempt(
        case_id,
        "added",
        Step.SEARCH,
        lambda: disclosures().add_calls(staff, read_case_id(case_id), chosen, reason),
    )


@room.get("/<case_id>/calls/<call_id>")
def call(case_id: str, call_id: str) -> Response:
    """Show a call of the case: what was written of it, and the check for others' data."""
    return _call_page(case_id, call_id)


@room.post("/<case_id>/calls/<call_id>")
def check(case_id: str, call_id: str) -> Response:
    """Take the check: `third_party`, `note`, `audio`, each `part`, `leave_out`; `seen`: what the page showed."""
    staff, sent = staff_of_cases(), request.form
    try:
        told = (
            read_one_of(ThirdParty, sent.get("third_party", ""), "third_party"),
            sent.get("note", ""),
            read_one_of(Audio, sent.get("audio", ""), "audio"),
            frozenset(read_one_of(TextPart, part, "parts") for part in sent.getlist("part")),
            sent.get("leave_out", ""),
            sent.get("seen", ""),
        )
        disclosures().check(staff, read_case_id(case_id), call_id, *told)
    except (InputError, Conflict) as error:
        return _call_page(case_id, call_id, error)
    return back(case_id, "checked", Step.CHECK)


@room.post("/<case_id>/calls/<call_id>/remove")
def remove_call(case_id: str, call_id: str) -> Response:
    """Let a call belong to the case no more."""
    staff = staff_of_cases()
    return attempt(
        case_id,
        "removed",
        Step.SEARCH,
        lambda: disclosures().remove_call(staff, read_case_id(case_id), call_id),
    )


def _call_page(case_id: str, call_id: str, wrong: DenwabanError | None = None) -> Response:
    staff = staff_of_cases()
    file, line = disclosures().call(staff, read_case_id(case_id), call_id)
    return replies.page(
        "disclosures/call.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        file=file,
        line=line,
        typed=request.form if wrong else None,
        wrong=replies.wrong("disclosures", wrong),
        **_beside(staff, file),
    )


@room.post("/<case_id>/later")
def later(case_id: str) -> Response:
    """Move the last day: `until`, with a `reason`."""
    staff = staff_of_cases()

    def act() -> None:
        day = read_day(request.form.get("until", ""), "until")
        disclosures().extend(staff, read_case_id(case_id), day, request.form.get("reason", ""))

    return attempt(case_id, "later", Step.INTAKE, act)


def attempt(case_id: str, said: str, step: str, act: Callable[[], None]) -> Response:
    """Do it and come back to the case; or show the case again with what was wrong, beside the step."""
    try:
        act()
    except (InputError, Conflict, LimitReached) as error:
        return case_page(case_id, error, step)
    return back(case_id, said, step)


def back(case_id: str, said: str, step: str) -> Response:
    """Lead the browser to the case, at a step of it."""
    return replies.to(f"/disclosures/{case_id}?done={said}{f'#{step}' if step else ''}")


def case_page(case_id: str, wrong: DenwabanError | None = None, step: str = "") -> Response:
    """Return the page of a case; `wrong`: what was not right with what was sent at the step."""
    staff, now, zone = staff_of_cases(), house().clock(), house().settings.tz
    file = disclosures().file(staff, read_case_id(case_id))
    done = request.args.get("done", "")
    return replies.page(
        "disclosures/case.html",
        replies.WRONG if wrong else HTTPStatus.OK,
        file=file,
        words=house().keeping.case_words.of(file.case),
        steps=[(one, _state(file, one)) for one in Step],
        pace=pace_of(file.case.due_at, now, zone, is_open=file.case.is_open),
        left=days_left(file.case.due_at, now, zone) if file.case.due_at else 0,
        last=last_day(file.case.due_at, zone) if file.case.due_at else None,
        papers=papers_of(file.intake.kind),
        mandates=house().keeping.disclosure_identity.mandates(file),
        decisions=decisions_of(file.intake.kind),
        grounds=grounds_of(file.intake.kind),
        delivered=list(Delivered),
        ways=list(DeliveryWay),
        gives=[one.value for one in Decision if one.gives],
        has_sender=house().keeping.disclosure_answers.has_sender,
        today=local_day(now, zone).isoformat(),
        zone=zone,
        typed=request.form if wrong else {},
        wrong=replies.wrong("disclosures", wrong),
        wrong_step=step,
        said=f"disclosures.said.{done}" if done in _SAID and not wrong else "",
        **_beside(staff, file),
    )


def _beside(staff: Staff, file: Disclosure) -> dict[str, object]:
    """Return what both pages show beside the file: the copies made for it, and what this person may do."""
    now, is_open = house().clock(), file.case.is_open
    works = is_open and file.worker == staff.user_id
    try:
        changeable(file, now)
        is_free = file.letter is None
    except Conflict:
        is_free = False
    proposal = file.proposal
    is_waiting = is_open and proposal is not None and not proposal.is_in_force and proposal.is_waiting(now)
    seconds = is_open and file.second == staff.user_id
    return {
        "copies": house().keeping.redacting.redactions.of_case(staff, file.case.id),
        "now": now,
        "works": works,
        "may_change": works and is_free,
        "is_waiting": is_waiting,
        "may_decide": is_waiting and seconds,
        "may_join": is_open and staff.user_id not in (file.worker, file.second),
        "may_read": file.is_worked_by(staff.user_id),
    }


def _state(file: Disclosure, step: Step) -> str:
    if step in file.done():
        return "done"
    return "next" if step is file.next_step() and file.case.is_open else "open"
