"""Makes the copies that were asked for, proves them, and erases those whose time is over. The worker's part.

A copy is there only once both its files were read again from the vault, decoded, and held against the original sample
by sample. Safe under a kill at any instant: what was begun is made anew, and a copy is erased row first, then file, so
that nothing is played that is not whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from plugin.core.access import Purpose
from plugin.core.audit import Act, AuditFact
from plugin.core.cutting import CutPlan, Cutter, plan_of
from plugin.core.errors import Conflict, InputError, OutsideError
from plugin.core.ids import RecordingId, RedactionId
from plugin.core.ports import Audio, Clock
from plugin.core.purposes import Register
from plugin.core.redaction import Form, Redaction, flac_id
from plugin.services.redaction_periods import in_time
from plugin.store import audit, derivatives, purposes, recordings
from plugin.store import redactions as rows
from plugin.store.engine import Connection, Store
from plugin.store.sealed import SealedFile
from plugin.store.vault import Lock, Sealed, Vault

_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class _Made:
    audio: Audio
    plan: CutPlan
    files: tuple[tuple[Form, RecordingId, Sealed], ...]


class Reading:
    """A sealed file, read from its beginning."""

    def __init__(self, sealed: SealedFile) -> None:
        self._sealed = sealed
        self._at = 0

    def read(self, most_bytes: int) -> bytes:
        """Return the next bytes, b"" at the end. Raises Conflict("corrupt")."""
        stop = min(self._at + most_bytes, self._sealed.seam_after(self._at), self._sealed.size_bytes)
        piece = self._sealed.read(self._at, stop - self._at) if stop > self._at else b""
        self._at = max(self._at, stop)
        return piece


class RedactionMaking:
    """The making of copies, and their end. `begun`: the register of purposes that the site began with."""

    def __init__(self, store: Store, vault: Vault, cutter: Cutter, clock: Clock, begun: Register) -> None:
        self._begun = begun
        self._store = store
        self._vault = vault
        self._cutter = cutter
        self._clock = clock

    def make(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Make the copies that wait, until `stop()`; return how many were made or failed."""
        with self._store.read() as connection:
            waiting = rows.to_make(connection, _AT_ONCE)
        return sum(self._make(each) for each in waiting if not stop())

    def _make(self, redaction_id: RedactionId) -> bool:
        with self._store.read() as connection:
            copy = rows.find(connection, redaction_id)
            lock = None if copy is None else recordings.lock_of(connection, copy.recording_id)
        if copy is None:
            return False
        if lock is None:
            return self._fail(copy, "recording_gone")
        for own in (RecordingId(copy.id), flac_id(copy.id)):
            self._vault.sweep(own)  # what a worker that died left
        try:
            made = self._made(copy, lock)
        except (Conflict, InputError, OutsideError) as error:
            return self._fail(copy, error.reason)
        except OSError:  # a disk, not the recording
            return self._fail(copy, "not_stored")
        return self._keep(copy, made)

    def _made(self, copy: Redaction, lock: Lock) -> _Made:
        cutter, files = self._cutter, list[tuple[Form, RecordingId, Sealed]]()
        with self._vault.open(copy.recording_id, lock) as original:
            plan = plan_of(cutter.form_of(Reading(original)), copy.stretch, copy.ranges, copy.hush)
            try:
                own = RecordingId(copy.id)
                with self._vault.sealing(own, lock.month, cutter.wave_head_bytes) as sealing:
                    audio = cutter.cut(Reading(original), plan, sealing.write)
                    files.append((Form.WAV, own, sealing.finish(audio.head)))
                with self._vault.open(own, files[0][2].lock) as wave:
                    cutter.prove(Reading(original), Reading(wave), plan)
                    own = flac_id(copy.id)
                    with self._vault.sealing(own, lock.month, cutter.flac_head_bytes) as sealing:
                        files.append((Form.FLAC, own, sealing.finish(cutter.code(Reading(wave), sealing.write))))
                with self._vault.open(own, files[1][2].lock) as coded:
                    cutter.prove(Reading(original), Reading(coded), plan)
            except BaseException:
                self._drop(files)
                raise
        return _Made(audio, plan, tuple(files))

    def _keep(self, copy: Redaction, made: _Made) -> bool:
        now, is_kept = self._clock(), False
        try:
            with self._store.write() as connection:
                is_kept = rows.make_ready(connection, copy.id, made.audio, made.plan, now)
                if is_kept:
                    for form, own, file in made.files:
                        kept = (own, copy.id, copy.recording_id, form, file.size_bytes, file.sha256, file.lock)
                        derivatives.add(connection, derivatives.Derivative(*kept))
                    audit.append(connection, _fact(Act.REDACTION_MADE, self._clock, copy, "proved"))
        finally:
            if not is_kept:  # given up, or its recording erased meanwhile: no row knows the files
                self._drop(made.files)
        return is_kept

    def _drop(
        self, files: "list[tuple[Form, RecordingId, Sealed]] | tuple[tuple[Form, RecordingId, Sealed], ...]"
    ) -> None:
        for _, own, file in files:
            self._vault.drop(own, file.lock)

    def _fail(self, copy: Redaction, reason: str) -> bool:
        with self._store.write() as connection:
            is_failed = rows.fail(connection, copy.id, reason)
            if is_failed:
                audit.append(connection, _fact(Act.REDACTION_MADE, self._clock, copy, f"failed:{reason}"))
        return is_failed

    def erase(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Erase clips whose time or purpose is over, copies that were refused, and files of copies that are gone.

        What a hold keeps stays, and nobody hears it. Returns how many copies were erased.
        """
        done = 0
        with self._store.read() as connection:
            due = dict(self._outlived(connection))
            due |= dict(rows.to_erase(connection, self._clock(), _AT_ONCE))
        for redaction_id, rule in due.items():
            if not stop():
                done += self._let_go(redaction_id, rule)
        with self._store.read() as connection:
            left = derivatives.of_gone(connection, _AT_ONCE)
        for file in left:
            self._vault.drop(file.id, file.lock)
            with self._store.write() as connection:
                derivatives.forget(connection, file.id)
        return done

    def _outlived(self, connection: Connection) -> Iterator[tuple[RedactionId, str]]:
        """Yield the clips whose recordings may be heard for training no more, by the register as it is now."""
        now, register = self._clock(), purposes.in_force_now(connection, self._begun)
        floor = timedelta(days=register[Purpose.TRAINING].audio_days)
        for one in in_time(connection, self._begun, rows.clips_before(connection, now - floor)):
            if one.until is not None and now >= one.until:
                yield one.id, "purpose_over"

    def _let_go(self, redaction_id: RedactionId, rule: str) -> bool:
        with self._store.write() as connection:
            copy = rows.find(connection, redaction_id)
            is_gone = copy is not None and rows.erase(connection, redaction_id, self._clock(), rule)
            if copy is not None and is_gone:
                audit.append(connection, _fact(Act.REDACTION_ERASED, self._clock, copy, rule))
        return is_gone


def _fact(act: Act, clock: Clock, copy: Redaction, outcome: str) -> AuditFact:
    return AuditFact(act, clock(), call_id=copy.call_id, subject=copy.id, purpose=copy.kind, outcome=outcome)
