"""What the software card's tests share: an image and its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.softcard.image import Access, ActiveAuth, CardImage, PaceOffer
from provisioning.softcard.protocols import Agreement, PaceMapping, PaceProtocol
from provisioning.softcard.suite import Suite

ATR = bytes.fromhex("3B80800101")
AID = bytes.fromhex("A0000002471001")
MRZ_INFORMATION = "T22000129364081251010318"  # Doc 9303-11 appendix G
PROTOCOL = PaceProtocol(Agreement.ECDH, PaceMapping.GENERIC, Suite.AES_128)
OF_ACCESS = frozenset(field.name for field in fields(Access))
# PACE with ECDH, generic mapping, AES-128; version 2; parameters 12 (Doc 9303-11 section 9.2.1).
CARD_ACCESS = bytes.fromhex("31143012060A04007F0007020204020202010202010C")


@pytest.fixture(scope="session")
def chip_key() -> ec.EllipticCurvePrivateKey:
    """Return an active authentication key."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def make_image(chip_key: ec.EllipticCurvePrivateKey) -> Callable[..., CardImage]:
    """Return a maker of small cards; any field of the image or of its access can be given."""
    key = chip_key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    def make(**changes: Any) -> CardImage:
        opening: dict[str, Any] = {
            "pace": (PaceOffer(PROTOCOL, 12),),
            "can": "123456",
            "mrz_information": MRZ_INFORMATION,
            "can_tries": 3,
        }
        opening |= {name: changes.pop(name) for name in OF_ACCESS & changes.keys()}
        values: dict[str, Any] = {
            "name": "test-card",
            "title": "Thẻ thử",
            "atr": ATR,
            "aid": AID,
            "mf_files": {0x011C: CARD_ACCESS, 0x011D: b"\x30\x03\x02\x01\x00"},
            "app_files": {
                0x0101: b"\x61\x08" + bytes(range(8)),
                0x0102: b"\x75\x82\x02\x00" + bytes(512),
                0x010E: b"\x6e\x00",
                0x010F: b"\x6f\x00",
            },
            "access": Access(**opening),
            "active_auth": ActiveAuth(key),
        }
        return CardImage(**values | changes)

    return make
