"""One day of a site told over its real doors, with secrets that nobody else has: what the proof of privacy looks at."""

import json
import re
import secrets
from urllib.parse import quote, urlsplit

import pyotp
from sqlalchemy import select

from connectors.calls.asterisk.capture import DEFAULT_TRUNKS, read_capture
from plugin.core.embed import challenge_of
from plugin.core.ids import UserId
from plugin.core.provider import ProviderPerson
from plugin.core.staff import Role
from plugin.store import identities
from plugin.store.tables.audit import audit_remarks
from plugin.store.tables.calls import calls
from plugin.store.tables.customers import customers
from plugin.store.tables.delivery import outbox
from plugin.store.tables.recordings import recordings
from plugin.store.tables.staff import users
from plugin.web.door import SESSION_HEADER
from plugin.web.embed import RETURN_COOKIE
from tests.kit.canary import Kind
from tests.kit.canary_cases import Cases
from tests.kit.canary_doors import Ringing, Visitor
from tests.kit.canary_site import FRAME_ORIGIN, SOURCE, CanarySite, digits, rare
from tests.kit.captures import raw
from tests.kit.processes import wait_for

STAFF = {
    "op": (Role.SERVICE, "101"),
    "op2": (Role.OPERATOR, "102"),
    "lead": (Role.SUPERVISOR, ""),
    "priv": (Role.PRIVACY, ""),
    "priv2": (Role.PRIVACY, ""),
    "admin": (Role.ADMIN, ""),
}
_PARTIAL = {"X-Partial": "1"}
_FIELDS = (
    *("login", "password", "code", "query", "reason", "form", "ground", "approval", "answer", "session", "role"),
    *("purpose", "case", "customer_id", "topic", "words", "at_ms", "token", "origin", "challenge", "verifier"),
    *("name", "until", "scope", "number", "way", "why", "seen", "lang", "theme", "extension", "team", "remark"),
)
_SOME_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


