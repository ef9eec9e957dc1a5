"""Requests to one server, one after another, over a connection that is kept between them.

Lives here: asking anew over a fresh connection where the kept one had ended meanwhile. Not here:
the keeping (`kept`), the exchange itself (`http`).
"""

from __future__ import annotations

import time

from edge.errors import CentreUnreachable
from edge.net.http import Connection, Guard, HttpAnswer, exchange
from edge.net.kept import KeptConnection
from edge.net.tls import Tls


class Line:
    """A way to send requests (`edge.net.http.Http`) that keeps its connection. For one thread."""

    def __init__(self, tls: Tls | None = None) -> None:
        self._kept = KeptConnection(tls or Tls())

    def __call__(
        self, method: str, url: str, body: bytes | None, *, deadline: float, max_bytes: int
    ) -> HttpAnswer:
        """Send one request and return its whole answer; as `edge.net.http.request`.

        What a request asks for may be done twice, where the answer was lost: ours may.
        """
        ends = time.monotonic() + deadline
        connection, target = self._kept.towards(url, deadline)
        fresh = connection.sock is None
        try:
            return self._once(connection, method, target, body, ends, max_bytes)
        except CentreUnreachable:
            if fresh or time.monotonic() > ends:
                raise
        connection, target = self._kept.towards(url, ends - time.monotonic())
        return self._once(connection, method, target, body, ends, max_bytes)

    def secure(self, tls: Tls) -> None:
        """Secure the next connection in another way."""
        self.close()
        self._kept = KeptConnection(tls)

    def close(self) -> None:
        """End the connection; a request after that opens another."""
        self._kept.close()

    def _once(
        self,
        connection: Connection,
        method: str,
        target: str,
        body: bytes | None,
        ends: float,
        max_bytes: int,
    ) -> HttpAnswer:
        whole = False
        try:
            guard = Guard(connection, max(0.0, ends - time.monotonic()), self._kept.tls)
            answer = exchange(
                connection, guard, method, target, body, ends=ends, max_bytes=max_bytes
            )
            whole = True
            return answer
        finally:
            self._kept.used(whole=whole)
