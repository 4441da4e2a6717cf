"""How numbers are used: who works on a call says it of its number, with a reason, and sees what was said before.

Says it of a number only by a call that came from it; the number itself is in no address and no log. Gives no call to
anybody, and proves nothing.
"""

from dataclasses import dataclass

from plugin.core.access import Deed, may, may_assign
from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.errors import Denied, InputError, NotFound
from plugin.core.ids import CallId, UserId
from plugin.core.ports import Clock, Publisher
from plugin.core.sharing import SharedNumber, Sharing, SharingChange, SharingKind
from plugin.core.staff import Staff
from plugin.services.telling import tell
from plugin.store import adoptions, audit, call_parts, pops, sharings
from plugin.store.engine import Connection, Store

_LONGEST_REASON = 255
_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class SharingView:
    """A number and how it is used, as its page shows it."""

    call_id: CallId
    e164: str
    sharing: Sharing | None
    history: tuple[SharingChange, ...]


class Sharings:
    """`least`: from so many different persons on, calls teach that a number is shared."""

    def __init__(self, store: Store, clock: Clock, bus: Publisher, least: int) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus
        self._least = least

    def of_call(self, actor: Staff, call_id: CallId) -> SharingView:
        """Return how the number of the call is used, to who may say whose call it is.

        Raises NotFound, also where the call has no number; Denied("not_your_call").
        """
        with self._store.read() as connection:
            found, e164 = self._number(connection, actor, call_id)
            known, said = sharings.of_number(connection, e164), sharings.history(connection, e164)
        return SharingView(found, e164, known, said)

    def say(self, actor: Staff, call_id: CallId, kind: SharingKind | None, reason: str) -> None:
        """Say how the number of the call is used; None takes it back: what calls teach counts again.

        Raises as `of_call`, and InputError: "empty", "too_long" and "control_character" for the reason.
        """
        _check(reason)
        at = self._clock()

        def work(connection: Connection) -> set[UserId]:
            found, e164 = self._number(connection, actor, call_id)
            if kind is None:
                sharings.take_back(connection, e164, self._least, actor.user_id, reason.strip(), at)
            else:
                sharings.say(connection, e164, kind, actor.user_id, reason.strip(), at)
            adoptions.ask(connection, (e164,), at)
            audit.append(
                connection,
                AuditFact(
                    Act.NUMBER_SHARING,
                    at,
                    user_id=actor.user_id,
                    call_id=found,
                    outcome=kind.value if kind else "taken_back",
                    address=actor.address,
                    remarks=(Remark(RemarkName.REASON, reason.strip()),),
                ),
            )
            return {user for user, _, number, _ in pops.on_all_desks(connection) if number == e164}

        tell(self._bus, self._store.write_again(work))  # the first word of a number may be said by two at once

    def newest(self, actor: Staff) -> tuple[SharedNumber, ...]:
        """Return the numbers that several use, and those that people spoke of, the newest first. Raises Denied."""
        if not may(actor.role, Deed.SEE_BOARD):
            raise Denied("role")
        with self._store.read() as connection:
            return sharings.newest(connection, _MOST_LISTED)

    def _number(self, connection: Connection, actor: Staff, call_id: CallId) -> tuple[CallId, str]:
        part = call_parts.find(connection, call_id, actor.user_id)
        if part is None:
            raise NotFound("call")
        if not may_assign(actor, part):
            raise Denied("not_your_call")
        e164 = sharings.number_of(connection, part.id)
        if e164 is None:
            raise NotFound("number")
        return part.id, e164


def _check(reason: str) -> None:
    if not reason.strip():
        raise InputError("empty", field="reason")
    if len(reason) > _LONGEST_REASON:
        raise InputError("too_long", field="reason", most=_LONGEST_REASON)
    if not reason.isprintable():
        raise InputError("control_character", field="reason")
