"""The line that says what kind of chip a card has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from provisioning.softcard.image import (
    ActiveAuth,
    Behaviour,
    CardImage,
    ChipAuth,
    ChipAuthKey,
    Faults,
    PaceOffer,
    Signature,
)
from provisioning.softcard.kind import describe
from provisioning.softcard.protocols import (
    Agreement,
    ChipAuthProtocol,
    PaceMapping,
    PaceProtocol,
)
from provisioning.softcard.suite import Suite

MakeImage = Callable[..., CardImage]

CAM = PaceProtocol(Agreement.ECDH, PaceMapping.CHIP_AUTHENTICATION, Suite.AES_256)
DH = PaceProtocol(Agreement.DH, PaceMapping.GENERIC, Suite.TDES)
CA = ChipAuthProtocol(Agreement.ECDH, Suite.AES_192)
RSA = rsa.generate_private_key(65_537, 2048).private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


@pytest.mark.parametrize(
    ("changes", "vi", "en"),
    [
        (
            {},
            "PACE-GM/AES-128 (secp256r1); xác thực chủ động ECDSA/SHA256 (secp256r1)",
            "PACE-GM/AES-128 (secp256r1); active authentication ECDSA/SHA256 (secp256r1)",
        ),
        (
            {
                "pace": (PaceOffer(CAM, 13), PaceOffer(DH, 0)),
                "bac": True,
                "chip_auth": ChipAuth((ChipAuthKey(13, b"\x05", 13, (CA,)),)),
                "active_auth": None,
            },
            (
                "PACE-CAM/AES-256 (brainpoolP256r1), PACE-GM/3DES (modp1024-160), BAC;"
                " xác thực chip ECDH/AES-192"
            ),
            (
                "PACE-CAM/AES-256 (brainpoolP256r1), PACE-GM/3DES (modp1024-160), BAC;"
                " chip authentication ECDH/AES-192"
            ),
        ),
        (
            {"active_auth": None, "behaviour": Behaviour(max_le=256)},
            "PACE-GM/AES-128 (secp256r1); không có khoá chip; nếp riêng",
            "PACE-GM/AES-128 (secp256r1); no chip key; habits of its own",
        ),
        (
            {
                "active_auth": ActiveAuth(RSA, "sha1", Signature.RECOVERY),
                "faults": Faults(stall_at=3),
            },
            "PACE-GM/AES-128 (secp256r1); xác thực chủ động RSA-2048/SHA1; cố ý sai",
            "PACE-GM/AES-128 (secp256r1); active authentication RSA-2048/SHA1; faulty on purpose",
        ),
    ],
)
def test_in_both_languages(
    make_image: MakeImage, changes: dict[str, Any], vi: str, en: str
) -> None:
    """Ways in, proofs, and whether the chip is an odd one; nothing of the holder."""
    image = make_image(**changes)
    assert describe(image) == {"vi": vi, "en": en}
