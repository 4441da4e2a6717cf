"""What is written of disclosures, each step as one statement; which of them there are. Judges nobody's right.

An applicant's name, contact and words stand in these tables and in no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, text, update

from plugin.core.cases import Case, CaseKind
from plugin.core.disclosure import Audio, CallCheck, Decision, Ground, Paper, ThirdParty
from plugin.core.disclosure_file import Delivery, Extension, GivenSound, Letter
from plugin.core.disclosure_intake import Intake
from plugin.core.grants import OpenCase
from plugin.core.ids import CallId, CaseId, CustomerId, MandateId, RecordingId, UserId, new_id
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store import cases as case_rows
from plugin.store.tables.disclosures import (
    disclosure_calls,
    disclosure_deliveries,
    disclosure_extensions,
    disclosure_letters,
    disclosure_papers,
    disclosure_sounds,
    disclosures,
)
from plugin.store.tables.keeping import cases
from plugin.store.tables.staff import users

_MOST = 200
_MOST_CAUTIOUS = (Audio.REDACTED, Audio.WHOLE)  # of what is given at all


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: nothing of the applicant stands in it. `decision`: the one in force; `is_proposed`: one waits
    for the second person.
    """

    id: CaseId
    number: str
    kind: CaseKind
    received_on: date
    due_at: datetime | None
    worker: UserId
    worker_name: str
    second: UserId | None
    second_name: str
    decision: Decision | None
    is_proposed: bool
    closed_at: datetime | None


def add(connection: Connection, case: Case, intake: Intake, worker: UserId) -> None:
    """Store what was asked, in the transaction that opened the case."""
    start, stop = intake.window
    connection.execute(
        insert(disclosures).values(
            case_id=case.id,
            asked_by=intake.asked_by.value,
            name=intake.name,
            contact=intake.contact,
            office=intake.office,
            way=intake.way.value,
            received_on=intake.received_on.isoformat(),
            call_on=intake.call_on.isoformat(),
            from_minute=start,
            to_minute=stop,
            operator=intake.operator,
            number=intake.number,
            gist=intake.gist,
            reason=intake.reason,
            worked_by=worker,
        )
    )


def listed(connection: Connection, *, is_open: bool) -> tuple[Line, ...]:
    """Return the open ones, whose time ends first before; or the closed ones, the newest before. 200 at most."""
    wanted = _lines().where(cases.c.closed_at.is_(None) if is_open else cases.c.closed_at.is_not(None))
    order = (cases.c.due_at, cases.c.id) if is_open else (cases.c.closed_at.desc(), cases.c.id)
    return tuple(map(_line, connection.execute(wanted.order_by(*order).limit(_MOST))))


def due_before(connection: Connection, user_id: UserId, at: datetime) -> tuple[Line, ...]:
    """Return the open ones that are this person's and have to be answered before `at`."""
    his = (disclosures.c.worked_by == user_id) | (disclosures.c.second_by == user_id)
    wanted = _lines().where(cases.c.closed_at.is_(None), his, cases.c.due_at < to_us(at))
    return tuple(map(_line, connection.execute(wanted.order_by(cases.c.due_at, cases.c.id).limit(_MOST))))


_OPEN_CASE = text(
    "SELECT c.id, cc.call_id, d.worked_by, d.second_by FROM recordings r"
    " JOIN case_calls cc ON cc.call_id = r.call_id"
    " JOIN cases c ON c.id = cc.case_id AND c.closed_at IS NULL"
    " JOIN disclosures d ON d.case_id = c.id AND (d.worked_by = :user OR d.second_by = :user)"
    " WHERE r.id = :recording ORDER BY c.id"
)


def open_case(
    connection: Connection, recording_id: str, user_id: UserId, case_id: str | None = None
) -> OpenCase | None:
    """Return the open case of this person that the recording's call belongs to: this one, or the oldest."""
    for row in connection.execute(_OPEN_CASE, {"recording": recording_id, "user": user_id}):
        if case_id is None or row.id == case_id:
            people = frozenset(UserId(one) for one in (row.worked_by, row.second_by) if one)
            return OpenCase(CaseId(row.id), CallId(row.call_id), people)
    return None


def set_about(
    connection: Connection, case_id: CaseId, customer_id: CustomerId | None, mandate_id: MandateId | None
) -> None:
    """Note whom the case is about, and under which mandate it is asked."""
    _set(connection, case_id, customer_id=customer_id, mandate_id=mandate_id)


