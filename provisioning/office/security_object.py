"""EF.SOD: the list of the data groups' hashes, and the document signer's CMS around it.

Lives here: building and signing it. Not here: checking it (`verify.cms`), reading it
(`reader.lds.sod`).
Source: Doc 9303-10 section 4.6.2 (LDS security object, version 0), Doc 9303-12 table 38,
RFC 5652 section 5 (SignedData version 3), RFC 5480 (ecdsa-with-SHA256).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from asn1crypto import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.office import der
from provisioning.office.pki import Authority
from reader.lds.files import FileId
from reader.tlv import encode

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_ECDSA_SHA256 = "1.2.840.10045.4.3.2"


def signed_content(groups: Mapping[FileId, bytes]) -> bytes:
    """Return the LDSSecurityObject (DER) over these data groups, SHA-256."""
    entries = [
        der.sequence(der.integer(number), der.octets(hashlib.sha256(data).digest()))
        for number, data in sorted(
            (f.data_group, data) for f, data in groups.items() if f.data_group is not None
        )
    ]
    return der.sequence(der.integer(0), der.sequence(der.oid(_SHA256)), der.sequence(*entries))


def security_object(groups: Mapping[FileId, bytes], signer: Authority) -> bytes:
    """Return EF.SOD over these data groups under `signer`, whose certificate goes with it."""
    content = signed_content(groups)
    digest_algorithm = der.sequence(der.oid(_SHA256))
    encapsulated = der.sequence(der.oid(LDS_SECURITY_OBJECT), der.explicit(0, der.octets(content)))
    signed_data = der.sequence(
        der.integer(3),
        der.set_of([digest_algorithm]),
        encapsulated,
        der.explicit(0, signer.certificate),
        der.set_of([_signer_info(content, digest_algorithm, signer)]),
    )
    return encode(0x77, der.sequence(der.oid(_SIGNED_DATA), der.explicit(0, signed_data)))


def _signer_info(content: bytes, digest_algorithm: bytes, signer: Authority) -> bytes:
    attributes = der.set_of(
        [
            _attribute(_CONTENT_TYPE, der.oid(LDS_SECURITY_OBJECT)),
            _attribute(_MESSAGE_DIGEST, der.octets(hashlib.sha256(content).digest())),
        ]
    )
    # Signed as a SET, carried under [0] (RFC 5652 section 5.4).
    signature = signer.key.sign(attributes, ec.ECDSA(hashes.SHA256()))
    certificate = x509.Certificate.load(signer.certificate)
    issuer_and_serial = der.sequence(
        certificate.issuer.dump(), der.integer(certificate.serial_number)
    )
    return der.sequence(
        der.integer(1),
        issuer_and_serial,
        digest_algorithm,
        b"\xa0" + attributes[1:],
        der.sequence(der.oid(_ECDSA_SHA256)),
        der.octets(signature),
    )


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.set_of([value]))
