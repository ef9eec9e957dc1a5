"""A back office in a process of its own: asks by HTTP, and says when it had its answer.

Lives here: one kept connection, driven line by line by standard input. Not here: what is measured
(`round_trip`), so that nothing of the terminal is loaded beside the page.

    <-  {"port": ..., "headers": {...}}     once
    <-  the question                        JSON on one line
    ->  seconds of the POST                 the long poll is sent by then
    ->  when the result was read            `time.perf_counter`, which processes share on Linux
"""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from typing import Any

PATH = "/api/v1/verifications"
OPEN = ("waiting", "reading")
WITHIN = 30.0  # seconds for anything here
_SIZE = re.compile(rb"\r\nContent-Length: ([0-9]+)", re.IGNORECASE)


class Line:
    """The kept connection, of bare sockets: an HTTP library's own time is no terminal's."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._line = socket.create_connection(("127.0.0.1", port), timeout=WITHIN)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fields = {"Host": f"127.0.0.1:{port}", **headers}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())

    def request(self, method: str, path: str, body: str = "") -> bytes:
        """Return a request as it is sent."""
        data = body.encode()
        head = f"{method} {path} HTTP/1.1\r\n{self._head}Content-Length: {len(data)}\r\n\r\n"
        return head.encode("ascii") + data

    def send(self, request: bytes) -> None:
        """Send a request."""
        self._line.sendall(request)

    def read(self) -> tuple[float, dict[str, Any]]:
        """Return when an answer was there whole, and the object in it."""
        found = b""
        end, there = -1, 0.0
        while end < 0 or len(found) < end:
            found += self._more()
            there = time.perf_counter()
            head, gap, _ = found.partition(b"\r\n\r\n")
            if gap:
                size = _SIZE.search(head)
                assert size is not None, head
                end = len(head) + len(gap) + int(size[1])
        body: dict[str, Any] = json.loads(found[len(head) + len(gap) :])
        assert head.split(b" ", 2)[1] in (b"200", b"202"), body
        return there, body

    def _more(self) -> bytes:
        found = self._line.recv(1 << 16)
        assert found, "the terminal closed the connection"
        return found


def beyond(session: dict[str, Any]) -> str:
    """Return where the next change is waited for that is more than the card being read."""
    return f"{PATH}/{session['id']}?wait=20&after={session['version']}&skip=reading"


def tell(seconds: float) -> None:
    """Tell who measures."""
    sys.stdout.write(f"{seconds}\n")
    sys.stdout.flush()


def main() -> None:
    """Ask until the input ends."""
    line = Line(**json.loads(sys.stdin.readline()))
    for question in sys.stdin:
        asked = line.request("POST", PATH, question.strip())
        begun = time.perf_counter()
        line.send(asked)
        there, session = line.read()
        line.send(line.request("GET", beyond(session)))
        tell(there - begun)
        there, session = line.read()
        while session["result"] is None:
            assert session["state"] in OPEN, session["why"]
            line.send(line.request("GET", beyond(session)))
            there, session = line.read()
        tell(there)


if __name__ == "__main__":
    main()
