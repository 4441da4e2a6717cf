"""A disclosure from its receipt to the letter: by two people, sealed, and all of it in the audit."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.access import Purpose
from plugin.core.cases import CaseKind
from plugin.core.disclosure import Audio, Decision, Delivered, Lack, Paper, TextPart, ThirdParty
from plugin.core.disclosure_file import Step
from plugin.core.disclosure_letter import as_text
from plugin.core.disclosure_search import Fit, Sought
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.timeline import SummaryForm
from plugin.services.grant_lines import hash_of
from plugin.store import call_joins, holds
from plugin.store.tables.audit import audit_lines, audit_remarks
from plugin.store.tables.keeping import call_purposes
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.disclosures import CONTACT, NAME, SENDER, Bureau
from tests.kit.rows import rows
from tests.kit.site import Place


@pytest.fixture
def bureau(tmp_path: Path, clock: HandClock) -> Iterator[Bureau]:
    with Place(tmp_path, clock, **SENDER) as place:
        yield Bureau(place, Office(place, clock))


def test_a_request_goes_its_way_to_the_letter_by_two_people(bureau: Bureau) -> None:
    case_id = bureau.open()
    assert bureau.file(case_id).case.number.startswith("D-2026-")
    assert bureau.file(case_id).next_step() is Step.IDENTITY
    bureau.prove(case_id)
    sought = Sought(bureau.today, (None, None), "田中", None, "配送が遅れた荷物について")
    best = bureau.disclosures.search(bureau.hara, case_id, sought)
    assert best[0].call.call_id == bureau.past
    assert {Fit.DAY, Fit.OPERATOR, Fit.WORDS} <= set(best[0].fits)
    bureau.disclosures.add_calls(bureau.hara, case_id, (bureau.past,), "日時と担当者が一致")
    bureau.check(case_id)
    bureau.propose(case_id)
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    bureau.agree(case_id)
    bureau.answers.issue(bureau.hara, case_id, "ja")
    _, blocks = bureau.answers.letter(bureau.kubo, case_id, "en")  # what was issued stands, in its language
    letter = as_text(blocks)
    assert "保有個人データ一部開示決定通知書" in letter
    assert "第33条第2項第1号" in letter
    assert "株式会社みどり通販" in letter
    assert "隣の■■■様宅" in letter
    assert "鈴木" not in letter
    assert "翌日の再配達" not in letter  # a part that was not chosen
    for what in (Delivered.LETTER, Delivered.TEXT):
        with pytest.raises(Conflict, match="undelivered"):
            bureau.answers.close(bureau.hara, case_id)
        bureau.deliver(case_id, what)
    assert bureau.file(case_id).next_step() is None
    bureau.answers.close(bureau.hara, case_id)
    told = rows(bureau.house.store, audit_lines)
    acts = [line.act for line in told if line.act.startswith(("case", "disclosure", "approval"))]
    assert [act for act in acts if act != "disclosure.shown"] == [
        "case.opened",
        *["disclosure.identified"] * 2,
        "disclosure.searched",
        "case.call_added",
        "disclosure.checked",
        "approval.asked",
        "disclosure.proposed",
        "disclosure.joined",
        "approval.decided",
        "approval.used",
        "disclosure.decided",
        "disclosure.answered",
        *["disclosure.delivered"] * 2,
        "case.closed",
    ]
    written = "".join(line.body for line in told) + "".join(map(str, rows(bureau.house.store, audit_remarks)))
    assert not [word for word in (NAME, *CONTACT.splitlines(), "荷物", "鈴木") if word in written]


def test_one_person_alone_decides_nothing(bureau: Bureau) -> None:
    case_id = bureau.found()
    bureau.check(case_id)
    bureau.propose(case_id)
    with pytest.raises(Denied, match="same_person"):
        bureau.agree(case_id, bureau.hara)
    with pytest.raises(Denied, match="not_second"):
        bureau.agree(case_id, bureau.kubo)  # who has not sat down to the case has not read it
    with pytest.raises(Denied, match="role"):
        bureau.agree(case_id, bureau.office.mori)
    with pytest.raises(Conflict, match="both_seats"):
        bureau.disclosures.join(bureau.hara, case_id, "second")
    assert bureau.file(case_id).decision is None
    with pytest.raises(Conflict, match="undecided"):
        bureau.answers.issue(bureau.hara, case_id, "ja")


def test_a_decision_is_what_is_given(bureau: Bureau) -> None:
    case_id = bureau.found()
    with pytest.raises(Conflict, match="unchecked"):
        bureau.propose(case_id)
    with pytest.raises(Conflict, match="calls_given"):
        bureau.propose(case_id, Decision.NO_DATA)
    bureau.say(case_id, ThirdParty.NONE, "", Audio.NOTHING)
    with pytest.raises(Conflict, match="nothing_given"):
        bureau.propose(case_id)
    bureau.check(case_id)
    with pytest.raises(Conflict, match="not_all"):
        bureau.propose(case_id, Decision.FULL)


def test_while_it_lies_with_the_second_person_nothing_changes(bureau: Bureau) -> None:
    case_id = bureau.found()
    bureau.check(case_id)
    bureau.propose(case_id)
    with pytest.raises(Conflict, match="waiting"):
        bureau.check(case_id)
    with pytest.raises(Conflict, match="waiting"):
        bureau.disclosures.remove_call(bureau.hara, case_id, bureau.past)
    bureau.answers.withdraw(bureau.hara, case_id)
    bureau.disclosures.remove_call(bureau.hara, case_id, bureau.past)
    assert bureau.file(case_id).calls == ()


def test_a_text_that_is_written_anew_is_decided_anew(bureau: Bureau) -> None:
    case_id = bureau.decided()
    version = bureau.house.timeline.summary_of(bureau.past)
    assert version is not None
    form = SummaryForm("delivery", "solved", "別の鈴木様の用件", version=version.version)
    bureau.house.timeline.save(bureau.office.tanaka, bureau.past, form)
    with pytest.raises(Conflict, match="changed_since"):
        bureau.answers.issue(bureau.hara, case_id, "ja")
    bureau.check(case_id)
    bureau.propose(case_id)
    assert bureau.file(case_id).decision is None
    bureau.agree(case_id)
    bureau.answers.issue(bureau.hara, case_id, "ja")


def test_what_the_second_person_saw_is_what_he_agrees_to(bureau: Bureau) -> None:
    case_id = bureau.found()
    bureau.check(case_id)
    bureau.propose(case_id)
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    shown = bureau.file(case_id).proposal
    assert shown is not None
    with pytest.raises(Conflict, match="approval_changed"):
        bureau.answers.decide(bureau.kubo, case_id, "0" * 64, "よい", agrees=True)
    version = bureau.house.timeline.summary_of(bureau.past)
    assert version is not None
    form = SummaryForm("delivery", "solved", "鈴木様と高橋様の用件", version=version.version)
    bureau.house.timeline.save(bureau.office.tanaka, bureau.past, form)
    with pytest.raises(Conflict, match="approval_changed"):
        bureau.agree(case_id)
    assert bureau.file(case_id).decision is None


def test_who_asks_is_proved_first(bureau: Bureau) -> None:
    case_id = bureau.open()
    bureau.disclosures.add_calls(bureau.hara, case_id, (bureau.past,), "一致")
    bureau.check(case_id)
    assert bureau.file(case_id).lacks == (Lack.TWO_PAPERS, Lack.OFFICIAL_PAPER)
    with pytest.raises(Conflict, match="unproved"):
        bureau.propose(case_id)
    bureau.prove(case_id, Paper.LICENCE)
    with pytest.raises(InputError, match="paper"):
        bureau.prove(case_id, Paper.LICENCE)  # the same once more is no second one
    with pytest.raises(InputError, match="paper"):
        bureau.prove(case_id, Paper.OFFICER_CARD)
    with pytest.raises(InputError, match="dated_on"):
        bureau.identity.see_paper(bureau.hara, case_id, Paper.PASSPORT, bureau.today + timedelta(days=1))
    bureau.prove(case_id, Paper.CALL_BACK)
    bureau.propose(case_id)


def test_the_clock_runs_for_14_days_and_warns_three_before(bureau: Bureau) -> None:
    case_id = bureau.open()
    bureau.office.clock.move(days=10)
    assert bureau.disclosures.urgent(bureau.hara) == ()
    bureau.office.clock.move(days=1)
    assert [one.id for one in bureau.disclosures.urgent(bureau.hara)] == [case_id]
    assert bureau.disclosures.urgent(bureau.kubo) == ()
    assert bureau.disclosures.urgent(bureau.office.mori) == ()
    last = bureau.today + timedelta(days=3)
    for until in (last, last + timedelta(days=31)):
        with pytest.raises(InputError, match="until"):
            bureau.disclosures.extend(bureau.hara, case_id, until, "確認に時間がかかるため")
    bureau.disclosures.extend(bureau.hara, case_id, last + timedelta(days=30), "確認に時間がかかるため")
    assert bureau.disclosures.urgent(bureau.hara) == ()
    _, blocks = bureau.answers.notice(bureau.hara, case_id, "ja")
    assert "期限延長のお知らせ" in as_text(blocks)
    assert "確認に時間がかかるため" in as_text(blocks)


def test_an_authoritys_case_holds_its_calls_at_once_and_lets_nobody_refuse_an_order(bureau: Bureau) -> None:
    police, court = bureau.found(CaseKind.POLICE), bureau.found(CaseKind.COURT)
    with bureau.house.store.read() as connection:
        assert len(holds.of_call(connection, bureau.past)) == 2
    bureau.check(court)
    with pytest.raises(InputError, match="decision"):
        bureau.propose(court, Decision.REFUSE)
    bureau.propose(police, Decision.REFUSE)
    mine = bureau.found()
    assert bureau.file(mine).holds == ()


def test_a_call_that_comes_to_an_authoritys_case_after_two_let_go_of_the_others_is_held_alone(bureau: Bureau) -> None:
    police = bureau.found(CaseKind.POLICE)
    (hold,) = bureau.file(police).holds
    asked = bureau.house.keeping.holds.ask_release(bureau.hara, hold.id, "照会が取り下げられた")
    bureau.house.approvals.approve(asked.id, asked.content_hash, "よい", bureau.kubo)
    assert bureau.file(police).held == 0
    later = bureau.office.past_call("09012345678", bureau.office.hanako)
    bureau.disclosures.add_calls(bureau.hara, police, (bureau.past, later), "追加の照会")
    with bureau.house.store.read() as connection:
        assert [each.case_id for each in holds.of_call(connection, later)] == [police]
        assert holds.of_call(connection, bureau.past) == ()
    bureau.disclosures.add_calls(bureau.hara, police, (bureau.past,), "もう一度")
    assert (len(bureau.file(police).holds), bureau.file(police).held) == (2, 1)


def test_a_persons_request_takes_longer_once_and_not_when_its_day_is_over(bureau: Bureau) -> None:
    case_id, late = bureau.open(), bureau.open()
    last = bureau.today + timedelta(days=14)
    bureau.disclosures.extend(bureau.hara, case_id, last + timedelta(days=30), "担当者の確認が必要なため")
    assert not bureau.file(case_id).may_take_longer
    with pytest.raises(Conflict, match="extended"):
        bureau.disclosures.extend(bureau.hara, case_id, last + timedelta(days=60), "さらに必要なため")
    bureau.office.clock.move(days=15)
    with pytest.raises(Conflict, match="day_over"):
        bureau.disclosures.extend(bureau.hara, late, last + timedelta(days=30), "遅れたため")
    assert not bureau.file(late).extensions


def test_an_authoritys_day_is_moved_as_it_agrees_and_never_into_the_past(bureau: Bureau) -> None:
    case_id = bureau.found(CaseKind.COURT)
    last = bureau.today + timedelta(days=14)
    bureau.disclosures.extend(bureau.hara, case_id, last + timedelta(days=30), "裁判所書記官の了承を得た")
    bureau.office.clock.move(days=80)
    for until in (bureau.today, bureau.today + timedelta(days=31)):
        with pytest.raises(InputError, match="until"):
            bureau.disclosures.extend(bureau.hara, case_id, until, "裁判所書記官の了承を得た")
    bureau.disclosures.extend(bureau.hara, case_id, bureau.today + timedelta(days=30), "裁判所書記官の了承を得た")
    assert len(bureau.file(case_id).extensions) == 2


def test_a_call_that_was_joined_meanwhile_is_held_as_the_one_it_was_joined_to(bureau: Bureau) -> None:
    police = bureau.found(CaseKind.POLICE)
    older, younger = (bureau.office.past_call("09012345678", bureau.office.hanako) for _ in range(2))
    with bureau.house.store.write() as connection:
        call_joins.join(connection, older, younger, bureau.office.clock())
    bureau.disclosures.add_calls(bureau.hara, police, (younger,), "続きの通話")
    with bureau.house.store.read() as connection:
        assert [each.case_id for each in holds.of_call(connection, older)] == [police]
        assert holds.of_call(connection, younger) == ()
    kept = {row.call_id for row in rows(bureau.house.store, call_purposes)}
    assert kept == {line.call_id for line in bureau.file(police).calls} == {bureau.past, older}


def test_who_is_not_of_the_case_reads_no_call_and_changes_nothing(bureau: Bureau) -> None:
    case_id = bureau.found()
    for act in (
        lambda: bureau.disclosures.call(bureau.kubo, case_id, bureau.past),
        lambda: bureau.disclosures.remove_call(bureau.kubo, case_id, bureau.past),
        lambda: bureau.answers.letter(bureau.kubo, case_id, "ja"),
    ):
        with pytest.raises(Denied, match="not_your_case"):
            act()
    with pytest.raises(Denied, match="role"):
        bureau.disclosures.file(bureau.office.mori, case_id)
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    _, line = bureau.disclosures.call(bureau.kubo, case_id, bureau.past)
    assert dict(line.texts)[TextPart.REQUEST]
    with pytest.raises(Denied, match="not_your_case"):
        bureau.disclosures.remove_call(bureau.kubo, case_id, bureau.past)  # the second decides, and works on nothing
    with pytest.raises(NotFound):
        bureau.disclosures.file(bureau.hara, "0" * 26)


def test_others_data_stays_out(bureau: Bureau) -> None:
    case_id = bureau.found()
    bureau.record()
    request = frozenset({TextPart.REQUEST})
    wrong = {
        "note": (ThirdParty.SOME, " ", Audio.NOTHING, request, ""),
        "audio": (ThirdParty.SOME, "隣人", Audio.WHOLE, request, ""),
        "parts": (ThirdParty.NONE, "", Audio.NOTHING, frozenset({TextPart.PROMISE}), ""),
        "leave_out": (ThirdParty.SOME, "隣人", Audio.NOTHING, request, "鈴木\n高橋"),
    }
    for field, told in wrong.items():
        with pytest.raises(InputError, match=field):
            bureau.say(case_id, *told)
    bureau.check(case_id, Audio.REDACTED)
    bureau.propose(case_id)
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    bureau.agree(case_id)
    bureau.answers.issue(bureau.hara, case_id, "ja")
    assert bureau.file(case_id).next_step() is Step.REDACTION
    with pytest.raises(Conflict, match="unredacted"):
        bureau.deliver(case_id, Delivered.AUDIO)


def test_the_two_of_a_case_hear_its_recordings_and_nobody_hears_them_longer(bureau: Bureau) -> None:
    grants, recording, other = bureau.house.grants, bureau.record(), bureau.another()
    hara, kubo = bureau.signed_in("hara"), bureau.signed_in("kubo")
    for officer in (hara, kubo):
        with pytest.raises(NotFound):
            grants.ask(officer, recording, Purpose.DISCLOSURE)  # nobody has opened a case
    case_id = bureau.found()
    fresh = grants.ask(hara, recording, Purpose.DISCLOSURE)
    assert grants.page(hara, recording, fresh.token).purposes == (Purpose.DISCLOSURE,)
    for officer, sound in ((kubo, recording), (hara, other)):
        with pytest.raises(NotFound):
            grants.ask(officer, sound, Purpose.DISCLOSURE)
    for purpose in set(Purpose) - {Purpose.DISCLOSURE}:
        with pytest.raises(Denied):
            grants.ask(hara, recording, purpose, "D-1")
    bureau.disclosures.join(bureau.kubo, case_id, "second")
    his = grants.ask(kubo, recording, Purpose.DISCLOSURE)
    assert grants.judge(kubo, recording, hash_of(his.token)).grant.user_id == kubo.user_id
    bureau.disclosures.remove_call(bureau.hara, case_id, bureau.past)
    for officer, token in ((hara, fresh.token), (kubo, his.token)):
        with pytest.raises(Denied, match="over"):
            grants.judge(officer, recording, hash_of(token))
    bureau.disclosures.add_calls(bureau.hara, case_id, (bureau.past,), "やはり一致")
    assert grants.judge(hara, recording, hash_of(fresh.token)).grant.user_id == hara.user_id
    bureau.answers.close(bureau.hara, case_id, "取り下げ")
    with pytest.raises(Denied, match="over"):
        grants.judge(hara, recording, hash_of(fresh.token))
    (granted, *_) = [line for line in rows(bureau.house.store, audit_lines) if line.act == "listen.granted"]
    assert f'"outcome":"case:{case_id}"' in granted.body
    assert not rows(bureau.house.store, audit_remarks)


def test_a_case_leaves_as_evidence_only_where_all_of_it_is_given_by_who_works_on_it(bureau: Bureau) -> None:
    evidence, part = bureau.house.audits.evidence, bureau.decided()
    for staff, case_id in ((bureau.hara, part), (bureau.office.mori, part)):
        with pytest.raises(NotFound):
            evidence.offer(staff, case_id)
    bureau.record()
    some = bureau.decided(Decision.FULL)  # nothing is taken out of what is given; yet neither sound nor answer is
    with pytest.raises(NotFound):
        evidence.offer(bureau.hara, some)
    whole = bureau.decided_whole()
    assert evidence.offer(bureau.hara, whole).recordings == 1
    for staff in (bureau.kubo, bureau.office.mori):
        with pytest.raises(NotFound):
            evidence.offer(staff, whole)
    bureau.answers.issue(bureau.hara, whole, "ja")
    assert evidence.offer(bureau.hara, whole).recordings == 1
    for what in (Delivered.LETTER, Delivered.AUDIO, Delivered.TEXT):
        bureau.deliver(whole, what)
    bureau.answers.close(bureau.hara, whole)
    with pytest.raises(NotFound):
        evidence.offer(bureau.hara, whole)


def test_what_came_to_a_case_since_its_decision_leaves_by_no_approval(bureau: Bureau) -> None:
    bureau.record()
    whole = bureau.decided_whole()
    version = bureau.house.timeline.summary_of(bureau.past)
    assert version is not None
    form = SummaryForm("delivery", "solved", "別の用件", response="別の応対", version=version.version)
    bureau.house.timeline.save(bureau.office.tanaka, bureau.past, form)  # the decision binds nobody any more
    with pytest.raises(NotFound):
        bureau.house.audits.evidence.offer(bureau.hara, whole)
    other = bureau.office.past_call("09012345678", bureau.office.hanako)
    bureau.disclosures.add_calls(bureau.hara, whole, (other,), "念のため")
    with pytest.raises(NotFound):
        bureau.house.audits.evidence.ask(bureau.hara, whole, "弁護士へ")


def test_a_request_and_a_delivery_that_are_sent_twice_are_written_down_once(bureau: Bureau) -> None:
    case_id, ask = bureau.disclosures.open(bureau.hara, bureau.intake()), bureau.disclosures.open
    assert ask(bureau.hara, bureau.intake()) == case_id
    others = {ask(bureau.kubo, bureau.intake()), ask(bureau.hara, bureau.intake(CaseKind.POLICE)), bureau.open()}
    bureau.answers.close(bureau.hara, case_id, "ご本人が取り下げた")
    assert ask(bureau.hara, bureau.intake()) not in others | {case_id}
    given = bureau.decided()
    bureau.answers.issue(bureau.hara, given, "ja")
    for _ in range(2):
        bureau.deliver(given, Delivered.LETTER)
    assert len(bureau.file(given).deliveries) == 1
    bureau.deliver(given, Delivered.TEXT)
    assert len(bureau.file(given).deliveries) == 2


def test_a_request_that_is_taken_back_ends_and_opens_nothing_more(bureau: Bureau) -> None:
    case_id = bureau.found()
    bureau.answers.close(bureau.hara, case_id, "ご本人が取り下げた")
    with pytest.raises(Conflict, match="closed"):
        bureau.check(case_id)
    assert bureau.file(case_id).closed_words == "ご本人が取り下げた"
