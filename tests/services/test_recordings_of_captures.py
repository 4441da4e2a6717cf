"""From the manager events of a real Asterisk to an encrypted recording: found by its own name, or by its end."""

from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.calls.asterisk.capture import DEFAULT_TRUNKS, read_capture
from plugin.core.recordings import RecordingState
from plugin.store import recordings as rows
from plugin.store.tables import metadata
from plugin.store.tables.calls import calls
from plugin.wiring import House
from tests.kit.captures import raw
from tests.kit.clock import HandClock
from tests.kit.sounds import Recorder, tone

MONITOR = "/var/spool/asterisk/monitor/"


def _take(house: House, name: str) -> str:
    """Take the capture's calls, and return the name of the file that its events tell, below the monitor folder."""
    data = raw(name)
    house.calls.take(list(read_capture([data], "pbx1", DEFAULT_TRUNKS)))
    _, _, told = data.partition(b"Variable: MIXMONITOR_FILENAME\r\nValue: ")
    return told.partition(b"\r\n")[0].decode().removeprefix(MONITOR)


@pytest.mark.parametrize(
    ("capture", "state"),
    [
        ("answered", RecordingState.READY),
        ("withheld", RecordingState.READY),
        ("payphone", RecordingState.READY),
        ("abandoned", RecordingState.WAITING_ONLY),
    ],
)
def test_a_captured_call_gets_its_recording(
    house: House, tmp_path: Path, clock: HandClock, capture: str, state: RecordingState
) -> None:
    name = _take(house, capture)
    recorder = Recorder(house.store, tmp_path, clock, house.vault)
    path = recorder.monitor / name
    path.parent.mkdir(parents=True)
    path.write_bytes(tone(3))
    (path.parent / "q-0120000111-09000000000-20261123-080000-pbx1-1.2.wav").write_bytes(tone(1))
    clock.move(hours=1)
    assert recorder.settle() == 1
    with house.store.read() as connection:
        (call_id,) = connection.execute(select(calls.c.id)).scalars()
        (found,) = rows.of_calls(connection, [call_id])[call_id]
    assert found.state is state
    assert found.length_ms == (3000 if state is RecordingState.READY else None)


def test_a_withheld_number_is_nowhere_in_the_database(house: House, tmp_path: Path, clock: HandClock) -> None:
    name = _take(house, "withheld")
    number = name.split("-")[2]
    assert number == "09099998888"
    with house.store.read() as connection:
        everything = [tuple(row) for table in metadata.sorted_tables for row in connection.execute(select(table))]
    assert everything
    assert number[1:] not in repr(everything)
