"""The software card under the reader: images made by hand, one connection without PC/SC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from provisioning.direct_reader import DirectReader
from provisioning.softcard.image import Access, ActiveAuth, CardImage, PaceOffer
from provisioning.softcard.protocols import Agreement, PaceMapping, PaceProtocol
from provisioning.softcard.slot import Card
from provisioning.softcard.suite import Suite
from reader import tlv
from reader.apdu import CardConnection
from reader.evidence import Password, PasswordKind
from reader.lds.files import FileId
from reader.profile import CardProfile, builtin_profiles
from reader.watch import CardLaid

PARTY_AID = bytes.fromhex("F05472616D54686501")
CAN = "250817"
MRZ_INFORMATION = "T22000129364081251010318"
TD1 = (
    "I<VNM2000000017079200000001<<<",
    "7908068F3908068VNM<<<<<<<<<<<2",
    "NGUYEN<<THI<BINH<<<<<<<<<<<<<<",
)
PROTOCOL = PaceProtocol(Agreement.ECDH, PaceMapping.GENERIC, Suite.AES_128)
OF_ACCESS = frozenset(field.name for field in fields(Access))
PACE_OID = bytes.fromhex("04007F00070202040202")  # id-PACE-ECDH-GM-AES-CBC-CMAC-128


def card_access(parameter_id: int, oid: bytes = PACE_OID) -> bytes:
    """EF.CardAccess with one PACEInfo."""
    body = tlv.encode(0x06, oid) + tlv.encode(0x02, b"\x02")
    body += tlv.encode(0x02, bytes([parameter_id]))
    return tlv.encode(0x31, tlv.encode(0x30, body))


@pytest.fixture(scope="session")
def make_card_access() -> Callable[..., bytes]:
    """Return the maker of EF.CardAccess by parameter id."""
    return card_access


@pytest.fixture(scope="session")
def make_image() -> Callable[..., CardImage]:
    """Return a maker of party cards.

    `files` replace application files, None takes one away; any field of the image or of its
    access can be given.
    """
    key = ec.derive_private_key(0x5EED, ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    standard: dict[int, bytes] = {
        FileId.COM.fid: tlv.encode(0x60, b"\x5f\x01\x04" + b"0107"),
        FileId.SOD.fid: tlv.encode(0x77, bytes(range(256)) * 5),
        FileId.DG1.fid: tlv.encode(0x61, tlv.encode(0x5F1F, "".join(TD1).encode())),
        FileId.DG2.fid: tlv.encode(0x75, bytes(30_000)),
        FileId.DG13.fid: tlv.encode(0x6D, bytes(300)),
        FileId.DG14.fid: tlv.encode(0x6E, card_access(12)),
        FileId.DG15.fid: tlv.encode(0x6F, point),
    }

    def make(
        *,
        parameter_id: int = 12,
        files: Mapping[int, bytes | None] = {},
        **changes: Any,
    ) -> CardImage:
        merged = {**standard, **files}
        opening: dict[str, Any] = {
            "pace": (PaceOffer(PROTOCOL, parameter_id),),
            "can": CAN,
            "mrz_information": MRZ_INFORMATION,
            "can_tries": 3,
        }
        opening |= {name: changes.pop(name) for name in OF_ACCESS & changes.keys()}
        values: dict[str, Any] = {
            "name": "card",
            "title": "Card",
            "atr": bytes.fromhex("3B80800101"),
            "aid": PARTY_AID,
            "mf_files": {FileId.CARD_ACCESS.fid: card_access(parameter_id)},
            "app_files": {fid: data for fid, data in merged.items() if data is not None},
            "access": Access(**opening),
            "active_auth": ActiveAuth(
                key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            ),
        }
        return CardImage(**{**values, **changes})

    return make


@pytest.fixture
def lay() -> Callable[..., CardConnection]:
    """Return what lays a card on a reader in process and gives the connection to it."""

    def laid(card: Card, *, tear_after: int | None = None) -> CardConnection:
        reader = DirectReader()
        reader.lay(card, tear_after=tear_after)
        while True:
            event = reader.next_event(1.0)
            if isinstance(event, CardLaid):
                return event.connection

    return laid


@pytest.fixture(scope="session")
def party() -> CardProfile:
    """Return the built-in profile of the party card."""
    return next(profile for profile in builtin_profiles() if profile.name == "dang-vien")


@pytest.fixture(scope="session")
def can() -> Password:
    """Return the right CAN of the made cards."""
    return Password(PasswordKind.CAN, CAN)


@pytest.fixture(scope="session")
def mrz_password() -> Password:
    """Return the right MRZ information of the made cards."""
    return Password(PasswordKind.MRZ, MRZ_INFORMATION)
