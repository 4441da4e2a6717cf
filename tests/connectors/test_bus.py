"""The bus tells every process of the host, soon, and whoever died is forgotten."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.bus.datagrams import DatagramBus
from plugin.core.ports import ANYTHING

LISTENER = """
import sys
from pathlib import Path
from connectors.bus.datagrams import DatagramBus
bus = DatagramBus(Path(sys.argv[1]))
ear = bus.listen(sys.argv[2])
print("ready", flush=True)
for _ in range(int(sys.argv[3])):
    print(*sorted(ear.wait(20)) or ["nothing"], flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ("a-long-name-of-a-folder-" * 6) / "bus"  # a socket's path may hold 107 bytes only


@pytest.fixture
def bus(folder: Path) -> Iterator[DatagramBus]:
    made = DatagramBus(folder)
    yield made
    made.close()


def _listener(folder: Path, topic: str, times: int = 1) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", LISTENER, str(folder), topic, str(times)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def _said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_listeners_of_this_process_hear_their_own_topic(bus: DatagramBus) -> None:
    mine, other = bus.listen("u1"), bus.listen("u2")
    bus.publish(("u1",))
    bus.publish(("u1",), "call")
    bus.publish(("u1",), "call")
    assert [mine.wait(0), mine.wait(0), other.wait(0)] == [{ANYTHING, "call"}, set(), set()]
    mine.close()
    bus.publish(("u1", "u2"), "call")
    assert [mine.wait(0), other.wait(0)] == [set(), {"call"}]


def test_who_hears_of_too_many_calls_hears_that_anything_changed(bus: DatagramBus) -> None:
    ear = bus.listen("u1")
    for n in range(1000):
        bus.publish(("u1",), f"call {n}")
    told = ear.wait(0)
    assert ANYTHING in told
    assert len(told) < 100


def test_a_waiting_listener_wakes(bus: DatagramBus) -> None:
    ear = bus.listen("u1")
    heard: list[frozenset[str]] = []
    waiting = threading.Thread(target=lambda: heard.append(ear.wait(20)))
    waiting.start()
    bus.publish(("u1",), "call")
    waiting.join(20)
    assert heard == [{"call"}]


def test_other_processes_hear(bus: DatagramBus, folder: Path) -> None:
    processes = [_listener(folder, "u1"), _listener(folder, "u1"), _listener(folder, "u2")]
    try:
        bus.publish(("u1",), "call")
        assert [_said(process) for process in processes[:2]] == ["call", "call"]
        bus.publish((*(f"u{n:04}" for n in range(2, 2000)), "u2"), "another")
        assert _said(processes[2]) == "another"
    finally:
        for process in processes:
            _end(process)


def test_a_full_queue_loses_no_word(bus: DatagramBus, folder: Path) -> None:
    process = _listener(folder, "last")
    try:
        for n in range(3000):
            bus.publish((f"u{n}",), f"call {n}")
        bus.publish(("last",))
        assert _said(process) == ANYTHING
    finally:
        _end(process)


def test_who_publishes_at_the_same_time_keeps_nobody_from_hearing(bus: DatagramBus, folder: Path) -> None:
    others = [DatagramBus(folder) for _ in range(4)]
    topics = [[f"{thread}-{n}" for n in range(150)] for thread in range(8)]
    ears = [other.listen(topic) for other in others for mine in topics for topic in mine]

    def tell(mine: list[str]) -> None:
        for topic in mine:
            bus.publish((topic,))

    threads = [threading.Thread(target=tell, args=(mine,)) for mine in topics]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until = time.monotonic() + 20
    assert sum(not ear.wait(max(0.0, until - time.monotonic())) for ear in ears) == 0
    for other in others:
        other.close()


def test_the_socket_of_a_dead_process_is_taken_away(bus: DatagramBus, folder: Path) -> None:
    process = _listener(folder, "u1")
    _end(process)
    assert len(list(folder.glob("*.sock"))) == 1
    bus.publish(("u1",))
    assert list(folder.glob("*.sock")) == []


def test_two_buses_speak_both_ways_and_a_closed_one_is_silent(folder: Path) -> None:
    one, two = DatagramBus(folder), DatagramBus(folder)
    ear_one, ear_two = one.listen("u"), two.listen("u")
    one.publish(("u",))
    assert [ear_one.wait(20), ear_two.wait(20)] == [{ANYTHING}, {ANYTHING}]
    two.close()
    two.close()
    assert len(list(folder.glob("*.sock"))) == 1
    one.publish(("u",))
    two.publish(("u",))  # nothing to raise
    assert ear_one.wait(20)
    one.close()
    assert list(folder.iterdir()) == []


def test_nobody_begins_to_listen_on_a_closed_bus(bus: DatagramBus) -> None:
    bus.close()
    with pytest.raises(OSError, match="No such file"):
        bus.listen("u1")  # and no socket is left behind: such a warning fails a test


def test_a_folder_that_is_gone_raises_nothing(bus: DatagramBus, folder: Path) -> None:
    folder.rmdir()
    bus.publish(("u1",))


def test_publishing_is_quick_beside_a_process_that_hears_nothing(bus: DatagramBus, folder: Path) -> None:
    process = _listener(folder, "u1", times=0)
    process.wait()
    began = time.monotonic()
    for _ in range(1000):
        bus.publish(("u1",))
    assert time.monotonic() - began < 20
    _end(process)
