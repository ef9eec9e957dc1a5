"""Rows `chain-…`: CSCA to document signer with the CSCA's list, against others and bare checks.

Lives here: one small country and one round of either side. Not here: measuring (`measure`).
Both sides hold anchor and list as they keep them in memory. Warm: the signer's certificate was
read before, as at every card but a signer's first. Cold: certificate and list come as bytes that
were never seen. Every round checks both signatures anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko_certvalidator import CertificateValidator, ValidationContext

from crl.status import ReasonCode
from provisioning.office.lists import issue_crl
from provisioning.office.pki import create_csca, issue_document_signer
from tests.bench.measure import Row, compare, cpu_time
from verify import certificate, crl_processing, names
from verify.building import Pool
from verify.moment import Moment, TimeQuality
from verify.rfc5280 import Validator

ROUNDS = 41
CHAINS = 24  # validated in one round, each of another signer
ENTRIES = 3  # on the list; assumed, not measured: each further entry costs us more than the oracle
PYHANKO_GOAL = 0.125
PRIMITIVES_GOAL = 1.5
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MOMENT = Moment(AT, TimeQuality.SYNCHRONISED)

_ECDSA = ec.ECDSA(hashes.SHA256())
_OURS = (
    "verify.rfc5280.Validator: path building, validation and revocation (RFC 5280 section 6) of "
    "document signers under their CSCA as the office issues them, P-256 with SHA-256, with the "
    f"CSCA's list of {ENTRIES} entries; {CHAINS} chains a round, {{state}}. / {{reference}}"
)
_WARM = "anchor, list and signer's certificate in memory as read"
_COLD = "the anchor in memory as read, certificate and list as bytes never seen"
_PYHANKO = "pyhanko-certvalidator, revocation required, in the same state"
_PRIMITIVES = (
    "the two signature checks of it by cryptography alone, the CSCA's key loaded: the "
    "certificate's and the list's"
)


@dataclass(frozen=True, slots=True)
class Country:
    """An authority, its signers, and as many lists that name none of them."""

    anchor: bytes
    signers: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    public: ec.EllipticCurvePublicKey = field(repr=False)


def found(count: int) -> Country:
    """Return a fresh country with so many signers."""
    begun = AT - timedelta(days=30)
    csca = create_csca("CSCA Bench", at=begun, crl_name="bench")
    signers = [
        issue_document_signer(
            csca, f"DS {number}", at=begun, document_types=["P"], crl_name="bench"
        )
        for number in range(count)
    ]
    revoked = [(1000 + n, ReasonCode.UNSPECIFIED, begun) for n in range(ENTRIES)]
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


def _ours(country: Country, *, cold: bool) -> Callable[[], float]:
    """Return one round of ours, in seconds of CPU a chain."""
    anchors, nobody = Pool([certificate.parse(country.anchor)]), Pool([])
    held = [crl_processing.read(country.lists[0])]
    signers = [certificate.parse(der) for der in country.signers]

    def warm_round() -> None:
        for signer in signers:
            _require(Validator(anchors, nobody, held).validate(signer, MOMENT).valid)

    def cold_round() -> None:
        for der, listed in zip(country.signers, country.lists, strict=True):
            validator = Validator(anchors, nobody, [crl_processing.read(listed)])
            _require(validator.validate(certificate.parse(der), MOMENT).valid)

    def measured() -> float:
        if not cold:
            return cpu_time(warm_round) / CHAINS
        for cached in (certificate.parse, names.name_key, names.relative_names, names.prepare):
            cached.cache_clear()
        certificate.parse(country.anchor)
        return cpu_time(cold_round) / CHAINS

    return measured


def _pyhanko(country: Country, *, cold: bool) -> Callable[[], float]:
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

    def warm_round() -> None:
        for signer in signers:
            validate(signer, held)

    def cold_round() -> None:
        for der, listed in zip(country.signers, country.lists, strict=True):
            loaded = asn1_crl.CertificateList.load(listed)
            validate(asn1_x509.Certificate.load(der), loaded)

    return lambda: cpu_time(cold_round if cold else warm_round) / CHAINS


def _primitives(country: Country) -> Callable[[], float]:
    """Return one round of the bare signature checks."""
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


def _row(name: str, *, cold: bool, against: str, goal: float | None) -> Row:
    country = found(CHAINS)
    pyhanko = against == _PYHANKO
    return compare(
        name,
        _OURS.format(state=_COLD if cold else _WARM, reference=against),
        measured=_ours(country, cold=cold),
        reference=_pyhanko(country, cold=cold) if pyhanko else _primitives(country),
        rounds=ROUNDS,
        goal=goal,
    )


def against_pyhanko(_build: Path) -> Row:
    """Measure `chain-vs-pyhanko`: both from bytes."""
    return _row("chain-vs-pyhanko", cold=True, against=_PYHANKO, goal=PYHANKO_GOAL)


def against_primitives(_build: Path) -> Row:
    """Measure `chain-vs-primitives`: what every card but a signer's first costs."""
    return _row("chain-vs-primitives", cold=False, against=_PRIMITIVES, goal=PRIMITIVES_GOAL)


def warm_against_pyhanko(_build: Path) -> Row:
    """Measure `chain-warm-vs-pyhanko`, which has no goal: the checks alone are 0.12 of it."""
    return _row("chain-warm-vs-pyhanko", cold=False, against=_PYHANKO, goal=None)


def cold_against_primitives(_build: Path) -> Row:
    """Measure `chain-cold-vs-primitives`, which has no goal."""
    return _row("chain-cold-vs-primitives", cold=True, against=_PRIMITIVES, goal=None)


ROWS: Sequence[tuple[str, Callable[[Path], Row]]] = (
    ("chain-vs-pyhanko", against_pyhanko),
    ("chain-vs-primitives", against_primitives),
    ("chain-warm-vs-pyhanko", warm_against_pyhanko),
    ("chain-cold-vs-primitives", cold_against_primitives),
)
