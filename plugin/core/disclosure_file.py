"""The file of a disclosure as it is kept: what was asked, seen, found, decided and handed over, by whom and when.

Nothing here decides; plugin/core/disclosure.py does. An applicant's name and contact stand in these values alone.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from plugin.core.approvals import ApprovalState
from plugin.core.cases import Case, CaseKind
from plugin.core.disclosure import (
    Audio,
    CallCheck,
    Decision,
    Delivered,
    DeliveryWay,
    Ground,
    Lack,
    Paper,
    TextPart,
    blanked,
    lacks,
)
from plugin.core.disclosure_intake import Intake
from plugin.core.holds import Hold
from plugin.core.ids import CallId, CustomerId, MandateId, RecordingId, UserId


@dataclass(frozen=True, slots=True)
class PaperSeen:
    """A paper that somebody looked at: its kind and its own date, never its number."""

    id: str
    paper: Paper
    dated_on: date
    seen_by: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class RecordingLine:
    """A recording of a call in the case."""

    id: RecordingId
    state: str
    length_ms: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class GivenSound:
    """What was decided of a recording's sound; `sha256`: of exactly that which the two decided about."""

    audio: Audio
    sha256: str


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call of the case, with what was written of it and its check.

    `is_outdated`: it was checked, but something came to it, or was written anew, since: it has no check any more.
    """

    call_id: CallId
    started_at: datetime
    ended_at: datetime | None
    operator: str
    topic: str
    customer_id: CustomerId | None
    customer_name: str
    reason: str
    added_by: str
    added_at: datetime
    texts: tuple[tuple[TextPart, str], ...]
    recordings: tuple[RecordingLine, ...]
    check: CallCheck | None = None
    checked_by: str = ""
    checked_at: datetime | None = None
    is_outdated: bool = False

    def __repr__(self) -> str:
        return f"CallLine({self.call_id!r})"

    @property
    def sight(self) -> str:
        """The hash of all that is there to be checked: whose call it is, every text, every recording and its sound."""
        sounds = sorted([one.id, one.sha256] for one in self.recordings)
        told = [self.customer_id, [[part.value, text] for part, text in self.texts], sounds]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    @property
    def given_texts(self) -> tuple[tuple[TextPart, str], ...]:
        """The chosen parts as they are handed out: with their words blanked."""
        if self.check is None:
            return ()
        return tuple(
            (part, blanked(text, self.check.leave_out)) for part, text in self.texts if part in self.check.parts
        )

    @property
    def is_given_whole(self) -> bool:
        """Whether nothing of it stays in the house: every recording, every text, every word."""
        check = self.check
        if check is None or check.leaves_out or {part for part, _ in self.texts} - check.parts:
            return False
        return check.audio is Audio.WHOLE or not self.recordings

    @property
    def needs_redaction(self) -> bool:
        """Whether its recordings may only leave with ranges taken out."""
        return self.check is not None and self.check.audio is Audio.REDACTED


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was decided, or is to be: `words` are the reasons that the letter gives. In force from `decided_at`.

    `request`: how far the second person is with it; `seal`: the hash of all that he decides about.
    """

    decision: Decision
    ground: Ground | None
    words: str
    approval_id: str
    seal: str
    by: UserId
    by_name: str
    at: datetime
    request: ApprovalState
    content_hash: str
    waits_until: datetime
    decided_by_name: str = ""
    decided_at: datetime | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether the second person agreed."""
        return self.decided_at is not None

    def is_waiting(self, now: datetime) -> bool:
        """Tell whether it lies with the second person."""
        return self.request is ApprovalState.WAITING and now < self.waits_until


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter as it was issued, word for word."""

    lang: str
    body: str
    sha256: str
    issued_by: str
    issued_at: datetime

    def __repr__(self) -> str:
        return f"Letter(sha256={self.sha256!r})"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that went out. `recipient`: to whom, as the envelope says; `reference`: the carrier's number."""

    what: Delivered
    way: DeliveryWay
    recipient: str
    reference: str
    on: date
    by: str
    at: datetime

    def __repr__(self) -> str:
        return f"Delivery({self.what.value!r})"


@dataclass(frozen=True, slots=True)
class Extension:
    """The last day moved, and why."""

    before: date
    until: date
    reason: str
    by: str
    at: datetime


