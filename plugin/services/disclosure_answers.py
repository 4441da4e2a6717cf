"""The answer of a disclosure: proposed by one, decided by another, written in a letter, handed over and noted.

What the second person agrees to is sealed: who asks, what was seen, every call with what is given of it, word for word.
Refuses a letter where any of it changed since, and a recording that leaves before its redaction is passed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from plugin.core.approvals import Approval, ApprovalKind, canonical
from plugin.core.audit import Act
from plugin.core.disclosure import (
    MOST_LINE,
    Audio,
    Decision,
    Delivered,
    DeliveryWay,
    Ground,
    read_decision,
    read_words,
)
from plugin.core.disclosure_file import Delivery, Disclosure, Letter, seal_of
from plugin.core.disclosure_letter import Blocks, Sender, as_stored, as_text, from_stored, letter_of, notice_of
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ports import Clock
from plugin.core.staff import Staff, read_language, read_word
from plugin.core.times import local_day
from plugin.services.approvals import Approvals, Content
from plugin.services.cases import Cases
from plugin.services.disclosures import Disclosures, allow, changeable, found_in
from plugin.store import disclosures as rows
from plugin.store import purposes
from plugin.store.engine import Connection, Store

_MOST_REFERENCE = 64


class DisclosureAnswers:
    """The answers of a site. `sender`: who writes the letters; `zone`: whose days they are dated with."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        disclosures: Disclosures,
        cases: Cases,
        approvals: Callable[[], Approvals],
        sender: Sender,
        zone: ZoneInfo,
    ) -> None:
        self._store = store
        self._clock = clock
        self._disclosures = disclosures
        self._cases = cases
        self._approvals = approvals
        self._sender = sender
        self._zone = zone

    def propose(
        self, staff: Staff, case_id: str, decision: Decision, ground: Ground | None, words: str, note: str
    ) -> None:
        """Ask the second person to decide so. `words`: the reasons that the letter gives; `note`: why, for him.

        Raises as Disclosures.change does, Conflict("waiting" | "decided" | "answered" | "unproved" | "no_calls" |
        "unchecked" | "nothing_given" | "not_all" | "calls_given"), LimitReached("approvals"),
        InputError("decision" | "ground" | "words" | "reason").
        """

        def work(connection: Connection, found: Disclosure) -> None:
            now = self._clock()
            changeable(found, now)
            if found.letter is not None:
                raise Conflict("answered")
            chosen = read_decision(found.intake.kind, decision, ground, words)
            _fits(found, decision, ground)
            seal = seal_of(found, *chosen)
            content = _content(found, decision, ground, seal)
            asked = self._approvals().ask_in(connection, ApprovalKind.DISCLOSURE, found.case.id, content, note, staff)
            rows.propose(connection, found.case.id, *chosen, seal, asked.id)
            self._disclosures.note(connection, Act.DISCLOSURE_PROPOSED, staff, found, decision.value)

        self._disclosures.change(staff, case_id, work)

    def withdraw(self, staff: Staff, case_id: str) -> None:
        """Take one's own proposal back, so that the file may change. Raises NotFound."""
        proposal = self._proposed(staff, case_id)
        self._approvals().withdraw(proposal, staff)

    def decide(self, staff: Staff, case_id: str, seen_hash: str, reason: str, *, agrees: bool) -> None:
        """Agree to, or refuse, exactly what was shown. Raises as Approvals.approve does."""
        proposal = self._proposed(staff, case_id)
        answer = self._approvals().approve if agrees else self._approvals().refuse
        answer(proposal, seen_hash, reason, staff)

    def _proposed(self, staff: Staff, case_id: str) -> str:
        allow(staff)
        with self._store.read() as connection:
            proposal = found_in(connection, case_id, self._clock()).proposal
        if proposal is None:
            raise NotFound("approval")
        return proposal.approval_id

    def carry_out(self, connection: Connection, approval: Approval, by: Staff) -> None:
        """Put a decision in force, now that the second person agreed; the effect of the approval.

        Raises NotFound("case"), Conflict("closed" | "unproved" | "approval_changed"), Denied("not_second") for who has
        not taken the second seat: he has not seen what he would agree to.
        """
        now = self._clock()
        self._cases.open_case_in(connection, approval.subject)
        found = found_in(connection, approval.subject, now)
        proposal = found.proposal
        if proposal is None or proposal.approval_id != approval.id:
            raise Conflict("approval_changed")
        if found.second != by.user_id:
            raise Denied("not_second")
        seal = seal_of(found, proposal.decision, proposal.ground, proposal.words)
        if canonical(_content(found, proposal.decision, proposal.ground, seal)) != approval.content:
            raise Conflict("approval_changed")
        _fits(found, proposal.decision, proposal.ground)
        sounds = found.sounds() if proposal.decision.gives else {}
        if not rows.decide(connection, found.case.id, approval.id, sounds, now):
            raise Conflict("approval_changed")
        self._disclosures.note(connection, Act.DISCLOSURE_DECIDED, by, found, proposal.decision.value)

    def letter(self, staff: Staff, case_id: str, lang: str) -> tuple[Disclosure, Blocks]:
        """Return the letter: as it was issued, else as it would be today in `lang`.

        Raises Denied("role" | "not_your_case"), NotFound("case"), Conflict("undecided" | "no_sender"),
        InputError("lang").
        """
        return self._sheet(staff, case_id, "letter", lambda found: self._letter(found, read_language(lang)))

    def notice(self, staff: Staff, case_id: str, lang: str) -> tuple[Disclosure, Blocks]:
        """Return the letter that tells of the newest later day. Raises as `letter`, NotFound("extension")."""
        chosen = read_language(lang)

        def drawn(found: Disclosure) -> Blocks:
            if not found.extensions:
                raise NotFound("extension")
            return notice_of(found, found.extensions[-1], self._known_sender(), self._today(), chosen)

        return self._sheet(staff, case_id, "notice", drawn)

    def _sheet(
        self, staff: Staff, case_id: str, outcome: str, drawn: Callable[[Disclosure], Blocks]
    ) -> tuple[Disclosure, Blocks]:
        allow(staff)
        with self._store.write() as connection:
            found = found_in(connection, case_id, self._clock())
            if not found.is_worked_by(staff.user_id):
                raise Denied("not_your_case")
            if found.is_erased:
                raise Conflict("erased")
            blocks = drawn(found)
            self._disclosures.note(connection, Act.DISCLOSURE_SHOWN, staff, found, outcome)
        return found, blocks

    def _letter(self, found: Disclosure, lang: str) -> Blocks:
        if found.letter is not None:
            return from_stored(found.letter.body)
        return letter_of(found, self._known_sender(), self._today(), self._zone, lang)

    def _known_sender(self) -> Sender:
        if not self._sender.is_known:
            raise Conflict("no_sender")
        return self._sender

    @property
    def has_sender(self) -> bool:
        """Whether the site has said in whose name its letters go out."""
        return self._sender.is_known

    def issue(self, staff: Staff, case_id: str, lang: str) -> None:
        """Issue the letter: from now on it stands, word for word.

        Raises as Disclosures.change does, Conflict("undecided" | "changed_since" | "answered" | "no_sender"),
        InputError("lang").
        """
        chosen = read_language(lang)

        def work(connection: Connection, found: Disclosure) -> None:
            if found.letter is not None:
                raise Conflict("answered")
            if found.is_stale:
                raise Conflict("changed_since")
            blocks, now = self._letter(found, chosen), self._clock()
            digest = hashlib.sha256(as_text(blocks).encode()).hexdigest()
            letter = Letter(chosen, as_stored(blocks), digest, staff.name, now)
            if not rows.add_letter(connection, found.case.id, letter, staff.user_id):
                raise Conflict("answered")
            self._disclosures.note(connection, Act.DISCLOSURE_ANSWERED, staff, found, f"sha256:{digest}")

        self._disclosures.change(staff, case_id, work)

    def deliver(
        self,
        staff: Staff,
        case_id: str,
        what: Delivered,
        way: DeliveryWay,
        recipient: str,
        reference: str,
        on: date,
    ) -> None:
        """Note that something went out to `recipient` on a day; `reference`: the carrier's number, if any.

        The same noted twice by one person is noted once.

        Raises as Disclosures.change does, Conflict("no_letter" | "not_given" | "unredacted" | "no_extension"),
        InputError("recipient" | "reference" | "on").
        """
        to = read_word(recipient, MOST_LINE, "recipient")
        number = read_word(reference, _MOST_REFERENCE, "reference") if reference.strip() else ""

        def work(connection: Connection, found: Disclosure) -> None:
            if not found.intake.received_on <= on <= self._today():
                raise InputError("on")
            _may_leave(found, what)
            new = Delivery(what, way, to, number, on, staff.name, self._clock())
            if any(replace(new, at=one.at) == one for one in found.deliveries):
                return
            rows.add_delivery(connection, found.case.id, new, staff.user_id)
            self._disclosures.note(connection, Act.DISCLOSURE_DELIVERED, staff, found, f"{what.value}:{way.value}")

        self._disclosures.change(staff, case_id, work)

    def close(self, staff: Staff, case_id: str, words: str = "") -> None:
        """Close the case: all that is given went out; or with `words` the request was taken back, or came to nothing.

        From now on nobody hears its recordings for it. Raises as Disclosures.change does, Conflict("undelivered" |
        "answered"), InputError("words").
        """

        def work(connection: Connection, found: Disclosure) -> None:
            if words.strip():
                if found.letter is not None:
                    raise Conflict("answered")
                rows.set_closed_words(connection, found.case.id, read_words(words, "words"))
                outcome = "withdrawn"
            else:
                if found.letter is None or found.undelivered():
                    raise Conflict("undelivered")
                outcome = found.decision.value if found.decision else ""
            self._cases.close_in(connection, found.case, outcome, staff)
            purposes.end_of_case(connection, found.case.id, None, self._clock())

        self._disclosures.change(staff, case_id, work)

    def _today(self) -> date:
        return local_day(self._clock(), self._zone)


