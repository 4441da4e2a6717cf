"""Playing: the bytes that a grant opens, judged at every request and every second, and what was heard of them.

No byte leaves before the audit lines are committed that the listening started, and that its minute goes out. Nothing is
decrypted but what is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Protocol

from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.heard import Minutes
from plugin.core.ids import RecordingId, new_id
from plugin.core.ports import Clock
from plugin.core.ranges import ByteRange
from plugin.core.recordings import RecordingState
from plugin.core.staff import Staff
from plugin.services.grant_lines import basis_word, case_of, fact_of, hash_of
from plugin.store import audit
from plugin.store import playback as rows
from plugin.store.engine import Connection, Store
from plugin.store.sealed import SealedFile
from plugin.store.vault import Vault

_FIRST_BYTES = 65_536
_SEGMENTS = 4  # of the vault, read and decrypted at once: 16 s of telephone sound
_ATOMIC_BYTES = 262_144  # a range up to this is no open stream: it is sent before anything could change
_CHECK_EVERY = timedelta(milliseconds=500)
_LATE_REPORT = timedelta(minutes=2)
_ROUNDING_MS = 1000


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording that may be played at this moment: `size_bytes` of `content_type`; `tag` changes with its content."""

    granted: rows.Granted
    size_bytes: int
    content_type: str
    tag: str


class Sound:
    """The pieces of one answer. Closing it gives the file back, whether a piece was taken or not."""

    def __init__(self, pieces: Iterator[bytes], sealed: SealedFile) -> None:
        self._pieces = pieces
        self._sealed = sealed

    def __iter__(self) -> "Sound":
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            self.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        self._sealed.close()


@dataclass(slots=True)
class _Stream:
    """An answer that is under way. `id` None: a range that takes no place."""

    actor: Staff
    opened: Opened
    id: str | None
    sealed: SealedFile
    sent: Minutes
    checked_at: datetime


class Gate(Protocol):
    """Who judges grants: of recordings services/grants.py, of copies services/redaction_grants.py."""

    def judge(self, actor: Staff, recording_id: str, token_hash: str) -> rows.Granted:
        """Return the grant with what it opens, if it holds at this moment; raises NotFound, Denied("over")."""
        ...

    def still_holds(self, actor: Staff, grant: rows.Grant, stream_id: str | None) -> bool:
        """Tell whether a stream may go on."""
        ...

    def own(self, actor: Staff, recording_id: str, token: str) -> rows.Granted:
        """Return the person's own grant in this session, live or over. Raises NotFound."""
        ...


class Book(Protocol):
    """Where is written down what goes out and is heard: store/playback.py, or store/redaction_grants.py."""

    def played_under(self, connection: Connection, token_hash: str, /) -> tuple[str | None, Minutes]:
        """Return the newest stream of a grant and the minutes that went out."""
        ...

    def note_played(
        self, connection: Connection, token_hash: str, stream_id: str, until: datetime, sent: Minutes, /
    ) -> bool:
        """Note what goes out; False where the grant is revoked."""
        ...

    def add_heard(self, connection: Connection, grant: rows.Grant, from_ms: int, to_ms: int, at: datetime, /) -> None:
        """Note what was heard."""
        ...

    def mark_corrupt(self, connection: Connection, recording_id: RecordingId, /) -> bool:
        """Note that the file is damaged; False where it was noted already."""
        ...


