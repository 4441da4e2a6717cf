"""The bus of several hosts: what is published on one is told on the others through Redis, beside the bus of each host.

Within a host words go by datagrams alone, so that an outage of Redis is felt between hosts only: desks there are drawn
at their heartbeat. It keeps nothing for later and says no more than the call's id. Whenever words may have been lost,
every desk is drawn anew. Nobody who publishes waits for Redis.
"""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from connectors.bus.datagrams import DatagramBus
from plugin.core.errors import InputError
from plugin.core.ports import ANYTHING, Listener

CHANNEL = "denwaban.bus"
_EVERYBODY = "*"
_MOST_WAITING = 10_000
_MOST_TOPICS = 10_000
_MOST_BYTES = 2**20
_LONGEST_WORD = 128
_CONNECT_S = 2.0
_PING_S = 5
_LOOK_S = 1.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_LISTEN_S = 2.0  # whoever begins to listen waits no longer for Redis

# A host that is gone without a word is noticed within a quarter of a minute, not when TCP gives up.
_DEAD = {
    socket.TCP_KEEPIDLE: _PING_S,
    socket.TCP_KEEPINTVL: _PING_S,
    socket.TCP_KEEPCNT: 2,
    socket.TCP_USER_TIMEOUT: 15_000,
}

Report = Callable[[bool, str], None]


class RedisBus:
    """Implements core.ports.Bus. One a process, built after any fork, around the bus of the host.

    `report(is_up, reason)` is told once when Redis is lost and once when it is back. Raises InputError("bus_url") where
    the address is none.
    """

    def __init__(self, local: DatagramBus, url: str, report: Report) -> None:
        self._local = local
        self._url = url
        _connect(url).close()  # connects nobody yet, but reads the address
        self._report = report
        self._lock = threading.Condition()
        self._waiting: deque[str] = deque()
        self._anything = json.dumps([local.reach, ANYTHING, _EVERYBODY])
        self._threads: dict[str, threading.Thread] = {}
        self._hears = threading.Event()
        self._stop = threading.Event()
        self._is_up: dict[str, bool] = {}

    def publish(self, topics: tuple[str, ...], about: str = ANYTHING) -> None:
        """Tell the listeners of each topic what changed: on this host at once, on others as soon as Redis takes it."""
        self._local.publish(topics, about)
        self._begin("bus-send", self._send_all)
        word = json.dumps([self._local.reach, about, *topics])
        with self._lock:
            if len(self._waiting) >= _MOST_WAITING:
                self._waiting.clear()
                word = self._anything
            self._waiting.append(word)
            self._lock.notify()

    def listen(self, topic: str) -> Listener:
        """Begin to listen; whatever is published after this returns is heard, from other hosts while Redis is there."""
        ear = self._local.listen(topic)
        self._begin("bus-hear", self._hear_all)
        self._hears.wait(_LISTEN_S)
        return ear

    def tell_all(self) -> None:
        """Tell every listener of this process that anything may have changed."""
        self._local.tell_all()

    def close(self) -> None:
        """Stop hearing and telling other hosts, and close the bus of this one."""
        with self._lock:
            self._stop.set()
            self._lock.notify()
            threads, self._threads = self._threads, {}
        for thread in threads.values():
            thread.join(2 * _CONNECT_S)
        self._local.close()

    def _begin(self, name: str, work: Callable[[redis.Redis], None]) -> None:
        with self._lock:
            if name in self._threads or self._stop.is_set():
                return
            thread = threading.Thread(target=self._keep_up, args=(name, work), name=name, daemon=True)
            self._threads[name] = thread
        thread.start()

    def _keep_up(self, name: str, work: Callable[[redis.Redis], None]) -> None:
        """Run `work` on a connection until the bus is closed, on a new one where it is lost."""
        pause_s = _FIRST_PAUSE_S
        while not self._stop.is_set():
            client = _connect(self._url)
            try:
                client.ping()
                pause_s = _FIRST_PAUSE_S
                work(client)
            except (redis.RedisError, OSError) as error:
                self._tell(name, is_up=False, reason=type(error).__name__)
            finally:
                with suppress(redis.RedisError, OSError):
                    client.close()
            self._stop.wait(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _tell(self, name: str, *, is_up: bool, reason: str = "") -> None:
        with self._lock:
            was_up = all(self._is_up.values())
            self._is_up[name] = is_up
            is_up = all(self._is_up.values())
        if is_up != was_up:
            self._report(is_up, reason)

    def _send_all(self, client: redis.Redis) -> None:
        if self._is_up.get("bus-send") is False:  # whatever was said meanwhile, this says it too
            with self._lock:
                self._waiting.clear()
            client.publish(CHANNEL, self._anything)
        self._tell("bus-send", is_up=True)
        while not self._stop.is_set():
            word = self._next()
            if word is not None:
                client.publish(CHANNEL, word)

    def _next(self) -> str | None:
        with self._lock:
            self._lock.wait_for(lambda: self._waiting or self._stop.is_set(), _LOOK_S)
            return self._waiting.popleft() if self._waiting else None

    def _hear_all(self, client: redis.Redis) -> None:
        with client.pubsub() as ear:  # type: ignore[no-untyped-call]
            ear.subscribe(CHANNEL)
            while not self._stop.is_set():
                self._hear(ear)

    def _hear(self, ear: PubSub) -> None:
        said = ear.get_message(timeout=_LOOK_S)
        if said is None:
            return
        if said["type"] == "subscribe":
            self._tell("bus-hear", is_up=True)
            self._local.tell_all()  # of what was said before we heard
            self._hears.set()
        elif said["type"] == "message" and (told := _read(said["data"])):
            reach, about, *topics = told
            if topics == [_EVERYBODY]:
                self._local.tell_all()
            elif reach != self._local.reach:
                self._local.tell(tuple(topics), about)


def _read(data: object) -> list[str] | None:
    """Return the word, or None for anything that is none: others may write into the channel too."""
    if not isinstance(data, bytes) or len(data) > _MOST_BYTES:
        return None
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):  # the one who hears must outlive whatever is said
        return None
    is_word = isinstance(told, list) and 3 <= len(told) <= _MOST_TOPICS and all(map(_is_plain, told))
    return told if is_word else None


def _is_plain(one: object) -> bool:
    return isinstance(one, str) and one.isascii() and len(one) <= _LONGEST_WORD


def _connect(url: str) -> redis.Redis:
    dead: dict[str, Any] = {"socket_keepalive": True, "socket_keepalive_options": _DEAD}
    try:
        return redis.Redis.from_url(
            url,
            socket_connect_timeout=_CONNECT_S,
            socket_timeout=_CONNECT_S,
            health_check_interval=_PING_S,
            retry=Retry(NoBackoff(), 0),
            **({} if url.startswith("unix:") else dead),
        )
    except ValueError:
        raise InputError("bus_url") from None  # its text may hold the password
