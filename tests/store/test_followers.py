"""Everything that points to a customer or a call goes with him who is merged, and with it that is joined; or says here
why it stays.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, func, insert, select, update

from plugin.core.identity import FAILURE_WINDOW, CallerRole, Item, Level, Verification, VerificationState
from plugin.core.ids import CallId, CustomerId, VerificationId, new_id
from plugin.core.times import to_us
from plugin.store import call_joins, evidence, failures, identity, merges
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.customers import customers
from plugin.store.tables.disclosures import disclosure_letters
from plugin.store.tables.identity import identity_counters, verifications
from plugin.store.tables.keeping import cases
from plugin.store.tables.metadata import metadata
from plugin.store.tables.staff import users
from tests.kit.clock import HandClock
from tests.kit.full import fill_all
from tests.kit.people import Town

LOSER, WINNER = CustomerId("customers0"), CustomerId("customers1")
OF_CUSTOMERS = {
    "assignments.customer_id": "what a person said on a day stays as he said it",
    "call_adoptions.customer_id": "who alone has the number is looked for anew",
    "call_backs.customer_id": "of a verification, which is over",
    "customer_merges.customer_id": "says who was merged",
    "customer_numbers.customer_id": "the CRM's own word of the record that is gone",
    "grants.customer_id": "of minutes; ends as the call is given to another, and is asked for anew",
    "identity_answers.customer_id": "keyed with his id: fits nobody else",
    "identity_counters.customer_id": "counted against the winner; what stays counts nothing",
    "identity_items.customer_id": "the CRM's own word of the record that is gone",
    "mandates.customer_id": "two people confirmed whom it is of; its answers are forgotten with him",
    "one_time_codes.customer_id": "of a verification, which is over",
    "verifications.contact_id": "who spoke, of an organisation's people; ends with the verification",
}

OLDER, YOUNGER = CallId("calls0"), CallId("calls1")
OF_CALLS = {
    "summaries.call_id": "empty, while its entry may stand in the CRM: it is taken back from there",
    "text_tombstones.call_id": "stands outside under its name; the older call tells of it too",
    "timeline_links.call_id": "what stands in the CRM and is taken back from there",
}


def pointing_to(table: Table, *names: str) -> dict[str, Column[Any]]:
    """Return the columns that point to the table, or are named as such are; the audit's are never changed."""
    return {
        f"{one.name}.{column.name}": column
        for one in metadata.sorted_tables
        for column in one.columns
        if one is not audit_lines
        and (column.name in names or any(key.column.table is table for key in column.foreign_keys))
    }


def left(connection: Connection, columns: dict[str, Column[Any]], who: str) -> set[str]:
    return {
        name
        for name, column in columns.items()
        if connection.scalar(select(func.count()).select_from(column.table).where(column == who))
    }


def fill(connection: Connection, columns: dict[str, Column[Any]], who: str) -> None:
    """Put rows everywhere; what may point nowhere points to `who`, so that all of it is there to follow."""
    fill_all(connection, 2, extremes=False)
    connection.execute(update(cases).values(kind="disclosure", closed_at=None))
    connection.execute(update(users).values(role="privacy"))
    connection.execute(delete(disclosure_letters))
    for column in columns.values():
        if column.nullable:
            connection.execute(update(column.table).values({column.name: who}))
    assert left(connection, columns, who) == set(columns)


def test_what_points_to_a_customer_follows_him_who_is_merged(store: Store, clock: HandClock) -> None:
    columns = pointing_to(customers, "customer_id", "contact_id")
    with store.write() as connection:
        fill(connection, columns, LOSER)
        followed = merges.carry(connection, LOSER, WINNER, clock())
        merges.move_calls(connection, LOSER, WINNER, 10, clock())
        assert left(connection, columns, LOSER) == set(OF_CUSTOMERS)
    assert followed == ("cases0", "cases1")


def test_what_points_to_a_call_follows_the_one_that_it_is_a_part_of(store: Store, clock: HandClock) -> None:
    columns = pointing_to(calls)
    with store.write() as connection:
        fill(connection, columns, YOUNGER)
        over = {"state": "ended", "level": 0, "caller_role": "self", "proved_items": "", "proofs": ""}
        connection.execute(update(verifications).values(over))
        call_joins.join(connection, OLDER, YOUNGER, clock())
        assert left(connection, columns, YOUNGER) == set(OF_CALLS)


def test_failures_of_both_count_against_who_is_left_and_old_ones_against_nobody(store: Store, clock: HandClock) -> None:
    now, over = clock(), clock() - FAILURE_WINDOW
    town = Town(store, now)
    loser, winner, stranger = (town.customer(f"c{place}") for place in range(3))
    counted = [(loser, 3, now - timedelta(hours=1)), (winner, 2, now - timedelta(hours=2)), (stranger, 4, over)]
    with store.write() as connection:
        for customer, failed, at in counted:
            told = {"customer_id": customer, "failed": failed, "last_failed_at": to_us(at)}
            connection.execute(insert(identity_counters).values(told))
        for one in (loser, stranger, loser):  # the same again, as the next slice of his calls does it
            merges.carry(connection, one, winner, now)
        assert failures.locked_since(connection, winner, 5, over) == now - timedelta(hours=1)
        assert failures.locked_since(connection, winner, 6, over) is None
        assert failures.locked_since(connection, loser, 1, over) is None


def test_what_is_proved_of_the_one_is_history_of_the_other_and_opens_nothing(store: Store, clock: HandClock) -> None:
    now = clock()
    town = Town(store, now)
    loser, winner, staff = town.customer("c1"), town.customer("c2"), town.staff("tanaka")
    call = town.call(loser)
    proved = Verification(
        id=VerificationId(new_id(now)),
        call_id=call,
        customer_id=loser,
        user_id=staff.user_id,
        session_hash="s",
        caller_role=CallerRole.SELF,
        state=VerificationState.PASSED,
        level=Level.HISTORY,
        proved=frozenset({Item.PASSPHRASE}),
        tries_used=0,
        tries_allowed=2,
        started_at=now,
        decided_at=now,
        expires_at=now + timedelta(hours=1),
        proofs=frozenset(),
        contact_id=None,
        mandate_id=None,
    )
    asker, since = identity.Asker(staff.user_id, "s"), now - timedelta(hours=1)
    with store.write() as connection:
        identity.add(connection, proved)
        assert identity.standing(connection, asker, call, loser, now, since)
        merges.carry(connection, loser, winner, now)
        merges.move_calls(connection, loser, winner, 10, now)
        for customer in (loser, winner):
            assert identity.standing(connection, asker, call, customer, now, since) is None
        assert [one.customer_id for one in identity.of_call(connection, call)] == [winner]
        assert evidence.levels_of(connection, [call]) == {call: Level.HISTORY}
