"""What a card's chip can be ordered with; the defaults are the pilot's card.

Lives here: the values. Not here: making keys and files from them (`chip_keys`, `security_infos`,
`personalise`), what the chip does with them (`provisioning.softcard`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique

from provisioning.office.details import PersonToNotify
from provisioning.office.face import FaceForm
from provisioning.office.portrait import SIZE
from provisioning.softcard.image import Behaviour, CardImage, Faults, PaceOffer, Signature
from provisioning.softcard.protocols import (
    Agreement,
    ChipAuthProtocol,
    PaceMapping,
    PaceProtocol,
)
from provisioning.softcard.suite import Suite
from reader.lds.files import FileId

P256 = 12
"""Domain parameter id of secp256r1."""
ANNOUNCED = 32_767  # bytes of command or response that the pilot's chip announces


@unique
class KeyForm(StrEnum):
    """How a SubjectPublicKeyInfo gives its group."""

    EXPLICIT = "explicit"
    """Every parameter, as Doc 9303-11 section 9.5.2 asks."""
    NAMED = "named"
    """A curve by its object identifier."""
    STANDARDISED = "standardised"
    """The number of table 12 (section 9.5.1)."""
    PKCS3 = "pkcs3"
    """Prime and generator without the order: a group modulo a prime."""


@dataclass(frozen=True, slots=True)
class ChipKey:
    """A key for chip authentication.

    Without protocols it serves chip authentication mapping alone; `key_id` is then the
    `parameter_id`.
    """

    protocols: tuple[ChipAuthProtocol, ...] = ()
    parameter_id: int = P256
    key_id: int | None = None
    form: KeyForm = KeyForm.EXPLICIT


@dataclass(frozen=True, slots=True)
class EcdsaKey:
    """Active authentication by ECDSA, on PACE's curve unless told."""

    parameter_id: int | None = None
    hash: str = "sha256"
    signature: Signature = Signature.PLAIN
    form: KeyForm = KeyForm.NAMED


@dataclass(frozen=True, slots=True)
class RsaKey:
    """Active authentication by RSA with message recovery."""

    bits: int = 2048
    hash: str = "sha256"
    signature: Signature = Signature.RECOVERY


def pace(
    parameter_id: int = P256,
    suite: Suite = Suite.AES_128,
    mapping: PaceMapping = PaceMapping.GENERIC,
    agreement: Agreement = Agreement.ECDH,
) -> PaceOffer:
    """Return an offer of PACE, by default the pilot's."""
    return PaceOffer(PaceProtocol(agreement, mapping, suite), parameter_id)


@dataclass(frozen=True, slots=True)
class ChipOptions:
    """The chip of a card. What the family does not have (a passport's CAN) no option gives it."""

    pace: tuple[PaceOffer, ...] = (pace(),)
    bac: bool = False
    can: bool = True
    """Whether PACE takes the CAN."""
    mrz: bool = True
    """Whether the chip takes the MRZ, by PACE or BAC."""
    can_tries: int | None = 3
    wrong_delay: float = 0.0
    """Seconds before the next guess after a wrong one."""
    chip_auth: tuple[ChipKey, ...] = ()
    """Keys of chip authentication; those that mapping needs are added."""
    card_security: bool = False
    """Whether EF.CardSecurity is there; chip authentication mapping always brings it."""
    active_auth: EcdsaKey | RsaKey | None = field(default_factory=EcdsaKey)
    details: frozenset[FileId] = frozenset()
    """Of DG7, DG11 and DG12, those that are written."""
    notify: tuple[PersonToNotify, ...] = ()
    """DG16, where there is somebody."""
    face: FaceForm = FaceForm.ISO_19794
    photo_size: tuple[int, int] = SIZE
    """Pixels, width and height."""
    efdir: bool = False
    """Whether EF.DIR is there."""
    announced: tuple[int, int] | None = (ANNOUNCED, ANNOUNCED)
    """Bytes of command and response APDU in EF.ATR/INFO; None for no such file."""
    behaviour: Behaviour = field(default_factory=Behaviour)
    faults: Faults = field(default_factory=Faults)
    other: CardImage | None = field(default=None, repr=False)
    """The card that answers from `faults.swap_at` on."""
