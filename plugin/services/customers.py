"""Customers: who may be calling under a number, finding one by hand, and a person's word on whose call it was.

A number gives candidates and nothing more: no call is ever given to a customer here but by a person. Looking up and
deciding are audited; what was typed is kept beside the audit's line alone, where it can be erased. Tells no desk: the
caller does.
"""

from collections.abc import Sequence
from datetime import timedelta

from plugin.core.access import Deed, may, may_assign
from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.calls import Direction
from plugin.core.customers import Customer, Found, HeldNumber, LookUpReason
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.identity import VerificationState
from plugin.core.ids import CallId, CustomerId
from plugin.core.matching import (
    CHOOSING,
    Assignment,
    AssignmentAct,
    Match,
    last_decisions,
    match_without_number,
    rank,
)
from plugin.core.name_index import LONGEST_SEARCH, fold, words_of
from plugin.core.numbers import External, NumberReading, read_number
from plugin.core.parts import CallPart
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.services.turns import Turns
from plugin.store import adoptions, assignments, audit, call_parts, customers, identity, sharings
from plugin.store.engine import Connection, Store

MOST_FOUND = 50
_MOST_ENTRIES = 500  # under one number; a number that more fields hold is a placeholder somebody typed
_LONGEST_REASON = 255
_LOOK_UPS = Turns("look_ups", 120, timedelta(minutes=15))  # of one person: eight a minute are no work with callers


