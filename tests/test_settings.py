"""A setting by which a family could pass, or the history alone could open a recording, stops the start in words."""

import pytest

from plugin.core.errors import SettingError
from plugin.core.identity import Item, Policy
from plugin.settings import load


def test_the_defaults_are_the_policy_of_the_house() -> None:
    assert load().policy == Policy()


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("verify_history_items", 2, "3 to 6"),
        ("verify_history_classes", 1, "2 or 3"),
        ("verify_history_persons", 0, "what a family knows must never suffice"),
        ("verify_history_call_back_items", 1, "2 to 4, or 0"),
        ("verify_listen_further", 0, "must never open a recording"),
        ("verify_listen_proofs", ["call_back_home"], "a whole household answers"),
        ("verify_items", [], "nobody could ever be verified"),
        ("verify_settled_days", -1, "0 to 365"),
        ("verify_settled_days", 10**12, "0 to 365"),
        ("verify_item_minutes", 11, "1 to 10"),
        ("verify_tries", 4, "less than or equal to 3"),
        ("verify_items", ["shoe_size"], "Input should be"),
    ],
)
def test_what_must_not_be_set_cannot_be(setting: str, value: object, words: str) -> None:
    with pytest.raises(SettingError) as refused:
        load(**{setting: value})
    assert refused.value.facts["setting"].startswith(f"DENWABAN_{setting.upper()}")
    assert words in refused.value.facts["problem"]


def test_a_site_may_ask_for_more_and_for_fewer_items() -> None:
    policy = load(verify_items=[Item.NAME_KANA, Item.BIRTH_DATE, Item.PASSPHRASE], verify_listen_further=2).policy
    assert policy.asked == {Item.NAME_KANA, Item.BIRTH_DATE, Item.PASSPHRASE}
    assert policy.further == 2
