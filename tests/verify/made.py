"""A small world of certificates and cards, made from the standards with other tools than ours.

Nothing here comes from `provisioning`: a mistake made there must not be agreed with here.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from crl.status import Answer, Status
from reader import tlv
from reader.evidence import (
    ActiveAuthRun,
    CardAccessSource,
    CardEvidence,
    PaceFacts,
    PasswordKind,
)
from reader.lds.files import FileId
from reader.profile import CardProfile, Lifetime, ParameterId, WhenAbsent
from verify.moment import Moment, TimeQuality
from verify.trust import Anchor, AnchorPurpose, TrustList

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NOW = Moment(AT, TimeQuality.SYNCHRONISED)
AID = bytes.fromhex("F05472616D54686501")
SCOPE = "urn:tramthe:card-status:test"
PACE = "0.4.0.127.0.7.2.2.4.2.2"
PLAIN_SHA256 = "0.4.0.127.0.7.1.1.4.1.3"
CHALLENGE = bytes(range(8))
NUMBER = "201000001"
DAY = timedelta(days=1)
YEAR = 365 * DAY

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

PROFILE = CardProfile(
    name="test-card",
    title={"vi": "Thẻ thử", "en": "Test card"},
    aids=(AID,),
    access=(),
    derive={},
    min_tries_left=1,
    parameter_id=ParameterId.ALWAYS,
    legacy=False,
    max_seconds=10.0,
    read_now=(FileId.SOD, FileId.DG1, FileId.DG13, FileId.DG14, FileId.DG15),
    read_late=(FileId.DG2,),
    read_never=frozenset(),
    fields={
        "number": "DG1.document_number",
        "name": "DG13.2",
        "birth": "date(DG13.3) | DG1.birth",
        "expiry": "DG1.expiry",
        "issued": "date(DG13.9)",
        "personal_number": "DG13.11",
    },
    person_key=("personal_number", "number"),
    match={"issuing_state": "VNM"},
    same_number=("DG1.document_number", "DG13.1"),
    lifetime=Lifetime(expiry_required=True, max_years=None),
    chip_proof_absent=WhenAbsent.REJECT,
    pace_unbound=WhenAbsent.REJECT,
    status_list=SCOPE,
)
LENIENT = replace(
    PROFILE,
    name="lenient-card",
    chip_proof_absent=WhenAbsent.INDETERMINATE,
    pace_unbound=WhenAbsent.INDETERMINATE,
    status_list=None,
)


@dataclass(frozen=True)
class Party:
    """A certificate with its private key."""

    certificate: bytes
    key: Key


class Signing(Protocol):
    """A private key that another tool holds (`made_openssl`)."""

    def sign(self, data: bytes, signature_algorithm: ec.ECDSA, /) -> bytes:
        """Return the signature, r and s in a SEQUENCE."""


@dataclass(frozen=True)
class OtherParty:
    """A certificate whose private key another tool holds."""

    certificate: bytes
    key: Signing


def name(common_name: str, state: str = "VN") -> x509.Name:
    """Return a name in one country."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, state),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def usage(**bits: bool) -> x509.KeyUsage:
    """Return a key usage with these bits only."""
    every = inspect.signature(x509.KeyUsage).parameters
    return x509.KeyUsage(**{bit: bits.get(bit, False) for bit in every})


CA_EXTENSIONS: tuple[tuple[x509.ExtensionType, bool], ...] = (
    (x509.BasicConstraints(ca=True, path_length=0), True),
    (usage(key_cert_sign=True, crl_sign=True), True),
)
SIGNER_EXTENSIONS: tuple[tuple[x509.ExtensionType, bool], ...] = (
    (usage(digital_signature=True), True),
)


def issue(
    subject: str,
    issuer: Party | None = None,
    *,
    key: Key | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = SIGNER_EXTENSIONS,
    begins: datetime = AT - YEAR,
    ends: datetime = AT + 10 * YEAR,
    pss: padding.PSS | None = None,
    serial: int | None = None,
    state: str = "VN",
) -> Party:
    """Return a certificate under `issuer`, self-signed without one."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    signing = issuer.key if issuer else key
    issuer_name = (
        x509.load_der_x509_certificate(issuer.certificate).subject
        if issuer
        else name(subject, state)
    )
    builder = x509.CertificateBuilder(
        issuer_name=issuer_name,
        subject_name=name(subject, state),
        public_key=key.public_key(),
        serial_number=serial or x509.random_serial_number(),
        not_valid_before=begins,
        not_valid_after=ends,
    )
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
    )
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    signed = builder.sign(signing, hashes.SHA256(), rsa_padding=pss)
    return Party(signed.public_bytes(Encoding.DER), key)


def csca(common_name: str = "CSCA Test", **changes: Any) -> Party:
    """Return a self-signed country authority."""
    return issue(common_name, extensions=changes.pop("extensions", CA_EXTENSIONS), **changes)


def spki(key: Key) -> bytes:
    """Return the public half as SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def hash_list(groups: Mapping[FileId, bytes], algorithm: str = "sha256") -> bytes:
    """Return the LDSSecurityObject over these data groups (Doc 9303-10 section 4.6.2.3)."""

    class Entry(core.Sequence):  # type: ignore[misc]
        _fields = [("number", core.Integer), ("digest", core.OctetString)]  # noqa: RUF012

    class Entries(core.SequenceOf):  # type: ignore[misc]
        _child_spec = Entry

    class SecurityObject(core.Sequence):  # type: ignore[misc]
        _fields = [  # noqa: RUF012
            ("version", core.Integer),
            ("algorithm", algos.DigestAlgorithm),
            ("hashes", Entries),
        ]

    digests = [
        {"number": file.data_group, "digest": hashlib.new(algorithm, data).digest()}
        for file, data in groups.items()
        if file.data_group is not None
    ]
    built = SecurityObject({"version": 0, "algorithm": {"algorithm": algorithm}, "hashes": digests})
    return bytes(built.dump())


