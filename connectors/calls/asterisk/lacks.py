"""What an exchange keeps from us although calls go by: classes missing in `read`, event filters, variables.

The interface tells nobody what it keeps from him. So the events of a whole call are the proof: who heard a customer
come and go, and not one step of the dialplan, does not read the class. Calls that we came late to prove nothing.
"""

from connectors.calls.asterisk.channels import Channel
from connectors.calls.asterisk.findings import Finding
from connectors.calls.asterisk.tracked import Tracked
from connectors.calls.asterisk.wire import Message


class Lacks:
    """Looks at the events of one session. `found` is what is missing; None until a whole call was heard."""

    def __init__(self) -> None:
        self.found: frozenset[Finding] | None = None
        self._heard: set[str] = set()
        self._variables: set[str] = set()

    def begin(self) -> None:
        """A session begins; the account may have been mended meanwhile."""
        self._heard, self._variables = set(), set()

    def hear(self, event: str, message: Message, channel: Channel | None) -> None:
        """An event of that name came; `channel` is the customer's where it was about one."""
        self._heard.add(event)
        if channel is not None:
            self._variables.update(text.partition("=")[0] for text in message.all("ChanVariable"))

    def judge(self, call: Tracked, customer: Channel) -> None:
        """A customer who was heard from his first event on has gone."""
        if not customer.whole:
            return
        lacks = set()
        if not self._heard & {"Newexten", "VarSet"}:
            lacks.add(Finding.NO_DIALPLAN)
        elif "VarSet" not in self._heard:
            lacks.add(Finding.NO_VARIABLES)
        elif "Newexten" not in self._heard:
            lacks.add(Finding.NO_STEPS)
        if customer.asked_queue and not self._heard & {"QueueCallerJoin", "QueueCallerLeave", "AgentCalled"}:
            lacks.add(Finding.NO_AGENT)
        if "BridgeEnter" not in self._heard and any(leg.said == "ANSWER" for leg in call.legs.values()):
            lacks.add(Finding.NO_BRIDGES)
        if "FROM_DID" not in self._variables:
            lacks.add(Finding.NO_DID)
        self.found = frozenset(lacks)
