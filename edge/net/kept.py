"""The one connection to a server that is kept from one request to the next.

Lives here: keeping it, and when another is made. Not here: what is sent over it (`line`,
`download`). On a line of 800 ms each new connection costs seconds.
"""

from __future__ import annotations

import ssl
import time

from edge.net.http import Connection, open_connection
from edge.net.tls import Tls

KEPT_SECONDS = 20.0
"""Unused for longer, a connection is made anew: servers and address translators forget it."""


class KeptConnection:
    """A connection secured by `tls`. For one thread."""

    def __init__(self, tls: Tls) -> None:
        self.tls = tls
        self._context: ssl.SSLContext | None = None
        self._kept: Connection | None = None
        self._used = 0.0

    def towards(self, url: str, timeout: float) -> tuple[Connection, str]:
        """Return the kept connection where it stands and goes to this server, else another.

        One that stands has a socket. With it comes what to ask it for. Raises ConfigInvalid.
        """
        made, target = open_connection(url, timeout, self._secured)
        kept = self._kept
        lately = time.monotonic() - self._used < KEPT_SECONDS
        if kept is not None and kept.sock is not None and lately and _server(kept) == _server(made):
            kept.timeout = timeout
            kept.sock.settimeout(timeout)
            return kept, target
        self.close()
        self._kept = made
        return made, target

    def _secured(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = self.tls.context()
        return self._context

    def used(self, *, whole: bool) -> None:
        """Note that an exchange has ended; one that is not `whole` leaves nothing to keep."""
        self._used = time.monotonic()
        if not whole:
            self.close()

    def close(self) -> None:
        """End the connection; the next request opens another."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None


def _server(connection: Connection) -> tuple[type, str, int | None]:
    return type(connection), connection.host, connection.port
