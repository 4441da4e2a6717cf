"""Who may do what, every role at every view, at things that are there: whoever may not sees and changes nothing.

A view that is not in the table fails the test: whoever adds one says here who may.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from plugin.core.access import HistoryView, Purpose
from plugin.core.harassment import Conduct, Findings
from plugin.core.heard import Stretch
from plugin.core.identity import CallerRole, Item
from plugin.core.ids import CallId, CaseId, RecordingId, RedactionId, new_id
from plugin.core.mandates import Scope
from plugin.core.redaction import Audience, Clip, Hush
from plugin.core.staff import Role, Staff
from plugin.core.times import local_day
from plugin.services.harassment import Verdict
from plugin.store import redactions
from plugin.store.tables import metadata
from plugin.store.tables.redactions import redactions as redaction_table
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.doors import OPEN, SOME_ID
from tests.kit.listening import bring_in
from tests.kit.site import Place
from tests.kit.sounds import tone
from tests.kit.staff import app_of, browser_of

EVERYBODY = "tanaka suzuki jimu mori kato reviewer trainer privacy admin"
DESK, LEADS, OF_CALL = "tanaka suzuki jimu mori kato", "mori kato", "tanaka mori"
# A view, or its room, and who may there; `mori` leads tanaka's team, `kato` another. His own call is tanaka's.
WHO = {
    **dict.fromkeys(("account", "password", "factors", "approvals.page", "sign_in", "embed"), EVERYBODY),
    **dict.fromkeys(("admin", "jobs", "sources", "crm"), "admin"),
    **dict.fromkeys(("disclosures", "disclosure_answers"), "privacy"),
    **dict.fromkeys(("audit", "listening"), "privacy"),
    **dict.fromkeys(("mandates", "overrides"), f"{LEADS} privacy"),
    **dict.fromkeys(("desk.stream", "desk.state", "look_up", "address_pops", "call_pages.inbox", "checks.page"), DESK),
    **dict.fromkeys(("desk", "identity", "fallbacks", "call_pages"), OF_CALL),
    **dict.fromkeys(("checks", "approvals.answer"), "mori"),
    **dict.fromkeys(("playback.page", "playback.ask"), OF_CALL),
    # another team's supervisor sees whose call it was and the tags, never the text (core/sight.py)
    **dict.fromkeys(("call_pages.call", "call_pages.customer"), f"{OF_CALL} kato"),
    "lock_outs": LEADS,
    # a case's copies: whoever gives recordings out; a clip: who made it, and its circle
    "redactions": "privacy",
    "clips": "mori trainer privacy",
    "clips.all_of_them": f"{LEADS} trainer privacy",
    **dict.fromkeys(("clips.editor", "clips.make"), "mori"),
    # his own call; a report and a case of the team, never one's own report
    **dict.fromkeys(("harassment.report_page", "harassment.report"), "tanaka mori"),
    **dict.fromkeys(("harassment", "holds", "evidence", "cases"), "mori privacy"),
    **dict.fromkeys(
        ("harassment.page", "holds.page", "cases.page", "cases.form", "cases.open_case"), f"{LEADS} privacy"
    ),
    "sharings": OF_CALL,
    "sharings.shared": LEADS,
    "missed": DESK,
    **dict.fromkeys(("seats.page", "seats.take", "seats.leave"), DESK),
    "seats": "admin",
    # the live call's team alone: another team's supervisor sees his own board, and neither alert nor call
    **dict.fromkeys(("board.page", "board.stream", "board.state"), LEADS),
    **dict.fromkeys(("board.take", "board.close"), "mori"),
    **dict.fromkeys(("board.cry", "board.withdraw", "board.steer"), "tanaka"),
    "board.join": "mori",
    **dict.fromkeys(("consents.say", "consents.told"), OF_CALL),
    "consents.page": LEADS,
    "consents.accept": "mori",
    **dict.fromkeys(("policy", "purposes", "retention"), "admin privacy"),
    "recording_rules": EVERYBODY,
    "desk.home": f"{DESK} privacy admin",
    "checks.put_away": "jimu",
    "playback": "tanaka",
}
FORM = {
    "reason": "理由",
    "words": "理由",
    "answer": "はい",
    "question": "何と",
    "why": "hardship",
    "way": "sms",
    "purpose": "complaint",
    "case": "C-1",
    "from_ms": "0",
    "to_ms": "500",
    "at_ms": "1",
    "form": "csv",
    "ground": "request",
    "remark": "search",
    "minutes": "5",
    "name": "山田",
    "login": "neu",
    "team": "support",
    "password": "correct horse battery",
    "scope": "history",
    "until": "2027-01-01",
    "what": "password",
    "kind": "household",
    "query": "0312345678",
    "version": "0",
    "topic": "delivery",
    "disposition": "solved",
    "request": "伺い",
    "role": "self",
    "number": "0" * 64,
    "alert": "help",
    "act": "listen",
    "recording": "pause",
    "declined": "1",
    "code": "123456",
    "active": "0",
    "answer-birth_date": "1980-04-01",
}
ROLES = {"reviewer": Role.REVIEWER, "trainer": Role.TRAINER, "privacy": Role.PRIVACY, "admin": Role.ADMIN}
# What a refused try leaves: the audit and its counts, the person's own session.
TRACES = {"audit_head", "audit_lines", "audit_remarks", "refusals", "sessions", "tries"}


@dataclass
class Town:
    """A live call of tanaka's in which a caller is being verified, a recording with his grant, a check, a mandate."""

    office: Office
    app: Flask
    people: dict[str, Staff]
    paths: dict[str, str]
    forms: dict[str, str]
    cookie: tuple[str, str]

    def state(self) -> str:
        """Return a hash of all that is kept, but for the traces of a try."""
        read = hashlib.sha256()
        with self.office.house.store.read() as connection:
            for name, table in sorted(metadata.tables.items()):
                if name not in TRACES:
                    read.update(repr((name, sorted(map(repr, connection.execute(select(table)))))).encode())
        return read.hexdigest()

    def path(self, rule: str) -> str:
        paths = self.paths | ({"redaction_id": self.paths["clip_id"]} if rule.startswith("/clips/") else {})
        return re.sub(r"<(?:path:)?(\w+)>", lambda found: paths.get(found[1], SOME_ID), rule)


