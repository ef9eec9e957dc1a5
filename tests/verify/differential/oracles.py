"""Three validators on one question: ours, pyhanko-certvalidator's and the `openssl` command's.

The other two are oracles, not truths: each has gaps of its own, which the tests list by name.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.policy_decl import AcceptAllAlgorithms, PKIXValidationParams

from crl.errors import CrlError
from verify import certificate, crl_processing
from verify.building import Pool
from verify.certificate import Certificate
from verify.crl_processing import CertificateList
from verify.errors import MalformedObject
from verify.extensions import ANY_POLICY
from verify.moment import Moment
from verify.policy import Algorithms
from verify.rfc5280 import Validator
from verify.validation import Settings


@dataclass(frozen=True)
class Question:
    """Does `target` lead to `anchor`, and is nobody on the way revoked? All DER."""

    anchor: bytes = field(repr=False)
    between: tuple[bytes, ...] = field(repr=False)
    target: bytes = field(repr=False)
    lists: tuple[bytes, ...] = field(repr=False)
    moment: Moment
    settings: Settings = field(default_factory=Settings)


_WORKER = ThreadPoolExecutor(1)
"""A thread of its own: where a browser was driven before, this one has an event loop already."""


def ours(question: Question, allowed: Algorithms) -> bool:
    """Ask our own."""
    try:
        anchor = certificate.parse(question.anchor)
        target = certificate.parse(question.target)
    except MalformedObject:
        return False
    validator = Validator(
        anchors=Pool([anchor]),
        intermediates=Pool(_certificates(question.between)),
        lists=_lists(question.lists),
        settings=question.settings,
        allowed=allowed,
    )
    return validator.validate(target, question.moment).valid


def _certificates(ders: tuple[bytes, ...]) -> list[Certificate]:
    found: list[Certificate] = []
    for der in ders:
        try:
            found.append(certificate.parse(der))
        except MalformedObject:
            continue
    return found


def _lists(ders: tuple[bytes, ...]) -> list[CertificateList]:
    found: list[CertificateList] = []
    for der in ders:
        try:
            found.append(crl_processing.read(der))
        except (CrlError, MalformedObject):
            continue
    return found


def pyhanko(question: Question) -> bool:
    """Ask pyhanko-certvalidator, with every list required and no algorithm too weak for it."""
    settings = question.settings
    params = PKIXValidationParams(
        user_initial_policy_set=frozenset(
            "any_policy" if policy == ANY_POLICY else policy for policy in settings.policies
        ),
        initial_policy_mapping_inhibit=settings.inhibit_mapping,
        initial_explicit_policy=settings.explicit_policy,
        initial_any_policy_inhibit=settings.inhibit_any_policy,
    )
    try:
        context = ValidationContext(
            trust_roots=[x509.Certificate.load(question.anchor)],
            other_certs=[x509.Certificate.load(der) for der in question.between],
            crls=list(question.lists),
            moment=question.moment.at,
            revocation_mode="require",
            algorithm_usage_policy=AcceptAllAlgorithms(),
            time_tolerance=timedelta(0),
        )
        validator = CertificateValidator(
            x509.Certificate.load(question.target), validation_context=context, pkix_params=params
        )
        _WORKER.submit(lambda: asyncio.run(validator.async_validate_path())).result()
    except (ValidationError, PathError, ValueError, TypeError, KeyError, NotImplementedError):
        return False
    return True


def openssl(question: Question, folder: Path) -> bool:
    """Ask `openssl verify` with policies, extended lists and deltas; `folder` is for its files."""
    settings = question.settings
    command = ["openssl", "verify", "-CAfile", str(_pem(folder / "anchor", [question.anchor]))]
    command += ["-no-CApath", "-no-CAstore", "-auth_level", "0", "-policy_check", "-check_ss_sig"]
    command += ["-crl_check_all", "-extended_crl", "-use_deltas"]
    command += ["-attime", str(int(question.moment.at.timestamp()))]
    if question.between:
        command += ["-untrusted", str(_pem(folder / "between", question.between))]
    if question.lists:
        command += ["-CRLfile", str(_pem(folder / "lists", question.lists, "X509 CRL"))]
    for policy in sorted(settings.policies):
        command += ["-policy", policy]
    flags = {
        "-explicit_policy": settings.explicit_policy,
        "-inhibit_map": settings.inhibit_mapping,
        "-inhibit_any": settings.inhibit_any_policy,
    }
    command += [flag for flag, wanted in flags.items() if wanted]
    command.append(str(_pem(folder / "target", [question.target])))
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    return done.returncode == 0


def _pem(path: Path, ders: tuple[bytes, ...] | list[bytes], kind: str = "CERTIFICATE") -> Path:
    path.write_bytes(b"".join(pem.armor(kind, der) for der in ders))
    return path


Oracle = Callable[[Question], bool]
