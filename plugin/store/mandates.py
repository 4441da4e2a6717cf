"""Mandates at rest, with the marks of the proxies' answers. Judges nothing, and never sees an answer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from plugin.core.approvals import ApprovalKind, ApprovalState
from plugin.core.identity import Item
from plugin.core.ids import CustomerId, MandateId, UserId
from plugin.core.mandates import CONFIRM_WITHIN, Mandate, Scope
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.approvals import approvals
from plugin.store.tables.customers import customers
from plugin.store.tables.mandates import mandate_answers, mandates
from plugin.store.tables.staff import users

_MOST = 200
_REGISTRARS, _CONFIRMERS = users.alias("registrars"), users.alias("confirmers")
_REQUEST = (approvals.c.subject == mandates.c.id) & (approvals.c.kind == ApprovalKind.MANDATE.value)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a proxy's answers: their own key, sealed under the key with `key_id`, and the marks by item."""

    key_id: str
    sealed: str
    marks: Mapping[Item, frozenset[str]]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Item and mark, in one order."""
        return sorted((item.value, mark) for item, marks in self.marks.items() for mark in marks)


NOTHING_KEPT = Kept("", "", {})


def add(connection: Connection, new: Mandate, kept: Kept) -> None:
    """Store a new mandate, which nobody has confirmed yet, with the marks of the proxy's answers."""
    connection.execute(
        insert(mandates).values(
            id=new.id,
            customer_id=new.customer_id,
            name=new.name,
            scope=new.scope.value,
            expires_at=to_us(new.expires_at),
            registered_at=to_us(new.registered_at),
            registered_by=new.registrar,
            answer_key=kept.sealed,
            answer_key_id=kept.key_id,
        )
    )
    rows = [{"mandate_id": new.id, "item": item, "form_hash": mark} for item, mark in kept.rows]
    connection.execute(insert(mandate_answers), rows)


def confirm(connection: Connection, mandate_id: MandateId, by: UserId, at: datetime) -> bool:
    """Let a mandate count; False where it does already, was ended or is over, or `by` registered it."""
    waiting = (mandates.c.id == mandate_id) & mandates.c.confirmed_at.is_(None) & mandates.c.ended_at.is_(None)
    open_still = (mandates.c.expires_at > to_us(at)) & (mandates.c.registered_by != by)
    confirmed = update(mandates).where(waiting, open_still).values(confirmed_at=to_us(at), confirmed_by=by)
    return connection.execute(confirmed).rowcount == 1


def find(connection: Connection, mandate_id: MandateId) -> Mandate | None:
    """Return the mandate, or None."""
    row = connection.execute(_mandates().where(mandates.c.id == mandate_id)).one_or_none()
    return None if row is None else _mandate(row)


def of_customer(connection: Connection, customer_id: CustomerId) -> tuple[Mandate, ...]:
    """Return all mandates of the customer, the newest first."""
    found = _mandates().where(mandates.c.customer_id == customer_id).order_by(mandates.c.id.desc())
    return tuple(map(_mandate, connection.execute(found)))


def hold(connection: Connection, customer_id: CustomerId) -> None:
    """Keep the customer's mandates as they are until the transaction ends (on MySQL; SQLite has one writer anyway).

    So one that is ended at this moment is ended before a proxy passes under it, or after, and then with what he proved.
    """
    connection.execute(select(mandates.c.id).where(mandates.c.customer_id == customer_id).with_for_update()).all()


def open_at(connection: Connection, now: datetime) -> tuple[Mandate, ...]:
    """Return the mandates that are in force or were never confirmed, the one that ends next first; 200 at most."""
    found = _mandates().where(mandates.c.ended_at.is_(None), mandates.c.expires_at > to_us(now))
    return tuple(map(_mandate, connection.execute(found.order_by(mandates.c.expires_at, mandates.c.id).limit(_MOST))))


def kept_of(connection: Connection, mandate_ids: Collection[MandateId]) -> Mapping[MandateId, Kept]:
    """Return what is kept of the proxies' answers, by mandate; NOTHING_KEPT where they were forgotten."""
    ids = list(mandate_ids)
    marks: dict[str, dict[Item, frozenset[str]]] = {each: {} for each in ids}
    for row in connection.execute(select(mandate_answers).where(mandate_answers.c.mandate_id.in_(ids))):
        item = Item(row.item)
        marks[row.mandate_id][item] = marks[row.mandate_id].get(item, frozenset()) | {row.form_hash}
    keys = select(mandates.c.id, mandates.c.answer_key_id, mandates.c.answer_key).where(mandates.c.id.in_(ids))
    found = {row.id: row for row in connection.execute(keys)}
    return {
        each: Kept(found[each].answer_key_id, found[each].answer_key, marks[each])
        if each in found and found[each].answer_key
        else NOTHING_KEPT
        for each in ids
    }


