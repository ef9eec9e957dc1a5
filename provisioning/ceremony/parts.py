"""What the acts of several authorities share: naming, keys at rest, certificates in the folder.

Not here: any act.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.ceremony.folder import KEYS, AuthorityFolder, Made
from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates, key_file
from provisioning.office.certificates import Span, to_pem
from provisioning.office.pki import Rng, new_key, new_serial

CERTIFICATES = "certificates"
SERIAL, FINGERPRINT, PUBLIC_KEY = "serial", "fingerprint", "public key"
PARTS = "passphrase in parts"
_TIME = "%Y-%m-%d %H:%M:%S UTC"


@dataclass(frozen=True, slots=True)
class Name:
    """Who an authority is. `parts`: of how many its passphrase is put together."""

    common_name: str
    organisation: str
    country: str
    parts: int = 1

    @property
    def x509(self) -> x509.Name:
        """Return the distinguished name. Raises OfficeInputInvalid."""
        return certificates.name(
            self.common_name, organisation=self.organisation, country=self.country
        )

    def facts(self) -> dict[str, str]:
        """Return it as facts of an act. Raises OfficeInputInvalid."""
        _ = self.x509
        return {
            "common name": self.common_name,
            "organisation": self.organisation,
            "country": self.country,
            PARTS: str(self.parts),
        }

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> Name:
        """Return the name in an act's facts."""
        return cls(
            facts["common name"],
            facts["organisation"],
            facts["country"],
            int(facts[PARTS]),
        )


def when(at: datetime) -> str:
    """Return a time as facts have it."""
    return at.astimezone(UTC).strftime(_TIME)


def span_facts(valid: Span, usage: Span | None = None) -> dict[str, str]:
    """Return a certificate's span as facts, and its key's."""
    facts = {"valid from": when(valid.begin), "valid until": when(valid.end)}
    if usage is not None:
        facts |= {"key signs from": when(usage.begin), "key signs until": when(usage.end)}
    return facts


def fresh_serial(folder: AuthorityFolder, rng: Rng = os.urandom) -> int:
    """Return a serial number that no certificate of this authority ever had."""
    used = {entry.facts.get(SERIAL) for entry in folder.ledger.entries}
    serial = new_serial(rng)
    while f"{serial:x}" in used:
        serial = new_serial(rng)
    return serial


def self_signed(
    name: Name,
    serial: int,
    valid: Span,
    extend: Callable[[x509.CertificateBuilder], x509.CertificateBuilder],
    rng: Rng,
) -> Callable[[str], Made]:
    """Return what performs the making of a key and its own certificate, as `extend` has it say."""

    def perform(_: str) -> Made:
        key = new_key(rng)
        public = key.public_key()
        builder = certificates.body(name.x509, public, issuer=name.x509, serial=serial, valid=valid)
        made = certificates.sign(extend(builder), public, key)
        files = {certificate_path(): to_pem(made)}
        return Made(files, {FINGERPRINT: sha256(made)}, keys={key_path(): key})

    return perform


def key_path(number: int = 1) -> str:
    """Return where the authority's own key of this number lies."""
    return f"{KEYS}/{number}.pem"


def load_key(
    folder: AuthorityFolder, passphrase: str, number: int = 1
) -> ec.EllipticCurvePrivateKey:
    """Return an authority's own key. Raises OfficeInputInvalid."""
    key = load_private(folder, key_path(number), passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise OfficeInputInvalid(
            f"{folder.path / key_path(number)} holds another kind of key.",
            next_step="Restore the folder from its copy.",
        )
    return key


def load_private(folder: AuthorityFolder, path: str, passphrase: str) -> PrivateKeyTypes:
    """Return the key that an act put at `path`, wherever its file lies now.

    Raises OfficeInputInvalid.
    """
    return key_file.decrypt(folder.read(key_files(folder)[path]), passphrase)


def key_files(folder: AuthorityFolder) -> dict[str, str]:
    """Return where each key lies now, by the path at which it was made.

    A new passphrase puts `keys/1.pem` at `keys/1.2.pem`, then at `keys/1.3.pem`.
    """
    found = {}
    for name in folder.names():
        if name.startswith(f"{KEYS}/"):
            stem = name.removeprefix(f"{KEYS}/").partition(".")[0]
            found[f"{KEYS}/{stem}.pem"] = name
    return found


def passphrase_parts(folder: AuthorityFolder) -> int:
    """Return of how many parts the passphrase of an authority's keys is put together."""
    said = [e.facts[PARTS] for e in folder.ledger.entries if PARTS in e.facts]
    return int(said[-1]) if said else 1


def certificate_path(number: int = 1) -> str:
    """Return where the authority's own certificate of this number lies."""
    return f"{CERTIFICATES}/{number}.pem"


def load_certificate(folder: AuthorityFolder, name: str) -> x509.Certificate:
    """Return a certificate in the folder. Raises OfficeInputInvalid."""
    return x509.load_pem_x509_certificate(folder.read(name))


def to_der(certificate: x509.Certificate) -> bytes:
    """Return a certificate's DER."""
    return certificate.public_bytes(Encoding.DER)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of something in hex."""
    return hashlib.sha256(data).hexdigest()
