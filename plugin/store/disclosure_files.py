"""The whole file of a disclosure, read in one transaction from all the tables that hold a part of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from plugin.core.approvals import ApprovalState
from plugin.core.cases import Case
from plugin.core.disclosure import (
    AskedBy,
    Audio,
    CallCheck,
    Decision,
    Delivered,
    DeliveryWay,
    Ground,
    Paper,
    TextPart,
    ThirdParty,
    Way,
)
from plugin.core.disclosure_file import (
    CallLine,
    Delivery,
    Disclosure,
    Extension,
    GivenSound,
    Letter,
    PaperSeen,
    Proposal,
    RecordingLine,
)
from plugin.core.disclosure_intake import Intake
from plugin.core.ids import CallId, CaseId, CustomerId, MandateId, RecordingId, UserId
from plugin.core.timeline import Summary
from plugin.core.times import from_us, maybe_at
from plugin.store import cases, holds, mandates, redactions, summaries
from plugin.store.tables.approvals import approvals
from plugin.store.tables.calls import calls, pops
from plugin.store.tables.customers import customers
from plugin.store.tables.disclosures import (
    disclosure_calls,
    disclosure_deliveries,
    disclosure_extensions,
    disclosure_letters,
    disclosure_papers,
    disclosure_sounds,
    disclosures,
)
from plugin.store.tables.keeping import case_calls
from plugin.store.tables.recordings import recordings
from plugin.store.tables.staff import users


def find(connection: Connection, case_id: str, now: datetime) -> Disclosure | None:
    """Return the file of the case, as it is at `now`; None where there is none."""
    case = cases.find(connection, case_id)
    row = connection.execute(select(disclosures).where(disclosures.c.case_id == case_id)).one_or_none()
    if case is None or row is None:
        return None
    names = _names(connection, [row.worked_by, row.second_by])
    letter = _letter(connection, case.id)
    mandate = mandates.find(connection, MandateId(row.mandate_id)) if row.mandate_id else None
    about = row.customer_id and connection.scalar(select(customers.c.name).where(customers.c.id == row.customer_id))
    return Disclosure(
        case=case,
        intake=_intake(case, row),
        worker=UserId(row.worked_by),
        worker_name=names[row.worked_by],
        second=UserId(row.second_by) if row.second_by else None,
        second_name=names.get(row.second_by, ""),
        about=CustomerId(row.customer_id) if row.customer_id else None,
        about_name=about or "",
        mandate_id=mandate.id if mandate else None,
        mandate_holds=mandate is not None and mandate.is_in_force(now),
        papers=_papers(connection, case.id),
        calls=_calls(connection, case.id, is_over=letter is not None or not case.is_open),
        proposal=_proposal(connection, row),
        letter=letter,
        deliveries=_deliveries(connection, case.id),
        extensions=_extensions(connection, case.id),
        holds=holds.of_case(connection, case.id),
        held=holds.count_held(connection, case.id),
        redacted=redactions.confirmed_of_case(connection, case.id),
        closed_words=row.closed_words or "",
        given=_given(connection, case.id),
    )


def intake_of(connection: Connection, case: Case) -> Intake | None:
    """Return what was asked in a disclosure's case."""
    row = connection.execute(select(disclosures).where(disclosures.c.case_id == case.id)).one_or_none()
    return None if row is None else _intake(case, row)


def _names(connection: Connection, ids: list[str | None]) -> Mapping[str, str]:
    wanted = select(users.c.id, users.c.name).where(users.c.id.in_([each for each in ids if each]))
    return {row.id: row.name for row in connection.execute(wanted)}


def _intake(case: Case, row: Row[Any]) -> Intake:
    return Intake(
        kind=case.kind,
        asked_by=AskedBy(row.asked_by),
        name=row.name,
        contact=row.contact,
        office=row.office,
        way=Way(row.way),
        received_on=date.fromisoformat(row.received_on),
        call_on=date.fromisoformat(row.call_on),
        window=(row.from_minute, row.to_minute),
        operator=row.operator,
        number=row.number,
        gist=row.gist,
        reason=row.reason,
    )