def signed_data(
    content: bytes,
    signer: Party | OtherParty,
    *,
    content_type: str = "2.23.136.1.1.1",
    attribute_type: str | None = None,
    digest: bytes | None = None,
    certificates: Sequence[bytes] | None = None,
    algorithm: str = "sha256",
    signers: int = 1,
    signing_time: datetime | None = None,
) -> bytes:
    """Return a ContentInfo around `content`, with one part wrong where asked."""
    said: list[dict[str, Any]] = [
        {"type": "content_type", "values": [attribute_type or content_type]},
        {
            "type": "message_digest",
            "values": [digest or hashlib.new(algorithm, content).digest()],
        },
    ]
    if signing_time is not None:
        said.append({"type": "signing_time", "values": [core.UTCTime(signing_time)]})
    attributes = cms.CMSAttributes(said)
    own = asn1_x509.Certificate.load(signer.certificate)
    chosen = getattr(hashes, algorithm.upper())()
    if isinstance(signer.key, rsa.RSAPrivateKey):
        signature = signer.key.sign(attributes.dump(), padding.PKCS1v15(), chosen)
        scheme = f"{algorithm}_rsa"
    else:
        signature = signer.key.sign(attributes.dump(), ec.ECDSA(chosen))
        scheme = f"{algorithm}_ecdsa"
    info = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                    {"issuer": own.issuer, "serial_number": own.serial_number}
                )
            }
        ),
        "digest_algorithm": {"algorithm": algorithm},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": scheme},
        "signature": signature,
    }
    enclosed = [signer.certificate] if certificates is None else certificates
    body = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": algorithm}],
            "encap_content_info": {
                "content_type": content_type,
                "content": core.ParsableOctetString(content),
            },
            "certificates": [asn1_x509.Certificate.load(der) for der in enclosed],
            "signer_infos": [info] * signers,
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": body}).dump())


def security_object(content_info: bytes) -> bytes:
    """Return EF.SOD."""
    return tlv.encode(0x77, content_info)


def check_digit(text: str) -> str:
    """Return the check digit of Doc 9303-3 section 4.9."""
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    weights = (7, 3, 1)
    total = sum(max(values.find(c), 0) * weights[i % 3] for i, c in enumerate(text))
    return str(total % 10)


def dg1(number: str = NUMBER, state: str = "VNM", expiry: str = "311120") -> bytes:
    """Return DG1 of a TD1 card (Doc 9303-5 section 4.2.2)."""
    first = f"ID{state}{number}{check_digit(number)}".ljust(30, "<")
    birth = "790806"
    middle = f"{birth}{check_digit(birth)}F{expiry}{check_digit(expiry)}VNM".ljust(29, "<")
    composite = first[5:30] + middle[0:7] + middle[8:15] + middle[18:29]
    last = "NGUYEN<<THI<BINH".ljust(30, "<")
    text = first + middle + check_digit(composite) + last
    return tlv.encode(0x61, tlv.encode(0x5F1F, text.encode()))


DG13 = {
    1: NUMBER,
    2: "Nguyễn Thị Bình",
    3: "06/08/1979",
    9: "20/11/2025",
    11: "079179000001",
}


def dg13(values: Mapping[int, str]) -> bytes:
    """Return DG13 in the citizen card's nested form."""
    entries = b"".join(
        tlv.encode(0x30, tlv.encode(0x02, bytes([number])) + tlv.encode(0x0C, text.encode()))
        for number, text in values.items()
    )
    form = core.ObjectIdentifier("1.0.10646.1.0.8").dump()
    body = tlv.encode(0x02, b"\x01") + form + tlv.encode(0x31, entries)
    return tlv.encode(0x6D, tlv.encode(0x30, body))


def pace_info(parameter_id: int = 12, protocol: str = PACE) -> bytes:
    """Return a PACEInfo (Doc 9303-11 section 9.2.1)."""
    oid = core.ObjectIdentifier(protocol).dump()
    numbers = tlv.encode(0x02, b"\x02") + tlv.encode(0x02, bytes([parameter_id]))
    return tlv.encode(0x30, oid + numbers)


