"""The terminal authorities that this centre knows, and the terminals' certificates it has seen.

Lives here: remembering a check for a minute, so that a terminal that sends a thousand segments is
examined once. Not here: the check itself (`provisioning.terminals`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec

from provisioning import terminals
from provisioning.errors import TerminalUnknown
from provisioning.fleet.registry import key_fingerprint
from verify import certificate, jws

REMEMBERED = 4096
"""Certificates; one takes about 3 kB."""
LAPSED_FOR = timedelta(days=800)
"""So long after its end a certificate still brings records home: a year in a drawer, and more."""


@dataclass(frozen=True, slots=True)
class Known:
    """A terminal's certificate that was checked."""

    terminal: str
    fingerprint: str
    """Of its key (`fleet.registry.key_fingerprint`)."""
    key: ec.EllipticCurvePublicKey = field(repr=False)


class TerminalAuthorities:
    """`anchors`: certificates of the authorities that enrol terminals, DER."""

    def __init__(self, anchors: Sequence[bytes]) -> None:
        self.anchors = tuple(anchors)
        self._checked = lru_cache(maxsize=REMEMBERED)(self._check)

    def known(self, der: bytes, at: datetime, *, lapsed: bool = False) -> Known:
        """Return whose certificate this is, checked as of the minute of `at`.

        `lapsed`: it may have ended up to LAPSED_FOR ago, and is checked as of its last moment.
        Raises TerminalUnknown, verify.errors.VerifyError.
        """
        minute = at.replace(second=0, microsecond=0)
        try:
            return self._checked(der, minute, lapsed)
        except TerminalUnknown:
            return self._check(der, at, lapsed)  # it may have begun within this very minute

    def _check(self, der: bytes, at: datetime, lapsed: bool) -> Known:
        judged = at
        if lapsed:
            ended = certificate.parse(der).not_after
            if at - ended > LAPSED_FOR:
                raise TerminalUnknown(
                    "The terminal's certificate ended too long ago.",
                    next_step="Enrol the terminal anew; its records stay with it until then.",
                )
            judged = min(at, ended)
        terminals.check(der, self.anchors, judged)
        key = jws.certificate_key(der)
        return Known(terminals.name_of(der), key_fingerprint(key), key)