class Playback:
    """Gives out sound under a grant."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, grants: Gate, book: Book = rows) -> None:
        self._book = book
        self._store = store
        self._vault = vault
        self._clock = clock
        self._grants = grants

    def open(self, actor: Staff, recording_id: str, token: str) -> Opened:
        """Judge a request to play and return what there is to play; no byte of it yet. Raises as Grants.judge does."""
        granted = self._grants.judge(actor, recording_id, hash_of(token))
        if granted.lock is None:
            raise Denied("over")
        return Opened(granted, granted.size_bytes, granted.content_type, granted.sha256[:32])

    def play(self, actor: Staff, opened: Opened, start: int, length: int) -> Sound:
        """Return the bytes [start, start + length) in small pieces, the first of them decrypted already; close it.

        That the listening began is committed before this returns. A long range is the grant's one open stream: it ends
        where a newer one begins, and within a second of the end of the grant, session, role or basis. Raises as `open`
        does, and Conflict("corrupt" | "unreadable").
        """
        began_at, grant = self._clock(), opened.granted.grant
        stream_id = new_id(began_at) if length > _ATOMIC_BYTES else None
        first = ByteRange(start, start + min(length, _FIRST_BYTES))
        going = _minutes(opened, first if stream_id else ByteRange(start, start + length))
        if stream_id is not None or grant.stream_id is None or going.without(grant.sent):
            self._begin(actor, opened, stream_id, going)
        sealed = self._unsealed(opened)
        try:
            sound = b"".join(self._read(opened, sealed, first))
        except BaseException:
            sealed.close()
            raise
        left = ByteRange(first.start + len(sound), start + length)
        if not left.length:
            return Sound(iter((sound,)), sealed)
        stream = _Stream(actor, opened, stream_id, sealed, grant.sent | going, began_at)
        return Sound(chain([sound], self._rest(stream, left)), sealed)

    def _begin(self, actor: Staff, opened: Opened, stream_id: str | None, going: Minutes) -> None:
        grant, now = opened.granted.grant, self._clock()
        with self._store.write() as connection:
            newest, sent = self._book.played_under(connection, grant.hash)
            if newest is None:
                fact = _fact(Act.LISTEN_STARTED, now, actor, opened, basis_word(grant))
                audit.append(connection, replace(fact, remarks=case_of(grant)))
            stream = stream_id or newest or new_id(now)
            self._note(connection, actor, opened, stream, sent, going)

    def _goes_on(self, stream: "_Stream", going: Minutes) -> bool:
        """Write down that more minutes go out; False where the grant ended, or a newer stream took the place."""
        try:
            with self._store.write() as connection:
                newest, sent = self._book.played_under(connection, stream.opened.granted.grant.hash)
                if newest is None or stream.id not in (None, newest):
                    return False
                self._note(connection, stream.actor, stream.opened, newest, sent, going)
        except Denied:
            return False
        stream.sent = sent | going
        return True

    def _note(
        self, connection: Connection, actor: Staff, opened: Opened, stream_id: str, sent: Minutes, going: Minutes
    ) -> None:
        """Note what goes out. Raises Denied("over"), and nothing is noted, where the grant was revoked meanwhile."""
        grant, now, length_ms = opened.granted.grant, self._clock(), opened.granted.length_ms
        for start, stop in going.without(sent).stretches(length_ms):
            said = f"{start}-{stop}/{length_ms}"
            audit.append(connection, _fact(Act.LISTEN_SENT, now, actor, opened, said))
        if not self._book.note_played(connection, grant.hash, stream_id, grant.expires_at, sent | going):
            raise Denied("over")

    def _rest(self, stream: "_Stream", left: ByteRange) -> Iterator[bytes]:
        at = left.start
        while at < left.stop:
            part = ByteRange(at, min(stream.sealed.seam_after(at, _SEGMENTS), left.stop))
            going = _minutes(stream.opened, part)
            if going.without(stream.sent) and not self._goes_on(stream, going):
                return
            try:
                pieces = self._read(stream.opened, stream.sealed, part)
            except Conflict:
                return  # the head of the answer is out: it ends short, which players understand
            for piece in pieces:
                if self._clock() - stream.checked_at >= _CHECK_EVERY:
                    if not self._grants.still_holds(stream.actor, stream.opened.granted.grant, stream.id):
                        return
                    stream.checked_at = self._clock()
                yield piece
                at += len(piece)

    def until(self, actor: Staff, recording_id: str, token: str) -> datetime:
        """Return until when the grant holds; raises as `open` does. The player asks every second while it plays."""
        return self._grants.judge(actor, recording_id, hash_of(token)).grant.expires_at

    def heard(self, actor: Staff, recording_id: str, token: str, from_ms: int, to_ms: int) -> None:
        """Note that the stretch was heard, as far as it was sent; still taken for two minutes after the grant ended.

        Raises NotFound where the grant is not his or nothing was played under it, and InputError("interval") for what
        is no stretch of the recording, or begins where nothing was sent.
        """
        granted, now = self._grants.own(actor, recording_id, token), self._clock()
        grant = granted.grant
        if grant.stream_id is None or now >= grant.expires_at + _LATE_REPORT:
            raise NotFound("recording")
        if not 0 <= from_ms < to_ms <= granted.length_ms + _ROUNDING_MS:
            raise InputError("interval")
        heard = grant.sent.part_of(from_ms, to_ms, granted.length_ms + _ROUNDING_MS)
        if heard is None:
            raise InputError("interval")
        stretch = f"{heard.from_ms}-{heard.to_ms}/{granted.length_ms}"  # heard from here to there, of so much
        fact = fact_of(Act.LISTEN_HEARD, now, actor, grant.recording_id, granted.call, grant.purpose, stretch)
        with self._store.write() as connection:
            self._book.add_heard(connection, grant, heard.from_ms, heard.to_ms, now)
            audit.append(connection, fact)

    def _unsealed(self, opened: Opened) -> SealedFile:
        recording_id, lock = opened.granted.grant.recording_id, opened.granted.lock
        assert lock is not None  # `open` refuses what is not imported
        try:
            sealed = self._vault.open(recording_id, lock)
            if sealed.size_bytes != opened.size_bytes:
                sealed.close()
                raise Conflict("corrupt")
        except Conflict as error:
            self._note_damage(opened, error)
            raise
        return sealed

    def _read(self, opened: Opened, sealed: SealedFile, part: ByteRange) -> list[bytes]:
        try:
            return sealed.pieces(part.start, part.length)
        except Conflict as error:
            self._note_damage(opened, error)
            raise

    def _note_damage(self, opened: Opened, error: Conflict) -> None:
        if error.reason != "corrupt":
            return
        granted = opened.granted
        fact = AuditFact(
            Act.RECORDING_IMPORTED,
            self._clock(),
            call_id=granted.call.call_id,
            subject=granted.grant.recording_id,
            outcome=RecordingState.CORRUPT,
        )
        with self._store.write() as connection:
            if self._book.mark_corrupt(connection, granted.grant.recording_id):
                audit.append(connection, fact)


def _minutes(opened: Opened, part: ByteRange) -> Minutes:
    return Minutes.of_bytes(part.start, part.stop, opened.size_bytes, opened.granted.length_ms)


def _fact(act: Act, at: datetime, actor: Staff, opened: Opened, outcome: str) -> AuditFact:
    grant = opened.granted.grant
    return fact_of(act, at, actor, grant.recording_id, opened.granted.call, grant.purpose, outcome)
