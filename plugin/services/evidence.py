"""Evidence of a case: asked for by one, approved by another, and handed out once as a bag that anybody can check.

The bag is written while it goes out; no sound is put on a disk for it. What was declined, or recorded without notice
and accepted by nobody, is not in it. That it goes out is in the audit before its first byte, and in the bag itself.
What the second person agreed to is bound word for word: whatever was written anew since is agreed to by nobody.
"""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from plugin.core.evidence import MOST_LINES, Certified, Item, bag_name, certificate, ending_of, fingerprint
from plugin.core.identity import Level
from plugin.core.ids import CallId
from plugin.core.ports import Clock
from plugin.core.recordings import RecordingState
from plugin.core.staff import Staff
from plugin.core.timeline import Summary
from plugin.core.times import write_instant
from plugin.core.vcon import Sound, Speaking, vcon
from plugin.services.approvals import Approvals, Content
from plugin.services.audit import Audit
from plugin.store import audit, calls, cases, consents, customers, disclosure_files, pops, recordings, summaries
from plugin.store import evidence as rows
from plugin.store import staff as staff_rows
from plugin.store.engine import Connection, Store
from plugin.store.vault import Vault

_PIECE_BYTES = 1 << 20
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


class Evidence:
    """The evidence of a site. `public_url`: its address; `site`: the company's name on certificates."""

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
    ) -> None:
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
            found = _gathered(connection, case_id, staff, self._clock())
        content = _content(found)
        ready = self._approvals.usable(ApprovalKind.EVIDENCE, found.case.id, content, staff) is not None
        return Offer(found.case, len(found.calls), len(found.kept), found.left_out, ready)

    def ask(self, staff: Staff, case_id: str, reason: str) -> Approval:
        """Ask a second person to let exactly this out; `reason`: for whom and what for.

        Raises Denied("role"), NotFound("case"), Conflict("no_calls"), InputError("reason"), LimitReached("approvals").
        """
        _allow(staff)

        def work(connection: Connection) -> Approval:
            found = _gathered(connection, case_id, staff, self._clock())
            if not found.calls:
                raise Conflict("no_calls")
            return self._approvals.ask_in(
                connection, ApprovalKind.EVIDENCE, found.case.id, _content(found), reason, staff
            )

        return self._store.write_again(work)

    def export(self, staff: Staff, case_id: str) -> Going:
        """Use an approval up and return the bag. Raises Denied("role" | "not_approved"), NotFound("case").

        The audit's line is written and signed before anything is returned.
        """
        _allow(staff)

        def work(connection: Connection) -> tuple[_Gathered, Approval, str]:
            found = _gathered(connection, case_id, staff, self._clock())
            content, now = _content(found), self._clock()
            used = self._approvals.use_any(connection, ApprovalKind.EVIDENCE, found.case.id, content, staff)
            if used is None:
                raise Denied("not_approved")
            told = f"{len(found.calls)} calls, {len(found.kept)} recordings, {found.fingerprint}"
            by, about = staff.user_id, found.case.number
            fact = AuditFact(
                Act.EVIDENCE_EXPORTED,
                now,
                user_id=by,
                subject=found.case.id,
                purpose=about,
                outcome=told,
                address=staff.address,
            )
            audit.append(connection, fact)
            decider = staff_rows.user_by_id(connection, used.decided_by) if used.decided_by else None
            return found, used, decider.name if decider else ""

        found, used, approver = self._store.write_again(work)
        self._whole.checkpoint()
        return Going(
            f"{bag_name(found.case, self._clock(), self._zone)}.zip", self._pieces(staff, found, used, approver)
        )

    def _pieces(self, staff: Staff, found: _Gathered, used: Approval, approver: str) -> Iterator[bytes]:
        now = self._clock()
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
        lines = yield from self._audit(bag, found)
        texts = [(path.removeprefix("data/"), each["sha256"]) for path, each in bag.sums.items()]
        told = Certified(
            found.case,
            self._site,
            staff.name,
            approver,
            used.reason,
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
        yield from bag.end(said | {"Bag-Software-Agent": f"Denwaban {__version__}"})

    def _sound(self, kept: rows.Kept) -> Iterator[bytes]:
        opened = self._vault.open(kept.id, kept.lock)
        try:
            for start in range(0, opened.size_bytes, _PIECE_BYTES):
                yield opened.read(start, _PIECE_BYTES)
        finally:
            opened.close()

    def _audit(self, bag: Bag, found: _Gathered) -> Generator[bytes, None, int]:
        """Put the audit's lines about the case into the bag, each with its proof; return how many."""
        with self._store.read() as connection:
            scope = rows.scope_of(connection, found.case.id, found.calls)
            lines = rows.lines_of(connection, found.calls, scope, found.case.opened_at, MOST_LINES)
        proofs = self._whole.prove_all([seq for seq, _ in lines])
        yield from bag.file("audit/lines.jsonl", [f"{body}\n".encode() for _, body in lines])
        for (seq, _), proof in zip(lines, proofs, strict=True):
            yield from bag.file(f"audit/proofs/{seq}.json", [write_proof(proof)])
        yield from bag.file("audit/public-key.txt", [f"{self._whole.public_key()}\n".encode()])
        return len(lines)


def _allow(staff: Staff) -> None:
    if not may(staff.role, Deed.KEEP_CASES):
        raise Denied("role")


def _gathered(connection: Connection, case_id: str, staff: Staff, now: datetime) -> _Gathered:
    case = cases.find(connection, case_id)
    if case is None or not may_see_case(staff, case):
        raise NotFound("case")
    if case.kind in KINDS:
        file = disclosure_files.find(connection, case.id, now)
        if file is None or file.worker != staff.user_id or not file.is_given_whole:
            raise NotFound("case")  # what else is given of it goes by its letter, redacted
    call_ids = cases.calls_of(connection, case.id)
    barred = {each for each in call_ids if any(consents.stands(connection, each))}
    kept = tuple(each for each in rows.recordings_of(connection, call_ids) if each.call_id not in barred)
    every = recordings.of_calls(connection, call_ids)
    left_out = sum(
        one.state is RecordingState.DECLINED or (one.call_id in barred and one.size_bytes is not None)
        for some in every.values()
        for one in some
    )
    written, levels = summaries.of_calls(connection, call_ids), rows.levels_of(connection, call_ids)
    told = {each: _told(connection, each, written.get(each), levels.get(each, Level.NONE), kept) for each in call_ids}
    there = {each: of_call for each, of_call in told.items() if of_call is not None}
    return _Gathered(case, call_ids, kept, left_out, there)


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
