"""The bar on top: few places stand side by side, many wait in menus of their subject, in a fixed order."""

from plugin.web.app import PLACES
from plugin.web.places import bar_of, place_of


def test_few_places_stand_one_by_one() -> None:
    shown = [("desk.home", "a"), ("sharings.shared", "b"), ("holds.page", "c"), ("harassment.page", "d")]
    assert [stop.places for stop in bar_of(shown)] == [(each,) for each in shown]


def test_many_wait_in_menus_and_none_is_lost_or_doubled() -> None:
    shown = [(endpoint, name) for endpoint, name, _ in PLACES]
    bar = bar_of(shown)
    assert sorted(place for stop in bar for place in stop.places) == sorted(shown)
    assert bar[0].places == (shown[0],)
    assert len(bar) <= 13  # for somebody of every role at once
    menus = [stop for stop in bar if stop.is_menu]
    assert all(stop.name.startswith("frame.menu.") for stop in menus)
    at_hand = {"desk.home", "board.page", "call_pages.inbox", "checks.page", "look_up.page", "approvals.page"}
    assert at_hand <= {stop.places[0][0] for stop in bar if not stop.is_menu}


def test_a_menu_of_one_place_is_that_place() -> None:
    shown = [(endpoint, name) for endpoint, name, _ in PLACES if endpoint != "holds.page"]
    others = ("cases.page", "harassment.page", "disclosures.page", "redactions.all_of_them")
    alone = [each for each in shown if each[0] not in others]
    alone.append(("harassment.page", "x"))
    stops = [stop for stop in bar_of(alone) if ("harassment.page", "x") in stop.places]
    assert [stop.is_menu for stop in stops] == [False]


def test_a_page_within_a_place_is_marked_as_being_there() -> None:
    places = {endpoint for endpoint, _, _ in PLACES}
    assert {place_of(each) for each in places} == places
    inner = {"cases.case", "harassment.judge_page", "disclosures.case", "disclosure_answers.letter"}
    assert {place_of(each) for each in inner} == {"cases.page", "harassment.page", "disclosures.page"}
    assert place_of("call_pages.call") == "call_pages.call"
    assert place_of(None) == ""
