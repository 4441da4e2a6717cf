"""Phones and who sits at them: extensions, the devices that ring as one, seats for a shift, and who watches a queue.

An extension is an account's own, or a shared phone at which one person at a time takes a seat; who sits at a shared one
is not at his own meanwhile. Knows nothing of how a phone system names a device but the name itself.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plugin.core.calls import AgentRef, CallEvent
from plugin.core.errors import InputError
from plugin.core.ids import CallId, UserId
from plugin.core.numbers import WithheldReason
from plugin.core.staff import read_word

MOST_DEVICES = 20
_MOST_LETTERS = 64


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at a shared phone, from when until when at the latest."""

    extension: str
    user_id: UserId
    name: str
    began_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Phone:
    """An extension. `owner` is whose own it is, by name; `devices` are the names that the phone system has for it."""

    extension: str
    label: str
    is_shared: bool
    devices: tuple[str, ...]
    owner: str | None
    seat: Seat | None


@dataclass(frozen=True, slots=True)
class Watch:
    """A person who sees the waiting calls of a queue."""

    queue: str
    user_id: UserId
    name: str


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call that waits in a queue; `ringing`: at how many people's phones it rings just now."""

    call_id: CallId
    queue: str
    number: str | None
    withheld: WithheldReason | None
    since: datetime
    ringing: int
    extension: str | None = None


def read_devices(raw: str) -> tuple[str, ...]:
    """Return the names of devices, one a line, each once.

    Raises InputError("devices") for more than 20, and for one with more than 64 letters or signs that do not print.
    """
    names = dict.fromkeys(name for line in raw.splitlines() if (name := unicodedata.normalize("NFKC", line).strip()))
    if len(names) > MOST_DEVICES or any(len(name) > _MOST_LETTERS or not name.isprintable() for name in names):
        raise InputError("devices", field="devices")
    return tuple(names)


def read_queue(raw: str) -> str:
    """Return a queue's name as the phone system says it. Raises InputError("queue")."""
    return read_word(raw, _MOST_LETTERS, "queue")


def agents_in(events: Sequence[CallEvent]) -> frozenset[str]:
    """Return every name of an agent in the events."""
    named: set[str | None] = set()
    for event in events:
        named.add(event.agent.key if event.agent else None)
        if event.transfer is not None:
            named |= {event.transfer.by, event.transfer.to}
    return frozenset(name for name in named if name)


def at_extensions(event: CallEvent, extensions: Mapping[str, str]) -> CallEvent:
    """Return the event with the extension in place of each device that `extensions` knows."""
    agent, transfer = event.agent, event.transfer
    known = None if agent is None or agent.key is None else extensions.get(agent.key)
    if agent is not None and known is not None:
        agent = AgentRef(known, agent.id, agent.name)
    if transfer is not None:
        by, to = (extensions.get(name or "", name) for name in (transfer.by, transfer.to))
        transfer = replace(transfer, by=by, to=to)
    return replace(event, agent=agent, transfer=transfer)
