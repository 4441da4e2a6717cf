"""Copies of recordings with ranges cut out: asked for by one, heard whole and confirmed by another, given out.

Nothing leaves that nobody else heard: who made a copy cannot confirm it, who confirms it must have heard all of it, and
only what is confirmed for an open case is given out as a file. A clip never is. Each step is in the audit with it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from plugin.core.access import Deed, Purpose, may
from plugin.core.approvals import Approval, ApprovalKind
from plugin.core.audit import Act, AuditFact
from plugin.core.cases import Case
from plugin.core.disclosure import KINDS
from plugin.core.errors import Conflict, Denied, InputError, LimitReached, NotFound
from plugin.core.grants import RecordedCall
from plugin.core.heard import Stretch, is_whole
from plugin.core.ids import CallId, CaseId, RedactionId, new_id
from plugin.core.ports import Clock
from plugin.core.purposes import Register
from plugin.core.recordings import PLAYABLE, Recording
from plugin.core.redaction import (
    LONGEST_CLIP_DAYS,
    Audience,
    Clip,
    Form,
    Hush,
    Redaction,
    RedactionKind,
    RedactionState,
    Stays,
    hushed_ms,
    is_open_to,
    may_know,
    read_clip_days,
    read_clip_title,
    read_ranges,
    read_stretch,
    why_stays,
)
from plugin.core.staff import Staff
from plugin.services.approvals import Approvals
from plugin.services.grants import Grants
from plugin.services.redaction_forms import ClipForm, CutForm, Editor, Given, Seen
from plugin.services.redaction_making import Reading
from plugin.services.redaction_periods import in_time, one_in_time
from plugin.store import approvals as approval_rows
from plugin.store import audit, cases, consents, derivatives, disclosure_files, disclosures, playback, redaction_grants
from plugin.store import redactions as rows
from plugin.store.derivatives import Derivative
from plugin.store.engine import Connection, Store
from plugin.store.vault import Vault

_MOST_OPEN = 20  # of a recording, that nobody confirmed: whoever cuts tries a few times, not for ever
_FASTEST = 2  # times as fast as it was said: the player's fastest
_PIECE_BYTES = 1 << 18
_KINDS = {RedactionKind.CASE: ApprovalKind.REDACTION, RedactionKind.CLIP: ApprovalKind.CLIP}


class Redactions:
    """The way of a copy between people. `begun`: the register of purposes that the site began with."""

    def __init__(
        self, store: Store, vault: Vault, clock: Clock, approvals: Approvals, grants: Grants, begun: Register
    ) -> None:
        self._begun = begun
        self._store = store
        self._vault = vault
        self._clock = clock
        self._approvals = approvals
        self._grants = grants

    def editor(self, actor: Staff, recording_id: str, kind: RedactionKind, before: str = "") -> Editor:
        """Return what the editor shows. Raises NotFound where he may make no such copy of the recording."""
        recording, call, until = self._opened(actor, recording_id, kind)
        with self._store.read() as connection:
            found = _cases_of(connection, actor, recording, call) if kind is RedactionKind.CASE else ()
            earlier = rows.find(connection, before) if before else None
        is_same = earlier is not None and (earlier.recording_id, earlier.kind) == (recording.id, kind)
        return Editor(recording, tuple((one.id, one.number) for one in found), until, earlier if is_same else None)

    def ask_for_case(self, actor: Staff, recording_id: str, case_id: str, form: CutForm) -> RedactionId:
        """Have a copy of the whole recording made for an open case, and return its id; ordered twice, it is one.

        Raises NotFound where he may make none, Conflict("not_in_case") where the call does not belong to that case or
        it is closed, InputError as `read_ranges`, InputError("hush"), LimitReached("redactions").
        """
        recording, call, _ = self._opened(actor, recording_id, RedactionKind.CASE)
        whole = Stretch(0, recording.length_ms or 0)
        ranges, hush = read_ranges(form.ranges, whole), _hush(form.hush)
        now = self._clock()
        new = (RedactionId(new_id(now)), recording.id, CaseId(case_id), None, whole, ranges, hush)

        def work(connection: Connection) -> RedactionId:
            if case_id not in {one.id for one in _cases_of(connection, actor, recording, call)}:
                raise Conflict("not_in_case")
            return self._add(connection, rows.Wanted(*new, actor.user_id, now), call, actor)

        return self._store.write_again(work)

    def ask_for_clip(self, actor: Staff, recording_id: str, form: CutForm, clip: ClipForm) -> RedactionId:
        """Have a clip made and return its id; ordered twice, it is one.

        Raises NotFound where he may make none, InputError as `read_ranges`, `read_stretch`, `read_clip_title`,
        `read_clip_days`, InputError("hush" | "audience"), LimitReached("redactions").
        """
        recording, call, until = self._opened(actor, recording_id, RedactionKind.CLIP)
        stretch = read_stretch(form.from_ms, form.to_ms, recording.length_ms or 0)
        if clip.audience not in set(Audience):
            raise InputError("audience")
        now = self._clock()
        lasts = timedelta(days=read_clip_days(clip.days, clip_days(until, now)))
        ranges, hush, title = read_ranges(form.ranges, stretch), _hush(form.hush), read_clip_title(clip.title)
        beside = Clip(title, Audience(clip.audience), actor.team, min(now + lasts, until or now + lasts))
        new = rows.Wanted(
            RedactionId(new_id(now)), recording.id, None, beside, stretch, ranges, hush, actor.user_id, now
        )
        return self._store.write_again(lambda connection: self._add(connection, new, call, actor))

    def _add(self, connection: Connection, wanted: rows.Wanted, call: RecordedCall, actor: Staff) -> RedactionId:
        if twin := rows.twin(connection, wanted):
            return twin
        if rows.count_open(connection, wanted.recording_id) >= _MOST_OPEN:
            raise LimitReached("redactions", retry_after_s=3600)
        rows.add(connection, wanted)
        kind = RedactionKind.CASE if wanted.clip is None else RedactionKind.CLIP
        said = f"{wanted.hush}:{len(wanted.ranges)}:{hushed_ms(wanted.ranges)}"  # ranges, and milliseconds of them
        about = (wanted.id, call.call_id, kind)
        audit.append(connection, _fact(Act.REDACTION_ASKED, self._clock(), actor, *about, said))
        return wanted.id

    def _opened(
        self, actor: Staff, recording_id: str, kind: RedactionKind
    ) -> tuple[Recording, RecordedCall, datetime | None]:
        """Return the recording where he may make such a copy of it, and until when its purpose lasts."""
        deed = Deed.CUT_FOR_CASES if kind is RedactionKind.CASE else Deed.MAKE_CLIPS
        if not may(actor.role, deed):
            raise NotFound("recording")
        purposes = (Purpose.LEGAL, Purpose.DISCLOSURE) if kind is RedactionKind.CASE else (Purpose.TRAINING,)
        recording, call, until = self._grants.opened_for(actor, recording_id, *purposes)
        if recording.state not in PLAYABLE or not recording.length_ms:
            raise NotFound("recording")
        return recording, call, until

    def page(self, actor: Staff, redaction_id: str, kind: RedactionKind | None = None) -> Seen:
        """Return the copy, of this kind, as its page shows it. Raises NotFound where he may not know of it."""
        now = self._clock()
        with self._store.read() as connection:
            copy = self._find(connection, redaction_id)
            call = playback.recorded_call(connection, copy.recording_id) if copy else None
            if copy is None or call is None or kind not in (None, copy.kind) or not may_know(actor, copy, now):
                raise NotFound("redaction")
            heard = redaction_grants.heard_by(connection, copy.id, actor.user_id)
            waits = approval_rows.find(connection, copy.approval_id) if copy.approval_id else None
            is_ready = copy.state is RedactionState.CONFIRMED and copy.is_case_open
            return Seen(
                copy=copy,
                files=derivatives.of_redaction(connection, copy.id),
                approval=waits if copy.is_waiting(now) else None,
                heard=heard,
                is_heard=self._is_heard(connection, copy, actor),
                may_hear=is_open_to(actor, copy, call, now),
                stays=_why_stays(connection, copy, actor, now) if is_ready else None,
                now=now,
            )

    def of_case(self, actor: Staff, case_id: str) -> tuple[Redaction, ...]:
        """Return the copies of a case that he may know of, the newest first."""
        with self._store.read() as connection:
            found = in_time(connection, self._begun, rows.of_case(connection, case_id))
        return tuple(one for one in found if may_know(actor, one, self._clock()))

    def clips(self, actor: Staff) -> tuple[Redaction, ...]:
        """Return the clips that he may hear, has made, or is asked to confirm, the newest first."""
        now = self._clock()
        if not may(actor.role, Deed.HEAR_CLIPS):
            raise Denied("role")
        with self._store.read() as connection:
            found = in_time(connection, self._begun, rows.listed(connection, RedactionKind.CLIP))
        return tuple(one for one in found if may_know(actor, one, now))

    def cuts(self, actor: Staff) -> tuple[Redaction, ...]:
        """Return the copies for cases, the newest first; for whoever cuts for cases."""
        if not may(actor.role, Deed.CUT_FOR_CASES):
            raise Denied("role")
        with self._store.read() as connection:
            return in_time(connection, self._begun, rows.listed(connection, RedactionKind.CASE))

    def hand_over(self, actor: Staff, redaction_id: str, reason: str) -> None:
        """Ask somebody else to hear and confirm a copy that he made.

        Raises NotFound where it is not his, Conflict("not_made" | "asked_already"), InputError("reason").
        """

        def work(connection: Connection) -> None:
            copy = self._own(connection, actor, redaction_id)
            if copy.state is not RedactionState.MADE or copy.is_over(self._clock()):
                raise Conflict("not_made")
            if copy.is_waiting(self._clock()):
                raise Conflict("asked_already")
            content = _content(copy, derivatives.of_redaction(connection, copy.id))
            asked = self._approvals.ask_in(connection, _KINDS[copy.kind], copy.id, content, reason, actor)
            if not rows.hand_over(connection, copy.id, asked.id):
                raise Conflict("not_made")

        self._store.write_again(work)

    def confirm(self, actor: Staff, redaction_id: str, seen_hash: str, reason: str) -> None:
        """Say that one heard all of a copy, and that nothing is left in it that should not be.

        Raises NotFound, Conflict("not_heard_whole") where he has not heard all of it, and as Approvals.approve does.
        """
        self._approvals.approve(self._waiting(actor, redaction_id), seen_hash, reason, actor)

    def refuse(self, actor: Staff, redaction_id: str, seen_hash: str, reason: str) -> None:
        """Say that something is left; the copy is erased. Raises NotFound, and as Approvals.refuse does."""
        self._approvals.refuse(self._waiting(actor, redaction_id), seen_hash, reason, actor)

    def _waiting(self, actor: Staff, redaction_id: str) -> str:
        with self._store.read() as connection:
            copy = self._find(connection, redaction_id)
        if copy is None or copy.approval_id is None or not may_know(actor, copy, self._clock()):
            raise NotFound("redaction")
        return copy.approval_id

    def carry_out(self, connection: Connection, approval: Approval, by: Staff) -> None:
        """Note that the copy is confirmed, in the transaction of the decision; whoever confirms has heard all of it.

        Raises Conflict("not_heard_whole"), Conflict("approval_changed") where it is not the copy he was asked about,
        NotFound where its caller declined, or its call is no more for training.
        """
        now = self._clock()
        copy = self._find(connection, approval.subject)
        call = playback.recorded_call(connection, copy.recording_id) if copy else None
        if copy is None or call is None or copy.is_over(now) or not (copy.clip or copy.is_case_open):
            raise Conflict("approval_changed")
        if call.is_declined or (copy.clip is not None and call.is_untold):
            raise NotFound("redaction")
        if not self._is_heard(connection, copy, by):
            raise Conflict("not_heard_whole")
        if not rows.confirm(connection, copy.id, approval.id, by.user_id, now):
            raise Conflict("approval_changed")
        about = (copy.id, copy.call_id, copy.kind)
        audit.append(connection, _fact(Act.REDACTION_CONFIRMED, now, by, *about, "heard_whole"))

    def _is_heard(self, connection: Connection, copy: Redaction, actor: Staff) -> bool:
        began_at = redaction_grants.began_at(connection, copy.id, actor.user_id)
        if began_at is None or not is_whole(
            redaction_grants.heard_by(connection, copy.id, actor.user_id), copy.length_ms
        ):
            return False
        # Players tell what was heard; nobody heard an hour in ten minutes.
        return self._clock() - began_at >= timedelta(milliseconds=copy.length_ms // _FASTEST)

    def give_up(self, actor: Staff, redaction_id: str) -> None:
        """Erase a copy that nobody confirmed, or a clip: who made it, and privacy officers.

        Raises NotFound, Conflict("confirmed") for a case's that was confirmed, Conflict("on_hold").
        """

        def work(connection: Connection) -> None:
            now = self._clock()
            copy = self._find(connection, redaction_id)
            if copy is None or not may_know(actor, copy, now):
                raise NotFound("redaction")
            if actor.user_id != copy.made_by and not may(actor.role, Deed.CUT_FOR_CASES):
                raise NotFound("redaction")
            if copy.clip is None and copy.state is RedactionState.CONFIRMED:
                raise Conflict("confirmed")
            if not rows.erase(connection, copy.id, now, "given_up"):
                raise Conflict("on_hold")
            about = (copy.id, copy.call_id, copy.kind)
            audit.append(connection, _fact(Act.REDACTION_ERASED, now, actor, *about, "given_up"))

        self._store.write_again(work)

    def give_out(self, actor: Staff, redaction_id: str, form: str) -> Given:
        """Return the file of a confirmed copy for its case; that it is given out is in the audit before its first byte.

        All that it hangs on is judged in the transaction that writes so. Raises NotFound where he may not have it, or
        its caller declined or heard no notice, Conflict("not_confirmed"), Conflict("stays", why=…) of a disclosure
        (core/redaction.py `Stays`), InputError("form"), Conflict("corrupt" | "key_missing" | "unreadable").
        """
        if form not in set(Form):
            raise InputError("form")
        with self._store.read() as connection:
            copy, file = self._leaving(connection, actor, redaction_id, Form(form))
        sealed = self._vault.open(file.id, file.lock)

        def work(connection: Connection) -> None:
            if copy.case_id is not None:
                cases.hold(connection, copy.case_id)
            now = self._leaving(connection, actor, redaction_id, Form(form))
            if now != (copy, file):
                raise Conflict("changed")
            about, said = (copy.id, copy.call_id, copy.kind), f"{form}:{file.sha256}"
            audit.append(connection, _fact(Act.REDACTION_EXPORTED, self._clock(), actor, *about, said))

        try:
            self._store.write_again(work)
        except BaseException:
            sealed.close()
            raise

        def body() -> Iterator[bytes]:
            with sealed:
                reading = Reading(sealed)
                while piece := reading.read(_PIECE_BYTES):
                    yield piece

        return Given(f"{copy.case_number}-{copy.id[-6:]}.{form}", Form(form), file.size_bytes, file.sha256, body())

    def _leaving(
        self, connection: Connection, actor: Staff, redaction_id: str, form: Form
    ) -> tuple[Redaction, Derivative]:
        """Return what leaves, if it may at this moment."""
        copy, person = self._find(connection, redaction_id), approval_rows.party(connection, actor.user_id)
        if person is None or not person.active or not may(person.role, Deed.CUT_FOR_CASES):
            raise NotFound("redaction")
        if copy is None or copy.clip is not None or not copy.is_case_open or copy.is_over(self._clock()):
            raise NotFound("redaction")
        if any(consents.stands(connection, copy.call_id)):
            raise NotFound("redaction")
        file = next((each for each in derivatives.of_redaction(connection, copy.id) if each.form is form), None)
        if copy.state is not RedactionState.CONFIRMED or file is None:
            raise Conflict("not_confirmed")
        if stays := _why_stays(connection, copy, actor, self._clock()):
            raise Conflict("stays", why=stays.value)
        return copy, file

    def _find(self, connection: Connection, redaction_id: str) -> Redaction | None:
        return one_in_time(connection, self._begun, redaction_id)

    def _own(self, connection: Connection, actor: Staff, redaction_id: str) -> Redaction:
        copy = self._find(connection, redaction_id)
        if copy is None or copy.made_by != actor.user_id or not may_know(actor, copy, self._clock()):
            raise NotFound("redaction")
        return copy


def clip_days(until: datetime | None, now: datetime) -> int:
    """Return for how many days at most a clip may be kept whose recording's purpose lasts `until`."""
    left = LONGEST_CLIP_DAYS if until is None else (until - now).days + 1
    return max(1, min(LONGEST_CLIP_DAYS, left))


