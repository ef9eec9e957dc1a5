"""CMS SignedData with one signer: EF.SOD's, EF.CardSecurity's, a master list's.

Lives here: whether the signature over the content holds, and by which certificate. Not here:
whether that certificate is trusted (`path`).
Source: RFC 5652 sections 5.3 to 5.6; Doc 9303-10 section 4.6.2.2 (one signer, signed attributes
always). Outer structures may be BER with indefinite lengths (New Zealand); the signed attributes
are DER and checked over the bytes as they stand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from reader import tlv
from reader.lds import signed_data
from reader.lds.signed_data import SignedData as Parts
from reader.lds.signed_data import SignerInfo
from verify import algorithms, certificate, der, keys, signatures
from verify.asn1 import malformed
from verify.certificate import Certificate
from verify.errors import MalformedObject, VerifyError
from verify.names import attribute_multiset
from verify.policy import MINIMUM, Algorithms

MAX_SIGNED_DATA = 64 * 1024  # bytes, of an object on a chip
MAX_CERTIFICATES = 8  # in one object
MAX_ATTRIBUTES = 16

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"

_COUNTING = frozenset({CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME})
_SIGNED_ATTRIBUTES = 0xA0  # tag of a SignerInfo's
_ABSENT = (0, b"")  # no tag that a value has
_WHAT = "signed object"


class SignedData(NamedTuple):
    """A signature that holds."""

    content_type: str
    """eContentType, dotted."""
    econtent: bytes
    signer: Certificate
    certificates: tuple[Certificate, ...]
    """All that came with it, the signer's too."""
    digest_algorithm: str
    scheme: algorithms.Scheme
    signing_time: datetime | None
    """What the signer says; None where it does not say it, or not in UTC."""

    def __repr__(self) -> str:  # the content of a card's names a person's files
        return f"SignedData({self.content_type}, {self.scheme.name}, {self.signer!r})"

    @property
    def signature_algorithm(self) -> str:
        """Return the words for verdicts and support."""
        return self.scheme.name


def verify_signed_data(
    content_info: bytes,
    certificates: Sequence[bytes] = (),
    *,
    allowed: Algorithms = MINIMUM,
    limit: int = MAX_SIGNED_DATA,
) -> SignedData:
    """Return what is signed in a ContentInfo (DER or BER) of at most `limit` bytes, and by whom.

    `certificates` (DER) are further candidates for the signer's. Raises MalformedObject,
    AlgorithmNotAllowed, UnsupportedAlgorithm or BadSignature.
    """
    if len(content_info) > limit:
        raise malformed(_WHAT, f"it is larger than {limit} bytes")
    parts = signed_data.parse(content_info, partial(malformed, _WHAT))
    return verify_parts(parts, certificates, allowed=allowed)


def verify_parts(
    parts: Parts, certificates: Sequence[bytes] = (), *, allowed: Algorithms = MINIMUM
) -> SignedData:
    """Do as `verify_signed_data` for an object that was taken apart already."""
    if len(parts.signers) != 1:
        raise malformed(_WHAT, f"it has {len(parts.signers)} signers")
    if len(parts.certificates) > MAX_CERTIFICATES:
        raise malformed(_WHAT, f"it has more than {MAX_CERTIFICATES} certificates")
    enclosed = tuple([certificate.parse(one) for one in parts.certificates])
    info = parts.signers[0]
    attributes = _attributes(info)
    digest = algorithms.hash_name(info.digest_algorithm)
    if attributes.content_type != parts.content_type:
        raise malformed(_WHAT, "its signed content type is another than its content's")
    signatures.require_hash_allowed(digest, allowed)
    if hashlib.new(digest, parts.content).digest() != attributes.message_digest:
        raise signatures.bad_signature()
    known = enclosed if not certificates else (*enclosed, *map(certificate.parse, certificates))
    candidates = [one for one in known if _is_meant(info, one)]
    signer, used = _decide(info, digest, attributes.signed, candidates, allowed)
    return SignedData(
        parts.content_type,
        parts.content,
        signer,
        enclosed,
        digest,
        used,
        attributes.signing_time,
    )