def people_of(office: Office) -> dict[str, Staff]:
    place = office.place
    hired = {login: place.staff(login, login, role=role) for login, role in ROLES.items()}
    hired["jimu"] = place.staff("jimu", "事務", "103", Role.SERVICE)
    hired["kato"] = place.staff("kato", "加藤", role=Role.SUPERVISOR, team="sales")
    users = {login: office.house.accounts.find(login) for login in ("tanaka", "suzuki", "mori")} | hired
    return {login: _signed_in(office, user.login) for login, user in users.items()}


def _signed_in(office: Office, login: str) -> Staff:
    sessions = office.house.sessions
    return sessions.whose(sessions.sign_in(login, "correct horse battery", "::1", "test").token, "::1")


@pytest.fixture
def town(tmp_path: Path, clock: HandClock) -> Iterator[Town]:
    with Place(tmp_path, clock, check_listen_minutes=30) as place:
        office = Office(place, clock)
        app = app_of(place.house)
        yield _peopled(office, app, people_of(office))


def _peopled(office: Office, app: Flask, people: dict[str, Staff]) -> Town:
    house, tanaka = office.house, people["tanaka"]
    past = office.phone("09012345678").ring().answer()
    house.desk.choose(tanaka, past.call_id, office.hanako)
    past.end()
    recording = bring_in(house, past.call_id, tone(2))
    granted = house.grants.ask(tanaka, recording, Purpose.AFTER_CALL_WORK)
    live = office.phone("09012345678", native="live").ring().answer()
    begun = house.identity.begin(tanaka, live.call_id, office.hanako, CallerRole.SELF)
    check = house.checks.ask(people["jimu"], recording, HistoryView.FULL, "何と言いましたか")
    said = {Item.NAME_KANA: "すずき", Item.BIRTH_DATE: "1970-01-01", Item.CONTRACT_NUMBER: "A-1"}
    last = local_day(office.clock(), house.settings.tz).replace(year=2027)
    mandate = house.verifying.mandates.register(
        people["mori"], office.hanako, "代理 人", Scope.HISTORY, last, said, "委任状"
    )
    alert = house.alerts.cry(tanaka, live.call_id)
    report = house.keeping.harassment.report(tanaka, live.call_id, Conduct.ABUSE, "大声で罵られた")
    case_id, hold_id = _held(house, people, live.call_id)
    copies = [_copied(house, people, recording, each) for each in (CaseId(case_id), None)]
    paths = {
        "redaction_id": copies[0],
        "clip_id": copies[1],
        "alert_id": alert.id,
        "report_id": report.id,
        "case_id": case_id,
        "hold_id": hold_id,
        "call_id": live.call_id,
        "customer_id": office.hanako,
        "verification_id": begun.id,
        "seq": "1",
    }
    paths |= {"recording_id": recording, "check_id": check, "mandate_id": mandate.id, "user_id": tanaka.user_id}
    forms = {"customer": office.taro, "customer_id": office.taro, "recording_id": recording}
    return Town(office, app, people, paths, forms, (f"/recordings/{recording}", granted.token))


