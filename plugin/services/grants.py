"""Who may listen to what, and why: the gated page, the question for a purpose, and the grant that answers it.

No grant without its audit line, and none that outlives what it stands on: each is judged anew by plugin/core/grants.py
whenever it is used. Who may not listen is told the same as for a recording that does not exist.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from plugin.core.access import INTERNAL_PURPOSES, Purpose
from plugin.core.audit import Act, AuditFact
from plugin.core.checks import Check, is_whose
from plugin.core.disclosure import KINDS
from plugin.core.errors import Conflict, Denied, NotFound, NotSignedIn
from plugin.core.grants import (
    Allowed,
    BasisKind,
    CaseGround,
    Choices,
    Ground,
    ListeningRules,
    OpenCase,
    RecordedCall,
    Verified,
    choices_of,
    may_listen,
    read_case,
)
from plugin.core.ids import CallId, CaseId, CustomerId, RecordingId, is_id
from plugin.core.ports import Clock
from plugin.core.purposes import Register, openings
from plugin.core.recordings import PLAYABLE, Recording
from plugin.core.staff import Role, Staff
from plugin.core.timeline import Summary
from plugin.services.grant_lines import basis_word, case_of, fact_of, hash_of
from plugin.store import audit, cases, checks, disclosures, identity, refusals, summaries
from plugin.store import playback as rows
from plugin.store import purposes as register
from plugin.store import recordings as recording_rows
from plugin.store.engine import Connection, Store

_LONGEST = timedelta(minutes=60)


class Sessions(Protocol):
    """The sessions of staff (services/staff.py)."""

    def still(self, staff: Staff) -> Staff:
        """Return the person as he is now; NotSignedIn once the session has ended."""
        ...

    def is_proved(self, staff: Staff) -> bool:
        """Tell whether the password was given recently enough to listen."""
        ...


@dataclass(frozen=True, slots=True)
class FreshGrant:
    """A fresh grant. `token` is told once and kept nowhere."""

    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"FreshGrant(expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gated page shows: the written record, the purposes to choose from, and the live grant if any.

    `check`: the question that lets him listen for a recording check without the reference of a case. `closed`: the
    purposes that would be his but for the register or the caller's own word, each with the stable word for why.
    `case`: the number of an open case that the call belongs to, to be offered to whoever gives recordings out; `cases`:
    those that open it to him, by id and number.
    """

    recording: Recording
    call: RecordedCall
    summary: Summary | None
    purposes: tuple[Purpose, ...]
    grant: rows.Grant | None
    check: Check | None
    closed: tuple[tuple[Purpose, str], ...]
    case: str
    cases: tuple[tuple[CaseId, str], ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the rules ask about a recording for one person at this moment."""

    recording: Recording | None
    call: RecordedCall | None
    verified: Verified | None
    check: Check | None
    cases: tuple[str, ...]  # the numbers of the open cases of ours that the call belongs to, but for disclosures
    asked: OpenCase | None  # a disclosure that he works on


class Grants:
    """The gate before all sound. `begun`: the register of purposes that the site began with."""

    def __init__(self, store: Store, clock: Clock, sessions: Sessions, rules: ListeningRules, begun: Register) -> None:
        self._begun = begun
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._rules = rules

    def page(self, actor: Staff, recording_id: str, token: str = "") -> Asked:
        """Return what `actor` sees before he listens; that he saw it is audited.

        Raises NotFound where he may not listen for any purpose, or there is no such recording; Denied("step_up").
        """
        now = self._clock()
        facts = self._facts(actor, recording_id)
        recording, call = facts.recording, facts.call
        choices = self._choices(actor, facts, now)
        if recording is None or call is None or choices == Choices():
            raise self._refused(actor, recording_id, None, "no_purpose")
        self._demand_proof(actor)
        grant = self._live_grant(actor, recording_id, token)
        with self._store.write() as connection:
            written = summaries.of_call(connection, call.call_id)
            belongs = cases.of_call(connection, call.call_id) if actor.role is Role.PRIVACY else ()
            audit.append(connection, fact_of(Act.HISTORY_SHOWN, now, actor, recording.id, call, "listen", "shown"))
        case = facts.cases[0] if facts.cases and actor.role is Role.PRIVACY else ""
        his = facts.asked.id if facts.asked else None
        opened_by = tuple((one.id, one.number) for one in belongs if one.kind not in KINDS or one.id == his)
        return Asked(recording, call, written, choices.open, grant, facts.check, choices.closed, case, opened_by)

    def own_call(self, actor: Staff, call_id: CallId) -> RecordingId | None:
        """Return the recording of the call that `actor` may hear now to write it up; None where there is none yet."""
        now = self._clock()
        with self._store.read() as connection:
            for recording in recording_rows.of_calls(connection, [call_id]).get(call_id, ()):
                call = self._call(connection, recording.id)
                ruling = may_listen(actor, call, Purpose.AFTER_CALL_WORK, None, self._rules, now) if call else None
                if isinstance(ruling, Allowed):
                    return recording.id
        return None

    def askable(self, actor: Staff, call_id: CallId) -> dict[RecordingId, tuple[Purpose, ...]]:
        """Return the call's recordings that `actor` may ask to hear, and for which purposes; the others are left out.

        Nothing of them is shown by this, so nothing is audited: a page learns whether to offer the way to theirs.
        """
        now = self._clock()
        with self._store.read() as connection:
            kept = recording_rows.of_calls(connection, (call_id,)).get(call_id, ())
        found: dict[RecordingId, tuple[Purpose, ...]] = {}
        for recording in kept:
            purposes = self._choices(actor, self._facts(actor, recording.id), now).open
            if purposes and recording.state in PLAYABLE:
                found[recording.id] = purposes
        return found

    def opened_for(
        self, actor: Staff, recording_id: str, *purposes: Purpose
    ) -> tuple[Recording, RecordedCall, datetime | None]:
        """Return a recording that `actor` may hear for one of these, for what is made of it; and until when.

        Raises NotFound where he may not.
        """
        facts = self._facts(actor, recording_id)
        recording, call = facts.recording, facts.call
        for purpose in purposes:
            ground = facts.asked if purpose is Purpose.DISCLOSURE else _offered(facts)
            ruling = may_listen(actor, call, purpose, ground, self._rules, self._clock()) if call else None
            if recording is not None and call is not None and isinstance(ruling, Allowed):
                return recording, call, ruling.until
        raise self._refused(actor, recording_id, purposes[0], "no_purpose")

    def ask(self, actor: Staff, recording_id: str, purpose: Purpose, case: str = "") -> FreshGrant:
        """Grant `actor` the recording for `purpose`; `case`: the reference that an internal purpose needs.

        Raises NotFound where he may not listen for any purpose, Denied(reason) where he may for another one,
        Denied("step_up"), InputError("case"), Conflict("not_playable").
        """
        now = self._clock()
        facts = self._facts(actor, recording_id)
        recording, call = facts.recording, facts.call
        if recording is None or call is None or self._choices(actor, facts, now) == Choices():
            raise self._refused(actor, recording_id, purpose, "no_purpose")
        self._demand_proof(actor)
        ground: Ground | None = facts.verified
        if purpose is Purpose.RECORDING_CHECK and facts.check is not None:
            ground = facts.check
        elif purpose is Purpose.DISCLOSURE:
            ground = facts.asked
        elif purpose in INTERNAL_PURPOSES:
            ground = _ours(read_case(case), facts.cases)
        ruling = may_listen(actor, call, purpose, ground, self._rules, now)
        if not isinstance(ruling, Allowed):
            self._refused(actor, recording_id, purpose, ruling.reason)
            raise Conflict("not_playable") if ruling.reason == "not_playable" else Denied(ruling.reason)
        token = secrets.token_urlsafe(16)
        grant = self._new_grant(actor, recording.id, call, purpose, ruling, token)
        outcome = basis_word(grant)
        with self._store.write() as connection:
            rows.save_grant(connection, grant)
            fact = fact_of(Act.LISTEN_GRANTED, now, actor, recording.id, call, purpose, outcome)
            audit.append(connection, replace(fact, remarks=case_of(grant)))
        return FreshGrant(token, grant.expires_at)

    def _new_grant(
        self, actor: Staff, recording_id: RecordingId, call: RecordedCall, purpose: Purpose, ruling: Allowed, token: str
    ) -> rows.Grant:
        now = self._clock()
        until = now + _LONGEST
        return rows.Grant(
            hash=hash_of(token),
            recording_id=recording_id,
            user_id=actor.user_id,
            customer_id=call.customer_id,
            session_hash=actor.session_hash,
            purpose=purpose,
            basis_kind=ruling.basis_kind,
            basis=ruling.basis,
            granted_at=now,
            expires_at=min(until, ruling.until) if ruling.until else until,
            revoked_at=None,
            stream_id=None,
        )

    def revoke(self, actor: Staff, recording_id: str, token: str) -> None:
        """End the person's own grant at once; an open stream ends within a second. NotFound where it is not his."""
        granted, now = self.own(actor, recording_id, token), self._clock()
        grant, call = granted.grant, granted.call
        with self._store.write() as connection:
            if rows.revoke(connection, grant.hash, now):
                told = (grant.recording_id, call, grant.purpose, basis_word(grant))
                fact = fact_of(Act.LISTEN_REVOKED, now, actor, *told)
                audit.append(connection, replace(fact, remarks=case_of(grant)))

    def judge(self, actor: Staff, recording_id: str, token_hash: str) -> rows.Granted:
        """Return the grant with what it opens, if it holds at this moment for this person, session and recording.

        Raises NotFound where the token opens nothing of his, and Denied("over") where it did but its time is up, it
        was revoked, or what it stood on holds no longer.
        """
        now = self._clock()
        granted, ground = self._stored(actor, recording_id, token_hash, now)
        grant = granted.grant
        if grant.revoked_at is not None or now >= grant.expires_at:
            raise Denied("over")
        if not is_whose(grant.customer_id, granted.call.customer_id):
            raise Denied("over")
        ruling = may_listen(actor, granted.call, grant.purpose, ground, self._rules, now)
        if not isinstance(ruling, Allowed) or (ruling.basis_kind, ruling.basis) != (grant.basis_kind, grant.basis):
            raise Denied("over")
        return granted

    def _stored(
        self, actor: Staff, recording_id: str, token_hash: str, now: datetime
    ) -> tuple[rows.Granted, Ground | None]:
        with self._store.glance() as connection:
            granted = self._granted(connection, token_hash)
        if granted is None or not _is_his(granted.grant, actor, recording_id):
            raise NotFound("recording")
        grant = granted.grant
        if grant.basis_kind is BasisKind.CASE and actor.role is not Role.PRIVACY:
            return granted, CaseGround(grant.basis)
        if grant.basis_kind is BasisKind.OWN_CALL:
            return granted, None
        with self._store.read() as connection:  # what stands on another row: both in one snapshot
            again = self._granted(connection, token_hash)
            if again is None:
                raise NotFound("recording")
            return again, self._ground(connection, actor, again, now)

    def _granted(self, connection: Connection, token_hash: str) -> rows.Granted | None:
        found = rows.granted(connection, token_hash)
        return None if found is None else replace(found, call=self._opened(connection, found.call))

    def _call(self, connection: Connection, recording_id: str) -> RecordedCall | None:
        found = rows.recorded_call(connection, recording_id)
        return None if found is None else self._opened(connection, found)

    def _opened(self, connection: Connection, call: RecordedCall) -> RecordedCall:
        """Return the call with what the register of purposes, as it is now, opens of it."""
        in_force, own = register.in_force_now(connection, self._begun), register.of_call(connection, call.call_id)
        return replace(call, openings=openings(call.recorded_at, in_force, own))

    def _ground(self, connection: Connection, actor: Staff, granted: rows.Granted, now: datetime) -> Ground | None:
        grant = granted.grant
        if grant.purpose is Purpose.DISCLOSURE:
            return disclosures.open_case(connection, grant.recording_id, actor.user_id, grant.basis)
        if grant.basis_kind is BasisKind.CASE:
            return _ours(CaseGround(grant.basis), _numbers(connection, granted.call.call_id))
        if grant.basis_kind is BasisKind.VERIFICATION and grant.customer_id is not None:
            return self._proof(connection, actor, grant.customer_id, now)
        if grant.basis_kind in (BasisKind.CHECK, BasisKind.APPROVAL):
            return checks.find(connection, grant.basis)
        return None

    def still_holds(self, actor: Staff, grant: rows.Grant, stream_id: str | None) -> bool:
        """Tell whether a stream may go on: session, role, grant and basis hold, and no newer stream took its place."""
        try:
            stored = self.judge(self._sessions.still(actor), grant.recording_id, grant.hash).grant
        except (NotFound, Denied, NotSignedIn):
            return False
        return stream_id is None or stored.stream_id == stream_id

    def own(self, actor: Staff, recording_id: str, token: str) -> rows.Granted:
        """Return the person's own grant in this session, live or over. Raises NotFound where it is not his."""
        with self._store.read() as connection:
            granted = rows.granted(connection, hash_of(token))
        if granted is None or not _is_his(granted.grant, actor, recording_id):
            raise NotFound("recording")
        return granted

    def _live_grant(self, actor: Staff, recording_id: str, token: str) -> rows.Grant | None:
        try:
            return self.judge(actor, recording_id, hash_of(token)).grant
        except (NotFound, Denied):
            return None

    def _choices(self, actor: Staff, facts: _Facts, now: datetime) -> Choices:
        if facts.call is None:
            return Choices()
        grounds = facts.check, _offered(facts), facts.asked
        return choices_of(actor, facts.call, facts.verified, self._rules, now, *grounds)

    def _facts(self, actor: Staff, recording_id: str) -> _Facts:
        now = self._clock()
        with self._store.read() as connection:
            recording = recording_rows.find(connection, recording_id)
            call = self._call(connection, recording_id)
            customer_id = call.customer_id if call else None
            verified = self._proof(connection, actor, customer_id, now) if customer_id else None
            check = checks.ground_for(connection, recording_id, customer_id, actor.user_id, now) if call else None
            if actor.role is not Role.PRIVACY or call is None:
                return _Facts(recording, call, verified, check, (), None)
            asked = disclosures.open_case(connection, recording_id, actor.user_id)
            return _Facts(recording, call, verified, check, _numbers(connection, call.call_id), asked)

    def _proof(self, connection: Connection, actor: Staff, customer_id: CustomerId, now: datetime) -> Verified | None:
        asker = identity.Asker(actor.user_id, actor.session_hash)
        standing = identity.standing(connection, asker, None, customer_id, now, now - self._rules.grace)
        if standing is None:
            return None
        return Verified(standing.verification_id, standing.level, customer_id, actor.user_id, actor.session_hash)

    def _demand_proof(self, actor: Staff) -> None:
        if not self._sessions.is_proved(actor):
            raise Denied("step_up")

    def _refused(self, actor: Staff, recording_id: str, purpose: Purpose | None, reason: str) -> NotFound:
        # Written for a recording that does not exist too: else the time it takes would tell which exist.
        subject = recording_id if is_id(recording_id) else None
        told = (actor.user_id, None, None, subject, purpose, reason, actor.address)
        fact = AuditFact(Act.LISTEN_REFUSED, self._clock(), *told)
        with self._store.write() as connection:
            refusals.append(connection, fact)
        return NotFound("recording")


def _numbers(connection: Connection, call_id: CallId) -> tuple[str, ...]:
    # No disclosures: those open to the two of each alone.
    return tuple(each.number for each in cases.of_call(connection, call_id) if each.kind not in KINDS)


def _offered(facts: _Facts) -> CaseGround:
    return _ours(CaseGround(facts.cases[0] if facts.cases else "any"), facts.cases)


def _ours(ground: CaseGround, open_cases: Collection[str]) -> CaseGround:
    return replace(ground, is_open=ground.reference in open_cases)


def _is_his(grant: rows.Grant, actor: Staff, recording_id: str) -> bool:
    return (grant.user_id, grant.session_hash, grant.recording_id) == (
        actor.user_id,
        actor.session_hash,
        recording_id,
    )
