"""What genuine chips answer, computed from the standards: the chip's side of every proof."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace

from asn1crypto import core
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from reader import tlv
from reader.evidence import (
    ActiveAuthRun,
    CardAccessSource,
    CardEvidence,
    ChipAuthRun,
    MappingProof,
    PaceFacts,
    PasswordKind,
)
from reader.lds.files import FileId
from tests.verify.made import (
    CHALLENGE,
    PACE,
    Party,
    World,
    dg14,
    infos,
    pace_info,
    signed_data,
    spki,
)

CA_3DES = "0.4.0.127.0.7.2.2.3.2.1"
CA_AES = "0.4.0.127.0.7.2.2.3.2.2"
CAM = "0.4.0.127.0.7.2.2.4.6.2"
PK_DH, PK_ECDH = "0.4.0.127.0.7.2.2.1.1", "0.4.0.127.0.7.2.2.1.2"
SECURITY_OBJECT = "0.4.0.127.0.7.3.2.1"
P256 = 12  # the number of secp256r1 among the standardised domain parameters
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of secp256r1

_TRAILERS = {
    "sha1": "bc",
    "sha224": "38cc",
    "sha256": "34cc",
    "sha384": "36cc",
    "sha512": "35cc",
}


def key_info(public_key: bytes, *, key_id: int | None = None, protocol: str = PK_ECDH) -> bytes:
    """Return a ChipAuthenticationPublicKeyInfo (Doc 9303-11 section 9.2.6)."""
    number = b"" if key_id is None else tlv.encode(0x02, bytes([key_id]))
    return tlv.encode(0x30, core.ObjectIdentifier(protocol).dump() + public_key + number)


def standardised(number: int, public: bytes) -> bytes:
    """Return a SubjectPublicKeyInfo with standardised domain parameters (section 9.5.1)."""
    kind = core.ObjectIdentifier("0.4.0.127.0.7.1.2").dump()
    algorithm = tlv.encode(0x30, kind + tlv.encode(0x02, bytes([number])))
    return tlv.encode(0x30, algorithm + tlv.encode(0x03, b"\x00" + public))


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public point, uncompressed."""
    numbers = key.public_key().public_numbers()
    size = (key.curve.key_size + 7) // 8
    return b"\x04" + numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")


def agreed(
    key: ec.EllipticCurvePrivateKey, *, protocol: str = CA_AES, key_id: int | None = None
) -> ChipAuthRun:
    """Return the run of a chip that holds `key` and answered under the new session keys."""
    return ChipAuthRun(protocol, key_id, spki(key), proved=True, sw=0x9000)


def with_chip_auth(
    world: World, *entries: bytes, run: ChipAuthRun | None, active: bool = False
) -> CardEvidence:
    """Return a card whose DG14 has these entries beside PACE's, and this run of it.

    Without `active` the card has no DG15.
    """
    groups = {**world.groups(), FileId.DG14: dg14(pace_info(), *entries)}
    if not active:
        del groups[FileId.DG15]
    card = replace(world.card(groups), chip_auth=run)
    return card if active else replace(card, active_auth=None)


@dataclass(frozen=True)
class MappingChip:
    """A chip with a key for the mapping, on secp256r1, and what one run of PACE leaves."""

    key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls) -> MappingChip:
        """Return one with a fresh key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    def run(self) -> MappingProof:
        """Return PK_Map,IC and CA_IC = SK_IC^-1 * SK_Map,IC mod n (section 4.4.3.5.1)."""
        mapped = ec.generate_private_key(ec.SECP256R1())
        own = self.key.private_numbers().private_value
        data = pow(own, -1, ORDER) * mapped.private_numbers().private_value % ORDER
        return MappingProof(point_of(mapped), data.to_bytes(32, "big"))

    def infos(self, *others: bytes, key_id: int = P256) -> bytes:
        """Return what its EF.CardSecurity lists."""
        own = key_info(standardised(P256, point_of(self.key)), key_id=key_id)
        return infos(pace_info(), pace_info(P256, CAM), own, *others)

    def security(self, signer: Party) -> bytes:
        """Return its EF.CardSecurity."""
        return signed_data(self.infos(), signer, content_type=SECURITY_OBJECT)


def with_mapping(
    world: World,
    chip: MappingChip,
    *,
    proof: MappingProof | None = None,
    security: bytes | None = None,
    signer: Party | None = None,
) -> CardEvidence:
    """Return a card of `chip`, opened by PACE with the mapping, with no other proof.

    `signer` is that of the card's files; EF.CardSecurity has the world's.
    """
    access = (pace_info(), pace_info(P256, CAM))
    groups = {**world.groups(), FileId.DG14: dg14(*access)}
    del groups[FileId.DG15]
    card = world.card(groups, signer=signer)
    files = {
        **card.files,
        FileId.CARD_ACCESS: infos(*access),
        FileId.CARD_SECURITY: security or chip.security(world.signer),
    }
    pace = PaceFacts(CAM, P256, PasswordKind.CAN, CardAccessSource.READ, proof or chip.run())
    return replace(card, files=files, pace=pace, active_auth=None)


def generic(card: CardEvidence) -> CardEvidence:
    """Return the card as it is where PACE ran with the generic mapping."""
    pace = PaceFacts(PACE, P256, PasswordKind.CAN, CardAccessSource.READ)
    return replace(card, pace=pace)


def recovery(
    key: rsa.RSAPrivateKey,
    *,
    hash_name: str = "sha256",
    challenge: bytes = CHALLENGE,
    header: bytes = b"\x6a",
    trailer: bytes | None = None,
    complement: bool = False,
    padding: bytes = b"",
) -> ActiveAuthRun:
    """Return an RSA answer by ISO/IEC 9796-2 scheme 1 (Doc 9303-11 section 6.1.2.2).

    `complement` takes the smaller of the power and its complement, as B.4 does. `padding` takes
    the place of the beginning of M1.
    """
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n
    size = modulus.bit_length() // 8
    ending = bytes.fromhex(_TRAILERS[hash_name]) if trailer is None else trailer
    digest = hashlib.new(hash_name)
    room = size - len(header) - len(padding) - digest.digest_size - len(ending)
    nonce = secrets.token_bytes(room)
    digest.update(nonce + challenge)
    representative = header + padding + nonce + digest.digest() + ending
    power = pow(int.from_bytes(representative, "big"), numbers.d, modulus)
    if complement:
        power = min(power, modulus - power)
    return ActiveAuthRun(challenge, power.to_bytes(size, "big"), 0x9000)
