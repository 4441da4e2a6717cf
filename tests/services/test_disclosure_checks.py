"""A check for others' data covers what it saw and nothing else, whatever comes to the call, or is joined to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.core.disclosure import Audio, Decision, Delivered, TextPart, ThirdParty
from plugin.core.disclosure_file import CallLine, Step
from plugin.core.errors import Conflict, NotFound
from plugin.core.ids import CallId, CaseId
from plugin.core.timeline import SummaryForm
from plugin.store import call_joins, merges
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.disclosures import SENDER, Bureau
from tests.kit.people import Town
from tests.kit.site import Place

REQUEST = frozenset({TextPart.REQUEST})


@pytest.fixture
def bureau(tmp_path: Path, clock: HandClock) -> Iterator[Bureau]:
    with Place(tmp_path, clock, **SENDER) as place:
        yield Bureau(place, Office(place, clock))


def another(bureau: Bureau, request: str = "") -> CallId:
    form = SummaryForm("delivery", "solved", request) if request else None
    return bureau.office.past_call("09012345678", bureau.office.hanako, form)


def both_checked(bureau: Bureau) -> tuple[CaseId, CallId]:
    """Bring a case to where its two calls are checked; of the younger's recording a part is given."""
    younger = another(bureau, "高橋様の件")
    bureau.record(younger)
    case_id = bureau.found()
    bureau.disclosures.add_calls(bureau.hara, case_id, (younger,), "続きの通話")
    bureau.say(case_id, ThirdParty.NONE, "", Audio.WHOLE, REQUEST)
    bureau.say(case_id, ThirdParty.SOME, "高橋様", Audio.REDACTED, REQUEST, "高橋", younger)
    return case_id, younger


def become_one(bureau: Bureau, younger: CallId, older: CallId | None = None) -> None:
    with bureau.house.store.write() as connection:
        call_joins.join(connection, older or bureau.past, younger, bureau.office.clock())


def decided_about_hanako(bureau: Bureau) -> CaseId:
    case_id = bureau.found()
    bureau.identity.tie(bureau.hara, case_id, "C-1024")
    bureau.check(case_id)
    bureau.propose(case_id)
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    bureau.agree(case_id)
    return case_id


def only_line(bureau: Bureau, case_id: CaseId) -> CallLine:
    (line,) = bureau.file(case_id).calls
    return line


def test_two_calls_that_become_one_are_checked_anew(bureau: Bureau) -> None:
    bureau.record()
    case_id, younger = both_checked(bureau)
    become_one(bureau, younger)
    line = only_line(bureau, case_id)
    assert (line.check, line.is_outdated, len(line.recordings)) == (None, True, 2)
    assert bureau.file(case_id).next_step() is Step.CHECK
    with pytest.raises(Conflict, match="unchecked"):
        bureau.propose(case_id)
    bureau.check(case_id, Audio.REDACTED)
    assert not only_line(bureau, case_id).is_outdated
    bureau.propose(case_id)


@pytest.mark.parametrize("was_checked", [True, False])
def test_a_check_of_the_one_says_nothing_of_the_other(bureau: Bureau, was_checked: bool) -> None:
    younger = another(bureau, "高橋様の件")
    bureau.record(younger)
    case_id = bureau.found()
    if was_checked:
        bureau.check(case_id)
    else:
        bureau.disclosures.add_calls(bureau.hara, case_id, (younger,), "続きの通話")
        bureau.say(case_id, ThirdParty.NONE, "", Audio.WHOLE, REQUEST, call_id=younger)
    become_one(bureau, younger)
    assert (only_line(bureau, case_id).check, only_line(bureau, case_id).is_outdated) == (None, True)


def test_a_call_to_which_nothing_came_stays_checked(bureau: Bureau) -> None:
    case_id = bureau.found()
    bureau.check(case_id)
    become_one(bureau, another(bureau))
    assert only_line(bureau, case_id).check
    bureau.propose(case_id)


