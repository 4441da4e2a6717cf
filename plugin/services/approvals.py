"""Four eyes: one person asks, another decides on exactly what was asked for, and the approval is used up once.

Refuses whoever asked, under whatever account; what changed since it was shown; and a second use. Each step, and each
refusal of one, is in the audit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from plugin.core.approvals import (
    OF_ACCOUNTS,
    RULES,
    Approval,
    ApprovalKind,
    ApprovalState,
    Party,
    canonical,
    hash_of,
    may_ask,
    read_reason,
    read_subject,
    why_not_decide,
)
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, DenwabanError, LimitReached, NotFound
from plugin.core.ids import new_id
from plugin.core.ports import Clock
from plugin.core.staff import Staff, WayIn
from plugin.store import approvals as rows
from plugin.store import audit, ways_in
from plugin.store import staff as staff_rows
from plugin.store.approvals import Filed
from plugin.store.engine import Connection, Store

_MOST_OWN = 20
_MOST_WAITING = 20  # of one person: more would push what others ask for off the page of who decides
Content = Mapping[str, str | int | bool | None]  # ids and stable words of what would be done


class Effect(Protocol):
    """What follows an approval at once, in the transaction of the decision (an account gets its role)."""

    def __call__(self, connection: Connection, approval: Approval, by: Staff) -> None:
        """Carry out exactly `approval.content`, approved by `by`; raise a DenwabanError where that cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class Board:
    """What a person sees of requests: those that wait for him, his own, and those that he decided, newest first.

    `ways_in`: how the accounts came by their passwords and factors that something of what waits would give weight.
    """

    waiting: tuple[Filed, ...]
    own: tuple[Filed, ...]
    decided: tuple[Filed, ...]
    ways_in: Mapping[str, WayIn]


