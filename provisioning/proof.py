"""What a signed file proves: questions answered, and the keys that are given to check it.

Lives here: an answer, findings, reading a given key or authority, and the two questions that are
asked of every file a terminal signs: whose signature, which terminal. Not here: what else is asked
(`sheets`, `receipts`, `acceptance`), what a terminal's certificate must be (`terminals`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Generic, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.meeting.sheet_jws import thumbprint
from edge.meeting.sheet_parts import MAX_CODE, fit
from provisioning import terminals
from provisioning.errors import OfficeInputInvalid, TerminalUnknown
from verify import jws
from verify.errors import BadSignature, VerifyError

Key = ec.EllipticCurvePublicKey
T = TypeVar("T")

MAX_KEY_FILE = 64 * 1024  # bytes


@unique
class Answer(Enum):
    """Of one question."""

    HOLDS = "holds"
    FAILS = "FAILS"
    UNPROVEN = "NOT PROVEN"


@dataclass(frozen=True, slots=True)
class Finding:
    """One question answered, in a sentence."""

    answer: Answer
    says: str


@dataclass(frozen=True, slots=True)
class Findings(Generic[T]):
    """A signed file and what is proved of it."""

    signed: T
    findings: tuple[Finding, ...]

    @property
    def false(self) -> bool:
        """Whether something is wrong: nothing may be made of this file."""
        return any(one.answer is Answer.FAILS for one in self.findings)

    @property
    def proven(self) -> bool:
        """Whether every question was answered yes."""
        return all(one.answer is Answer.HOLDS for one in self.findings)


@dataclass(frozen=True, slots=True)
class GivenKey:
    """A terminal's key from elsewhere. `terminal`: whose, where a certificate says so."""

    key: ec.EllipticCurvePublicKey
    terminal: str | None


def read_key(data: bytes) -> GivenKey:
    """Return the key in a file: a public key or a certificate, PEM or DER.

    Raises OfficeInputInvalid, TerminalUnknown, verify.errors.VerifyError.
    """
    if b"PRIVATE KEY-----" in data:
        raise _no_key("It holds a private key, which belongs on the terminal and nowhere else.")
    if len(data) > MAX_KEY_FILE:
        raise _no_key(f"It is larger than {MAX_KEY_FILE} bytes.")
    certificate = _certificate(data)
    if certificate is not None:
        return GivenKey(jws.certificate_key(certificate), terminals.name_of(certificate))
    pem = data.lstrip().startswith(b"-----BEGIN")
    load = serialization.load_pem_public_key if pem else serialization.load_der_public_key
    try:
        key = load(data)
    except (ValueError, TypeError) as error:
        raise _no_key("It holds neither a public key nor a certificate.") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _no_key("Its key is not on P-256, as every terminal's is.")
    return GivenKey(key, None)


def read_authority(data: bytes) -> bytes:
    """Return the certificate in a file, PEM or DER, as DER. Raises OfficeInputInvalid."""
    found = _certificate(data) if len(data) <= MAX_KEY_FILE else None
    if found is None:
        raise OfficeInputInvalid(
            "This is not the certificate of a terminal authority.",
            next_step="Give the authority's certificate, DER or PEM, as the office has it.",
        )
    return found


def signature(
    header: jws.JwsHeader, given: GivenKey | None, check: Callable[[Key], object]
) -> Finding:
    """Answer whose signature it is: of the given key, else of the certificate that it carries.

    `check` raises VerifyError where the signature is not of the key that it is handed.
    """
    if given is not None:
        key, whose = given.key, "the key that was given"
    elif header.x5c:
        key, whose = jws.certificate_key(header.x5c[0]), "the certificate that it carries"
    else:
        kid = fit(header.kid or "none", MAX_CODE)
        says = f"whose signature it is: it names key {kid} and carries no certificate"
        return Finding(Answer.UNPROVEN, says)
    try:
        check(key)
    except BadSignature as error:
        return Finding(Answer.FAILS, f"the signature is not of {whose}: {lower(error.message)}")
    except VerifyError as error:
        return Finding(Answer.FAILS, lower(error.message))
    return Finding(Answer.HOLDS, f"the signature is of {whose} ({thumbprint(key)})")


def terminal(
    what: str,
    named: str,
    at: datetime,
    header: jws.JwsHeader,
    *,
    given: GivenKey | None,
    authorities: Sequence[bytes],
) -> Finding:
    """Answer whether `what` (a sheet, a receipt) is of the terminal `named`, as of `at`.

    `authorities`: certificates of terminal authorities, DER.
    """
    if header.x5c and authorities:
        certificate = header.x5c[0]
        try:
            terminals.check(certificate, authorities, at)
            whose = terminals.name_of(certificate)
        except (TerminalUnknown, VerifyError) as error:
            return Finding(Answer.FAILS, lower(error.message))
        says = f"the certificate is of terminal {whose}, by a terminal authority"
    elif given is not None:
        whose = given.terminal or named
        says = f"the key is of terminal {whose}, as far as you know whose key you gave"
    else:
        return Finding(Answer.UNPROVEN, f"that it comes from terminal {named}, as it says")
    if whose != named:
        other = fit(whose, MAX_CODE)
        return Finding(
            Answer.FAILS, f"the {what} speaks for terminal {named}, its key is {other}'s"
        )
    return Finding(Answer.HOLDS, says)


def lower(sentence: str) -> str:
    """Return a sentence as part of another: no capital, no full stop."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _certificate(data: bytes) -> bytes | None:
    pem = data.lstrip().startswith(b"-----BEGIN")
    load = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
    try:
        return load(data).public_bytes(serialization.Encoding.DER)
    except ValueError:
        return None


def _no_key(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"This is not a terminal's public key. {why}",
        next_step="Give the terminal's public key or certificate, PEM or DER.",
    )
