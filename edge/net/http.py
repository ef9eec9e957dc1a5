"""One HTTP request: the only importer of urllib3.

Lives here: connecting, sending, a deadline over the whole exchange, a ceiling on the answer, and
every failure as an error of ours. Not here: what is sent and what an answer means (`edge.sync`),
and files that are fetched in parts (`download`).

Redirects are not followed (an answer 3xx is an answer), nothing is retried, no proxy is asked.
A timeout of the socket alone would let a server that drips one byte at a time hold us for ever,
so a timer cuts the connection at the deadline. Only the look-up of a name may outlast it.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from urllib3 import BaseHTTPResponse  # noqa: TID251 -- this is the seam
from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: TID251 -- as above
from urllib3.exceptions import (  # noqa: TID251 -- as above
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util import parse_url  # noqa: TID251 -- as above

from edge.errors import (
    CentreCutOff,
    CentreRefused,
    CentreUnreachable,
    CertificateNotTaken,
    ConfigInvalid,
    EdgeError,
    Obstacle,
)
from edge.net.head import Answer
from edge.net.tls import Tls, refuses_ours

CHUNK = 64 * 1024  # bytes read at a time
USER_AGENT = "tramthe"
JOSE = "application/jose"
NONE: Mapping[str, str] = MappingProxyType({})
FAILURES = (HTTPError, http.client.HTTPException, OSError, ValueError)
"""What sending and receiving raise."""

Connection = HTTPConnection | HTTPSConnection


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Http(Protocol):
    """What `edge.sync` needs of the network; `request` here is the one implementation."""

    def __call__(
        self, method: str, url: str, body: bytes | None, *, deadline: float, max_bytes: int
    ) -> HttpAnswer:
        """Return the answer; see `request`."""


def request(
    method: str,
    url: str,
    body: bytes | None,
    *,
    deadline: float,
    max_bytes: int,
    content_type: str = JOSE,
    headers: Mapping[str, str] = NONE,
    tls: Tls | None = None,
) -> HttpAnswer:
    """Send one request and return its whole answer, whatever its status.

    `deadline` is in seconds from now and bounds connecting, sending and reading together;
    `max_bytes` bounds the answer's body; `headers` are sent besides. Raises
    CentreUnreachable (no complete answer in time; CentreCutOff where the server was reached),
    CertificateNotTaken (the server does not take the certificate we show), CentreRefused (answer
    too large), ConfigInvalid (the address cannot be used).
    """
    secured = tls or Tls()
    connection, target = open_connection(url, deadline, secured.context)
    ends = time.monotonic() + deadline
    guard = Guard(connection, deadline, secured)
    try:
        return exchange(
            connection,
            guard,
            method,
            target,
            body,
            ends=ends,
            max_bytes=max_bytes,
            content_type=content_type,
            headers=headers,
        )
    finally:
        connection.close()


def exchange(
    connection: Connection,
    guard: Guard,
    method: str,
    target: str,
    body: bytes | None,
    *,
    ends: float,
    max_bytes: int,
    content_type: str = JOSE,
    headers: Mapping[str, str] = NONE,
) -> HttpAnswer:
    """Send one request over a connection and return its whole answer; errors as `request`.

    `ends` is when `guard` cuts, by time.monotonic. After an error the connection is of no use.
    """
    sent = {"user-agent": USER_AGENT, "accept-encoding": "identity", **headers}
    if body is not None:
        sent["content-type"] = content_type
    try:
        guard.connect()
        connection.request(
            method, target, body=body, headers=sent, preload_content=False, decode_content=False
        )
        response = connection.getresponse()
        return HttpAnswer(
            status=response.status,
            headers=MappingProxyType({k.lower(): v for k, v in response.headers.items()}),
            body=read_body(response, ends, max_bytes),
        )
    except FAILURES as error:
        raise failed(error, reached=guard.reached) from error
    finally:
        guard.cancel()


def open_connection(
    url: str, timeout: float, context: Callable[[], ssl.SSLContext]
) -> tuple[Connection, str]:
    """Return a connection, not yet connected, and what to ask it for. Raises ConfigInvalid.

    `context` is asked for where the address has TLS: reading the system's roots takes its time.
    """
    try:
        parts = parse_url(url)
    except HTTPError as error:
        raise _bad_address() from error
    if parts.host is None or parts.auth is not None:
        raise _bad_address()
    host = parts.host.strip("[]")
    made: Connection
    # Always with a port: without one the end of an IPv6 address would be taken for it.
    match parts.scheme:
        case "https":
            port = parts.port or HTTPSConnection.default_port
            made = HTTPSConnection(host, port, timeout=timeout, ssl_context=context())
        case "http":
            port = parts.port or HTTPConnection.default_port
            made = HTTPConnection(host, port, timeout=timeout)
        case _:
            raise _bad_address()
    made.response_class = Answer
    return made, parts.request_uri


def read_body(response: BaseHTTPResponse, ends: float, max_bytes: int) -> bytes:
    """Return the body of at most `max_bytes`. Raises CentreRefused, CentreUnreachable.

    Read to the end inside the caller's `try`: a generator would raise after it.
    """
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise too_large(max_bytes)
        chunks.append(chunk)
    if time.monotonic() > ends:
        raise cut_off()
    return b"".join(chunks)


class Guard:
    """Bounds one exchange: the thread that reads gets an error or EOF when the time is over.

    The socket is kept here, because the connection drops its own as soon as the answer's headers
    say that the body ends with the connection.
    """

    def __init__(self, connection: Connection, deadline: float, tls: Tls) -> None:
        self._connection = connection
        self._tls = tls
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(deadline, self._cut)
        self._timer.daemon = True

    def connect(self) -> None:
        """Begin, and connect where the connection does not stand already."""
        self._timer.start()
        if self._connection.sock is None:
            self._connection.connect()
            made: object = self._connection.sock
            if isinstance(made, ssl.SSLSocket):
                self._tls.check_end(made.getpeercert(binary_form=True))
        self._socket = self._connection.sock

    @property
    def reached(self) -> bool:
        """Return whether the connection stood."""
        return self._socket is not None

    def cancel(self) -> None:
        """Stop guarding."""
        self._timer.cancel()

    def _cut(self) -> None:
        sock = self._socket or self._connection.sock
        if sock is not None:
            try:
                # Not the TLS socket's own method: that pulls its state from under the reader.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                return


def failed(error: BaseException, *, reached: bool) -> EdgeError:
    """Return our error for one of FAILURES, after a connection stood or before."""
    if refuses_ours(error):
        return CertificateNotTaken(
            "The centre does not take this terminal's certificate.",
            next_step="Nothing is lost. Ask the office whether this terminal is enrolled.",
        )
    return cut_off() if reached else _not_reached(error)


def _not_reached(error: BaseException) -> CentreUnreachable:
    """Return the error of an exchange that never began; it says what stood in the way."""
    check = "Check the network and the address."
    match error:
        case NameResolutionError():
            obstacle, what = Obstacle.NAME, "The centre's name is not found"
        case NewConnectionError(__cause__=ConnectionRefusedError()):
            obstacle, what = Obstacle.NOBODY, "Nothing listens at the centre's address"
        case NewConnectionError():
            obstacle, what = Obstacle.NO_WAY, "There is no way to the centre"
        case ssl.SSLCertVerificationError():
            why = error.verify_message.rstrip(".")
            obstacle, what = Obstacle.CERTIFICATE, f"The centre's certificate does not hold: {why}"
            check = "Check this terminal's clock, and the address."
        case _:
            return unreachable()
    return CentreUnreachable(
        f"{what}.",
        next_step=f"Nothing is lost: what waits is sent again by itself. {check}",
        obstacle=obstacle,
    )


def cut_off() -> CentreCutOff:
    """Return the error of an exchange that began and did not come to its end in time."""
    found = unreachable()
    return CentreCutOff(found.message, next_step=found.next_step)


def unreachable() -> CentreUnreachable:
    """Return the error of an exchange that did not come to its end in time."""
    return CentreUnreachable(
        "The centre did not answer in time.",
        next_step="Nothing is lost: what waits is sent again by itself. Check the network.",
    )


def too_large(max_bytes: int) -> CentreRefused:
    """Return the error of an answer beyond its limit."""
    return CentreRefused(
        f"The answer is larger than {max_bytes} bytes.",
        next_step="Check that the address is the right one.",
    )


def _bad_address() -> ConfigInvalid:
    return ConfigInvalid(
        "The centre's address cannot be used.",
        next_step="Set `centre_url` to an address like https://centre.example/.",
    )
