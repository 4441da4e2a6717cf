"""Verifications at rest: begun, proved, ended, and what stands proved right now. Judges nothing.

Tries are counted by one conditional statement each, so that parallel guesses cannot pass the limit
(docs/decisions/0004).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from plugin.core.identity import (
    RUNNING,
    CallerRole,
    Item,
    Level,
    Proof,
    Standing,
    Verification,
    VerificationState,
)
from plugin.core.ids import CallId, CustomerId, MandateId, UserId, VerificationId
from plugin.core.times import from_us, maybe_at, maybe_us, to_us
from plugin.store.prepared import Given, Prepared
from plugin.store.tables.identity import verifications

_RUNNING = tuple(sorted(state.value for state in RUNNING))


def close_of_mandate(connection: Connection, mandate_id: MandateId) -> None:
    """End whatever is under way, or proved, under a mandate."""
    running = (verifications.c.mandate_id == mandate_id) & verifications.c.state.in_(_RUNNING)
    connection.execute(update(verifications).where(running).values(state=VerificationState.ENDED.value))


def keep_mandate(connection: Connection, verification_id: VerificationId, mandate_id: MandateId) -> None:
    """Note under which mandate a proxy passes."""
    of_one = verifications.c.id == verification_id
    connection.execute(update(verifications).where(of_one).values(mandate_id=mandate_id))


def add(connection: Connection, new: Verification) -> None:
    """Store a new verification."""
    connection.execute(
        insert(verifications).values(
            id=new.id,
            call_id=new.call_id,
            customer_id=new.customer_id,
            user_id=new.user_id,
            session_hash=new.session_hash,
            state=new.state.value,
            level=int(new.level),
            caller_role=new.caller_role.value,
            tries_used=new.tries_used,
            tries_allowed=new.tries_allowed,
            proved_items=_words(new.proved),
            started_at=to_us(new.started_at),
            decided_at=maybe_us(new.decided_at),
            expires_at=to_us(new.expires_at),
            overridden=0,
            proofs=_words_of(new.proofs),
            contact_id=new.contact_id,
            mandate_id=new.mandate_id,
        )
    )


def verification(connection: Connection, verification_id: VerificationId) -> Verification | None:
    """Return the verification, or None."""
    row = connection.execute(select(verifications).where(verifications.c.id == verification_id)).one_or_none()
    return None if row is None else _verification(row)


def of_call(connection: Connection, call_id: CallId) -> tuple[Verification, ...]:
    """Return every verification of the call, the oldest first."""
    rows = connection.execute(
        select(verifications).where(verifications.c.call_id == call_id).order_by(verifications.c.id)
    )
    return tuple(map(_verification, rows))


def close(connection: Connection, verification_id: VerificationId, state: VerificationState) -> None:
    """End a running verification; whatever it proved counts no longer."""
    running = (verifications.c.id == verification_id) & verifications.c.state.in_(_RUNNING)
    connection.execute(update(verifications).where(running).values(state=state.value))


def close_of_call(
    connection: Connection, call_id: CallId, *, but: CustomerId | None = None, only: CustomerId | None = None
) -> tuple[Verification, ...]:
    """End what runs in the call and return it: of all customers, of all `but` one, or of `only` one."""
    ended = tuple(
        one
        for one in of_call(connection, call_id)
        if one.state in RUNNING and one.customer_id != but and only in (None, one.customer_id)
    )
    for one in ended:
        close(connection, one.id, VerificationState.ENDED)
    return ended


def follow(connection: Connection, loser: CustomerId, winner: CustomerId, at: datetime) -> None:
    """Let the loser's verifications be the winner's; what counts at `at` counts no longer."""
    his = verifications.c.customer_id == loser
    runs = (verifications.c.expires_at > to_us(at)) & verifications.c.state.in_(_RUNNING)
    connection.execute(update(verifications).where(his, runs).values(expires_at=to_us(at)))
    connection.execute(update(verifications).where(his).values(customer_id=winner))


def extend(connection: Connection, verification_id: VerificationId, until: datetime) -> None:
    """Let a verification that is under way run until then."""
    under_way = (verifications.c.id == verification_id) & (verifications.c.state == VerificationState.OPEN.value)
    connection.execute(update(verifications).where(under_way).values(expires_at=to_us(until)))


def prove(
    connection: Connection,
    verification_id: VerificationId,
    level: Level,
    proved: frozenset[Item],
    proofs: frozenset[Proof],
    at: datetime,
    until: datetime,
) -> None:
    """Note what was proved, and until when it counts at the longest."""
    connection.execute(
        update(verifications)
        .where(verifications.c.id == verification_id)
        .values(
            state=VerificationState.PASSED.value,
            level=int(level),
            proved_items=_words(proved),
            proofs=_words_of(proofs),
            decided_at=to_us(at),
            expires_at=to_us(until),
        )
    )


def override(
    connection: Connection, verification_id: VerificationId, level: Level, at: datetime, until: datetime
) -> None:
    """Note that two people believed the caller without proof; the mark stays whatever is proved later."""
    of_one = verifications.c.id == verification_id
    passed = {"state": VerificationState.PASSED.value, "level": int(level), "overridden": 1}
    passed |= {"decided_at": to_us(at), "expires_at": to_us(until)}
    connection.execute(update(verifications).where(of_one).values(**passed))


def keep_proofs(connection: Connection, verification_id: VerificationId, proofs: frozenset[Proof]) -> None:
    """Note the proofs of a verification whose answers are still to come; by itself that reaches no level."""
    of_one = verifications.c.id == verification_id
    connection.execute(update(verifications).where(of_one).values(proofs=_words_of(proofs)))


def take_try(connection: Connection, verification_id: VerificationId) -> bool:
    """Use up one try of the verification; False where none is left."""
    left = (verifications.c.id == verification_id) & (verifications.c.tries_used < verifications.c.tries_allowed)
    taken = update(verifications).where(left, verifications.c.state.in_(_RUNNING))
    return connection.execute(taken.values(tries_used=verifications.c.tries_used + 1)).rowcount == 1


def give_back_try(connection: Connection, verification_id: VerificationId) -> None:
    """Undo one `take_try`: the set was right."""
    chosen = update(verifications).where(verifications.c.id == verification_id, verifications.c.tries_used > 0)
    connection.execute(chosen.values(tries_used=verifications.c.tries_used - 1))


_STANDS = (
    "SELECT v.id, v.level, v.expires_at, v.caller_role, v.overridden, c.ended_at"
    " FROM verifications v JOIN calls c ON c.id = v.call_id"
    " WHERE v.customer_id = :customer AND v.user_id = :user AND v.session_hash = :session"
    " AND v.state = 'passed' AND v.expires_at > :now AND (c.ended_at IS NULL OR c.ended_at > :ended_before)"
)
_BEST = " ORDER BY v.level DESC, v.id DESC LIMIT 1"
_STANDING = Prepared(f"{_STANDS} AND v.call_id = :call{_BEST}")
_STANDING_ANYWHERE = Prepared(f"{_STANDS}{_BEST}")


@dataclass(frozen=True, slots=True)
class Asker:
    """Before whom something counts as proved: this person in this session of his."""

    user_id: UserId
    session_hash: str


def standing(
    connection: Connection,
    asker: Asker,
    call_id: CallId | None,
    customer_id: CustomerId,
    now: datetime,
    ended_before: datetime,
) -> Standing | None:
    """Return what is proved at `now`, in a call that is open or ended after `ended_before`; `until` as stored.

    `call_id` None: in whichever call it was proved.
    """
    given: dict[str, Given] = {
        "customer": customer_id,
        "user": asker.user_id,
        "session": asker.session_hash,
        "now": to_us(now),
        "ended_before": to_us(ended_before),
    }
    if call_id is None:
        row = _STANDING_ANYWHERE.row(connection, **given)
    else:
        row = _STANDING.row(connection, **given, call=call_id)
    if row is None:
        return None
    verification_id, level, expires_at, role, overridden, ended_at = row
    if level < Level.HISTORY:
        return None
    until = from_us(expires_at)
    if ended_at is not None:
        until = min(until, from_us(ended_at) + (now - ended_before))
    return Standing(verification_id, Level(level), until, CallerRole(role), bool(overridden))


def _words_of(proofs: frozenset[Proof]) -> str:
    return " ".join(proof.value for proof in Proof if proof in proofs)


def _words(items: frozenset[Item]) -> str:
    return " ".join(item.value for item in Item if item in items)


def _verification(row: Row[Any]) -> Verification:
    return Verification(
        id=VerificationId(row.id),
        call_id=CallId(row.call_id),
        customer_id=CustomerId(row.customer_id),
        user_id=UserId(row.user_id),
        session_hash=row.session_hash,
        caller_role=CallerRole(row.caller_role),
        state=VerificationState(row.state),
        level=Level(row.level),
        proved=frozenset(map(Item, row.proved_items.split())),
        tries_used=row.tries_used,
        tries_allowed=row.tries_allowed,
        started_at=from_us(row.started_at),
        decided_at=maybe_at(row.decided_at),
        expires_at=from_us(row.expires_at),
        proofs=frozenset(map(Proof, row.proofs.split())),
        contact_id=row.contact_id,
        mandate_id=row.mandate_id,
    )
