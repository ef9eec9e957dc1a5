"""What a terminal's request may hold, and that the asker has the key.

Lives here: reading PKCS #10. Not here: who asks, and whether that is the terminal (`desk`), what
the certificate then says (`office.certificates`): of the request only name and key are taken over.
Source: RFC 2986 section 4.1, RFC 7030 sections 3.5 and 4.2.1, RFC 5280 section 4.2.

Numbered as checked:
1. it is one PKCS #10 request in DER, no larger than `est.MAX_REQUEST`;
2. its key is on P-256, the curve named;
3. its signature holds under that key, with SHA-256 or longer: the asker has the key;
4. its subject has one common name, which is a terminal's;
5. it has no attribute but a list of extensions. A challenge password would bind it to the TLS
   connection, which ends before us: what cannot be checked is not taken;
6. no extension asks for more than a terminal's certificate says.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.errors import WireMalformed
from edge.wire.est import CHALLENGE_PASSWORD, MAX_REQUEST
from edge.wire.event import check_terminal
from provisioning.errors import RequestRefused
from provisioning.fleet.registry import key_fingerprint

MAX_NAMES = 8  # attributes of the subject
MAX_EXTENSIONS = 8

_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_NEXT_STEP = "Have the terminal make its request again; compare with docs/enrolment.md."


@dataclass(frozen=True, slots=True)
class Csr:
    """A request whose asker has the key. `fingerprint`: of the key, as the registry writes it."""

    der: bytes = field(repr=False)
    terminal: str
    key: ec.EllipticCurvePublicKey = field(repr=False)
    fingerprint: str


def read_csr(data: bytes) -> Csr:
    """Return the request in `data` (DER). Raises RequestRefused."""
    if len(data) > MAX_REQUEST:
        raise _refused(f"it is larger than {MAX_REQUEST} bytes")
    try:
        found = x509.load_der_x509_csr(data)
        key = found.public_key()
        hashed = found.signature_hash_algorithm
        proven = found.is_signature_valid
        attributes = {attribute.oid for attribute in found.attributes}
        extensions = list(found.extensions)
        subject = list(found.subject)
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise _refused("it is no PKCS #10 request that can be read") from error
    except (
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise _refused("what it asks for cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _refused("its key is not on P-256")
    if not isinstance(hashed, _HASHES):
        raise _refused("it is signed with a hash shorter than SHA-256")
    if not proven:
        raise _refused("its signature does not hold: whoever asks does not have the key")
    terminal = _terminal(subject)
    if x509.ObjectIdentifier(CHALLENGE_PASSWORD) in attributes:
        raise _refused("it has a challenge password, which is not taken here")
    if attributes - {_EXTENSION_REQUEST}:
        raise _refused("it has attributes other than a list of extensions")
    if len(extensions) > MAX_EXTENSIONS or not all(_modest(one) for one in extensions):
        raise _refused("it asks for more than a terminal's certificate says")
    return Csr(data, terminal, key, key_fingerprint(key))


_EXTENSION_REQUEST = x509.ObjectIdentifier("1.2.840.113549.1.9.14")  # RFC 2985 section 5.4.2


def _terminal(subject: list[x509.NameAttribute[str | bytes]]) -> str:
    names = [one.value for one in subject if one.oid == NameOID.COMMON_NAME]
    try:
        if len(names) == 1 and len(subject) <= MAX_NAMES:
            return check_terminal(names[0])
    except WireMalformed:
        pass
    raise _refused("its subject does not name one terminal")


def _modest(extension: x509.Extension[x509.ExtensionType]) -> bool:
    """Whether an extension says no more than every terminal's certificate."""
    asked = extension.value
    if isinstance(asked, x509.KeyUsage):
        return _bits(asked) == {"digital_signature"}
    if isinstance(asked, x509.ExtendedKeyUsage):
        return list(asked) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    if isinstance(asked, x509.BasicConstraints):
        return not asked.ca
    return isinstance(asked, x509.SubjectKeyIdentifier)


def _bits(usage: x509.KeyUsage) -> set[str]:
    named = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign",
    )  # fmt: skip
    return {name for name in named if getattr(usage, name)}


def _refused(why: str) -> RequestRefused:
    return RequestRefused(
        f"The request for a certificate is not taken: {why}.", next_step=_NEXT_STEP
    )