def test_a_call_that_grew_since_the_decision_is_neither_written_of_nor_handed_over(bureau: Bureau) -> None:
    bureau.record()
    case_id, younger = bureau.decided_whole(), another(bureau)
    bureau.record(younger)
    become_one(bureau, younger)
    with pytest.raises(Conflict, match="changed_since"):
        bureau.answers.issue(bureau.hara, case_id, "ja")
    with pytest.raises(NotFound):
        bureau.house.audits.evidence.offer(bureau.hara, case_id)
    with pytest.raises(Conflict, match="unchecked"):
        bureau.propose(case_id, Decision.FULL)


def test_what_comes_to_a_checked_call_was_checked_by_nobody(bureau: Bureau) -> None:
    case_id = bureau.found()
    bureau.check(case_id)
    bureau.record()
    with pytest.raises(Conflict, match="unchecked"):
        bureau.propose(case_id)
    bureau.check(case_id, Audio.REDACTED)
    known = bureau.house.timeline.summary_of(bureau.past)
    assert known is not None
    form = SummaryForm("delivery", "solved", "高橋様の用件。隣の鈴木様宅", version=known.version)
    bureau.house.timeline.save(bureau.office.tanaka, bureau.past, form)
    with pytest.raises(Conflict, match="unchecked"):
        bureau.propose(case_id)


def test_a_check_is_of_what_its_page_showed(bureau: Bureau) -> None:
    case_id = bureau.found()
    _, shown = bureau.disclosures.call(bureau.hara, case_id, bureau.past)
    bureau.record()
    told = (ThirdParty.NONE, "", Audio.WHOLE, REQUEST, "")
    for seen in (shown.sight, ""):
        with pytest.raises(Conflict, match="seen_changed"):
            bureau.disclosures.check(bureau.hara, case_id, bureau.past, *told, seen)
    assert only_line(bureau, case_id).check is None


def test_an_issued_answer_stays_what_it_was(bureau: Bureau) -> None:
    whole = bureau.record()
    case_id, younger = both_checked(bureau)
    bureau.propose(case_id)
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    bureau.agree(case_id)
    bureau.answers.issue(bureau.hara, case_id, "ja")
    issued = bureau.file(case_id).letter
    become_one(bureau, younger)
    check = only_line(bureau, case_id).check
    assert check is not None
    assert (check.third_party, check.audio, check.leave_out) == (ThirdParty.SOME, Audio.REDACTED, ("高橋",))
    assert bureau.file(case_id).letter == issued
    assert bureau.file(case_id).sound_given(whole) is Audio.WHOLE
    assert whole not in bureau.file(case_id).unredacted
    third = another(bureau)
    late = bureau.record(third)
    become_one(bureau, third)
    assert bureau.file(case_id).sound_given(late) is Audio.NOTHING
    bureau.deliver(case_id, Delivered.LETTER)
    with pytest.raises(Conflict, match="unredacted"):
        bureau.deliver(case_id, Delivered.AUDIO)


def test_an_open_disclosure_follows_its_customer_and_an_answered_one_stays(bureau: Bureau) -> None:
    loser, winner = bureau.office.hanako, Town(bureau.house.store, bureau.office.clock()).customer("c-winner")
    answered, decided = (decided_about_hanako(bureau) for _ in range(2))
    bureau.answers.issue(bureau.hara, answered, "ja")
    with bureau.house.store.write() as connection:
        assert merges.carry(connection, loser, winner, bureau.office.clock()) == (decided,)
        merges.move_calls(connection, loser, winner, 10, bureau.office.clock())
    assert (bureau.file(answered).about, bureau.file(decided).about) == (loser, winner)
    with pytest.raises(Conflict, match="changed_since"):  # two agreed to what is given to another record's person
        bureau.answers.issue(bureau.hara, decided, "ja")
    assert only_line(bureau, decided).is_outdated
    assert only_line(bureau, answered).check
