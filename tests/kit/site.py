"""A whole site for one test, served on a free loopback port: people, customers, and phones that ring.

The clock is the real one unless a test gives its own, and passwords are hashed lightly; all else is as in production.
"""

import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from connectors.crm.local import LocalCrm
from plugin.core.call_json import read_event
from plugin.core.calls import Outcome
from plugin.core.customers import CrmCustomer
from plugin.core.ids import CallId, CustomerId, new_id
from plugin.core.ports import Clock
from plugin.core.staff import Role, User
from plugin.core.times import write_instant
from plugin.settings import load
from plugin.store.tables.calls import call_keys
from plugin.store.tables.customers import customers
from plugin.wiring import House, now
from tests.kit.canary import Kind
from tests.kit.newest import lay
from tests.kit.staff import app_of, hire
from tests.kit.watch import know

SOURCE = "pbx1"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  werkzeug's signature
        """Say nothing: a test's output is its own."""


def _nothing_yet(environ: dict[str, Any], start: Any) -> list[bytes]:
    raise AssertionError("the server answers before its application is there")


def _whole_files(app: Any) -> Any:
    """Return the application with its static files read before they are sent.

    Werkzeug's own server forgets to close a file where the browser hangs up at once: it fails in reading the rest of
    what the browser said, before it comes to that.
    """

    def answer(environ: dict[str, Any], start: Any) -> Any:
        pieces = app(environ, start)
        if not environ["PATH_INFO"].startswith("/static/"):
            return pieces
        try:
            return [b"".join(pieces)]
        finally:
            getattr(pieces, "close", lambda: None)()

    return answer


class Place:
    """A house with people in it and no door: `with Place(tmp_path) as place:`; `place.house` is what is inside."""

    def __init__(
        self, folder: Path, clock: Clock = now, public_url: str = "http://127.0.0.1:8787", **settings: Any
    ) -> None:
        sources = settings.pop("sources", {SOURCE: {"kind": "webhook"}})
        self.house = House(load(data_dir=folder / "data", public_url=public_url, sources=sources, **settings), clock)
        lay(self.house.store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.house.close()

    def staff(
        self, login: str, name: str, extension: str | None = None, role: Role = Role.OPERATOR, team: str = "support"
    ) -> User:
        """Hire somebody whose password is that of tests/kit/staff.py."""
        return hire(self.house, role, login, extension, team, name)

    def customers(self, *people: CrmCustomer) -> list[CustomerId]:
        """Put the people into the built-in CRM and take them over from it by a sync; return their ids in order."""
        crm = self.house.crm
        assert isinstance(crm, LocalCrm)
        crm.change(people)
        for one in people:
            know(Kind.NAME, one.name)
            know(Kind.NUMBER, *(number.raw for number in one.numbers))
            know(Kind.ANSWER, *(answer.value for answer in one.answers if answer.item != "name_kana"))
        self.house.sync.run()
        with self.house.store.read() as connection:
            known = connection.execute(select(customers.c.external_id, customers.c.id)).all()
        ids = {row.external_id: CustomerId(row.id) for row in known}
        return [ids[one.external_id] for one in people]

    def tell(self, *events: dict[str, Any]) -> None:
        """Say what happened in a call, in the JSON of the generic webhook, through the service behind the hook."""
        self.house.calls.take([read_event(event, SOURCE) for event in events])


class Site(Place):
    """A place that is served until the end; `site.url` is its address."""

    def __init__(self, folder: Path, clock: Clock = now, *, host: str = "127.0.0.1", **settings: Any) -> None:
        self._server = make_server("127.0.0.1", 0, _nothing_yet, threaded=True, request_handler=_Quiet)
        self.url = f"http://{host}:{self._server.server_port}"
        super().__init__(folder, clock, self.url, **settings)
        self._server.app = _whole_files(app_of(self.house))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        super().__exit__(kind, error, trace)


class Phone:
    """One call at one extension, told step by step: `Phone(place, "090…", "101").ring()`."""

    def __init__(
        self, place: Place, number: str | None, extension: str = "101", *, native: str = "", withheld: str | None = None
    ) -> None:
        self._place = place
        know(Kind.NUMBER, number or "")
        self._base = {"customer_number": number, "withheld": withheld, "our_number": "0120000111", "queue": "サポート"}
        self._agent = {"extension": extension}
        self._native = native or new_id(place.house.clock())
        self._count = 0

    def _say(self, kind: str, **more: Any) -> None:
        at = write_instant(self._place.house.clock())
        self._count += 1
        data = {"source_call_ids": [self._native], "direction": "inbound", "occurred_at": at} | self._base | more
        head = {"specversion": "1.0", "id": f"{self._native}/{self._count}", "source": SOURCE, "type": kind}
        self._place.tell(head | {"time": at, "sequence": str(self._count), "data": data})

    @property
    def call_id(self) -> CallId:
        """The call's id in the house."""
        with self._place.house.store.read() as connection:
            known = connection.execute(select(call_keys.c.call_id).where(call_keys.c.native_id == self._native))
            return CallId(known.scalar_one())

    def ring(self) -> "Phone":
        """The phone rings at the extension."""
        self._say("call.ringing", agent=self._agent, leg_id="1")
        return self

    def ring_at(self, extension: str) -> "Phone":
        """A second phone rings in the same call."""
        self._say("call.ringing", agent={"extension": extension}, leg_id="2")
        return self

    def answer(self, by: str | None = None) -> "Phone":
        """The extension takes the call, or `by`, another one at which it rang too."""
        if by is None:
            self._say("call.answered", agent=self._agent, leg_id="1")
            return self
        self.take_away(by)
        self._say("call.leg_ended", agent=self._agent, leg_id="1", outcome=Outcome.ANSWERED_ELSEWHERE)
        return self

    def take_away(self, by: str) -> None:
        """Another extension, at which it rang too, takes the call; ours has not heard of it yet."""
        self._say("call.ringing", agent={"extension": by}, leg_id="2")
        self._say("call.answered", agent={"extension": by}, leg_id="2")

    def play_notice(self) -> "Phone":
        """The phone system tells the caller that the call is recorded."""
        self._say("notice.played")
        return self

    def record(self) -> "Phone":
        """The phone system writes a file of the call; tests/kit/listening.py `bring_in` brings it in."""
        self._say("recording.ready", recording={"id": self.call_id})
        return self

    def dial(self) -> "Phone":
        """The extension dials the customer, whose phone rings."""
        self._base |= {"direction": "outbound", "queue": None}
        self._say("call.offered", agent=self._agent)
        self._say("call.ringing", agent=self._agent, leg_id="1")
        return self

    def customer_answers(self) -> "Phone":
        """The customer takes the call that the extension has dialled."""
        self._say("call.answered", agent=self._agent, leg_id="1")
        return self

    def hold(self) -> "Phone":
        """The customer is put on hold."""
        self._say("call.held", agent=self._agent, leg_id="1")
        return self

    def resume(self) -> "Phone":
        """The customer is taken off hold."""
        self._say("call.resumed", agent=self._agent, leg_id="1")
        return self

    def end(self, outcome: Outcome = Outcome.ANSWERED) -> "Phone":
        """Somebody puts down the phone."""
        self._say("call.ended", outcome=outcome, ended_by="customer")
        return self
