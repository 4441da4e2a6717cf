"""What an event that asks for help does: an alert, and its line in the audit, in the transaction that keeps the event.

An operator's own and a phone system's go the same way; the line tells them apart by who it names.
"""

from datetime import datetime

from plugin.core.alerts import Alert, AlertReason, raised_in, read_reason
from plugin.core.audit import Act, AuditFact
from plugin.core.calls import Call, CallEvent
from plugin.core.ids import AlertId, CallId, UserId, new_id
from plugin.core.staff import Staff
from plugin.store import alerts, audit, calls, pops
from plugin.store.engine import Connection

_RAISED, _BY_PHONE_SYSTEM, _REASON = "raised", "phone_system", "reason"


def raise_alerts(
    connection: Connection, call_id: CallId, call: Call, fresh: list[CallEvent], now: datetime, by: Staff | None
) -> set[UserId]:
    """Keep each cry for help as an alert; return whom to tell: the operator's supervisors.

    While one of the same agent is open there is no second: what comes again can only say better why. `by`: who of
    ours cries; None: a phone system.
    """
    told: set[UserId] = set()
    for event in raised_in(call, fresh, now):
        agent = (event.agent.key if event.agent else None) or ""
        user_id = pops.of_call(connection, call_id).get(agent, (None, None))[1]
        team, reason = alerts.team_of(connection, user_id), read_reason(event.reason)
        already = alerts.open_of_agent(connection, call_id, agent)
        if already and (reason is AlertReason.OTHER or not alerts.say_why(connection, already, reason)):
            continue
        raised = already or AlertId(new_id(now))
        if not already:
            alert = Alert(raised, call_id, agent, user_id, team, reason, min(event.occurred_at, now))
            alerts.add(connection, alert)
        outcome = _REASON if already else _BY_PHONE_SYSTEM if by is None else _RAISED
        _note(connection, call_id, raised, reason, outcome, now, by)
        told |= {*alerts.supervisors_of(connection, team)}
    return told


def _note(
    connection: Connection,
    call_id: CallId,
    raised: AlertId,
    reason: AlertReason,
    outcome: str,
    now: datetime,
    by: Staff | None,
) -> None:
    stored = calls.one(connection, call_id)
    fact = AuditFact(
        Act.ALERT_RAISED,
        now,
        user_id=by.user_id if by else None,
        customer_id=stored.customer_id if stored else None,
        call_id=call_id,
        subject=raised,
        purpose=reason.value,
        outcome=outcome,
        address=by.address if by else None,
    )
    audit.append(connection, fact)
