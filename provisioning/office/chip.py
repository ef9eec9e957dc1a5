"""A card's chip, made to order: its keys, what it says about itself, its answer to reset.

Lives here: from options to everything in a card image that belongs to the chip and not to the
holder. Not here: the holder's files (`personalise`), the chip's behaviour
(`provisioning.softcard`).
Sources: Doc 9303-10 section 3.11, Doc 9303-11 section 9.2.11 (which file says what); PC/SC part 3
section 3.1.3.2.3 (ATR of a contactless card); ISO/IEC 7816-4 section 12.1.1.9 (card capabilities).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from provisioning.office import chip_keys, lds, security_infos, security_object
from provisioning.office.options import P256, ChipKey, ChipOptions, EcdsaKey, RsaKey
from provisioning.office.pki import Authority, Rng
from provisioning.office.security_infos import PublishedKey
from provisioning.softcard.image import ActiveAuth, Behaviour, ChipAuth, ChipAuthKey
from provisioning.softcard.protocols import PaceMapping
from reader.lds.files import FileId

EF_DIR = 0x2F00

_SELECTION = 0x94  # by name, by file identifier, by short file identifier
_SHORT_IDENTIFIERS = 0x04
_DATA_UNIT = 0x01
_COMMAND_CHAINING = 0x80
_EXTENDED_LENGTH = 0x40
_LENGTH_INFORMATION = 0x20  # EF.ATR/INFO says how long


@dataclass(frozen=True, slots=True)
class Chip:
    """What the chip brings into a card image; `groups` are DG14 and DG15 where they are there."""

    atr: bytes
    mf_files: Mapping[int, bytes]
    groups: Mapping[FileId, bytes]
    chip_auth: ChipAuth
    active_auth: ActiveAuth | None


def make(options: ChipOptions, aid: bytes, signer: Authority, rng: Rng) -> Chip:
    """Return a chip with new keys, its EF.CardSecurity signed by `signer`.

    Raises OfficeInputInvalid or SoftCardInvalid for options that do not go together.
    """
    keys = [
        PublishedKey(option, chip_keys.new_group_key(option.parameter_id, rng))
        for option in _keys(options)
    ]
    groups: dict[FileId, bytes] = {}
    active_auth, public = _active_auth(options, rng)
    ecdsa = options.active_auth if isinstance(options.active_auth, EcdsaKey) else None
    dg14 = security_infos.dg14(options.pace, keys, ecdsa)
    if dg14 is not None:
        groups[FileId.DG14] = dg14
    if public is not None:
        groups[FileId.DG15] = lds.dg15(public)
    capabilities = _capabilities(options)
    return Chip(
        atr=_atr(capabilities),
        mf_files=_master_file(options, aid, capabilities, keys, signer),
        groups=groups,
        chip_auth=ChipAuth(
            tuple(
                ChipAuthKey(
                    key.option.parameter_id,
                    key.key.secret_octets,
                    key.option.key_id,
                    key.option.protocols,
                )
                for key in keys
            )
        ),
        active_auth=active_auth,
    )


def _keys(options: ChipOptions) -> tuple[ChipKey, ...]:
    """Return the keys ordered, and those that chip authentication mapping still lacks."""
    keys = list(options.chip_auth)
    for offer in options.pace:
        number = offer.parameter_id
        if offer.protocol.mapping is PaceMapping.CHIP_AUTHENTICATION and not any(
            key.parameter_id == number == key.key_id for key in keys
        ):
            keys.append(ChipKey(parameter_id=number, key_id=number))
    return tuple(keys)


def _active_auth(options: ChipOptions, rng: Rng) -> tuple[ActiveAuth | None, bytes | None]:
    """Return the key as the chip keeps it, and its public half."""
    option = options.active_auth
    match option:
        case EcdsaKey():
            first = options.pace[0].parameter_id if options.pace else P256
            on_curve = first if chip_keys.is_curve(first) else P256
            chosen = on_curve if option.parameter_id is None else option.parameter_id
            key = chip_keys.new_group_key(chosen, rng)
            active = ActiveAuth(key.pkcs8(), option.hash, option.signature)
            return active, key.public_info(option.form)
        case RsaKey():
            private, public = chip_keys.new_rsa_key(option.bits)
            return ActiveAuth(private, option.hash, option.signature), public
        case None:
            return None, None


def _master_file(
    options: ChipOptions,
    aid: bytes,
    capabilities: bytes,
    keys: list[PublishedKey],
    signer: Authority,
) -> dict[int, bytes]:
    files: dict[int, bytes] = {}
    if options.pace:
        files[FileId.CARD_ACCESS.fid] = security_infos.card_access(options.pace)
    mapped = any(
        offer.protocol.mapping is PaceMapping.CHIP_AUTHENTICATION for offer in options.pace
    )
    if mapped or options.card_security:
        content = security_infos.card_security(options.pace, keys)
        files[FileId.CARD_SECURITY.fid] = security_object.card_security(content, signer)
    if options.efdir:
        files[EF_DIR] = lds.ef_dir([aid])
    if _announces(options):
        files[FileId.ATR_INFO.fid] = lds.atr_info(capabilities, options.announced)
    return files


def _announces(options: ChipOptions) -> bool:
    return options.announced is not None and options.behaviour.extended_length


def _capabilities(options: ChipOptions) -> bytes:
    """Return the three software function bytes."""
    behaviour: Behaviour = options.behaviour
    selection = _SELECTION
    if behaviour.no_short_identifiers is not None:
        selection &= ~_SHORT_IDENTIFIERS
    lengths = _COMMAND_CHAINING if behaviour.command_chaining else 0
    if behaviour.extended_length:
        lengths |= _EXTENDED_LENGTH
    if _announces(options):
        lengths |= _LENGTH_INFORMATION
    return bytes([selection, _DATA_UNIT, lengths])


def _atr(capabilities: bytes) -> bytes:
    history = b"\x80\x73" + capabilities
    body = bytes([0x80 | len(history), 0x80, 0x01]) + history
    return b"\x3b" + body + bytes([reduce(lambda a, b: a ^ b, body)])
