"""Recording checks: the question, who takes it, and what comes of it, live on the desks of both.

A check tells what a recording says in words of a supervisor, so that who may not hear need not. Refuses a question of
somebody who has not read what was written of the call, and an answer of anybody but who took it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from plugin.core.access import Deed, HistoryView, may
from plugin.core.audit import Act, AuditFact
from plugin.core.checks import Check, CheckState, is_whose, read_words
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.grants import ListeningRules, RecordedCall, may_ask_check, may_settle_check
from plugin.core.ids import CallId, CheckId, RecordingId, UserId, is_id, new_id
from plugin.core.ports import Clock, Publisher
from plugin.core.recordings import PLAYABLE, Recording
from plugin.core.staff import Role, Staff
from plugin.core.timeline import Summary
from plugin.services.grants import Sessions
from plugin.services.telling import tell
from plugin.store import audit, call_parts, playback, summaries
from plugin.store import checks as rows
from plugin.store import recordings as recording_rows
from plugin.store.engine import Connection, Store

_MOST = 100
_KEPT_IN_VIEW = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A line of the list: the question itself opens on the page of its own."""

    check: Check
    state: CheckState
    recording: Recording
    is_mine: bool  # taken by who looks
    is_free: bool


@dataclass(frozen=True, slots=True)
class CheckBoard:
    """What a person sees of checks: `waiting` for a supervisor, `asked` by himself, `settled` by himself."""

    waiting: tuple[CheckLine, ...]
    asked: tuple[Check, ...]
    settled: tuple[CheckLine, ...]


@dataclass(frozen=True, slots=True)
class CheckPage:
    """One check with the written record beside it, as a supervisor sees it. `most_minutes` 0: nobody is let listen."""

    line: CheckLine
    call: RecordedCall
    summary: Summary | None
    most_minutes: int


@dataclass(frozen=True, slots=True)
class DeskChecks:
    """What stands on a desk of checks: what waits for a supervisor, and the own questions that are not put away."""

    waiting: tuple[CheckLine, ...]
    own: tuple[Check, ...]
    now: datetime

    @property
    def mark(self) -> str:
        """A short text that is another one whenever the list of what waits is."""
        said = [f"{line.check.id}{line.state}{line.check.taken_by}" for line in self.waiting]
        return f"{crc32(' '.join(said).encode()):08x}" if said else ""


