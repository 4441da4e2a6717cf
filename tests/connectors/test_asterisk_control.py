"""Orders to an Asterisk: what is asked of it to the letter, and what one may believe when it does not answer."""

import pytest

from connectors.calls.asterisk import Account, AsteriskControl, Dialling
from connectors.calls.asterisk.client import Patience
from plugin.core.control import ControlAct
from plugin.core.errors import InputError, OutsideError
from tests.kit.ami import FakeAmi, Play

HURRIED = Patience(answer_s=0.5, read_s=0.1)
DIALLING = Dialling("PJSIP/{extension}", "from-internal", "0", "JP")


def control(account: Account, dialling: Dialling = DIALLING) -> AsteriskControl:
    return AsteriskControl(account, dialling, HURRIED)


def test_the_operators_phone_rings_and_dials_the_number_as_one_dials_it_there() -> None:
    with FakeAmi([Play(b"")]) as exchange:
        control(exchange.account).dial("101", "+819012345678")
    order = exchange.said[-1]
    assert {name: value for name, value in order.items() if name != "ActionID"} == {
        "Action": "Originate",
        "Channel": "PJSIP/101",
        "Context": "from-internal",
        "Exten": "009012345678",
        "Priority": "1",
        "CallerID": "<101>",
        "Timeout": "30000",
        "Async": "true",
    }
    assert control(exchange.account).can == {ControlAct.DIAL}


def test_a_number_abroad_is_dialled_as_one_abroad() -> None:
    with FakeAmi([Play(b"")]) as exchange:
        control(exchange.account, Dialling("SIP/{extension}", "out", "", "JP")).dial("101", "+12125551234")
    assert (exchange.said[-1]["Channel"], exchange.said[-1]["Exten"]) == ("SIP/101", "01012125551234")


@pytest.mark.parametrize("extension", ["", "101&PJSIP/trunk", "101\r\nAction: Command", "101/n@x", "１０１", "1" * 41])
def test_no_extension_breaks_out_of_its_place(extension: str) -> None:
    with pytest.raises(InputError, match="extension"):
        control(Account("127.0.0.1", 9, "", "")).dial(extension, "+819012345678")


def test_what_is_no_number_is_not_dialled() -> None:
    with pytest.raises(InputError, match="number"):
        control(Account("127.0.0.1", 9, "", "")).dial("101", "117")


def test_a_refusal_is_certain() -> None:
    with FakeAmi([Play(b"", dials="Error")]) as exchange, pytest.raises(OutsideError, match="dial_refused") as refused:
        control(exchange.account).dial("101", "+819012345678")
    assert refused.value.permanent
    assert "perhaps" not in refused.value.facts


def test_an_order_without_an_answer_may_ring_all_the_same_and_is_given_once() -> None:
    with FakeAmi([Play(b"", dials="")]) as exchange, pytest.raises(OutsideError, match="silent") as doubtful:
        control(exchange.account).dial("101", "+819012345678")
    assert doubtful.value.facts["perhaps"] is True
    assert [action["Action"] for action in exchange.said].count("Originate") == 1


def test_nobody_there_is_certain() -> None:
    with FakeAmi([]) as exchange:
        account = exchange.account
    with pytest.raises(OutsideError, match="unreachable") as refused:
        control(account).dial("101", "+819012345678")
    assert "perhaps" not in refused.value.facts


def test_an_account_that_may_not_is_said_so() -> None:
    with FakeAmi([Play(b"")]) as exchange:
        wrong = Account(exchange.account.host, exchange.account.port, "denwaban", "wrong")
        with pytest.raises(OutsideError, match="login_refused") as refused:
            control(wrong).dial("101", "+819012345678")
    assert refused.value.permanent
