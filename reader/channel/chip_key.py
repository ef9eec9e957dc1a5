"""The chip's static key for chip authentication, as group and public value.

Lives here: the group that a published key is of, and whether its value is an element. Not here:
reading the key (`lds.agreement_key`), whether it is believed (`verify`), and other kinds of key
(`verify.keys`).
Source: Doc 9303-11 sections 9.2.6, 9.5 and 9.6.
"""

from __future__ import annotations

from typing import NamedTuple

from reader.channel import agreement
from reader.channel.group import Group
from reader.channel.modular import ModularGroup
from reader.lds import agreement_key
from reader.lds.agreement_key import CurvePublic


class ChipKey(NamedTuple):
    """A key that this terminal can agree with."""

    group: Group
    public: bytes
    """The public value as it would travel, an element of the group."""


def load(public_key: bytes) -> ChipKey | None:
    """Read a SubjectPublicKeyInfo (DER).

    None for a kind of key, a curve or a size of prime that this terminal lacks, and for a public
    value outside its group. Raises MalformedData.
    """
    key = agreement_key.parse(public_key)
    if key is None:
        return None
    if isinstance(key, CurvePublic):
        group: Group = agreement.of_curve(key.curve)
        public = key.point
    else:
        try:
            group = ModularGroup(key.p, key.g, key.q, key.private_bits)
        except ValueError:
            return None
        public = key.value.to_bytes((key.value.bit_length() + 7) // 8, "big")
    return ChipKey(group, public) if group.accepts(public) else None
