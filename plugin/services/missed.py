"""Missed calls: who rings back, said so that two never do, and what became of it.

A line is one number. Whoever talks with the number, in whichever direction, closes it by that; a new missed call opens
one again. Never rings anybody by itself, nor a number in a region that the site rings nobody in: who lets a phone ring
once from abroad lives off those who ring back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.control import CallControl, ControlAct
from plugin.core.errors import Conflict, Denied, InputError, NotFound, OutsideError
from plugin.core.ids import CallId
from plugin.core.missed import MissedCall, MissedLine, Windows, lines_of
from plugin.core.number_plan import region_of
from plugin.core.ports import Clock
from plugin.core.staff import Role, Staff
from plugin.services.outward import Outward
from plugin.store import audit, missed
from plugin.store.engine import Connection, Store

_MOST_WAITING = 500


@dataclass(frozen=True, slots=True)
class MissedView:
    """The lines that wait, of one queue or of all; `queues`: those that have any. `until`: how far one has seen."""

    lines: tuple[MissedLine, ...]
    queues: tuple[str, ...]
    queue: str | None
    until: datetime


class Missed:
    """`controls` are the phone systems that dial for us, by source; `regions` where the site rings anybody at all."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        controls: Mapping[str, CallControl],
        outward: Outward,
        windows: Windows,
        regions: frozenset[str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._controls = dict(controls)
        self._outward = outward
        self._windows = windows
        self._regions = regions

    def waiting(self, staff: Staff, queue: str | None = None) -> MissedView:
        """Return what waits, in one queue or in all. Raises Denied("role")."""
        _at_desk(staff)
        now = self._clock()
        with self._store.read() as connection:
            found = self._waiting(connection, now)
        queues = tuple(sorted({call.queue for call in found if call.queue}))
        wanted = [call for call in found if queue is None or call.queue == queue]
        lines = tuple(self._for(staff, line) for line in lines_of(wanted))
        return MissedView(lines, queues, queue, now)

    def claim(self, staff: Staff, call_id: CallId) -> None:
        """Take the line of the call on. Again is nothing new.

        Raises Denied("role"), NotFound("call") where it waits no more, Conflict("claimed") where a colleague has it.
        """
        with self._store.write() as connection:
            self._take(connection, staff, call_id)

    def release(self, staff: Staff, call_id: CallId) -> None:
        """Let the line wait for anybody again: one's own; supervisors anybody's. Raises as `claim`."""
        with self._store.write() as connection:
            found = self._line(connection, staff, call_id)
            _refuse_others(staff, found, but=staff.role is Role.SUPERVISOR)
            missed.release(connection, found)
            self._note(connection, staff, call_id, "released")

    def done(self, staff: Staff, call_id: CallId) -> None:
        """Say that the line is done with, without anybody having talked. Raises as `claim`; supervisors: anybody's."""
        with self._store.write() as connection:
            found = self._line(connection, staff, call_id)
            _refuse_others(staff, found, but=staff.role is Role.SUPERVISOR)
            missed.done(connection, found, staff.user_id, self._clock())
            self._note(connection, staff, call_id, "done")

    def done_all(self, staff: Staff, queue: str | None, until: datetime) -> int:
        """Say that all lines are done with whose calls one has seen, of one queue or of all; return how many.

        What a colleague has taken on stays, and what came after `until`. Raises Denied("role").
        """
        _at_desk(staff)
        now = self._clock()
        with self._store.write() as connection:
            found = [call for call in self._waiting(connection, now) if call.started_at <= until]
            lines = lines_of(call for call in found if queue is None or call.queue == queue)
            mine = [line for line in lines if line.claimed_by in (None, staff.user_id)]
            for line in mine:
                again = missed.of_line(connection, line.call_id, line.first_at)
                kept = [call for call in again if call.started_at <= until and call.claimed_by in (None, staff.user_id)]
                missed.done(connection, kept, staff.user_id, now)
                self._note(connection, staff, line.call_id, "done_with_all")
        return len(mine)

    def dial(self, staff: Staff, call_id: CallId) -> None:
        """Take the line on, and have the phone system ring him and dial the number.

        Raises as `claim`, Conflict("cannot_dial") where it does not, Unavailable, and OutsideError as `dial` does.
        """
        refused: list[InputError | OutsideError] = []

        def order(control: CallControl, number: str) -> None:
            try:
                control.dial(staff.extension or "", number)
            except (InputError, OutsideError) as error:
                refused.append(error)

        def write_down() -> tuple[None, Callable[[], None]]:
            with self._store.write() as connection:
                number = self._take(connection, staff, call_id)
                control = self._control(staff, missed.source_of(connection, call_id), number)
                self._note(connection, staff, call_id, "dialled")
            return None, partial(order, control, number or "")

        self._outward.through(write_down)
        if refused:
            raise refused[0]

    def _take(self, connection: Connection, staff: Staff, call_id: CallId) -> str | None:
        """Take the line on, and return its number."""
        found = self._line(connection, staff, call_id)
        _refuse_others(staff, found)
        if any(call.claimed_by is None for call in found):
            missed.claim(connection, found, staff.user_id, self._clock())
            self._note(connection, staff, call_id, "claimed")
        return found[0].number

    def _line(self, connection: Connection, staff: Staff, call_id: CallId) -> tuple[MissedCall, ...]:
        _at_desk(staff)
        now = self._clock()
        found = missed.of_line(connection, call_id, now - self._windows.longest)
        kept = tuple(call for call in found if self._windows.waits(call, now))
        if not any(call.id == call_id for call in kept):
            raise NotFound("call")
        return kept

    def _waiting(self, connection: Connection, now: datetime) -> list[MissedCall]:
        found = missed.waiting(connection, now - self._windows.longest, _MOST_WAITING)
        return [call for call in found if self._windows.waits(call, now)]

    def _for(self, staff: Staff, line: MissedLine) -> MissedLine:
        return replace(
            line,
            is_mine=line.claimed_by == staff.user_id,
            can_dial=bool(self._controls) and staff.extension is not None and self._may_ring(line.number),
        )

    def _may_ring(self, number: str | None) -> bool:
        return number is not None and region_of(number) in self._regions

    def _control(self, staff: Staff, source: str | None, number: str | None) -> CallControl:
        control = self._controls.get(source or "")
        if control is None or ControlAct.DIAL not in control.can or staff.extension is None:
            raise Conflict("cannot_dial")
        if not self._may_ring(number):
            raise Conflict("cannot_dial")
        return control

    def _note(self, connection: Connection, staff: Staff, call_id: CallId, outcome: str) -> None:
        audit.append(
            connection,
            AuditFact(
                Act.MISSED_WORKED,
                self._clock(),
                user_id=staff.user_id,
                call_id=call_id,
                outcome=outcome,
                address=staff.address,
            ),
        )


def _at_desk(staff: Staff) -> None:
    if not may(staff.role, Deed.USE_DESK):
        raise Denied("role")


def _refuse_others(staff: Staff, calls: tuple[MissedCall, ...], *, but: bool = False) -> None:
    if not but and any(call.claimed_by not in (None, staff.user_id) for call in calls):
        raise Conflict("claimed")
