"""Who may do what in a call under way: listen, whisper, take over; and steer what is recorded of it. Pure.

An alert of the team opens a call to a supervisor at once; without one he says for what purpose, and gives his password
as before a recording.
"""

from dataclasses import dataclass
from enum import StrEnum

from plugin.core.access import Deed, Purpose, is_own_team, may
from plugin.core.control import ControlAct
from plugin.core.errors import Denied, InputError, NotFound
from plugin.core.ids import UserId
from plugin.core.staff import Staff

JOINS = (ControlAct.LISTEN, ControlAct.WHISPER, ControlAct.TAKE_OVER)
STEERS = (ControlAct.PAUSE, ControlAct.RESUME, ControlAct.RECORD)
PURPOSES = (Purpose.QUALITY, Purpose.TRAINING, Purpose.COMPLAINT, Purpose.HARASSMENT)
BY_ALERT = "alert"


class OrderState(StrEnum):
    """What became of an order: taken by the phone system, refused, or nobody knows."""

    DONE = "done"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that was given, and what became of it; `why` is a stable word where it was not done."""

    act: ControlAct
    state: OrderState
    why: str = ""


@dataclass(frozen=True, slots=True)
class Talker:
    """Somebody of ours who talks in a call: `agent` is the phone system's word for him, `team` his ("": none)."""

    user_id: UserId
    agent: str
    team: str


def read_act(raw: str, among: tuple[ControlAct, ...]) -> ControlAct:
    """Return the act that a form names. Raises InputError("control_act")."""
    if raw not in among:
        raise InputError("control_act")
    return ControlAct(raw)


def read_purpose(raw: str) -> str:
    """Return the purpose that a form names, for a call without an alert. Raises InputError("purpose")."""
    if raw not in PURPOSES:
        raise InputError("purpose")
    return raw


def joined(actor: Staff, talkers: tuple[Talker, ...]) -> Talker:
    """Return in whose talk a supervisor takes part: the last to join of his own team, never himself.

    Raises Denied("role"), and NotFound("call") where no talk is his to know of.
    """
    if not may(actor.role, Deed.JOIN_LIVE):
        raise Denied("role")
    if any(talker.user_id == actor.user_id for talker in talkers):
        raise NotFound("call")
    teams = [talker for talker in talkers if is_own_team(actor, frozenset({talker.team} if talker.team else ()))]
    if not teams:
        raise NotFound("call")
    return teams[-1]
