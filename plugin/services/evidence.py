"""Evidence of a case: asked for by one, approved by another, and handed out once as a bag that anybody can check.

The bag is written while it goes out; no sound is put on a disk for it. What was declined, or recorded without notice
and accepted by nobody, or may be heard for such a case no more, is not in it. That it goes out is in the audit before
its first byte, and in the bag itself.
What the second person agreed to is bound word for word: whatever was written anew since is agreed to by nobody.
"""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from plugin import __version__
from plugin.core.access import Deed, may, may_see_case
from plugin.core.approvals import Approval, ApprovalKind, hash_of
from plugin.core.audit import Act, AuditFact
from plugin.core.audit_proof import write_proof
from plugin.core.bag import Bag
from plugin.core.call_json import write_call
from plugin.core.calls import Call
from plugin.core.cases import Case
from plugin.core.disclosure import KINDS
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.evidence import Certified, Item, bag_name, certificate, ending_of, fingerprint
from plugin.core.identity import Level
from plugin.core.ids import CallId
from plugin.core.ports import Clock
from plugin.core.purposes import CASE_PURPOSE, Register, ends_for
from plugin.core.recordings import RecordingState
from plugin.core.staff import Staff
from plugin.core.timeline import Summary
from plugin.core.times import write_instant
from plugin.core.vcon import Sound, Speaking, vcon
from plugin.services.approvals import Approvals, Content
from plugin.services.audit import Audit
from plugin.store import (
    audit,
    calls,
    cases,
    consents,
    customers,
    disclosure_files,
    pops,
    purposes,
    recordings,
    retention,
    summaries,
)
from plugin.store import evidence as rows
from plugin.store import staff as staff_rows
from plugin.store.engine import Connection, Store
from plugin.store.vault import Vault

_PIECE_BYTES = 1 << 20
_LINES_AT_ONCE = 10_000
_WORDS = ("calls/", "vcon/", "audit/lines.jsonl")


@dataclass(frozen=True, slots=True)
class Offer:
    """What would go out. `left_out`: so many recordings may not; `is_ready`: it is approved."""

    case: Case
    calls: int
    recordings: int
    left_out: int
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Going:
    """A bag on its way: what it is called, and its bytes."""

    name: str
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class _Told:
    """A call as it goes out: `text` is its file, to the letter."""

    call: Call
    who: Speaking
    text: str


@dataclass(frozen=True, slots=True)
class _Gathered:
    case: Case
    calls: tuple[CallId, ...]
    kept: tuple[rows.Kept, ...]
    left_out: int
    told: Mapping[CallId, _Told]

    @property
    def fingerprint(self) -> str:
        """Of every sound, as it was brought in, and every word: what is agreed to is exactly that."""
        sums = {_sound_path(kept): kept.sha256 for kept in self.kept}
        return fingerprint(sums | {_call_path(each): hash_of(told.text) for each, told in self.told.items()})


@dataclass(frozen=True, slots=True)
class _Out:
    """A bag that goes out: to whom, what, on whose approval, and up to which line the audit was signed by then."""

    staff: Staff
    found: _Gathered
    approval: Approval
    approver: str
    upto: int


