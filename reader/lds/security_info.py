"""One SecurityInfo: an identifier of a protocol, and what the chip says about it.

Lives here: the kinds of entries, read and written. Not here: the set of them (`security_infos`)
and which protocol is run or believed (`channel`, `verify.pipeline`).
Source: Doc 9303-11 section 9.2 and appendix K; BSI TR-03110 part 3 section A.1.1.2 (domain
parameters of chip authentication).

An entry that something is decided on must have the standard's form. One that this terminal has
no use for is kept as it stands where it has another: section 9.2 lets a reader discard it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from reader import tlv
from reader.errors import MalformedData
from reader.lds.asn1 import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    encode_integer,
    encode_oid,
    integer,
    malformed,
    oid,
    optional_integer,
    require_algorithm,
    require_public_key,
)
from reader.tlv import Tlv

ACTIVE_AUTHENTICATION = "2.23.136.1.1.5"
TERMINAL_AUTHENTICATION = "0.4.0.127.0.7.2.2.2"
EF_DIR = "2.23.136.1.1.13"

WHERE = "list of security protocols"

_PACE = "0.4.0.127.0.7.2.2.4."
_CHIP_AUTHENTICATION = "0.4.0.127.0.7.2.2.3."
_CHIP_KEYS = ("0.4.0.127.0.7.2.2.1.1", "0.4.0.127.0.7.2.2.1.2")
_OTHERS = (ACTIVE_AUTHENTICATION, TERMINAL_AUTHENTICATION, EF_DIR)


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """PACEInfo (section 9.2.1): protocol identifier, dotted; version; domain parameter id."""

    protocol: str
    version: int
    parameter_id: int | None

    def to_bytes(self) -> bytes:
        """Return the entry (DER)."""
        return _sequence(self.protocol, encode_integer(self.version), self.parameter_id)


@dataclass(frozen=True, slots=True)
class DomainParameters:
    """PACEDomainParameterInfo (section 9.2.2), and what is alike for chip authentication.

    Unsigned in EF.CardAccess and possibly weak: never used to open a chip.
    """

    protocol: str
    algorithm: bytes = field(repr=False)
    """An AlgorithmIdentifier, DER."""
    parameter_id: int | None

    @property
    def for_pace(self) -> bool:
        """Whether they are PACE's; else they are chip authentication's."""
        return self.protocol.startswith(_PACE)

    def to_bytes(self) -> bytes:
        """Return the entry (DER)."""
        return _sequence(self.protocol, self.algorithm, self.parameter_id)


@dataclass(frozen=True, slots=True)
class ActiveAuthInfo:
    """ActiveAuthenticationInfo (section 9.2.4): the signature algorithm, dotted."""

    version: int
    signature_algorithm: str

    def to_bytes(self) -> bytes:
        """Return the entry (DER)."""
        body = encode_integer(self.version) + encode_oid(self.signature_algorithm)
        return _sequence(ACTIVE_AUTHENTICATION, body)


@dataclass(frozen=True, slots=True)
class ChipAuthInfo:
    """ChipAuthenticationInfo (section 9.2.5)."""

    protocol: str
    version: int
    key_id: int | None

    def to_bytes(self) -> bytes:
        """Return the entry (DER)."""
        return _sequence(self.protocol, encode_integer(self.version), self.key_id)


@dataclass(frozen=True, slots=True)
class ChipAuthKey:
    """ChipAuthenticationPublicKeyInfo (section 9.2.6): a SubjectPublicKeyInfo, DER."""

    protocol: str
    public_key: bytes = field(repr=False)
    key_id: int | None

    def to_bytes(self) -> bytes:
        """Return the entry (DER)."""
        return _sequence(self.protocol, self.public_key, self.key_id)


@dataclass(frozen=True, slots=True)
class TerminalAuthInfo:
    """TerminalAuthenticationInfo (section 9.2.8, appendix K).

    `cvca` is where EF.CVCA lies if not at 011C: file identifier, and short identifier if any.
    """

    version: int
    cvca: tuple[int, int | None] | None = None

    def to_bytes(self) -> bytes:
        """Return the entry (DER)."""
        body = encode_integer(self.version)
        if self.cvca is not None:
            fid, sfi = self.cvca
            place = tlv.encode(OCTET_STRING, fid.to_bytes(2, "big"))
            place += b"" if sfi is None else tlv.encode(OCTET_STRING, bytes((sfi,)))
            body += tlv.encode(SEQUENCE, place)
        return _sequence(TERMINAL_AUTHENTICATION, body)


@dataclass(frozen=True, slots=True)
class DirInfo:
    """EFDIRInfo (section 9.2.10): the signed copy of EF.DIR (`directory`), as bytes."""

    content: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        """Return the entry (DER)."""
        return _sequence(EF_DIR, tlv.encode(OCTET_STRING, self.content))


@dataclass(frozen=True, slots=True)
class UnknownInfo:
    """An entry that this terminal has no use for: its identifier, and what follows as it stands."""

    protocol: str
    body: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        """Return the entry (DER)."""
        return _sequence(self.protocol, self.body)


Entry = (
    PaceInfo
    | DomainParameters
    | ActiveAuthInfo
    | ChipAuthInfo
    | ChipAuthKey
    | TerminalAuthInfo
    | DirInfo
    | UnknownInfo
)


def parse(item: Tlv) -> Entry:
    """Read one entry of the set. Raises MalformedData."""
    if item.tag != SEQUENCE or not item.value:
        raise malformed(WHERE, "an entry has no object identifier")
    identifier, end = tlv.parse_one(item.value)
    if identifier.tag != OBJECT_IDENTIFIER:
        raise malformed(WHERE, "an entry has no object identifier")
    protocol = oid(identifier.value, WHERE)
    body = item.value[end:]
    if protocol in _CHIP_KEYS:  # each chip has its own
        items = list(tlv.iterate(body))
        return ChipAuthKey(protocol, *_structure_and_id(items, require_public_key))
    if protocol in _OTHERS or _arcs_below(protocol):
        return _shared(protocol, body)
    list(tlv.iterate(body))  # well formed, whatever it says; it may be of one chip
    return UnknownInfo(protocol, body)


@lru_cache(maxsize=128)
def _shared(protocol: str, body: bytes) -> Entry:
    """Read an entry of a kind that is the same in every card of a family."""
    items = list(tlv.iterate(body))
    if protocol == ACTIVE_AUTHENTICATION:
        return _active_auth(items)
    arcs = _arcs_below(protocol)
    if arcs == 2:
        of_kind = PaceInfo if protocol.startswith(_PACE) else ChipAuthInfo
        return of_kind(protocol, *_version_and_id(items))
    try:
        if arcs == 1:
            return DomainParameters(protocol, *_structure_and_id(items, require_algorithm))
        if protocol == TERMINAL_AUTHENTICATION:
            return _terminal_auth(items)
        if protocol == EF_DIR:
            return DirInfo(_only(items, OCTET_STRING))
    except MalformedData:
        pass
    return UnknownInfo(protocol, body)


def _arcs_below(protocol: str) -> int:
    """Return how many arcs follow the stem of PACE or chip authentication; 0 for others.

    One names a kind of domain parameters, two a variant of the protocol.
    """
    for stem in (_PACE, _CHIP_AUTHENTICATION):
        if protocol.startswith(stem):
            return protocol.count(".", len(stem)) + 1
    return 0


def _version_and_id(body: list[Tlv]) -> tuple[int, int | None]:
    if not body or body[0].tag != INTEGER:
        raise malformed(WHERE, "an entry has no version")
    return integer(body[0].value, WHERE), optional_integer(body[1:], WHERE)


def _structure_and_id(
    body: list[Tlv], require: Callable[[bytes, str], None]
) -> tuple[bytes, int | None]:
    """Return a key or an algorithm in the form that `require` wants, and its number."""
    structure = body[0].to_bytes() if body else b""
    require(structure, WHERE)
    return structure, optional_integer(body[1:], WHERE)


def _active_auth(body: list[Tlv]) -> ActiveAuthInfo:
    if [item.tag for item in body] != [INTEGER, OBJECT_IDENTIFIER]:
        raise malformed(WHERE, "its active authentication entry has not the standard's form")
    return ActiveAuthInfo(integer(body[0].value, WHERE), oid(body[1].value, WHERE))


def _terminal_auth(body: list[Tlv]) -> TerminalAuthInfo:
    version = integer(_only(body[:1], INTEGER), WHERE)
    if len(body) == 1:
        return TerminalAuthInfo(version)
    place = [item.value for item in tlv.iterate(_only(body[1:], SEQUENCE))]
    if [len(value) for value in place] not in ([2], [2, 1]):
        raise malformed(WHERE, "a file identifier has not the standard's form")
    fid, sfi = place[0], place[1:]
    return TerminalAuthInfo(version, (int.from_bytes(fid, "big"), sfi[0][0] if sfi else None))


def _only(items: list[Tlv], tag: int) -> bytes:
    """Return the value of the one item, which must carry `tag`."""
    if len(items) != 1 or items[0].tag != tag:
        raise malformed(WHERE, "an entry has not the standard's form")
    return items[0].value


def _sequence(protocol: str, body: bytes, number: int | None = None) -> bytes:
    ending = b"" if number is None else encode_integer(number)
    return tlv.encode(SEQUENCE, encode_oid(protocol) + body + ending)
