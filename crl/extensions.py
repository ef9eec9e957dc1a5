"""The extensions of a CRL and of its entries, octets to values.

Lives here: which extensions are understood, and the refusal of critical ones that are not.
Not here: the list around them (`parse`), whether what they say is taken (`rules`).
Source: RFC 5280 sections 5.2 and 5.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from crl import limits
from crl.der import (
    BOOLEAN,
    ENUMERATED,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    boolean,
    expect,
    head,
    integer,
    malformed,
    members,
    too_large,
    well_formed,
)
from crl.errors import ListRefused
from crl.point import NO_POINT, DistributionPoint, read_certificate_issuer, read_point
from crl.rules import RefusalReason
from crl.status import ReasonCode

_EXTENSIONS = 0xA0  # crlExtensions [0] EXPLICIT

# Extension identifiers, DER contents of the OBJECT IDENTIFIER (id-ce 2.5.29).
_CRL_NUMBER = bytes.fromhex("551d14")
_REASON_CODE = bytes.fromhex("551d15")
_DELTA_CRL_INDICATOR = bytes.fromhex("551d1b")
_ISSUING_DISTRIBUTION_POINT = bytes.fromhex("551d1c")
_CERTIFICATE_ISSUER = bytes.fromhex("551d1d")
_AUTHORITY_KEY_IDENTIFIER = bytes.fromhex("551d23")

ONLY_REASON = bytes.fromhex("300c300a0603551d1504030a01")
"""crlEntryExtensions with nothing but a reasonCode, up to the code itself."""
_AKI_KEY_IDENTIFIER = 0x80  # context tag
REASONS = {int(code): code for code in ReasonCode}


@dataclass(slots=True)
class ListExtensions:
    """What crlExtensions say; the fields are those of `ListHeader`."""

    number: int | None = None
    base_number: int | None = None
    authority_key_id: bytes | None = None
    point: DistributionPoint = NO_POINT


def entry_extensions(octets: bytes) -> tuple[ReasonCode, bytes | None]:
    """Return reasonCode and certificateIssuer (a Name) among crlEntryExtensions.

    UNSPECIFIED and None where there is none. `octets` are the contents of the SEQUENCE. A
    critical extension that is not known raises ListRefused: such a list must not be used at all
    (section 5.3).
    """
    if len(octets) > limits.MAX_ENTRY_EXTENSIONS:
        raise too_large(f"entry extensions of more than {limits.MAX_ENTRY_EXTENSIONS} octets")
    reason = ReasonCode.UNSPECIFIED
    issuer: bytes | None = None
    for oid, (critical, value) in _extensions(octets).items():
        if oid == _REASON_CODE:
            reason = _reason(value)
        elif oid == _CERTIFICATE_ISSUER:
            issuer = read_certificate_issuer(value, 0, len(value))
        elif critical:
            raise _unknown_critical("an entry", oid)
    return reason, issuer


def _reason(value: bytes) -> ReasonCode:
    start, stop = expect(value, 0, len(value), ENUMERATED, "reasonCode")
    code = integer(value, start, stop, 1, "reasonCode")
    if stop != len(value) or code not in REASONS:
        raise malformed("a reasonCode is not one of RFC 5280 section 5.3.1")
    return REASONS[code]


def _extensions(octets: bytes) -> dict[bytes, tuple[bool, bytes]]:
    """Return whether it is critical, and the value, of each Extension by OID contents."""
    found: dict[bytes, tuple[bool, bytes]] = {}
    for _, at, _, stop in members(octets, 0, len(octets)):
        oid, critical, value = _extension(octets[at:stop])
        if oid in found:
            raise malformed("an extension occurs twice")
        found[oid] = critical, value
        if len(found) > limits.MAX_EXTENSION_COUNT:
            raise too_large(f"more than {limits.MAX_EXTENSION_COUNT} extensions")
    return found


@lru_cache(maxsize=64)  # an issuer's lists share most of theirs
def _extension(octets: bytes) -> tuple[bytes, bool, bytes]:
    """Return OID contents, whether it is critical, and value."""
    start, stop = expect(octets, 0, len(octets), SEQUENCE, "an extension")
    parts = members(octets, start, stop)
    critical = False
    if len(parts) == 3 and parts[1][0] == BOOLEAN:
        _, _, start, stop = parts.pop(1)
        critical = boolean(octets, start, stop, "critical")
    if len(parts) != 2 or parts[0][0] != OID or parts[1][0] != OCTET_STRING:
        raise malformed("an extension has not its form")
    (_, _, start, stop), (_, _, at, end) = parts
    return octets[start:stop], critical, octets[at:end]


def list_extensions(octets: bytes) -> ListExtensions:
    """Return what `crlExtensions [0]`, which is all of `octets`, says; nothing where absent."""
    found = ListExtensions()
    if not octets:
        return found
    inner, stop = expect(octets, 0, len(octets), _EXTENSIONS, "crlExtensions")
    start, inner_stop = expect(octets, inner, stop, SEQUENCE, "crlExtensions")
    if stop != len(octets) or inner_stop != stop:
        raise malformed("something follows crlExtensions")
    if stop - start > limits.MAX_EXTENSIONS:
        raise too_large(f"crlExtensions of more than {limits.MAX_EXTENSIONS} octets")
    for oid, (critical, value) in _extensions(octets[start:stop]).items():
        reader = _READERS.get(oid)
        if reader is not None:
            reader(value, critical, found)
        elif critical:
            raise _unknown_critical("the list", oid)
    return found


def _crl_number(value: bytes, critical: bool, found: ListExtensions) -> None:
    del critical  # section 5.2.3 says non-critical; either way we understand it
    found.number = _number(value, "cRLNumber")


def _delta_indicator(value: bytes, critical: bool, found: ListExtensions) -> None:
    if not critical:
        raise malformed("deltaCRLIndicator is not critical")
    found.base_number = _number(value, "BaseCRLNumber")


def _number(value: bytes, what: str) -> int:
    start, stop = expect(value, 0, len(value), INTEGER, what)
    number = integer(value, start, stop, limits.MAX_NUMBER, what)
    if stop != len(value) or number < 0:
        raise malformed(f"{what} is negative or followed by something")
    return number


def _authority_key_identifier(value: bytes, critical: bool, found: ListExtensions) -> None:
    del critical  # section 5.2.1: only narrows the search for the key
    found.authority_key_id = _key_identifier(value)


@lru_cache(maxsize=64)
def _key_identifier(value: bytes) -> bytes | None:
    start, stop = expect(value, 0, len(value), SEQUENCE, "authorityKeyIdentifier")
    if stop != len(value):
        raise malformed("something follows authorityKeyIdentifier")
    well_formed(value, start, stop, limits.MAX_DEPTH, "authorityKeyIdentifier")
    if start == stop or value[start] != _AKI_KEY_IDENTIFIER:
        return None
    _, at, end = head(value, start, stop)
    return value[at:end]


def _distribution_point(value: bytes, critical: bool, found: ListExtensions) -> None:
    if not critical:  # section 5.2.5; a reader that skips it takes a partial list for a full one
        raise malformed("issuingDistributionPoint is not critical")
    found.point = read_point(value, 0, len(value))


_Reader = Callable[[bytes, bool, ListExtensions], None]
_READERS: dict[bytes, _Reader] = {
    _CRL_NUMBER: _crl_number,
    _DELTA_CRL_INDICATOR: _delta_indicator,
    _ISSUING_DISTRIBUTION_POINT: _distribution_point,
    _AUTHORITY_KEY_IDENTIFIER: _authority_key_identifier,
}


def _unknown_critical(where: str, oid: bytes) -> ListRefused:
    return ListRefused(
        f"A critical extension of {where} is not known (identifier {oid[:16].hex()}).",
        next_step="Update this terminal's software, then import the list again.",
        reason=RefusalReason.UNKNOWN_CRITICAL_EXTENSION,
    )