class Step(StrEnum):
    """The way of a case, in its order."""

    INTAKE = "intake"
    IDENTITY = "identity"
    SEARCH = "search"
    CHECK = "check"
    DECISION = "decision"
    REDACTION = "redaction"
    LETTER = "letter"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One disclosure with all that hangs on it. `worker` and `second`: the two who may hear its recordings.

    `about`: the customer whom it is about, where he is known; `mandate_holds`: the mandate is in force now.
    `redacted`: its recordings whose redaction a second listener has passed; `given`: those that the decision gives.
    `held`: how many calls its holds keep by now.
    """

    case: Case
    intake: Intake
    worker: UserId
    worker_name: str
    second: UserId | None
    second_name: str
    about: CustomerId | None
    about_name: str
    mandate_id: MandateId | None
    mandate_holds: bool
    papers: tuple[PaperSeen, ...]
    calls: tuple[CallLine, ...]
    proposal: Proposal | None
    letter: Letter | None
    deliveries: tuple[Delivery, ...]
    extensions: tuple[Extension, ...]
    holds: tuple[Hold, ...]
    redacted: frozenset[RecordingId]
    closed_words: str = ""
    held: int = 0
    given: Mapping[RecordingId, GivenSound] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Disclosure({self.case.number!r})"

    @property
    def is_erased(self) -> bool:
        """Whether what was said of the applicant went in turn: nobody asks without a name."""
        return not self.intake.name

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What is missing before it is known who asks; nothing is any more where that went in turn."""
        if self.is_erased:
            return ()
        seen = frozenset(each.paper for each in self.papers)
        return lacks(self.intake.kind, self.intake.asked_by, seen, has_mandate=self.mandate_holds)

    @property
    def may_take_longer(self) -> bool:
        """Whether its last day may still be moved: a person's once, an authority's as often as it agrees."""
        return self.letter is None and (self.case.kind is not CaseKind.DISCLOSURE or not self.extensions)

    @property
    def decision(self) -> Decision | None:
        """The decision in force."""
        return self.proposal.decision if self.proposal and self.proposal.is_in_force else None

    @property
    def is_stale(self) -> bool:
        """Whether what is given is not any more what the second person agreed to."""
        proposal = self.proposal
        if proposal is None or self.letter is not None or self.is_erased:
            return False
        return proposal.seal != seal_of(self, proposal.decision, proposal.ground, proposal.words)

    @property
    def is_given_whole(self) -> bool:
        """Whether it is in force that all of each call is given, and the calls are still what was agreed to.

        A letter that was issued stands; what came to its calls since was agreed to by nobody.
        """
        proposal = self.proposal
        if proposal is None or self.decision is not Decision.FULL:
            return False
        if not all(line.is_given_whole for line in self.calls):
            return False
        return proposal.seal == seal_of(self, proposal.decision, proposal.ground, proposal.words)

    def sounds(self) -> dict[RecordingId, GivenSound]:
        """Return which recordings are given by the checks as they are now: those that have sound."""
        checked = [(line.check.audio, one) for line in self.calls if line.check for one in line.recordings]
        given = [(audio, one) for audio, one in checked if audio is not Audio.NOTHING and one.sha256]
        return {one.id: GivenSound(audio, one.sha256) for audio, one in given}

    def sound_given(self, recording_id: RecordingId) -> Audio:
        """Return what may leave of a recording: what the two agreed to, of the sound that they agreed about."""
        decided, agreed = self.decision, self.given.get(recording_id)
        if decided is None or not decided.gives or self.is_stale or agreed is None:
            return Audio.NOTHING
        there = {one.id: one.sha256 for line in self.calls for one in line.recordings}
        return agreed.audio if there.get(recording_id) == agreed.sha256 else Audio.NOTHING

    @property
    def unredacted(self) -> tuple[RecordingId, ...]:
        """The recordings that still have to be redacted before they may leave; once a letter is issued, of its own."""
        wanted = [one.id for line in self.calls if line.needs_redaction for one in line.recordings]
        if self.letter is not None:
            wanted = [one for one, sound in self.given.items() if sound.audio is Audio.REDACTED]
        return tuple(one for one in wanted if one not in self.redacted)

    def is_worked_by(self, user_id: UserId) -> bool:
        """Tell whether he is one of the two."""
        return user_id in (self.worker, self.second)

    def done(self) -> frozenset[Step]:
        """Return the steps that are done, or that this case does not need."""
        done = {Step.INTAKE}
        done |= set() if self.lacks else {Step.IDENTITY}
        decided = self.decision
        if self.calls or (decided and not decided.gives):
            done.add(Step.SEARCH)
        if (self.calls and all(line.check for line in self.calls)) or (decided and not decided.gives):
            done.add(Step.CHECK)
        if decided:
            done.add(Step.DECISION)
            done |= {Step.REDACTION} if not decided.gives or not self.unredacted else set()
        done |= {Step.LETTER} if self.letter else set()
        done |= {Step.DELIVERY} if not self.undelivered() and self.letter else set()
        return frozenset(done)

    def undelivered(self) -> tuple[Delivered, ...]:
        """Return what the decision gives and no delivery tells of, the letter first."""
        out = {each.what for each in self.deliveries}
        wanted = [Delivered.LETTER]
        if self.decision and self.decision.gives:
            checks = [line.check for line in self.calls if line.check]
            wanted += [Delivered.AUDIO] if any(each.audio is not Audio.NOTHING for each in checks) else []
            wanted += [Delivered.TEXT] if any(each.parts for each in checks) else []
        return tuple(each for each in wanted if each not in out)

    def next_step(self) -> Step | None:
        """Return what is to be done next; None where all of it is."""
        done = self.done()
        return next((step for step in Step if step not in done), None)


def seal_of(about: Disclosure, decision: Decision, ground: Ground | None, words: str) -> str:
    """Return the hash of all that the second person decides about: what was asked and seen, what is given, and why.

    The texts as they would leave are in it: a summary that is written anew makes it another one.
    """
    intake = about.intake
    asked = [intake.kind, intake.asked_by, intake.name, intake.contact, intake.office, intake.received_on.isoformat()]
    asked += [intake.call_on.isoformat(), *map(str, intake.window), intake.operator, str(intake.number)]
    asked += [intake.gist, intake.reason, str(about.about), str(about.mandate_id)]
    seen = sorted([each.paper.value, each.dated_on.isoformat()] for each in about.papers)
    given = sorted(map(_given, about.calls))
    told = [asked, seen, given, decision.value, ground.value if ground else "", words]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _given(line: CallLine) -> list[object]:
    check = line.check
    if check is None:
        return [line.call_id, line.reason]
    texts = [[part.value, text] for part, text in line.given_texts]
    sounds = sorted([one.id, one.sha256] for one in line.recordings) if check.audio is not Audio.NOTHING else []
    return [line.call_id, line.reason, check.third_party.value, check.note, check.audio.value, texts, sounds]
