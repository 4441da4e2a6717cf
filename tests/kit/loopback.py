"""What stand-ins of outside systems share: a server on loopback that can hang up on everybody, and keep still.

It knows nothing of what is asked; each stand-in has its own wire on top.
"""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LoopbackServer(ThreadingHTTPServer):
    """A thread for each connection; `closing` is set once it hangs up."""

    request_queue_size = 128
    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], connection: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, connection)
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def joined(self, connection: socket.socket) -> None:
        """Count a connection in."""
        with self._lock:
            self._open.add(connection)

    def left(self, connection: socket.socket) -> None:
        """Count it out again."""
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        """End every connection, also those whose answer is being kept back."""
        self.closing.set()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def keep_silent(self, connection: BaseHTTPRequestHandler) -> None:
        """Wait until the client gives up; then nothing is left to send."""
        connection.close_connection = True
        connection.request.settimeout(0.05)
        while not self.closing.is_set():
            try:
                if connection.request.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away; its test sees it on its own side."""
