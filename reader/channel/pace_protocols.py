"""The variants of PACE: which there are, and which of those that a chip offers is run.

Lives here: the table of protocols, and the choice among the chip's PACEInfos. Not here: running
one (`pace`). Explicit domain parameters (PACEDomainParameterInfo) are passed over: they are
unsigned, and insecure ones would give the password away (section 9.2.2).
Source: Doc 9303-11 sections 9.2.1 (PACEInfo) and 9.2.3 (identifiers), 4.4.3 (algorithms).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique
from typing import NamedTuple

from reader.channel import agreement
from reader.channel.group import Group
from reader.channel.kdf import CipherSuite
from reader.channel.modular import ModularGroup
from reader.channel.points import LibraryCurve
from reader.lds.security_infos import PaceInfo

_ID_PACE = "0.4.0.127.0.7.2.2.4"
_ID_PACE_VALUE = bytes.fromhex("04007F0007020204")
_VERSION = 2
_LONG_VALUE = 240  # bytes of a field from which on a command may not fit a short APDU


@unique
class Mapping(Enum):
    """How the nonce becomes a generator (section 4.4.3.3)."""

    GENERIC = "GM"
    INTEGRATED = "IM"
    CHIP_AUTHENTICATION = "CAM"


@dataclass(frozen=True, slots=True)
class _Protocol:
    """A protocol identifier, taken apart."""

    value: bytes
    """The identifier's value octets."""
    public_tag: int
    """Of the groups that it takes."""
    mapping: Mapping
    suite: CipherSuite


def _protocols() -> dict[str, _Protocol]:
    """Return the table of section 9.2.3."""
    kinds = {
        1: (ModularGroup.public_tag, Mapping.GENERIC),
        2: (LibraryCurve.public_tag, Mapping.GENERIC),
        3: (ModularGroup.public_tag, Mapping.INTEGRATED),
        4: (LibraryCurve.public_tag, Mapping.INTEGRATED),
        6: (LibraryCurve.public_tag, Mapping.CHIP_AUTHENTICATION),
    }
    return {
        f"{_ID_PACE}.{kind}.{number}": _Protocol(
            _ID_PACE_VALUE + bytes((kind, number)), public_tag, how, suite
        )
        for kind, (public_tag, how) in kinds.items()
        for number, suite in enumerate(CipherSuite, start=1)
        if how is not Mapping.CHIP_AUTHENTICATION or suite is not CipherSuite.TDES
    }


_PROTOCOLS = _protocols()


class Variant(NamedTuple):
    """A PACEInfo that this terminal can run; made by `resolve`."""

    protocol: str
    """Object identifier, dotted."""
    parameter_id: int
    ambiguous: bool
    """Whether the chip offers PACE with several parameter sets: it must then be told which."""
    identifier: bytes
    """Value octets of the protocol's object identifier."""
    group: Group
    mapping: Mapping
    suite: CipherSuite

    @property
    def legacy(self) -> bool:
        """Whether only older chips need it: 3DES, or a group that is small or slow."""
        return self.group.legacy or self.suite is CipherSuite.TDES

    @property
    def extended(self) -> bool:
        """Whether its commands are too long for short APDUs.

        They cannot be cut into chains: chaining is what links the steps (section 4.4.4.3).
        """
        return self.group.field_size >= _LONG_VALUE


def resolve(protocol: str, parameter_id: int, *, ambiguous: bool = False) -> Variant | None:
    """Return the variant of a protocol and its parameters; None where the standard has none."""
    known = _PROTOCOLS.get(protocol)
    group = agreement.by_parameter_id(parameter_id)
    if known is None or group is None or group.public_tag != known.public_tag:
        return None
    if known.mapping is Mapping.INTEGRATED and not group.takes_integrated_mapping:
        return None
    how, suite = known.mapping, known.suite
    return Variant(protocol, parameter_id, ambiguous, known.value, group, how, suite)


def choose(
    infos: Iterable[PaceInfo], *, legacy: bool = False, extended: bool = True
) -> Variant | None:
    """Return the first info that this terminal can run, in the order of EF.CardAccess.

    `legacy` takes also what `Variant.legacy` says only older chips need, `extended` also what
    needs extended length.
    """
    offered = tuple(infos)
    ambiguous = len({info.parameter_id for info in offered}) > 1
    for info in offered:
        if info.version != _VERSION or info.parameter_id is None:
            continue
        variant = resolve(info.protocol, info.parameter_id, ambiguous=ambiguous)
        if variant is None or (variant.legacy and not legacy):
            continue
        if extended or not variant.extended:
            return variant
    return None