class Customers:
    """The customers of a site. `region`: where numbers that people type here are dialled, as two letters.

    `shared_from`: a number from which so many different persons called is one that several use.
    """

    def __init__(self, store: Store, clock: Clock, region: str, shared_from: int = 3) -> None:
        self._shared_from = shared_from
        self._store = store
        self._clock = clock
        self._region = region

    def match(self, reading: NumberReading, for_call: CallId | None = None) -> Match:
        """Return who may be calling with the number as read; nobody for anything but a number of the network.

        `for_call`: what is decided about that very call changes neither its reasons nor the order.
        """
        nobody = match_without_number(reading)
        if nobody is not None:
            return nobody
        assert isinstance(reading, External)
        return self.candidates(reading.e164, reading.extension, for_call)

    def candidates(self, e164: str, extension: str | None = None, for_call: CallId | None = None) -> Match:
        """Return every customer who has the number `e164`, with how sure and why, in a stable order."""
        with self._store.read() as connection:
            holders = customers.holders(connection, e164, _MOST_ENTRIES + 1)
            earlier = assignments.earlier(connection, e164, for_call)
            have = {holder.customer.id for holder in holders}
            chosen = [one for one, last in last_decisions(earlier).items() if last.act in CHOOSING and one not in have]
            sharing = sharings.of_number(connection, e164)
            others = [one for one in customers.of_ids(connection, chosen).values() if one.gone_at is None]
        more = len(holders) > _MOST_ENTRIES
        return rank(holders[:_MOST_ENTRIES], earlier, extension, chosen=others, more=more, sharing=sharing)

    def customer(self, customer_id: CustomerId) -> Customer:
        """Return the customer, gone or not. Raises NotFound. What of him may be shown is the caller's to decide."""
        with self._store.read() as connection:
            found = customers.of_id(connection, customer_id)
        if found is None:
            raise NotFound("customer")
        return found

    def numbers_of(self, customer_id: CustomerId) -> tuple[HeldNumber, ...]:
        """Return all numbers written for the customer, unreadable ones too; none for one who is unknown or gone."""
        with self._store.read() as connection:
            return customers.numbers_of(connection, customer_id)

    def look_up(
        self, actor: Staff, text: str, reason: LookUpReason, most: int = MOST_FOUND, call_id: CallId | None = None
    ) -> Found:
        """Find up to `most` (1-50) customers by a number in any form, or by words of name, reading (any kana) or code.

        `call_id`: the call he is sought for. Raises Denied("role"), InputError("empty"), InputError("too_long"), and
        LimitReached("look_ups") for who looks up more than anybody who talks with callers.
        """
        if not may(actor.role, Deed.USE_DESK):
            raise Denied("role")
        if len(text) > LONGEST_SEARCH:
            raise InputError("too_long", field="text", most=LONGEST_SEARCH)
        words = words_of(text)
        reading = read_number(text, self._region)
        if not words and not isinstance(reading, External):
            raise InputError("empty", field="text")
        most = max(1, min(most, MOST_FOUND))
        with self._store.write() as connection:
            _LOOK_UPS.take(connection, f"look_up:{actor.user_id}", self._clock())
            found: dict[CustomerId, Customer] = {}
            if isinstance(reading, External):
                holders = customers.holders(connection, reading.e164, most + 1)
                found |= {holder.customer.id: holder.customer for holder in holders}
            code = text.strip()
            if code.isprintable():  # a lone surrogate is no text to a database
                found |= {one.id: one for one in customers.with_code(connection, code, most + 1)}
            if words:
                by_words = customers.with_words(connection, words, most + 1)
                found |= {one.id: one for one in _order(by_words, words)}
            kind = "number" if isinstance(reading, External) and reading.valid else "words"
            audit.append(
                connection,
                AuditFact(
                    Act.LOOK_UP,
                    self._clock(),
                    user_id=actor.user_id,
                    call_id=call_id,
                    purpose=reason.value,
                    outcome=f"{kind} {min(len(found), most)}",
                    address=actor.address,
                    remarks=(Remark(RemarkName.SEARCH, text.strip()),),
                ),
            )
        return Found(tuple(found.values())[:most], more=len(found) > most)

    def confirm(self, actor: Staff, call_id: CallId, customer_id: CustomerId) -> None:
        """Say that the call is this customer's. Again is nothing new.

        Raises Denied("role" or "not_your_call"), NotFound, Conflict("customer_gone"), Conflict("internal_call"), and
        Conflict("assigned") where somebody gave it to another: that takes `reassign`.
        """
        self._decide(actor, call_id, customer_id, AssignmentAct.CONFIRM)

    def refuse(self, actor: Staff, call_id: CallId, customer_id: CustomerId) -> None:
        """Say that the caller is not this customer; the call stays nobody's, or that of another.

        Raises as `confirm`; Conflict("assigned") where the call is his: that takes `unassign` or `reassign`.
        """
        self._decide(actor, call_id, customer_id, AssignmentAct.REFUSE)

    def reassign(self, actor: Staff, call_id: CallId, customer_id: CustomerId, reason: str = "") -> None:
        """Give a call that is another's to this customer; `reason` in his own words, kept in the call's history.

        Raises as `confirm`, Conflict("unassigned") where it is nobody's, and InputError: "too_long", or
        "control_character" where the reason holds a line break or another sign that does not print.
        """
        self._decide(actor, call_id, customer_id, AssignmentAct.REASSIGN, reason)

    def unassign(self, actor: Staff, call_id: CallId, reason: str = "") -> None:
        """Make the call nobody's again. Raises as `reassign`."""
        self._decide(actor, call_id, None, AssignmentAct.UNASSIGN, reason)

    def assignments_of(self, call_id: CallId) -> tuple[Assignment, ...]:
        """Return what was decided about the call and by whom, the oldest first."""
        with self._store.read() as connection:
            return assignments.history(connection, call_id)

    def _decide(
        self, actor: Staff, call_id: CallId, customer_id: CustomerId | None, act: AssignmentAct, reason: str = ""
    ) -> None:
        if not may(actor.role, Deed.USE_DESK):
            raise Denied("role")
        if len(reason) > _LONGEST_REASON:
            raise InputError("too_long", field="reason", most=_LONGEST_REASON)
        if not reason.isprintable():
            raise InputError("control_character", field="reason")
        at = self._clock()
        with self._store.write() as connection:
            call = call_parts.find(connection, call_id, actor.user_id, lock=True)
            if call is None:
                raise NotFound("call")
            if not may_assign(actor, call):
                raise Denied("not_your_call")
            customer = None if customer_id is None else customers.of_id(connection, customer_id)
            if customer_id is not None and customer is None:
                raise NotFound("customer")
            if customer is not None and customer.gone_at is not None:
                raise Conflict("customer_gone")
            if not _is_news(call, customer_id, act):
                return
            assignments.decide(connection, call.id, customer_id, act, actor.user_id, at, reason)
            self._learn(connection, call.id)
            self._end_proofs(connection, actor, call.id, customer_id, act)
            audit.append(
                connection,
                AuditFact(
                    Act.CALL_ASSIGNED,
                    at,
                    user_id=actor.user_id,
                    customer_id=customer_id or call.customer_id,
                    call_id=call.id,
                    outcome=act.value,
                    address=actor.address,
                    remarks=(Remark(RemarkName.REASON, reason),) if reason.strip() else (),
                ),
            )

    def _learn(self, connection: Connection, call_id: CallId) -> None:
        """Let the number of the call know that it is somebody's, or nobody's, call."""
        e164 = sharings.number_of(connection, call_id)
        if e164 is not None and sharings.learn(connection, e164, self._shared_from, self._clock()):
            adoptions.ask(connection, (e164,), self._clock())

    def _end_proofs(
        self, connection: Connection, actor: Staff, call_id: CallId, customer_id: CustomerId | None, act: AssignmentAct
    ) -> None:
        """End what was proved of whom the caller is said not to be: it opened that person's history and recordings."""
        if act is AssignmentAct.REFUSE:
            ended = identity.close_of_call(connection, call_id, only=customer_id)
        else:
            ended = identity.close_of_call(connection, call_id, but=customer_id)
        for one in ended:
            audit.append(
                connection,
                AuditFact(
                    Act.VERIFY_ENDED,
                    self._clock(),
                    user_id=actor.user_id,
                    customer_id=one.customer_id,
                    call_id=call_id,
                    subject=one.id,
                    outcome=VerificationState.ENDED.value,
                    address=actor.address,
                ),
            )


def _is_news(call: CallPart, customer_id: CustomerId | None, act: AssignmentAct) -> bool:
    """Tell whether the decision changes anything; raises Conflict where it does not fit the call as it stands."""
    if call.direction is Direction.INTERNAL:
        raise Conflict("internal_call")
    his = call.customer_id is not None and call.customer_id == customer_id
    match act:
        case AssignmentAct.CONFIRM:
            if call.customer_id is not None and not his:
                raise Conflict("assigned")
            return not his
        case AssignmentAct.REFUSE:
            if his:
                raise Conflict("assigned")
            return True
        case AssignmentAct.REASSIGN:
            if call.customer_id is None:
                raise Conflict("unassigned")
            return not his
        case AssignmentAct.UNASSIGN:
            if call.customer_id is None:
                raise Conflict("unassigned")
            return True


def _order(found: Sequence[Customer], words: Sequence[str]) -> list[Customer]:
    """Return the customers found by words, the closest first: whole field, beginning of a field, anywhere."""
    whole = "".join(words)

    def place(one: Customer) -> tuple[bool, bool, str, str, str]:
        name, kana, code = fold(one.name), fold(one.kana), fold(one.code)
        begins = any(field.startswith(words[0]) for field in (name, kana, code))
        return whole not in (name, kana, code), not begins, kana or name, name, one.id

    return sorted(found, key=place)
