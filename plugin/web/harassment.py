"""The door to harassment: an operator's report, and the judgement of it. The case that follows: cases.py."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, Response, render_template, request

from plugin.core.access import Deed, may
from plugin.core.errors import Conflict, InputError, LimitReached
from plugin.core.harassment import LONGEST_MARK, MOST_WORDS, USUAL_MARK, Conduct, read_conduct, read_findings
from plugin.core.ids import CallId, CaseId, is_id
from plugin.core.staff import Role
from plugin.services.harassment import Harassment, Verdict
from plugin.web import replies
from plugin.web.desk import desk_staff
from plugin.web.door import house, signed_in, today
from plugin.web.fields import read_call_id, read_day, read_id

room = Blueprint("harassment", __name__)

_Wrong = InputError | Conflict | LimitReached
_SAID = {word: f"harassment.said.{word}" for word in ("reported", "dismissed")}


@room.get("/calls/<call_id>/harassment")
def report_page(call_id: str) -> Response:
    """Show what was reported of a call, and the form for one more."""
    return _of_call(read_call_id(call_id))


@room.post("/calls/<call_id>/harassment")
def report(call_id: str) -> Response:
    """Report what happened in it: `conduct`, `words`."""
    staff, call, form = desk_staff(), read_call_id(call_id), request.form
    try:
        _rooms().report(staff, call, read_conduct(form.get("conduct", "")), form.get("words", ""))
    except (InputError, LimitReached) as error:
        return _of_call(call, error)
    return replies.to(f"/calls/{call}/harassment?done=reported")


def _of_call(call: CallId, wrong: _Wrong | None = None) -> Response:
    reports = _rooms().of_call(desk_staff(), call)
    return _page("harassment_report.html", wrong, call_id=call, reports=reports, conducts=list(Conduct))


@room.get("/harassment")
def page() -> str:
    """Show the reports that wait for this person, and his cases."""
    staff = signed_in(Deed.KEEP_CASES)
    return render_template(
        "keeping/harassment.html",
        waiting=_rooms().waiting(staff),
        teams=staff.role is Role.PRIVACY,
        opened=_rooms().listed(staff, is_open=True),
        closed=_rooms().listed(staff, is_open=False),
        said=_SAID.get(request.args.get("done", ""), ""),
    )


@room.get("/harassment/reports/<report_id>")
def judge_page(report_id: str) -> Response:
    """Show a report with the questions that decide on it."""
    return _judging(read_id(str, report_id, "report"))


@room.post("/harassment/reports/<report_id>")
def judge(report_id: str) -> Response:
    """Decide on it: `answer` `confirm` with the three findings, or `dismiss`; `words` go to the operator."""
    staff, wanted, form = signed_in(Deed.JUDGE_HARASSMENT), read_id(str, report_id, "report"), request.form
    try:
        if form.get("answer") == "dismiss":
            _rooms().dismiss(staff, wanted, form.get("words", ""))
            return replies.to("/harassment?done=dismissed")
        if form.get("answer") != "confirm":
            raise InputError("answer")
        case = _rooms().confirm(staff, wanted, _verdict(form))
    except (InputError, Conflict) as error:
        return _judging(wanted, error)
    return replies.to(f"/cases/{case.id}?done=confirmed")


def _verdict(form: Mapping[str, str]) -> Verdict:
    joins = form.get("case", "")
    if joins and not is_id(joins):
        raise InputError("case")
    return Verdict(
        findings=read_findings(form.get("fair", ""), form.get("bearable", ""), form.get("harms", "")),
        answer=form.get("words", ""),
        title=form.get("title", ""),
        last_day=read_day(form.get("until", ""), "until"),
        marks_number="marks_number" in form,
        marks_customer="marks_customer" in form,
        hold="hold" in form,
        case_id=CaseId(joins) if joins else None,
    )


def _judging(report_id: str, wrong: _Wrong | None = None) -> Response:
    staff = signed_in(Deed.JUDGE_HARASSMENT)
    found = _rooms().read(staff, report_id)
    opened = _rooms().listed(staff, is_open=True)
    shown = {"report": found, "opened": opened, "opens_calls": may(staff.role, Deed.USE_DESK)}
    return _page("harassment_judge.html", wrong, **shown, **_days())


def _page(template: str, wrong: _Wrong | None, **shown: object) -> Response:
    return replies.page(
        f"keeping/{template}",
        replies.WRONG if wrong else HTTPStatus.OK,
        typed=request.form if wrong else {},
        wrong=replies.wrong("harassment", wrong),
        said="" if wrong else _SAID.get(request.args.get("done", ""), ""),
        most_words=MOST_WORDS,
        **shown,
    )


def _days() -> dict[str, str]:
    on = today()
    return {
        "today": on.isoformat(),
        "usual": (on + USUAL_MARK).isoformat(),
        "last": (on + LONGEST_MARK).isoformat(),
    }


def _rooms() -> Harassment:
    return house().keeping.harassment
