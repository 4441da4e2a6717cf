"""People and calls written straight into the store, for tests of rooms that lie behind the doors."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert

from plugin.core.call_json import write_call
from plugin.core.calls import Direction, EventType, Outcome
from plugin.core.fold import fold
from plugin.core.ids import CallId, CustomerId, UserId, new_id
from plugin.core.staff import Role, Staff
from plugin.core.times import maybe_us, to_us
from plugin.store import call_lines
from plugin.store.engine import Connection, Store
from plugin.store.tables.calls import calls, pops
from plugin.store.tables.customers import customers
from plugin.store.tables.staff import users
from tests.kit.canary import Kind
from tests.kit.events import Tape
from tests.kit.watch import know


@dataclass(frozen=True, slots=True)
class Town:
    """Writes the people and calls of one test at one instant."""

    store: Store
    at: datetime

    def staff(self, login: str, role: Role = Role.OPERATOR, team: str = "") -> Staff:
        """Add a user and return him as signed in."""
        user_id = UserId(new_id(self.at))
        with self.store.write() as connection:
            connection.execute(
                insert(users).values(
                    id=user_id,
                    login=login,
                    name=f"{login}さん",
                    password_hash="-",
                    role=role,
                    team=team,
                    extension=login,
                    lang="ja",
                    active=1,
                    created_at=to_us(self.at),
                )
            )
        return Staff(user_id, login, f"{login}さん", role, team, login, "ja", "session", "127.0.0.1")

    def customer(self, external_id: str, name: str = "山田 花子", crm: str = "local") -> CustomerId:
        """Add a customer of the replica."""
        customer_id = CustomerId(new_id(self.at))
        know(Kind.NAME, name)
        with self.store.write() as connection:
            connection.execute(
                insert(customers).values(
                    id=customer_id,
                    crm=crm,
                    external_id=external_id,
                    kind="person",
                    name=name,
                    kana="",
                    code="",
                    updated_at=to_us(self.at),
                )
            )
        return customer_id

    def call(
        self,
        customer_id: CustomerId | None = None,
        taken_by: Staff | None = None,
        rang_at: Staff | None = None,
        e164: str | None = "+819012345678",
        withheld: str | None = None,
        ended: bool = True,
    ) -> CallId:
        """Add a call of 90 seconds' talk that began three minutes ago."""
        call_id = CallId(new_id(self.at))
        know(Kind.NUMBER, e164 or "")
        began = self.at - timedelta(minutes=3)
        answered = began + timedelta(seconds=10)
        tape = Tape(call_id, start=began).then(EventType.OFFERED, after=0, direction=Direction.INBOUND)
        tape.then(EventType.ANSWERED, after=10)
        if ended:
            tape.then(EventType.ENDED, after=90, outcome=Outcome.ANSWERED)
        with self.store.write() as connection:
            connection.execute(
                insert(calls).values(
                    id=call_id,
                    source="pbx1",
                    direction="inbound",
                    state="ended" if ended else "talking",
                    e164=e164,
                    withheld=withheld,
                    started_at=to_us(began),
                    answered_at=to_us(answered),
                    ended_at=maybe_us(answered + timedelta(seconds=90) if ended else None),
                    outcome="answered" if ended else None,
                    record=write_call(fold(tape.events)),
                    revision=1,
                    customer_id=customer_id,
                    updated_at=to_us(self.at),
                )
            )
            for staff, taken_at in ((taken_by, answered), (rang_at, None)):
                if staff is not None:
                    _ring(connection, call_id, staff, began, taken_at)
            call_lines.renew(connection, call_id)
        return call_id


def _ring(connection: Connection, call_id: CallId, staff: Staff, shown_at: datetime, taken_at: datetime | None) -> None:
    connection.execute(
        insert(pops).values(
            call_id=call_id,
            agent=staff.login,
            user_id=staff.user_id,
            state="withdrawn" if taken_at is None else "taken",
            shown_at=to_us(shown_at),
            taken_at=maybe_us(taken_at),
        )
    )
