"""Draws the desk part by part, and knows what one stream's reader has on his screen: only what changed is sent."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import NotRequired, TypedDict

from flask import current_app, render_template

from plugin.core.access import Deed, may
from plugin.core.alerts import CHOICES
from plugin.core.desk import PopView
from plugin.core.errors import Denied, NotFound
from plugin.core.ids import CallId
from plugin.core.pops import touched
from plugin.core.ports import ANYTHING
from plugin.core.staff import Staff
from plugin.core.times import to_us
from plugin.services.identity_panel import PanelView
from plugin.web.desk_words import word
from plugin.web.door import house


class Message(TypedDict):
    """What the page is told: state, never a log. The dicts are by call id, `parts` by part; only what changed is in.

    It was read between `at` and `until` (µs): an answer to a post and the stream may overtake one another. The page
    keeps what was read last, and asks again where two readings overlap. `notes` are the fields of forms; a page takes
    them where nobody is typing.
    """

    at: int
    until: int
    order: list[str]
    tabs: dict[str, str]
    pops: dict[str, str]
    parts: dict[str, str]
    notes: dict[str, dict[str, str]]
    idle: NotRequired[str]
    checks: NotRequired[str]
    waiting: NotRequired[str]
    alerts: NotRequired[str]


NO_ALERTS = '<div id="alerts"></div>'
# While a call is on the desk its page holds nothing of the quiet one: promises there have their text.
NO_IDLE = '<div class="idle" id="idle"></div>'
_TAB = "tab"
_PARTS = ("state", "consent", "who", "before", "actions", "alert_part", "verify", "sent")


class Screen:
    """What one reader was sent last: a mark of each part of each call, of the quiet desk, and of recording checks."""

    def __init__(self) -> None:
        self._sent: dict[CallId, dict[str, int]] = {}
        self._idle: int | None = None
        self._checks: int | None = None
        self._waiting: int | None = None
        self._alerts: int | None = None
        self._order: list[CallId] = []

    def whole(self, staff: Staff) -> Message:
        """Return everything that stands on the desk now."""
        self._sent.clear()
        self._idle = self._checks = self._alerts = self._waiting = None
        return self._message(staff, None, with_idle=True)

    def news(self, staff: Staff, about: frozenset[str]) -> Message | None:
        """Return what changed since the last message, or None, once the calls `about` changed (core/ports.py, Bus).

        About nothing, each call is looked at for what only time changes; the page of a quiet desk is not: it costs
        more, and no time changes it.
        """
        before = self._order
        message = self._message(staff, about or None, with_idle=bool(about))
        told: object = message["tabs"] or message["pops"] or message["parts"] or message["notes"]
        told = told or not message.keys().isdisjoint(("idle", "checks", "alerts", "waiting"))
        return message if told or self._order != before else None

    def _message(self, staff: Staff, about: frozenset[str] | None, *, with_idle: bool) -> Message:
        at = to_us(house().clock())
        opened = house().desk.opened(staff)
        before, self._order = self._order, [each.call.id for each in opened]
        stale = touched(opened, about or frozenset({ANYTHING}))
        order: list[str] = list(self._order)
        message: Message = {"at": at, "until": at, "order": order, "tabs": {}, "pops": {}, "parts": {}, "notes": {}}
        for each in opened:
            if each.call.id in stale or each.call.id not in self._sent:
                self._add(message, staff, house().desk.view(staff, each))
        self._sent = {call_id: marks for call_id, marks in self._sent.items() if call_id in self._order}
        if opened or with_idle or before:
            idle = NO_IDLE if opened else draw_idle(staff)
            if self._idle != hash(idle):
                self._idle = hash(idle)
                message["idle"] = idle
        if about is None or ANYTHING in about:  # a word about one call is about no check
            drawn = draw_checks(staff)
            if self._checks != hash(drawn):
                self._checks = hash(drawn)
                message["checks"] = drawn
        if about is None or about:
            drawn = draw_alerts(staff)
            if self._alerts != hash(drawn):
                self._alerts = hash(drawn)
                message["alerts"] = drawn
            drawn = draw_waiting(staff)
            if self._waiting != hash(drawn):
                self._waiting = hash(drawn)
                message["waiting"] = drawn
        message["until"] = to_us(house().clock())
        return message

    def _add(self, message: Message, staff: Staff, pop: PopView) -> None:
        """Put what the reader has not of this call into the message: all of it, or the parts that changed."""
        call_id, drawn, note = pop.call_id, draw_parts(staff, pop), note_fields(pop)
        had = self._sent.get(call_id, {})
        marks = {name: hash(html) for name, html in drawn.items()} | {"note": hash(json.dumps(note))}
        self._sent[call_id] = marks
        changed = {name for name, mark in marks.items() if had.get(name) != mark}
        if _TAB in changed:
            message["tabs"][call_id] = drawn[_TAB]
        if not had:
            message["pops"][call_id] = draw_pop(pop, drawn)
            return
        message["parts"] |= {f"{name}-{call_id}": drawn[name] for name in _PARTS if name in changed}
        if "note" in changed:
            message["notes"][call_id] = note


def draw_parts(staff: Staff, pop: PopView, *, is_open: bool = False) -> dict[str, str]:
    """Return the call's tab and the parts of the call that are redrawn one by one, by name."""
    panel = _panel(staff, pop)
    beside = None if panel is None else house().reach.fallbacks.view(staff, panel)
    alert = house().alerts.own(staff, pop.call_id) if pop.is_alerted else None
    steers = house().live.can_steer(pop.source)
    known = {"pop": pop, "staff": staff, "panel": panel, "fallbacks": beside, "is_open": is_open}
    candidates = [each.customer.id for each in pop.caller.candidates]
    marks = house().keeping.harassment.marks(pop.caller.number, candidates)
    known |= {"alert": alert, "alert_reasons": CHOICES, "steers": steers, "harassments": marks}
    current_app.update_template_context(known)
    module = current_app.jinja_env.get_template("desk/parts.html").make_module(known)
    return {part: getattr(module, part) for part in (_TAB, *_PARTS)}


