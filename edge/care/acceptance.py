"""The acceptance report: a diagnosis that the terminal itself signed, for the office's files.

Lives here: what stands in it, signing by a callable, checking and reading. Not here: whose key it
is (the caller's `key_for`), paper (`edge.web.acceptance_page`). It says how the terminal was when
it was handed over; what only a person can see (the lamp's light, the buzzer's tone) is ticked on
paper. Nobody is named in it.

A compact JWS, ES256, `typ` `tramthe-acceptance+jws`, `kid` the RFC 7638 thumbprint of the
terminal's key, `x5c` its certificate where it has one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.care.check import State
from edge.care.diagnosis import Diagnosis
from edge.care.read_diagnosis import read_diagnosis
from edge.meeting.sheet_jws import Signer, thumbprint
from edge.wire import canonical
from edge.wire.canonical import malformed
from verify import jws
from verify.errors import BadSignature

TYP = "tramthe-acceptance+jws"
MAX_ACCEPTANCE = 512 * 1024  # characters
VERSION = 1
CARD = "card"
_KEYS = frozenset(("v", "diagnosis", "serial"))
_SERIAL = re.compile(r"[0-9A-Za-z._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A terminal as it was. `serial`: of the board, None where it has none."""

    diagnosis: Diagnosis
    serial: str | None

    def __post_init__(self) -> None:
        if self.diagnosis.terminal is None:
            raise malformed("An acceptance report names its terminal.")
        if self.serial is not None and _SERIAL.fullmatch(self.serial) is None:
            raise malformed("The board's serial number has not its form.")

    @property
    def terminal(self) -> str:
        """Return the terminal's name."""
        return self.diagnosis.terminal or ""

    @property
    def acceptable(self) -> bool:
        """Return whether there is no fault, and a card was read and accepted."""
        tried = any(one.name == CARD and one.state is State.OK for one in self.diagnosis.checks)
        return tried and not self.diagnosis.count(State.FAULT)

    def to_object(self) -> dict[str, Any]:
        """Return the JSON object that is signed."""
        return {
            "v": VERSION,
            "diagnosis": self.diagnosis.to_object(),
            "serial": self.serial,
        }

    @classmethod
    def from_object(cls, value: Mapping[str, Any]) -> Acceptance:
        """Return the report of a JSON object. Raises WireMalformed."""
        if set(value) != _KEYS or value["v"] != VERSION:
            raise malformed("The acceptance report has not the documented form.")
        serial = value["serial"]
        if not (serial is None or isinstance(serial, str)):
            raise malformed("The board's serial number is no text.")
        return cls(read_diagnosis(value["diagnosis"]), serial)


@dataclass(frozen=True, slots=True)
class SignedAcceptance:
    """A report as it was signed. Whose signature it is, `verify` says, not this value."""

    report: Acceptance
    compact: str = field(repr=False)
    key: bytes
    """SHA-256 by which the key names itself (RFC 7638)."""

    @property
    def digest(self) -> bytes:
        """Return SHA-256 of the payload that is signed."""
        return hashlib.sha256(canonical.encode(self.report.to_object())).digest()


def sign(report: Acceptance, signer: Signer) -> SignedAcceptance:
    """Return the report, signed."""
    return unproven(signer(report.to_object(), TYP))


def verify(
    compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
) -> SignedAcceptance:
    """Return the report in `compact` after the signature of `key_for(header)` held.

    Raises verify.errors.VerifyError, also where it names another key; WireMalformed.
    """

    def named(header: jws.JwsHeader) -> ec.EllipticCurvePublicKey:
        key = key_for(header)
        if header.kid != thumbprint(key):
            raise BadSignature(
                "The report was signed by another key than the one it is checked with.",
                next_step="Check it with the key of the terminal that it names.",
            )
        return key

    payload = jws.verify(compact, typ=TYP, key_for=named, max_size=MAX_ACCEPTANCE)
    return _signed(compact, payload)


def unproven(compact: str) -> SignedAcceptance:
    """Return the report in `compact`, its signature unchecked: a claim, and no more.

    Raises verify.errors.VerifyError, WireMalformed.
    """
    return _signed(compact, jws.unverified_payload(compact, typ=TYP, max_size=MAX_ACCEPTANCE))


def _signed(compact: str, payload: Mapping[str, Any]) -> SignedAcceptance:
    kid = jws.read_header(compact, max_size=MAX_ACCEPTANCE).kid
    size = hashlib.sha256().digest_size
    key = canonical.from_base64url(kid, max_size=size, what="The name of the report's key")
    if len(key) != size:
        raise malformed("The report does not name the key that it is signed with.")
    return SignedAcceptance(Acceptance.from_object(payload), compact, key)
