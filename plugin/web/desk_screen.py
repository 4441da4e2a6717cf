"""Draws the desk part by part, and knows what one stream's reader has on his screen: only what changed is sent."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import NotRequired, TypedDict

from flask import render_template
from markupsafe import Markup

from plugin.core.desk import PopView
from plugin.core.errors import Denied, NotFound
from plugin.core.staff import Staff
from plugin.core.times import to_us
from plugin.services.identity_panel import PanelView
from plugin.web.desk_words import word
from plugin.web.door import house


class Message(TypedDict):
    """What the page is told: state, never a log. The dicts are by call id, `parts` by part; only what changed is in.

    `at` is from before anything was read, in µs: an answer to a post and the stream may overtake one another, and the
    page keeps what was read last. `notes` are the fields of forms; a page takes them where nobody is typing.
    """

    at: int
    order: list[str]
    tabs: dict[str, str]
    pops: dict[str, str]
    parts: dict[str, str]
    notes: dict[str, dict[str, str]]
    idle: NotRequired[str]


# While a call is on the desk its page holds nothing of the quiet one: promises there have their text.
NO_IDLE = '<div class="idle" id="idle"></div>'
_PARTS = ("state", "who", "before", "actions", "verify", "sent")


class Screen:
    """What one reader was sent last."""

    def __init__(self) -> None:
        self._sent: dict[str, int] = {}
        self._order: list[str] | None = None

    def whole(self, staff: Staff) -> Message:
        """Return everything that stands on the desk now."""
        self._sent.clear()
        self._order = None
        return self._message(staff, with_idle=True)

    def news(self, staff: Staff, *, with_idle: bool) -> Message | None:
        """Return what changed since the last message, or None.

        `with_idle`: look at the page of a quiet desk too; it costs more, and no heartbeat changes it.
        """
        before = self._order
        message = self._message(staff, with_idle=with_idle)
        told = message["tabs"] or message["pops"] or message["parts"] or message["notes"] or "idle" in message
        return message if told or self._order != before else None

    def _message(self, staff: Staff, *, with_idle: bool) -> Message:
        at = to_us(house().clock())
        pops = house().desk.pops(staff)
        known = set(self._order or ())
        self._order = [pop.call_id for pop in pops]
        tabs: dict[str, str] = {}
        whole: dict[str, str] = {}
        parts: dict[str, str] = {}
        notes: dict[str, dict[str, str]] = {}
        for pop in pops:
            drawn = draw_parts(staff, pop)
            fresh = {name: html for name, html in drawn.items() if self._is_new(name, html)}
            tab = draw_tab(pop)
            if self._is_new(f"tab-{pop.call_id}", tab):
                tabs[pop.call_id] = tab
            note = note_fields(pop)
            is_new_note = self._is_new(f"note-{pop.call_id}", json.dumps(note))
            if pop.call_id in known:
                parts |= fresh
                notes |= {pop.call_id: note} if is_new_note else {}
            else:
                whole[pop.call_id] = draw_pop(pop, drawn)
        message: Message = {
            "at": at,
            "order": list(self._order),
            "tabs": tabs,
            "pops": whole,
            "parts": parts,
            "notes": notes,
        }
        if pops or with_idle or known:
            idle = NO_IDLE if pops else draw_idle(staff)
            if self._is_new("idle", idle):
                message["idle"] = idle
        return message

    def _is_new(self, name: str, html: str) -> bool:
        mark = hash(html)
        if self._sent.get(name) == mark:
            return False
        self._sent[name] = mark
        return True


def draw_tab(pop: PopView, *, is_open: bool = False) -> str:
    """Return the call's tab."""
    return render_template("desk/tab.html", pop=pop, is_open=is_open)


def draw_parts(staff: Staff, pop: PopView) -> dict[str, str]:
    """Return the parts of the call that are redrawn one by one, by name."""
    panel = _panel(staff, pop)
    return {
        f"{part}-{pop.call_id}": render_template(f"desk/{part}.html", pop=pop, staff=staff, panel=panel)
        for part in _PARTS
    }


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
    named = {name.split("-", 1)[0]: Markup(html) for name, html in parts.items()}  # noqa: S704  our own templates
    return render_template("desk/pop.html", pop=pop, parts=named, is_open=is_open)


def note_fields(pop: PopView) -> dict[str, str]:
    """Return the fields of the call's note as its form has them, topic and disposition in words."""
    typed = asdict(pop.note.fields)
    typed |= {name: word(typed[name]) for name in ("topic", "disposition")}
    return typed | {"version": str(pop.note.version)}


def draw_idle(staff: Staff) -> str:
    """Return what stands there while nothing rings."""
    return render_template("desk/idle.html", quiet=house().desk.quiet(staff), staff=staff)


def as_event(kind: str, message: Message | None = None) -> str:
    """Return one server-sent event; JSON has no line ends in it, so the data is one line."""
    return f"event: {kind}\ndata: {json.dumps(message or {}, ensure_ascii=False)}\n\n"
