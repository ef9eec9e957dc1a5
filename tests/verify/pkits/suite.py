"""NIST PKITS as values: 249 cases, each with its initial policy settings.

The expected results stand in two tables of the vectors: one has every case but leaves out the
certificates of indirect lists' issuers, which the other's `other_certs` name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from crl.errors import CrlError
from verify import certificate, crl_processing
from verify.building import Pool
from verify.certificate import Certificate
from verify.crl_processing import CertificateList
from verify.errors import MalformedObject
from verify.moment import Moment, TimeQuality
from verify.policy import Algorithms
from verify.rfc5280 import Validator
from verify.validation import Settings

ANCHOR = "TrustAnchorRootCertificate.crt"
CASES = 249


@dataclass(frozen=True)
class Case:
    """One case: file names, settings, and what must come out."""

    number: str
    title: str
    target: str
    certificates: tuple[str, ...]
    """All but anchor and target."""
    lists: tuple[str, ...]
    valid: bool
    settings: Settings
    user_policies: frozenset[str]
    """user-constrained-policy-set."""
    at: Moment

    @property
    def name(self) -> str:
        """Return number and title, and what else tells subcases apart is in the test's id."""
        return f"{self.number} {self.title}"


@dataclass(frozen=True)
class Historic(Algorithms):
    """What PKITS is signed with: SHA-1 and DSA of 1024 bits too. No policy can be built so."""

    def __post_init__(self) -> None:
        """Leave out the product's minimum."""


HISTORIC = Historic(
    hashes=frozenset({"sha1", "sha224", "sha256", "sha384", "sha512"}), rsa_bits=1024, ec_bits=224
)


@lru_cache(maxsize=1)
def cases(folder: Path) -> tuple[Case, ...]:
    """Return the suite from the vectors' folder `pkits`."""
    expected = json.loads((folder / "pkits-expected-boringssl.json").read_text())
    others: dict[str, set[str]] = {}
    for entry in json.loads((folder / "pkits.json").read_text()):
        others.setdefault(entry["cert"], set()).update(entry.get("other_certs", ()))
    oids: dict[str, str] = expected["policy_oids"]
    at = datetime.fromisoformat(expected["time"])
    return tuple(
        Case(
            number=test["id"],
            title=test["title"],
            target=test["certs"][-1],
            certificates=tuple(
                sorted((others.get(test["certs"][-1], set()) | set(test["certs"][:-1])) - {ANCHOR})
            ),
            lists=tuple(test["crls"]),
            valid=test["should_validate"],
            settings=Settings(
                policies=frozenset(oids[name] for name in test["initial_policy_set"]),
                explicit_policy=test["initial_explicit_policy"],
                inhibit_mapping=test["initial_policy_mapping_inhibit"],
                inhibit_any_policy=test["initial_inhibit_any_policy"],
            ),
            user_policies=frozenset(oids[name] for name in test["user_constrained_policy_set"]),
            at=Moment(at, TimeQuality.SYNCHRONISED),
        )
        for test in expected["tests"]
    )


def load(folder: Path, name: str) -> Certificate | None:
    """Return a certificate of the suite, None for one that is malformed (4.1.2, 4.1.6)."""
    try:
        return certificate.parse((folder / "certs" / name).read_bytes())
    except MalformedObject:
        return None


def load_list(folder: Path, name: str) -> CertificateList | None:
    """Return a list of the suite, None for one that must not be used (4.4.4, 4.4.8 to 4.4.10)."""
    try:
        return crl_processing.read((folder / "crls" / name).read_bytes())
    except CrlError:
        return None


def validator(folder: Path, case: Case) -> Validator:
    """Return a validator with a case's anchor, certificates, lists and settings."""
    anchor = load(folder, ANCHOR)
    assert anchor is not None
    between: Sequence[Certificate | None] = [load(folder, name) for name in case.certificates]
    lists = [load_list(folder, name) for name in case.lists]
    return Validator(
        anchors=Pool([anchor]),
        intermediates=Pool(one for one in between if one is not None),
        lists=[one for one in lists if one is not None],
        settings=case.settings,
        allowed=HISTORIC,
    )
