"""Which channels of an exchange are the talk that an order is about: the customer's, and the phone of who talks.

An agent may have several phones up (a talk, a consultation), and between him and the customer may stand Local pairs: he
who shares a bridge with the call is meant, else he whose channel is linked to it. Guesses nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.calls.asterisk.names import extension_of, read_name
from plugin.core.errors import NotFound, OutsideError

_UP = "Up"


@dataclass(frozen=True, slots=True)
class AriChannel:
    """A channel as ARI lists it."""

    id: str
    name: str
    is_up: bool
    caller_id: str


@dataclass(frozen=True, slots=True)
class Talk:
    """The talk: `agent` is the phone of who talks, `customer` the trunk's channel where it is known."""

    agent: AriChannel
    customer: AriChannel | None


def read_channels(said: Any) -> list[AriChannel]:
    """Return the channels of a list. Raises OutsideError("bad_answer")."""
    try:
        return [
            AriChannel(_text(one["id"]), _text(one["name"]), one["state"] == _UP, _text(one["caller"]["number"]))
            for one in said
        ]
    except (KeyError, TypeError) as error:
        raise OutsideError("bad_answer") from error


def read_rooms(said: Any) -> list[frozenset[str]]:
    """Return the ids of the channels of each bridge of a list. Raises OutsideError("bad_answer")."""
    try:
        return [frozenset(_text(channel) for channel in one["channels"]) for one in said]
    except (KeyError, TypeError) as error:
        raise OutsideError("bad_answer") from error


def find_talk(
    channels: Sequence[AriChannel],
    rooms: Iterable[frozenset[str]],
    call_ids: Sequence[str],
    agent: str,
    trunks: Sequence[str],
    linked_to: Callable[[str], str],
) -> Talk:
    """Return the talk of `agent` in the call; `linked_to` asks for the linked id of a channel.

    Raises NotFound("call") where he talks with nobody there.
    """
    known = frozenset(call_ids)
    names = {one.id: read_name(one.name, trunks) for one in channels}
    phones = [
        one
        for one in channels
        if one.is_up
        and names[one.id].real
        and not names[one.id].trunk
        and agent in (extension_of(names[one.id], one.caller_id), names[one.id].endpoint)
    ]
    beside = [room for room in rooms if room & known]
    chosen = [one for one in phones if any(one.id in room for room in beside)]
    chosen = chosen or [one for one in phones if one.id in known or linked_to(one.id) in known]
    if not chosen:
        raise NotFound("call")
    customers = [one for one in channels if one.id in known and names[one.id].trunk and one.is_up]
    return Talk(chosen[0], customers[0] if customers else None)


def _text(said: Any) -> str:
    if not isinstance(said, str):
        raise TypeError
    return said
