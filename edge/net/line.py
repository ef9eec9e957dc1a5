"""Requests to one server, one after another, over a connection that is kept between them.

Lives here: keeping, and asking anew over a fresh one where the kept one had ended meanwhile: on a
line of 800 ms each new connection costs seconds. Not here: the exchange itself (`http`).
"""

from __future__ import annotations

import ssl
import time

from edge.errors import CentreUnreachable
from edge.net.http import Connection, Guard, HttpAnswer, exchange, open_connection
from edge.net.tls import Tls

KEPT_SECONDS = 20.0
"""Unused for longer, a connection is made anew: servers and address translators forget it."""


class Line:
    """A way to send requests (`edge.net.http.Http`) that keeps its connection. For one thread."""

    def __init__(self, tls: Tls | None = None) -> None:
        self._tls = tls or Tls()
        self._context: ssl.SSLContext | None = None
        self._kept: Connection | None = None
        self._used = 0.0

    def __call__(
        self, method: str, url: str, body: bytes | None, *, deadline: float, max_bytes: int
    ) -> HttpAnswer:
        """Send one request and return its whole answer; as `edge.net.http.request`.

        What a request asks for may be done twice, where the answer was lost: ours may.
        """
        ends = time.monotonic() + deadline
        connection, target = self._connection(url, deadline)
        fresh = connection.sock is None
        try:
            return self._once(connection, method, target, body, ends, max_bytes)
        except CentreUnreachable:
            if fresh or time.monotonic() > ends:
                raise
        connection, target = self._connection(url, ends - time.monotonic())
        return self._once(connection, method, target, body, ends, max_bytes)

    def close(self) -> None:
        """End the connection; a request after that opens another."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

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
            guard = Guard(connection, max(0.0, ends - time.monotonic()), self._tls)
            answer = exchange(
                connection, guard, method, target, body, ends=ends, max_bytes=max_bytes
            )
            whole = True
            return answer
        finally:
            self._used = time.monotonic()
            if not whole:
                self.close()

    def _connection(self, url: str, timeout: float) -> tuple[Connection, str]:
        """Return the kept connection where it goes to the same server, else another."""
        if self._context is None:
            self._context = self._tls.context()
        made, target = open_connection(url, timeout, self._context)
        kept = self._kept
        lately = time.monotonic() - self._used < KEPT_SECONDS
        if kept is not None and kept.sock is not None and lately and _server(kept) == _server(made):
            kept.timeout = timeout
            kept.sock.settimeout(timeout)
            return kept, target
        self.close()
        self._kept = made
        return made, target


def _server(connection: Connection) -> tuple[type, str, int | None]:
    return type(connection), connection.host, connection.port