def _copied(house: House, people: dict[str, Staff], recording: RecordingId, case_id: CaseId | None) -> RedactionId:
    """Let there be a confirmed copy of the recording: for the case, or a clip for trainers."""
    now = house.clock()
    clip = None if case_id else Clip("手本", Audience.TRAINERS, "support", now + timedelta(days=30))
    maker = people["privacy" if case_id else "mori"].user_id
    copy = (RedactionId(new_id(now)), recording, case_id, clip, Stretch(0, 2000), (), Hush.SILENCE)
    with house.store.write() as connection:
        redactions.add(connection, redactions.Wanted(*copy, maker, now))
        connection.execute(update(redaction_table).values(state="confirmed", length_ms=2000))
    return copy[0]


def _held(house: House, people: dict[str, Staff], call: CallId) -> tuple[str, str]:
    """Let a report of tanaka's be a case of his supervisor's, with a hold."""
    rooms = house.keeping.harassment
    report = rooms.report(people["tanaka"], call, Conduct.THREAT, "脅された")
    last = local_day(house.clock(), house.settings.tz) + timedelta(days=7)
    bad = Findings(is_fair=False, is_bearable=False, harms=True)
    verdict = Verdict(bad, "ありがとう", "脅迫", last, marks_number=False, marks_customer=False, hold=True)
    case = rooms.confirm(people["mori"], report.id, verdict)
    (hold,) = rooms.view(people["mori"], case.id).holds
    return case.id, hold.id


def allowed(endpoint: str) -> set[str]:
    """Return who may; fails where nobody has said it."""
    found = WHO.get(endpoint, WHO.get(endpoint.partition(".")[0]))
    assert found is not None, f"who may do {endpoint}?"
    return set(found.split())


def test_whoever_may_not_sees_and_changes_nothing(town: Town) -> None:
    house, before = town.office.house, town.state()
    wrong, tried = [], 0
    browsers = {}
    for login, person in town.people.items():
        browsers[login] = browser_of(town.app, house, house.accounts.find(person.login))
        browsers[login].set_cookie("denwaban-grant", town.cookie[1], path=town.cookie[0])  # stolen, but of no use
    for rule in town.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if (method, rule.endpoint) in OPEN:
                continue
            for login in town.people.keys() - allowed(rule.endpoint):
                sent = FORM | town.forms if method == "POST" else None
                with browsers[login].open(town.path(rule.rule), method=method, data=sent) as answer:
                    tried += 1
                    if answer.status_code not in (403, 404) or "佐藤" in answer.get_data(as_text=True):
                        wrong.append((login, method, rule.endpoint, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
    assert town.state() == before
    assert tried > 400