class _Attributes(NamedTuple):
    """The signed attributes that count."""

    signed: bytes
    """All of them as they are signed: a DER SET OF."""
    content_type: str
    message_digest: bytes
    signing_time: datetime | None


def _attributes(info: SignerInfo) -> _Attributes:
    """Read the signed attributes; each that counts is there at most once with one value."""
    # RFC 5652 section 5.3: absent only for content of type id-data, which is none of ours.
    if info.attributes is None:
        raise malformed(_WHAT, "it has no signed attributes")
    data = info.attributes
    start, stop = der.inside(data, 0, len(data), _SIGNED_ATTRIBUTES, _WHAT)
    # Section 5.4: what is signed is the SET OF, not the implicit tag it stands under.
    signed = tlv.encode(der.SET, data[start:stop])
    values: dict[str, tuple[int, bytes]] = {}
    for count, (_, _, begin, end) in enumerate(der.members(data, start, stop, _WHAT)):
        if count == MAX_ATTRIBUTES:
            raise malformed(_WHAT, f"it has more than {MAX_ATTRIBUTES} signed attributes")
        oid, found = _attribute(data, begin, end)
        if oid in _COUNTING:
            if oid in values or len(found) != 1:
                raise malformed(_WHAT, "a signed attribute stands more than once")
            tag, _, at, after = found[0]
            values[oid] = tag, data[at:after]
    kind, kind_value = values.get(CONTENT_TYPE, _ABSENT)
    octets, message_digest = values.get(MESSAGE_DIGEST, _ABSENT)
    if kind != der.OID or octets != der.OCTET_STRING:
        raise malformed(_WHAT, "a needed signed attribute is missing, or has not its form")
    said = None if SIGNING_TIME not in values else _signing_time(*values[SIGNING_TIME])
    return _Attributes(signed, der.dotted(kind_value), message_digest, said)


def _attribute(data: bytes, start: int, stop: int) -> tuple[str, list[der.Member]]:
    """Return identifier and values of an Attribute."""
    pair = der.members(data, start, stop, _WHAT)
    if len(pair) != 2 or pair[0][0] != der.OID or pair[1][0] != der.SET:
        raise malformed(_WHAT, "a signed attribute has not its form")
    (_, _, oid, oid_stop), (_, _, begin, end) = pair
    return der.dotted(data[oid:oid_stop]), der.members(data, begin, end, _WHAT)


def _signing_time(tag: int, value: bytes) -> datetime | None:
    """Return the signingTime, None where it is no time as section 11.3 has it.

    Nothing on a chip rests on it.
    """
    try:
        return der.time(tag, value)
    except MalformedObject:
        return None


def _is_meant(info: SignerInfo, known: Certificate) -> bool:
    """Whether a SignerInfo means this certificate.

    By serial and the multiset of issuer attributes: Malaysia lists them in another order than
    the certificate. Which of several it is, the signature decides.
    """
    if info.issuer is None:
        return known.subject_key_id == info.key_id
    return info.serial == known.serial and (
        info.issuer == known.issuer_der
        or attribute_multiset(info.issuer) == attribute_multiset(known.issuer_der)
    )


def _decide(
    info: SignerInfo,
    digest: str,
    signed: bytes,
    candidates: list[Certificate],
    allowed: Algorithms,
) -> tuple[Certificate, algorithms.Scheme]:
    failure: VerifyError | None = None
    for candidate in candidates:
        try:
            used = signatures.verify(
                keys.load_spki(candidate.spki),
                info.signature_algorithm,
                info.signature,
                signed,
                allowed=allowed,
                digest=digest,
            )
        except VerifyError as error:
            failure = failure or error
        else:
            return candidate, used
    raise failure or malformed(_WHAT, "its signer's certificate is not there")
