"""The extensions of a CRL and of its entries, octets to values.

Lives here: which extensions are understood, and the refusal of critical ones that are not.
Not here: the list around them (`parse`), whether what they say is taken (`rules`).
Source: RFC 5280 sections 5.2 and 5.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from crl import limits
from crl.der import Tag, boolean, expect, head, integer, malformed, too_large, well_formed
from crl.errors import ListRefused
from crl.point import DistributionPoint, read_certificate_issuer, read_point
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
    point: DistributionPoint = field(default_factory=DistributionPoint)


def entry_extensions(view: memoryview, start: int, stop: int) -> tuple[ReasonCode, bytes | None]:
    """Return reasonCode and certificateIssuer (a Name) among crlEntryExtensions.

    UNSPECIFIED and None where there is none. `start` to `stop` is the content of the SEQUENCE. A
    critical extension that is not known raises ListRefused: such a list must not be used at all
    (section 5.3).
    """
    if stop - start > limits.MAX_ENTRY_EXTENSIONS:
        raise too_large(f"entry extensions of more than {limits.MAX_ENTRY_EXTENSIONS} octets")
    reason = ReasonCode.UNSPECIFIED
    issuer: bytes | None = None
    for oid, critical, value, value_stop in _extensions(view, start, stop):
        if oid == _REASON_CODE:
            reason = _reason(view, value, value_stop)
        elif oid == _CERTIFICATE_ISSUER:
            issuer = read_certificate_issuer(view, value, value_stop)
        elif critical:
            raise _unknown_critical("an entry", oid)
    return reason, issuer


def _reason(view: memoryview, start: int, stop: int) -> ReasonCode:
    start, end = expect(view, start, stop, Tag.ENUMERATED, "reasonCode")
    code = integer(view, start, end, 1, "reasonCode")
    if end != stop or code not in REASONS:
        raise malformed("a reasonCode is not one of RFC 5280 section 5.3.1")
    return REASONS[code]


def _extensions(view: memoryview, at: int, end: int) -> Iterator[tuple[bytes, bool, int, int]]:
    """Yield (OID contents, critical, start and stop of the value) of each Extension."""
    seen: set[bytes] = set()
    while at < end:
        inner, stop = expect(view, at, end, Tag.SEQUENCE, "an extension")
        start, at = expect(view, inner, stop, Tag.OID, "an extension's identifier")
        oid = bytes(view[start:at])
        if oid in seen:
            raise malformed("an extension occurs twice")
        seen.add(oid)
        if len(seen) > limits.MAX_EXTENSION_COUNT:
            raise too_large(f"more than {limits.MAX_EXTENSION_COUNT} extensions")
        critical = False
        if at < stop and view[at] == Tag.BOOLEAN:
            start, at = expect(view, at, stop, Tag.BOOLEAN, "critical")
            critical = boolean(view, start, at, "critical")
        start, at = expect(view, at, stop, Tag.OCTET_STRING, "an extension's value")
        if at != stop:
            raise malformed("something follows an extension's value")
        yield oid, critical, start, at


def list_extensions(view: memoryview, at: int, end: int) -> ListExtensions:
    """Return what `crlExtensions [0]` between `at` and `end` says; nothing where absent."""
    found = ListExtensions()
    if at == end:
        return found
    inner, stop = expect(view, at, end, _EXTENSIONS, "crlExtensions")
    start, inner_stop = expect(view, inner, stop, Tag.SEQUENCE, "crlExtensions")
    if stop != end or inner_stop != stop:
        raise malformed("something follows crlExtensions")
    if stop - start > limits.MAX_EXTENSIONS:
        raise too_large(f"crlExtensions of more than {limits.MAX_EXTENSIONS} octets")
    for oid, critical, value, value_stop in _extensions(view, start, stop):
        reader = _READERS.get(oid)
        if reader is not None:
            reader(view, value, value_stop, critical, found)
        elif critical:
            raise _unknown_critical("the list", oid)
    return found


def _crl_number(view: memoryview, at: int, end: int, critical: bool, found: ListExtensions) -> None:
    del critical  # section 5.2.3 says non-critical; either way we understand it
    found.number = _number(view, at, end, "cRLNumber")


def _delta_indicator(
    view: memoryview, at: int, end: int, critical: bool, found: ListExtensions
) -> None:
    if not critical:
        raise malformed("deltaCRLIndicator is not critical")
    found.base_number = _number(view, at, end, "BaseCRLNumber")


def _number(view: memoryview, at: int, end: int, what: str) -> int:
    start, stop = expect(view, at, end, Tag.INTEGER, what)
    number = integer(view, start, stop, limits.MAX_NUMBER, what)
    if stop != end or number < 0:
        raise malformed(f"{what} is negative or followed by something")
    return number


def _authority_key_identifier(
    view: memoryview, at: int, end: int, critical: bool, found: ListExtensions
) -> None:
    del critical  # section 5.2.1: only narrows the search for the key
    start, stop = expect(view, at, end, Tag.SEQUENCE, "authorityKeyIdentifier")
    if stop != end:
        raise malformed("something follows authorityKeyIdentifier")
    well_formed(view, start, stop, limits.MAX_DEPTH, "authorityKeyIdentifier")
    if start < stop and view[start] == _AKI_KEY_IDENTIFIER:
        _, value, value_stop = head(view, start, stop)
        found.authority_key_id = bytes(view[value:value_stop])


def _distribution_point(
    view: memoryview, at: int, end: int, critical: bool, found: ListExtensions
) -> None:
    if not critical:  # section 5.2.5; a reader that skips it takes a partial list for a full one
        raise malformed("issuingDistributionPoint is not critical")
    found.point = read_point(view, at, end)


_Reader = Callable[[memoryview, int, int, bool, ListExtensions], None]
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