def follow(connection: Connection, loser: CustomerId, winner: CustomerId) -> tuple[CaseId, ...]:
    """Let the loser's open disclosures be about the winner, under no mandate yet, and return them.

    One whose letter is issued stays about whom it was: the letter and what two people agreed to are of him.
    """
    his = select(disclosures.c.case_id).where(disclosures.c.customer_id == loser).order_by(disclosures.c.case_id)
    followed = []
    for case_id in map(CaseId, connection.scalars(his).all()):
        case = case_rows.hold(connection, case_id)
        issued = select(disclosure_letters.c.case_id).where(disclosure_letters.c.case_id == case_id)
        if case is not None and case.is_open and connection.execute(issued).first() is None:
            set_about(connection, case_id, winner, None)
            followed.append(case_id)
    return tuple(followed)


def set_people(connection: Connection, case_id: CaseId, worker: UserId, second: UserId | None) -> None:
    """Note who works on the case, and who is the second."""
    _set(connection, case_id, worked_by=worker, second_by=second)


def propose(
    connection: Connection,
    case_id: CaseId,
    decision: Decision,
    ground: Ground | None,
    words: str,
    seal: str,
    approval_id: str,
) -> None:
    """Note what is to be decided, and the request to the second person; what was decided before gives nothing more."""
    connection.execute(delete(disclosure_sounds).where(disclosure_sounds.c.case_id == case_id))
    told = {"decision": decision.value, "ground": ground.value if ground else None, "words": words}
    _set(connection, case_id, **told, seal=seal, approval_id=approval_id, decided_at=None)


def decide(
    connection: Connection, case_id: CaseId, approval_id: str, sounds: Mapping[RecordingId, GivenSound], at: datetime
) -> bool:
    """Put what this request is about in force; False where it is not what is proposed, or is in force already.

    `sounds`: what it gives of the recordings.
    """
    same = (disclosures.c.case_id == case_id) & (disclosures.c.approval_id == approval_id)
    decided = update(disclosures).where(same, disclosures.c.decided_at.is_(None)).values(decided_at=to_us(at))
    if connection.execute(decided).rowcount != 1:
        return False
    told = [
        {"case_id": case_id, "recording_id": recording_id, "audio": one.audio.value, "sha256": one.sha256}
        for recording_id, one in sounds.items()
    ]
    if told:
        connection.execute(insert(disclosure_sounds), told)
    return True


def set_closed_words(connection: Connection, case_id: CaseId, words: str) -> None:
    """Note why a case ended without an answer."""
    _set(connection, case_id, closed_words=words)


def _set(connection: Connection, case_id: CaseId, **values: Any) -> None:
    connection.execute(update(disclosures).where(disclosures.c.case_id == case_id).values(**values))


def add_paper(connection: Connection, case_id: CaseId, paper: Paper, dated_on: date, by: UserId, at: datetime) -> None:
    """Note a paper that was seen."""
    told = {"paper": paper.value, "dated_on": dated_on.isoformat(), "seen_by": by, "seen_at": to_us(at)}
    connection.execute(insert(disclosure_papers).values(id=new_id(at), case_id=case_id, **told))


def drop_paper(connection: Connection, case_id: CaseId, paper_id: str) -> bool:
    """Forget a paper that was noted by mistake; False where there is none."""
    same = (disclosure_papers.c.case_id == case_id) & (disclosure_papers.c.id == paper_id)
    return connection.execute(delete(disclosure_papers).where(same)).rowcount == 1


def save_check(
    connection: Connection, case_id: CaseId, call_id: CallId, check: CallCheck, seen: str, by: UserId, at: datetime
) -> None:
    """Store the check of a call of the case, which saw so much of it, in place of the one before."""
    drop_check(connection, case_id, call_id)
    connection.execute(
        insert(disclosure_calls).values(
            case_id=case_id,
            call_id=call_id,
            third_party=check.third_party.value,
            note=check.note,
            audio=check.audio.value,
            parts=" ".join(sorted(part.value for part in check.parts)),
            leave_out="\n".join(check.leave_out),
            checked_by=by,
            checked_at=to_us(at),
            seen=seen,
        )
    )


def drop_check(connection: Connection, case_id: CaseId, call_id: CallId) -> None:
    """Forget the check of a call that leaves the case."""
    same = (disclosure_calls.c.case_id == case_id) & (disclosure_calls.c.call_id == call_id)
    connection.execute(delete(disclosure_calls).where(same))