def _panel(staff: Staff, pop: PopView) -> PanelView | None:
    """Return the verification panel of the chosen customer, or None for who may not verify the caller (any more)."""
    chosen = pop.caller.chosen
    if chosen is None or not pop.is_mine:
        return None
    try:
        return house().identity_panel.view(staff, pop.call_id, chosen.customer.id)
    except (Denied, NotFound):  # a phone that still rings for a call that a colleague took a moment ago
        return None


def draw_pop(pop: PopView, parts: Mapping[str, str], *, is_open: bool = False) -> str:
    """Return the whole call; `parts` are its parts as drawn by `draw_parts`, `is_open`: its tab is the open one."""
    return render_template("desk/pop.html", pop=pop, parts=parts, is_open=is_open)


def note_fields(pop: PopView) -> dict[str, str]:
    """Return the fields of the call's note as its form has them, topic and disposition in words."""
    typed = asdict(pop.note.fields)
    typed |= {name: word(typed[name]) for name in ("topic", "disposition")}
    return typed | {"version": str(pop.note.version)}


def draw_idle(staff: Staff) -> str:
    """Return what stands there while nothing rings."""
    return render_template("desk/idle.html", quiet=house().desk.quiet(staff), staff=staff)


def draw_waiting(staff: Staff) -> str:
    """Return which calls wait in the queues that he watches, above his own."""
    return render_template("desk/waiting.html", waiting=house().entering.seats.waiting(staff))


def draw_checks(staff: Staff) -> str:
    """Return what was asked about recordings and what came of it, above the calls."""
    return render_template("desk/checks.html", checks=house().checks.on_desk(staff), staff=staff)


def draw_alerts(staff: Staff) -> str:
    """Return what tells a supervisor that somebody asks for help, above everything else.

    Asked at every ring of every desk: for all others it is known without drawing.
    """
    if not may(staff.role, Deed.SEE_BOARD):
        return NO_ALERTS
    return render_template("desk/alerts.html", waiting=house().alerts.waiting(staff))


def as_event(kind: str, message: Message | Mapping[str, str] | None = None) -> str:
    """Return one server-sent event; JSON has no line ends in it, so the data is one line."""
    return f"event: {kind}\ndata: {json.dumps(message or {}, ensure_ascii=False)}\n\n"
