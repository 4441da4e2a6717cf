"""What callers were told of being recorded and what they said to it: noted on the pop, told to the phone system.

Once a caller declines, what was recorded of the call is heard by nobody and nothing more is brought in. That is
committed before the phone system is asked to pause, whatever it answers. A call without a notice waits for a
manager.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from plugin.core.access import Deed, is_own_team, may, may_write_summary
from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.calls import Call, Direction
from plugin.core.consent import ConsentView, Heard, NoticeWay, UntoldCall, Wish, heard_of, is_declined, notice_of
from plugin.core.control import ControlAct
from plugin.core.errors import Conflict, Denied, DenwabanError, NotFound
from plugin.core.history import StoredCall
from plugin.core.ids import CallId, CustomerId
from plugin.core.live import Ordered
from plugin.core.ports import Clock, Publisher
from plugin.core.staff import Staff, read_word
from plugin.services.live import Live
from plugin.services.telling import tell
from plugin.store import audit, call_parts, calls, consents, pops, recordings
from plugin.store.engine import Connection, Store

_MOST = 200
_MOST_REASON = 200


@dataclass(frozen=True, slots=True)
class UntoldView:
    """The calls that wait for this manager, and how many wait for those of other teams."""

    calls: tuple[UntoldCall, ...]
    of_others: int


class Consents:
    """Notices and wishes. `ways`: how the calls of each phone system are announced, where the site told."""

    def __init__(self, store: Store, clock: Clock, live: Live, bus: Publisher, ways: Mapping[str, NoticeWay]) -> None:
        self._store = store
        self._clock = clock
        self._live = live
        self._bus = bus
        self._ways = dict(ways)

    def of_pop(self, stored: StoredCall, customer_ids: frozenset[CustomerId]) -> ConsentView:
        """Return what stands of it on a pop, with those of the customers who may be calling that declined before.

        Whoever sees the pop may see it; nothing is audited, for nothing of the past opens by it.
        """
        heard = self._heard(stored.call)
        with self._store.read() as connection:
            told_at = consents.told_at(connection, stored.id)
            own = consents.wish(connection, stored.id)
            who = consents.decliners(connection, customer_ids) if customer_ids else frozenset()
        before = Wish(True, stored.call.started_at) if stored.customer_id in who else None
        notice = notice_of(heard, told_at)
        return ConsentView(
            notice=notice,
            notice_at=told_at if notice != heard.notice else heard.at,
            own=own,
            decliners=who,
            is_declined=is_declined(own, before),
            can_pause=ControlAct.PAUSE in self._live.can_steer(stored.call.source),
        )

    def of_call(self, call_id: CallId) -> ConsentView | None:
        """Return the same for whoever sees the page of a call; None of a call inside the house.

        Raises NotFound("call").
        """
        with self._store.read() as connection:
            stored = calls.one(connection, call_id)
            declined, _ = consents.stands(connection, call_id)
        if stored is None:
            raise NotFound("call")
        if stored.call.direction is Direction.INTERNAL:
            return None
        return replace(self.of_pop(stored, frozenset()), is_declined=declined)

    def decline(self, staff: Staff, call_id: CallId) -> Ordered | None:
        """Note that the caller does not want to be recorded, and have the phone system pause; return what it answered.

        None: it cannot be told, or the call is over. Raises NotFound("call"), Denied("not_your_call").
        """
        return self._say(staff, call_id, declined=True)

    def agree(self, staff: Staff, call_id: CallId) -> Ordered | None:
        """Note that the caller may be recorded after all. Returns and raises as `decline` does."""
        return self._say(staff, call_id, declined=False)

    def _say(self, staff: Staff, call_id: CallId, *, declined: bool) -> Ordered | None:
        def work(connection: Connection) -> StoredCall:
            stored, now = self._own(connection, staff, call_id), self._clock()
            consents.set_wish(connection, stored.id, Wish(declined, now), staff.user_id)
            change = recordings.decline if declined else recordings.agree
            for recording_id in change(connection, stored.id):
                self._note(connection, Act.RECORDING_DECLINED, staff, stored, declined, recording_id)
            self._note(connection, Act.RECORDING_DECLINED, staff, stored, declined)
            return stored

        stored = self._store.write_again(work)
        ordered = self._order(staff, stored, ControlAct.PAUSE if declined else ControlAct.RESUME)
        self._tell(stored)
        return ordered

    def _order(self, staff: Staff, stored: StoredCall, act: ControlAct) -> Ordered | None:
        if stored.call.ended_at is not None or act not in self._live.can_steer(stored.call.source):
            return None
        try:
            return self._live.steer(staff, stored.id, act)
        except DenwabanError:  # who does not talk in it himself, or it ended just now: what was noted stands
            return None

    def told(self, staff: Staff, call_id: CallId) -> None:
        """Note that he told the caller that the call is recorded. Raises as `decline` does."""

        def work(connection: Connection) -> StoredCall:
            stored = self._own(connection, staff, call_id)
            if consents.tell(connection, stored.id, self._heard(stored.call), staff.user_id, self._clock()):
                self._note(connection, Act.NOTICE_TOLD, staff, stored)
            return stored

        self._tell(self._store.write_again(work))

    def untold(self, staff: Staff) -> UntoldView:
        """Return the recorded calls of his team whose callers heard no notice. Raises Denied("role")."""
        _allow(staff)
        with self._store.read() as connection:
            found = consents.untold(connection, _MOST)
            teams = call_parts.teams_in(connection, [one.call_id for one in found])
        own = tuple(one for one in found if is_own_team(staff, teams.get(one.call_id, frozenset())))
        return UntoldView(own, len(found) - len(own))

    def waiting(self, staff: Staff) -> int:
        """Return how many calls wait for this person; none where it is not his to accept any."""
        return len(self.untold(staff).calls) if may(staff.role, Deed.ACCEPT_UNTOLD) else 0

    def accept(self, staff: Staff, call_id: CallId, reason: str) -> None:
        """Accept that there was no notice in a call of his team, in which he did not talk himself; then its recordings
        serve what others do.

        Raises Denied("role"), NotFound("call"), InputError("reason"), Conflict("not_untold").
        """
        _allow(staff)
        said = read_word(reason, _MOST_REASON, "reason")

        def work(connection: Connection) -> StoredCall:
            stored = calls.one(connection, call_id)
            part = None if stored is None else call_parts.find(connection, stored.id, staff.user_id, lock=True)
            if stored is None or part is None or not all(is_own_team(staff, teams) for teams in part.teams):
                raise NotFound("call")
            if part.taken_here:
                raise Denied("own_call")
            if not consents.accept(connection, stored.id, staff.user_id, said, self._clock()):
                raise Conflict("not_untold")
            self._note(connection, Act.NOTICE_ACCEPTED, staff, stored, remarks=(Remark(RemarkName.REASON, said),))
            return stored

        self._store.write_again(work)

    def _heard(self, call: Call) -> Heard:
        return heard_of(call, self._ways.get(call.source))

    def _own(self, connection: Connection, staff: Staff, call_id: CallId) -> StoredCall:
        stored = calls.one(connection, call_id)
        part = None if stored is None else call_parts.find(connection, stored.id, staff.user_id, lock=True)
        if stored is None or part is None or not (part.rang_here or may(staff.role, Deed.SEE_BOARD)):
            raise NotFound("call")
        if not may_write_summary(staff, part):
            raise Denied("not_your_call")
        return stored

    def _tell(self, stored: StoredCall) -> None:
        with self._store.read() as connection:
            known = pops.of_call(connection, stored.id)
        users = {user_id for _, user_id in known.values() if user_id is not None}
        tell(self._bus, users, about=stored.id)

    def _note(
        self,
        connection: Connection,
        act: Act,
        staff: Staff,
        stored: StoredCall,
        declined: bool = True,
        subject: str | None = None,
        remarks: tuple[Remark, ...] = (),
    ) -> None:
        outcome = "done" if act is not Act.RECORDING_DECLINED else "declined" if declined else "agreed"
        fact = AuditFact(
            act,
            self._clock(),
            user_id=staff.user_id,
            customer_id=stored.customer_id,
            call_id=stored.id,
            subject=subject,
            outcome=outcome,
            address=staff.address,
            remarks=remarks,
        )
        audit.append(connection, fact)


def _allow(staff: Staff) -> None:
    if not may(staff.role, Deed.ACCEPT_UNTOLD):
        raise Denied("role")
