"""The way to the centre: by which door, how long, and what the status of an answer means.

Lives here: doors, deadlines, statuses. Not here: what is asked and what the answer says (`uplink`),
when to ask again (`repeat`), the network (`edge.net`).

A centre behind nginx has two doors for terminals, told apart by name: `terminals.NAME` asks for
the terminal's certificate; `lapsed.NAME` does not, because a server that asks answers 400 to one
that has run out, and there the signature on each object speaks alone (DESIGN section 12). Whether
ours has run out is known by the clock, which may be wrong: so one that the usual door does not
take goes to the other door within the same pass; and so does a terminal whose key stays in a token
and cannot be used for TLS. An address that does not begin with `terminals.` has one door.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from edge.errors import CentreBusy, CentreRefused, CentreUnreachable, CertificateNotTaken
from edge.identity.key import Pair
from edge.net.http import Http, HttpAnswer
from edge.net.retry_after import retry_after
from verify import certificate
from verify.errors import VerifyError

TERMINALS, LAPSED = "://terminals.", "://lapsed."
DEADLINE = 20.0
"""Seconds for one request and its answer, beyond the time that its bytes take."""
SLOWEST = 4000
"""Bytes a second: half of what a line of 64 kbit/s carries."""

_OK, _BAD_REQUEST, _TIMED_OUT, _TOO_LARGE, _TOO_EARLY, _BUSY, _NOT_NOW = (
    200, 400, 408, 413, 425, 429, 503,
)  # fmt: skip


class Way:
    """Asks one centre on behalf of a terminal.

    `pair()`: its key and certificate at this moment, None where they are destroyed. `patience`:
    seconds that an answer may take beyond a request's own, for what is long or waited for.
    """

    def __init__(
        self,
        http: Http,
        centre_url: str,
        pair: Callable[[], Pair | None],
        *,
        patience: float = 0.0,
    ) -> None:
        self._http = http
        self._patience = patience
        base = centre_url.rstrip("/")
        self._usual = base
        self._lapsed = base.replace(TERMINALS, LAPSED, 1) if TERMINALS in base else None
        self._pair = pair
        self._by_lapsed = False

    def begin(self, at: datetime) -> None:
        """Choose the door for a pass at `at`, UTC."""
        self._by_lapsed = self._ended(at)

    def ask(
        self, method: str, path: str, body: bytes | None, *, max_bytes: int, at: datetime
    ) -> bytes:
        """Return the body of the centre's answer 200.

        Raises CentreUnreachable (no answer, or not in time), CentreBusy (429 or 503),
        TooMuchAtOnce, CentreRefused, ConfigInvalid.
        """
        answer = self._by_door(method, path, body, max_bytes)
        if answer.status == _OK:
            return answer.body
        raise _meaning(answer, at)

    def _by_door(self, method: str, path: str, body: bytes | None, max_bytes: int) -> HttpAnswer:
        if not self._by_lapsed:
            try:
                answer = self._send(self._usual + path, method, body, max_bytes)
            except CertificateNotTaken:
                if self._lapsed is None:
                    raise
            else:
                if answer.status != _BAD_REQUEST or self._lapsed is None:
                    return answer
            self._by_lapsed = True
        return self._send((self._lapsed or self._usual) + path, method, body, max_bytes)

    def _send(self, url: str, method: str, body: bytes | None, max_bytes: int) -> HttpAnswer:
        deadline = DEADLINE + len(body or b"") / SLOWEST + self._patience
        return self._http(method, url, body, deadline=deadline, max_bytes=max_bytes)

    def _ended(self, at: datetime) -> bool:
        pair = self._pair()
        if self._lapsed is None:
            return False
        if pair is None:
            return True
        if pair.certificate is None:
            return False
        if pair.shown is None:
            return True
        try:
            return certificate.parse(pair.certificate).not_after < at
        except VerifyError:
            return False


class TooMuchAtOnce(CentreRefused):
    """Something on the way takes no request of this size."""


def _meaning(answer: HttpAnswer, at: datetime) -> Exception:
    status = answer.status
    if status in (_BUSY, _NOT_NOW):
        return CentreBusy(
            f"The centre asks to come later (HTTP {status}).",
            next_step="Nothing is lost: what waits is sent again by itself.",
            after=retry_after(answer.headers, at),
        )
    if status >= 500 or status in (_TIMED_OUT, _TOO_EARLY):
        return CentreUnreachable(
            f"The centre is not ready (HTTP {status}).",
            next_step="Nothing is lost: what waits is sent again by itself.",
        )
    if status == _TOO_LARGE:
        return TooMuchAtOnce(
            f"What was sent is too much at once (HTTP {status}).",
            next_step="Nothing is lost: smaller parts are sent by themselves.",
        )
    return CentreRefused(
        f"The centre does not take this terminal's records (HTTP {status}).",
        next_step="Nothing is lost. Ask the office whether this terminal is enrolled.",
    )
