"""What a signed closing sheet proves, and what it does not, to somebody who holds the file.

Lives here: the questions, each answered yes, no or unproven. Not here: the sheet's form and
signature (`edge.meeting.sheet_jws`), whose certificate it is (`terminals`), words of the command.

A sheet may carry its terminal's certificate. That a signature holds under a key that the file
itself brings along proves only that the file was not damaged: whose key it is, an authority says,
or a key got from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.meeting import sheet_jws
from edge.meeting.sheet_jws import MAX_SHEET, SignedSheet, same_code, thumbprint
from edge.meeting.sheet_parts import MAX_CODE, fit
from provisioning import terminals
from provisioning.errors import OfficeInputInvalid, TerminalUnknown
from verify import jws
from verify.errors import BadSignature, VerifyError
from verify.moment import TimeQuality

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
class GivenKey:
    """A terminal's key from elsewhere. `terminal`: whose, where a certificate says so."""

    key: ec.EllipticCurvePublicKey
    terminal: str | None


@dataclass(frozen=True, slots=True)
class Findings:
    """A sheet and what is proved of it."""

    signed: SignedSheet
    findings: tuple[Finding, ...]

    @property
    def false(self) -> bool:
        """Whether something is wrong: nothing may be made of this file."""
        return any(one.answer is Answer.FAILS for one in self.findings)

    @property
    def proven(self) -> bool:
        """Whether every question was answered yes."""
        return all(one.answer is Answer.HOLDS for one in self.findings)


def examine(
    compact: str, *, given: GivenKey | None, authorities: Sequence[bytes], code: str | None = None
) -> Findings:
    """Return what the file proves with what is given to check it.

    `authorities`: certificates of terminal authorities, DER. `code`: what stands on the paper.
    Raises SheetInvalid, verify.errors.VerifyError for what is no sheet at all.
    """
    signed = sheet_jws.unproven(compact)
    header = jws.read_header(compact, max_size=MAX_SHEET)
    found = [Finding(Answer.HOLDS, "its form is whole, and the sums are those of its list")]
    found.append(_signature(compact, header, given))
    found.append(_terminal(signed, header, given, authorities))
    if code is not None:
        found.append(_code(signed, code))
    return Findings(signed, tuple(found))


def not_known(signed: SignedSheet) -> tuple[str, ...]:
    """Return what the terminal itself did not know when it signed."""
    knowledge = signed.sheet.knowledge
    cards = knowledge.cards
    about = "which cards were reported lost: it had no card status list"
    if cards is not None:
        held = f"card status list {cards.number}, {cards.standing.value}"
        about = f"which cards were reported lost after {cards.of:%Y-%m-%d}: {held}"
    facts = [about]
    if knowledge.time is not TimeQuality.SYNCHRONISED:
        last = knowledge.checked
        since = "" if last is None else f", last compared on {last:%Y-%m-%d}"
        facts.append(f"the exact time: its clock was {knowledge.time.value}{since}")
    return tuple(facts)


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


def _signature(compact: str, header: jws.JwsHeader, given: GivenKey | None) -> Finding:
    if given is not None:
        key, whose = given.key, "the key that was given"
    elif header.x5c:
        key, whose = jws.certificate_key(header.x5c[0]), "the certificate that it carries"
    else:
        kid = fit(header.kid or "none", MAX_CODE)
        says = f"whose signature it is: it names key {kid} and carries no certificate"
        return Finding(Answer.UNPROVEN, says)
    try:
        sheet_jws.verify(compact, lambda _: key)
    except BadSignature as error:
        return Finding(Answer.FAILS, f"the signature is not of {whose}: {_lower(error.message)}")
    except VerifyError as error:
        return Finding(Answer.FAILS, _lower(error.message))
    return Finding(Answer.HOLDS, f"the signature is of {whose} ({thumbprint(key)})")


def _terminal(
    signed: SignedSheet,
    header: jws.JwsHeader,
    given: GivenKey | None,
    authorities: Sequence[bytes],
) -> Finding:
    named, sheet = signed.sheet.meeting.terminal, signed.sheet
    if header.x5c and authorities:
        certificate = header.x5c[0]
        try:
            terminals.check(certificate, authorities, sheet.signed)
            whose = terminals.name_of(certificate)
        except (TerminalUnknown, VerifyError) as error:
            return Finding(Answer.FAILS, _lower(error.message))
        says = f"the certificate is of terminal {whose}, by a terminal authority"
    elif given is not None:
        whose = given.terminal or named
        says = f"the key is of terminal {whose}, as far as you know whose key you gave"
    else:
        return Finding(Answer.UNPROVEN, f"that it comes from terminal {named}, as it says")
    if whose != named:
        other = fit(whose, MAX_CODE)
        return Finding(Answer.FAILS, f"the sheet speaks for terminal {named}, its key is {other}'s")
    return Finding(Answer.HOLDS, says)


def _code(signed: SignedSheet, code: str) -> Finding:
    if same_code(code, signed.digest):
        return Finding(Answer.HOLDS, "the code on the paper is that of this file")
    return Finding(Answer.FAILS, f"the code on the paper is another: this file has {signed.code}")


def _certificate(data: bytes) -> bytes | None:
    pem = data.lstrip().startswith(b"-----BEGIN")
    load = x509.load_pem_x509_certificate if pem else x509.load_der_x509_certificate
    try:
        return load(data).public_bytes(serialization.Encoding.DER)
    except ValueError:
        return None


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _no_key(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"This is not a terminal's public key. {why}",
        next_step="Give the terminal's public key or certificate, PEM or DER.",
    )
