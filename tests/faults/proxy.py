"""What stands between terminal and centre: it cuts, doubles, holds back, or answers by itself."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress

SECONDS = 30.0
PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 47\r\n\r\n"
    b"<html><body>Please log in first.</body></html>\n"
)
AWAY = b"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n"


class Proxy:
    """A proxy before the centre at `port`, which does to each request what `behave` says.

    `behave(request)` returns the bytes to answer with; fewer than a whole answer cut it. `requests`
    are all that came, as bytes.
    """

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.behave: Callable[[bytes], bytes] = self.forward
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    def forward(self, request: bytes) -> bytes:
        """Send a request on and return the centre's whole answer; nothing where there is none."""
        try:
            with closing(socket.create_connection(("127.0.0.1", self._upstream), SECONDS)) as up:
                up.sendall(request)
                return _message(up, b"")[0]
        except OSError:
            return b""

    def cut_up(self, count: int) -> Callable[[bytes], bytes]:
        """Send only the first `count` bytes of a request on, and hang up on both."""

        def behave(request: bytes) -> bytes:
            with (
                suppress(OSError),
                closing(socket.create_connection(("127.0.0.1", self._upstream), SECONDS)) as up,
            ):
                up.sendall(request[:count])
            return b""

        return behave

    def cut_down(self, count: int) -> Callable[[bytes], bytes]:
        """Let only the first `count` bytes of an answer through."""
        return lambda request: self.forward(request)[:count]

    def twice(self, request: bytes) -> bytes:
        """Send a request on twice; the second answer counts."""
        self.forward(request)
        return self.forward(request)

    def close(self) -> None:
        """Accept no more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        rest = b""
        with closing(connection), suppress(OSError):
            connection.settimeout(SECONDS)
            while True:
                request, rest = _message(connection, rest)
                if not request:
                    return
                self.requests.append(request)
                answer = self.behave(request)
                connection.sendall(answer)
                if not _whole(answer):
                    return


def _message(connection: socket.socket, data: bytes) -> tuple[bytes, bytes]:
    """Return one whole message and what came behind it; an empty one at the end."""
    while not _whole(data):
        more = connection.recv(65536)
        if not more:
            return b"", b""
        data += more
    end = _length(data)
    return data[:end], data[end:]


def _whole(data: bytes) -> bool:
    return b"\r\n\r\n" in data and len(data) >= _length(data)


def _length(data: bytes) -> int:
    head, _, _ = data.partition(b"\r\n\r\n")
    lines = (line.split(b":", 1) for line in head.lower().split(b"\r\n") if b":" in line)
    lengths = [int(value) for name, value in lines if name == b"content-length"]
    return len(head) + 4 + (lengths[0] if lengths else 0)
