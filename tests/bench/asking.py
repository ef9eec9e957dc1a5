"""A back office in a process of its own: asks by HTTP, and says when it had its answer.

Lives here: one kept connection, driven line by line by standard input. Not here: what is measured
(`round_trip`), so that nothing of the terminal is loaded beside the page.

    <-  {"port": ..., "headers": {...}}     once
    <-  the question                        JSON on one line
    ->  seconds of the POST                 the long poll is sent by then
    ->  when the result was read            `time.perf_counter`, which processes share on Linux
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from typing import Any

PATH = "/api/v1/verifications"
OPEN = ("waiting", "reading")
WITHIN = 30.0  # seconds for anything here


class Line:
    """The kept connection."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN)
        self._headers = headers

    def send(self, method: str, path: str, body: str | None = None) -> None:
        """Send a request."""
        self._line.request(method, path, body, self._headers)

    def read(self) -> dict[str, Any]:
        """Return its answer."""
        answer = self._line.getresponse()
        body: dict[str, Any] = json.loads(answer.read())
        assert answer.status in (200, 202), body
        return body


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
        begun = time.perf_counter()
        line.send("POST", PATH, question.strip())
        session = line.read()
        seconds = time.perf_counter() - begun
        line.send("GET", beyond(session))
        tell(seconds)
        session = line.read()
        while session["result"] is None:
            assert session["state"] in OPEN, session["why"]
            line.send("GET", beyond(session))
            session = line.read()
        tell(time.perf_counter())


if __name__ == "__main__":
    main()
