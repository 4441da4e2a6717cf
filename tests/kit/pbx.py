"""An exchange whose single events a test plays, in the form of Asterisk's own, and what the tracker makes of them."""

from typing import Any

from connectors.calls.asterisk.tracker import Tracker
from connectors.calls.asterisk.wire import Message
from plugin.core.call_account import account, fold_all
from plugin.core.calls import CallEvent
from plugin.core.times import from_us

ALLOWED, HIDDEN = "allowed_not_screened", "prohib_passed_screen"
CUSTOMER = "09011112222"


class Exchange:
    """Plays events of an exchange, 10 ms apart, and hears what the tracker makes of them."""

    def __init__(self, *trunks: str) -> None:
        self._tracker = Tracker("pbx", trunks or ("PJSIP/trunk*",), lambda: from_us(0))
        self._now = 1_795_388_000_000_000
        self._names: dict[str, dict[str, str]] = {}
        self.events: list[CallEvent] = []

    def channel(
        self,
        uid: str,
        name: str,
        state: str,
        number: str = "",
        *,
        linked: str = "",
        pres: str = ALLOWED,
        exten: str = "s",
    ) -> str:
        self._names[uid] = {
            "Channel": name,
            "ChannelStateDesc": state,
            "CallerIDNum": number or "<unknown>",
            "CallerIDName": "<unknown>",
            "Exten": exten,
            "Uniqueid": uid,
            "Linkedid": linked or uid,
            "ChanVariable": f"CALLERID(num-pres)={ALLOWED}",
        }
        self.say("Newchannel", uid)
        return uid

    def set(self, uid: str, **fields: str) -> None:
        self._names[uid] |= fields

    def say(
        self, event: str, uid: str = "", dest: str = "", prefixes: dict[str, str] | None = None, **more: str
    ) -> None:
        self._now += 10_000
        pairs = [("Event", event), ("Timestamp", f"{self._now // 10**6}.{self._now % 10**6:06}")]
        for prefix, who in {"": uid, "Dest": dest, **(prefixes or {})}.items():
            pairs += [(f"{prefix}{key}", value) for key, value in self._names.get(who, {}).items()]
        self.events += self._tracker.take(Message([*pairs, *more.items()]))

    def arrive(
        self, uid: str = "c", name: str = "PJSIP/trunk-00000001", number: str = CUSTOMER, pres: str = ALLOWED
    ) -> str:
        self.channel(uid, name, "Ring", number, pres=ALLOWED, exten="0312345678")
        self.set(uid, ChanVariable=f"CALLERID(num-pres)={pres}")
        self.say("Newexten", uid, Application="NoOp")
        return uid

    def ring(self, customer: str, uid: str, name: str, number: str = "") -> str:
        self.channel(uid, name, "Down", number, linked=customer)
        self.say("DialBegin", customer, uid)
        self.set(uid, ChannelStateDesc="Ringing")
        return uid

    def bridge(self, bridge: str, *uids: str) -> None:
        for uid in uids:
            self.set(uid, ChannelStateDesc="Up")
            self.say("BridgeEnter", uid, BridgeUniqueid=bridge)

    def talk(self, customer: str, uid: str, bridge: str = "b1") -> None:
        self.say("DialEnd", customer, uid, DialStatus="ANSWER")
        self.bridge(bridge, uid, customer)

    def leave(self, uid: str, *, asked: bool = False, cause: str = "16") -> None:
        if asked:
            self.say("HangupRequest", uid)
        self.say("Hangup", uid, Cause=cause)

    def calls(self) -> list[dict[str, Any]]:
        return [account(call) for call in fold_all(self.events)]

    def call(self) -> dict[str, Any]:
        (only,) = self.calls()
        return only
