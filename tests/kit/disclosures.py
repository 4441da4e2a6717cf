"""An office with two privacy officers and a call that somebody asks about: what tests of disclosures share."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from plugin.core.cases import CaseKind
from plugin.core.disclosure import (
    AskedBy,
    Audio,
    Decision,
    Delivered,
    DeliveryWay,
    Ground,
    Paper,
    TextPart,
    ThirdParty,
    Way,
)
from plugin.core.disclosure_file import Disclosure
from plugin.core.disclosure_intake import Intake
from plugin.core.ids import CallId, CaseId, RecordingId
from plugin.core.staff import Role, Staff
from plugin.core.timeline import SummaryForm
from plugin.core.times import local_day
from tests.kit.canary import Kind
from tests.kit.desk import Office, seat
from tests.kit.listening import bring_in
from tests.kit.site import Place
from tests.kit.sounds import tone
from tests.kit.staff import PASSWORD
from tests.kit.watch import know

SENDER: dict[str, Any] = {
    "letter_name": "株式会社みどり通販",
    "letter_contact": "個人情報お問い合わせ窓口\n東京都千代田区1-1\n03-0000-0000",
}
REQUEST = "配送が遅れた荷物の件。隣の鈴木様宅に誤って届いた"
NAME, CONTACT = "佐藤 花子", "東京都渋谷区神宮前9-9-9\n090-1234-5678"


class Bureau:
    """Two privacy officers, `hara` and `kubo`, and `past`: a recorded call of Hanako's with tanaka, an hour ago."""

    def __init__(self, place: Place, office: Office) -> None:
        self.place, self.office, self.house = place, office, place.house
        self.hara = seat(place.staff("hara", "原 直美", role=Role.PRIVACY))
        self.kubo = seat(place.staff("kubo", "久保 健", role=Role.PRIVACY))
        know(Kind.TYPED, CONTACT.splitlines()[0])
        form = SummaryForm("delivery", "solved", REQUEST, response="お詫びし、翌日の再配達を手配した")
        self.past = office.past_call("09012345678", office.hanako, form)
        self.disclosures, self.answers = self.house.keeping.disclosures, self.house.keeping.disclosure_answers
        self.identity = self.house.keeping.disclosure_identity
        self.opened = 0

    @property
    def today(self) -> date:
        return local_day(self.office.clock(), self.house.settings.tz)

    def record(self, call_id: CallId | None = None) -> RecordingId:
        """Let the call have a recording of two seconds."""
        return bring_in(self.house, call_id or self.past, tone(2))

    def another(self) -> RecordingId:
        """Return the recording of another call of the same customer."""
        return self.record(self.office.past_call("09012345678", self.office.hanako))

    def signed_in(self, login: str) -> Staff:
        """Return the person as he is once he gave his password."""
        sessions = self.house.sessions
        return sessions.whose(sessions.sign_in(login, PASSWORD, "::1", "test").token, "::1")

    def intake(self, kind: CaseKind = CaseKind.DISCLOSURE, asked_by: AskedBy = AskedBy.SELF) -> Intake:
        is_office = kind is not CaseKind.DISCLOSURE
        return Intake(
            kind=kind,
            asked_by=AskedBy.AUTHORITY if is_office else asked_by,
            name=NAME,
            contact=CONTACT,
            office="渋谷警察署 刑発第123号" if is_office else "",
            way=Way.POST,
            received_on=self.today,
            call_on=self.today,
            window=(None, None),
            operator="田中",
            number="+819012345678",
            gist="配送が遅れた荷物について",
            reason="やり取りを確かめたい",
        )

    def open(self, kind: CaseKind = CaseKind.DISCLOSURE, asked_by: AskedBy = AskedBy.SELF) -> CaseId:
        self.opened += 1  # else it would be the same request, sent twice
        intake = self.intake(kind, asked_by)
        return self.disclosures.open(self.hara, replace(intake, reason=f"{intake.reason} {self.opened}"))

    def prove(self, case_id: CaseId, *papers: Paper) -> None:
        for paper in papers or (Paper.LICENCE, Paper.RESIDENT_RECORD):
            self.identity.see_paper(self.hara, case_id, paper, self.today - timedelta(days=30))

    def found(self, kind: CaseKind = CaseKind.DISCLOSURE) -> CaseId:
        """Open a case, prove who asks, and add the call."""
        case_id = self.open(kind)
        self.prove(case_id, *(() if kind is CaseKind.DISCLOSURE else _OFFICERS[kind]))
        self.disclosures.add_calls(self.hara, case_id, (self.past,), "日時と担当者が一致")
        return case_id

    def sight(self, case_id: CaseId, call_id: CallId | None = None) -> str:
        """Return what there is to be checked of a call of the case, as its page says it."""
        return next(line.sight for line in self.file(case_id).calls if line.call_id == (call_id or self.past))

    def say(
        self,
        case_id: CaseId,
        third_party: ThirdParty,
        note: str,
        audio: Audio,
        parts: frozenset[TextPart] = frozenset(),
        leave_out: str = "",
        call_id: CallId | None = None,
    ) -> None:
        """Check a call as it stands."""
        told = (third_party, note, audio, parts, leave_out, self.sight(case_id, call_id))
        self.disclosures.check(self.hara, case_id, call_id or self.past, *told)

    def check(self, case_id: CaseId, audio: Audio = Audio.NOTHING) -> None:
        """Say that the neighbour's name is another's, and is left out of what is given."""
        told = (ThirdParty.SOME, "隣人の姓（記録の用件）", audio, frozenset({TextPart.REQUEST}), "鈴木")
        self.say(case_id, *told)

    def propose(self, case_id: CaseId, decision: Decision = Decision.PARTIAL) -> None:
        words = "隣人のお名前が含まれるため" if decision in (Decision.PARTIAL, Decision.REFUSE) else ""
        ground = Ground.RIGHTS if words else None
        self.answers.propose(self.hara, case_id, decision, ground, words, "確認をお願いします")

    def agree(self, case_id: CaseId, by: Staff | None = None) -> None:
        by = by or self.kubo
        seen = self.file(case_id).proposal
        assert seen is not None
        self.answers.decide(by, case_id, seen.content_hash, "内容を確認した", agrees=True)

    def decided(self, decision: Decision = Decision.PARTIAL) -> CaseId:
        """Bring a case to its decision, by the two."""
        case_id = self.found()
        if decision is Decision.FULL:
            told = (ThirdParty.NONE, "", Audio.NOTHING, frozenset({TextPart.REQUEST}), "")
            self.say(case_id, *told)
        else:
            self.check(case_id)
        self.propose(case_id, decision)
        self.disclosures.join(self.kubo, case_id, "second")
        self.agree(case_id)
        return case_id

    def decided_whole(self) -> CaseId:
        """Bring a case to the decision that all that is kept of the call is given, by the two."""
        case_id = self.found()
        told = (ThirdParty.NONE, "", Audio.WHOLE, frozenset({TextPart.REQUEST, TextPart.RESPONSE}), "")
        self.say(case_id, *told)
        self.propose(case_id, Decision.FULL)
        self.disclosures.join(self.kubo, case_id, "second")
        self.agree(case_id)
        return case_id

    def deliver(self, case_id: CaseId, what: Delivered) -> None:
        told = (DeliveryWay.RESTRICTED_MAIL, NAME, "123-45-67890", self.today)
        self.answers.deliver(self.hara, case_id, what, *told)

    def file(self, case_id: CaseId) -> Disclosure:
        return self.disclosures.file(self.hara, case_id)


_OFFICERS = {
    CaseKind.POLICE: (Paper.INQUIRY, Paper.OFFICER_CARD),
    CaseKind.COURT: (Paper.ORDER, Paper.OFFICER_CARD),
}
