"""Calls that nobody heard: what the exchange itself wrote down of them, as events of ours (CallJournal of the ports).

For calls that lay wholly in a gap, or whose end did, those included of which only a queue wrote something. Records know
no presentation: who called stays unknown (`withheld: unknown`) unless the site says that its dialplan blanks the number
of callers who withheld it. Times are to the second; consultations, holds and recordings are not in them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.calls.asterisk.caller import Caller, read_caller
from connectors.calls.asterisk.cdr import Row, read_rows
from connectors.calls.asterisk.names import extension_of, read_name
from connectors.calls.asterisk.queue_calls import ENDED_BY, MOST_NAME, tell_queue_call
from connectors.calls.asterisk.queue_log import NOBODY, Line, read_lines, restarts_of
from connectors.calls.asterisk.told import Told
from connectors.calls.asterisk.wire import clip
from plugin.core.calls import AgentRef, CallEvent, Direction, EventType, Outcome
from plugin.core.errors import OutsideError
from plugin.core.numbers import WithheldReason

_MARGIN = timedelta(hours=12)  # a call that ended in the period began at most so long before it
_OUR_NUMBER_DIGITS = 5
_REFUSED = {"BUSY": Outcome.BUSY, "CONGESTION": Outcome.FAILED, "FAILED": Outcome.FAILED}


@dataclass(frozen=True, slots=True)
class Records:
    """Where the exchange leaves its records, as this machine sees it, and how they are to be read."""

    cdr: Path
    queue_log: Path | None
    zone: ZoneInfo
    shows_numbers: bool = False


class Journal:
    """The records of one exchange."""

    def __init__(self, source: str, records: Records, trunks: Sequence[str]) -> None:
        self._source = source
        self._records = records
        self._trunks = tuple(trunks)

    def calls(self, since: datetime, until: datetime) -> list[list[CallEvent]]:
        """Return the events of each call with a customer that ended in the period; see plugin/core/ports.py."""
        chosen = self._records
        try:
            rows = read_rows(chosen.cdr, since - _MARGIN, chosen.zone)
            lines = [] if chosen.queue_log is None else read_lines(chosen.queue_log, since - _MARGIN)
        except OSError as error:
            raise OutsideError("no_records") from error
        of_call: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            of_call[row.linked].append(row)
        of_channel: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            of_channel[line.uid].append(line)
        told = [self._tell(native, some, of_channel[native]) for native, some in of_call.items()]
        alone = of_channel.keys() - of_call.keys() - {row.uid for row in rows} - {NOBODY}
        told += [self._tell_queued(native, of_channel[native], restarts_of(lines)) for native in sorted(alone)]
        return [events for events in told if events and since <= events[-1].occurred_at <= until]

    def _tell(self, native: str, rows: list[Row], lines: list[Line]) -> list[CallEvent]:
        rows = sorted(set(rows), key=lambda row: (row.started_at, row.ended_at, row.dialled_channel))
        came = [row for row in rows if row.uid == native and read_name(row.channel, self._trunks).trunk]
        if came:
            return self._inbound(native, came, rows, lines)
        went = [row for row in rows if read_name(row.dialled_channel, self._trunks).trunk]
        return self._outbound(native, went, rows) if went else []

    def _inbound(self, native: str, came: list[Row], rows: list[Row], lines: list[Line]) -> list[CallEvent]:
        told, caller = Told(self._source, native, Direction.INBOUND), self._caller(came[0])
        # a transfer to somebody outside writes his number where ours stood
        outside = any(read_name(row.dialled_channel, self._trunks).trunk for row in rows)
        dialled = "" if outside else came[0].dialled
        told.write(
            EventType.OFFERED,
            came[0].started_at,
            customer_number=caller.number,
            withheld=caller.withheld,
            our_number=dialled if dialled.isdigit() and len(dialled) > _OUR_NUMBER_DIGITS else None,
        )
        joined = [(line.at, line.queue) for line in lines if line.event == "ENTERQUEUE"]
        waited = [(row.started_at, row.words.partition(",")[0]) for row in came if row.application == "Queue"]
        for at, queue in (joined or waited)[:1]:
            told.write(EventType.QUEUED, max(at, came[0].started_at), queue=clip(queue, MOST_NAME) or None)
        for number, row in enumerate(came):
            self._leg(told, f"{native}/{number}", row, rows, lines)
        end = max(row.ended_at for row in came)
        by = next((ENDED_BY[line.event] for line in reversed(lines) if line.event in ENDED_BY), None)
        talked = any(event.type is EventType.ANSWERED for event in told.events)
        told.write(EventType.ENDED, end, outcome=None if talked else _outcome(came), ended_by=by)
        return told.events

    def _leg(self, told: Told, leg: str, row: Row, rows: list[Row], lines: list[Line]) -> None:
        device = self._device(row.dialled_channel, rows)
        if device is None:
            return
        agent = AgentRef(extension=device)
        told.write(EventType.RINGING, row.started_at, leg_id=leg, agent=agent)
        connected = [line.at for line in lines if line.event == "CONNECT"]
        if row.disposition == "ANSWERED":
            spoke = next((at for at in connected if row.started_at <= at <= row.ended_at), row.answered_at)
            told.write(EventType.ANSWERED, spoke or row.started_at, leg_id=leg, agent=agent)
            outcome = Outcome.ANSWERED
        else:
            outcome = _REFUSED.get(row.disposition, Outcome.MISSED)
        told.write(EventType.LEG_ENDED, row.ended_at, leg_id=leg, agent=agent, outcome=outcome)

    def _device(self, channel: str, rows: list[Row]) -> str | None:
        """Return the extension of a phone that was dialled, behind a Local too."""
        name = read_name(channel, self._trunks)
        if name.partner is not None:
            channel = next((row.dialled_channel for row in rows if row.channel == name.partner), "")
            name = read_name(channel, self._trunks)
        return extension_of(name, "") if channel and name.real and not name.trunk else None

    def _outbound(self, native: str, went: list[Row], rows: list[Row]) -> list[CallEvent]:
        told, first = Told(self._source, native, Direction.OUTBOUND), went[0]
        device = self._device(first.channel, rows)
        agent = None if device is None else AgentRef(extension=device)
        shown = first.number if first.number.isdigit() and first.number != device else None
        number = clip(first.dialled, MOST_NAME) or None
        told.write(EventType.OFFERED, first.started_at, customer_number=number, our_number=shown, agent=agent)
        told.write(EventType.RINGING, first.started_at, leg_id=native, agent=agent)
        answered = next((row.answered_at for row in went if row.disposition == "ANSWERED"), None)
        if answered is not None:
            told.write(EventType.ANSWERED, answered, leg_id=native, agent=agent)
        told.write(EventType.ENDED, max(row.ended_at for row in went), outcome=None if answered else _outcome(went))
        return told.events

    def _tell_queued(self, native: str, lines: list[Line], restarts: list[datetime]) -> list[CallEvent]:
        number = next((line.data[1] for line in lines if line.event == "ENTERQUEUE" and len(line.data) > 1), "")
        if number.isdigit() and len(number) <= _OUR_NUMBER_DIGITS:
            return []  # a colleague who asked the queue himself
        told = Told(self._source, native, Direction.INBOUND)
        tell_queue_call(told, lines, self._caller_of(number, ""), restarts)
        return told.events

    def _caller(self, row: Row) -> Caller:
        return self._caller_of(row.number, row.caller_name)

    def _caller_of(self, number: str, name: str) -> Caller:
        # No column tells whether the caller let his number be shown: it stands there either way.
        if not self._records.shows_numbers:
            known = read_caller("", name, None)
            return Caller(None, known.withheld or WithheldReason.UNKNOWN)
        return read_caller(number, name, "allowed")


def _outcome(rows: list[Row]) -> Outcome | None:
    if any(row.application == "VoiceMail" for row in rows):
        return Outcome.VOICEMAIL
    return _REFUSED.get(rows[-1].disposition)