def _papers(connection: Connection, case_id: CaseId) -> tuple[PaperSeen, ...]:
    wanted = select(disclosure_papers, users.c.name).join(users, users.c.id == disclosure_papers.c.seen_by)
    wanted = wanted.where(disclosure_papers.c.case_id == case_id).order_by(disclosure_papers.c.id)
    return tuple(
        PaperSeen(row.id, Paper(row.paper), date.fromisoformat(row.dated_on), row.name, from_us(row.seen_at))
        for row in connection.execute(wanted)
    )


def _calls(connection: Connection, case_id: CaseId, *, is_over: bool) -> tuple[CallLine, ...]:
    """Return the calls; a check that saw another call than it is now is none, but where the answer `is_over`."""
    told: tuple[ColumnElement[Any], ...] = (
        *(calls.c.id, calls.c.started_at, calls.c.ended_at, calls.c.customer_id),
        *(case_calls.c.reason, case_calls.c.added_at),
        *(users.c.name.label("added_by"), customers.c.name.label("customer_name")),
    )
    wanted = (
        select(*told)
        .join_from(case_calls, calls, calls.c.id == case_calls.c.call_id)
        .join(users, users.c.id == case_calls.c.added_by)
        .outerjoin(customers, customers.c.id == calls.c.customer_id)
        .where(case_calls.c.case_id == case_id)
        .order_by(calls.c.started_at, calls.c.id)
    )
    rows = connection.execute(wanted).all()
    ids = [CallId(row.id) for row in rows]
    written, checks = summaries.of_calls(connection, ids), _checks(connection, case_id)
    sounds, operators = _recordings(connection, ids), _operators(connection, ids)
    lines = (_call(row, written.get(CallId(row.id)), sounds.get(row.id, ()), operators.get(row.id, "")) for row in rows)
    return tuple(_checked(line, checks.get(line.call_id), is_over=is_over) for line in lines)


def _call(row: Row[Any], summary: Summary | None, sounds: tuple[RecordingLine, ...], operator: str) -> CallLine:
    texts = [(part, getattr(summary, part.value)) for part in TextPart] if summary else []
    return CallLine(
        call_id=CallId(row.id),
        started_at=from_us(row.started_at),
        ended_at=maybe_at(row.ended_at),
        operator=operator,
        topic=summary.topic if summary else "",
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        customer_name=row.customer_name or "",
        reason=row.reason,
        added_by=row.added_by,
        added_at=from_us(row.added_at),
        texts=tuple((part, text) for part, text in texts if text),
        recordings=sounds,
    )


def _checked(line: CallLine, check: Row[Any] | None, *, is_over: bool) -> CallLine:
    if check is None:
        return line
    if not is_over and check.seen != line.sight:
        return replace(line, is_outdated=True)
    return replace(line, check=_check(check), checked_by=check.checker, checked_at=from_us(check.checked_at))


def _check(row: Row[Any]) -> CallCheck:
    return CallCheck(
        third_party=ThirdParty(row.third_party),
        note=row.note,
        audio=Audio(row.audio),
        parts=frozenset(map(TextPart, row.parts.split())),
        leave_out=tuple(row.leave_out.split("\n")) if row.leave_out else (),
    )


def _checks(connection: Connection, case_id: CaseId) -> dict[str, Row[Any]]:
    wanted = select(disclosure_calls, users.c.name.label("checker"))
    wanted = wanted.join(users, users.c.id == disclosure_calls.c.checked_by)
    return {row.call_id: row for row in connection.execute(wanted.where(disclosure_calls.c.case_id == case_id))}


