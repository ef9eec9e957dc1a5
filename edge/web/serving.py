"""Serving the pages by waitress, so that it can be stopped from another thread.

Lives here: the loop and its end. waitress's own `run` only ends by a signal in the main thread;
closing its socket from elsewhere leaves connections behind. Not here: the application (`app`).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from edge.web.api.no_request import ProblemChannel
from edge.web.security import MAX_UPLOAD
from edge.web.waiting import SERVER_THREADS

MAX_REQUEST = MAX_UPLOAD + 16 * 1024
"""Bytes of a request's body, refused before they are buffered: a file, and what a form puts round
it. What each page takes is less (`security`, `edge.web.api.body`)."""
TICK_SECONDS = 0.2
"""How often the loop looks whether it is to end."""


class PageServer:
    """One application on one port, of one address or more.

    Raises OSError where an address is taken, or is none of this machine's.
    """

    def __init__(
        self,
        app: Flask,
        host: str,
        port: int,
        threads: int = SERVER_THREADS,
        *,
        also: Sequence[str] = (),
    ) -> None:
        listening: list[socket.socket] = []
        try:
            for one in (host, *also):
                listening.append(socket.create_server((one, port)))
        except OSError:
            for opened in listening:
                opened.close()
            raise
        self._stop = threading.Event()
        self._channels: Any = {}
        self._server = create_server(
            app,
            sockets=listening,
            threads=threads,
            channel_request_lookahead=1,
            ident="tramthe",
            clear_untrusted_proxy_headers=True,
            max_request_body_size=MAX_REQUEST,
            map=self._channels,
        )
        for server in self._channels.values():
            if isinstance(server, BaseWSGIServer):
                server.channel_class = ProblemChannel

    def run(self) -> None:
        """Serve until `stop`; then let every connection go."""
        while not self._stop.is_set():
            wasyncore.loop(timeout=TICK_SECONDS, map=self._channels, count=1)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._channels)

    def stop(self) -> None:
        """End `run`; from any thread, harmless when repeated."""
        self._stop.set()
