"""Evidence of a case: two people, one download, and a bag that holds up to anybody's check."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

import bagit
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from plugin.core.access import Purpose
from plugin.core.audit import Act, AuditFact
from plugin.core.audit_proof import read_proof
from plugin.core.cases import CaseKind
from plugin.core.consent import Heard, Notice
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.ids import CallId, CaseId, UserId
from plugin.core.staff import Role, Staff
from plugin.core.timeline import SummaryForm
from plugin.core.times import local_day
from plugin.services.audit import is_proved
from plugin.services.evidence import Evidence
from plugin.store import audit, consents, purposes, summaries
from plugin.store.tables.audit import audit_lines
from plugin.web.holds import case_path
from plugin.web.texts import text
from tests.kit.clock import HandClock
from tests.kit.desk import seat
from tests.kit.listening import bring_in
from tests.kit.site import Phone, Place
from tests.kit.sounds import tone
from tests.kit.staff import app_of, browser_of


class Archive:
    """A case of two recorded calls, with a supervisor and an administrator at their browsers."""

    def __init__(self, place: Place) -> None:
        self.house, app = place.house, app_of(place.house)
        self.writer = place.staff("tanaka", "田中", "101").id
        boss = place.staff("mori", "森", role=Role.SUPERVISOR)
        admin = place.staff("kanri", "管理", role=Role.ADMIN)
        self.privacy = seat(place.staff("hara", "原", role=Role.PRIVACY))
        self.boss, self.admin = browser_of(app, self.house, boss), browser_of(app, self.house, admin)
        self.calls = [self._call(place, number) for number in ("09012345678", "0312345678")]
        self.sounds = [bring_in(self.house, call, tone(2)) for call in self.calls]
        signed_in = self.signed_in()
        with self.house.store.write() as connection:
            case = self.house.keeping.cases.open_in(connection, CaseKind.LEGAL, "返品の争い", signed_in)
            self.house.keeping.cases.add_calls_in(connection, case, self.calls, "本人の申告", signed_in)
        self.case = CaseId(case.id)
        self.at = f"/cases/{case.id}/evidence"

    def _call(self, place: Place, number: str) -> CallId:
        return Phone(place, number).ring().answer().end().call_id

    def ask_of_police(self) -> None:
        """Let the police ask about one of the calls."""
        keeping, hara = self.house.keeping, self.privacy
        with self.house.store.write() as connection:
            case = keeping.cases.open_in(connection, CaseKind.POLICE, "照会", hara)
            keeping.cases.add_calls_in(connection, case, self.calls[:1], "日時が合う", hara)
            day = local_day(self.house.clock(), self.house.settings.tz) + timedelta(days=3)
            keeping.holds.place_in(connection, hara, case, "照会のため", "警察", day)

    def signed_in(self) -> Staff:
        """Let the supervisor sign in once more."""
        sessions = self.house.sessions
        return sessions.whose(sessions.sign_in("mori", "correct horse battery", "::1", "test").token, "::1")

    def boss_holds(self) -> str:
        """Place a hold of the case; return its id."""
        clock, zone = self.house.clock, self.house.settings.tz
        boss = self.signed_in()
        day = local_day(clock(), zone) + timedelta(days=3)
        return self.house.keeping.holds.place(boss, self.case, "訴訟の準備", "法務部", day).id

    def approve(self) -> None:
        asked = self.boss.post(self.at, data={"reason": "弁護士へ、訴訟のため"})
        assert asked.headers["Location"].endswith("?done=asked")
        waits = self.admin.get("/approvals").text
        (request,) = re.findall(r'name="approval" value="([^"]+)"', waits)
        (seen,) = re.findall(r'name="seen" value="([^"]+)"', waits)
        told = {"approval": request, "seen": seen, "reason": "確認した", "answer": "approve"}
        assert self.admin.post("/approvals", data=told).headers["Location"] == "/approvals?done=approved"

    def write(self, words: str) -> None:
        """Let the first call's summary say this."""
        with self.house.store.write() as connection:
            known = summaries.of_call(connection, self.calls[0])
            form = SummaryForm(request=words, version=0 if known is None else known.version)
            assert summaries.save(connection, self.calls[0], form, self.writer, self.house.clock())

    def download(self, by: FlaskClient | None = None) -> tuple[int, bytes]:
        with (by or self.boss).post(f"{self.at}.zip") as answer:
            return answer.status_code, answer.get_data()


@pytest.fixture
def archive(tmp_path: Path, clock: HandClock) -> Iterator[Archive]:
    with Place(tmp_path, clock) as place:
        yield Archive(place)


