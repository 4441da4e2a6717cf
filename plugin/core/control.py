"""What a phone system does for us, where it can: dial, let a supervisor into a call, steer what is recorded.

A port like those of plugin/core/ports.py, and under the same promise about errors.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ControlAct(StrEnum):
    """What a phone system may be able to do for us.

    LISTEN: the supervisor hears both, nobody hears him; WHISPER: the operator alone hears him; TAKE_OVER: the caller is
    handed to him and the operator is out. PAUSE and RESUME are about what is recorded of a call under way.
    """

    DIAL = "dial"
    LISTEN = "listen"
    WHISPER = "whisper"
    TAKE_OVER = "take_over"
    RECORD = "record"
    PAUSE = "pause"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class CallOrder:
    """Something to be done in a call under way: `call_ids` are all native ids it is known by, `agent` is the key of who
    talks in it (core/calls.py AgentRef), `extension` names the phone of who listens, whispers or takes over.
    """

    act: ControlAct
    call_ids: tuple[str, ...]
    agent: str
    extension: str | None = None


class CallControl(Protocol):
    """A phone system that does something for us; what it does is learned from its events alone."""

    @property
    def can(self) -> frozenset[ControlAct]:
        """What this one is able to do; nothing else may be asked of it."""
        ...

    def dial(self, extension: str, e164: str) -> None:
        """Ring the phone of `extension` and, once he takes it, have it dial `e164`.

        Returns when the phone system has taken the order; it is never given twice. Raises InputError("extension" |
        "number") for what the phone system can never ring, and OutsideError, whose fact `perhaps` says that it may ring
        all the same. Gives up within 10 seconds.
        """
        ...

    def order(self, order: CallOrder) -> None:
        """Do what is ordered, one of `can` but DIAL; returns when the phone system has taken the order.

        Raises InputError("extension") for a phone it can never ring, NotFound("call") where it knows no such talk (any
        more), and OutsideError as `dial` does. Gives up within 10 seconds.
        """
        ...