def join(connection: Connection, older: CallId, younger: CallId) -> None:
    """Give the checks of a call to the one that it is a part of.

    Where a case checked both, one row tells what was given of either, and it has seen no call: who works on an open
    case checks the whole anew.
    """
    of_both = disclosure_calls.c.call_id.in_((older, younger))
    checks: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(select(disclosure_calls).where(of_both).order_by(disclosure_calls.c.checked_at)):
        checks.setdefault(row.case_id, []).append(row)
    connection.execute(delete(disclosure_calls).where(of_both))
    for rows in checks.values():
        one = rows[0]._mapping if len(rows) == 1 else _one_of(*rows)
        connection.execute(insert(disclosure_calls).values({**one, "call_id": older}))


def _one_of(first: Row[Any], last: Row[Any]) -> dict[str, Any]:
    both = (first, last)
    parts = {part for row in both for part in row.parts.split()}
    words = dict.fromkeys(word for row in both for word in row.leave_out.split("\n") if word)
    audio = next((one for one in _MOST_CAUTIOUS if one in {row.audio for row in both}), Audio.NOTHING)
    return {
        **last._mapping,
        "third_party": ThirdParty.SOME if ThirdParty.SOME in {row.third_party for row in both} else ThirdParty.NONE,
        "note": "\n".join(dict.fromkeys(row.note for row in both if row.note)),
        "audio": audio,
        "parts": " ".join(sorted(parts)),
        "leave_out": "\n".join(words),
        "seen": "",
    }


def add_extension(connection: Connection, case_id: CaseId, new: Extension, by: UserId) -> None:
    """Note that the last day moved."""
    connection.execute(
        insert(disclosure_extensions).values(
            id=new_id(new.at),
            case_id=case_id,
            before=new.before.isoformat(),
            until=new.until.isoformat(),
            reason=new.reason,
            extended_by=by,
            extended_at=to_us(new.at),
        )
    )


def add_letter(connection: Connection, case_id: CaseId, letter: Letter, by: UserId) -> bool:
    """Keep the letter as it was issued; False where one was issued before: there is one letter a case."""
    known = select(disclosure_letters.c.case_id).where(disclosure_letters.c.case_id == case_id)
    if connection.execute(known).first() is not None:
        return False
    told = {"lang": letter.lang, "body": letter.body, "sha256": letter.sha256}
    issued = {"issued_by": by, "issued_at": to_us(letter.issued_at)}
    connection.execute(insert(disclosure_letters).values(case_id=case_id, **told, **issued))
    return True


def add_delivery(connection: Connection, case_id: CaseId, new: Delivery, by: UserId) -> None:
    """Note that something went out."""
    connection.execute(
        insert(disclosure_deliveries).values(
            id=new_id(new.at),
            case_id=case_id,
            what=new.what.value,
            way=new.way.value,
            recipient=new.recipient,
            reference=new.reference,
            delivered_on=new.on.isoformat(),
            noted_by=by,
            noted_at=to_us(new.at),
        )
    )


_SECONDS = users.alias("seconds")


def _lines() -> Select[Any]:
    told = (
        *(cases.c.id, cases.c.number, cases.c.kind, cases.c.due_at, cases.c.closed_at),
        *(disclosures.c.received_on, disclosures.c.worked_by, disclosures.c.second_by),
        *(disclosures.c.decision, disclosures.c.decided_at),
        users.c.name.label("worker_name"),
        _SECONDS.c.name.label("second_name"),
    )
    joined = select(*told).join_from(cases, disclosures, disclosures.c.case_id == cases.c.id)
    joined = joined.join(users, users.c.id == disclosures.c.worked_by)
    return joined.outerjoin(_SECONDS, _SECONDS.c.id == disclosures.c.second_by)


def _line(row: Row[Any]) -> Line:
    decision = Decision(row.decision) if row.decision else None
    return Line(
        id=CaseId(row.id),
        number=row.number,
        kind=CaseKind(row.kind),
        received_on=date.fromisoformat(row.received_on),
        due_at=maybe_at(row.due_at),
        worker=UserId(row.worked_by),
        worker_name=row.worker_name,
        second=UserId(row.second_by) if row.second_by else None,
        second_name=row.second_name or "",
        decision=decision if row.decided_at else None,
        is_proposed=decision is not None and row.decided_at is None,
        closed_at=from_us(row.closed_at) if row.closed_at else None,
    )
