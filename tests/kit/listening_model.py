"""The gate of listening kept by hand beside the real one: who may hear what after any row of steps, kills included."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from plugin.core.access import HistoryView, Purpose
from plugin.core.checks import Check, CheckState
from plugin.core.errors import Conflict, Denied, InputError, NotFound, NotSignedIn
from plugin.core.grants import BasisKind
from plugin.core.identity import Level
from plugin.core.ids import CallId, CustomerId
from plugin.core.staff import Role, Staff
from plugin.services.checks import Checks
from plugin.services.listening import Listening
from plugin.services.playback import Sound
from plugin.store import checks as check_rows
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.recordings import grants
from tests.kit.clock import HandClock
from tests.kit.listening import Gate, signed_in_elsewhere
from tests.kit.mortal import Death, MortalStore
from tests.kit.people import Town
from tests.kit.sounds import HeardBus, tone

SECONDS = 60  # long enough for a stream of several pieces
SOUND = tone(SECONDS)
APPROVED = timedelta(minutes=20)
PEOPLE = ("operator", "asker", "service", "mori", "abe")


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as the model knows it. `person`: who, `actor`: as signed in then; `basis`: proof or check."""

    token: str
    person: str
    actor: Staff
    until: datetime
    kind: BasisKind
    basis: object
    customer: CustomerId | None

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.token.encode()).hexdigest()


