"""Many open desks in one process: event streams read by one selector, each arrival noted with its time."""

import re
import selectors
import socket
import threading
import time

_MARK = re.compile(rb"mark-(\d+)")


class Desks:
    """Opens a stream for each session token; `seen[mark]` is when the text `mark-<n>` came first, in seconds."""

    def __init__(self, port: int, tokens: list[str]) -> None:
        self.seen: dict[int, float] = {}
        self._selector = selectors.DefaultSelector()
        self._tails: dict[socket.socket, bytes] = {}
        self._stop = False
        for token in tokens:
            ear = socket.create_connection(("127.0.0.1", port), timeout=30)
            ask = f"GET /desk/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: denwaban={token}\r\n\r\n"
            ear.sendall(ask.encode())
            head = ear.recv(65536)
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(head[:200])
            self._tails[ear] = b""
            ear.setblocking(False)
            self._selector.register(ear, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._stop:
            for key, _ in self._selector.select(timeout=0.2):
                ear = key.fileobj
                assert isinstance(ear, socket.socket)
                data = ear.recv(262144)
                at = time.perf_counter()
                if not data:
                    self._selector.unregister(ear)
                    continue
                whole = self._tails[ear] + data
                for mark in _MARK.findall(whole):
                    self.seen.setdefault(int(mark), at)
                self._tails[ear] = whole[-16:]

    def close(self) -> None:
        """Hang up every stream."""
        self._stop = True
        self._thread.join()
        for ear in self._tails:
            ear.close()
