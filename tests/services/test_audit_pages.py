"""What the privacy officer finds in the audit: the right lines, all of them, once, by index; and that he looked."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from plugin.core.audit import Act, AuditFact, Kind, Remark, RemarkName, kind_of
from plugin.core.audit_check import Damage
from plugin.core.audit_view import AuditFilter, Place, SeenLine, read_place
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import CustomerId
from plugin.core.staff import Role, Staff
from plugin.core.times import to_us
from plugin.services.approvals import Approvals
from plugin.services.audit import Audit
from plugin.services.audit_pages import PAGE_LINES, AuditPages, ExportForm
from plugin.services.erasure import Erasures, Ground
from plugin.store import audit as rows
from plugin.store import audit_look
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.tables.audit import audit_remarks
from plugin.store.tables.customers import customers
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.traces import left_of

ACTS = (Act.LOOK_UP, Act.LISTEN_HEARD, Act.USER_CHANGED, Act.LISTEN_REFUSED, Act.VERIFY_JUDGED, Act.SIGN_IN)


class Bureau:
    """A privacy officer and his second, a customer, and an audit with many sorts of lines."""

    def __init__(self, store: Store, folder: Path, clock: HandClock) -> None:
        self.store, self.clock = store, clock
        self.town = Town(store, clock())
        self.officer = self.town.staff("ogawa", Role.PRIVACY)
        self.second = self.town.staff("sato", Role.PRIVACY)
        self.alice = self.town.staff("alice")
        self.customer: CustomerId = self.town.customer("C-1")
        with store.write() as connection:
            connection.execute(customers.update().values(code="C-1"))
        self.checkpoints = Checkpoints(folder / "checkpoints", Keys(folder / "keys"))
        self.audit = Audit(store, self.checkpoints, clock)
        self.pages = AuditPages(store, self.audit, self.checkpoints, clock)
        self.erasures = Erasures(store, clock, Approvals(store, clock, {}))

    def fill(self, count: int) -> None:
        for place in range(count):
            self.add(ACTS[place % len(ACTS)], place)

    def add(self, act: Act, place: int = 0, **other: object) -> int:
        if place % 5:
            self.clock.move(seconds=1)  # some stand at the same instant
        given = {
            "user_id": (self.alice.user_id, self.second.user_id, None)[place % 3],
            "customer_id": self.customer if place % 4 == 0 else None,
            "call_id": f"call{place % 7}",
            "outcome": ("done", "failed")[place % 2],
        } | other
        with self.store.write() as connection:
            return rows.append(connection, AuditFact(act, self.clock(), **given)).seq  # type: ignore[arg-type]

    def every(self) -> list[SeenLine]:
        with self.store.read() as connection:
            return audit_look.oldest(connection, AuditFilter(), None, 10_000)

    def last(self) -> dict[str, object]:
        with self.store.read() as connection:
            said: dict[str, object] = json.loads(rows.bodies(connection, 0, rows.HIGHEST)[-1][1])
        return said


@pytest.fixture
def bureau(store: Store, tmp_path: Path, clock: HandClock) -> Bureau:
    return Bureau(store, tmp_path, clock)


def test_nobody_else_reads_it(bureau: Bureau) -> None:
    for role in set(Role) - {Role.PRIVACY}:
        actor = bureau.town.staff(f"x{role.value}", role)
        for ask in (
            lambda actor=actor: bureau.pages.look(actor, AuditFilter()),
            lambda actor=actor: bureau.pages.line(actor, 1),
            lambda actor=actor: bureau.pages.sheet(actor, bureau.customer),
            lambda actor=actor: bureau.pages.find(actor, "C-1"),
            lambda actor=actor: bureau.pages.people(actor),
            lambda actor=actor: bureau.pages.name_of(actor, bureau.customer),
            lambda actor=actor: bureau.pages.state(actor),
            lambda actor=actor: bureau.pages.export(actor, AuditFilter(), ExportForm.CSV),
        ):
            with pytest.raises(Denied):
                ask()


def test_reading_it_is_a_line_of_its_own(bureau: Bureau) -> None:
    bureau.pages.look(bureau.officer, AuditFilter(customer_id=bureau.customer, kind=Kind.HEARD))
    said = bureau.last()
    assert (said["act"], said["user_id"], said["customer_id"]) == (
        "audit.shown",
        bureau.officer.user_id,
        bureau.customer,
    )
    assert (said["purpose"], said["outcome"], said["address"]) == ("heard", "page", bureau.officer.address)


def test_an_export_is_a_line_before_anything_leaves(bureau: Bureau) -> None:
    bureau.fill(20)
    lines = bureau.pages.export(bureau.officer, AuditFilter(), ExportForm.JSONL)
    assert (bureau.last()["act"], bureau.last()["outcome"]) == ("audit.exported", "jsonl")
    later = bureau.add(Act.LOOK_UP)
    seqs = [line.seq for line in lines]
    assert seqs == list(range(1, 21))
    assert later not in seqs


WANTED = st.builds(
    lambda who, whose, kind, since, until: (who, whose, kind, since, until),
    st.integers(-1, 2),
    st.sampled_from(["", "customer", "call"]),
    st.none() | st.sampled_from(Kind),
    st.none() | st.integers(0, 200),
    st.none() | st.integers(0, 200),
)


def test_pages_together_hold_what_fits_once_and_in_order(bureau: Bureau) -> None:
    began = bureau.clock()
    bureau.fill(230)
    every = bureau.every()
    assert [line.seq for line in every] == list(range(1, 231))
    people = (bureau.alice.user_id, bureau.second.user_id, bureau.officer.user_id)

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(WANTED, st.integers(1, 60))
    def once(asked: tuple[int, str, Kind | None, int | None, int | None], most: int) -> None:
        who, whose, kind, since, until = asked
        wanted = AuditFilter(
            user_id=people[who] if who >= 0 else "",
            customer_id=bureau.customer if whose == "customer" else "",
            call_id="call3" if whose == "call" else "",
            kind=kind,
            since=None if since is None else began + timedelta(seconds=since),
            until=None if until is None else began + timedelta(seconds=until),
        )
        fits = [line for line in every if _fits(line, wanted)]
        with bureau.store.read() as connection:
            down = _walk(lambda place: audit_look.newest(connection, wanted, place, most), most)
            up = _walk(lambda place: audit_look.oldest(connection, wanted, place, most), most)
        assert up == fits
        assert down == fits[::-1]

    once()


def _walk(page: object, most: int) -> list[SeenLine]:
    found: list[SeenLine] = []
    place: Place | None = None
    while True:
        some = page(place)  # type: ignore[operator]
        found += some
        if len(some) < most:
            return found
        place = some[-1].place


def _fits(line: SeenLine, wanted: AuditFilter) -> bool:
    return (
        wanted.user_id in ("", line.user_id)
        and wanted.customer_id in ("", line.customer_id)
        and wanted.call_id in ("", line.call_id)
        and wanted.kind in (None, line.kind)
        and (wanted.since is None or line.at >= wanted.since)
        and (wanted.until is None or line.at < wanted.until)
    )


def test_every_line_is_filed_under_its_sort(bureau: Bureau) -> None:
    bureau.fill(30)
    for line in bureau.every():
        assert line.kind is kind_of(line.act, line.outcome)


def test_a_page_is_found_by_index_alone(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> None:
    bureau = Bureau(sqlite_store, tmp_path, clock)
    at = clock()
    for wanted in (
        AuditFilter(),
        AuditFilter(user_id="u"),
        AuditFilter(user_id="u", kind=Kind.FAILED, since=at),
        AuditFilter(customer_id="c", until=at),
        AuditFilter(call_id="c"),
        AuditFilter(kind=Kind.HEARD, since=at, until=at),
    ):
        for query in audit_look.statements(wanted, Place(to_us(at), 5)):
            with bureau.store.read() as connection:
                text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
                plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
            assert len(plan) == 1, plan  # one search, and no sorting after it
            assert plan[0].startswith("SEARCH audit_lines USING INDEX ix_audit_lines_")


def test_a_page_ends_and_goes_on(bureau: Bureau) -> None:
    bureau.fill(PAGE_LINES + 3)
    first = bureau.pages.look(bureau.officer, AuditFilter(user_id=bureau.alice.user_id))
    assert first.older is None
    everything = bureau.pages.look(bureau.officer, AuditFilter())
    assert len(everything.lines) == PAGE_LINES
    assert everything.older is not None
    rest = bureau.pages.look(bureau.officer, AuditFilter(), read_place(str(everything.older)))
    assert [line.seq for line in rest.lines] == [4, 3, 2, 1]  # his own first look stands among the newest


@pytest.mark.parametrize("raw", ["x", "1", "1.", ".1", "-1.2", "1.2.3", "１.２", "9" * 18 + ".1"])
def test_no_place_is_made_up(raw: str) -> None:
    with pytest.raises(InputError):
        read_place(raw)


def test_somebody_is_found_by_code_id_or_call(bureau: Bureau) -> None:
    call = bureau.town.call(bureau.customer, taken_by=bureau.alice)
    find = bureau.pages.find
    assert find(bureau.officer, " C-1 ") == find(bureau.officer, bureau.customer)
    assert find(bureau.officer, bureau.customer).customer_id == bureau.customer
    assert find(bureau.officer, call).call_id == call
    for nobody in ("", "C-", "x" * 26, "\ud800"):
        with pytest.raises(InputError):
            find(bureau.officer, nobody)


def test_the_sheet_of_a_customer_has_who_saw_and_heard_him_alone(bureau: Bureau) -> None:
    bureau.fill(24)
    bureau.pages.look(bureau.officer, AuditFilter(customer_id=bureau.customer))
    sheet = bureau.pages.sheet(bureau.officer, bureau.customer)
    assert sheet.lines
    assert {line.customer_id for line in sheet.lines} == {bureau.customer}
    assert {line.kind for line in sheet.lines} <= {Kind.SAW, Kind.HEARD, Kind.EXPORTED, Kind.OVERRIDDEN}
    assert "audit.shown" not in {line.act for line in sheet.lines}
    with pytest.raises(NotFound):
        bureau.pages.sheet(bureau.officer, CustomerId("x" * 26))


def test_the_chain_is_told_as_it_stands(bureau: Bureau) -> None:
    bureau.fill(5)
    state = bureau.pages.state(bureau.officer)
    assert (state.lines, state.signed_to, state.signed_at, state.look) == (5, 0, None, None)
    bureau.audit.checkpoint()
    assert bureau.pages.look_at_all() == 5
    state = bureau.pages.state(bureau.officer)
    assert (state.signed_to, state.signed_at) == (5, bureau.clock())
    assert state.look is not None
    assert (state.look.lines, state.look.proved_to, state.look.findings) == (5, 5, 0)


def test_a_look_that_is_to_end_is_given_up_and_says_nothing(bureau: Bureau) -> None:
    bureau.fill(5)
    assert bureau.pages.look_at_all(lambda: True) == 0
    assert bureau.pages.state(bureau.officer).look is None


def test_a_look_that_finds_something_fails_and_is_kept(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> None:
    bureau = Bureau(sqlite_store, tmp_path, clock)
    seq = bureau.add(Act.LOOK_UP, remarks=(Remark(RemarkName.SEARCH, "佐藤"),))
    with bureau.store.write() as connection:
        connection.execute(audit_remarks.delete())
    with pytest.raises(Conflict, match="audit_not_whole"):
        bureau.pages.look_at_all()
    look = bureau.pages.state(bureau.officer).look
    assert look is not None
    assert look.findings == 1
    assert bureau.audit.verify().findings[0].seq == seq


def erased(bureau: Bureau, seq: int, by: Staff, second: Staff) -> None:
    asked = bureau.erasures.ask(by, seq, "search", Ground.REQUEST, "本人の求め")
    whole = Approvals(bureau.store, bureau.clock, {asked.kind: bureau.erasures.carry_out})
    whole.approve(asked.id, asked.content_hash, "確認した", second)


def test_an_erasure_takes_the_text_and_leaves_the_chain_whole(bureau: Bureau) -> None:
    seq = bureau.add(Act.LOOK_UP, customer_id=bureau.customer, remarks=(Remark(RemarkName.SEARCH, "佐藤 花子"),))
    bureau.audit.checkpoint()
    key, before = bureau.audit.public_key(), bureau.audit.prove(seq)
    assert bureau.pages.line(bureau.officer, seq).remarks[0].text == "佐藤 花子"
    erased(bureau, seq, bureau.officer, bureau.second)
    assert bureau.pages.line(bureau.officer, seq).remarks[0].text is None
    with bureau.store.read() as connection:
        assert connection.execute(select(audit_remarks)).all() == []
    assert bureau.audit.verify(key).findings == ()
    assert bureau.audit.prove(seq, opened=True) == before  # its text is gone, the line stands as proved
    (line,) = [line for line in bureau.every() if line.act == Act.REMARK_ERASED]
    assert (line.subject, line.purpose, line.user_id) == (f"{seq}.search", "request", bureau.officer.user_id)
    assert line.customer_id == bureau.customer
    with pytest.raises(NotFound):
        bureau.erasures.ask(bureau.officer, seq, "search", Ground.REQUEST, "again")


def test_an_erasure_takes_two(bureau: Bureau) -> None:
    seq = bureau.add(Act.LOOK_UP, remarks=(Remark(RemarkName.SEARCH, "佐藤"),))
    with pytest.raises(Denied):
        erased(bureau, seq, bureau.officer, bureau.officer)
    with pytest.raises(Denied):
        bureau.erasures.ask(bureau.alice, seq, "search", Ground.MISTAKE, "x")
    assert bureau.pages.line(bureau.officer, seq).remarks[0].text == "佐藤"
    for number, name in ((seq, "case"), (seq + 1, "search"), (0, "search")):
        with pytest.raises(NotFound):
            bureau.erasures.ask(bureau.officer, number, name, Ground.MISTAKE, "x")


def test_nothing_of_an_erased_text_is_left_in_the_file(sqlite_store: Store, tmp_path: Path, clock: HandClock) -> None:
    bureau = Bureau(sqlite_store, tmp_path, clock)
    secret = "消去されるべき文字列0123456789"
    seq = bureau.add(Act.LOOK_UP, remarks=(Remark(RemarkName.SEARCH, secret),))
    erased(bureau, seq, bureau.officer, bureau.second)
    assert left_of(bureau.store, secret) == []


def test_one_that_the_chain_does_not_know_of_is_found(bureau: Bureau) -> None:
    seq = bureau.add(Act.LOOK_UP, remarks=(Remark(RemarkName.SEARCH, "佐藤"),))
    with bureau.store.write() as connection:
        assert rows.erase_remark(connection, seq, "search")
        assert not rows.erase_remark(connection, seq, "search")
    assert [finding.damage for finding in bureau.audit.verify().findings] == [Damage.REMARK_GONE]