def active_info(algorithm: str = PLAIN_SHA256) -> bytes:
    """Return an ActiveAuthenticationInfo (Doc 9303-11 section 9.2.4)."""
    oid = core.ObjectIdentifier("2.23.136.1.1.5").dump()
    body = oid + tlv.encode(0x02, b"\x01") + core.ObjectIdentifier(algorithm).dump()
    return tlv.encode(0x30, body)


def chip_info(
    protocol: str = "0.4.0.127.0.7.2.2.3.2.2", *, version: int = 1, key_id: int | None = None
) -> bytes:
    """Return a ChipAuthenticationInfo (Doc 9303-11 section 9.2.5)."""
    oid = core.ObjectIdentifier(protocol).dump()
    number = b"" if key_id is None else tlv.encode(0x02, bytes([key_id]))
    return tlv.encode(0x30, oid + tlv.encode(0x02, bytes([version])) + number)


def infos(*entries: bytes) -> bytes:
    """Return a SET OF SecurityInfo: EF.CardAccess."""
    return tlv.encode(0x31, b"".join(sorted(entries)))


def dg14(*entries: bytes) -> bytes:
    """Return DG14."""
    return tlv.encode(0x6E, infos(*entries))


def prove(key: ec.EllipticCurvePrivateKey, challenge: bytes = CHALLENGE) -> ActiveAuthRun:
    """Return what a chip with `key` answers (BSI TR-03111 section 5.2.1: r and s, plain)."""
    r, s = decode_dss_signature(key.sign(challenge, ec.ECDSA(hashes.SHA256())))
    size = (key.key_size + 7) // 8
    return ActiveAuthRun(challenge, r.to_bytes(size, "big") + s.to_bytes(size, "big"), 0x9000)


@dataclass
class Lists:
    """What the lists say: one answer for all certificates but those named, one for the card."""

    for_card: Answer
    for_certificates: Answer
    named: dict[int, Answer] = field(default_factory=dict)
    asked: list[tuple[bytes | str, int]] = field(default_factory=list)

    def certificate(self, issuer: bytes, serial: int, at: datetime) -> Answer:
        """Answer by serial."""
        self.asked.append((issuer, serial))
        return self.named.get(serial, self.for_certificates)

    def card(self, scope: str, entry: int, at: datetime) -> Answer:
        """Answer for the card."""
        self.asked.append((scope, entry))
        return self.for_card


def answer(status: Status, *, days: int = 1, **more: Any) -> Answer:
    """Return an answer of a list so many days old."""
    if status is Status.NOT_COVERED:
        return Answer(status)
    this_update = AT - days * DAY
    return Answer(
        status, number=7, this_update=this_update, next_update=AT + DAY, age=days * DAY, **more
    )


@dataclass(frozen=True)
class World:
    """One authority, its signer, and a chip with a key."""

    authority: Party
    signer: Party
    chip: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls) -> World:
        """Return a fresh one."""
        authority = csca()
        signer = issue("DS Test", authority)
        return cls(authority, signer, ec.generate_private_key(ec.SECP256R1()))

    def trust(self, *, profiles: Sequence[str] = ("test-card", "lenient-card")) -> TrustList:
        """Return a trust list with the authority for these profiles."""
        anchor = Anchor(AnchorPurpose.DOCUMENT, self.authority.certificate, frozenset(profiles))
        return trust_list(anchor)

    def groups(self) -> dict[FileId, bytes]:
        """Return the data groups of a good card."""
        return {
            FileId.DG1: dg1(),
            FileId.DG13: dg13(DG13),
            FileId.DG14: dg14(pace_info(), active_info()),
            FileId.DG15: tlv.encode(0x6F, spki(self.chip)),
        }

    def sod(self, groups: Mapping[FileId, bytes], signer: Party | None = None) -> bytes:
        """Return EF.SOD over these data groups."""
        return security_object(signed_data(hash_list(groups), signer or self.signer))

    def card(
        self, groups: Mapping[FileId, bytes] | None = None, *, signer: Party | None = None
    ) -> CardEvidence:
        """Return the reading of a card with these data groups, all as it should be."""
        groups = self.groups() if groups is None else groups
        return CardEvidence(
            profile=PROFILE.name,
            aid=AID,
            files={
                FileId.CARD_ACCESS: infos(pace_info()),
                FileId.SOD: self.sod(groups, signer),
                **groups,
            },
            refused={},
            pace=PaceFacts(PACE, 12, PasswordKind.CAN, CardAccessSource.READ),
            active_auth=prove(self.chip),
        )


def trust_list(*anchors: Anchor) -> TrustList:
    """Return a trust list of these anchors."""
    return TrustList(1, AT - DAY, anchors, ())


def with_files(evidence: CardEvidence, **changes: bytes | None) -> CardEvidence:
    """Return the reading with files replaced, or not given where None."""
    files = dict(evidence.files)
    refused = dict(evidence.refused)
    for key, data in changes.items():
        file = FileId(key)
        if data is None:
            del files[file]
            refused[file] = 0x6A82
        else:
            files[file] = data
    return replace(evidence, files=files, refused=refused)