class Model:
    """What must be true, kept by hand beside the real gate."""

    def __init__(self, gate: Gate, clock: HandClock) -> None:
        assert isinstance(gate.store, MortalStore)
        self.gate, self.clock, self.store = gate, clock, gate.store
        town, name = Town(gate.store, clock()), secrets.token_hex(4)
        self.hanako, self.taro = town.customer(f"C-{name}"), town.customer(f"D-{name}")
        roles = {"service": Role.SERVICE, "mori": Role.SUPERVISOR, "abe": Role.SUPERVISOR}
        self.born = {who: roles.get(who, Role.OPERATOR) for who in PEOPLE}
        self.people = {who: town.staff(f"{who}-{name}", self.born[who]) for who in PEOPLE}
        for who in PEOPLE:
            self.sign_in(who)
        self.officer_ = replace(town.staff(f"p-{name}", Role.PRIVACY), session_hash=f"p-{name}")
        self.own_until = clock() - timedelta(seconds=80) + timedelta(minutes=30)
        self.call = town.call(self.hanako, taken_by=self.people["operator"])
        self.recording = gate.record(self.call, SECONDS)
        self.first_line = self.line()
        self.whose_now: CustomerId | None = self.hanako
        self.proof: tuple[Level, int, str] | None = None
        self.proofs = 0
        self.now_on: CallId | None = None
        self.proof_until: datetime | None = None
        self.checked: list[str] = []
        self.grants: list[Grant] = []
        self.revoked: set[str] = set()
        self.streams: list[tuple[Grant, Sound, int]] = []
        self.newest: dict[str, int] = {}
        self.begin_process()

    def begin_process(self) -> None:
        """Forget whatever lived in memory: the services, and the streams that hung on them."""
        sessions, rules = self.gate.sessions, self.gate.rules
        for _, sound, _ in self.streams:
            sound.close()
        self.streams = []
        self.gate.renew()
        self.checks = Checks(self.store, self.clock, sessions, HeardBus(), rules, timedelta(hours=2))
        self.listening = Listening(self.store, self.clock)

    # ---- who, and what holds ----

    def sign_in(self, who: str) -> None:
        fresh = replace(self.people[who], session_hash=secrets.token_hex(8))
        self.people[who] = self.gate.sessions.now[fresh.user_id] = fresh

    def at_door(self, actor: Staff) -> Staff:
        """What every request does first."""
        now = self.gate.sessions.still(actor)
        return replace(now, session_hash=actor.session_hash)

    def is_there(self, grant: Grant) -> bool:
        return grant.actor.session_hash not in self.gate.sessions.ended

    def holds(self, grant: Grant) -> bool:
        """Tell whether the grant must open the sound at this moment; True is also what may be heard."""
        if grant.token in self.revoked or self.clock() >= grant.until or not self.is_there(grant):
            return False
        return grant.customer in (None, self.whose_now) and self.stands(grant)

    def stands(self, grant: Grant) -> bool:
        role = self.people[grant.person].role
        if grant.kind is BasisKind.OWN_CALL:
            return role in (Role.OPERATOR, Role.SERVICE) and self.clock() < self.own_until
        if grant.kind is BasisKind.CASE:
            return role is Role.SUPERVISOR
        if grant.kind is BasisKind.VERIFICATION:
            return role is Role.SERVICE and self.proves(grant.actor) == grant.basis
        check = self.check_of(str(grant.basis))
        if check is None or check.customer_id not in (None, self.whose_now):
            return False
        if grant.kind is BasisKind.CHECK:
            taken = check.state_at(self.clock()) is CheckState.TAKEN and check.taken_by == grant.actor.user_id
            return taken and role is Role.SUPERVISOR
        until = check.approved_until
        ours = role in (Role.OPERATOR, Role.SERVICE) and check.state is CheckState.APPROVED
        return ours and until is not None and self.clock() < until

    def proves(self, actor: Staff) -> int | None:
        """Return the number of the proof on which this person may play to the caller now."""
        alive = self.proof_until is None or self.clock() < self.proof_until
        if self.proof is None or not alive or self.whose_now != self.hanako:
            return None
        level, number, session = self.proof
        return number if level is Level.LISTEN and session == actor.session_hash else None

    def check_of(self, check_id: str) -> Check | None:
        """Return a check as it stands: what came of a step that was killed, only the database knows."""
        with self.store.read() as connection:
            return check_rows.find(connection, check_id)

    def basis_of(self, who: str, purpose: Purpose) -> tuple[BasisKind, object] | None:
        """Return what a grant for this purpose would stand on, None where nothing does."""
        actor = self.people[who]
        found: list[tuple[BasisKind, object]] = []
        if purpose is Purpose.AFTER_CALL_WORK and who == "operator":
            found = [(BasisKind.OWN_CALL, None)]
        elif purpose is Purpose.CALLER_REQUEST and self.proves(actor) is not None:
            found = [(BasisKind.VERIFICATION, self.proves(actor))]
        elif purpose is Purpose.RECORDING_CHECK:
            kind = BasisKind.APPROVAL if who == "asker" else BasisKind.CHECK
            found = [(kind, check_id) for check_id in self.checked]
        elif purpose in (Purpose.HARASSMENT, Purpose.COMPLAINT):
            found = [(BasisKind.CASE, None)]
        for kind, basis in found:
            later = self.clock() + timedelta(hours=1)
            if self.stands(Grant("", who, actor, later, kind, basis, None)):
                return kind, basis
        return None

    # ---- steps ----

    @contextmanager
    def by_others(self) -> Iterator[None]:
        """What other processes do meanwhile: it is not they that were to die."""
        dies, self.store.dies = self.store.dies, None
        yield
        self.store.dies = dies

    def verify(self, level: Level) -> None:
        service = self.people["service"]
        with self.by_others():
            self.gate.end_verifications()
            self.now_on = self.gate.verify(service, self.hanako, level)
        self.proofs += 1
        self.proof = (level, self.proofs, service.session_hash)
        self.proof_until = self.clock() + timedelta(hours=2)

    def hang_up(self, _: int) -> None:
        if self.now_on is not None and self.proof_until is not None:
            with self.by_others():
                self.gate.hang_up(self.now_on)
            self.proof_until = min(self.proof_until, self.clock() + timedelta(minutes=10))
            self.now_on = None

    def end(self, _: int) -> None:
        with self.by_others():
            self.gate.end_verifications()
        self.proof = None

    def wait(self, seconds: int) -> None:
        self.clock.move(seconds=seconds)

    def sign_out(self, who: str) -> None:
        self.gate.sessions.ended.add(self.people[who].session_hash)
        self.sign_in(who)

    def role(self, change: tuple[str, Role | None]) -> None:
        who, role = change
        self.people[who] = replace(self.people[who], role=role or self.born[who])
        self.gate.sessions.now[self.people[who].user_id] = self.people[who]

    def whose(self, which: int) -> None:
        self.whose_now = (self.hanako, self.taro, None)[which]
        with self.by_others(), self.store.write() as connection:
            connection.execute(update(calls).where(calls.c.id == self.call).values(customer_id=self.whose_now))

    def kill(self, death: Death) -> None:
        self.store.dies = death

    def check(self, deed: tuple[str, str]) -> None:
        """Move the recording check on, where the rules let it be moved; the services' own tests say which do."""
        act, who = deed
        if act == "ask":
            with suppress(Conflict, Denied):  # a role that was changed asks nobody
                asked = (self.people["asker"], self.recording, HistoryView.FULL, "送料は")
                self.checked.append(self.checks.ask(*asked))
            return
        if not self.checked:
            return
        more: dict[str, tuple[Any, ...]] = {"answer": ("はい",), "refuse": ("いいえ",), "approve": (APPROVED,)}
        with suppress(Conflict, NotFound):
            getattr(self.checks, act)(self.people[who], self.checked[-1], *more.get(act, ()))

    def ask(self, wish: tuple[str, Purpose, str]) -> None:
        who, purpose, case = wish
        actor, basis = self.people[who], self.basis_of(who, purpose)
        try:
            fresh = self.gate.grants.ask(actor, self.recording, purpose, case)
        except (NotFound, Denied, InputError):
            assert basis is None
            return
        assert basis is not None
        until = self.clock() + timedelta(hours=1)
        self.grants.append(Grant(fresh.token, who, actor, until, *basis, self.whose_now))

    def prepared(self, wish: tuple[str, Purpose, str]) -> None:
        """Bring about what this wish can stand on, as a real site's day does, and ask."""
        who, purpose, _ = wish
        if purpose is Purpose.CALLER_REQUEST:
            self.verify(Level.LISTEN)
        if purpose is Purpose.RECORDING_CHECK:
            self.check(("ask", ""))
            self.check(("take", "abe" if who == "abe" else "mori"))
            if who == "asker":
                self.check(("approve", "mori"))
        self.ask(wish)

    def try_all(self) -> None:
        """Play under the newest grants and pull at the newest streams: whatever was just done, what holds is heard."""
        for which in range(min(3, len(self.grants))):
            self.play(which)
        for which in range(min(2, len(self.streams))):
            self.pull(-1 - which)

    def _grant(self, which: int) -> Grant | None:
        return self.grants[-1 - which % len(self.grants)] if self.grants else None

    def _open(self, grant: Grant, start: int, length: int) -> Sound | None:
        may, line = self.holds(grant), self.line()
        try:
            actor = self.at_door(grant.actor)
            opened = self.gate.playback.open(actor, self.recording, grant.token)
            sound = self.gate.playback.play(actor, opened, start, length)
        except (NotSignedIn, Denied):
            assert not may
            return None
        assert may
        assert self.has_begun(grant)  # committed, before a piece was taken
        assert self.acts_after(line) in ([], ["listen.started", "listen.sent"])
        return sound

    def play(self, which: int) -> None:
        if (grant := self._grant(which)) and (sound := self._open(grant, 1000, 2000)):
            assert b"".join(sound) == SOUND[1000:3000]

    def stream(self, which: int) -> None:
        if (grant := self._grant(which)) and (sound := self._open(grant, 0, len(SOUND))):
            number = self.newest[grant.token] = self.newest.get(grant.token, 0) + 1
            assert next(sound)  # decrypted before it was opened
            self.streams.append((grant, sound, number))

    def pull(self, which: int) -> None:
        """Take a piece of a stream a second after the last look: there is one only while all of it holds."""
        if not self.streams:
            return
        grant, sound, number = self.streams[which % len(self.streams)]
        self.clock.move(seconds=1)
        piece = next(sound, b"")
        if piece:
            assert self.holds(grant)
            assert self.newest[grant.token] == number
            assert self.has_begun(grant)

    def has_begun(self, grant: Grant) -> bool:
        granted = self.gate.granted(grant.hash)
        return granted is not None and granted.grant.stream_id is not None

    def steal(self, which: int) -> None:
        grant = self._grant(which)
        for who, thief in self.people.items():
            others = [thief] if grant is None or who != grant.person else []
            for each in (*others, signed_in_elsewhere(thief)):
                with pytest.raises(NotFound):
                    self.gate.playback.open(each, self.recording, grant.token if grant else "x")

    def revoke(self, which: int) -> None:
        if (grant := self._grant(which)) and self.is_there(grant):
            self._ending(grant, lambda: self.gate.grants.revoke(grant.actor, self.recording, grant.token))

    def officer(self, which: int) -> None:
        if grant := self._grant(which):
            with suppress(NotFound):  # over, or revoked already
                self._ending(grant, lambda: self.listening.end(self.officer_, grant.hash))

    def _ending(self, grant: Grant, end: Callable[[], None]) -> None:
        try:
            end()
        finally:  # a killed one happened or not: the row knows
            granted = self.gate.granted(grant.hash)
            if granted is not None and granted.grant.revoked_at is not None:
                self.revoked.add(grant.token)

    def assert_audited(self) -> None:
        """Every grant, beginning and revocation has its line, and no line is of one that is not there."""
        ours = grants.c.recording_id == self.recording
        with self.store.read() as connection:
            rows = connection.execute(select(grants.c.stream_id, grants.c.revoked_at).where(ours)).all()
        acts = self.acts_after(self.first_line)
        assert acts.count("listen.granted") == len(rows)
        assert acts.count("listen.started") == sum(row.stream_id is not None for row in rows)
        assert acts.count("listen.revoked") == sum(row.revoked_at is not None for row in rows)

    def line(self) -> int:
        """Return the number of the audit's newest line."""
        with self.store.read() as connection:
            return int(connection.scalar(select(func.max(audit_lines.c.seq))) or 0)

    def acts_after(self, line: int) -> list[str]:
        """Return what was done after that line, in order."""
        with self.store.read() as connection:
            return list(connection.scalars(select(audit_lines.c.act).where(audit_lines.c.seq > line)))
