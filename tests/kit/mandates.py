"""A proxy with answers of his own, and the two people who make his mandate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from plugin.core.approvals import Approval, ApprovalKind
from plugin.core.identity import Item, Policy
from plugin.core.ids import CustomerId
from plugin.core.mandates import Mandate, Scope
from plugin.core.staff import Role, Staff
from plugin.services.approvals import Approvals
from plugin.services.mandates import Mandates
from tests.kit.callers import Line

PROXY = {
    Item.NAME_KANA: "ミナト ナオト",
    Item.BIRTH_DATE: "S60.11.3",
    Item.PASSPHRASE: "やまゆり",
    Item.CONTRACT_NUMBER: "D-100",
}
TOLD = {Item.NAME_KANA: "みなとなおと", Item.BIRTH_DATE: "1985/11/3", Item.PASSPHRASE: "やまゆり"}
LAST = date(2027, 3, 31)


@dataclass(frozen=True, slots=True)
class Registry:
    """The mandates of a site, and the second person who confirms them."""

    rooms: Mandates
    approvals: Approvals
    second: Staff

    @classmethod
    def on(cls, line: Line) -> "Registry":
        approvals = Approvals(line.store, line.clock, {ApprovalKind.MANDATE: lambda *told: rooms.carry_out(*told)})
        rooms: Mandates = Mandates(line.store, line.clock, line.answers, approvals, Policy(), ZoneInfo("Asia/Tokyo"))
        return cls(rooms, approvals, line.town.staff("second", Role.PRIVACY))

    def ask(
        self,
        boss: Staff,
        customer: CustomerId,
        name: str = "湊 直人",
        scope: Scope = Scope.HISTORY,
        last: date = LAST,
        said: Mapping[Item, str] = PROXY,
    ) -> Mandate:
        """Register one, which nobody has confirmed yet."""
        return self.rooms.register(boss, customer, name, scope, last, said, "委任状")

    def request(self, made: Mandate) -> Approval:
        """Return the request that waits for the second person."""
        waiting = [one.approval for one in self.approvals.board(self.second).waiting]
        return next(one for one in waiting if one.subject == made.id)

    def confirm(self, made: Mandate) -> Mandate:
        """Let the second person approve."""
        request = self.request(made)
        self.approvals.approve(request.id, request.content_hash, "照合した", self.second)
        return next(one for one in self.rooms.of(self.second, made.customer_id)[1] if one.id == made.id)

    def register(self, boss: Staff, *given: Any) -> Mandate:
        """Register one and have it confirmed."""
        return self.confirm(self.ask(boss, *given))