class Day:
    """The day; `tell()` goes through it, and insists that each step did what it should.

    `whole`: every route is asked wrongly by everybody, not by one of them each, and commands run beside the site.
    """

    def __init__(self, site: CanarySite, *, whole: bool) -> None:
        self.site, self.whole = site, whole
        self.person = site.person
        self.note = {name: rare(12) for name in ("request", "response", "promise", "next_step")}
        self.past = {name: rare(12) for name in ("request", "response")}
        self.words = {name: rare(9) for name in ("override", "lead", "look", "check", "answer", "marker", "erase")}
        site.aviary.add(Kind.SUMMARY, *self.note.values(), *self.past.values())
        site.aviary.add(Kind.TYPED, *self.words.values())
        self.customer = ""
        for login, (role, extension) in STAFF.items():
            site.hire(login, role, extension)
        values = {"LastName": self.person.last, "FirstName": self.person.first, "MobilePhone": self.person.mobile}
        values |= {"MailingCity": self.person.city, "MailingStreet": self.person.street}
        values |= {"Contract__c": self.person.contract, "Word__c": self.person.passphrase, "Member__c": "M-1"}
        site.org.insert("Contact", Birthdate=f"{self.person.year}-03-09", **values)

    def tell(self) -> None:
        """Walk through all of it."""
        self.admin = self._in("admin")
        self.admin.post("/admin/jobs/sync/run")
        self._wait_for_the_sync()
        self.op, self.lead = self._in("op"), self._in("lead")
        self.priv, self.priv2 = self._in("priv"), self._in("priv2")
        first = self._past_call()
        second = self._verify_and_listen(first)
        self._write_down(second)
        self._call_back()
        self._override()
        self._look_up()
        self._check(second)
        cases = Cases(self.site, self.op, self.lead, self.priv, self.priv2)
        cases.harass(second.call_id)
        cases.disclose(first, self.past["request"])
        self._export_and_erase()
        self._second_factor()
        self._come_by_the_provider()
        self._frame()
        self._withheld()
        self.site.look_at_processes()
        self._leave()
        for words in (("doctor",), ("audit", "verify"), ("user", "list"), ("keys", "list")) if self.whole else ():
            self.site.command(*words)

    def _in(self, login: str) -> Visitor:
        return Visitor(self.site).sign_in(login)

    def _wait_for_the_sync(self) -> None:
        def is_there() -> bool:
            with self.site.house.store.read() as connection:
                found = connection.execute(select(customers.c.id)).scalar()
            self.customer = str(found or "")
            return bool(found)

        wait_for(is_there)

    def _choose(self, ringing: Ringing) -> str:
        call = ringing.call_id
        self.op.get("/")
        self.op.get("/desk/state", headers={"Accept": "application/json"})
        self.op.post(f"/desk/calls/{call}/choose", {"customer_id": self.customer, "next": "/"})
        return call

    def _past_call(self) -> str:
        ringing = Ringing(self.site, self.person.mobile).ring()
        call = self._choose(ringing)
        ringing.end(recorded=True)
        form = {"topic": "delivery", "disposition": "solved", "version": "0", **self.past}
        self.op.post(f"/desk/calls/{call}/draft", form, 200)
        self.op.post(f"/desk/calls/{call}/note", form)
        self.op.post(f"/desk/calls/{call}/close")
        wait_for(self._nothing_waits)
        wait_for(lambda: self._recording(call) != "")
        return call

    def _nothing_waits(self) -> bool:
        with self.site.house.store.read() as connection:
            return set(connection.execute(select(outbox.c.state)).scalars()) <= {"done", "delivered", "sent"}

    def _recording(self, call: str) -> str:
        with self.site.house.store.read() as connection:
            ready = (recordings.c.call_id == call) & (recordings.c.state == "ready")
            return str(connection.execute(select(recordings.c.id).where(ready)).scalar() or "")

    def _verify_and_listen(self, past: str) -> Ringing:
        ringing = Ringing(self.site, self.person.mobile).ring()
        call = self._choose(ringing)
        at = f"/calls/{call}/customers/{self.customer}/identity"
        page = self.op.post(at, {"role": "self"}, 200, headers=_PARTIAL)
        wrong = {name: rare(7) for name in self.person.answers if name != "birth_date"}
        self.site.aviary.add(Kind.WRONG_ANSWER, *wrong.values())
        judge = _action(page, "judge")
        self.op.get(f"/calls/{call}")
        answers = self.person.answers
        self.op.post(judge, {f"answer-{name}": said for name, said in (answers | wrong).items()}, 200, headers=_PARTIAL)
        page = self.op.post(judge, {f"answer-{name}": said for name, said in answers.items()}, 200, headers=_PARTIAL)
        assert 'data-state="verified"' in page
        assert self.past["request"] in self.op.get(f"/calls/{past}")
        judge, code = self._code(page)
        self.op.post(judge, {"code": code}, 200, headers=_PARTIAL)
        self._listen(past)
        return ringing

    def _code(self, page: str) -> tuple[str, str]:
        """Send a code; return where it is judged, and the code as the customer reads it."""
        send, sent = _action(page, "code"), len(self.site.twilio.taken)
        number = re.search(r'name="number" value="(\w+)"', page)
        assert number, page
        self.op.post(send, {"number": number[1], "way": "sms"}, 200, headers=_PARTIAL)
        wait_for(lambda: len(self.site.twilio.taken) > sent)
        found = re.search(r"\d{6}", self.site.twilio.taken[-1][1]["Body"])
        assert found
        self.site.aviary.add(Kind.CODE, found[0])
        judge = f"{send}/judge"
        at = send.rsplit("/", 2)[0]
        wait_for(lambda: judge in self.op.get(at, headers=_PARTIAL))
        return judge, found[0]

    def _listen(self, past: str) -> None:
        recording = f"/recordings/{self._recording(past)}"
        self.op.get(recording)
        self.op.prove("op")
        self.op.post(recording, {"purpose": "caller_request", "case": ""})
        self.op.get(recording)
        for part in ({}, {"Range": "bytes=100-900"}, {"Range": "bytes=-5"}):
            self.op.get(f"{recording}/audio", headers=part)
        assert self.op.ask("GET", f"{recording}/audio", headers={"Range": "bytes=99999999-"}).status_code == 416
        self.op.get(f"{recording}/grant")
        self.op.post(f"{recording}/heard", {"from_ms": "0", "to_ms": "900"}, 204)
        self.op.post(f"{recording}/markers", {"at_ms": "500", "words": self.words["marker"]}, 200)
        self.op.get(f"{recording}/drawing")
        self.op.post(f"{recording}/stop")
        assert self.op.ask("GET", f"{recording}/audio").status_code in (403, 404)

    def _write_down(self, ringing: Ringing) -> None:
        call = ringing.call_id
        ringing.end(recorded=True)
        form = {"topic": "delivery", "disposition": "follow_up", "version": "0", **self.note}
        self.op.post(f"/desk/calls/{call}/draft", form, 200)
        self.op.post(f"/desk/calls/{call}/note", form)
        wait_for(self._nothing_waits)
        wait_for(lambda: self.note["request"] in str(self.site.org.rows("Task")))
        wait_for(lambda: self._recording(call) != "")
        self.op.get(f"/customers/{self.customer}")
        self.op.get("/inbox")

    def _begin(self) -> tuple[Ringing, str]:
        ringing = Ringing(self.site, self.person.mobile).ring()
        call = self._choose(ringing)
        at = f"/calls/{call}/customers/{self.customer}/identity"
        return ringing, self.op.post(at, {"role": "self"}, 200, headers=_PARTIAL)

    def _call_back(self) -> None:
        ringing, page = self._begin()
        number = re.search(r'name="number" value="(\w+)"', page)
        assert number
        back = _action(page, "call-back")
        self.op.post(back, {"number": number[1], "by_hand": "1"}, 200, headers=_PARTIAL)
        ringing.end()
        ours = Ringing(self.site, self.person.mobile).dial()
        self._choose(ours)
        at = f"/calls/{ours.call_id}/customers/{self.customer}/identity"
        page = self.op.post(at, {"role": "self"}, 200, headers=_PARTIAL)
        self.op.post(_action(page, "call-back/count"), None, 200, headers=_PARTIAL)
        ours.end()

    def _override(self) -> None:
        ringing, page = self._begin()
        judge, code = self._code(page)
        self.op.post(judge, {"code": f"{(int(code) + 7) % 1_000_000:06d}"}, 200, headers=_PARTIAL)
        form = {"why": "hardship", "words": self.words["override"]}
        self.op.post(_action(page, "override"), form, 200, headers=_PARTIAL)
        self._approve(self.lead, "lead", self.words["lead"])
        self.lead.get("/overrides")
        self.op.get(f"/calls/{ringing.call_id}")
        ringing.end()

    def _approve(self, who: Visitor, login: str, reason: str) -> None:
        who.prove(login)
        page = who.get("/approvals")
        given = {name: re.search(rf'name="{name}" value="(\w+)"', page) for name in ("approval", "seen")}
        form = {name: found[1] for name, found in given.items() if found}
        who.post("/approvals", {**form, "reason": reason, "answer": "approve"})

    def _look_up(self) -> None:
        for query in (f"{self.person.last} {self.person.first}", self.person.mobile):
            found = self.op.post("/look-up", {"query": query, "reason": "call_back", "call_id": ""}, 200)
            assert self.person.last in found
        self.op.post("/look-up", {"query": self.words["look"], "reason": "other", "call_id": ""}, 200)
        self.lead.post("/identity/mandates", {"code": "M-1"}, 200)
        self.lead.get(f"/customers/{self.customer}/mandates")
        self.lead.get("/identity/lock-outs")

    def _check(self, ringing: Ringing) -> None:
        call = ringing.call_id
        form = {"recording_id": self._recording(call), "question": self.words["check"]}
        self.op.post(f"/calls/{call}/checks", form)
        page = self.lead.get("/checks")
        found = re.search(r"/checks/(\w{26})", page)
        assert found
        self.lead.get(f"/checks/{found[1]}")
        self.lead.post(f"/checks/{found[1]}/take")
        self.lead.post(f"/checks/{found[1]}/answer", {"answer": self.words["answer"]})
        self.op.get("/checks")

    def _export_and_erase(self) -> None:
        self.priv.prove("priv")
        self.priv.get("/audit")
        self.priv.get(f"/audit/customers/{self.customer}")
        self.priv.get("/listening")
        for form in ("csv", "jsonl"):
            self.priv.post("/audit/export", {"form": form}, 200)
        with self.site.house.store.read() as connection:
            known = connection.execute(select(audit_remarks).where(audit_remarks.c.text == self.words["look"])).one()
        self.priv.get(f"/audit/lines/{known.seq}")
        asked = {"remark": known.name, "ground": "mistake", "reason": self.words["erase"]}
        self.priv.post(f"/audit/lines/{known.seq}/erase", asked)
        self._approve(self.priv2, "priv2", self.words["erase"])
        assert self.words["look"] not in self.priv.get(f"/audit/lines/{known.seq}")

    def _second_factor(self) -> None:
        self.lead.prove("lead")
        page = self.lead.post("/account/factors/code", None, 200)
        found = re.search(r'id="secret">([A-Z2-7 ]+)<', page)
        assert found
        secret = found[1].replace(" ", "")
        self.site.aviary.add(Kind.TOTP, secret)
        page = self.lead.post("/account/factors/code/confirm", {"code": pyotp.TOTP(secret).now()}, 200)
        codes = re.findall(r"<li>([^<]+)</li>", page)
        assert len(codes) == 10
        self.site.aviary.add(Kind.RECOVERY, *codes)
        self.lead.post("/sign-out")
        self.lead.get("/sign-in")
        self.lead.post("/sign-in", {"login": "lead", "password": self.site.passwords["lead"]})
        self.lead.get("/sign-in/second")
        self.lead.post("/sign-in/second", {"code": "000000"}, 401)
        self.lead.post("/sign-in/second", {"code": codes[0]})
        self.lead.get("/account/factors")

    def _come_by_the_provider(self) -> None:
        with self.site.house.store.write() as connection:
            who = connection.execute(select(users.c.id).where(users.c.login == "op2")).scalar_one()
            person = ProviderPerson(self.site.provider.issuer, "subject-1", "", "", frozenset(), None)
            identities.link(connection, person, UserId(who), self.site.house.clock())
        visitor = Visitor(self.site)
        sent = visitor.ask("GET", "/sign-in/provider")
        back = urlsplit(self.site.provider.authorize(sent.headers["Location"]))
        came = visitor.ask("GET", f"{back.path}?{back.query}")
        assert came.status_code == 303
        visitor.role = "operator"
        visitor.get("/account")
        visitor.ask("GET", f"{back.path}?{back.query}")  # once more
        visitor.post("/sign-out")

    def _withheld(self) -> None:
        """Take what an Asterisk told of a caller who withholds his number: in his messages, and in a file's name."""
        number = f"090{digits(8)}"
        self.site.aviary.add(Kind.HIDDEN, number)
        told = raw("withheld").replace(b"09099998888", number.encode())
        assert told.count(number.encode()) > 100
        self.site.house.calls.take(list(read_capture([told], SOURCE, DEFAULT_TRUNKS)))
        _, _, rest = told.partition(b"Variable: MIXMONITOR_FILENAME\r\nValue: /var/spool/asterisk/monitor/")
        left = self.site.folder / "recorder" / rest.partition(b"\r\n")[0].decode()
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(self.site.sound)
        with self.site.house.store.read() as connection:
            known = connection.execute(select(calls.c.id).where(calls.c.withheld.is_not(None))).scalars().all()
        assert known
        wait_for(lambda: any(self._recording(str(call)) for call in known))
        for call in known:
            self.lead.ask("GET", f"/calls/{call}")

    def _frame(self) -> None:
        verifier = secrets.token_urlsafe(32)
        asked = {"origin": FRAME_ORIGIN, "challenge": challenge_of(verifier)}
        self.op.get("/embed", params={"origin": FRAME_ORIGIN})
        self.op.get("/embed/sign-in", params=asked)
        page = self.op.post("/embed/sign-in", asked, 200)
        start = re.search(r'data-start="([\w-]{43})"', page)
        assert start
        self.site.aviary.add(Kind.START, start[1])
        frame = Visitor(self.site)
        given = {"token": start[1], "origin": FRAME_ORIGIN, "verifier": verifier}
        frame.wire.headers["Accept"] = "application/json"
        session = json.loads(frame.post("/embed/enter", given, 200))["session"]
        self.site.aviary.add(Kind.FRAME, session)
        kept = f"{RETURN_COOKIE}={frame.wire.cookies[RETURN_COOKIE]}"
        frame.post("/embed/resume", {"origin": FRAME_ORIGIN}, 200, headers={"Cookie": kept})
        by_header = {SESSION_HEADER: session}
        frame.role = self.op.role
        frame.get("/desk/state", headers=by_header)
        frame.post("/embed/enter", given, 401)  # a second use ends what was begun
        frame.post("/embed/leave", None, 200, headers=by_header)

    def _leave(self) -> None:
        for path in ("/admin/users", "/admin/health", "/admin/jobs", "/admin/crm", "/metrics", "/readyz"):
            self.admin.get(path)
        Errors(self.site, self.person.mobile, [self.op, self.priv, Visitor(self.site)]).tell(whole=self.whole)
        for visitor in (self.op, self.lead, self.priv, self.priv2, self.admin):
            visitor.post("/sign-out")
            visitor.ask("GET", "/account")
        stranger = Visitor(self.site)
        stranger.get("/sign-in")
        stranger.post("/sign-in", {"login": "op", "password": self.site.passwords["lead"]}, 401)


