"""What an operator's desk shows, and how much of it: masking, choosing, and who hears of a change."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.core.access import HistoryView, history_view
from plugin.core.calls import Outcome
from plugin.core.customers import CrmCustomer, NumberKind, WrittenNumber
from plugin.core.errors import Conflict, Denied
from plugin.core.identity import Level
from plugin.core.matching import MatchKind
from plugin.core.numbers import WithheldReason
from plugin.core.phase import Phase
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role
from plugin.core.timeline import SummaryForm
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.site import Place


@pytest.fixture
def office(tmp_path: Path, clock: HandClock) -> Iterator[Office]:
    with Place(tmp_path, clock) as place:
        yield Office(place, clock)


def test_nothing_rings(office: Office) -> None:
    assert office.house.desk.pops(office.tanaka) == ()


def test_a_call_stands_on_the_desk_it_rings_at_and_on_no_other(office: Office) -> None:
    office.phone("09012345678").ring()
    (pop,) = office.house.desk.pops(office.tanaka)
    assert (pop.phase, pop.caller.number, pop.queue) == (Phase.RINGING, "+819012345678", "サポート")
    assert office.house.desk.pops(office.suzuki) == ()


def test_candidates_are_never_picked_not_even_a_single_one(office: Office) -> None:
    office.phone("09012345678").ring()
    (pop,) = office.house.desk.pops(office.tanaka)
    assert pop.caller.match is MatchKind.ONE
    assert [each.customer.id for each in pop.caller.candidates] == [office.hanako]
    assert pop.caller.chosen is None
    assert not pop.caller.is_settled


def test_who_was_chosen_before_keeps_his_place_and_his_reasons_when_he_is_chosen_again(office: Office) -> None:
    office.past_call("0312345678", office.taro)
    phone = office.phone("0312345678").ring()

    def shown() -> list[tuple[object, object]]:
        (pop,) = office.house.desk.pops(office.tanaka)
        return [(each.customer.id, each.reasons) for each in pop.caller.candidates]

    before = shown()
    assert [customer for customer, _ in before] == [office.taro, office.hanako]
    office.house.desk.choose(office.tanaka, phone.call_id, office.taro)
    assert shown() == before
    office.house.desk.choose(office.tanaka, phone.call_id, None)
    assert shown() == before


def test_a_household_shows_all_of_it_each_with_his_own_calls(office: Office) -> None:
    office.past_call("0312345678", office.taro, SummaryForm("billing", "solved", "秘密の用件"))
    office.phone("0312345678").ring()
    (pop,) = office.house.desk.pops(office.tanaka)
    assert pop.caller.match is MatchKind.HOUSEHOLD
    calls = {each.customer.id: len(each.calls) for each in pop.caller.candidates}
    assert calls == {office.taro: 1, office.hanako: 0}


def test_before_verification_tags_show_and_free_text_does_not(office: Office) -> None:
    office.past_call("09012345678", office.hanako, SummaryForm("delivery", "solved", "秘密", promise="内緒の約束"))
    office.phone("09012345678").ring()
    (pop,) = office.house.desk.pops(office.tanaka)
    (candidate,) = pop.caller.candidates
    (line,) = candidate.calls
    assert (line.topic, line.disposition, line.operator) == ("delivery", "solved", "田中 美咲")
    assert (line.words, line.audio) == (None, RecordingState.NONE)
    assert [(each.topic, each.text) for each in candidate.promises] == [("delivery", None)]
    assert "秘密" not in repr(pop)
    assert "内緒" not in repr(pop)


@pytest.mark.parametrize("detail", ["none", "tags", "full"])
def test_no_setting_opens_free_text_before_verification(tmp_path: Path, clock: HandClock, detail: str) -> None:
    with Place(tmp_path, clock, pre_verify_detail=detail) as place:
        office = Office(place, clock)
        office.past_call("09012345678", office.hanako, SummaryForm("delivery", "solved", "秘密", promise="内緒"))
        office.phone("09012345678").ring()
        (pop,) = office.house.desk.pops(office.tanaka)
    assert "秘密" not in repr(pop)
    assert "内緒" not in repr(pop)
    shown = pop.caller.candidates[0].calls[0].topic
    assert shown == ("" if detail == "none" else "delivery")


def test_verified_the_free_text_of_that_customer_opens_to_that_operator_in_that_call_only(office: Office) -> None:
    office.past_call("0312345678", office.hanako, SummaryForm("delivery", "solved", "花子の用件"))
    office.past_call("0312345678", office.taro, SummaryForm("billing", "solved", "太郎の用件"))
    phone = office.phone("0312345678").ring().answer()
    office.verify(office.tanaka, phone.call_id, office.hanako)
    (pop,) = office.house.desk.pops(office.tanaka)
    by_id = {each.customer.id: each for each in pop.caller.candidates}
    assert by_id[office.hanako].level is Level.HISTORY
    words = by_id[office.hanako].calls[0].words
    assert words is not None
    assert words.request == "花子の用件"
    assert "太郎の用件" not in repr(pop)
    office.clock.move(seconds=1)
    office.phone("0312345678", native="second").ring()
    second = office.house.desk.pops(office.tanaka)[1]
    assert "花子の用件" not in repr(second)


def test_choosing_tells_every_desk_with_a_pop_and_leaves_others_alone(office: Office) -> None:
    phone = office.phone("0312345678").ring()
    ear, other = office.house.bus.listen(office.tanaka.user_id), office.house.bus.listen(office.suzuki.user_id)
    office.house.desk.choose(office.tanaka, phone.call_id, office.taro)
    assert ear.wait(20)
    assert not other.wait(0.05)
    (pop,) = office.house.desk.pops(office.tanaka)
    assert pop.caller.chosen is not None
    assert pop.caller.chosen.customer.id == office.taro
    ear.close()
    other.close()


def test_choosing_does_not_move_the_candidates(office: Office) -> None:
    phone = office.phone("0312345678").ring()
    before = [each.customer.id for each in office.house.desk.pops(office.tanaka)[0].caller.candidates]
    for chosen in before:
        office.clock.move(seconds=5)
        office.house.desk.choose(office.tanaka, phone.call_id, chosen)
        (pop,) = office.house.desk.pops(office.tanaka)
        assert [each.customer.id for each in pop.caller.candidates] == before


def test_someone_else_refuses_all_and_leaves_the_call_unassigned(office: Office) -> None:
    phone = office.phone("0312345678").ring()
    office.house.desk.choose(office.tanaka, phone.call_id, None)
    (pop,) = office.house.desk.pops(office.tanaka)
    assert (pop.caller.chosen, pop.caller.is_settled) == (None, True)


def test_a_choice_can_be_changed_and_taken_back(office: Office) -> None:
    phone = office.phone("0312345678").ring()
    for wanted in (office.taro, office.hanako, None):
        office.house.desk.choose(office.tanaka, phone.call_id, wanted)
        (pop,) = office.house.desk.pops(office.tanaka)
        assert (pop.caller.chosen.customer.id if pop.caller.chosen else None) == wanted


def test_who_has_no_part_in_a_call_chooses_nothing(office: Office) -> None:
    phone = office.phone("0312345678").ring()
    with pytest.raises(Denied):
        office.house.desk.choose(office.suzuki, phone.call_id, office.taro)


def test_a_customer_who_is_gone_cannot_be_chosen(office: Office) -> None:
    phone = office.phone("0312345678").ring()
    office.place.customers(CrmCustomer("2", gone=True))
    with pytest.raises(Conflict):
        office.house.desk.choose(office.tanaka, phone.call_id, office.taro)


@pytest.mark.parametrize("reason", ["refused", "payphone", "service_conflict", "unavailable"])
def test_a_withheld_caller_has_no_candidates_and_no_history(office: Office, reason: str) -> None:
    office.phone(None, withheld=reason).ring().answer().end()
    office.clock.move(seconds=1)
    office.phone(None, withheld=reason, native="again").ring()
    pop = office.house.desk.pops(office.tanaka)[-1]
    assert (pop.caller.match, pop.caller.withheld) == (MatchKind.WITHHELD, WithheldReason(reason))
    assert (pop.caller.candidates, pop.caller.loose_calls, pop.caller.number) == ((), (), None)


def test_a_withheld_caller_who_is_looked_up_by_hand_can_be_chosen(office: Office) -> None:
    phone = office.phone(None, withheld="refused").ring()
    office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    (pop,) = office.house.desk.pops(office.tanaka)
    assert pop.caller.chosen is not None
    assert (pop.caller.chosen.customer.id, pop.caller.chosen.certainty) == (office.hanako, None)


def test_an_unknown_number_shows_its_earlier_unassigned_calls_as_such(office: Office) -> None:
    office.phone("0459999999", native="first").ring().answer().end()
    office.clock.move(seconds=1)
    office.phone("0459999999", native="second").ring()
    pop = office.house.desk.pops(office.tanaka)[-1]
    assert pop.caller.match is MatchKind.NONE
    assert [line.is_loose for line in pop.caller.loose_calls] == [True]


def test_the_call_on_the_line_is_not_its_own_history(office: Office) -> None:
    phone = office.phone("09012345678").ring().answer()
    office.house.desk.choose(office.tanaka, phone.call_id, office.hanako)
    (pop,) = office.house.desk.pops(office.tanaka)
    assert pop.caller.candidates[0].calls == ()


def test_the_newest_call_stands_last_so_that_no_tab_moves(office: Office) -> None:
    first = office.phone("09012345678").ring().answer()
    office.clock.move(seconds=10)
    second = office.phone("0312345678", native="second").ring()
    assert [pop.call_id for pop in office.house.desk.pops(office.tanaka)] == [first.call_id, second.call_id]


def test_a_call_that_ended_waits_for_its_note_until_it_is_closed(office: Office) -> None:
    phone = office.phone("09012345678").ring().answer()
    office.clock.move(minutes=3)
    phone.end()
    office.clock.move(hours=1)
    (pop,) = office.house.desk.pops(office.tanaka)
    assert pop.phase is Phase.WRAP_UP
    office.house.desk.close(office.tanaka, phone.call_id)
    assert office.house.desk.pops(office.tanaka) == ()


def test_a_missed_call_leaves_the_desk_by_itself(office: Office) -> None:
    office.phone("09012345678").ring().end(Outcome.ABANDONED)
    (pop,) = office.house.desk.pops(office.tanaka)
    assert pop.phase is Phase.MISSED
    office.clock.move(minutes=2)
    assert office.house.desk.pops(office.tanaka) == ()


def test_what_a_colleague_wrote_opens_to_who_takes_the_call_not_to_all_who_are_rung(office: Office) -> None:
    phone = office.phone("09012345678").ring().answer()
    office.house.timeline.save(office.tanaka, phone.call_id, SummaryForm("delivery", "solved", "秘密"))
    phone.ring_at("102")
    (rung,) = office.house.desk.pops(office.suzuki)
    assert (rung.phase, rung.note.fields.request) == (Phase.RINGING, "")
    assert "秘密" not in repr(rung)
    phone.answer("102")
    (taken,) = office.house.desk.pops(office.suzuki)
    assert taken.note.fields.request == "秘密"


def test_the_draft_stands_in_the_note(office: Office) -> None:
    phone = office.phone("09012345678").ring().answer()
    office.house.timeline.draft(office.tanaka, phone.call_id, '{"request": "途中まで"}')
    (pop,) = office.house.desk.pops(office.tanaka)
    assert (pop.note.fields.request, pop.note.draft_at) == ("途中まで", office.clock())


def test_the_quiet_desk_shows_his_promises_with_text_and_his_calls_without(office: Office) -> None:
    office.past_call("09012345678", office.hanako, SummaryForm("delivery", "solved", "秘密", promise="折り返し"))
    quiet = office.house.desk.quiet(office.tanaka)
    assert [(each.text, each.customer_name) for each in quiet.promises] == [("折り返し", "佐藤 花子")]
    assert [(line.topic, line.words) for line in quiet.calls] == [("delivery", None)]
    assert office.house.desk.quiet(office.suzuki).calls == ()


def test_a_role_without_a_desk_is_shown_no_history(office: Office) -> None:
    assert history_view(Role.ADMIN, Level.LISTEN, "full") is HistoryView.NOTHING


def test_more_of_the_same_household_is_not_in_the_view_of_a_single_member(office: Office) -> None:
    office.place.customers(
        CrmCustomer(
            "9", name="佐藤 みどり", household="H1", numbers=(WrittenNumber("m", "07011112222", NumberKind.MOBILE),)
        )
    )
    office.phone("09012345678").ring()
    (pop,) = office.house.desk.pops(office.tanaka)
    assert "みどり" not in repr(pop)
    assert "太郎" not in repr(pop)


def test_colleagues_are_told_by_name(office: Office) -> None:
    office.phone("09012345678").ring().answer(by="102")
    (pop,) = office.house.desk.pops(office.tanaka)
    assert (pop.phase, pop.part.taken_by) == (Phase.ELSEWHERE, "鈴木 一郎")


def test_a_site_that_opens_all_tags_shows_more_lines(tmp_path: Path, clock: HandClock) -> None:
    with Place(tmp_path, clock, pre_verify_detail="full") as place:
        office = Office(place, clock)
        for _ in range(5):
            office.past_call("09012345678", office.hanako, SummaryForm("delivery", "solved", "秘密"))
        office.phone("09012345678").ring()
        (pop,) = office.house.desk.pops(office.tanaka)
        assert [line.words for line in pop.caller.candidates[0].calls] == [None] * 5


def test_a_call_that_ended_a_moment_ago_is_pointed_out_with_whom(office: Office) -> None:
    first = office.phone("09012345678", native="a").ring().answer()
    first.end()
    office.clock.move(minutes=8)
    office.phone("09012345678", extension="102", native="b").ring()
    (pop,) = office.house.desk.pops(office.suzuki)
    just = pop.caller.just_now
    assert just is not None
    assert (just.call_id, just.minutes, just.talked, just.operator) == (first.call_id, 8, True, "田中 美咲")
    office.clock.move(minutes=31)
    office.phone("09012345678", native="c").ring()
    late = next(one for one in office.house.desk.pops(office.tanaka) if one.phase is Phase.RINGING)
    assert late.caller.just_now is None or late.caller.just_now.call_id != first.call_id
    office.phone("0312345678", native="d").ring()
    other = next(one for one in office.house.desk.pops(office.tanaka) if one.caller.number == "+81312345678")
    assert other.caller.just_now is None
