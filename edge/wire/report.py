"""What a terminal says of itself: its version, its clock, what waits, which card list it has.

Lives here: the form, signing and reading. Not here: when it is sent (`edge.sync.report`), what the
centre makes of it. Nobody is named in it, and nothing in it is proof of anything: it is for whoever
looks after terminals.

A compact JWS, ES256, `typ` `tramthe-report+jws`, `x5c` the terminal's certificate alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire import canonical
from edge.wire.canonical import malformed
from edge.wire.event import check_epoch, check_terminal
from verify import jws
from verify.moment import TimeQuality

TYP = "tramthe-report+jws"
MAX_REPORT = 16 * 1024  # bytes of the compact form
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")
_NUMBER = re.compile(r"(0|[1-9a-f][0-9a-f]{0,39})")  # an X.509 CRL number has at most 20 bytes
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_KEYS = frozenset(
    ("terminal", "at", "quality", "version", "epoch", "seq", "queued", "list_number", "list_at")
)


@dataclass(frozen=True, slots=True)
class Report:
    """A terminal at time `at` of its own clock (RFC 3339, UTC, milliseconds, `Z`).

    `epoch`, `seq`: the end of its log; `queued`: events that nobody acknowledged yet;
    `list_number` (hexadecimal) and `list_at` of the card status list, None where it has none.
    Well-formed from birth: WireMalformed.
    """

    terminal: str
    at: str
    quality: TimeQuality
    version: str
    epoch: str
    seq: int
    queued: int
    list_number: str | None
    list_at: str | None

    def __post_init__(self) -> None:
        check_terminal(self.terminal)
        check_epoch(self.epoch)
        canonical.integer(self.seq, what="The log's last number")
        canonical.integer(self.queued, what="The number of events that wait")
        if _VERSION.fullmatch(self.version) is None:
            raise malformed("The version has not its form.")
        if (self.list_number is None) != (self.list_at is None):
            raise malformed("A list has a number and a time.")
        if self.list_number is not None and _NUMBER.fullmatch(self.list_number) is None:
            raise malformed("The list's number has not its form.")
        for text in (self.at, self.list_at):
            if text is not None:
                _check_time(text)

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that is signed."""
        return {
            "terminal": self.terminal,
            "at": self.at,
            "quality": self.quality.value,
            "version": self.version,
            "epoch": self.epoch,
            "seq": self.seq,
            "queued": self.queued,
            "list_number": self.list_number,
            "list_at": self.list_at,
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Report:
        """Return the report of a JSON object. Raises WireMalformed."""
        if set(payload) != _KEYS:
            raise malformed("The report has not exactly the documented fields.")
        try:
            quality = TimeQuality(payload["quality"])
        except ValueError as error:
            raise malformed("The report's time quality is unknown.") from error
        texts = [payload[name] for name in ("at", "version", "list_number", "list_at")]
        if any(text is not None and not isinstance(text, str) for text in texts):
            raise malformed("A field of the report is not text.")
        return cls(
            terminal=check_terminal(payload["terminal"]),
            at=texts[0] or "",
            quality=quality,
            version=texts[1] or "",
            epoch=check_epoch(payload["epoch"]),
            seq=canonical.integer(payload["seq"], what="The log's last number"),
            queued=canonical.integer(payload["queued"], what="The number of events that wait"),
            list_number=texts[2],
            list_at=texts[3],
        )


def sign_report(report: Report, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> str:
    """Return the compact JWS under the terminal's key, its certificate (DER) inside."""
    return jws.sign(report.to_payload(), typ=TYP, key=key, x5c=[certificate])


def _check_time(text: str) -> None:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise malformed("A time of the report is no time.") from error
    if _AT.fullmatch(text) is None:
        raise malformed("A time of the report has not its form.")
