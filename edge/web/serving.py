"""Serving the pages by waitress, so that it can be stopped from another thread.

Lives here: the loop and its end, and how an answer is sent. waitress's own `run` only ends by a
signal in the main thread; closing its socket from elsewhere leaves connections behind. Not here:
the application (`app`).
"""

from __future__ import annotations

import socket
import threading
from typing import Any, cast

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, TcpWSGIServer, create_server
from waitress.task import WSGITask
from waitress.utilities import build_http_date

from edge.web.api.no_request import ProblemChannel
from edge.web.security import MAX_UPLOAD
from edge.web.waiting import SERVER_THREADS

MAX_REQUEST = MAX_UPLOAD + 16 * 1024
"""Bytes of a request's body, refused before they are buffered: a file, and what a form puts round
it. What each page takes is less (`security`, `edge.web.api.body`)."""
TICK_SECONDS = 0.2
"""How often the loop looks whether it is to end, or to listen elsewhere too."""
SHUT_SECONDS = 2.0
"""How long one waits for the loop to let an address go; a loop that has ended does not."""


class _Task(WSGITask):
    """One request, whose answer's head goes out with its body, and not in a packet of its own."""

    def write(self, data: bytes) -> None:
        """Write a part of the body, and the head before the first one."""
        length = self.content_length
        whole = length is not None and len(data) <= length and self.has_body
        if self.wrote_header or not (self.complete and whole):
            super().write(data)  # which has the rest of HTTP's cases
            return
        head = self._head()
        self.wrote_header = True
        self.content_bytes_written = len(data)
        self.channel.write_soon(head + data)

    def _head(self) -> bytes:
        """Return the head: waitress's, made at once where the connection stays.

        Its fields come from Flask, whose names need no other spelling; the date is the server's.
        """
        ends = self.close_on_finish or getattr(self.request, "connection_close", True)
        if self.version != "1.1" or ends:
            return self.build_response_header()
        lines = [f"HTTP/1.1 {self.status}"]
        lines += [f"{name}: {value}" for name, value in self.response_headers]
        if "Date" not in dict(self.response_headers):
            lines.append(f"Date: {build_http_date(self.start_time)}")
        return "\r\n".join((*lines, "", "")).encode("latin-1")


class _Channel(ProblemChannel):
    task_class = _Task


class PageServer:
    """One application on one port, of one address and of others while they are wanted.

    Raises OSError where the address is taken, or is none of this machine's. A request says by
    which address it came in SERVER_NAME; its Host says only what the browser was told.
    """

    def __init__(self, app: Flask, host: str, port: int, threads: int = SERVER_THREADS) -> None:
        self._app = app
        self._port = port
        self._stop = threading.Event()
        self._channels: Any = {}
        self._wanted: dict[str, socket.socket] = {}
        self._also: dict[str, BaseWSGIServer] = {}
        self._changing = threading.Condition()
        made = create_server(
            app,
            sockets=[socket.create_server((host, port))],
            threads=threads,
            channel_request_lookahead=1,
            ident="",  # no Server field: it tells who looks for holes where to look
            clear_untrusted_proxy_headers=True,
            max_request_body_size=MAX_REQUEST,
            map=self._channels,
        )
        self._server = cast("BaseWSGIServer", made)
        self._server.channel_class = _Channel
        self._server.server_name = host

    def listen(self, address: str) -> None:
        """Take connections at another address of this machine too. Raises OSError.

        Connections wait from now on, and are answered with the loop's next turn.
        """
        opened = socket.create_server((address, self._port))
        with self._changing:
            self._wanted[address] = opened

    def shut(self, address: str) -> None:
        """Take none there any more, and let go whoever came by it; harmless when repeated."""
        with self._changing:
            opened = self._wanted.pop(address, None)
            if opened is not None and address not in self._also:
                opened.close()  # before the loop took it up
            self._changing.wait_for(lambda: address not in self._also, SHUT_SECONDS)

    def run(self) -> None:
        """Serve until `stop`; then let every connection go."""
        while not self._stop.is_set():
            self._change()
            wasyncore.loop(timeout=TICK_SECONDS, map=self._channels, count=1)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._channels)

    def stop(self) -> None:
        """End `run`; from any thread, harmless when repeated."""
        self._stop.set()

    def _change(self) -> None:
        """Make the servers those that are wanted: in the loop's own thread, as waitress needs."""
        if self._also.keys() == self._wanted.keys():
            return  # each turn of the loop asks, while a request waits for its thread
        with self._changing:
            for address in [one for one in self._also if one not in self._wanted]:
                server = self._also.pop(address)
                for channel in list(
                    cast("dict[int, HTTPChannel]", server.active_channels).values()
                ):
                    channel.handle_close()
                server.close()
            for address in [one for one in self._wanted if one not in self._also]:
                self._also[address] = self._serve(self._wanted[address], address)
            self._changing.notify_all()

    def _serve(self, opened: socket.socket, address: str) -> BaseWSGIServer:
        server = TcpWSGIServer(
            self._app,
            self._channels,
            True,
            opened,
            dispatcher=self._server.task_dispatcher,
            adj=self._server.adj,
            bind_socket=False,
            sockinfo=(opened.family, opened.type, opened.proto, opened.getsockname()),
        )
        server.channel_class = _Channel
        server.server_name = address
        return server