class Evidence:
    """The evidence of a site. `public_url`: its address; `site`: the company's name on certificates.

    `begun`: the register of purposes that it began with; `at_once`: so many lines of the audit are held at a time,
    however many there are.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        vault: Vault,
        whole: Audit,
        approvals: Approvals,
        zone: ZoneInfo,
        public_url: str,
        site: str,
        begun: Register,
        at_once: int = _LINES_AT_ONCE,
    ) -> None:
        self._at_once = at_once
        self._begun = begun
        self._store = store
        self._clock = clock
        self._vault = vault
        self._whole = whole
        self._approvals = approvals
        self._zone = zone
        self._url = public_url.rstrip("/")
        self._site = site

    def offer(self, staff: Staff, case_id: str) -> Offer:
        """Return what would go out now. Raises Denied("role"), NotFound("case")."""
        _allow(staff)
        with self._store.read() as connection:
            found = _gathered(connection, case_id, staff, self._clock(), self._begun)
        content = _content(found)
        ready = self._approvals.usable(ApprovalKind.EVIDENCE, found.case.id, content, staff) is not None
        return Offer(found.case, len(found.calls), len(found.kept), found.left_out, ready)

    def ask(self, staff: Staff, case_id: str, reason: str) -> Approval:
        """Ask a second person to let exactly this out; `reason`: for whom and what for.

        Raises Denied("role"), NotFound("case"), Conflict("no_calls"), InputError("reason"), LimitReached("approvals").
        """
        _allow(staff)

        def work(connection: Connection) -> Approval:
            found = _gathered(connection, case_id, staff, self._clock(), self._begun)
            if not found.calls:
                raise Conflict("no_calls")
            return self._approvals.ask_in(
                connection, ApprovalKind.EVIDENCE, found.case.id, _content(found), reason, staff
            )

        return self._store.write_again(work)

    def export(self, staff: Staff, case_id: str) -> Going:
        """Return the bag; the approval is used up once all of it is handed on, and only then.

        The audit's line is written and signed before anything is returned. Raises Denied("role" | "not_approved"),
        NotFound("case").
        """
        _allow(staff)

        def work(connection: Connection) -> tuple[_Gathered, Approval, str]:
            found = _gathered(connection, case_id, staff, self._clock(), self._begun)
            kind, content = ApprovalKind.EVIDENCE, _content(found)
            approval = self._approvals.usable_in(connection, kind, found.case.id, content, staff)
            if approval is None:
                raise Denied("not_approved")
            told = f"{len(found.calls)} calls, {len(found.kept)} recordings, {found.fingerprint}"
            audit.append(connection, self._fact(staff, found, Act.EVIDENCE_EXPORTED, told))
            decider = staff_rows.user_by_id(connection, approval.decided_by) if approval.decided_by else None
            return found, approval, decider.name if decider else ""

        found, approval, approver = self._store.write_again(work)
        self._whole.checkpoint()
        out = _Out(staff, found, approval, approver, self._whole.signed_to())
        return Going(f"{bag_name(found.case, self._clock(), self._zone)}.zip", self._watched(out))

    def _watched(self, out: _Out) -> Iterator[bytes]:
        """Hand the bag on, and write down whether it went out whole."""
        try:
            yield from self._pieces(out)
        except BaseException:  # who fetches it may have gone, which ends this too
            broken = self._fact(out.staff, out.found, Act.EVIDENCE_DELIVERED, "broken_off")
            self._store.write_again(lambda connection: audit.append(connection, broken))
            raise
        self._store.write_again(lambda connection: self._end(connection, out))

    def _end(self, connection: Connection, out: _Out) -> None:
        case_id, content = out.found.case.id, _content(out.found)
        with suppress(Denied):  # used up by another, or over, since the last piece began: all went out, and it is told
            self._approvals.use(connection, out.approval.id, ApprovalKind.EVIDENCE, case_id, content, out.staff)
        audit.append(connection, self._fact(out.staff, out.found, Act.EVIDENCE_DELIVERED, "handed_out"))

    def _fact(self, staff: Staff, found: _Gathered, act: Act, outcome: str) -> AuditFact:
        by, case = staff.user_id, found.case
        told = AuditFact(act, self._clock(), user_id=by, subject=case.id, purpose=case.number, outcome=outcome)
        return replace(told, address=staff.address)

    def _pieces(self, out: _Out) -> Iterator[bytes]:
        found, now = out.found, self._clock()
        bag = Bag(bag_name(found.case, now, self._zone), now)
        items: list[Item] = []
        sounds: dict[CallId, list[Sound]] = {}
        for kept in found.kept:
            path = _sound_path(kept)
            yield from bag.file(path, self._sound(kept))
            sums = bag.sums[f"data/{path}"]
            items.append(Item(path, kept.started_at, kept.length_ms, sums["sha256"], kept.sha256))
            url = f"{self._url}/recordings/{kept.id}"
            sound = Sound(
                kept.id, kept.started_at, kept.length_ms, kept.content_type, kept.channels, sums["sha512"], url
            )
            sounds.setdefault(kept.call_id, []).append(sound)
        for call_id, of_call in found.told.items():
            yield from bag.file(_call_path(call_id), [of_call.text.encode()])
            host = urlsplit(self._url).hostname or "localhost"
            spoken = vcon(call_id, of_call.call, of_call.who, sounds.get(call_id, []), host, now)
            yield from bag.file(f"vcon/{call_id}.vcon.json", [_json(spoken).encode()])
        lines = yield from self._audit(bag, out)
        texts = [(path.removeprefix("data/"), each["sha256"]) for path, each in bag.sums.items()]
        told = Certified(
            found.case,
            self._site,
            out.staff.name,
            out.approver,
            out.approval.reason,
            now,
            len(found.calls),
            items,
            [each for each in texts if each[0].startswith(_WORDS)],
            found.fingerprint,
            lines,
            found.left_out,
            self._whole.public_key(),
        )
        yield from bag.file("certificate.txt", [certificate(told, self._zone).encode()])
        said = {"Bagging-Date": now.astimezone(self._zone).date().isoformat(), "External-Identifier": found.case.number}
        said |= {"Source-Organization": self._site} if self._site else {}
        last = list(bag.end(said | {"Bag-Software-Agent": f"Denwaban {__version__}"}))
        with self._store.read() as connection:  # of two that go out at once, one alone gets its end
            if not self._approvals.is_usable(connection, out.approval.id):
                raise Denied("not_approved")
        yield from last

    def _sound(self, kept: rows.Kept) -> Iterator[bytes]:
        opened = self._vault.open(kept.id, kept.lock)
        try:
            for start in range(0, opened.size_bytes, _PIECE_BYTES):
                yield opened.read(start, _PIECE_BYTES)
        finally:
            opened.close()

    def _audit(self, bag: Bag, out: _Out) -> Generator[bytes, None, int]:
        """Put the audit's lines about the case into the bag, each with its proof; return how many.

        Up to the line that says that the bag goes out: what is written meanwhile is signed by nobody yet.
        """
        case = out.found.case
        with self._store.read() as connection:
            scope = rows.scope_of(connection, case.id, out.found.calls)
            seqs = rows.lines_of(connection, out.found.calls, scope, case.opened_at, out.upto)
        pages = [seqs[start : start + self._at_once] for start in range(0, len(seqs), self._at_once)]
        yield from bag.file("audit/lines.jsonl", (body for page in pages for body in self._bodies(page)))
        for page in pages:
            for seq, proof in zip(page, self._whole.prove_all(page), strict=True):
                yield from bag.file(f"audit/proofs/{seq}.json", [write_proof(proof)])
        yield from bag.file("audit/public-key.txt", [f"{self._whole.public_key()}\n".encode()])
        return len(seqs)

    def _bodies(self, seqs: Sequence[int]) -> list[bytes]:
        with self._store.read() as connection:
            return [f"{body}\n".encode() for body in rows.bodies(connection, seqs)]


def _allow(staff: Staff) -> None:
    if not may(staff.role, Deed.KEEP_CASES):
        raise Denied("role")


def _gathered(connection: Connection, case_id: str, staff: Staff, now: datetime, begun: Register) -> _Gathered:
    case = cases.find(connection, case_id)
    if case is None or not may_see_case(staff, case):
        raise NotFound("case")
    if case.kind in KINDS:
        file = disclosure_files.find(connection, case.id, now)
        if file is None or file.worker != staff.user_id or not (case.is_open and file.is_given_whole):
            raise NotFound("case")  # what else is given of it goes by its letter, redacted; what is closed is answered
    call_ids = cases.calls_of(connection, case.id)
    barred = {each for each in call_ids if any(consents.stands(connection, each))}
    sounds = [each for each in rows.recordings_of(connection, call_ids) if each.call_id not in barred]
    kept = _open_for(connection, case, sounds, now, begun)
    every = recordings.of_calls(connection, call_ids)
    left_out = len(sounds) - len(kept)
    left_out += sum(
        one.state is RecordingState.DECLINED or (one.call_id in barred and one.size_bytes is not None)
        for some in every.values()
        for one in some
    )
    written, levels = summaries.of_calls(connection, call_ids), rows.levels_of(connection, call_ids)
    told = {each: _told(connection, each, written.get(each), levels.get(each, Level.NONE), kept) for each in call_ids}
    there = {each: of_call for each, of_call in told.items() if of_call is not None}
    return _Gathered(case, call_ids, kept, left_out, there)


def _open_for(
    connection: Connection, case: Case, sounds: Sequence[rows.Kept], now: datetime, begun: Register
) -> tuple[rows.Kept, ...]:
    """Return those that may be heard for such a case at this moment; that a hold keeps a file opens it to nobody."""
    register, purpose = purposes.in_force_now(connection, begun), CASE_PURPOSE[case.kind]
    own = retention.own_purposes(connection, {each.call_id for each in sounds})
    ends = ((each, ends_for(purpose, each.started_at, register, own.get(each.call_id, ()))) for each in sounds)
    return tuple(each for each, end in ends if now < end)


def _told(
    connection: Connection, call_id: CallId, summary: Summary | None, level: Level, kept: Sequence[rows.Kept]
) -> _Told | None:
    """Return a call's facts with what was written of it."""
    stored = calls.one(connection, call_id)
    if stored is None:
        return None
    whose = customers.of_id(connection, stored.customer_id) if stored.customer_id else None
    users = {agent: user for agent, (_, user) in pops.of_call(connection, call_id).items() if user}
    named = {agent: staff_rows.user_by_id(connection, user) for agent, user in users.items()}
    agents = {agent: person.name for agent, person in named.items() if person is not None}
    facts: dict[str, object] = {
        "id": call_id,
        "call": json.loads(write_call(stored.call)),
        "caller": stored.e164,
        "customer": None if whose is None else {"name": whose.name, "external_id": whose.external_id},
        "agents": agents,
        "verified_level": int(level),
        "recordings": [_recording(one) for one in kept if one.call_id == call_id],
    }
    if summary is not None:
        facts["written"] = {
            "by": summary.author_name,
            "at": write_instant(summary.saved_at),
            "request": summary.request,
            "response": summary.response,
            "promise": summary.promise,
            "next_step": summary.next_step,
        }
    label = f"level-{int(level)}" if level else "none"
    who = Speaking(stored.e164, whose.name if whose else "", label, agents)
    return _Told(stored.call, who, _json(facts))


def _recording(kept: rows.Kept) -> dict[str, object]:
    return {
        "file": _sound_path(kept),
        "started_at": write_instant(kept.started_at),
        "length_ms": kept.length_ms,
        "content_type": kept.content_type,
        "channels": kept.channels,
        "sha256_at_import": kept.sha256,
    }


def _sound_path(kept: rows.Kept) -> str:
    return f"audio/{kept.id}.{ending_of(kept.content_type)}"


def _call_path(call_id: CallId) -> str:
    return f"calls/{call_id}.json"


def _content(found: _Gathered) -> Content:
    """Return exactly what the second person approves: which sound of which calls, and every word about them."""
    return {
        "case": found.case.number,
        "calls": len(found.calls),
        "recordings": len(found.kept),
        "left_out": found.left_out,
        "fingerprint": found.fingerprint,
    }


def _json(said: object) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
