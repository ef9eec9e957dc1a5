"""Which part of its issuer's entries a list speaks for: the issuing distribution point.

Lives here: the value, its form, and the certificateIssuer of an indirect list's entry. Not here:
whether such a list is taken (`rules`), which certificate it covers (`verify`).
Source: RFC 5280 sections 4.2.1.6 (GeneralName), 4.2.1.13, 5.2.5 and 5.3.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, unique

from crl import limits
from crl.der import SEQUENCE, Octets, boolean, expect, head, malformed, too_large, well_formed
from crl.status import ReasonCode

# Context tags of IssuingDistributionPoint, of DistributionPointName and of GeneralName.
_POINT = 0xA0
_SOME_REASONS = 0x83
_FULL_NAME = 0xA0
_RELATIVE_NAME = 0xA1
_URI = 0x86
_DIRECTORY_NAME = 0xA4

_FLAGS = {
    0x81: "only_user_certificates",
    0x82: "only_ca_certificates",
    0x84: "indirect",
    0x85: "only_attribute_certificates",
}

REASON_FLAGS = (
    None,  # bit 0 is unused
    ReasonCode.KEY_COMPROMISE,
    ReasonCode.CA_COMPROMISE,
    ReasonCode.AFFILIATION_CHANGED,
    ReasonCode.SUPERSEDED,
    ReasonCode.CESSATION_OF_OPERATION,
    ReasonCode.CERTIFICATE_HOLD,
    ReasonCode.PRIVILEGE_WITHDRAWN,
    ReasonCode.AA_COMPROMISE,
)
"""What each bit of ReasonFlags stands for (section 4.2.1.13)."""


@unique
class Coverage(Enum):
    """Which of its issuer's entries a list names, in one word."""

    ALL = "all"
    USER_CERTIFICATES = "user certificates"
    CA_CERTIFICATES = "CA certificates"
    ATTRIBUTE_CERTIFICATES = "attribute certificates"
    SOME_REASONS = "some reasons"


@dataclass(frozen=True, slots=True)
class DistributionPoint:
    """An issuingDistributionPoint; as made by default it says nothing, like an absent one."""

    full_name: tuple[bytes, ...] = field(default=(), repr=False)
    """fullName: each GeneralName as it stands (DER)."""
    relative_name: bytes | None = field(default=None, repr=False)
    """nameRelativeToCRLIssuer: the attributes (DER contents of RelativeDistinguishedName)."""
    only_user_certificates: bool = False
    only_ca_certificates: bool = False
    only_attribute_certificates: bool = False
    only_some_reasons: frozenset[ReasonCode] | None = None
    indirect: bool = False

    @property
    def named(self) -> bool:
        """Return whether it has a name, of whatever form."""
        return bool(self.full_name) or self.relative_name is not None

    @property
    def uri(self) -> str | None:
        """Return its URI where its name is one URI and nothing else: our name of a scope."""
        if len(self.full_name) != 1 or self.full_name[0][0] != _URI:
            return None
        name = self.full_name[0]
        _, start, stop = head(name, 0, len(name))
        return name[start:stop].decode("ascii")

    @property
    def directory_names(self) -> tuple[bytes, ...]:
        """Return the Names (DER) among fullName."""
        return tuple(_directory_name(name) for name in self.full_name if name[0] == _DIRECTORY_NAME)

    @property
    def coverage(self) -> Coverage:
        """Return what it restricts the list to; of several restrictions the first below."""
        if self.only_some_reasons is not None:
            return Coverage.SOME_REASONS
        if self.only_user_certificates:
            return Coverage.USER_CERTIFICATES
        if self.only_ca_certificates:
            return Coverage.CA_CERTIFICATES
        if self.only_attribute_certificates:
            return Coverage.ATTRIBUTE_CERTIFICATES
        return Coverage.ALL


NO_POINT = DistributionPoint()


