"""Who comes to a site full of canaries: browsers, and the phone system that posts; the aviary sees every answer."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests
from sqlalchemy import select

from plugin.core.ids import new_id
from plugin.core.times import write_instant
from plugin.store.tables.calls import call_keys
from plugin.web.forms import token_for
from tests.kit.canary import Kind
from tests.kit.canary_site import SOURCE, CanarySite
from tests.kit.hooks import signed


class Visitor:
    """A browser at the site's address; the site's aviary sees all that it is answered."""

    def __init__(self, site: CanarySite) -> None:
        self.site = site
        self.role = "nobody"
        self.wire = requests.Session()
        self.wire.trust_env = False
        self.wire.headers["Accept"] = "text/html"

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None, **more: Any) -> requests.Response:
        """Ask as a page of ours would; redirects are not followed."""
        headers = {**self._form_token(), **more.pop("headers", {})}
        more = {"allow_redirects": False, "timeout": 60} | more
        answer = self.wire.request(method, f"{self.site.url}{path}", data=form, headers=headers, **more)
        self.site.see(answer, self.role)
        return answer

    def get(self, path: str, **more: Any) -> str:
        """Return a page that there must be."""
        answer = self.ask("GET", path, **more)
        assert answer.status_code in (200, 206), (self.site.rule_of(path, "GET"), answer.status_code)
        return answer.text

    def post(self, path: str, form: Mapping[str, str] | None = None, status: int = 303, **more: Any) -> str:
        """Return what follows an act that must go well."""
        answer = self.ask("POST", path, form, **more)
        assert answer.status_code == status, (self.site.rule_of(path, "POST"), answer.status_code, answer.text[-3000:])
        return answer.text

    def _form_token(self) -> dict[str, str]:
        for cookie in ("denwaban", "denwaban-guest"):
            if key := self.wire.cookies.get(cookie, path="/"):
                token = token_for(key)
                self.site.aviary.add(Kind.FORM, token)
                return {"X-Form-Token": token}
        return {}

    def sign_in(self, login: str) -> "Visitor":
        """Come in by the password."""
        self.get("/sign-in")
        self.post("/sign-in", {"login": login, "password": self.site.passwords[login]})
        self.role = self.site.roles[login]
        self.get("/account")
        return self

    def prove(self, login: str) -> None:
        """Give the password again."""
        self.post("/prove", {"password": self.site.passwords[login]})


class Ringing:
    """A call at extension 101, told to the site's hook as a phone system tells it."""

    def __init__(self, site: CanarySite, number: str, extension: str = "101", **base: Any) -> None:
        self._site = site
        self.native = new_id(datetime.now(UTC))
        self._agent = {"extension": extension}
        self._base = {"direction": "inbound", "customer_number": number, "our_number": "0120000111", **base}
        self._count = 0
        self._began = write_instant(datetime.now(UTC))

    def say(self, kind: str, **more: Any) -> None:
        """Post one event."""
        now = datetime.now(UTC)
        self._count += 1
        at = write_instant(now)
        data = {"source_call_ids": [self.native], "occurred_at": at, **self._base, **more}
        head = {"specversion": "1.0", "id": f"{self.native}/{self._count}", "source": SOURCE, "type": kind}
        body = json.dumps(head | {"time": at, "sequence": str(self._count), "data": data}).encode()
        headers = signed(body, now, self._site.hook_secret, f"{self.native}-{self._count}")
        answer = requests.post(
            f"{self._site.url}/hooks/{SOURCE}",
            data=body,
            headers={"content-type": "application/json", **headers},
            timeout=60,
        )
        self._site.see(answer)
        assert answer.ok, answer.text

    def ring(self) -> "Ringing":
        """Ring, and be answered."""
        self.say("call.ringing", agent=self._agent, leg_id="1")
        self.say("call.answered", agent=self._agent, leg_id="1")
        return self

    def dial(self) -> "Ringing":
        """Be dialled from the extension, and be answered by the customer."""
        self._base["direction"] = "outbound"
        self.say("call.offered", agent=self._agent)
        self.say("call.ringing", agent=self._agent, leg_id="1")
        self.say("call.answered", agent=self._agent, leg_id="1")
        return self

    def end(self, *, recorded: bool = False) -> None:
        """Be over; the phone system leaves its recording."""
        self.say("call.ended", outcome="answered", ended_by="customer")
        if recorded:
            name, at_end = f"{self.native}.wav", write_instant(datetime.now(UTC))
            (self._site.folder / "recorder" / name).write_bytes(self._site.sound)
            self.say(
                "recording.ready",
                recording={"id": name, "uri": name, "media": "talk", "started_at": self._began, "ended_at": at_end},
            )

    @property
    def call_id(self) -> str:
        """The call's id in the house."""
        with self._site.house.store.read() as connection:
            known = select(call_keys.c.call_id).where(call_keys.c.native_id == self.native)
            return str(connection.execute(known).scalar_one())
