"""Certification requests: what a key's holder asks of an authority, and reading it there.

Lives here: PKCS #10 with the extensions that are asked for, and proof that the asker has the key.
Not here: what the authority makes of it (`certificates`), and checking its answer (`answers`).
Source: RFC 2986; RFC 2985 section 5.4.2 (extensionRequest).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from provisioning.errors import OfficeInputInvalid
from provisioning.office import certificates
from provisioning.office.certificates import DOCUMENT_TYPE_LIST
from verify import der
from verify.errors import VerifyError

MAX_REQUEST = 16 * 1024  # bytes
_MAX_TYPES = 16


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose asker has the key."""

    der: bytes = field(repr=False)
    subject: x509.Name
    key: ec.EllipticCurvePublicKey = field(repr=False)
    document_types: tuple[str, ...]
    """MRZ codes, sorted; none where the request is not a document signer's."""

    @property
    def common_name(self) -> str:
        """Return the subject's common name, empty where it has none."""
        found = self.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else ""


def document_signer_request(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, types: Sequence[str]
) -> bytes:
    """Return the request (PEM) of a document signer. Raises OfficeInputInvalid."""
    builder = x509.CertificateSigningRequestBuilder(subject_name=name)
    builder = builder.add_extension(certificates.document_types(types), critical=False)
    usage = certificates.key_usage(digital_signature=True)
    builder = builder.add_extension(usage, critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def read_request(data: bytes) -> Request:
    """Return the request in `data`, PEM or DER. Raises OfficeInputInvalid."""
    if len(data) > MAX_REQUEST:
        raise _refused(f"it is larger than {MAX_REQUEST} bytes")
    try:
        if b"-----BEGIN" in data:
            found = x509.load_pem_x509_csr(data)
        else:
            found = x509.load_der_x509_csr(data)
        key = found.public_key()
        proven = found.is_signature_valid
        types = _types(found.extensions)
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature, VerifyError) as error:
        raise _refused("it is no PKCS #10 request") from error
    except (
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise _refused("what it asks for cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _refused("its key is not on P-256")
    if not proven:
        raise _refused("its signature does not hold: whoever asks does not have the key")
    return Request(found.public_bytes(Encoding.DER), found.subject, key, types)


def _types(extensions: x509.Extensions) -> tuple[str, ...]:
    try:
        asked = extensions.get_extension_for_oid(x509.ObjectIdentifier(DOCUMENT_TYPE_LIST))
    except x509.ExtensionNotFound:
        return ()
    return read_document_types(asked.value.public_bytes())


def read_document_types(value: bytes) -> tuple[str, ...]:
    """Return the MRZ codes of a DocumentTypeListSyntax, sorted. Raises VerifyError, ValueError."""
    what = "document type list"
    parts = der.sequence(value, what)
    if [tag for tag, *_ in parts] != [der.INTEGER, der.SET]:
        raise ValueError("not a version and a set")
    _, _, start, stop = parts[1]
    codes = [
        value[begin:end].decode("ascii")
        for _, _, begin, end in der.members(value, start, stop, what)[:_MAX_TYPES]
    ]
    return tuple(sorted(codes))


def _refused(why: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"The request cannot be used: {why}.", next_step="Have the request made again."
    )
