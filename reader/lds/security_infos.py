"""SecurityInfos: what the chip says it can do, in EF.CardAccess and DG14.

Lives here: the set of SecurityInfo values. Not here: DG14's template (`dg14`), and which protocol
is run or believed (`channel`, `verify.pipeline`). EF.CardAccess is unsigned.
Source: Doc 9303-11 section 9.2. An entry of a kind not listed below may be discarded; its
object identifier is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from reader import tlv
from reader.lds.asn1 import (
    INTEGER,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    integer,
    malformed,
    oid,
    optional_integer,
    require_public_key,
    require_size,
)
from reader.tlv import Tlv

MAX_SECURITY_INFOS = 16 * 1024  # bytes
MAX_ENTRIES = 64

ACTIVE_AUTHENTICATION = "2.23.136.1.1.5"

_WHERE = "list of security protocols"
_PACE = "0.4.0.127.0.7.2.2.4."
_CHIP_AUTHENTICATION = "0.4.0.127.0.7.2.2.3."
_CHIP_KEYS = ("0.4.0.127.0.7.2.2.1.1", "0.4.0.127.0.7.2.2.1.2")


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """PACEInfo (section 9.2.1): protocol identifier, dotted; version; domain parameter id."""

    protocol: str
    version: int
    parameter_id: int | None


@dataclass(frozen=True, slots=True)
class ActiveAuthInfo:
    """ActiveAuthenticationInfo (section 9.2.4): the signature algorithm, dotted."""

    version: int
    signature_algorithm: str


@dataclass(frozen=True, slots=True)
class ChipAuthInfo:
    """ChipAuthenticationInfo (section 9.2.5)."""

    protocol: str
    version: int
    key_id: int | None


@dataclass(frozen=True, slots=True)
class ChipAuthKey:
    """ChipAuthenticationPublicKeyInfo (section 9.2.6): a SubjectPublicKeyInfo, DER."""

    protocol: str
    public_key: bytes = field(repr=False)
    key_id: int | None


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """The set, sorted by kind, in the order of the file within a kind."""

    pace: tuple[PaceInfo, ...]
    active_auth: ActiveAuthInfo | None
    chip_auth: tuple[ChipAuthInfo, ...]
    chip_auth_keys: tuple[ChipAuthKey, ...]
    unknown: tuple[str, ...]
    """Object identifiers of the entries that this terminal has no use for."""


@lru_cache(maxsize=32)  # EF.CardAccess is the same in every card of a family
def parse(data: bytes) -> SecurityInfos:
    """Read a SET OF SecurityInfo: all of EF.CardAccess, or the content of DG14.

    Raises MalformedData.
    """
    require_size(data, MAX_SECURITY_INFOS, _WHERE)
    pace: list[PaceInfo] = []
    active: list[ActiveAuthInfo] = []
    chip: list[ChipAuthInfo] = []
    keys: list[ChipAuthKey] = []
    unknown: list[str] = []
    for count, (protocol, body) in enumerate(map(_entry, tlv.iterate(tlv.unwrap(data, SET)))):
        if count >= MAX_ENTRIES:
            raise malformed(_WHERE, f"it has more than {MAX_ENTRIES} entries")
        if protocol == ACTIVE_AUTHENTICATION:
            active.append(_active_auth(body))
        elif _is_variant(protocol, _PACE):
            pace.append(PaceInfo(protocol, *_version_and_id(body)))
        elif _is_variant(protocol, _CHIP_AUTHENTICATION):
            chip.append(ChipAuthInfo(protocol, *_version_and_id(body)))
        elif protocol in _CHIP_KEYS:
            keys.append(_chip_key(protocol, body))
        else:
            unknown.append(protocol)
    if len(set(active)) > 1:
        raise malformed(_WHERE, "it names two algorithms for active authentication")
    return SecurityInfos(
        pace=tuple(pace),
        active_auth=active[0] if active else None,
        chip_auth=tuple(chip),
        chip_auth_keys=tuple(keys),
        unknown=tuple(unknown),
    )


def _entry(item: Tlv) -> tuple[str, list[Tlv]]:
    body = list(tlv.iterate(item.value)) if item.tag == SEQUENCE else []
    if not body or body[0].tag != OBJECT_IDENTIFIER:
        raise malformed(_WHERE, "an entry has no object identifier")
    return oid(body[0].value, _WHERE), body[1:]


def _is_variant(protocol: str, stem: str) -> bool:
    """Whether two arcs follow the stem: with one arc the entry carries domain parameters."""
    return protocol.startswith(stem) and protocol[len(stem) :].count(".") == 1


def _version_and_id(body: list[Tlv]) -> tuple[int, int | None]:
    if not body or body[0].tag != INTEGER:
        raise malformed(_WHERE, "an entry has no version")
    return integer(body[0].value, _WHERE), optional_integer(body[1:], _WHERE)


def _active_auth(body: list[Tlv]) -> ActiveAuthInfo:
    if [item.tag for item in body] != [INTEGER, OBJECT_IDENTIFIER]:
        raise malformed(_WHERE, "its active authentication entry has not the standard's form")
    return ActiveAuthInfo(integer(body[0].value, _WHERE), oid(body[1].value, _WHERE))


def _chip_key(protocol: str, body: list[Tlv]) -> ChipAuthKey:
    if not body or body[0].tag != SEQUENCE:
        raise malformed(_WHERE, "a chip authentication entry has no key")
    public_key = body[0].to_bytes()
    require_public_key(public_key, _WHERE)
    return ChipAuthKey(protocol, public_key, optional_integer(body[1:], _WHERE))
