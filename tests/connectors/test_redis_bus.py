"""Two hosts hear each other through a real Redis; without it each hears itself, and its return draws all anew."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from connectors.bus.datagrams import DatagramBus
from connectors.bus.redis import CHANNEL, RedisBus
from plugin.core.errors import SettingError
from plugin.core.ports import ANYTHING, Listener
from plugin.settings import load
from plugin.wiring import House
from tests.kit.processes import wait_for
from tests.kit.redis import PrivateRedis

pytestmark = pytest.mark.needs("redis-server")
LONG_S = 30.0
# Nested deeper than a reader goes, a lone surrogate, a call's id without end, more topics than there are people.
HOSTILE = (
    b"[" * 200_000,
    b'["elsewhere", "\\ud800", "u"]',
    json.dumps(["elsewhere", "c" * 500_000, "u"]).encode(),
    json.dumps(["elsewhere", "call8", *["u"] * 20_000]).encode(),
)


class Hosts:
    """Processes, each with its bus; those of one host share a folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self.told: list[bool] = []
        self._open: list[RedisBus] = []

    def process(self, host: str) -> RedisBus:
        bus = RedisBus(DatagramBus(self._folder / host), self._url, lambda is_up, _reason: self.told.append(is_up))
        self._open.append(bus)
        return bus

    def close(self) -> None:
        for bus in self._open:
            bus.close()


@pytest.fixture
def server() -> Iterator[PrivateRedis]:
    with PrivateRedis() as started:
        yield started


@pytest.fixture
def hosts(tmp_path: Path, server: PrivateRedis) -> Iterator[Hosts]:
    made = Hosts(tmp_path, server.url)
    yield made
    made.close()


def _listen(bus: RedisBus, topic: str) -> Listener:
    """Begin to listen, past the word that every bus begins to hear with."""
    ear = bus.listen(topic)
    assert ear.wait(LONG_S) == {ANYTHING}
    return ear


def _heard(ear: Listener) -> Callable[[], bool]:
    return lambda: bool(ear.wait(0.05))


def test_a_word_of_one_host_is_heard_on_the_other_and_says_which_call(hosts: Hosts) -> None:
    here, there = hosts.process("a"), hosts.process("b")
    tanaka = _listen(there, "tanaka")
    suzuki = there.listen("suzuki")
    own = _listen(here, "tanaka")
    here.publish(("tanaka",), "call1")
    assert own.wait(LONG_S) == {"call1"}
    assert tanaka.wait(LONG_S) == {"call1"}
    there.publish(("suzuki", "tanaka"))
    assert [ear.wait(LONG_S) for ear in (suzuki, tanaka, own)] == [frozenset({ANYTHING})] * 3
    assert hosts.told == []


def test_processes_of_one_host_hear_a_word_once(hosts: Hosts) -> None:
    one, two, far = hosts.process("a"), hosts.process("a"), hosts.process("b")
    ear, far_ear = _listen(two, "u"), _listen(far, "u")
    one.publish(("u",), "call1")
    assert ear.wait(LONG_S) == {"call1"}
    assert far_ear.wait(LONG_S) == {"call1"}
    one.publish(("nobody",), "call2")
    far.publish(("u",), "call3")  # comes after whatever Redis might have said twice
    assert ear.wait(LONG_S) == {"call3"}


def test_without_redis_a_host_hears_itself_and_its_return_draws_everything_anew(
    hosts: Hosts, server: PrivateRedis
) -> None:
    server.kill()
    here, there = hosts.process("a"), hosts.process("b")
    near, far = here.listen("u"), there.listen("u")
    for n in range(25_000):  # more than is kept, and nobody waits
        here.publish(("u",), f"call{n}")
    assert near.wait(0)
    wait_for(lambda: False in hosts.told)
    far.wait(0)
    server.start()
    wait_for(_heard(far))
    wait_for(lambda: hosts.told.count(True) == hosts.told.count(False))
    assert hosts.told.count(False) <= 2  # an outage is told once by each process

    def is_fresh() -> bool:
        here.publish(("u",), "fresh")
        return "fresh" in far.wait(0.05)

    wait_for(is_fresh)


def test_an_outage_in_the_middle_is_told_once_and_its_end_once(hosts: Hosts, server: PrivateRedis) -> None:
    here, there = hosts.process("a"), hosts.process("b")
    far = _listen(there, "u")
    here.publish(("u",), "call1")
    assert far.wait(LONG_S) == {"call1"}
    server.kill()
    wait_for(lambda: hosts.told == [False])
    here.publish(("u",), "lost")  # he learns of it by this
    wait_for(lambda: hosts.told == [False, False])
    server.start()
    wait_for(lambda: sorted(hosts.told) == [False, False, True, True])
    wait_for(lambda: ANYTHING in far.wait(0.05))


def test_what_others_write_into_the_channel_is_passed_over(hosts: Hosts, server: PrivateRedis) -> None:
    there = hosts.process("b")
    ear = _listen(there, "u")
    with redis.Redis.from_url(server.url) as stranger:
        for noise in (b"", b"\xff\xfe", b"{", b"null", b"[]", b'["a","b"]', b'["a",1,"u"]', b"x" * 1_000_000, *HOSTILE):
            stranger.publish(CHANNEL, noise)
        stranger.publish(CHANNEL, json.dumps(["elsewhere", "call9", "u"]))
    assert ear.wait(LONG_S) == {"call9"}


def test_a_closed_bus_is_silent(hosts: Hosts) -> None:
    here, there = hosts.process("a"), hosts.process("b")
    ear = _listen(there, "u")
    there.close()
    there.close()
    here.publish(("u",))
    assert not ear.wait(0.2)
    there.publish(("u",))
    assert hosts.told == []


@pytest.mark.parametrize("url", ["", "nonsense", "http://me:secret@host", "redis://host:many"])
def test_an_address_of_no_redis_is_refused_without_being_told(tmp_path: Path, url: str) -> None:
    house = House(load(data_dir=tmp_path, bus_url=url or "x"))
    with pytest.raises(SettingError) as refused:
        _ = house.bus
    assert str(refused.value) == "setting.invalid setting=DENWABAN_BUS_URL"
