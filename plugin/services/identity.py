"""Verifies callers: what a set of answers proves, before whom, in which call, and until when.

Refuses to say which answer was wrong: the verdict is of the set, to the operator, in the audit and in time. A number
that matched proves nothing here; there is no way to a level but through `judge` and `accept`. One person is verified
per call: to begin with another ends what was proved before.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from plugin.core.audit import Act
from plugin.core.errors import Conflict, Denied, DenwabanError, InputError, NotFound
from plugin.core.identity import (
    ANSWERING,
    LONGEST,
    RUNNING,
    CallerRole,
    Item,
    Level,
    Proof,
    Standing,
    Verdict,
    Verification,
    VerificationState,
)
from plugin.core.ids import CallId, CustomerId, VerificationId, new_id
from plugin.core.parts import CallPart
from plugin.core.ports import Clock, Publisher
from plugin.core.staff import Staff
from plugin.services.answers import Answers
from plugin.services.identity_notes import confirm, end_others, note, settle
from plugin.services.provable import IdentityRules, Provable
from plugin.services.reachable import Reachable
from plugin.services.speakers import Said, Speakers
from plugin.services.tries import Tries
from plugin.services.verifiable import mine, part_of
from plugin.store import identity as rows
from plugin.store.engine import Connection, Store
from plugin.store.identity import Asker

T = TypeVar("T")


class Identity:
    """The verification of callers. `speakers`: whose answers count; `provable`: what can be asked of whom."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        answers: Answers,
        rules: IdentityRules,
        bus: Publisher,
        reachable: Reachable | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._bus = bus
        self._tries = Tries(rules.daily_failures)
        self.speakers = Speakers(answers, rules.policy)
        self.provable = Provable(self.speakers, rules, reachable)

    def begin(
        self,
        actor: Staff,
        call_id: CallId,
        customer_id: CustomerId,
        caller_role: CallerRole,
        contact_id: CustomerId | None = None,
    ) -> Verification:
        """Begin to verify that the caller is this customer, or speaks for him, or go on with what is already running.

        `contact_id`: who of an organisation's people he says he is. For family a verification is noted that never
        reaches a level. Raises NotFound, Denied, InputError("role" | "contact"), LimitReached("locked_out"), Conflict:
        "call_over", "too_few_items", "failed" (no try is left in this call), "own_mandate" (he made a mandate of this
        customer).
        """

        def work(connection: Connection) -> Verification | DenwabanError:
            now = self._clock()
            call = part_of(connection, actor, call_id, lock=True)
            self.speakers.check(connection, customer_id, caller_role, contact_id)
            if self._is_over(call, now):
                raise Conflict("call_over")
            running = rows.of_call(connection, call.id)
            whose = (actor.user_id, actor.session_hash, customer_id, caller_role, contact_id)
            going_on = [one for one in running if one.is_running(now) and whose == one.of_whom]
            if going_on:
                return going_on[-1]
            used = max((one.tries_used for one in running if one.customer_id == customer_id), default=0)
            begun = self._new(connection, actor, (call.id, customer_id, caller_role, contact_id), used)
            refused = self._why_not(connection, begun, now)
            if refused is not None:
                note(connection, Act.VERIFY_STARTED, actor, (call.id, customer_id), now, refused.reason)
                return refused
            end_others(connection, running, actor, customer_id, now)
            rows.add(connection, begun)
            about = (call.id, customer_id)
            note(connection, Act.VERIFY_STARTED, actor, about, now, "started", begun.id, caller_role)
            return begun

        return self._settled(actor, work)

    def note_unprovable(self, actor: Staff, call_id: CallId, customer_id: CustomerId) -> Verification:
        """Note that the caller says he is a person whose record holds too little to prove it; for two to believe him.

        What is noted never runs and proves nothing. Raises as `begin` does, and Conflict("provable") where he can be
        verified.
        """

        def work(connection: Connection) -> Verification | DenwabanError:
            now = self._clock()
            call = part_of(connection, actor, call_id, lock=True)
            self.speakers.check(connection, customer_id, CallerRole.SELF, None)
            if self._is_over(call, now):
                raise Conflict("call_over")
            of_call = rows.of_call(connection, call.id)
            whose = (actor.user_id, actor.session_hash, customer_id, CallerRole.SELF, None)
            noted = [one for one in of_call if one.of_whom == whose and one.state is VerificationState.EXPIRED]
            used = max((one.tries_used for one in of_call if one.customer_id == customer_id), default=0)
            begun = self._new(connection, actor, (call.id, customer_id, CallerRole.SELF, None), used)
            refused = self._why_not(connection, begun, now)
            if refused is None:
                raise Conflict("provable")
            if refused.reason != "too_few_items":
                return refused
            if noted:
                return noted[-1]
            rows.add(connection, replace(begun, state=VerificationState.EXPIRED, expires_at=now))
            about = (call.id, customer_id)
            note(connection, Act.VERIFY_STARTED, actor, about, now, refused.reason, begun.id, CallerRole.SELF)
            return begun

        return self._settled(actor, work)

    def judge(
        self,
        actor: Staff,
        verification_id: VerificationId,
        said: Mapping[Item, str],
        company: Mapping[Item, str] | None = None,
    ) -> Verdict:
        """Judge the set of answers that the caller gave, of himself and of his company; blank ones were not asked.

        Passing gives the level that the items reach together, and confirms whose call it is. Raises InputError
        ("too_few") where the items could not reach a level even if all were right: no try is used up. Raises
        NotFound, Denied, Conflict("failed" | "expired" | "ended" | "passed") and LimitReached("locked_out").
        """

        def work(connection: Connection) -> Verdict | DenwabanError:
            found, call = mine(connection, actor, verification_id)
            asked = self.speakers.read(found.caller_role, said, company or {})
            if found.state is not VerificationState.OPEN:
                raise Conflict(found.state.value)
            if found.caller_role not in ANSWERING:
                raise Denied("caller_role")
            enough = self._rules.policy.level_of(asked.own, found.proofs) >= Level.HISTORY
            if not (enough and self.speakers.is_enough_of_company(found, asked)):
                raise InputError("too_few")
            return self._judge(connection, actor, found, call, asked)

        return self._settled(actor, work)

    def raise_level(self, actor: Staff, verification_id: VerificationId, said: Mapping[Item, str]) -> Verdict:
        """Judge further answers of a caller who has passed; items that he has proved already do not count again.

        Raises as `judge` does. A failure leaves what was proved, and uses up a try.
        """

        def work(connection: Connection) -> Verdict | DenwabanError:
            found, call = mine(connection, actor, verification_id)
            asked = self.speakers.read(found.caller_role, said, {}).own
            if found.state is not VerificationState.PASSED:
                raise Conflict(found.state.value)
            if found.level >= self.speakers.most(connection, found):
                raise Conflict("passed")
            further = {item: asked[item] for item in asked.keys() - found.proved}
            together = found.proved | further.keys()
            if self._rules.policy.level_of(together, found.proofs) < Level.LISTEN:
                raise InputError("too_few")
            return self._judge(connection, actor, found, call, Said(further, {}))

        return self._settled(actor, work)

    def accept(self, connection: Connection, actor: Staff, verification_id: VerificationId, proof: Proof) -> Verdict:
        """Count a proof that another service has just established, within that service's transaction.

        Before the answers were judged it waits for them; after, it may raise the level. The same proof again changes
        nothing. Raises NotFound, Denied("caller_role"), Conflict("failed" | "expired" | "ended").
        """
        found, call = self._running(connection, actor, verification_id)
        proofs = found.proofs | {proof}
        if found.state is VerificationState.OPEN:
            rows.keep_proofs(connection, found.id, proofs)
            self._judged(connection, actor, found, "accepted", proof.value)
            return Verdict(passed=True, level=found.level, tries_left=found.tries_left)
        return self._reached(connection, actor, replace(found, proofs=proofs), call, found.proved)

    def under_way(self, connection: Connection, actor: Staff, verification_id: VerificationId) -> Verification:
        """Return one's own verification that may still prove something; it and its call are locked.

        Raises NotFound, Denied("caller_role"), Conflict("failed" | "expired" | "ended"), LimitReached("locked_out").
        """
        found, _ = self._running(connection, actor, verification_id)
        if (locked := self._tries.locked_out(connection, found.customer_id, self._clock())) is not None:
            raise locked
        return found

    def find(self, connection: Connection, verification_id: VerificationId) -> Verification:
        """Return any verification. Raises NotFound."""
        found = rows.verification(connection, verification_id)
        if found is None:
            raise NotFound("verification")
        return found

    def judge_proof(
        self,
        connection: Connection,
        actor: Staff,
        verification_id: VerificationId,
        proof: Proof,
        is_right: Callable[[], bool],
    ) -> Verdict | DenwabanError:
        """Judge what the caller told as a set of answers is judged, within the service's transaction that asks.

        A try is taken before `is_right` looks, and given back where it is. Returns an error whose traces must be
        committed before it is raised; raises as `accept` does.
        """
        found, call = mine(connection, actor, verification_id)
        now = self._clock()
        if found.caller_role is not CallerRole.SELF:
            raise Denied("caller_role")
        if found.state not in RUNNING:
            raise Conflict(found.state.value)
        refused = self._tries.take(connection, found, now, is_over=self._is_over(call, now))
        if refused is not None:
            self._judged(connection, actor, found, refused.reason, proof.value)
            return refused
        if not is_right():
            self._judged(connection, actor, found, "failed", proof.value)
            return self._tries.lose(connection, found, now)
        self._tries.give_back(connection, found)
        return self.accept(connection, actor, found.id, proof)

    def standing(self, staff: Staff, call_id: CallId, customer_id: CustomerId) -> Standing | None:
        """Return what the caller has proved before this person, in this session, of being this customer; or None."""
        with self._store.read() as connection:
            return self.standing_in(connection, staff, call_id, customer_id)

    def standing_in(
        self, connection: Connection, staff: Staff, call_id: CallId, customer_id: CustomerId
    ) -> Standing | None:
        """Return the same within the caller's transaction."""
        now = self._clock()
        asker = Asker(staff.user_id, staff.session_hash)
        return rows.standing(connection, asker, call_id, customer_id, now, now - self._rules.grace)

    def _judge(
        self,
        connection: Connection,
        actor: Staff,
        found: Verification,
        call: CallPart,
        asked: Said,
    ) -> Verdict | DenwabanError:
        now = self._clock()
        refused = self._tries.take(connection, found, now, is_over=self._is_over(call, now))
        if refused is not None:
            self._judged(connection, actor, found, refused.reason)
            return refused
        proved = self.speakers.prove(connection, found, asked, now)
        if proved is None:
            self._judged(connection, actor, found, "failed")
            return self._tries.lose(connection, found, now)
        self._tries.give_back(connection, found)
        if proved.mandate_id is not None:
            rows.keep_mandate(connection, found.id, proved.mandate_id)
        return self._reached(connection, actor, proved, call, found.proved | asked.own.keys())

    def _reached(
        self, connection: Connection, actor: Staff, found: Verification, call: CallPart, proved: frozenset[Item]
    ) -> Verdict:
        now = self._clock()
        level = max(found.level, self._rules.policy.level_of(proved, found.proofs))  # an override has no proofs
        until = found.expires_at if found.state is VerificationState.PASSED else self._until(call, now)
        level, until = self.speakers.bounded(connection, found, level, until)
        rows.prove(connection, found.id, level, proved, found.proofs, now, until)
        confirm(connection, actor, found, call, now)
        self._judged(connection, actor, found, "passed", f"level_{int(level)}")
        if found.level < Level.HISTORY <= level:  # from here on the text stands open on his pop
            about = (found.call_id, found.customer_id)
            note(connection, Act.HISTORY_SHOWN, actor, about, now, "full", found.id, "verified")
        return Verdict(passed=True, level=level, tries_left=found.tries_left)

    def _until(self, call: CallPart, now: datetime) -> datetime:
        return now + LONGEST if call.ended_at is None else call.ended_at + self._rules.grace

    def _is_over(self, call: CallPart, now: datetime) -> bool:
        return call.ended_at is not None and now >= call.ended_at + self._rules.grace

    def _why_not(self, connection: Connection, begun: Verification, now: datetime) -> DenwabanError | None:
        if begun.caller_role not in ANSWERING:
            return None
        for customer_id in begun.counted:
            if (locked := self._tries.locked_out(connection, customer_id, now)) is not None:
                return locked
        if begun.tries_used >= self._rules.tries:
            return Conflict("failed")
        if self.speakers.is_of_his_making(connection, begun, now):
            return Conflict("own_mandate")
        return None if self.provable.can_pass(connection, begun, now) else Conflict("too_few_items")

    def _running(
        self, connection: Connection, actor: Staff, verification_id: VerificationId
    ) -> tuple[Verification, CallPart]:
        found, call = mine(connection, actor, verification_id)
        now = self._clock()
        if found.caller_role is not CallerRole.SELF:
            raise Denied("caller_role")
        if not found.is_running(now) or self._is_over(call, now):
            raise Conflict("expired" if found.state in RUNNING else found.state.value)
        return found, call

    def _new(
        self,
        connection: Connection,
        actor: Staff,
        about: tuple[CallId, CustomerId, CallerRole, CustomerId | None],
        used: int,
    ) -> Verification:
        now = self._clock()
        call_id, customer_id, caller_role, contact_id = about
        new = Verification(
            id=VerificationId(new_id(now)),
            call_id=call_id,
            customer_id=customer_id,
            user_id=actor.user_id,
            session_hash=actor.session_hash,
            caller_role=caller_role,
            state=VerificationState.OPEN,
            level=Level.NONE,
            proved=frozenset(),
            tries_used=used,
            tries_allowed=self._rules.tries,
            started_at=now,
            decided_at=None,
            expires_at=now + LONGEST,
            contact_id=contact_id,
        )
        if caller_role not in ANSWERING:
            return new
        return replace(new, expires_at=now + self._rules.policy.lasts(len(self.provable.askable(connection, new, now))))

    def _judged(
        self, connection: Connection, actor: Staff, found: Verification, outcome: str, purpose: str | None = None
    ) -> None:
        about = (found.call_id, found.customer_id)
        note(connection, Act.VERIFY_JUDGED, actor, about, self._clock(), outcome, found.id, purpose)

    def _settled(self, actor: Staff, work: Callable[[Connection], T | DenwabanError]) -> T:
        return settle(self._store, self._bus, actor, work)
