"""Rows `chain-…`: CSCA to document signer with the CSCA's list, against others and bare checks.

Lives here: one small country and one round of either side. Not here: measuring (`measure`).
Three states, in all of which the anchor is in memory as read and both signatures are checked anew:
bytes: signer's certificate and list come as bytes never seen; door: the list was read before, the
signer's certificate comes as bytes never seen, as from a card; warm: both were read before. No path
is remembered from an earlier round in any of them: all are walked anew, as those of the others are.
What a round's first chains leave in the caches counts for those after them; nothing of an earlier
round does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum, unique
from pathlib import Path

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko_certvalidator import CertificateValidator, ValidationContext

from crl.status import ReasonCode
from provisioning.office.lists import issue_crl
from provisioning.office.pki import create_csca, issue_document_signer
from tests.bench.measure import Row, compare, cpu_time
from verify import certificate, crl_processing, keys, validation
from verify.building import Pool
from verify.moment import Moment, TimeQuality
from verify.rfc5280 import Validator

ROUNDS = 41
CHAINS = 24  # validated in one round, each of another signer
FEW, MORE = 3, 30  # entries on the list
PYHANKO_GOAL = 0.125
PRIMITIVES_GOAL = 1.5
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MOMENT = Moment(AT, TimeQuality.SYNCHRONISED)

_ECDSA = ec.ECDSA(hashes.SHA256())
_OURS = (
    "verify.rfc5280.Validator: path building, validation and revocation (RFC 5280 section 6) of "
    "document signers under their CSCA as the office issues them, P-256 with SHA-256, with the "
    f"CSCA's list of {{entries}} entries; {CHAINS} chains a round, {{state}}. / {{reference}}"
)


@unique
class State(StrEnum):
    """What is in memory as read, beside the anchor; in the words of a row's description."""

    BYTES = "certificate and list as bytes never seen"
    DOOR = "the list in memory as read, the certificate as bytes never seen"
    WARM = "list and certificate in memory as read"


_PYHANKO = "pyhanko-certvalidator, revocation required, in the same state"
_SAME_BYTES = (
    "the two signature checks alone, from the same bytes, by cryptography's own calls: "
    "load_der_x509_certificate and verify_directly_issued_by, load_der_x509_crl and "
    "is_signature_valid; the CSCA's certificate and key loaded"
)
_IN_MEMORY = (
    "the two signature checks alone, what is signed and the signatures cut out beforehand and "
    "the CSCA's key loaded: two calls of EllipticCurvePublicKey.verify"
)


@dataclass(frozen=True, slots=True)
class Country:
    """An authority, its signers, and as many lists that name none of them."""

    anchor: bytes
    signers: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    public: ec.EllipticCurvePublicKey = field(repr=False)


def found(count: int, entries: int = FEW) -> Country:
    """Return a fresh country with so many signers, its lists of so many entries."""
    begun = AT - timedelta(days=30)
    csca = create_csca("CSCA Bench", at=begun, crl_name="bench")
    signers = [
        issue_document_signer(
            csca, f"DS {number}", at=begun, document_types=["P"], crl_name="bench"
        )
        for number in range(count)
    ]
    revoked = [(1000 + n, ReasonCode.UNSPECIFIED, begun) for n in range(entries)]
    lists = [
        issue_crl(
            csca,
            number=1 + number,
            this_update=AT - timedelta(days=1),
            next_update=AT + timedelta(days=9),
            revoked=revoked,
        )
        for number in range(count)
    ]
    return Country(
        csca.certificate,
        tuple(one.certificate for one in signers),
        tuple(lists),
        csca.key.public_key(),
    )


def _ours(country: Country, state: State) -> Callable[[], float]:
    """Return one round of ours, in seconds of CPU a chain."""
    anchors, nobody = Pool([certificate.parse(country.anchor)]), Pool([])
    held = [crl_processing.read(country.lists[0])]
    signers = [certificate.parse(der) for der in country.signers]
    known = Validator(anchors, nobody, held)

    def from_bytes() -> None:
        for der, listed in zip(country.signers, country.lists, strict=True):
            validator = Validator(anchors, nobody, [crl_processing.read(listed)])
            _require(validator.validate(certificate.parse(der), MOMENT).valid)

    def at_the_door() -> None:
        for der in country.signers:
            _require(known.validate(certificate.parse(der), MOMENT).valid)

    def warm() -> None:
        for signer in signers:
            _require(known.validate(signer, MOMENT).valid)

    work = {State.BYTES: from_bytes, State.DOOR: at_the_door, State.WARM: warm}[state]

    def measured() -> float:
        if state is State.WARM:
            validation.timeless.cache_clear()
        else:
            forget()
            for one in anchors.certificates:
                certificate.parse(one.der)
                keys.load_spki(one.spki)
        return cpu_time(work) / CHAINS

    return measured