def _action(page: str, end: str) -> str:
    found = re.search(rf'action="([^"]+/{end})"', page)
    assert found, page
    return found[1]


class Errors:
    """Every route asked wrongly, with a secret in path, query, form and JSON: nothing of it may come back."""

    def __init__(self, site: CanarySite, number: str, visitors: list[Visitor]) -> None:
        self._site = site
        self._visitors = visitors
        self._number = number
        self._hostile = f"{rare(8)}'\"<{number}>"
        site.aviary.add(Kind.HOSTILE, self._hostile[:8])

    def tell(self, *, whole: bool) -> None:
        """Ask them all. Strangers ask no path with a secret: they are led to sign in, and back to where they were."""
        *everybody, stranger = self._visitors
        for at, rule in enumerate(self._site.rules.map.iter_rules()):
            if rule.endpoint == "static" or rule.rule in _LEAVES:
                continue
            people = everybody if whole else [everybody[at % len(everybody)]]
            bad = re.sub(r"<[^>]*>", quote(self._hostile, safe=""), rule.rule)
            unknown = re.sub(r"<[^>]*>", _SOME_ID, rule.rule)
            for person in people:
                if rule.rule != "/desk/stream":
                    person.ask("GET", bad, headers={"Range": f"bytes={self._number}"})
                person.ask("POST", unknown, dict.fromkeys(_FIELDS, self._hostile) | {"next": f"//{self._hostile}"})
            stranger.ask("POST", unknown, dict.fromkeys(_FIELDS, self._hostile))
            stranger.ask("DELETE", unknown, json={"a": self._hostile}, headers={"Accept": "application/json"})
        for path in ("/", "//", "/calls/", "/hooks/", "/static/"):
            everybody[0].ask("GET", f"{path}{quote(self._hostile)}?q={quote(self._hostile)}")


_LEAVES = {"/sign-out", "/embed/leave", "/account/sessions/end", "/sign-in"}
