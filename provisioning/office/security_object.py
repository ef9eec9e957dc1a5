"""What the document signer signs: EF.SOD over the data groups' hashes, and EF.CardSecurity.

Lives here: building the CMS around either. Not here: EF.CardSecurity's content
(`security_infos`), checking (`verify.cms`), reading (`reader.lds`).
Source: Doc 9303-10 sections 3.11.4 and 4.6.2 (LDS security object, version 0), Doc 9303-12 table
38, RFC 5652 section 5 (SignedData version 3), RFC 5480 (ecdsa-with-SHA256).
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
CARD_SECURITY_OBJECT = "0.4.0.127.0.7.3.2.1"  # id-SecurityObject
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
    return encode(0x77, _signed(LDS_SECURITY_OBJECT, signed_content(groups), signer))


def card_security(content: bytes, signer: Authority) -> bytes:
    """Return EF.CardSecurity around a set of SecurityInfo, which stands under no tag of its own."""
    return _signed(CARD_SECURITY_OBJECT, content, signer)


def _signed(content_type: str, content: bytes, signer: Authority) -> bytes:
    """Return a ContentInfo with SignedData over `content`."""
    digest_algorithm = der.sequence(der.oid(_SHA256))
    encapsulated = der.sequence(der.oid(content_type), der.explicit(0, der.octets(content)))
    signed_data = der.sequence(
        der.integer(3),
        der.set_of([digest_algorithm]),
        encapsulated,
        der.explicit(0, signer.certificate),
        der.set_of([_signer_info(content_type, content, digest_algorithm, signer)]),
    )
    return der.sequence(der.oid(_SIGNED_DATA), der.explicit(0, signed_data))


def _signer_info(
    content_type: str, content: bytes, digest_algorithm: bytes, signer: Authority
) -> bytes:
    attributes = der.set_of(
        [
            _attribute(_CONTENT_TYPE, der.oid(content_type)),
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