def _recordings(connection: Connection, ids: list[CallId]) -> dict[str, tuple[RecordingLine, ...]]:
    told = (recordings.c.id, recordings.c.call_id, recordings.c.state, recordings.c.length_ms, recordings.c.sha256)
    wanted = select(*told).where(recordings.c.call_id.in_(ids)).order_by(recordings.c.started_at, recordings.c.id)
    found: dict[str, tuple[RecordingLine, ...]] = {}
    for row in connection.execute(wanted):
        line = RecordingLine(RecordingId(row.id), row.state, row.length_ms, row.sha256 or "")
        found[row.call_id] = (*found.get(row.call_id, ()), line)
    return found


def _given(connection: Connection, case_id: CaseId) -> dict[RecordingId, GivenSound]:
    wanted = select(disclosure_sounds).where(disclosure_sounds.c.case_id == case_id)
    return {
        RecordingId(row.recording_id): GivenSound(Audio(row.audio), row.sha256) for row in connection.execute(wanted)
    }


def _operators(connection: Connection, ids: list[CallId]) -> dict[str, str]:
    """Return who talked in each call, by name, who took it first before."""
    taken = (pops.c.call_id.in_(ids)) & pops.c.taken_at.is_not(None)
    wanted = select(pops.c.call_id, users.c.name).join(users, users.c.id == pops.c.user_id).where(taken)
    found: dict[str, str] = {}
    for row in connection.execute(wanted.order_by(pops.c.taken_at)):
        found[row.call_id] = f"{found[row.call_id]}、{row.name}" if row.call_id in found else row.name
    return found


_ASKERS = users.alias("askers")


def _proposal(connection: Connection, row: Row[Any]) -> Proposal | None:
    if row.decision is None:
        return None
    wanted = (
        select(approvals, _ASKERS.c.name.label("asker"), users.c.name.label("decider"))
        .join(_ASKERS, _ASKERS.c.id == approvals.c.asked_by)
        .outerjoin(users, users.c.id == approvals.c.decided_by)
    )
    asked = connection.execute(wanted.where(approvals.c.id == row.approval_id)).one()
    return Proposal(
        decision=Decision(row.decision),
        ground=Ground(row.ground) if row.ground else None,
        words=row.words or "",
        approval_id=row.approval_id,
        seal=row.seal,
        by=UserId(asked.asked_by),
        by_name=asked.asker,
        at=from_us(asked.asked_at),
        request=ApprovalState(asked.state),
        content_hash=asked.content_hash,
        waits_until=from_us(asked.expires_at),
        decided_by_name=asked.decider or "",
        decided_at=maybe_at(row.decided_at),
    )


def _letter(connection: Connection, case_id: CaseId) -> Letter | None:
    wanted = select(disclosure_letters, users.c.name).join(users, users.c.id == disclosure_letters.c.issued_by)
    row = connection.execute(wanted.where(disclosure_letters.c.case_id == case_id)).one_or_none()
    return Letter(row.lang, row.body, row.sha256, row.name, from_us(row.issued_at)) if row else None


def _deliveries(connection: Connection, case_id: CaseId) -> tuple[Delivery, ...]:
    wanted = select(disclosure_deliveries, users.c.name).join(users, users.c.id == disclosure_deliveries.c.noted_by)
    wanted = wanted.where(disclosure_deliveries.c.case_id == case_id).order_by(disclosure_deliveries.c.id)
    return tuple(
        Delivery(
            what=Delivered(row.what),
            way=DeliveryWay(row.way),
            recipient=row.recipient,
            reference=row.reference,
            on=date.fromisoformat(row.delivered_on),
            by=row.name,
            at=from_us(row.noted_at),
        )
        for row in connection.execute(wanted)
    )


def _extensions(connection: Connection, case_id: CaseId) -> tuple[Extension, ...]:
    wanted = select(disclosure_extensions, users.c.name).join(users, users.c.id == disclosure_extensions.c.extended_by)
    wanted = wanted.where(disclosure_extensions.c.case_id == case_id).order_by(disclosure_extensions.c.id)
    return tuple(
        Extension(date.fromisoformat(row.before), date.fromisoformat(row.until), row.reason, row.name, at)
        for row in connection.execute(wanted)
        for at in (from_us(row.extended_at),)
    )
