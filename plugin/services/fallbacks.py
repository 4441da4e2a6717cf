"""What the panel shows of the ways for a caller who cannot answer: a code, a call-back, two people. Reads only.

Of a number it shows two digits; all of it only to who has asked to dial it himself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from plugin.core.call_backs import CallBack, CallBackState, Line
from plugin.core.calls import Direction
from plugin.core.codes import MOST_A_VERIFICATION, TELLABLE, CodeState, OneTimeCode
from plugin.core.deliveries import Arrival
from plugin.core.identity import OF_THE_MOBILE, CallerRole, Level, Proof, Verification
from plugin.core.ids import VerificationId
from plugin.core.overrides import Override, OverrideReason
from plugin.core.ports import Clock, MessageWay
from plugin.core.reach import Reach
from plugin.core.staff import Staff
from plugin.services.call_backs import CallBacks
from plugin.services.codes import Codes
from plugin.services.identity_panel import PanelState, PanelView
from plugin.services.reachable import Reachable
from plugin.store import call_backs as call_back_rows
from plugin.store import calls, overrides
from plugin.store import codes as code_rows
from plugin.store import identity as rows
from plugin.store.engine import Connection, Store

_ARRIVED = {Arrival.SENT: "sent", Arrival.DELIVERED: "delivered", Arrival.FAILED: "undelivered"}
_PROVING = frozenset({PanelState.IN_PROGRESS, PanelState.VERIFIED})
_ASKING = frozenset({PanelState.IN_PROGRESS, PanelState.FAILED, PanelState.EXPIRED, PanelState.IMPOSSIBLE})


@dataclass(frozen=True, slots=True)
class Choice:
    """A number that may be chosen, by its mark; `home`: whoever lives there answers."""

    mark: str
    tail: str
    home: bool


@dataclass(frozen=True, slots=True)
class CodeView:
    """One-time codes: where they may go and how, the newest one with the time it has, how many may still be sent."""

    choices: tuple[Choice, ...]
    ways: tuple[MessageWay, ...]
    newest: OneTimeCode | None
    ends_in_s: int
    left: int
    proved: bool

    @property
    def state(self) -> str:
        """Where the newest code is, as a word for the page: a state of it, how it arrived, `expired`, or nothing."""
        if self.newest is None or self.newest.state is CodeState.REPLACED:
            return ""
        if self.newest.state not in TELLABLE:
            return self.newest.state.value
        if not self.ends_in_s:
            return "expired"
        return self.newest.state.value if self.newest.arrival is None else _ARRIVED[self.newest.arrival]

    @property
    def is_tellable(self) -> bool:
        """Whether the caller may tell it: also one that failed as far as the carrier knows."""
        return self.newest is not None and self.newest.state in TELLABLE and self.ends_in_s > 0


@dataclass(frozen=True, slots=True)
class CallBackView:
    """Call-backs: where to, whether the phone system dials, the newest one, and how this call stands as one.

    `number`: what he is to dial himself, in E.164; `made`: this call is one that was asked for.
    """

    choices: tuple[Choice, ...]
    dials: bool
    newest: CallBack | None
    is_hopeful: bool
    number: str
    made: CallBack | None
    line: Line | None
    proved: Proof | None

    @property
    def state(self) -> str:
        """Where the newest call-back is, as a word for the page: a state of it, `expired`, or nothing."""
        if self.newest is None:
            return ""
        over = not self.is_hopeful and self.newest.state not in (CallBackState.COUNTED, CallBackState.REFUSED)
        return "expired" if over else self.newest.state.value


@dataclass(frozen=True, slots=True)
class FallbackView:
    """The ways that are open; None: not this one. `reasons`: for which two may believe him.

    `verification_id` None: none was begun, because too little is on record.
    """

    verification_id: VerificationId | None
    code: CodeView | None = None
    call_back: CallBackView | None = None
    override: Override | None = None
    reasons: tuple[OverrideReason, ...] = ()
    proofs: frozenset[Proof] = frozenset()

    @property
    def holds_anything(self) -> bool:
        """Whether there is anything to show of it."""
        return bool(self.code or self.call_back or self.override or self.reasons or self.proofs)

    @property
    def holds_mobile(self) -> bool:
        """Whether what only the person has is proved already."""
        return bool(self.proofs & OF_THE_MOBILE)


class Fallbacks:
    """The panel's view of the ways beside answers. `overrides_daily` 0: two people are no way here."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        reachable: Reachable,
        codes: Codes,
        call_backs: CallBacks,
        overrides_daily: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._reachable = reachable
        self._codes = codes
        self._call_backs = call_backs
        self._overrides_daily = overrides_daily

    def view(self, staff: Staff, panel: PanelView) -> FallbackView | None:
        """Return what stands below the panel, or None where nothing does."""
        if panel.state not in _PROVING | _ASKING or not panel.may_begin:
            return None
        with self._store.read() as connection:
            found = self._found(connection, staff, panel)
            if found is None and panel.state is PanelState.IMPOSSIBLE and panel.contacts is None:
                return FallbackView(None, reasons=tuple(OverrideReason)) if self._overrides_daily > 0 else None
            if found is None or found.caller_role is not CallerRole.SELF:
                return None  # what is registered as the customer's says nothing of who speaks for him
            shown = FallbackView(found.id, proofs=found.proofs)
            shown = replace(shown, override=overrides.newest_of(connection, found.id, self._clock()))
            if panel.state in _ASKING:
                waits = shown.override is not None and shown.override.state == "waiting" and not shown.override.is_over
                shown = replace(shown, reasons=tuple(OverrideReason) if self._overrides_daily > 0 and not waits else ())
            if panel.state in _PROVING and panel.level < Level.LISTEN and panel.tries_left:
                shown = self._proving(connection, staff, found, shown)
            return shown if shown.holds_anything else None

    def _found(self, connection: Connection, staff: Staff, panel: PanelView) -> Verification | None:
        if panel.verification_id is not None:
            return rows.verification(connection, panel.verification_id)
        mine = [
            one
            for one in rows.of_call(connection, panel.call_id)
            if (one.user_id, one.session_hash) == (staff.user_id, staff.session_hash)
            and one.customer_id == panel.customer_id
        ]
        return mine[-1] if mine else None

    def _proving(self, connection: Connection, staff: Staff, found: Verification, shown: FallbackView) -> FallbackView:
        numbers = self._reachable.numbers(connection, found.customer_id)
        code = self._code(connection, found, {mark: one for mark, one in numbers.items() if one.code})
        return replace(shown, code=code, call_back=self._call_back(connection, staff, found, numbers))

    def _code(self, connection: Connection, found: Verification, numbers: Mapping[str, Reach]) -> CodeView | None:
        ways = self._codes.ways
        newest = code_rows.newest(connection, found.id)
        if not ways or not (numbers or newest):
            return None
        left = MOST_A_VERIFICATION - code_rows.count(connection, found.id)
        ends_in_s = 0 if newest is None else _seconds(newest.expires_at - self._clock())
        proved = Proof.ONE_TIME_CODE in found.proofs
        order = tuple(way for way in MessageWay if way in ways)
        return CodeView(_choices(numbers), order, newest, ends_in_s, max(0, left), proved)

    def _call_back(
        self, connection: Connection, staff: Staff, found: Verification, numbers: Mapping[str, Reach]
    ) -> CallBackView | None:
        source = call_back_rows.source_of(connection, found.call_id)
        if source is None:
            return None
        stored = calls.one(connection, found.call_id) if source[1] is Direction.OUTBOUND else None
        made = None if stored is None else self._call_backs.shown_by(connection, staff, stored, found.customer_id)
        newest = call_back_rows.newest(connection, found.id)
        proved = next(iter(found.proofs - {Proof.ONE_TIME_CODE}), None)
        if not (numbers or newest or made or proved):
            return None
        hopeful = newest is not None and newest.is_hopeful(self._clock())
        by_hand = hopeful and newest is not None and newest.state is CallBackState.ASKED
        number = numbers.get(newest.number_mark) if by_hand and newest is not None else None
        return CallBackView(
            choices=_choices(numbers),
            dials=self._call_backs.can_dial(staff, source[0]),
            newest=newest,
            is_hopeful=hopeful,
            number="" if number is None else number.e164,
            made=None if made is None else made[0],
            line=None if made is None else made[1],
            proved=proved,
        )


def _choices(numbers: Mapping[str, Reach]) -> tuple[Choice, ...]:
    return tuple(Choice(mark, one.tail, not one.code) for mark, one in numbers.items())


def _seconds(length: timedelta) -> int:
    return max(0, -(-length // timedelta(seconds=1)))
