"""Which calls of a screen are drawn anew when the bus tells of some of them."""

from plugin.core.fold import fold
from plugin.core.history import StoredCall
from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.pops import OpenPop, pops_for, touched
from plugin.core.ports import ANYTHING
from tests.kit.events import answered_call


def _opened(call_id: str, e164: str | None, customer_id: str | None = None) -> OpenPop:
    call = fold(answered_call(call_id).events)
    owner = None if customer_id is None else CustomerId(customer_id)
    return OpenPop(pops_for(call)[0], UserId("u"), StoredCall(CallId(call_id), 1, call, e164, owner))


SCREEN = (
    _opened("alone", "+819012345678"),
    _opened("withheld", None),
    _opened("withheld too", None),
    _opened("home", "+81312345678", "taro"),
    _opened("home again", "+81312345678"),
    _opened("mobile", "+819087654321", "taro"),
)


def test_only_the_call_that_changed() -> None:
    assert touched(SCREEN, frozenset({"alone"})) == {"alone"}
    assert touched(SCREEN, frozenset({"withheld"})) == {"withheld"}


def test_the_others_from_its_number_and_of_its_customer_show_it_in_their_history() -> None:
    assert touched(SCREEN, frozenset({"home"})) == {"home", "home again", "mobile"}
    assert touched(SCREEN, frozenset({"home again"})) == {"home", "home again"}
    assert touched(SCREEN, frozenset({"mobile", "alone"})) == {"home", "mobile", "alone"}


def test_all_for_anything_and_none_for_a_call_that_is_not_there() -> None:
    assert touched(SCREEN, frozenset({ANYTHING, "alone"})) == {each.call.id for each in SCREEN}
    assert touched(SCREEN, frozenset({"elsewhere"})) == frozenset()
