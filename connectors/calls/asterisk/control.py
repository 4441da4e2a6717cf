"""What we ask an Asterisk to do: ring an operator's phone and have it dial. A manager account of its own may do nothing
but that.

Orders only: whether anybody answered, the events of the call tell (tracker.py). No order is given twice.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from connectors.calls.asterisk.client import Account, Patience, Session
from plugin.core.control import CallOrder, ControlAct
from plugin.core.errors import InputError, OutsideError
from plugin.core.number_plan import dialled_in

# Five waits at the most (connect, greeting, two of the sign-in, the order) stay below the ten seconds of the port.
PATIENCE = Patience(answer_s=1.9, read_s=0.2)
_EXTENSION = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_RING_MS = 30_000


@dataclass(frozen=True, slots=True)
class Dialling:
    """How this exchange dials: an operator's channel (with {extension}), the context of outgoing calls, the digits
    before a number, and the region whose numbers are dialled as national ones.
    """

    channel: str
    context: str
    prefix: str
    region: str


class AsteriskControl:
    """One exchange's orders (CallControl of plugin/core/control.py). `ticks` counts seconds."""

    can = frozenset({ControlAct.DIAL})

    def __init__(
        self,
        account: Account,
        dialling: Dialling,
        patience: Patience = PATIENCE,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._dialling = dialling
        self._patience = patience
        self._ticks = ticks

    def dial(self, extension: str, e164: str) -> None:
        """Ring the phone of `extension`; see plugin/core/control.py CallControl."""
        if not _EXTENSION.fullmatch(extension):
            raise InputError("extension")
        chosen = self._dialling
        digits = dialled_in(chosen.region, e164)
        if not digits:
            raise InputError("number")
        session = Session(self._account, self._patience, self._ticks)
        try:
            answer = _order(
                session,
                Channel=chosen.channel.replace("{extension}", extension),
                Context=chosen.context,
                Exten=chosen.prefix + digits,
                Priority="1",
                CallerID=f"<{extension}>",
                Timeout=str(_RING_MS),
                Async="true",
            )
        finally:
            session.close()
        if answer != "Success":
            raise OutsideError("dial_refused", permanent=True)

    def order(self, order: CallOrder) -> None:
        """Refuse: a dialling account does nothing in a call."""
        raise OutsideError("not_able", permanent=True, act=order.act)


def _order(session: Session, **fields: str) -> str:
    try:
        return session.ask("Originate", **fields).get("Response")
    except OutsideError as error:
        if error.permanent:
            raise
        raise OutsideError(error.reason, perhaps=True) from error
