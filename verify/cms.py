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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms

from reader import tlv
from verify import algorithms, certificate, keys, signatures
from verify.asn1 import absent, fence, load, malformed
from verify.certificate import Certificate
from verify.errors import VerifyError
from verify.names import attribute_multiset
from verify.policy import MINIMUM, Algorithms

MAX_SIGNED_DATA = 64 * 1024  # bytes, of an object on a chip
MAX_CERTIFICATES = 8  # in one object
MAX_ATTRIBUTES = 16

SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"

_WHAT = "signed object"


@dataclass(frozen=True, slots=True)
class SignedData:
    """A signature that holds."""

    content_type: str
    """eContentType, dotted."""
    econtent: bytes = field(repr=False)
    signer: Certificate = field(repr=False)
    certificates: tuple[Certificate, ...] = field(repr=False)
    """All that came with it, the signer's too."""
    digest_algorithm: str
    scheme: algorithms.Scheme
    signing_time: datetime | None
    """What the signer says; None where it does not say it, or not in UTC."""

    @property
    def signature_algorithm(self) -> str:
        """Return the words for verdicts and support."""
        return self.scheme.name


@dataclass(frozen=True, slots=True)
class _SignerInfo:
    """What RFC 5652 section 5.3 names, taken out of asn1crypto."""

    sid: Any
    digest: str
    attributes: bytes
    """The signed attributes as they are signed: a DER SET OF."""
    content_type: str
    message_digest: bytes
    signing_time: datetime | None
    algorithm: bytes
    signature: bytes


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
    outer = load(cms.ContentInfo, content_info, limit, _WHAT)
    with fence(_WHAT):
        if outer["content_type"].dotted != SIGNED_DATA:
            raise malformed(_WHAT, "it is no SignedData")
        signed = outer["content"]
        content_type, econtent = _content(signed["encap_content_info"])
        enclosed = _enclosed(signed["certificates"])
        info = _signer_info(signed["signer_infos"])
    if info.content_type != content_type:
        raise malformed(_WHAT, "its signed content type is another than its content's")
    _require_digest(info, econtent, allowed)
    known = [*enclosed, *(certificate.parse(der) for der in certificates)]
    with fence(_WHAT):
        candidates = [known_one for known_one in known if _is_meant(info.sid, known_one)]
    signer, used = _decide(info, candidates, allowed)
    return SignedData(
        content_type=content_type,
        econtent=econtent,
        signer=signer,
        certificates=tuple(enclosed),
        digest_algorithm=info.digest,
        scheme=used,
        signing_time=info.signing_time,
    )


def _content(encapsulated: Any) -> tuple[str, bytes]:
    content = encapsulated["content"]
    if absent(content):
        raise malformed(_WHAT, "its content is not in it")
    return encapsulated["content_type"].dotted, bytes(content)


def _enclosed(choices: Any) -> list[Certificate]:
    if absent(choices):
        return []
    if len(choices) > MAX_CERTIFICATES:
        raise malformed(_WHAT, f"it has more than {MAX_CERTIFICATES} certificates")
    return [
        certificate.parse(choice.chosen.dump())
        for choice in choices
        if choice.name == "certificate"
    ]


def _signer_info(infos: Any) -> _SignerInfo:
    if len(infos) != 1:
        raise malformed(_WHAT, f"it has {len(infos)} signers")
    info = infos[0]
    # RFC 5652 section 5.3: absent only for content of type id-data, which is none of ours.
    if absent(info["signed_attrs"]):
        raise malformed(_WHAT, "it has no signed attributes")
    # Section 5.4: what is signed is the SET OF, not the implicit tag it stands under.
    attributes = tlv.encode(0x31, tlv.unwrap(info["signed_attrs"].dump(), 0xA0))
    values = _attributes(info["signed_attrs"])
    return _SignerInfo(
        sid=info["sid"],
        digest=algorithms.hash_name(info["digest_algorithm"]["algorithm"].dotted),
        attributes=attributes,
        content_type=values[CONTENT_TYPE].dotted,
        message_digest=bytes(values[MESSAGE_DIGEST]),
        signing_time=_signing_time(values.get(SIGNING_TIME)),
        algorithm=info["signature_algorithm"].dump(),
        signature=bytes(info["signature"]),
    )


def _attributes(attributes: Any) -> dict[str, Any]:
    """Return the attributes that count, each there at most once with one value (section 11).

    Content type and message digest have to be there.
    """
    if len(attributes) > MAX_ATTRIBUTES:
        raise malformed(_WHAT, f"it has more than {MAX_ATTRIBUTES} signed attributes")
    found: dict[str, Any] = {}
    for attribute in attributes:
        oid = attribute["type"].dotted
        if oid in (CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME):
            if oid in found or len(attribute["values"]) != 1:
                raise malformed(_WHAT, "a signed attribute stands more than once")
            found[oid] = attribute["values"][0]
    if CONTENT_TYPE not in found or MESSAGE_DIGEST not in found:
        raise malformed(_WHAT, "a needed signed attribute is missing")
    return found


def _signing_time(value: Any) -> datetime | None:
    """Return the signingTime, None where it is no time in UTC: nothing on a chip rests on it."""
    try:
        said = None if value is None else value.native
    except (ValueError, TypeError):
        return None
    if not isinstance(said, datetime) or said.tzinfo is None:
        return None
    return said.astimezone(UTC)


def _require_digest(info: _SignerInfo, econtent: bytes, allowed: Algorithms) -> None:
    signatures.require_hash_allowed(info.digest, allowed)
    if hashlib.new(info.digest, econtent).digest() != info.message_digest:
        raise signatures.bad_signature()


def _is_meant(sid: Any, known: Certificate) -> bool:
    """Whether a SignerIdentifier means this certificate.

    By serial and the multiset of issuer attributes: Malaysia lists them in another order than
    the certificate. Which of several it is, the signature decides.
    """
    if sid.name == "subject_key_identifier":
        return known.subject_key_id == bytes(sid.chosen.native)
    issuer = attribute_multiset(sid.chosen["issuer"].dump())
    same_serial = int(sid.chosen["serial_number"]) == known.serial
    return same_serial and issuer == attribute_multiset(known.issuer_der)


def _decide(
    info: _SignerInfo, candidates: list[Certificate], allowed: Algorithms
) -> tuple[Certificate, algorithms.Scheme]:
    failure: VerifyError | None = None
    for candidate in candidates:
        try:
            used = signatures.verify(
                keys.load_spki(candidate.spki),
                info.algorithm,
                info.signature,
                info.attributes,
                allowed=allowed,
                digest=info.digest,
            )
        except VerifyError as error:
            failure = failure or error
        else:
            return candidate, used
    raise failure or malformed(_WHAT, "its signer's certificate is not there")
