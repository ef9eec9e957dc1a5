"""The examiner's line to a centre: one request and its whole answer, whatever it is.

Lives here: HTTP as the standard library speaks it, with TLS and a client certificate. Not here:
what is sent and what an answer means. Independent of the terminal's own way out (`edge.net`), so
that a mistake made there would show.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from provisioning.errors import CentreNotReached, OfficeInputInvalid

TIMEOUT = 30.0  # seconds without a byte
MAX_ANSWER = 1024 * 1024  # bytes
FAILURES = (OSError, http.client.HTTPException, UnicodeError)
"""The last: a name that no name server could know."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """Return the media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Line:
    """The way to a centre.

    `root`: PEM of the roots to trust instead of the system's. `address`: where to connect to,
    instead of what the name in `url` stands for.
    """

    url: str
    root: Path | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            http.client.HTTPConnection(parts.hostname or "", parts.port)  # which connects nowhere
        except (ValueError, http.client.InvalidURL) as error:
            raise _no_address(self.url) from error
        if parts.scheme not in ("http", "https") or parts.hostname is None or parts.query:
            raise _no_address(self.url)

    @property
    def secure(self) -> bool:
        """Return whether TLS is spoken."""
        return urlsplit(self.url).scheme == "https"

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, certificate: Path | None = None
    ) -> Answer:
        """Send one request. `certificate`: PEM file with certificate and key, shown over TLS.

        Raises CentreNotReached where no whole answer comes.
        """
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
        headers = {"User-Agent": "tramthe-check", "Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "application/jose"
        try:
            connection.sock = self._socket(certificate)
            target = parts.path.rstrip("/") + path
            with suppress(BrokenPipeError, ConnectionResetError):  # it may answer before the end
                connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(MAX_ANSWER),
            )
        except FAILURES as error:
            raise CentreNotReached(
                f"No whole answer came ({_why(error)}).",
                next_step="Check the address, and that the centre runs.",
            ) from error
        finally:
            connection.close()

    def _socket(self, certificate: Path | None) -> socket.socket:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or (443 if self.secure else 80)
        plain = socket.create_connection((self.address or host, port), timeout=TIMEOUT)
        if not self.secure:
            return plain
        context = ssl.create_default_context(cafile=None if self.root is None else str(self.root))
        if certificate is not None:
            context.load_cert_chain(certificate)
        try:
            return context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


def _why(error: Exception) -> str:
    """Return what went wrong, without the words of whoever answered."""
    if isinstance(error, http.client.HTTPException):
        return type(error).__name__
    return str(error) or type(error).__name__


def _no_address(url: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"{url} is not the address of a centre.",
        next_step="Give an address like https://centre.example/.",
    )
