"""The bus of one host: a Unix datagram socket for each process that listens, all in one folder.

Whoever publishes sends to every socket that lies there. It keeps no message for the future and holds no content but a
call's id: a word that was lost costs a late screen, never a fact, since a desk is drawn from the database. A datagram
is lines of text: the call, or nothing for anything, then the topics.
"""

import contextlib
import errno
import os
import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from plugin.core.ports import ANYTHING

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SUFFIX = ".sock"
_MOST_BYTES = 8192
_LONGEST_ABOUT = 64
_FULL = {errno.EAGAIN, errno.ENOBUFS}
_DEAD = {errno.ECONNREFUSED, errno.ENOENT}
_RETRY_S = 0.005
_MOST_CALLS = 50  # an ear that was not asked for so long hears that anything may have changed


class DatagramBus:
    """Implements core.ports.Bus. One a process, built after any fork; `folder` is made if it is missing (mode 0700)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        found = os.fstat(self._folder)
        self.reach = (
            f"{_BOOT.read_text().strip()}:{found.st_dev}:{found.st_ino}"  # the same for all who hear each other
        )
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._lock = threading.Lock()
        self._ears: dict[str, set[_Ear]] = {}
        self._receiver: socket.socket | None = None
        self._own_name = ""
        self._late = _Late(self._send)

    def publish(self, topics: tuple[str, ...], about: str = ANYTHING) -> None:
        """Tell all listeners of each topic what changed, in this process and in the others of the host."""
        self.tell(topics, about)
        packets = _packed(topics)
        with contextlib.suppress(OSError):
            for name in os.listdir(self._path("")):
                if name.endswith(_SUFFIX) and name != self._own_name:
                    for packet in packets:
                        if not self._send(name, about.encode() + packet):
                            self._late.add(name, packet)

    def listen(self, topic: str) -> "_Ear":
        """Begin to listen; whatever is published after this returns is heard."""
        ear = _Ear(self, topic)
        with self._lock:
            if self._receiver is None:
                self._receive()
            self._ears.setdefault(topic, set()).add(ear)
        return ear

    def close(self) -> None:
        """Take this process's socket away. Listeners hear nothing more, and nothing more is told to other processes."""
        with self._lock:
            receiver, self._receiver = self._receiver, None
            folder, self._folder = self._folder, -1
        if receiver is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._own_name, dir_fd=folder)
            with contextlib.suppress(OSError):
                receiver.shutdown(socket.SHUT_RDWR)
            receiver.close()
        if folder >= 0:
            self._sender.close()
            os.close(folder)

    def forget(self, ear: "_Ear") -> None:
        """Stop telling `ear`."""
        with self._lock:
            ears = self._ears.get(ear.topic, set())
            ears.discard(ear)
            if not ears:
                self._ears.pop(ear.topic, None)

    def _receive(self) -> None:
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = f"{os.getpid()}-{secrets.token_hex(8)}{_SUFFIX}"
        try:
            # Bound under another name first: a socket that is seen must already be heard.
            receiver.bind(self._path(f".{name}"))
            os.rename(f".{name}", name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except OSError:
            receiver.close()
            raise
        self._receiver, self._own_name = receiver, name
        threading.Thread(target=self._hear, args=(receiver,), name="bus", daemon=True).start()

    def _hear(self, receiver: socket.socket) -> None:
        while True:
            try:
                packet = receiver.recv(_MOST_BYTES)
            except OSError:
                return  # closed
            if not packet and self._receiver is not receiver:
                return  # shut down
            about, *topics = packet.decode("utf-8", "replace").split("\n")
            self.tell(tuple(topics), about)

    def tell(self, topics: tuple[str, ...], about: str) -> None:
        """Tell the listeners of this process alone."""
        with self._lock:
            ears = [ear for topic in topics for ear in self._ears.get(topic, ())]
        for ear in ears:
            ear.prick(about)

    def tell_all(self) -> None:
        """Tell every listener of this process that anything may have changed."""
        with self._lock:
            topics = tuple(self._ears)
        self.tell(topics, ANYTHING)

    def _send(self, name: str, packet: bytes) -> bool:
        """Send without waiting; False where the receiver's queue is full. A dead process's socket is taken away."""
        try:
            self._sender.sendto(packet, self._path(name))
        except OSError as error:
            if error.errno in _DEAD:
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=self._folder)
            return error.errno not in _FULL
        return True

    def _path(self, name: str) -> str:
        # Short, wherever the folder is: a socket's path holds 107 bytes. And opened anew by whoever lists the folder:
        # two threads that read one descriptor move each other's place in it, and each misses some of the names.
        return f"/proc/self/fd/{self._folder}/{name}"


class _Ear:
    """Implements core.ports.Listener."""

    def __init__(self, bus: DatagramBus, topic: str) -> None:
        self.topic = topic
        self._bus = bus
        self._about: set[str] = set()
        self._told = threading.Condition()

    def prick(self, about: str) -> None:
        """A change was published."""
        with self._told:
            self._about.add(about if len(self._about) < _MOST_CALLS else ANYTHING)
            self._told.notify()

    def wait(self, timeout_s: float) -> frozenset[str]:
        """Return what was told since the last call, as soon as there is something; nothing after `timeout_s`."""
        with self._told:
            self._told.wait_for(lambda: self._about, timeout_s)
            told = frozenset(self._about)
            self._about.clear()
        return told

    def close(self) -> None:
        """Stop listening."""
        self._bus.forget(self)


class _Late:
    """Words for processes whose queue was full a moment ago, said again by a thread that lives while there are any.

    They say no longer which call it was: so the same word to the same process is kept once, and what waits is bounded
    by the number of people.
    """

    def __init__(self, send: Callable[[str, bytes], bool]) -> None:
        self._send = send
        self._waiting: dict[tuple[str, bytes], None] = {}
        self._lock = threading.Lock()
        self._busy = False
        self._pause = threading.Event()

    def add(self, name: str, packet: bytes) -> None:
        """Say `packet` to the process again soon."""
        with self._lock:
            self._waiting[name, packet] = None
            if self._busy:
                return
            self._busy = True
        threading.Thread(target=self._run, name="bus-late", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                waiting, self._waiting = self._waiting, {}
                if not waiting:
                    self._busy = False
                    return
            for name, packet in waiting:
                if not self._send(name, packet):
                    with self._lock:
                        self._waiting[name, packet] = None
            self._pause.wait(_RETRY_S)


def _packed(topics: tuple[str, ...]) -> list[bytes]:
    packets = [b""]
    for topic in topics:
        word = b"\n" + topic.encode()
        if len(packets[-1]) + len(word) > _MOST_BYTES - _LONGEST_ABOUT:
            packets.append(b"")
        packets[-1] += word
    return packets