class Checks:
    """Questions about recordings. `lasts`: how long one waits for an answer; the `bus` tells the desks."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sessions: Sessions,
        bus: Publisher,
        rules: ListeningRules,
        lasts: timedelta,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._bus = bus
        self._rules = rules
        self._lasts = lasts

    def ask(self, actor: Staff, recording_id: str, view: HistoryView, question: str) -> CheckId:
        """Ask what the recording says; `view`: how much he sees now of what was written of its call (core/sight.py).

        Raises NotFound("recording"), Denied("not_read"), InputError("question"), Conflict("not_playable" |
        "asked_already").
        """
        if not may_ask_check(actor, view):
            raise Denied("not_read")
        words = read_words(question, "question")

        def work(connection: Connection) -> Check:
            now = self._clock()
            recording = recording_rows.find(connection, RecordingId(recording_id)) if is_id(recording_id) else None
            if recording is None:
                raise NotFound("recording")
            call = call_parts.find(connection, recording.call_id, actor.user_id, lock=True)
            if call is None:
                raise NotFound("recording")
            if recording.state not in PLAYABLE:
                raise Conflict("not_playable")
            check = Check(
                id=CheckId(new_id(now)),
                recording_id=recording.id,
                call_id=recording.call_id,
                customer_id=call.customer_id,
                asked_by=actor.user_id,
                asker=actor.name,
                question=words,
                state=CheckState.OPEN,
                asked_at=now,
                expires_at=now + self._lasts,
            )
            if not rows.add(connection, check):
                raise Conflict("asked_already")
            self._note(connection, Act.CHECK_ASKED, check, actor, CheckState.OPEN, now)
            return check

        check = self._store.write_again(work)
        self._tell(check)
        return check.id

    def board(self, actor: Staff) -> CheckBoard:
        """Return the lists. Raises Denied("role") for who works at no desk."""
        if not may(actor.role, Deed.USE_DESK):
            raise Denied("role")
        now = self._clock()
        since = now - _KEPT_IN_VIEW
        with self._store.read() as connection:
            own = rows.asked_by(connection, actor.user_id, since, _MOST)
            settled = rows.settled_by(connection, actor.user_id, since, _MOST)
            return CheckBoard(
                waiting=self._waiting(connection, actor, now),
                asked=own,
                settled=self._lines(connection, actor, settled, now),
            )

    def on_desk(self, actor: Staff) -> DeskChecks:
        """Return what stands on his desk; nothing where there is nothing, in one look-up."""
        now = self._clock()
        with self._store.read() as connection:
            waiting = self._waiting(connection, actor, now)
            own = rows.unread(connection, actor.user_id) if rows.has_unread(connection, actor.user_id) else ()
        return DeskChecks(waiting, own, now)

    def of_call(self, call_id: CallId) -> tuple[Check, ...]:
        """Return what was asked about the call; for a page that shows what was written of it."""
        with self._store.read() as connection:
            return rows.of_call(connection, call_id)

    def page(self, actor: Staff, check_id: str) -> CheckPage:
        """Return a check to a supervisor whom it concerns; that he saw it, and the written record, is audited.

        Raises NotFound for everybody else.
        """
        now = self._clock()
        with self._store.write() as connection:
            check, call = self._his(connection, actor, check_id)
            lines = self._lines(connection, actor, (check,), now)
            written = summaries.of_call(connection, check.call_id)
            self._note(connection, Act.CHECK_SHOWN, check, actor, check.state_at(now), now)
        most = self._rules.approval // timedelta(minutes=1)
        return CheckPage(lines[0], call, written, most)

    def take(self, actor: Staff, check_id: str) -> None:
        """Take the check over. Raises NotFound, and Conflict("check_taken") where another was faster or it is over."""
        now = self._clock()
        with self._store.write() as connection:
            check, _ = self._his(connection, actor, check_id)
            is_his = self._is_about_whose(connection, actor, check, now)
            is_his = is_his and rows.take(connection, check.id, actor.user_id, now)
            if is_his:
                self._note(connection, Act.CHECK_TAKEN, check, actor, CheckState.TAKEN, now)
        self._tell(check)
        if not is_his:
            raise Conflict("check_taken")

    def put_back(self, actor: Staff, check_id: str) -> None:
        """Leave the check to others again. Raises NotFound, Conflict("check_not_yours")."""
        with self._store.write() as connection:
            check, _ = self._his(connection, actor, check_id)
            if not rows.put_back(connection, check.id, actor.user_id):
                raise Conflict("check_not_yours")
            self._note(connection, Act.CHECK_PUT_BACK, check, actor, CheckState.OPEN, self._clock())
        self._tell(check)

    def answer(self, actor: Staff, check_id: str, words: str) -> None:
        """Answer in words. Raises NotFound, Conflict("check_not_yours"), InputError("answer")."""
        self._settle(actor, check_id, CheckState.ANSWERED, read_words(words, "answer"))

    def refuse(self, actor: Staff, check_id: str, reason: str) -> None:
        """Refuse, with the reason in words. Raises NotFound, Conflict("check_not_yours"), InputError("reason")."""
        self._settle(actor, check_id, CheckState.REFUSED, read_words(reason, "reason"))

    def approve(self, actor: Staff, check_id: str, lasts: timedelta) -> None:
        """Let who asked listen himself for a while.

        Raises NotFound, Denied("no_approval") where the site allows none or not so long, Denied("step_up"),
        Conflict("check_not_yours").
        """
        if not timedelta(0) < lasts <= self._rules.approval:
            raise Denied("no_approval")
        if not self._sessions.is_proved(actor):
            raise Denied("step_up")
        self._settle(actor, check_id, CheckState.APPROVED, "", self._clock() + lasts)

    def put_away(self, actor: Staff, check_id: str) -> None:
        """Note that he who asked has read the outcome. Raises NotFound; twice is once."""
        now = self._clock()
        with self._store.write() as connection:
            check = rows.find(connection, check_id) if is_id(check_id) else None
            if check is None or check.asked_by != actor.user_id:
                raise NotFound("check")
            if rows.put_away(connection, check.id, actor.user_id, now):
                self._note(connection, Act.CHECK_READ, check, actor, check.state_at(now), now)
        tell(self._bus, (actor.user_id,))

    def expire_overdue(self, stop: Callable[[], bool] = lambda: False) -> int:
        """End what nobody answered in time, until `stop()`; return how many."""
        now = self._clock()
        with self._store.read() as connection:
            overdue = rows.overdue(connection, now, _MOST)
        ended = 0
        for check in overdue:
            if stop():
                break
            with self._store.write() as connection:
                is_over = self._expire(connection, check, now)
            if is_over:
                self._tell(check)
            ended += is_over
        return ended

    def _expire(self, connection: Connection, check: Check, now: datetime) -> bool:
        ended = rows.expire(connection, check.id, now)
        if ended:
            self._note(connection, Act.CHECK_SETTLED, check, None, CheckState.EXPIRED, now)
        return ended

    def _is_about_whose(self, connection: Connection, actor: Staff, check: Check, now: datetime) -> bool:
        """Tell whether the call is still whose it was, and keep it his meanwhile; else the check ends here."""
        call = call_parts.find(connection, check.call_id, actor.user_id, lock=True)
        if call is not None and is_whose(check.customer_id, call.customer_id):
            return True
        self._expire(connection, check, now)
        return False

    def _settle(
        self, actor: Staff, check_id: str, state: CheckState, words: str, until: datetime | None = None
    ) -> None:
        now = self._clock()
        with self._store.write() as connection:
            check, _ = self._his(connection, actor, check_id)
            is_his = self._is_about_whose(connection, actor, check, now)  # or the words would be about somebody else
            is_his = is_his and rows.settle(connection, check.id, actor.user_id, state, now, words, until)
            if is_his:
                self._note(connection, Act.CHECK_SETTLED, check, actor, state, now)
        self._tell(check)
        if not is_his:
            raise Conflict("check_not_yours")

    def _his(self, connection: Connection, actor: Staff, check_id: str) -> tuple[Check, RecordedCall]:
        check = rows.find(connection, check_id) if is_id(check_id) else None
        call = playback.recorded_call(connection, check.recording_id) if check else None
        if check is None or call is None or not may_settle_check(actor, check, call):
            raise NotFound("check")
        return check, call

    def _waiting(self, connection: Connection, actor: Staff, now: datetime) -> tuple[CheckLine, ...]:
        if actor.role is not Role.SUPERVISOR:
            return ()
        return self._lines(connection, actor, rows.live(connection, now, _MOST), now)

    def _lines(
        self, connection: Connection, actor: Staff, checks: tuple[Check, ...], now: datetime
    ) -> tuple[CheckLine, ...]:
        if not checks:
            return ()
        calls = playback.recorded_calls(connection, [check.recording_id for check in checks])
        of_calls = recording_rows.of_calls(connection, [check.call_id for check in checks])
        kept = {one.id: one for some in of_calls.values() for one in some}
        found = []
        for check in checks:
            call, recording = calls.get(check.recording_id), kept.get(check.recording_id)
            if call is None or recording is None or not may_settle_check(actor, check, call):
                continue
            is_mine = check.taken_by == actor.user_id
            found.append(CheckLine(check, check.state_at(now), recording, is_mine, check.is_free_at(now)))
        return tuple(found)

    def _tell(self, check: Check) -> None:
        with self._store.read() as connection:
            everybody: tuple[UserId, ...] = (check.asked_by, *rows.supervisors(connection))
        tell(self._bus, everybody)

    def _note(
        self, connection: Connection, act: Act, check: Check, actor: Staff | None, state: CheckState, at: datetime
    ) -> None:
        fact = AuditFact(
            act,
            at,
            user_id=actor.user_id if actor else None,
            customer_id=check.customer_id,
            call_id=check.call_id,
            subject=check.id,
            purpose="recording_check",
            outcome=state.value,
            address=actor.address if actor else None,
        )
        audit.append(connection, fact)
