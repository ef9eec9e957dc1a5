"""Anchors as rows: what `tramthe trust` lists, compares and writes as JSON.

Lives here: values of a trust list or master list made readable. Not here: any command (`trust`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click
from asn1crypto import x509

from provisioning.cli.show import when
from verify import certificate
from verify.certificate import Certificate
from verify.masterlist import PROFILE, Issued, MasterList, lineage
from verify.policy import Algorithms, Policy
from verify.trust import Anchor, AnchorPurpose, TrustList

_SHORT = 16  # characters of a fingerprint where a person reads it
_NO_NAME = "(its name cannot be written)"
_LABELS = {  # RFC 4514 section 3, RFC 4519
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "1.2.840.113549.1.9.1": "email",
}
_LIBRARY_ERRORS = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One anchor or centre's key. Rows are the same where everything is."""

    purpose: str
    country: str
    subject: str
    bound: str
    """Card families, or the scope of its lists."""
    begins: str
    ends: str
    fingerprint: str
    """SHA-256 of the certificate or key, hex."""

    def line(self) -> str:
        """Return the row for a terminal."""
        return (
            f"{self.purpose:<12} {self.country or '-':<3}{self.fingerprint[:_SHORT]}  "
            f"{self.bound or '-'}  {self.subject}"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the row as a JSON object."""
        return {
            "purpose": self.purpose,
            "country": self.country or None,
            "subject": self.subject,
            "bound_to": self.bound or None,
            "not_before": self.begins or None,
            "not_after": self.ends or None,
            "fingerprint": self.fingerprint,
        }


def trust_rows(held: TrustList | None) -> list[Row]:
    """Return the anchors and centre's keys of a trust list."""
    if held is None:
        return []
    keys = [
        Row(
            purpose=f"centre-{key.use.value}",
            country="",
            subject=key.kid,
            bound=key.algorithm,
            begins="",
            ends="",
            fingerprint=hashlib.sha256(key.public).hexdigest(),
        )
        for key in held.centre_keys
    ]
    return [_anchor_row(anchor) for anchor in held.anchors] + keys


def master_rows(held: MasterList | None) -> list[Row]:
    """Return the certificates of a master list, as the anchors that they become."""
    return [] if held is None else [certificate_row(one) for one in held.certificates]


def certificate_row(one: Certificate) -> Row:
    """Return a certificate of a master list as a row."""
    return _anchor_row(Anchor(AnchorPurpose.DOCUMENT, one.der, frozenset({PROFILE})))


def _anchor_row(anchor: Anchor) -> Row:
    parsed = certificate.parse(anchor.certificate)
    subject, country = name_in_words(parsed.subject_der)
    return Row(
        purpose=anchor.purpose.value,
        country=country,
        subject=subject,
        bound=", ".join(sorted(anchor.profiles)) or anchor.scope or "",
        begins=when(parsed.not_before),
        ends=when(parsed.not_after),
        fingerprint=anchor.fingerprint,
    )


def name_in_words(der_name: bytes) -> tuple[str, str]:
    """Return a Name in words, and its country; without characters that move a cursor."""
    try:
        name = x509.Name.load(der_name)
        pairs = [
            (_LABELS.get(pair["type"].dotted, pair["type"].dotted), str(pair["value"].native))
            for relative in name.chosen
            for pair in relative
        ]
    except _LIBRARY_ERRORS:
        return _NO_NAME, ""
    country = next((value for label, value in pairs if label == "C"), "")
    words = ", ".join(f"{label}={value}" for label, value in pairs)
    return _printable(words), _printable(country).upper()


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def difference(before: Sequence[Row], after: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return what came and what went, each sorted."""
    return sorted(set(after) - set(before)), sorted(set(before) - set(after))


def show_difference(came: Iterable[Row], went: Iterable[Row]) -> None:
    """Print what came and went."""
    for sign, colour, rows in (("+", "green", came), ("-", "red", went)):
        for row in rows:
            click.secho(f"  {sign} {row.line()}", fg=colour)


def issued_json(issued: Issued) -> dict[str, Any]:
    """Return a certificate of a master list with who signed it, as a JSON object."""
    return {
        **certificate_row(issued.certificate).as_json(),
        "issuers": [one.fingerprint for one in issued.by_name],
        "issuers_by_key_only": [one.fingerprint for one in issued.by_key],
    }


def trust_json(held: TrustList | None) -> dict[str, Any] | None:
    """Return a trust list as a JSON object."""
    if held is None:
        return None
    return {
        "number": held.number,
        "issued": when(held.issued),
        "anchors": [row.as_json() for row in trust_rows(held)],
        "resets": len(held.resets),
    }


def master_json(held: MasterList | None, set_aside: Sequence[Certificate]) -> dict[str, Any] | None:
    """Return a master list as a JSON object."""
    if held is None:
        return None
    return {
        "signed_at": when(held.signed_at),
        "fingerprint": held.fingerprint,
        "signer": held.signer.fingerprint,
        "root": held.root.fingerprint,
        "certificates": [issued_json(one) for one in lineage(held.certificates)],
        "set_aside": [one.fingerprint for one in set_aside],
    }


def policy_json(policy: Policy) -> dict[str, Any]:
    """Return a policy's algorithms as a JSON object."""
    return {
        "id": policy.id,
        "new": _algorithms(policy.algorithms),
        "carried": [
            {
                **_algorithms(step.algorithms),
                "signs_until": when(step.signs_until),
                "carried_until": None if step.carried_until is None else when(step.carried_until),
            }
            for step in policy.carried
        ],
    }


def _algorithms(rules: Algorithms) -> dict[str, Any]:
    return {
        "kinds": sorted(kind.value for kind in rules.kinds),
        "hashes": sorted(rules.hashes),
        "rsa_bits": rules.rsa_bits,
        "ec_bits": rules.ec_bits,
    }


def algorithm_line(rules: Algorithms) -> str:
    """Return what is allowed in one line."""
    kinds = ", ".join(sorted(kind.value for kind in rules.kinds))
    hashes = ", ".join(sorted(rules.hashes))
    return f"{kinds} with {hashes}; RSA from {rules.rsa_bits} bits, curves from {rules.ec_bits}"
