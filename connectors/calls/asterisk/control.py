"""What we ask an Asterisk to do: ring an operator's phone and have it dial, let a supervisor in, steer a recording.

A manager account of its own may do that and nothing else; what happens inside a talk goes by ARI (ari/), where the site
has it. Orders only: what came of them, the events of the call tell (tracker.py). No order is given twice.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from connectors.calls.asterisk.ari.orders import AriOrders
from connectors.calls.asterisk.ari.talk import Talk
from connectors.calls.asterisk.client import Account, Patience, Session
from plugin.core.control import CallOrder, ControlAct
from plugin.core.errors import InputError, NotFound, OutsideError
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


_BY_ARI = frozenset(ControlAct) - {ControlAct.RECORD}


class AsteriskControl:
    """One exchange's orders (CallControl of plugin/core/control.py). `ticks` counts seconds.

    `orders`: its ARI, where there is one; `records`: what ARI records there is fetched.
    """

    def __init__(
        self,
        account: Account,
        dialling: Dialling,
        patience: Patience = PATIENCE,
        ticks: Callable[[], float] = time.monotonic,
        *,
        orders: AriOrders | None = None,
        records: bool = False,
    ) -> None:
        self._account = account
        self._orders = orders
        self._records = records
        self._dialling = dialling
        self._patience = patience
        self._ticks = ticks

    @property
    def can(self) -> frozenset[ControlAct]:
        """What this exchange is set up to do for us."""
        if self._orders is None:
            return frozenset({ControlAct.DIAL})
        return _BY_ARI | {ControlAct.RECORD} if self._records else _BY_ARI

    def dial(self, extension: str, e164: str) -> None:
        """Ring the phone of `extension`; see plugin/core/control.py CallControl."""
        if not _EXTENSION.fullmatch(extension):
            raise InputError("extension")
        chosen = self._dialling
        digits = dialled_in(chosen.region, e164)
        if not digits:
            raise InputError("number")
        answer = self._ask(
            "Originate",
            Channel=chosen.channel.replace("{extension}", extension),
            Context=chosen.context,
            Exten=chosen.prefix + digits,
            Priority="1",
            CallerID=f"<{extension}>",
            Timeout=str(_RING_MS),
            Async="true",
        )
        if answer != "Success":
            raise OutsideError("dial_refused", permanent=True)

    def order(self, order: CallOrder) -> None:
        """Do what is ordered in a talk; see plugin/core/control.py CallControl."""
        if self._orders is None or order.act not in self.can or order.act is ControlAct.DIAL:
            raise OutsideError("not_able", permanent=True)
        talk, tapes = self._orders.find(order)
        if order.act is ControlAct.TAKE_OVER:
            self._hand_over(talk, order.extension or "")
        elif order.act is ControlAct.RECORD:
            self._orders.record(talk, order.call_ids[0])
        elif order.act in (ControlAct.PAUSE, ControlAct.RESUME):
            self._keep_out(talk, tapes, on=order.act is ControlAct.PAUSE)
        else:
            self._orders.join(order, talk)

    def _hand_over(self, talk: Talk, extension: str) -> None:
        if not _EXTENSION.fullmatch(extension):
            raise InputError("extension")
        if talk.customer is None:
            raise NotFound("call")
        fields = {"Channel": talk.customer.name, "Context": self._dialling.context, "Exten": extension, "Priority": "1"}
        if self._ask("Redirect", **fields) != "Success":
            raise OutsideError("redirect_refused", permanent=True)

    def _keep_out(self, talk: Talk, tapes: tuple[str, ...], *, on: bool) -> None:
        """Mute whatever records the talk: on either channel the dialplan may have begun it, and tapes of our own."""
        assert self._orders is not None
        done = 0
        for channel in (talk.customer, talk.agent):
            if channel is not None:
                state = "1" if on else "0"
                done += self._ask("MixMonitorMute", Channel=channel.name, Direction="both", State=state) == "Success"
        for tape in tapes:
            self._orders.mute(tape, on=on)
        if not done and not tapes:
            raise OutsideError("not_recorded", permanent=True)

    def _ask(self, action: str, **fields: str) -> str:
        """Ask in a session of its own, and return the word of the answer."""
        session = Session(self._account, self._patience, self._ticks)
        try:
            return session.ask(action, **fields).get("Response")
        except OutsideError as error:
            if error.permanent:
                raise
            raise OutsideError(error.reason, perhaps=True) from error
        finally:
            session.close()
