"""The gated page of a recording, the bytes behind it, and what its player tells back. Decides nothing about who may.

The grant's token lives in a cookie of this recording's own path that no script can read: it stands in no address, no
page and no log.
"""

import base64
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request, url_for

from plugin.core.access import INTERNAL_PURPOSES, Purpose
from plugin.core.errors import Denied, InputError
from plugin.core.grants import NARROWED
from plugin.core.ids import is_id
from plugin.core.staff import Role, Staff
from plugin.core.times import write_instant
from plugin.core.transcripts import MOST_MARKER_LETTERS, Marker
from plugin.services.grants import Asked
from plugin.web import door, replies, sound
from plugin.web.door import house, proved, signed_in
from plugin.web.holds import case_path

room = Blueprint("playback", __name__)

# Where whoever listens for it goes on to cut a copy.
_EDITORS = {
    (Role.PRIVACY, Purpose.LEGAL): "redactions.editor",
    (Role.PRIVACY, Purpose.DISCLOSURE): "redactions.editor",
    (Role.SUPERVISOR, Purpose.TRAINING): "clips.editor",
}


@room.get("/recordings/<recording_id>")
def page(recording_id: str) -> Response:
    """Show the written record, then ask why, then the player."""
    return _shown(house().grants.page(signed_in(), recording_id, _token()))


@room.post("/recordings/<recording_id>")
def ask(recording_id: str) -> Response:
    """Take the purpose, and the case where one is needed, and go on to the player; the password was given lately."""
    actor = proved()
    try:
        purpose = Purpose(request.form.get("purpose", ""))
    except ValueError as error:
        raise InputError("purpose") from error
    case, cut = request.form.get("case", ""), request.form.get("cut", "")
    try:
        granted = house().grants.ask(actor, recording_id, purpose, case)
    except InputError:
        found = house().grants.page(actor, recording_id)
        status = replies.WRONG
        return _shown(found, status, chosen=purpose, case=case, wrong="listen.case.wrong")
    except Denied as error:
        if error.reason not in NARROWED:
            raise
        return _shown(house().grants.page(actor, recording_id), HTTPStatus.FORBIDDEN)  # which says why
    editor = _EDITORS.get((actor.role, purpose)) if cut else None  # he came from there, to say why first
    further = f"?case={cut}" if editor and is_id(cut) else ""
    response = replies.to(url_for(editor or ".page", recording_id=recording_id) + further)
    response.set_cookie(
        _cookie(),
        granted.token,
        path=url_for(".page", recording_id=recording_id),
        secure=door.is_https(),
        httponly=True,
        samesite="Strict",
    )
    return response


@room.get("/recordings/<recording_id>/audio")
def audio(recording_id: str) -> Response:
    """Send the sound, or the range of it that is asked for; what is granted is mostly answered before it comes here."""
    actor = signed_in()
    opened = house().playback.open(actor, recording_id, _token())
    sent = sound.answer(house().playback, actor, opened, request.environ)
    return Response(sent.body, sent.status, sent.headers, direct_passthrough=True)


@room.get("/recordings/<recording_id>/grant")
def grant(recording_id: str) -> Response:
    """Tell the player that it may go on, and until when."""
    return jsonify(until=write_instant(house().playback.until(signed_in(), recording_id, _token())))


@room.post("/recordings/<recording_id>/heard")
def heard(recording_id: str) -> Response:
    """Take a stretch that was heard: form fields `from_ms` and `to_ms`."""
    actor = signed_in()
    start, stop = (_ms(request.form.get(name, "")) for name in ("from_ms", "to_ms"))
    house().playback.heard(actor, recording_id, _token(), start, stop)
    return Response(status=HTTPStatus.NO_CONTENT)


@room.get("/recordings/<recording_id>/drawing")
def drawing(recording_id: str) -> Response:
    """Tell the player what to draw: lanes, heard stretches, pauses, markers, the transcript."""
    actor = signed_in()
    drawn = house().player.drawing(actor, recording_id, _token())
    response = jsonify(
        length_ms=drawn.length_ms,
        lanes=[{"speaker": each.speaker, "peaks": base64.b64encode(each.peaks).decode()} for each in drawn.lanes],
        heard=[[each.from_ms, each.to_ms] for each in drawn.heard],
        gaps=[[each.from_ms, each.to_ms] for each in drawn.gaps],
        markers=_markers(actor, drawn.markers),
        segments=[
            {"from_ms": each.from_ms, "to_ms": each.to_ms, "speaker": each.speaker, "words": each.words}
            for each in drawn.segments
        ],
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@room.post("/recordings/<recording_id>/markers")
def mark(recording_id: str) -> Response:
    """Set a marker: form fields `at_ms` and `words`."""
    actor = signed_in()
    at_ms, words = _ms(request.form.get("at_ms", "")), request.form.get("words", "")
    return jsonify(_markers(actor, house().player.mark(actor, recording_id, _token(), at_ms, words)))


@room.post("/recordings/<recording_id>/markers/<marker_id>/off")
def unmark(recording_id: str, marker_id: str) -> Response:
    """Take an own marker off."""
    actor = signed_in()
    return jsonify(_markers(actor, house().player.unmark(actor, recording_id, _token(), marker_id)))


@room.post("/recordings/<recording_id>/stop")
def stop(recording_id: str) -> Response:
    """Give the grant back."""
    house().grants.revoke(signed_in(), recording_id, _token())
    back = url_for(".page", recording_id=recording_id)
    response = replies.to(back)
    response.delete_cookie(_cookie(), path=back, secure=door.is_https(), httponly=True, samesite="Strict")
    return response


def _token() -> str:
    return request.cookies.get(_cookie(), "")


def _cookie() -> str:
    return door.name_of_grant(is_https=door.is_https())


def _ms(raw: str) -> int:
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 12):
        raise InputError("interval")
    return int(raw)


def _shown(asked: Asked, status: HTTPStatus = HTTPStatus.OK, **form: object) -> Response:
    actor = signed_in()
    return replies.page(
        "playback/recording.html",
        status,
        asked=asked,
        recording=asked.recording,
        needs_case=_needs_case(asked),
        cut_at=_EDITORS.get((actor.role, asked.grant.purpose)) if asked.grant else None,
        cut=request.values.get("cut", "")[:26],
        ways_back=[(number, case_path(actor, each, number, asked.call.call_id)) for each, number in asked.cases],
        most_letters=MOST_MARKER_LETTERS,
        **form,
    )


def _needs_case(asked: Asked) -> bool:
    needs = INTERNAL_PURPOSES - {Purpose.RECORDING_CHECK} if asked.check else INTERNAL_PURPOSES
    return bool(needs.intersection(asked.purposes))


def _markers(actor: Staff, kept: tuple[Marker, ...]) -> list[dict[str, object]]:
    return [
        {
            "id": each.id,
            "at_ms": each.at_ms,
            "words": each.words,
            "author": each.author,
            "is_own": each.author_id == actor.user_id,
        }
        for each in kept
    ]