def _cases_of(connection: Connection, actor: Staff, recording: Recording, call: RecordedCall) -> tuple[Case, ...]:
    """Return the open cases of the call for which he may cut: of a disclosure he is one of the two who work on it."""
    return tuple(
        one
        for one in cases.of_call(connection, call.call_id)
        if one.kind not in KINDS or disclosures.open_case(connection, recording.id, actor.user_id, one.id)
    )


def _why_stays(connection: Connection, copy: Redaction, actor: Staff, now: datetime) -> Stays | None:
    case = cases.find(connection, copy.case_id) if copy.case_id else None
    if case is None or case.kind not in KINDS:
        return None
    file = disclosure_files.find(connection, case.id, now)
    return Stays.UNDECIDED if file is None else why_stays(copy, file, actor.user_id)


def _hush(raw: str) -> Hush:
    if raw not in set(Hush):
        raise InputError("hush")
    return Hush(raw)


def _content(copy: Redaction, files: Sequence[Derivative]) -> dict[str, str | int | bool | None]:
    """Return exactly what somebody else confirms: these files, and that this much of them was cut out."""
    said: dict[str, str | int | bool | None] = {"copy": copy.id, "hush": copy.hush, "length_ms": copy.length_ms}
    said |= {"cuts": len(copy.ranges), "hushed_ms": hushed_ms(copy.ranges)}
    if copy.clip is None:
        said |= {"case": copy.case_number}
    else:
        said |= {"audience": copy.clip.audience, "expires": copy.clip.expires_at.date().isoformat()}
    return said | {f"sha256_{file.form}": file.sha256 for file in files}


def _fact(
    act: Act, at: datetime, actor: Staff, copy_id: RedactionId, call_id: CallId, kind: RedactionKind, outcome: str
) -> AuditFact:
    return AuditFact(
        act,
        at,
        user_id=actor.user_id,
        call_id=call_id,
        subject=copy_id,
        purpose=kind,
        outcome=outcome,
        address=actor.address,
    )