def read_point(view: Octets, at: int, end: int) -> DistributionPoint:
    """Return the IssuingDistributionPoint that fills `at` to `end`."""
    at, stop = expect(view, at, end, SEQUENCE, "issuingDistributionPoint")
    if stop != end:
        raise malformed("something follows issuingDistributionPoint")
    names: tuple[bytes, ...] = ()
    relative: bytes | None = None
    reasons: frozenset[ReasonCode] | None = None
    flags: dict[str, bool] = {}
    last = 0
    while at < stop:
        tag, start, at = head(view, at, stop)
        if tag & 0x1F < last:
            raise malformed("issuingDistributionPoint is out of order")
        last = (tag & 0x1F) + 1
        if tag == _POINT:
            names, relative = _name(view, start, at)
        elif tag == _SOME_REASONS:
            reasons = _reasons(view, start, at)
        elif tag in _FLAGS:
            flags[_FLAGS[tag]] = boolean(view, start, at, "a flag of issuingDistributionPoint")
        else:
            raise malformed("issuingDistributionPoint has an unknown field")
    return DistributionPoint(names, relative, only_some_reasons=reasons, **flags)


def read_certificate_issuer(view: Octets, at: int, end: int) -> bytes:
    """Return the Name (DER) in a certificateIssuer extension: its first directoryName."""
    start, stop = expect(view, at, end, SEQUENCE, "certificateIssuer")
    if stop != end:
        raise malformed("something follows certificateIssuer")
    for name in _general_names(view, start, stop):
        if name[0] == _DIRECTORY_NAME:
            return _directory_name(name)
    raise malformed("certificateIssuer names no directory name")


def _name(view: Octets, at: int, end: int) -> tuple[tuple[bytes, ...], bytes | None]:
    """Return fullName and nameRelativeToCRLIssuer, of which there is one."""
    form, start, stop = head(view, at, end)
    if stop != end:
        raise malformed("something follows the distribution point's name")
    if form == _FULL_NAME:
        return _general_names(view, start, stop), None
    if form != _RELATIVE_NAME or start == stop:
        raise malformed("the distribution point's name is of no known form")
    if stop - start > limits.MAX_NAME:
        raise too_large(f"a distribution point's name of more than {limits.MAX_NAME} octets")
    well_formed(view, start, stop, limits.MAX_DEPTH, "the distribution point's name")
    return (), bytes(view[start:stop])


def _general_names(view: Octets, at: int, end: int) -> tuple[bytes, ...]:
    names: list[bytes] = []
    while at < end:
        tag, start, stop = head(view, at, end)
        cap = limits.MAX_URI if tag == _URI else limits.MAX_NAME
        if stop - start > cap or len(names) == limits.MAX_NAMES:
            raise too_large(f"a general name of more than {cap} octets, or too many of them")
        well_formed(view, at, stop, limits.MAX_DEPTH, "a general name")
        name = bytes(view[at:stop])
        if tag == _URI and not _printable(name[start - at :]):
            raise malformed("a distribution point's URI is not printable ASCII")
        if tag == _DIRECTORY_NAME:
            _directory_name(name)
        names.append(name)
        at = stop
    if not names:
        raise malformed("a list of general names is empty")
    return tuple(names)


def _printable(text: bytes) -> bool:
    return bool(text) and all(0x20 < octet < 0x7F for octet in text)


def _directory_name(name: bytes) -> bytes:
    """Return the Name inside a GeneralName's directoryName [4] EXPLICIT."""
    _, start, stop = head(name, 0, len(name))
    _, inner = expect(name, start, stop, SEQUENCE, "a directory name")
    if inner != stop:
        raise malformed("something follows a directory name")
    return name[start:stop]


def _reasons(view: Octets, start: int, stop: int) -> frozenset[ReasonCode]:
    """Return the bits of a ReasonFlags BIT STRING; bit 0, unused, counts for nothing."""
    if not 2 <= stop - start <= limits.MAX_REASON_FLAGS or view[start] > 7:
        raise malformed("onlySomeReasons is not a BIT STRING of reasons")
    bits = int.from_bytes(view[start + 1 : stop], "big")
    width = 8 * (stop - start - 1)
    if bits & ((1 << view[start]) - 1):
        raise malformed("onlySomeReasons has unused bits that are set")
    if bits & ((1 << max(0, width - len(REASON_FLAGS))) - 1):
        raise malformed("onlySomeReasons names an unknown reason")
    return frozenset(
        reason
        for bit, reason in enumerate(REASON_FLAGS[:width])
        if reason is not None and bits >> (width - 1 - bit) & 1
    )
