"""The sound of copies with ranges cut out: the grant that opens one, its bytes, what is drawn, and what was heard.

The same for a case's copies and for clips, each under its own path, to which the grant's cookie is bound: a grant of a
clip is never even sent to the address of its recording. Nothing drawn here tells where something was cut.
"""

import base64
from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request, url_for

from plugin.core.errors import InputError
from plugin.core.redaction import RedactionKind
from plugin.core.times import write_instant
from plugin.services.redaction_forms import Seen
from plugin.web import door, replies, sound
from plugin.web.door import house, proved, signed_in

_MOST_DIGITS = 12


def add_sound(room: Blueprint, kind: RedactionKind, at: str) -> None:
    """Let the room, whose pages stand at `at`/<redaction_id>, give out the sound of its kind of copies."""
    told = {"kind": kind}
    room.add_url_rule(f"{at}/<redaction_id>/open", "open", _open, methods=["POST"], defaults=told)
    room.add_url_rule(f"{at}/<redaction_id>/drawing", "drawing", _drawing, methods=["GET"], defaults=told)
    room.add_url_rule(f"{at}/<redaction_id>/audio", "audio", _audio, methods=["GET"])
    room.add_url_rule(f"{at}/<redaction_id>/grant", "grant", _grant, methods=["GET"])
    room.add_url_rule(f"{at}/<redaction_id>/heard", "heard", _heard, methods=["POST"])
    room.add_url_rule(f"{at}/<redaction_id>/stop", "stop", _stop, methods=["POST"])


def token() -> str:
    """Return the token of the grant that this browser has for this page's copy."""
    return request.cookies.get(_cookie(), "")


def seen(redaction_id: str, kind: RedactionKind) -> Seen:
    """Return the copy of this kind as the person behind the request sees it. Raises NotFound."""
    return house().keeping.redacting.redactions.page(signed_in(), redaction_id, kind)


def _open(redaction_id: str, kind: RedactionKind) -> Response:
    """Grant the copy; the password was given lately."""
    actor = proved()
    seen(redaction_id, kind)
    granted = house().keeping.redacting.grants.ask(actor, redaction_id)
    response = replies.to(_page_of(redaction_id))
    response.set_cookie(
        _cookie(),
        granted.token,
        path=_page_of(redaction_id),
        secure=door.is_https(),
        httponly=True,
        samesite="Strict",
    )
    return response


def _audio(redaction_id: str) -> Response:
    """Send the sound, or the range of it that is asked for."""
    actor, playback = signed_in(), house().keeping.redacting.playback
    sent = sound.answer(playback, actor, playback.open(actor, redaction_id, token()), request.environ)
    return Response(sent.body, sent.status, sent.headers, direct_passthrough=True)


def _grant(redaction_id: str) -> Response:
    """Tell the player that it may go on, and until when."""
    return jsonify(until=write_instant(house().keeping.redacting.playback.until(signed_in(), redaction_id, token())))


def _drawing(redaction_id: str, kind: RedactionKind) -> Response:
    """Tell the player what to draw: lanes, and what this person has heard."""
    parts, actor = house().keeping.redacting, signed_in()
    parts.playback.until(actor, redaction_id, token())
    found = seen(redaction_id, kind)
    response = jsonify(
        length_ms=found.copy.length_ms,
        lanes=[{"speaker": "unknown", "peaks": base64.b64encode(each).decode()} for each in found.copy.lanes],
        heard=[[each.from_ms, each.to_ms] for each in found.heard],
        gaps=[],
        markers=[],
        segments=[],
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _heard(redaction_id: str) -> Response:
    """Take a stretch that was heard: form fields `from_ms` and `to_ms`."""
    actor = signed_in()
    start, stop = (_ms(request.form.get(name, "")) for name in ("from_ms", "to_ms"))
    house().keeping.redacting.playback.heard(actor, redaction_id, token(), start, stop)
    return Response(status=HTTPStatus.NO_CONTENT)


def _stop(redaction_id: str) -> Response:
    """Give the grant back."""
    house().keeping.redacting.grants.revoke(signed_in(), redaction_id, token())
    response = replies.to(_page_of(redaction_id))
    response.delete_cookie(
        _cookie(), path=_page_of(redaction_id), secure=door.is_https(), httponly=True, samesite="Strict"
    )
    return response


def _page_of(redaction_id: str) -> str:
    return url_for(".page", redaction_id=redaction_id)


def _cookie() -> str:
    return door.name_of_grant(is_https=door.is_https())


def _ms(raw: str) -> int:
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= _MOST_DIGITS):
        raise InputError("interval")
    return int(raw)
