"""The head of an answer must come to its end.

Lives here: what `http.client` leaves undone. It takes the end of the connection for the end of the
head; so an answer that was cut off before its Content-Length would be a whole one without a body.
Not here: the body, whose length the head gives. Source: RFC 9112 section 8.
"""

from __future__ import annotations

import http.client
import io
import socket


class Answer(http.client.HTTPResponse):
    """An answer of which no line may be cut off. Raises http.client.IncompleteRead for one."""

    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None) -> None:
        super().__init__(sock, debuglevel, method)
        self.fp = _Lines(self.fp.detach())


class _Lines(io.BufferedReader):
    def readline(self, size: int | None = -1, /) -> bytes:
        """Return a whole line, or as much of it as may be read."""
        line = super().readline(size)
        if not line.endswith(b"\n") and len(line) != size:
            raise http.client.IncompleteRead(line)
        return line
