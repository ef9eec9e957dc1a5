"""The protocols by name and object identifier: PACE and chip authentication.

Lives here: which variants there are and how they are called. Not here: what they do (`pace`,
`chip_auth`). Source: Doc 9303-11 sections 9.2.3 and 9.2.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from provisioning.softcard.suite import Suite

PACE = "0.4.0.127.0.7.2.2.4"
CHIP_AUTHENTICATION = "0.4.0.127.0.7.2.2.3"


@unique
class Agreement(StrEnum):
    """What keys are agreed in: integers modulo a prime, or points of a curve."""

    DH = "DH"
    ECDH = "ECDH"


@unique
class PaceMapping(StrEnum):
    """How PACE makes a generator from its nonce (section 4.4.3.3)."""

    GENERIC = "GM"
    INTEGRATED = "IM"
    CHIP_AUTHENTICATION = "CAM"


_SUITES = {suite: arc for arc, suite in enumerate(Suite, start=1)}
_PACE_ARCS = {
    (Agreement.DH, PaceMapping.GENERIC): 1,
    (Agreement.ECDH, PaceMapping.GENERIC): 2,
    (Agreement.DH, PaceMapping.INTEGRATED): 3,
    (Agreement.ECDH, PaceMapping.INTEGRATED): 4,
    (Agreement.ECDH, PaceMapping.CHIP_AUTHENTICATION): 6,
}
_CHIP_ARCS = {Agreement.DH: 1, Agreement.ECDH: 2}


@dataclass(frozen=True, slots=True)
class PaceProtocol:
    """A variant of PACE. Raises ValueError for one that the standard has not."""

    agreement: Agreement
    mapping: PaceMapping
    suite: Suite

    def __post_init__(self) -> None:
        arc = _PACE_ARCS.get((self.agreement, self.mapping))
        with_tdes = self.suite is Suite.TDES
        if arc is None or (with_tdes and self.mapping is PaceMapping.CHIP_AUTHENTICATION):
            raise ValueError("the standard has no such variant of PACE")

    @property
    def oid(self) -> str:
        """Return the object identifier, dotted."""
        return f"{PACE}.{_PACE_ARCS[self.agreement, self.mapping]}.{_SUITES[self.suite]}"

    @property
    def name(self) -> str:
        """Return the name in the standard."""
        return f"id-PACE-{self.agreement}-{self.mapping}-{self.suite.label}"

    @classmethod
    def by_name(cls, name: str) -> PaceProtocol | None:
        """Return the variant of this name, None where there is none."""
        return _PACE_BY_NAME.get(name)


@dataclass(frozen=True, slots=True)
class ChipAuthProtocol:
    """A variant of chip authentication."""

    agreement: Agreement
    suite: Suite

    @property
    def oid(self) -> str:
        """Return the object identifier, dotted."""
        return f"{CHIP_AUTHENTICATION}.{_CHIP_ARCS[self.agreement]}.{_SUITES[self.suite]}"

    @property
    def name(self) -> str:
        """Return the name in the standard."""
        return f"id-CA-{self.agreement}-{self.suite.label}"

    @classmethod
    def by_name(cls, name: str) -> ChipAuthProtocol | None:
        """Return the variant of this name, None where there is none."""
        return _CHIP_BY_NAME.get(name)


_PACE_BY_NAME = {
    variant.name: variant
    for agreement, mapping in _PACE_ARCS
    for suite in Suite
    if mapping is not PaceMapping.CHIP_AUTHENTICATION or suite is not Suite.TDES
    for variant in [PaceProtocol(agreement, mapping, suite)]
}
_CHIP_BY_NAME = {
    variant.name: variant
    for agreement in Agreement
    for suite in Suite
    for variant in [ChipAuthProtocol(agreement, suite)]
}


def encode_oid(dotted: str) -> bytes:
    """Return the value octets of an object identifier (X.690 section 8.19)."""
    arcs = [int(arc) for arc in dotted.split(".")]
    octets = bytearray()
    for arc in (40 * arcs[0] + arcs[1], *arcs[2:]):
        low = [arc & 0x7F]
        while arc := arc >> 7:
            low.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(low))
    return bytes(octets)
