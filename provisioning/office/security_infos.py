"""What the chip can do, in its own words: EF.CardAccess, DG14, EF.CardSecurity's content.

Lives here: sets of SecurityInfo. Not here: the signature around EF.CardSecurity
(`security_object`), the keys themselves (`chip_keys`), reading (`reader.lds.security_infos`).
Source: Doc 9303-11 section 9.2; TR-03111 section 5.2.1 and RFC 5758 section 3.2 (identifiers of
signature algorithms).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from provisioning.errors import OfficeInputInvalid
from provisioning.office import der
from provisioning.office.chip_keys import GroupKey
from provisioning.office.options import ChipKey, EcdsaKey
from provisioning.softcard import groups
from provisioning.softcard.image import PaceOffer, Signature
from provisioning.softcard.protocols import Agreement
from reader.tlv import encode

PACE_VERSION = 2
CHIP_AUTH_VERSION = 1
ACTIVE_AUTH = "2.23.136.1.1.5"
ACTIVE_AUTH_VERSION = 1

_CHIP_KEY = {Agreement.DH: "0.4.0.127.0.7.2.2.1.1", Agreement.ECDH: "0.4.0.127.0.7.2.2.1.2"}
_SIGNATURES = {
    (Signature.PLAIN, "sha224"): "0.4.0.127.0.7.1.1.4.1.2",
    (Signature.PLAIN, "sha256"): "0.4.0.127.0.7.1.1.4.1.3",
    (Signature.PLAIN, "sha384"): "0.4.0.127.0.7.1.1.4.1.4",
    (Signature.PLAIN, "sha512"): "0.4.0.127.0.7.1.1.4.1.5",
    (Signature.DER, "sha224"): "1.2.840.10045.4.3.1",
    (Signature.DER, "sha256"): "1.2.840.10045.4.3.2",
    (Signature.DER, "sha384"): "1.2.840.10045.4.3.3",
    (Signature.DER, "sha512"): "1.2.840.10045.4.3.4",
}


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A chip authentication key with what is said about it."""

    option: ChipKey
    key: GroupKey


def card_access(offers: Iterable[PaceOffer]) -> bytes:
    """Return EF.CardAccess: how the chip is opened by PACE."""
    return der.set_of(_pace(offers))


def dg14(
    offers: Iterable[PaceOffer],
    keys: Sequence[PublishedKey] = (),
    active: EcdsaKey | None = None,
) -> bytes | None:
    """Return DG14: the signed copy of PACE's parameters, and how the chip proves itself.

    Keys without protocols stay out: they serve chip authentication mapping and stand in
    EF.CardSecurity. None where there is nothing to say. Raises OfficeInputInvalid for a
    signature that has no identifier.
    """
    infos = [*_pace(offers), *_chip_auth([key for key in keys if key.option.protocols])]
    if active is not None:
        infos.append(_active_auth(active))
    return encode(0x6E, der.set_of(infos)) if infos else None


def card_security(offers: Iterable[PaceOffer], keys: Sequence[PublishedKey]) -> bytes:
    """Return the content that EF.CardSecurity signs."""
    return der.set_of([*_pace(offers), *_chip_auth(keys)])


def _pace(offers: Iterable[PaceOffer]) -> list[bytes]:
    return [
        der.sequence(
            der.oid(offer.protocol.oid),
            der.integer(PACE_VERSION),
            der.integer(offer.parameter_id),
        )
        for offer in offers
    ]


def _active_auth(active: EcdsaKey) -> bytes:
    algorithm = _SIGNATURES.get((active.signature, active.hash))
    if algorithm is None:
        raise OfficeInputInvalid(
            f"ECDSA cannot be announced as {active.signature.value} with {active.hash}.",
            next_step="Choose another hash function or encoding for active authentication.",
        )
    return der.sequence(der.oid(ACTIVE_AUTH), der.integer(ACTIVE_AUTH_VERSION), der.oid(algorithm))


def _chip_auth(keys: Sequence[PublishedKey]) -> list[bytes]:
    infos = []
    for published in keys:
        option = published.option
        key_id = b"" if option.key_id is None else der.integer(option.key_id)
        infos += [
            der.sequence(der.oid(protocol.oid), der.integer(CHIP_AUTH_VERSION), key_id)
            for protocol in option.protocols
        ]
        kind = _CHIP_KEY[groups.agreement(option.parameter_id)]
        public = published.key.public_info(option.form)
        infos.append(der.sequence(der.oid(kind), public, key_id))
    return infos
