"""Copies of recordings for cases: where ranges are chosen, what was made for which case, and the file for it."""

from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from plugin.core.access import Deed, Purpose
from plugin.core.errors import Conflict, DenwabanError, InputError, LimitReached
from plugin.core.redaction import CutReason, Form, Hush, RedactionKind, write_range
from plugin.services.redaction_forms import CutForm
from plugin.web import copy_pages, copy_sound, replies
from plugin.web.door import house, proved, signed_in
from plugin.web.holds import case_path

room = Blueprint("redactions", __name__)
copy_pages.add_pages(room, RedactionKind.CASE, "/redactions")

_REASONS = tuple(reason for reason in CutReason if reason not in (CutReason.CUSTOMER, CutReason.STAFF))
_TYPES = {Form.WAV: "audio/wav", Form.FLAC: "audio/flac"}
_AT = "/recordings/<recording_id>/redaction"  # under the recording's own path, which its grant's cookie is bound to


@room.get("/redactions")
def all_of_them() -> Response:
    """Show the copies for cases, the newest first."""
    found = house().keeping.redacting.redactions.cuts(signed_in(Deed.CUT_FOR_CASES))
    return replies.page("redactions/list.html", copies=found, now=house().clock(), done=request.args.get("done", ""))


@room.get(_AT)
def editor(recording_id: str) -> Response:
    """Show the recording with its ranges; whoever has not said yet why he listens says so first."""
    return _editor(recording_id)


@room.post(_AT)
def make(recording_id: str) -> Response:
    """Have a copy made of the ranges that the form tells, for one of the cases."""
    actor, form = signed_in(Deed.CUT_FOR_CASES), request.form
    asked = CutForm(form.getlist("range"), form.get("hush", ""))
    try:
        if not asked.ranges and not form.get("none"):
            raise InputError("no_ranges")
        made = house().keeping.redacting.redactions.ask_for_case(actor, recording_id, form.get("case", ""), asked)
    except (InputError, Conflict, LimitReached) as error:
        return _editor(recording_id, error)
    return replies.to(url_for(".page", redaction_id=made, done="asked"))


@room.post("/redactions/<redaction_id>/file")
def file(redaction_id: str) -> Response:
    """Give the file out for its case, as `form`: wav or flac; the password was given lately."""
    actor = proved(Deed.CUT_FOR_CASES)
    copy_sound.seen(redaction_id, RedactionKind.CASE)
    given = house().keeping.redacting.redactions.give_out(actor, redaction_id, request.form.get("form", ""))
    response = Response(given.body, mimetype=_TYPES[given.form], direct_passthrough=True)
    response.content_length = given.size_bytes
    response.headers["Content-Disposition"] = f'attachment; filename="{given.name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy would keep plain sound in a file
    return response


def _editor(recording_id: str, wrong: DenwabanError | None = None) -> Response:
    actor = signed_in(Deed.CUT_FOR_CASES)
    asked = house().grants.page(actor, recording_id, copy_sound.token())
    if asked.grant is None or asked.grant.purpose not in (Purpose.LEGAL, Purpose.DISCLOSURE):
        return replies.to(url_for("playback.page", recording_id=recording_id, cut=request.args.get("case", "new")))
    redactions, form = house().keeping.redacting.redactions, request.form
    found = redactions.editor(actor, recording_id, RedactionKind.CASE, request.args.get("from", ""))
    before = found.before
    return replies.page(
        "redactions/editor.html",
        HTTPStatus.OK if wrong is None else replies.WRONG,
        room="redactions",
        asked=asked,
        recording=found.recording,
        editor=found,
        ways_back=[(number, case_path(actor, each, number, asked.call.call_id)) for each, number in found.cases],
        reasons=_REASONS,
        hushes=tuple(Hush),
        ranges=form.getlist("range") or [write_range(each) for each in (before.ranges if before else ())],
        chosen={
            "hush": form.get("hush", before.hush if before else Hush.SILENCE),
            "case": form.get("case", request.args.get("case", "")),
        },
        wrong=copy_pages.wrong_of(wrong.reason if wrong else ""),
    )