def test_two_people_take_out_a_bag_that_holds_up_to_anybodys_check(archive: Archive, tmp_path: Path) -> None:
    assert archive.download()[0] == 403
    archive.ask_of_police()
    archive.approve()
    assert text("ja", "evidence.ready") in archive.boss.get(archive.at).text
    assert archive.download(archive.admin)[0] == 403
    status, data = archive.download()
    assert status == 200
    assert archive.download()[0] == 403  # once
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        packed.extractall(tmp_path / "bag")
    (folder,) = (tmp_path / "bag").iterdir()
    bagit.Bag(str(folder)).validate()
    payload = folder / "data"
    assert {path.stem for path in (payload / "audio").iterdir()} == set(archive.sounds)
    key = (payload / "audit" / "public-key.txt").read_text().strip()
    lines = (payload / "audit" / "lines.jsonl").read_text("utf-8").splitlines()
    acts = [json.loads(line)["act"] for line in lines]
    assert "case.opened" in acts
    assert not [line for line in lines if "police" in line or "P-2026-" in line]
    assert acts[-1] == "evidence.exported"  # that it left is in what left
    proofs = [read_proof(path.read_bytes()) for path in (payload / "audit" / "proofs").iterdir()]
    assert {proof.body for proof in proofs} == set(lines)
    assert all(is_proved(proof, key) for proof in proofs)
    certificate = (payload / "certificate.txt").read_text("utf-8")
    for said in ("L-2026-0001", "森", "管理", "弁護士へ、訴訟のため", key):
        assert said in certificate
    assert certificate.count("≠") == 2  # in the two explanations alone
    told = json.loads((payload / "vcon" / f"{archive.calls[0]}.vcon.json").read_text("utf-8"))
    assert told["dialog"][0]["url"].endswith(f"/recordings/{archive.sounds[0]}")


def test_what_was_recorded_without_notice_stays_in_the_house(archive: Archive) -> None:
    with archive.house.store.write() as connection:
        consents.note(connection, archive.calls[0], Heard(Notice.NOT_PLAYED))
    assert text("ja", "evidence.left_out.why") in archive.boss.get(archive.at).text
    archive.approve()
    with zipfile.ZipFile(io.BytesIO(archive.download()[1])) as packed:
        audio = [name for name in packed.namelist() if "/audio/" in name]
    assert [Path(name).stem for name in audio] == [archive.sounds[1]]


def test_what_the_case_lets_nobody_hear_any_more_stays_in_the_house(archive: Archive) -> None:
    archive.boss_holds()  # it keeps the files, and opens none
    with archive.house.store.write() as connection:
        assert purposes.give(connection, archive.calls[1], Purpose.LEGAL, archive.case, archive.house.clock())
    for days, kept in ((364, 2), (2, 1), (1096 - 366, 0)):
        archive.house.clock.move(days=days)  # type: ignore[attr-defined]
        offer = archive.house.audits.evidence.offer(archive.signed_in(), archive.case)
        assert (offer.recordings, offer.left_out) == (kept, 2 - kept)


def test_an_approval_is_of_what_was_there_and_lasts_a_day(archive: Archive) -> None:
    archive.approve()
    with archive.house.store.write() as connection:
        consents.note(connection, archive.calls[0], Heard(Notice.NOT_PLAYED))
    assert archive.download()[0] == 403
    with archive.house.store.write() as connection:
        consents.note(connection, archive.calls[0], Heard(Notice.PLAYED))
    archive.house.clock.move(seconds=timedelta(days=1, minutes=1).total_seconds())  # type: ignore[attr-defined]
    assert archive.download()[0] in (302, 303, 401, 403)


def outcomes(archive: Archive) -> list[str]:
    with archive.house.store.read() as connection:
        lines = connection.execute(select(audit_lines.c.act, audit_lines.c.body).order_by(audit_lines.c.seq))
        return [json.loads(body)["outcome"] for act, body in lines if act == "evidence.delivered"]


def test_what_broke_off_is_fetched_again_until_it_was_whole_once(archive: Archive) -> None:
    archive.approve()
    (sealed,) = (archive.house.settings.data_dir / "recordings").rglob(f"{archive.sounds[1]}*.sealed")
    away = sealed.rename(sealed.with_suffix(".away"))
    with pytest.raises((Conflict, NotFound)):
        archive.download()
    away.rename(sealed)
    answer = archive.boss.post(f"{archive.at}.zip", buffered=False)
    assert next(iter(answer.iter_encoded()))
    answer.close()  # who fetched it has gone
    status, data = archive.download()
    assert status == 200
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    assert archive.download()[0] == 403
    assert outcomes(archive) == ["broken_off", "broken_off", "handed_out"]
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        (lines,) = (packed.read(name) for name in packed.namelist() if name.endswith("lines.jsonl"))
    assert lines.count(b'"evidence.exported"') == 3  # each try stands in what left


def test_of_two_at_once_one_alone_gets_its_end(archive: Archive) -> None:
    archive.approve()
    boss = archive.signed_in()
    first, second = (archive.house.audits.evidence.export(boss, archive.case).pieces for _ in range(2))
    assert next(first)
    assert zipfile.ZipFile(io.BytesIO(b"".join(second))).testzip() is None
    with pytest.raises(Denied, match="not_approved"):
        list(first)
    assert outcomes(archive) == ["handed_out", "broken_off"]


