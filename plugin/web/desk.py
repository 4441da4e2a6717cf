"""The desk's door: the page, its event stream, and what an operator does to a call of his own."""

import threading
from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, current_app, jsonify, render_template, request, stream_with_context
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from plugin.core.access import Deed, may
from plugin.core.errors import Denied, InputError, NotFound, NotSignedIn
from plugin.core.ids import CustomerId, is_id
from plugin.core.note import Fields, write_draft
from plugin.core.staff import Role, Staff
from plugin.core.timeline import SummaryForm
from plugin.web import desk_words, door, replies
from plugin.web.desk_screen import (
    NO_IDLE,
    Screen,
    as_event,
    draw_alerts,
    draw_checks,
    draw_idle,
    draw_parts,
    draw_pop,
    draw_waiting,
)
from plugin.web.door import house, signed_in, time_of_day
from plugin.web.errors import wants_problem
from plugin.web.fields import read_call_id

room = Blueprint("desk", __name__)
room.record_once(desk_words.teach)

# The interpreter runs one thread at a time anyway: twenty streams that draw at once would only keep the hooks waiting.
_PEN = threading.Lock()
_FIELDS = ("topic", "disposition", "request", "response", "promise", "promise_due_on", "next_step")


def desk_staff() -> Staff:
    """Return the signed-in person if his role works at a desk. Raises NotSignedIn, and Denied("role")."""
    return _at_desk(signed_in())


def _at_desk(staff: Staff) -> Staff:
    if not may(staff.role, Deed.USE_DESK):
        raise Denied("role")
    return staff


@room.get("/")
def home() -> AnyResponse:
    """Show the desk; who does not work at one is sent to his own place."""
    staff = signed_in()
    if staff.role is Role.ADMIN:
        return replies.to("/admin/users")
    if staff.role is Role.PRIVACY:
        return replies.to("/disclosures" if house().keeping.disclosures.urgent(staff) else "/audit")
    pops = house().desk.pops(_at_desk(staff))
    drawn = [draw_parts(staff, pop, is_open=pop is pops[0]) for pop in pops]
    return Response(
        render_template(
            "desk/desk.html",
            order=[pop.call_id for pop in pops],
            tabs=[parts["tab"] for parts in drawn],
            pops=[  # the page's script opens the one that was open before a reload
                Markup(draw_pop(pop, parts, is_open=pop is pops[0]))  # noqa: S704  our own templates
                for pop, parts in zip(pops, drawn, strict=True)
            ],
            idle=Markup(NO_IDLE if pops else draw_idle(staff)),  # noqa: S704
            checks=Markup(draw_checks(staff)),  # noqa: S704
            waiting=Markup(draw_waiting(staff)),  # noqa: S704
            alerts=Markup(draw_alerts(staff)),  # noqa: S704
            topics=house().timeline.topics,
            dispositions=house().timeline.dispositions,
            reminders=house().keeping.rules.reminders(staff),
            now=house().clock(),
            zone=house().settings.zone,
        )
    )


@room.get("/desk/stream")
def stream() -> Response:
    """Stay connected and tell what changes; ends as soon as the session does, or the right to a desk."""
    staff, bus = desk_staff(), house().bus
    current_app.extensions["wake"] = bus.tell_all
    ear = bus.listen(staff.user_id)  # before the first look: what is published from here on is heard

    def run() -> Iterator[str]:
        screen = Screen()
        yield as_event("desk", screen.whole(staff))
        while True:
            told = ear.wait(current_app.config["HEARTBEAT_S"])
            if door.is_stopping():
                return  # the browser connects again, to a worker that stays
            try:
                now = _at_desk(house().sessions.still(staff))
            except (NotSignedIn, Denied):
                yield as_event("bye")
                return
            with _PEN:
                news = screen.news(now, told)
            if news is not None:
                yield as_event("desk", news)
            elif not told:
                yield as_event("beat", {"closed": door.closed_words()})

    return replies.events(stream_with_context(run()), ear.close)


@room.get("/desk/state")
def state() -> Response:
    """Tell once what stands on the desk."""
    return jsonify(Screen().whole(desk_staff()))


@room.post("/desk/calls/<call_id>/choose")
def choose(call_id: str) -> AnyResponse:
    """Say whose call it is: `customer_id`, or nobody's yet where it is empty."""
    staff, raw = desk_staff(), request.form.get("customer_id", "")
    if raw and not is_id(raw):
        raise NotFound("customer")
    house().desk.choose(staff, read_call_id(call_id), CustomerId(raw) if raw else None)
    return _state_or_desk(staff)


@room.post("/desk/calls/<call_id>/close")
def close(call_id: str) -> AnyResponse:
    """Take the call off the screen."""
    staff = desk_staff()
    house().desk.close(staff, read_call_id(call_id))
    return _state_or_desk(staff)


@room.post("/desk/calls/<call_id>/stay")
def stay(call_id: str) -> AnyResponse:
    """Keep the call on the screen until it is closed."""
    staff = desk_staff()
    house().desk.stay(staff, read_call_id(call_id))
    return _state_or_desk(staff)


@room.post("/desk/calls/<call_id>/draft")
def draft(call_id: str) -> Response:
    """Keep what is typed so far."""
    typed = Fields(**{name: request.form.get(name, "") for name in _FIELDS})
    kept = house().timeline.draft(desk_staff(), read_call_id(call_id), write_draft(typed))
    return jsonify({"time": time_of_day(kept.saved_at)})


@room.post("/desk/calls/<call_id>/note")
def save(call_id: str) -> AnyResponse:
    """Save the note and send it on its way to the CRM."""
    staff, wanted = desk_staff(), read_call_id(call_id)
    saved = house().timeline.save(staff, wanted, _read_note())
    if not wants_problem():
        return replies.to("/")
    return jsonify({**Screen().whole(staff), "version": str(saved.version)})


def _read_note() -> SummaryForm:
    typed = {name: request.form.get(name, "") for name in _FIELDS}
    lists = house().timeline
    return SummaryForm(
        topic=_code(typed["topic"], lists.topics, "topic"),
        disposition=_code(typed["disposition"], lists.dispositions, "disposition"),
        request=typed["request"],
        response=typed["response"],
        promise=typed["promise"],
        next_step=typed["next_step"],
        promise_due_on=_day(typed["promise_due_on"]),
        version=_version(request.form.get("version", "0")),
    )


def _code(said: str, codes: tuple[str, ...], field: str) -> str:
    """Return the code of a word of one of the site's short lists, as it is said in either language."""
    wanted = said.strip()
    if not wanted:
        return ""
    for code in codes:
        if wanted in (code, *desk_words.both_words(code)):
            return code
    raise InputError("not_in_list", field=field)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("date", field="promise_due_on") from error


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError("version", field="version")
    return int(text)


def _state_or_desk(staff: Staff) -> AnyResponse:
    if wants_problem():
        return jsonify(Screen().whole(staff))
    return replies.to(door.safe_next(request.form.get("next")))
