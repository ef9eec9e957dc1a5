"""What stands around a counter's door in tests: nginx, an upstream that tells all, browsers."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser
from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from provisioning.office.certificates import to_pem
from provisioning.office.pki import Authority, key_pem
from tests.conftest import CHROMIUM, CHROMIUM_ARGS
from tests.provisioning.nginx_run import WITHIN, nginx
from tests.tools import needed

Environ = Mapping[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class Upstream:
    """A terminal's port that answers with the request's own headers, and remembers each path."""

    seen: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    """HTML by path."""
    go_on: threading.Event = field(default_factory=threading.Event)
    """Lets the second event of /api/events out."""

    def forget(self) -> None:
        """Begin anew: nothing was seen, no page is there."""
        self.seen.clear()
        self.pages.clear()
        self.go_on.clear()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.seen.append(path)
        if path == "/api/events":
            start("200 OK", [("Content-Type", "text/event-stream")])
            return self._events()
        if path in self.pages:
            start("200 OK", [("Content-Type", "text/html; charset=utf-8")])
            return [self.pages[path].encode()]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        said = {name: value for name, value in environ.items() if isinstance(value, str)}
        said["body"] = environ["wsgi.input"].read(length).decode()
        start("200 OK", [("Content-Type", "application/json"), ("Set-Cookie", "tramthe=1; Path=/")])
        return [json.dumps(said).encode()]

    def _events(self) -> Iterator[bytes]:
        yield b"data: 1\n\n"
        self.go_on.wait(WITHIN)
        yield b"data: 2\n\n"


@contextmanager
def serving(app: Any, port: int) -> Iterator[None]:
    """Serve a WSGI application on a port of loopback."""
    listening = socket.create_server(("127.0.0.1", port))
    channels: Any = {}
    server = create_server(
        app, sockets=[listening], threads=4, clear_untrusted_proxy_headers=False, map=channels
    )
    assert isinstance(server, BaseWSGIServer)
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            wasyncore.loop(timeout=0.05, map=channels, count=1)
        server.task_dispatcher.shutdown()
        wasyncore.close_all(channels)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        server.pull_trigger()
        thread.join(WITHIN)


@contextmanager
def running(folder: Path, site: Path, port: int) -> Iterator[None]:
    """Run nginx in a new folder."""
    folder.mkdir()
    with nginx(folder, site, port):
        yield


@contextmanager
def impostor(folder: Path, chain: list[bytes], server: Authority, port: int) -> Iterator[None]:
    """Serve the door's site with another certificate, as whoever sits between PC and terminal."""
    folder.mkdir()
    (folder / "chain.pem").write_bytes(b"".join(map(to_pem, chain)))
    (folder / "key.pem").write_bytes(key_pem(server.key))
    text = f"""server {{ listen {port} ssl; ssl_certificate {folder}/chain.pem;
      ssl_certificate_key {folder}/key.pem; return 200 stolen; }}"""
    (folder / "site.conf").write_text(text)
    with nginx(folder, folder / "site.conf", port):
        yield


@dataclass(frozen=True)
class Way:
    """How a PC reaches a door: its port on loopback, the root that is believed, and from where."""

    port: int
    root: Path
    source: str = "127.0.0.1"
    """An address of loopback: nginx counts what comes from one."""

    def connection(
        self, sni: str | None, *, version: ssl.TLSVersion | None = None
    ) -> http.client.HTTPConnection:
        """Return a connection behind TLS whose certificate has to be for `sni`, a name or address.

        None: no name is sent, and none is looked for. Raises ssl.SSLError, OSError.
        """
        context = ssl.create_default_context(cafile=str(self.root))
        context.check_hostname = sni is not None
        if version is not None:
            context.minimum_version = context.maximum_version = version
        raw = socket.create_connection(
            ("127.0.0.1", self.port), timeout=WITHIN, source_address=(self.source, 0)
        )
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            wrapped = context.wrap_socket(raw, server_hostname=sni)
        except OSError:
            raw.close()
            raise
        connection = http.client.HTTPConnection("unused", timeout=WITHIN)
        connection.sock = wrapped
        return connection

    def ask(
        self,
        sni: str | None,
        path: str = "/",
        *,
        host: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send a request; return the answer and what it said."""
        with closing(self.connection(sni)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer, answer.read()


@contextmanager
def pc(
    browser: Browser,
    home: Path,
    *roots: Path,
    names: Iterable[str] = (),
    policies: Path | None = None,
    spaces: Mapping[int, str] | None = None,
) -> Iterator[Browser]:
    """Start Chromium as a counter's PC runs it: a home of its own, its NSS database, its names.

    `roots` are put into the database as the page for the PC says; every name leads to loopback.
    `policies` is a file that Chromium finds as its administrator's, in a /etc of its own: that
    takes root. `spaces` says for ports of loopback in which network it is to believe them.
    """
    database = home / ".pki" / "nssdb"
    certutil = needed("certutil", "libnss3-tools")
    where = ["-d", f"sql:{database}"]
    if not database.exists():
        database.mkdir(parents=True)
        subprocess.run([certutil, *where, "-N", "--empty-password"], check=True)
    for place, root in enumerate(roots):
        added = ["-A", "-t", "C,,", "-n", f"root {place}", "-i", str(root)]
        subprocess.run([certutil, *where, *added], check=True)
    rules = ", ".join(f"MAP {name} 127.0.0.1" for name in names)
    where_is = ",".join(f"127.0.0.1:{port}={space}" for port, space in (spaces or {}).items())
    more = [f"--ip-address-space-overrides={where_is}"] if spaces else []
    started = browser.browser_type.launch(
        executable_path=str(CHROMIUM if policies is None else _managed(home, policies)),
        args=[*CHROMIUM_ARGS, f"--host-resolver-rules={rules}", *more],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
    )
    try:
        yield started
    finally:
        started.close()


def _managed(home: Path, policies: Path) -> Path:
    """Return a program that starts Chromium where /etc/chromium holds these policies alone."""
    program, managed = home / "managed-chromium", "/etc/chromium/policies/managed"
    inside = f"mount -t tmpfs none /etc/chromium && mkdir -p {managed} && cp {policies} {managed}/"
    program.write_text(
        f'#!/bin/sh\nexec unshare -m sh -c \'{inside} && exec {CHROMIUM} "$@"\' sh "$@"\n'
    )
    program.chmod(0o700)
    return program
