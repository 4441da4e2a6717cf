"""What a disclosure needs, what may be decided in it, how its clock runs, what its letter says, which call is meant."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.approvals import ApprovalState
from plugin.core.cases import Case, CaseKind
from plugin.core.disclosure import (
    BLANK,
    KINDS,
    AskedBy,
    Audio,
    Decision,
    Ground,
    Lack,
    Pace,
    Paper,
    TextPart,
    ThirdParty,
    Way,
    blanked,
    days_left,
    end_of,
    lacks,
    last_day,
    pace_of,
    papers_of,
    read_check,
    read_decision,
    read_window,
)
from plugin.core.disclosure_file import Disclosure, Extension, Proposal
from plugin.core.disclosure_intake import Intake
from plugin.core.disclosure_letter import Place, Sender, as_stored, as_text, from_stored, letter_of, notice_of
from plugin.core.disclosure_search import Fit, Heard, Sought, judge, ranked, terms_of
from plugin.core.errors import Conflict, InputError
from plugin.core.ids import CallId, CaseId, CustomerId, UserId
from plugin.core.staff import Role

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SENDER = Sender("株式会社みどり通販", "お問い合わせ窓口\n03-0000-0000")


@pytest.mark.parametrize(
    ("papers", "lack"),
    [
        ({Paper.LICENCE, Paper.RESIDENT_RECORD}, ()),
        ({Paper.LICENCE, Paper.CALL_BACK}, ()),
        ({Paper.RESTRICTED_MAIL, Paper.CALL_BACK}, (Lack.OFFICIAL_PAPER,)),
        ({Paper.LICENCE}, (Lack.TWO_PAPERS,)),
        ({Paper.LICENCE, Paper.OFFICER_CARD}, (Lack.TWO_PAPERS,)),
        (set(), (Lack.TWO_PAPERS, Lack.OFFICIAL_PAPER)),
    ],
)
def test_a_person_shows_two_papers_one_of_them_official(papers: set[Paper], lack: tuple[Lack, ...]) -> None:
    assert lacks(CaseKind.DISCLOSURE, AskedBy.SELF, frozenset(papers), has_mandate=False) == lack
    of_proxy = lacks(CaseKind.DISCLOSURE, AskedBy.PROXY, frozenset(papers), has_mandate=False)
    assert of_proxy == (*lack, Lack.MANDATE)
    assert lacks(CaseKind.DISCLOSURE, AskedBy.PROXY, frozenset(papers), has_mandate=True) == lack


def test_an_authority_shows_its_writing_and_who_brings_it() -> None:
    for kind, written in ((CaseKind.POLICE, Paper.INQUIRY), (CaseKind.COURT, Paper.ORDER)):
        for seen, lack in (
            ({written, Paper.SWITCHBOARD}, ()),
            ({written}, (Lack.OFFICER,)),
            ({Paper.OFFICER_CARD}, (Lack.WRITTEN,)),
            ({Paper.LICENCE, Paper.PASSPORT}, (Lack.WRITTEN, Lack.OFFICER)),
        ):
            assert lacks(kind, AskedBy.AUTHORITY, frozenset(seen), has_mandate=False) == lack
        assert Paper.LICENCE not in papers_of(kind)


def test_a_decision_stands_on_a_ground_of_its_kind_or_on_none() -> None:
    possible = set()
    for kind, decision, ground in product(KINDS, Decision, (None, *Ground)):
        try:
            read_decision(kind, decision, ground, "理由" if ground else "")
        except InputError:
            continue
        possible.add((kind, decision, ground))
    by_law = (Ground.RIGHTS, Ground.HINDRANCE, Ground.UNLAWFUL)
    asked = (Ground.UNNEEDED, Ground.RIGHTS, Ground.UNLAWFUL)
    assert possible == {
        *((kind, decision, None) for kind in KINDS for decision in (Decision.FULL, Decision.NO_DATA)),
        *((CaseKind.DISCLOSURE, Decision.PARTIAL, ground) for ground in by_law),
        *((CaseKind.DISCLOSURE, Decision.REFUSE, ground) for ground in (*by_law, Ground.UNPROVED)),
        *((CaseKind.POLICE, Decision.PARTIAL, ground) for ground in asked),
        *((CaseKind.POLICE, Decision.REFUSE, ground) for ground in (*asked, Ground.UNPROVED)),
        (CaseKind.COURT, Decision.PARTIAL, Ground.SCOPE),  # and nobody refuses an order
    }
    with pytest.raises(InputError, match="words"):
        read_decision(CaseKind.DISCLOSURE, Decision.PARTIAL, Ground.RIGHTS, " ")


@pytest.mark.parametrize(
    ("ahead", "left", "pace"), [(0, 14, "calm"), (10, 4, "calm"), (11, 3, "soon"), (14, 0, "soon")]
)
def test_the_last_day_is_the_fourteenth_and_three_before_it_people_are_warned(ahead: int, left: int, pace: str) -> None:
    due_at = end_of(DAY + timedelta(days=14), TOKYO)
    assert last_day(due_at, TOKYO) == DAY + timedelta(days=14)
    late_that_day = end_of(DAY + timedelta(days=ahead), TOKYO) - timedelta(seconds=1)
    for now in (end_of(DAY + timedelta(days=ahead - 1), TOKYO), late_that_day):
        assert days_left(due_at, now, TOKYO) == left
        assert pace_of(due_at, now, TOKYO, is_open=True) == pace
    assert pace_of(due_at, due_at, TOKYO, is_open=True) is Pace.OVERDUE
    assert pace_of(due_at, due_at, TOKYO, is_open=False) is Pace.STOPPED


@given(
    st.lists(st.text(alphabet="あいうえ鈴木 ", min_size=1, max_size=4), max_size=5),
    st.text("あいうえ鈴木", max_size=40),
)
def test_no_word_that_is_left_out_stays(words: list[str], text: str) -> None:
    asked = tuple(word.strip() for word in words if word.strip())
    left = blanked(text, asked)
    assert not any(word in left for word in asked)
    assert set(left) <= set(text) | set(BLANK)


@pytest.mark.parametrize("raw", [("14:00", ""), ("", "15:00"), ("15:00", "14:00"), ("25:00", "26:00"), ("x", "y")])
def test_a_window_that_is_none_is_refused(raw: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="window"):
        read_window(*raw)
    assert read_window("14:00", "１５:３０") == (840, 930)
    assert read_window(" ", "") == (None, None)


def _call(name: str, hour: int = 14, day: int = 23, **more: object) -> Heard:
    at = datetime(2026, 11, day, hour, 5, tzinfo=TOKYO)
    told: dict[str, Any] = {"operators": ("田中 美咲",), "e164": None, "customer_id": None, "topic": "", "text": ""}
    told |= more
    return Heard(CallId(name), at, at + timedelta(minutes=3), recordings=1, **told)


SOUGHT = Sought(DAY, (14 * 60, 15 * 60), "田中さん", "+819012345678", "返金の件、領収書", CustomerId("hanako"))


@pytest.mark.parametrize(
    ("call", "fits"),
    [
        (_call("a"), [Fit.DAY, Fit.WINDOW, Fit.OPERATOR]),
        (_call("b", 13, operators=("鈴木",)), [Fit.DAY, Fit.NEAR_WINDOW]),
        (_call("c", 9, operators=()), [Fit.DAY]),
        (_call("d", 9, 20, e164="+819012345678", operators=()), [Fit.NUMBER, Fit.NEAR_DAY]),
        (_call("e", 9, 1, customer_id=CustomerId("hanako"), operators=()), [Fit.CUSTOMER]),
        (_call("f", 9, text="ﾘｮｳｼｭｳｼｮと領収書", operators=()), [Fit.DAY, Fit.WORDS]),
    ],
)
def test_what_fits_a_call_is_told(call: Heard, fits: list[Fit]) -> None:
    assert list(judge(call, SOUGHT, terms_of(SOUGHT.words), TOKYO).fits) == fits


def test_what_fits_best_stands_first_and_what_does_not_fit_at_all_nowhere() -> None:
    calls = [
        _call("of another day", 9, 20, operators=()),
        _call("of the day", 9, operators=()),
        _call("with the words", 14, text="返金の件でお電話", operators=("鈴木",)),
        _call("his own, with a wrong day", 14, 21, e164="+819012345678", text="返金の件、領収書"),
    ]
    found = [one.call.call_id for one in ranked(calls, SOUGHT, TOKYO, 10)]
    assert found == ["his own, with a wrong day", "with the words", "of the day"]
    assert len(ranked(calls, SOUGHT, TOKYO, 2)) == 2


def test_a_long_term_fits_by_most_of_its_letters_and_a_short_one_as_it_is() -> None:
    sought = Sought(DAY, (None, None), "", None, "配送が遅れた荷物について")
    for text, fits in (("遅れた荷物の配送について", True), ("解約について", False), ("", False)):
        found = judge(_call("x", text=text), sought, terms_of(sought.words), TOKYO)
        assert (Fit.WORDS in found.fits) is fits
    assert terms_of("返金、返金 の　Ａｂ") == ("返金", "ab")


def _file(
    decision: Decision, ground: Ground | None, kind: CaseKind = CaseKind.DISCLOSURE, **more: object
) -> Disclosure:
    office = "" if kind is CaseKind.DISCLOSURE else "渋谷警察署 刑発第123号"
    who = AskedBy.SELF if kind is CaseKind.DISCLOSURE else AskedBy.AUTHORITY
    intake = Intake(
        kind, who, "佐藤 花子", "東京都", office, Way.POST, DAY, DAY, (840, 900), "田中", None, "返金", "確認のため"
    )
    proposal = Proposal(
        decision,
        ground,
        "隣人のお名前が含まれるため" if ground else "",
        *("approval", "seal", UserId("hara"), "原", NOW, ApprovalState.USED, "hash", NOW, "久保", NOW),
    )
    told: dict[str, Any] = {"proposal": proposal, "calls": (), "extensions": ()} | more
    case = Case(CaseId("case"), "D-2026-0001", kind, "開示", UserId("hara"), NOW, Role.PRIVACY, "")
    people = (UserId("hara"), "原", UserId("kubo"), "久保", None, "", None, False)
    return Disclosure(
        case, intake, *people, papers=(), letter=None, deliveries=(), holds=(), redacted=frozenset(), **told
    )


def _letters() -> Iterator[tuple[CaseKind, Decision, Ground | None]]:
    for kind, decision, ground in product(KINDS, Decision, (None, *Ground)):
        try:
            yield kind, *read_decision(kind, decision, ground, "理由" if ground else "")[:2]
        except InputError:
            continue


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_decision_has_a_letter_that_says_ground_reasons_and_where_to_complain(lang: str) -> None:
    heads = set()
    for kind, decision, ground in _letters():
        blocks = letter_of(_file(decision, ground, kind), SENDER, DAY, TOKYO, lang)
        text = as_text(blocks)
        assert "株式会社みどり通販" in text
        assert "お問い合わせ窓口" in text
        assert ("渋谷警察署" if kind is not CaseKind.DISCLOSURE else "佐藤 花子") in text
        assert ("隣人のお名前が含まれるため" in text) is (ground is not None)
        assert "{" not in text
        if kind is CaseKind.DISCLOSURE:
            assert "39" in text  # that he may sue
            heads.add(next(block.text for block in blocks if block.place is Place.TITLE))
        assert from_stored(as_stored(blocks)) == blocks
    assert len(heads) == len(Decision)


def test_a_letter_of_what_is_not_decided_is_none() -> None:
    open_ = _file(Decision.FULL, None, proposal=None)
    with pytest.raises(Conflict, match="undecided"):
        letter_of(open_, SENDER, DAY, TOKYO, "ja")


def test_a_later_day_is_told_with_its_reason() -> None:
    later = Extension(DAY, DAY + timedelta(days=20), "確認に時間を要するため", "原", NOW)
    text = as_text(notice_of(_file(Decision.FULL, None), later, SENDER, DAY, "ja"))
    assert "2026年12月13日まで期限を延長" in text
    assert "確認に時間を要するため" in text


def test_a_check_that_lets_others_data_out_cannot_be_made() -> None:
    texts = {TextPart.REQUEST: "隣の鈴木様"}
    good = read_check(ThirdParty.SOME, "隣人", Audio.REDACTED, texts, "鈴木\n\n鈴木")
    assert good.leave_out == ("鈴木",)
    assert good.leaves_out
    for field, audio, note, leave_out in (
        ("audio", Audio.WHOLE, "隣人", ""),
        ("note", Audio.NOTHING, "", ""),
        ("leave_out", Audio.NOTHING, "隣人", "鈴木さん"),
    ):
        with pytest.raises(InputError, match=field):
            read_check(ThirdParty.SOME, note, audio, texts, leave_out)
