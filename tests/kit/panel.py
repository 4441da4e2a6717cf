"""The verification panel in the browser of one operator, before one customer's call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask.testing import FlaskClient

from plugin.core.identity import Item
from plugin.core.ids import CallId, CustomerId
from plugin.core.staff import Role, Staff, User
from plugin.wiring import House
from tests.kit.callers import STORED, keep
from tests.kit.people import Town
from tests.kit.staff import app_of, browser_of, hire

PARTIAL = {"X-Partial": "1"}


@dataclass(frozen=True, slots=True)
class Desk:
    """One operator's browser before one customer's call."""

    house: House
    browser: FlaskClient
    call: CallId
    customer: CustomerId
    at: str

    def begin(self, role: str = "self") -> str:
        answer = self.browser.post(self.at, data={"role": role}, headers=PARTIAL)
        assert answer.status_code == 200
        return answer.text

    def say(self, page: str, said: Mapping[Item, str]) -> tuple[int, str]:
        action = re.search(r'action="([^"]+/(?:judge|raise))"', page)
        assert action
        form = {f"answer-{item.value}": value for item, value in said.items()}
        answer = self.browser.post(action[1], data=form, headers=PARTIAL)
        return answer.status_code, answer.text


def staff_of(user: User) -> Staff:
    return Staff(user.id, user.login, user.name, user.role, "", user.login, "ja", "", "")


def desk_of(house: House) -> Desk:
    """Hire an operator and put him before a live call of a customer whose answers are kept."""
    user = hire(house, Role.SERVICE)
    town = Town(house.store, house.clock())
    customer = town.customer("S1", "髙橋 美咲")
    with house.store.write() as connection:
        keep(house.answers, connection, customer, STORED, house.clock())
    call = town.call(taken_by=staff_of(user), ended=False)
    return Desk(
        house, browser_of(app_of(house), house, user), call, customer, f"/calls/{call}/customers/{customer}/identity"
    )
