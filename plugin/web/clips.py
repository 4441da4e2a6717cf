"""Training clips: where one is made of a recording, and where its audience finds and hears it.

No page here names a caller, an operator, a call or a number, nor leads to the recording that a clip was made of, but
for the editor, which stands under the recording's own path and behind its grant.
"""

from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from plugin.core.access import Deed, Purpose, may
from plugin.core.errors import Conflict, DenwabanError, InputError, LimitReached
from plugin.core.redaction import MOST_TITLE, USUAL_CLIP_DAYS, Audience, CutReason, Hush, RedactionKind, write_range
from plugin.services.redaction_forms import ClipForm, CutForm
from plugin.services.redactions import clip_days
from plugin.web import copy_pages, copy_sound, replies
from plugin.web.door import house, signed_in

room = Blueprint("clips", __name__)
copy_pages.add_pages(room, RedactionKind.CLIP, "/clips")

_FIRST = (CutReason.CUSTOMER, CutReason.STAFF)
_REASONS = (*_FIRST, *(reason for reason in CutReason if reason not in _FIRST))
_AT = "/recordings/<recording_id>/clip"


@room.get("/clips")
def all_of_them() -> Response:
    """Show the clips that this person may hear, made, or is asked to confirm."""
    actor = signed_in(Deed.HEAR_CLIPS)
    found = house().keeping.redacting.redactions.clips(actor)
    return replies.page(
        "redactions/clips.html",
        clips=found,
        now=house().clock(),
        makes=may(actor.role, Deed.MAKE_CLIPS),
        done=request.args.get("done", ""),
    )


@room.get(_AT)
def editor(recording_id: str) -> Response:
    """Show the recording with its ranges; whoever has not said yet why he listens says so first."""
    return _editor(recording_id)


@room.post(_AT)
def make(recording_id: str) -> Response:
    """Have a clip made of the stretch and the ranges that the form tells."""
    actor, form = signed_in(Deed.MAKE_CLIPS), request.form
    asked = CutForm(form.getlist("range"), form.get("hush", ""), form.get("from_ms", ""), form.get("to_ms", ""))
    clip = ClipForm(form.get("title", ""), form.get("audience", ""), form.get("days", ""))
    try:
        if not asked.ranges and not form.get("none"):
            raise InputError("no_ranges")
        made = house().keeping.redacting.redactions.ask_for_clip(actor, recording_id, asked, clip)
    except (InputError, Conflict, LimitReached) as error:
        return _editor(recording_id, error)
    return replies.to(url_for(".page", redaction_id=made, done="asked"))


def _editor(recording_id: str, wrong: DenwabanError | None = None) -> Response:
    actor = signed_in(Deed.MAKE_CLIPS)
    asked = house().grants.page(actor, recording_id, copy_sound.token())
    if asked.grant is None or asked.grant.purpose is not Purpose.TRAINING:
        return replies.to(url_for("playback.page", recording_id=recording_id, cut="new"))
    redactions, form = house().keeping.redacting.redactions, request.form
    found = redactions.editor(actor, recording_id, RedactionKind.CLIP, request.args.get("from", ""))
    before, length_ms = found.before, found.recording.length_ms or 0
    most = clip_days(found.until, house().clock())
    return replies.page(
        "redactions/editor.html",
        HTTPStatus.OK if wrong is None else replies.WRONG,
        room="clips",
        asked=asked,
        recording=found.recording,
        editor=found,
        reasons=_REASONS,
        hushes=(Hush.BLEEP, Hush.SILENCE),
        audiences=tuple(Audience),
        most_days=most,
        most_title=MOST_TITLE,
        ranges=form.getlist("range") or [write_range(each) for each in (before.ranges if before else ())],
        chosen={
            "hush": form.get("hush", before.hush if before else Hush.BLEEP),
            "title": form.get("title", before.clip.title if before and before.clip else ""),
            "audience": form.get("audience", before.clip.audience if before and before.clip else Audience.TRAINERS),
            "days": form.get("days", str(min(USUAL_CLIP_DAYS, most))),
            "from_ms": form.get("from_ms", str(before.stretch.from_ms if before else 0)),
            "to_ms": form.get("to_ms", str(before.stretch.to_ms if before else length_ms)),
        },
        wrong=copy_pages.wrong_of(wrong.reason if wrong else ""),
    )
