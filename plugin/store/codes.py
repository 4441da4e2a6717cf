"""One-time codes at rest, and how much was sent. Each step is one conditional statement: of two at once one is taken.

No code and no number is ever handed to a function here, only keyed hashes of them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, text, update

from plugin.core.codes import TELLABLE, CodeState, OneTimeCode
from plugin.core.deliveries import Arrival, MessageReport
from plugin.core.ids import CustomerId, VerificationId
from plugin.core.ports import MessageWay
from plugin.core.times import from_us, to_us
from plugin.store.tables.proofs import one_time_codes, send_counters

_TELLABLE = tuple(sorted(state.value for state in TELLABLE))


def add(connection: Connection, code: OneTimeCode) -> None:
    """Store a new code; every older one of the verification ends."""
    older = (one_time_codes.c.verification_id == code.verification_id) & one_time_codes.c.state.in_(_TELLABLE)
    connection.execute(update(one_time_codes).where(older).values(state=CodeState.REPLACED.value))
    connection.execute(
        insert(one_time_codes).values(
            id=code.id,
            verification_id=code.verification_id,
            customer_id=code.customer_id,
            number_mark=code.number_mark,
            tail=code.tail,
            way=code.way.value,
            code_mark=code.code_mark,
            key_id=code.key_id,
            state=code.state.value,
            missed=code.missed,
            asked_at=to_us(code.asked_at),
            expires_at=to_us(code.expires_at),
            why=code.why,
        )
    )


def settle(connection: Connection, code_id: str, state: CodeState, why: str | None) -> bool:
    """Note what came of the sending; False where the code is no longer being sent, because something overtook it."""
    sending = (one_time_codes.c.id == code_id) & (one_time_codes.c.state == CodeState.SENDING.value)
    return connection.execute(update(one_time_codes).where(sending).values(state=state.value, why=why)).rowcount == 1


def arrive(connection: Connection, report: MessageReport) -> OneTimeCode | None:
    """Note what the carrier told of the code; None where there is none, or nothing new: an end stays the end."""
    arrival = one_time_codes.c.arrival
    is_end = report.arrival is not Arrival.SENT
    is_open = or_(arrival.is_(None), arrival == Arrival.SENT.value) if is_end else arrival.is_(None)
    this = one_time_codes.c.id == report.about
    told = {"arrival": report.arrival, "arrival_why": report.why or None}
    if connection.execute(update(one_time_codes).where(this, is_open).values(**told)).rowcount != 1:
        return None
    return _code(connection.execute(select(one_time_codes).where(this)).one())


def use(connection: Connection, code_id: str, now: datetime) -> bool:
    """Use the code up; False where it is used, replaced, or its time is up."""
    good = (one_time_codes.c.id == code_id) & one_time_codes.c.state.in_(_TELLABLE)
    good &= one_time_codes.c.expires_at > to_us(now)
    return connection.execute(update(one_time_codes).where(good).values(state=CodeState.USED.value)).rowcount == 1


def miss(connection: Connection, code_id: str) -> None:
    """Note that another code was told in its place."""
    of_one = update(one_time_codes).where(one_time_codes.c.id == code_id)
    connection.execute(of_one.values(missed=one_time_codes.c.missed + 1))


def newest(connection: Connection, verification_id: VerificationId) -> OneTimeCode | None:
    """Return the newest code of the verification, whatever became of it."""
    of_one = select(one_time_codes).where(one_time_codes.c.verification_id == verification_id)
    row = connection.execute(of_one.order_by(one_time_codes.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _code(row)


def count(connection: Connection, verification_id: VerificationId) -> int:
    """Return how many codes of the verification went out, or may have."""
    of_one = one_time_codes.c.verification_id == verification_id
    gone_out = of_one & (one_time_codes.c.state != CodeState.REFUSED.value)
    return connection.scalar(select(func.count()).select_from(one_time_codes).where(gone_out)) or 0


_COUNTER = "INSERT INTO send_counters (about, began_at, counted) VALUES (:about, :now, 0)"
_ENSURE = {
    True: text(f"{_COUNTER} ON CONFLICT (about) DO NOTHING"),
    False: text(f"{_COUNTER} ON DUPLICATE KEY UPDATE about = about"),
}
# began_at is set last: MySQL computes each assignment from the ones before it.
_TAKE = text(
    "UPDATE send_counters SET counted = CASE WHEN began_at <= :over THEN 1 ELSE counted + 1 END,"
    " began_at = CASE WHEN began_at <= :over THEN :now ELSE began_at END"
    " WHERE about = :about AND (counted < :most OR began_at <= :over)"
)
_GIVE_BACK = text("UPDATE send_counters SET counted = counted - 1 WHERE about = :about AND counted > 0")


def take_send(connection: Connection, about: str, most: int, now: datetime, over: datetime) -> bool:
    """Count one sending before it is known to be one; False, and nothing counted, where `most` are counted.

    They count together until `over` has passed since the first of them.
    """
    connection.execute(_ENSURE[connection.dialect.name == "sqlite"], {"about": about, "now": to_us(now)})
    given = {"about": about, "most": most, "now": to_us(now), "over": to_us(over)}
    return connection.execute(_TAKE, given).rowcount == 1


def give_back_send(connection: Connection, about: str) -> None:
    """Undo one `take_send`: it certainly did not go out."""
    connection.execute(_GIVE_BACK, {"about": about})


def forget_sends(connection: Connection, over: datetime, most: int) -> int:
    """Forget up to `most` counts that began before `over`, of which nothing counts any more; return how many."""
    began = select(send_counters.c.about).where(send_counters.c.began_at <= to_us(over)).limit(most)
    abouts = list(connection.scalars(began))
    # By its own time again: a count that has begun anew meanwhile stays.
    gone = delete(send_counters).where(send_counters.c.about.in_(abouts), send_counters.c.began_at <= to_us(over))
    return connection.execute(gone).rowcount if abouts else 0


def _code(row: Row[Any]) -> OneTimeCode:
    return OneTimeCode(
        id=row.id,
        verification_id=VerificationId(row.verification_id),
        customer_id=CustomerId(row.customer_id),
        number_mark=row.number_mark,
        tail=row.tail,
        way=MessageWay(row.way),
        code_mark=row.code_mark,
        key_id=row.key_id,
        state=CodeState(row.state),
        missed=row.missed,
        asked_at=from_us(row.asked_at),
        expires_at=from_us(row.expires_at),
        why=row.why,
        arrival=None if row.arrival is None else Arrival(row.arrival),
        arrival_why=row.arrival_why,
    )
