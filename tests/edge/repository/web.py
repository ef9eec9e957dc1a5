"""A real web server over a repository's folder, and a line to it that breaks where told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

from edge.web.serving import PageServer
from provisioning.demo.children import free_port

LOOPBACK = "127.0.0.1"
WITHIN = 30.0  # seconds
BLOCK = 4096  # bytes passed on at a time


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Serve static files, with ranges, by waitress; give the port and what was asked for."""
    app = Flask("repository")
    asked: list[str] = []

    @app.get("/<path:name>")
    def file(name: str) -> Response:
        asked.append(f"{name} {request.headers.get('range', '')}".strip())
        return send_from_directory(folder, name, conditional=True)

    port = free_port()
    server = PageServer(app, LOOPBACK, port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield port, asked
    finally:
        server.stop()
        thread.join(WITHIN)


class Line:
    """A relay that ends each connection after `left` bytes came down, and then lets all through.

    `down` counts what came down in all, `up` what went up, `connections` how often it was used.
    """

    def __init__(self, port: int, left: int | None = None) -> None:
        self._to = port
        self.left = left
        self.down = self.up = self.connections = 0
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listening.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Return the address of this end."""
        return f"http://{LOOPBACK}:{self.port}"

    def close(self) -> None:
        """Stop."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(WITHIN)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection((LOOPBACK, self._to))
            self.connections += 1
            for way, ends in ((self._pass_down, (far, near)), (self._pass_up, (near, far))):
                thread = threading.Thread(target=way, args=ends, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass_down(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while block := far.recv(BLOCK if self.left is None else max(1, min(BLOCK, self.left))):
                # Counted before it is passed on: whoever has it all may set `left` anew.
                self.down += len(block)
                last = self.left is not None and self.left <= len(block)
                if self.left is not None:
                    self.left = None if last else self.left - len(block)
                near.sendall(block)
                if last:
                    break
        _end(near, far)

    def _pass_up(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while block := near.recv(BLOCK):
                far.sendall(block)
                self.up += len(block)
        _end(near, far)


def _end(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@contextmanager
def line(folder: Path, left: int | None = None) -> Iterator[tuple[Line, list[str]]]:
    """Serve a folder behind a line; give the line and what was asked for."""
    with ExitStack() as stack:
        port, asked = stack.enter_context(serving(folder))
        made = Line(port, left)
        stack.callback(made.close)
        yield made, asked


class Scripted:
    """A server that treats each connection as `behaviour` says, until it is closed."""

    def __init__(self, behaviour: Callable[[socket.socket, bytes], None]) -> None:
        self._behaviour = behaviour
        self._listening = socket.create_server((LOOPBACK, 0))
        self.url = f"http://{LOOPBACK}:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(WITHIN)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(WITHIN)
                asked = b""
                while b"\r\n\r\n" not in asked:
                    asked += connection.recv(BLOCK)
                self._behaviour(connection, asked)
