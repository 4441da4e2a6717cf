"""The page of a copy with ranges cut out, of a case's and of a clip's alike, and the steps between its two people."""

from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from plugin.core.errors import Conflict, Denied, InputError
from plugin.core.redaction import RedactionKind, hushed_ms, may_see_cuts
from plugin.web import copy_sound, replies
from plugin.web.door import house, proved, signed_in
from plugin.web.holds import case_path
from plugin.web.texts import table

_SAID = ("asked", "handed_over", "confirmed", "refused")


def add_pages(room: Blueprint, kind: RedactionKind, at: str) -> None:
    """Let the room show its kind of copies at `at`/<redaction_id>, with their sound and their steps."""
    copy_sound.add_sound(room, kind, at)
    told = {"kind": kind}
    room.add_url_rule(f"{at}/<redaction_id>", "page", _page, methods=["GET"], defaults=told)
    room.add_url_rule(f"{at}/<redaction_id>/hand-over", "hand_over", _hand_over, methods=["POST"], defaults=told)
    room.add_url_rule(f"{at}/<redaction_id>/answer", "answer", _answer, methods=["POST"], defaults=told)
    room.add_url_rule(f"{at}/<redaction_id>/give-up", "give_up", _give_up, methods=["POST"], defaults=told)


def _page(redaction_id: str, kind: RedactionKind) -> Response:
    """Show the copy, its player where it is granted, and what is to be done next."""
    return _shown(redaction_id, kind)


def _hand_over(redaction_id: str, kind: RedactionKind) -> Response:
    """Ask somebody else to hear and confirm it."""
    actor, redactions = signed_in(), house().keeping.redacting.redactions
    copy_sound.seen(redaction_id, kind)
    try:
        redactions.hand_over(actor, redaction_id, request.form.get("reason", ""))
    except (InputError, Conflict) as error:
        return _shown(redaction_id, kind, error.reason, replies.WRONG)
    return replies.to(url_for(".page", redaction_id=redaction_id, done="handed_over"))


def _answer(redaction_id: str, kind: RedactionKind) -> Response:
    """Confirm or refuse exactly what was shown; the password was given lately."""
    actor, redactions = proved(), house().keeping.redacting.redactions
    copy_sound.seen(redaction_id, kind)
    said, form = request.form.get("answer", ""), request.form
    answers = {"confirm": redactions.confirm, "refuse": redactions.refuse}
    if said not in answers:
        raise InputError("answer")
    try:
        answers[said](actor, redaction_id, form.get("seen", ""), form.get("reason", ""))
    except (InputError, Conflict, Denied) as error:
        return _shown(redaction_id, kind, error.reason, replies.WRONG)
    if said == "refuse" and kind is RedactionKind.CLIP:
        return replies.to(url_for(".all_of_them", done="refused"))
    return replies.to(url_for(".page", redaction_id=redaction_id, done="confirmed" if said == "confirm" else "refused"))


def _give_up(redaction_id: str, kind: RedactionKind) -> Response:
    """Erase a copy that nobody confirmed, or a clip."""
    actor = proved()
    copy_sound.seen(redaction_id, kind)
    try:
        house().keeping.redacting.redactions.give_up(actor, redaction_id)
    except Conflict as error:
        return _shown(redaction_id, kind, error.reason, replies.WRONG)
    return replies.to(url_for(".all_of_them", done="given_up"))


def _shown(redaction_id: str, kind: RedactionKind, wrong: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    actor, found = signed_in(), copy_sound.seen(redaction_id, kind)
    copy = found.copy
    done = request.args.get("done", "")
    return replies.page(
        "redactions/copy.html",
        status,
        seen=found,
        copy=copy,
        way_back=case_path(actor, copy.case_id, copy.case_number, copy.call_id) if copy.case_id else "",
        room="redactions" if kind is RedactionKind.CASE else "clips",
        grant=house().keeping.redacting.grants.live(actor, redaction_id, copy_sound.token()),
        sees_cuts=may_see_cuts(actor, copy, found.now),
        hushed_ms=hushed_ms(copy.ranges),
        said=done if done in _SAID else "",
        wrong=wrong_of(wrong),
    )


def wrong_of(reason: str) -> str:
    """Return the key of what to say to a person of what went wrong; "" where nothing did."""
    if not reason:
        return ""
    for key in (f"cut.wrong.{reason}", f"approvals.wrong.{reason}"):
        if key in table():
            return key
    return "cut.wrong.other"