def _fits(found: Disclosure, decision: Decision, ground: Ground | None) -> None:
    """Raise Conflict where the file is not what such a decision needs."""
    if found.lacks and ground is not Ground.UNPROVED:
        raise Conflict("unproved")
    if not decision.gives:
        if decision is Decision.NO_DATA and found.calls:
            raise Conflict("calls_given")  # something was found: it is given, or there is a ground not to
        return
    if not found.calls:
        raise Conflict("no_calls")
    checks = [line.check for line in found.calls]
    if any(check is None for check in checks):
        raise Conflict("unchecked")
    if not any(check is not None and check.gives for check in checks):
        raise Conflict("nothing_given")
    if decision is Decision.FULL and any(check is not None and check.leaves_out for check in checks):
        raise Conflict("not_all")


def _content(found: Disclosure, decision: Decision, ground: Ground | None, seal: str) -> Content:
    """Return exactly what the second person decides on; `seal` binds all that cannot stand in it."""
    checks = [line.check for line in found.calls if line.check] if decision.gives else []
    return {
        "case": found.case.number,
        "decision": decision.value,
        "exception": ground.value if ground else None,
        "calls": len(found.calls),
        "audio": sum(check.audio is not Audio.NOTHING for check in checks),
        "texts": sum(bool(check.parts) for check in checks),
        "file": seal,
    }


def _may_leave(found: Disclosure, what: Delivered) -> None:
    if what is Delivered.NOTICE:
        if not found.extensions:
            raise Conflict("no_extension")
        return
    if found.letter is None:
        raise Conflict("no_letter")
    if what is Delivered.LETTER:
        return
    checks = [line.check for line in found.calls if line.check]
    has_audio = any(check.audio is not Audio.NOTHING for check in checks)
    has_text = any(check.parts for check in checks)
    gives = found.decision is not None and found.decision.gives
    if not gives or not (has_audio if what is Delivered.AUDIO else has_text):
        raise Conflict("not_given")
    if what is Delivered.AUDIO and found.unredacted:
        raise Conflict("unredacted")