def not_under(connection: Connection, key_id: str, most: int) -> tuple[MandateId, ...]:
    """Return up to `most` mandates whose answers' key is sealed under another key than `key_id`."""
    other = mandates.c.answer_key_id.is_not(None) & (mandates.c.answer_key_id != key_id)
    return tuple(map(MandateId, connection.scalars(select(mandates.c.id).where(other).limit(most))))


def reseal(connection: Connection, mandate_id: MandateId, before: Kept, key_id: str, sealed: str) -> None:
    """Put the answers' key, sealed anew, in place of what was there `before`."""
    same = (mandates.c.id == mandate_id) & (mandates.c.answer_key == before.sealed)
    connection.execute(update(mandates).where(same).values(answer_key=sealed, answer_key_id=key_id))


def end(connection: Connection, mandate_id: MandateId, at: datetime) -> bool:
    """End a mandate that is in force, and forget the proxy's answers; False where it is not in force."""
    running = (mandates.c.id == mandate_id) & mandates.c.ended_at.is_(None) & (mandates.c.expires_at > to_us(at))
    ended = connection.execute(update(mandates).where(running).values(ended_at=to_us(at))).rowcount == 1
    if ended:
        _forget(connection, [mandate_id])
    return ended


def end_of_gone(
    connection: Connection, at: datetime, most: int, customer_id: CustomerId | None = None
) -> tuple[Mandate, ...]:
    """End up to `most` mandates, confirmed or not, of customers who are gone (or of that one); return them.

    The proxies' answers are forgotten: were the record there again, two would have to confirm it anew.
    """
    wanted = _mandates().where(mandates.c.ended_at.is_(None), mandates.c.expires_at > to_us(at))
    wanted = wanted.where(customers.c.gone_at.is_not(None)).order_by(mandates.c.id).limit(most)
    if customer_id is not None:
        wanted = wanted.where(mandates.c.customer_id == customer_id)
    found = tuple(map(_mandate, connection.execute(wanted)))
    return tuple(one for one in found if end(connection, one.id, at))


def forget_answers(connection: Connection, now: datetime, most: int) -> int:
    """Forget the answers of proxies whose mandate is over, was not confirmed, or whose customer is gone; how many.

    Of `most` mandates at the most.
    """
    lapsed = mandates.c.registered_at <= to_us(now - CONFIRM_WITHIN)
    said_no = approvals.c.state.in_((ApprovalState.REFUSED.value, ApprovalState.WITHDRAWN.value))
    never = mandates.c.confirmed_at.is_(None) & or_(lapsed, said_no)
    over = or_(mandates.c.ended_at.is_not(None), mandates.c.expires_at <= to_us(now), customers.c.gone_at.is_not(None))
    found = (
        select(mandates.c.id)
        .join(customers, customers.c.id == mandates.c.customer_id)
        .outerjoin(approvals, _REQUEST)
        .where(or_(over, never), mandates.c.answer_key.is_not(None))
        .limit(most)
    )
    ids = [MandateId(each) for each in connection.scalars(found)]
    _forget(connection, ids)
    return len(ids)


def _forget(connection: Connection, ids: Collection[MandateId]) -> None:
    connection.execute(delete(mandate_answers).where(mandate_answers.c.mandate_id.in_(ids)))
    connection.execute(update(mandates).where(mandates.c.id.in_(ids)).values(answer_key=None, answer_key_id=None))


def _mandates() -> Select[Any]:
    return (
        select(
            mandates,
            customers.c.name.label("customer_name"),
            _REGISTRARS.c.name.label("registrar_name"),
            _CONFIRMERS.c.name.label("confirmer_name"),
            approvals.c.state.label("request"),
        )
        .join(customers, customers.c.id == mandates.c.customer_id)
        .join(_REGISTRARS, _REGISTRARS.c.id == mandates.c.registered_by)
        .outerjoin(_CONFIRMERS, _CONFIRMERS.c.id == mandates.c.confirmed_by)
        .outerjoin(approvals, _REQUEST)
    )


def _mandate(row: Row[Any]) -> Mandate:
    return Mandate(
        id=MandateId(row.id),
        customer_id=CustomerId(row.customer_id),
        customer_name=row.customer_name,
        name=row.name,
        scope=Scope(row.scope),
        expires_at=from_us(row.expires_at),
        registered_at=from_us(row.registered_at),
        registered_by=row.registrar_name,
        registrar=UserId(row.registered_by),
        ended_at=maybe_at(row.ended_at),
        confirmed_at=maybe_at(row.confirmed_at),
        confirmed_by=row.confirmer_name or "",
        confirmer=UserId(row.confirmed_by) if row.confirmed_by else None,
        request=ApprovalState(row.request) if row.request else None,
    )