def _pyhanko(country: Country, state: State) -> Callable[[], float]:
    """Return one round of pyhanko-certvalidator; a context remembers paths, so each has its own."""
    anchor = asn1_x509.Certificate.load(country.anchor)
    held = asn1_crl.CertificateList.load(country.lists[0])
    signers = [asn1_x509.Certificate.load(der) for der in country.signers]

    def validate(signer: asn1_x509.Certificate, listed: asn1_crl.CertificateList) -> None:
        context = ValidationContext(
            trust_roots=[anchor], crls=[listed], moment=AT, revocation_mode="require"
        )
        validator = CertificateValidator(signer, validation_context=context)
        asyncio.run(validator.async_validate_path())

    def from_bytes() -> None:
        for der, listed in zip(country.signers, country.lists, strict=True):
            loaded = asn1_crl.CertificateList.load(listed)
            validate(asn1_x509.Certificate.load(der), loaded)

    def at_the_door() -> None:
        for der in country.signers:
            validate(asn1_x509.Certificate.load(der), held)

    def warm() -> None:
        for signer in signers:
            validate(signer, held)

    work = {State.BYTES: from_bytes, State.DOOR: at_the_door, State.WARM: warm}[state]
    return lambda: cpu_time(work) / CHAINS


def _same_bytes(country: Country) -> Callable[[], float]:
    """Return one round of the library's checks of a certificate's and a list's signature."""
    anchor = x509.load_der_x509_certificate(country.anchor)

    def check() -> None:
        for der, listed in zip(country.signers, country.lists, strict=True):
            x509.load_der_x509_certificate(der).verify_directly_issued_by(anchor)
            _require(x509.load_der_x509_crl(listed).is_signature_valid(country.public))

    return lambda: cpu_time(check) / CHAINS


def _in_memory(country: Country) -> Callable[[], float]:
    """Return one round of the signature checks with nothing left to read."""
    checks: list[tuple[bytes, bytes]] = []
    for der, listed in zip(country.signers, country.lists, strict=True):
        signer, one = certificate.parse(der), crl_processing.read(listed)
        checks += [(signer.signature, signer.tbs), (one.header.signature, one.tbs)]

    def check() -> None:
        for signature, data in checks:
            country.public.verify(signature, data, _ECDSA)

    return lambda: cpu_time(check) / CHAINS


def _require(valid: bool) -> None:
    if not valid:
        raise RuntimeError("a chain of the benchmark does not hold")


def forget() -> None:
    """Empty every cache of `verify`, `crl` and `reader`."""
    for module in [one for name, one in sys.modules.items() if name.split(".")[0] in _OWN]:
        for value in list(vars(module).values()):
            clear = getattr(value, "cache_clear", None)
            if clear is not None:
                clear()


_OWN = ("verify", "crl", "reader")


_REFERENCES: Mapping[str, Callable[[Country, State], Callable[[], float]]] = {
    _PYHANKO: _pyhanko,
    _SAME_BYTES: lambda country, _: _same_bytes(country),
    _IN_MEMORY: lambda country, _: _in_memory(country),
}


def _row(
    name: str, state: State, *, against: str, goal: float | None = None, entries: int = FEW
) -> tuple[str, Callable[[Path], Row]]:
    def measured(_build: Path) -> Row:
        country = found(CHAINS, entries)
        return compare(
            name,
            _OURS.format(state=state.value, reference=against, entries=entries),
            measured=_ours(country, state),
            reference=_REFERENCES[against](country, state),
            rounds=ROUNDS,
            goal=goal,
        )

    return name, measured


ROWS: Sequence[tuple[str, Callable[[Path], Row]]] = (
    _row("chain-vs-pyhanko", State.BYTES, against=_PYHANKO, goal=PYHANKO_GOAL),
    _row("chain-30-vs-pyhanko", State.BYTES, against=_PYHANKO, goal=PYHANKO_GOAL, entries=MORE),
    _row("chain-vs-primitives", State.BYTES, against=_SAME_BYTES, goal=PRIMITIVES_GOAL),
    _row("chain-warm-vs-primitives", State.WARM, against=_IN_MEMORY, goal=PRIMITIVES_GOAL),
    _row("chain-bytes-vs-ecdsa", State.BYTES, against=_IN_MEMORY),
    _row("chain-door-vs-ecdsa", State.DOOR, against=_IN_MEMORY),
    _row("chain-door-vs-pyhanko", State.DOOR, against=_PYHANKO),
    _row("chain-warm-vs-pyhanko", State.WARM, against=_PYHANKO),
)
