"""Fetching files over a line that breaks: each goes on where it ended, over one kept connection.

Lives here: GET with a range, into a file. Not here: what the file is and whether it is the right
one: a part of another file would be found by the whole's hash alone, which the caller knows.
Source: RFC 9110 sections 14.2 to 14.4 and 15.3.7.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import BinaryIO, TypeVar

from edge.errors import CentreRefused, CentreUnreachable
from edge.net.http import (
    CHUNK,
    FAILURES,
    USER_AGENT,
    Connection,
    Guard,
    read_body,
    too_large,
    unreachable,
)
from edge.net.kept import KeptConnection
from edge.net.tls import Tls

MAX_NO = 64 * 1024  # bytes of an answer that is no file: read and dropped
_OK, _PARTIAL = 200, 206

T = TypeVar("T")


class Downloads:
    """GET requests to one server over one connection that is kept between them.

    For one thread. `close` ends the connection; a request after that opens another.
    """

    def __init__(self, tls: Tls | None = None) -> None:
        self._kept = KeptConnection(tls or Tls())

    def get(self, url: str, out: BinaryIO, *, deadline: float, max_bytes: int) -> int:
        """Bring `out` to the whole of what is at `url`, going on where it ends; return the status.

        200 or 206: it is whole. Any other status: `out` is as it was. What arrives is written at
        once, so a cut leaves a beginning to go on from; that beginning is given up only for an
        answer that says to be `max_bytes` long, not for a login page. `deadline` is in seconds
        from now; `max_bytes` bounds the whole. Raises CentreUnreachable (cut, or not whole in
        time), CentreRefused (too large, or not what was asked for), ConfigInvalid, OSError of
        `out`.
        """
        connection, target = self._kept.towards(url, deadline)
        fresh = connection.sock is None
        try:
            return self._once(connection, target, out, deadline, max_bytes)
        except _NoAnswer:
            if fresh:
                raise
        connection, target = self._kept.towards(url, deadline)
        return self._once(connection, target, out, deadline, max_bytes)

    def close(self) -> None:
        """End the connection."""
        self._kept.close()

    def _once(
        self, connection: Connection, target: str, out: BinaryIO, deadline: float, max_bytes: int
    ) -> int:
        begin = out.seek(0, 2)
        headers = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        if begin:
            headers["range"] = f"bytes={begin}-"
        guard = Guard(connection, deadline, self._kept.tls)
        answered = whole = False
        response = None
        try:
            guard.connect()
            connection.request(
                "GET", target, headers=headers, preload_content=False, decode_content=False
            )
            response = connection.getresponse()
            answered = True
            if response.status in (_OK, _PARTIAL):
                start = begin if response.status == _PARTIAL else 0
                if begin and not _follows(response.headers, start, max_bytes):
                    raise CentreRefused(
                        "The server sends something else than the rest of the file.",
                        next_step="Check the address, and what stands between: a login page.",
                    )
                _write(response.read1, out, start, max_bytes)
            else:
                read_body(response, math.inf, MAX_NO)
            whole = True
            return response.status
        except _NotWritten as error:
            raise error.cause from error
        except FAILURES as error:
            raise (unreachable() if answered else _no_answer()) from error
        finally:
            guard.cancel()
            if response is not None and not whole:
                response.close()  # it alone holds the socket where the server is to end it
            self._kept.used(whole=whole)


class _NoAnswer(CentreUnreachable):
    """Nothing came back: over a kept connection perhaps only because it had ended meanwhile."""


class _NotWritten(Exception):
    """What was received cannot be written: no fault of the network's."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause)
        self.cause = cause


def _write(read: Callable[[int], bytes], out: BinaryIO, start: int, max_bytes: int) -> None:
    _writing(out.truncate, start)
    _writing(out.seek, start)
    while chunk := read(CHUNK):
        start += len(chunk)
        if start > max_bytes:
            raise too_large(max_bytes)
        _writing(out.write, chunk)


def _writing(act: Callable[[T], object], value: T) -> None:
    try:
        act(value)
    except OSError as error:
        raise _NotWritten(error) from error


def _follows(headers: Mapping[str, str], start: int, whole: int) -> bool:
    """Whether the answer is the part from `start` on, or else as long as the whole."""
    if not start:
        return headers.get("content-length") == str(whole)
    unit, _, rest = headers.get("content-range", "").strip().partition(" ")
    return unit == "bytes" and rest.partition("-")[0] == str(start)


def _no_answer() -> _NoAnswer:
    found = unreachable()
    return _NoAnswer(found.message, next_step=found.next_step)