def test_two_who_both_got_all_of_it_stand_in_the_audit_both(archive: Archive) -> None:
    archive.approve()
    boss = archive.signed_in()
    first, second = (archive.house.audits.evidence.export(boss, archive.case).pieces for _ in range(2))
    handed = list(zip_longest(first, second, fillvalue=b""))
    assert all(zipfile.ZipFile(io.BytesIO(b"".join(some))).testzip() is None for some in zip(*handed, strict=True))
    assert outcomes(archive) == ["handed_out", "handed_out"]
    assert archive.download()[0] == 403


@pytest.mark.parametrize("count", [30, pytest.param(10_050, marks=pytest.mark.soak)])
def test_every_line_of_the_audit_goes_out_with_its_proof(archive: Archive, count: int) -> None:
    boss, house = archive.signed_in(), archive.house
    with house.store.write() as connection:
        for _ in range(count):
            fact = AuditFact(Act.LOOK_UP, house.clock(), user_id=boss.user_id, call_id=archive.calls[0])
            audit.append(connection, fact)
    archive.approve()
    parts = (house.store, house.clock, house.vault, house.audits.whole, house.approvals, house.settings.tz)
    told = ("https://denwaban.example.jp", "", house.keeping.begun, max(7, count // 3))
    pieces = Evidence(*parts, *told).export(boss, archive.case)
    begun = next(pieces.pieces)
    with house.store.write() as connection:  # which nobody has signed by then
        audit.append(connection, AuditFact(Act.LOOK_UP, house.clock(), call_id=archive.calls[0]))
    with zipfile.ZipFile(io.BytesIO(begun + b"".join(pieces.pieces))) as packed:
        (lines,) = (packed.read(name).splitlines() for name in packed.namelist() if name.endswith("lines.jsonl"))
        proofs = [read_proof(packed.read(name)) for name in packed.namelist() if "/proofs/" in name]
        (certificate,) = (packed.read(name).decode() for name in packed.namelist() if name.endswith("certificate.txt"))
    assert len(lines) > count
    assert [proof.body.encode() for proof in proofs] == lines
    assert all(is_proved(proof, house.audits.whole.public_key()) for proof in proofs)
    assert f"監査記録 {len(lines)}行" in certificate


def test_one_letter_that_was_written_anew_is_agreed_to_by_nobody(archive: Archive) -> None:
    archive.write("返品の送料は当社が持つ")
    archive.approve()
    archive.write("返品の送料は当社が待つ")
    assert archive.download()[0] == 403
    archive.approve()
    assert archive.download()[0] == 200


def test_the_signed_line_tells_of_every_word_in_the_bag(archive: Archive) -> None:
    archive.write("返品の送料は当社が持つ")
    archive.approve()
    with zipfile.ZipFile(io.BytesIO(archive.download()[1])) as packed:
        inside = {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}
    manifest = inside["manifest-sha256.txt"].decode().splitlines(keepends=True)
    bound = "".join(line for line in manifest if "  data/audio/" in line or "  data/calls/" in line)
    fingerprint = hashlib.sha256(bound.encode()).hexdigest()
    exported = json.loads(inside["data/audit/lines.jsonl"].splitlines()[-1])
    assert exported["outcome"].endswith(f", {fingerprint}")
    certificate = inside["data/certificate.txt"].decode()
    assert certificate.count(fingerprint) == 2
    of_call = f"calls/{archive.calls[0]}.json"
    assert "返品の送料は当社が持つ" in inside[f"data/{of_call}"].decode()
    for path in (of_call, f"vcon/{archive.calls[0]}.vcon.json", "audit/lines.jsonl"):
        assert f"- {path} sha256 {hashlib.sha256(inside[f'data/{path}']).hexdigest()}" in certificate


@pytest.mark.parametrize(
    ("number", "of_privacy", "of_supervisor"),
    [
        ("D-2026-0001", "/disclosures/c", ""),
        ("P-2026-0001", "/disclosures/c", ""),
        ("W-2026-0001", "/disclosures/c", ""),
        ("H-2026-0001", "/cases/c", "/cases/c"),
        ("L-2026-0001", "/cases/c", "/cases/c"),
        ("nonsense", "", ""),
    ],
)
def test_a_case_is_found_on_the_page_of_its_kind_by_who_may_see_it(
    number: str, of_privacy: str, of_supervisor: str
) -> None:
    for role, path in ((Role.PRIVACY, of_privacy), (Role.SUPERVISOR, of_supervisor), (Role.OPERATOR, "")):
        somebody = Staff(UserId("u"), "login", "name", role, "support", None, "ja", "session", "::1")
        assert case_path(somebody, CaseId("c"), number) == path


def test_a_hold_leads_to_the_evidence_of_its_case(archive: Archive) -> None:
    placed = archive.boss_holds()
    page = archive.boss.get("/holds").text
    assert f'href="{archive.at}"' in page
    assert placed in page