class Approvals:
    """The way of a request. `effects`: the kinds that are carried out as they are approved; others wait to be used."""

    def __init__(self, store: Store, clock: Clock, effects: Mapping[ApprovalKind, Effect]) -> None:
        self._store = store
        self._clock = clock
        self._effects = effects

    def ask(self, kind: ApprovalKind, subject: str, content: Content, reason: str, by: Staff) -> Approval:
        """Ask a second person for it and return the request.

        `subject`: the id of what is acted upon; `content`: exactly what would be done, ids and stable words alone.
        Raises Denied("role"), InputError("subject", "content" or "reason"), and LimitReached("approvals") where too
        many of his wait already.
        """
        return self._store.write_again(lambda connection: self.ask_in(connection, kind, subject, content, reason, by))

    def ask_in(
        self, connection: Connection, kind: ApprovalKind, subject: str, content: Content, reason: str, by: Staff
    ) -> Approval:
        """Ask as `ask` does, within the writing transaction of what is asked for; the same asked twice is once."""
        text, now = canonical(content), self._clock()
        asker = rows.party(connection, by.user_id)
        if asker is None or not may_ask(asker, kind):
            raise Denied("role")
        made = Approval(
            id=new_id(now),
            kind=kind,
            subject=read_subject(subject),
            content=text,
            content_hash=hash_of(text),
            asked_by=asker.user_id,
            asked_as=asker.sign_in_hash,
            asked_at=now,
            reason=read_reason(reason),
            state=ApprovalState.WAITING,
            expires_at=now + RULES[kind].waits,
        )
        if twin := rows.waiting_twin(connection, made):
            return twin
        if rows.count_waiting(connection, asker.user_id, now) >= _MOST_WAITING:
            raise LimitReached("approvals", retry_after_s=int(RULES[kind].waits.total_seconds()))
        rows.add(connection, made)
        audit.append(connection, _fact(Act.APPROVAL_ASKED, now, by, made, f"asked:{made.content_hash}"))
        return made

    def approve(self, approval_id: str, seen_hash: str, reason: str, by: Staff) -> None:
        """Approve what has this hash. Raises as `refuse` does, and whatever keeps it from being carried out."""
        self._decide(approval_id, seen_hash, reason, by, ApprovalState.APPROVED)

    def refuse(self, approval_id: str, seen_hash: str, reason: str, by: Staff) -> None:
        """Refuse what has this hash.

        Raises NotFound where there is no such request, Denied("same_person", "concerned", "role" or "other_team"),
        Conflict("approval_changed") where it is not what was shown, Conflict("approval_over") where it was decided,
        withdrawn, or its time is up, and InputError("reason").
        """
        self._decide(approval_id, seen_hash, reason, by, ApprovalState.REFUSED)

    def _decide(self, approval_id: str, seen_hash: str, reason: str, by: Staff, state: ApprovalState) -> None:
        said = read_reason(reason)

        def work(connection: Connection) -> DenwabanError | None:
            now = self._clock()
            approval = rows.find(connection, approval_id)
            if approval is None:
                raise NotFound("approval")
            self._lock(connection, approval, by)
            wrong = self._wrong(connection, approval, seen_hash, by)
            if wrong is None:
                until = now + RULES[approval.kind].counts
                decision = rows.Decision(approval.id, approval.content_hash, state, by.user_id, now, said, until)
                if not rows.decide(connection, decision):
                    wrong = Conflict("approval_over")
            what = f"{state}:{approval.content_hash}" if wrong is None else f"denied:{wrong.reason}"
            audit.append(connection, _fact(Act.APPROVAL_DECIDED, now, by, approval, what))
            if wrong is None and state is ApprovalState.APPROVED and approval.kind in self._effects:
                self._take(connection, approval, now, by)
                self._effects[approval.kind](connection, approval, by)
            return wrong

        # Anew where it meets who holds what the effect needs and waits for the audit, as a verification in that call.
        if wrong := self._store.write_again(work):
            raise wrong

    def _lock(self, connection: Connection, approval: Approval, by: Staff) -> None:
        # All at once and before anything else: also whom the effect will touch.
        people = [approval.asked_by, by.user_id]
        if approval.kind in OF_ACCOUNTS:
            staff_rows.lock_with_admins(connection, [*people, approval.subject])
        else:
            staff_rows.lock_people(connection, people)

    def _wrong(self, connection: Connection, approval: Approval, seen_hash: str, by: Staff) -> DenwabanError | None:
        asker, decider = rows.party(connection, approval.asked_by), rows.party(connection, by.user_id)
        if asker is None or decider is None:
            return Denied("role")
        way = ways_in.way_in(connection, approval.subject)
        giver = rows.party(connection, way.given_by) if way.given_by and not way.is_own else None
        if why := why_not_decide(decider, asker, approval, giver):
            return Denied(why)
        if seen_hash != approval.content_hash or not approval.is_whole:
            return Conflict("approval_changed")
        return None

    def use(
        self,
        connection: Connection,
        approval_id: str,
        kind: ApprovalKind,
        subject: str,
        content: Content,
        by: Staff | None,
    ) -> Approval:
        """Use up an approval in the writing transaction of the act that it allows, once; return it.

        `by`: who asked for it, and still may ask; None: the command line of the machine. Raises Denied("not_approved")
        unless exactly this was approved for him, is not used yet, and its time is not up.
        """
        now = self._clock()
        approval = rows.find(connection, approval_id)
        if approval is None or (approval.kind, approval.subject) != (kind, subject):
            raise Denied("not_approved")
        if by is not None:
            asker = rows.party(connection, by.user_id)
            if asker is None or asker.user_id != approval.asked_by or not may_ask(asker, kind):
                raise Denied("not_approved")
        if canonical(content) != approval.content or not approval.is_whole:
            raise Denied("not_approved")
        self._take(connection, approval, now, by)
        return approval

    def usable(self, kind: ApprovalKind, subject: str, content: Content, by: Staff) -> str | None:
        """Return the id of an approval of exactly this that he may use now, if there is one."""
        with self._store.read() as connection:
            return rows.usable(connection, kind, subject, hash_of(canonical(content)), by.user_id, self._clock())

    def usable_in(
        self, connection: Connection, kind: ApprovalKind, subject: str, content: Content, by: Staff
    ) -> Approval | None:
        """Return the approval of exactly this that `use` would take from him now, without using it up."""
        asker = rows.party(connection, by.user_id)
        if asker is None or not may_ask(asker, kind):
            return None
        found = rows.usable(connection, kind, subject, hash_of(canonical(content)), by.user_id, self._clock())
        return None if found is None else rows.find(connection, found)

    def is_usable(self, connection: Connection, approval_id: str) -> bool:
        """Tell whether it is approved, not used yet, and its time is not up."""
        found = rows.find(connection, approval_id)
        return found is not None and found.state is ApprovalState.APPROVED and found.expires_at > self._clock()

    def use_any(
        self, connection: Connection, kind: ApprovalKind, subject: str, content: Content, by: Staff
    ) -> Approval | None:
        """Use up one approval of exactly this, as `use` does, and return it; None where there is none."""
        found = rows.usable(connection, kind, subject, hash_of(canonical(content)), by.user_id, self._clock())
        return None if found is None else self.use(connection, found, kind, subject, content, by)

    def _take(self, connection: Connection, approval: Approval, now: datetime, by: Staff | None) -> None:
        if not rows.use(connection, approval.id, approval.content_hash, now):
            raise Denied("not_approved")
        audit.append(connection, _fact(Act.APPROVAL_USED, now, by, approval, f"used:{approval.content_hash}"))

    def withdraw(self, approval_id: str, by: Staff) -> None:
        """Take one's own request back. Raises NotFound where there is none of his that is still open."""

        def work(connection: Connection) -> None:
            approval = rows.find(connection, approval_id)
            if approval is None or not rows.withdraw(connection, approval_id, by.user_id):
                raise NotFound("approval")
            audit.append(connection, _fact(Act.APPROVAL_WITHDRAWN, self._clock(), by, approval, "done"))

        self._store.write_again(work)

    def find(self, approval_id: str, by: Staff) -> Approval:
        """Return one's own request as it stands. Raises NotFound for any other."""
        with self._store.read() as connection:
            approval = rows.find(connection, approval_id)
        if approval is None or approval.asked_by != by.user_id:
            raise NotFound("approval")
        return approval

    def board(self, by: Staff) -> Board:
        """Return what waits for the person, what he asked for, and what he decided."""
        now = self._clock()
        with self._store.read() as connection:
            me = Party(
                by.user_id, by.role, by.team, active=True, sign_in_hash=rows.sign_in_hash(connection, by.user_id)
            )
            waits = rows.waiting(connection, now, frozenset(kind for kind in RULES if by.role in RULES[kind].decide))
            own = rows.asked_by(connection, by.user_id, _MOST_OWN)
            decided = rows.decided_by(connection, by.user_id, _MOST_OWN)
            mine = [one for one in waits if why_not_decide(me, one.asker, one.approval) is None]
            concerned = [one.approval.subject for one in mine if one.approval.kind in OF_ACCOUNTS]
            ways = ways_in.ways_in(connection, concerned)
        return Board(tuple(mine), tuple(own), tuple(decided), ways)

    def now(self) -> datetime:
        """Return this instant, by which `Approval.is_over` tells."""
        return self._clock()


def _fact(act: Act, at: datetime, by: Staff | None, approval: Approval, outcome: str) -> AuditFact:
    return AuditFact(
        act,
        at,
        user_id=by.user_id if by else None,
        subject=approval.id,
        purpose=approval.kind,
        outcome=outcome,
        address=by.address if by else "command line",
    )
