"""A strict stand-in for a Salesforce org, on loopback: signs in, describes, queries, saves, and refuses as an org does.

What it does not model it refuses with 501, so that no test leans on a guess.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from zoneinfo import ZoneInfo

from tests.salesforce_org import control, objects, people, routes
from tests.salesforce_org.answers import Answer, Ask, Refusal, not_found, record_errors
from tests.salesforce_org.bulk import Jobs
from tests.salesforce_org.checks import Checks
from tests.salesforce_org.faults import Act, Fault, Faults
from tests.salesforce_org.ids import make_id
from tests.salesforce_org.limits import Asked, Limits
from tests.salesforce_org.oauth import App, SignIn, make_app
from tests.salesforce_org.query import Queries
from tests.salesforce_org.records import Moment, Records, Saved
from tests.salesforce_org.schema import Field, Thing
from tests.salesforce_org.tables import Row, Tables
from tests.salesforce_org.wire import Line

USERNAME = "denwaban@example.com"
ORG_ID = make_id("00D", 1)
OLDEST, NEWEST = 31, 67


class Org:
    """One org: a context manager that listens while it is open. Its state may be read and changed from the test.

    `clock` is the org's own (None: the machine's); `skew` is by how much it goes wrong. With `tls` the URL is https and
    clients trust `authority`.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] | None = None,
        tls: bool = True,
        person_accounts: bool = False,
        port: int = 0,
    ) -> None:
        self._clock = clock or _machine_clock
        self.skew = timedelta(0)
        self.lock = threading.RLock()
        self.things = objects.standard()
        if person_accounts:
            objects.add_person_accounts(self.things)
        self.versions = tuple(f"{number}.0" for number in range(OLDEST, NEWEST + 1))
        self.tables = Tables()
        for thing in self.things.values():
            self.tables.shape(thing)
        self.checks = Checks(self.things, self.tables.get, self.tables.is_hidden)
        self.records = Records(self.things, self.tables, self.checks)
        self.queries = Queries(self.things, self.tables)
        self.queries.zone = ZoneInfo("Asia/Tokyo")
        self.limits: Limits = Limits()
        self.faults: Faults = Faults()
        self.jobs: Jobs = Jobs()
        self.bin_emptied_at = datetime(2000, 1, 1, tzinfo=UTC)
        self.commit_lag_s: Callable[[], float] | None = None
        self.control_key: str | None = None
        self.org_id = ORG_ID
        self.user_id = self.admin_id = ""
        self._people()
        self.sign_in = SignIn(
            make_app(USERNAME, self.now()), self.org_id, self.user_id, "https://denwaban.my.salesforce.com"
        )
        self.line = Line(self.handle, tls=tls, port=port)

    def __enter__(self) -> "Org":
        self.line.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.line.__exit__(kind, error, trace)
        self.tables.close()

    @property
    def url(self) -> str:
        """Where the org answers: log-in, token endpoint and instance in one."""
        return self.line.url

    @property
    def proxy(self) -> str:
        """The org as a proxy: through it login.salesforce.com and every other name are this org."""
        return f"http://127.0.0.1:{self.line.port}"

    @property
    def authority(self) -> str:
        """The file with the certificate authority that clients of an org with TLS must trust."""
        return str(self.line.papers.authority)

    @property
    def app(self) -> App:
        """The client's app with its key, secret and certificate."""
        return self.sign_in.app

    def now(self) -> datetime:
        """Return the org's time, whole seconds."""
        return (self._clock() + self.skew).replace(microsecond=0)

    def moment(self) -> Moment:
        """Return a change by the integration user, seen at once."""
        return Moment(self.now(), self.user_id)

    def thing(self, name: str) -> Thing:
        """Return an object by its name in any case; raises Refusal 404."""
        thing = self.things.get(name.lower())
        if thing is None:
            raise not_found()
        return thing

    def add_fields(self, name: str, *fields: Field) -> None:
        """Let an admin add fields to an object."""
        with self.lock:
            self.thing(name).add(*fields)
            self.tables.shape(self.thing(name))

    def add_object(self, made: Thing) -> None:
        """Let an admin make an object."""
        with self.lock:
            self.things[made.name.lower()] = made
            self.tables.shape(made)

    def rename_field(self, name: str, old: str, new: str) -> None:
        """Let an admin give a field another API name."""
        with self.lock:
            self.tables.rename(self.thing(name).name, old, new)
            self.thing(name).rename(old, new)

    def drop_field(self, name: str, field: str) -> None:
        """Let an admin delete a field, or take it out of the integration user's sight."""
        with self.lock:
            self.thing(name).drop(field)

    def handle(self, ask: Ask) -> tuple[Answer, Fault | None]:
        """Answer one request, and say which fault strikes its answer on the line."""
        with self.lock:
            if ask.path == control.PATH and self.control_key:
                return self._controlled(ask, self.control_key), None
            kind = routes.kind_of(ask)
            fault = self.faults.strike(kind)
            instead = fault and fault.act in (Act.REFUSE, Act.MAINTENANCE)
            answer = fault.answer() if fault and instead else self._answer(ask, kind)
            self.limits.note(Asked(kind, ask.method, ask.path, answer.status, self.now()))
            return answer, fault

    def kind_of(self, ask: Ask) -> str:
        """Return the word that a request is counted by and that faults name."""
        return routes.kind_of(ask)

    def part(self, ask: Ask) -> Answer:
        """Answer a request that came inside another one, which was signed in and counted."""
        try:
            return routes.answer(self, ask)
        except Refusal as refused:
            return refused.answer()

    def _controlled(self, ask: Ask, key: str) -> Answer:
        try:
            return control.answer(self, ask, key)
        except Refusal as refused:
            return refused.answer()

    def _answer(self, ask: Ask, kind: str) -> Answer:
        self.tables.commit_until(self.stamp())
        try:
            if kind == "token":
                return self.sign_in.token(ask, self.now(), self.here(ask))
            if kind == "versions":
                return routes.answer(self, ask)
            if not self.sign_in.holds(ask, self.now()):
                raise Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
            self.limits.spend(self.now())
            locked = self.faults.strike_row(kind, 0) if kind in ("create", "update", "upsert", "delete") else None
            answer = record_errors([locked]) if locked else routes.answer(self, ask)
        except Refusal as refused:
            answer = refused.answer()
            if refused.status == 401:  # whose allowance would it be
                return answer
        return Answer(answer.status, answer.body, answer.content_type, {**self.limits.header(), **answer.headers})

    def here(self, ask: Ask) -> str:
        """Return the URL that a client is told to use: its own, or the org's domain where it came by a public name."""
        host = ask.headers.get("host", "")
        return self.sign_in.my_domain if host.endswith(".salesforce.com") else self.url

    def stamp(self) -> str:
        """Return the org's time as records keep it."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def insert(self, name: str, **values: object) -> str:
        """Let a person in the org create a record; return its id."""
        with self.lock:
            return _must(self.records.create(self.thing(name), values, self._by_admin()))

    def edit(self, name: str, record_id: str, **values: object) -> None:
        """Let a person in the org change a record."""
        with self.lock:
            _must(self.records.update(self.thing(name), record_id, values, self._by_admin()))

    def remove(self, name: str, record_id: str) -> None:
        """Let a person in the org put a record into the recycle bin."""
        with self.lock:
            _must(self.records.delete(self.thing(name), record_id, self._by_admin()))

    def restore(self, name: str, record_id: str) -> None:
        """Let a person in the org take a record out of the recycle bin."""
        with self.lock:
            people.restore(self, name, record_id, self._by_admin())

    def merge(self, name: str, master_id: str, *loser_ids: str) -> None:
        """Let a person in the org merge one or two records into a master."""
        with self.lock:
            people.merge(self, name, master_id, loser_ids, self._by_admin())

    def convert(self, lead_id: str, account_id: str | None = None) -> str:
        """Let a person in the org convert a lead; return the contact's id."""
        with self.lock:
            return people.convert(self, lead_id, self._by_admin(), account_id)

    def hide(self, name: str, record_id: str, *, hidden: bool = True) -> None:
        """Take a record out of the integration user's sight by sharing rules, or give it back; no stamp tells of it."""
        with self.lock:
            self.tables.hide(self.thing(name).name, record_id, hidden=hidden)

    def purge(self, name: str, record_id: str) -> None:
        """Delete a record for good, as a hard delete does: nothing tells of it any more."""
        with self.lock:
            self.tables.purge(self.thing(name).name, record_id)

    def empty_bin(self) -> None:
        """Let an admin empty the recycle bin of all objects; what was deleted until then is not told any more."""
        with self.lock:
            last = max(
                filter(None, (self.tables.purge_bin(thing.name) for thing in self.things.values())), default=None
            )
            if last is not None:
                self.bin_emptied_at = max(self.bin_emptied_at, datetime.fromisoformat(last))

    def commit_all(self) -> None:
        """Let every change show that is still being committed."""
        with self.lock:
            self.tables.commit_until(None)

    def rows(self, name: str, where: str = "1") -> list[Row]:
        """Return all committed rows of an object, those in the recycle bin too."""
        with self.lock:
            self.tables.commit_until(self.stamp())
            return list(self.tables.select(self.thing(name).name, where))

    def living(self, name: str) -> Iterator[Row]:
        """Yield the committed rows that the integration user sees in a plain query."""
        return iter(self.rows(name, '"IsDeleted" = 0 AND "_hidden" = 0'))

    def _by_admin(self) -> Moment:
        """Return a change by somebody else: stamped now, seen when its transaction ends, as `commit_lag_s` says."""
        lag_s = self.commit_lag_s() if self.commit_lag_s else 0.0
        visible_at = self.now() + timedelta(seconds=lag_s) if lag_s > 0 else None
        return Moment(self.now(), self.admin_id, visible_at, inside=True)

    def _people(self) -> None:
        user = self.things["user"]
        self.user_id, self.admin_id = make_id(user.prefix, 1), make_id(user.prefix, 2)
        born = Moment(self.now(), self.user_id)
        for username, last in ((USERNAME, "連携"), ("admin@example.com", "管理者")):
            values = {"Username": username, "LastName": last, "Email": username, "IsActive": True}
            _must(self.records.create(user, values, born))
        at = self.stamp()
        organization: Row = {"Id": self.org_id, "Name": "電話番商事", "IsSandbox": 0, "IsDeleted": 0}
        organization |= {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
        self.tables.put("Organization", organization)


def _machine_clock() -> datetime:
    return datetime.now(UTC)


def _must(saved: Saved) -> str:
    assert saved.id is not None, f"a person in the org could not save: {saved.errors}"
    return saved.id
