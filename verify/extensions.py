"""What the extensions of a certificate say that only path validation asks for.

Lives here: policies, mappings and their constraints, name constraints, alternative names,
distribution points, octets to values. Not here: what follows from them (`policies`,
`constraints`, `crl_processing`), and the extensions every judgement looks at (`certificate`).
Source: RFC 5280 sections 4.2.1.4 to 4.2.1.14.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from crl.point import REASON_FLAGS
from crl.status import ReasonCode
from verify import der
from verify.asn1 import malformed
from verify.certificate import CERTIFICATE_POLICIES, Certificate
from verify.certificate import UNDERSTOOD as BASIC

SUBJECT_ALT_NAME = "2.5.29.17"
ISSUER_ALT_NAME = "2.5.29.18"
NAME_CONSTRAINTS = "2.5.29.30"
CRL_DISTRIBUTION_POINTS = "2.5.29.31"
POLICY_MAPPINGS = "2.5.29.33"
POLICY_CONSTRAINTS = "2.5.29.36"
FRESHEST_CRL = "2.5.29.46"
INHIBIT_ANY_POLICY = "2.5.29.54"
ANY_POLICY = "2.5.29.32.0"

PROCESSED = BASIC | {
    SUBJECT_ALT_NAME,
    ISSUER_ALT_NAME,
    NAME_CONSTRAINTS,
    CRL_DISTRIBUTION_POINTS,
    POLICY_MAPPINGS,
    POLICY_CONSTRAINTS,
    FRESHEST_CRL,
    INHIBIT_ANY_POLICY,
}
"""Every extension that validation with revocation processes, critical or not."""

MAX_POLICIES = 64  # in one certificate
MAX_NAMES = 256  # general names in one extension
MAX_SKIP = 1 << 31  # certificates of a skip count; more is as good as for ever

# GeneralName (section 4.2.1.6), by tag.
EMAIL = 0x81
DNS = 0x82
DIRECTORY = 0xA4
URI = 0x86
IP_ADDRESS = 0x87

_POINT, _REASONS, _CRL_ISSUER = 0xA0, 0x81, 0xA2
_FULL_NAME, _RELATIVE_NAME = 0xA0, 0xA1


@dataclass(frozen=True, slots=True)
class GeneralName:
    """One GeneralName: its tag, and its contents (for DIRECTORY the Name, DER)."""

    tag: int
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """Permitted and excluded subtrees; a base is a GeneralName."""

    permitted: tuple[GeneralName, ...]
    excluded: tuple[GeneralName, ...]


@dataclass(frozen=True, slots=True)
class PolicyConstraints:
    """Skip counts; None for one that is not there."""

    require_explicit: int | None
    inhibit_mapping: int | None


_UNCONSTRAINED = PolicyConstraints(None, None)


@dataclass(frozen=True, slots=True)
class Point:
    """One of a certificate's DistributionPoints."""

    full_name: tuple[GeneralName, ...] = ()
    relative_name: bytes | None = field(default=None, repr=False)
    """The attributes (DER contents of RelativeDistinguishedName)."""
    reasons: frozenset[ReasonCode] | None = None
    crl_issuer: tuple[GeneralName, ...] = ()


def policies(certificate: Certificate) -> Mapping[str, tuple[bytes, ...]] | None:
    """Return the qualifiers (PolicyQualifierInfo, DER) of each policy; None where none is named."""
    value = certificate.extensions.get(CERTIFICATE_POLICIES)
    return None if value is None else _policies(value)


def mappings(certificate: Certificate) -> Mapping[str, frozenset[str]]:
    """Return the subject's policies that each issuer's policy is mapped to."""
    value = certificate.extensions.get(POLICY_MAPPINGS)
    return {} if value is None else _mappings(value)


def policy_constraints(certificate: Certificate) -> PolicyConstraints:
    """Return policyConstraints."""
    value = certificate.extensions.get(POLICY_CONSTRAINTS)
    return _UNCONSTRAINED if value is None else _policy_constraints(value)


def inhibit_any_policy(certificate: Certificate) -> int | None:
    """Return the skip count of inhibitAnyPolicy."""
    value = certificate.extensions.get(INHIBIT_ANY_POLICY)
    if value is None:
        return None
    start, stop = der.inside(value, 0, len(value), der.INTEGER, "inhibitAnyPolicy")
    return _skip(value, start, stop, "inhibitAnyPolicy")


def name_constraints(certificate: Certificate) -> NameConstraints | None:
    """Return nameConstraints."""
    value = certificate.extensions.get(NAME_CONSTRAINTS)
    return None if value is None else _name_constraints(value)


def alternative_names(certificate: Certificate) -> tuple[GeneralName, ...] | None:
    """Return subjectAltName; None without the extension."""
    value = certificate.extensions.get(SUBJECT_ALT_NAME)
    if value is None:
        return None
    start, stop = der.inside(value, 0, len(value), der.SEQUENCE, "subjectAltName")
    return _general_names(value, start, stop, "subjectAltName")


def distribution_points(certificate: Certificate) -> tuple[Point, ...]:
    """Return cRLDistributionPoints."""
    value = certificate.extensions.get(CRL_DISTRIBUTION_POINTS)
    return () if value is None else _distribution_points(value)


@lru_cache(maxsize=512)
def _policies(value: bytes) -> Mapping[str, tuple[bytes, ...]]:
    what = "certificatePolicies"
    found: dict[str, tuple[bytes, ...]] = {}
    for tag, _, start, stop in der.sequence(value, what):
        parts = der.members(value, start, stop, what)
        if tag != der.SEQUENCE or [part[0] for part in parts] not in (
            [der.OID],
            [der.OID, der.SEQUENCE],
        ):
            raise malformed(what, "a policy has not its form")
        policy = der.dotted(value[parts[0][2] : parts[0][3]])
        if policy in found or len(found) == MAX_POLICIES:
            raise malformed(what, f"a policy stands twice, or more than {MAX_POLICIES} stand there")
        qualifiers = der.members(value, *parts[1][2:], what) if len(parts) == 2 else []
        found[policy] = tuple(value[at:end] for _, at, _, end in qualifiers)
    if not found:
        raise malformed(what, "it is empty")
    return MappingProxyType(found)


@lru_cache(maxsize=512)
def _mappings(value: bytes) -> Mapping[str, frozenset[str]]:
    what = "policyMappings"
    found: dict[str, set[str]] = {}
    for count, (_, _, start, stop) in enumerate(der.sequence(value, what)):
        pair = der.members(value, start, stop, what)
        if [one[0] for one in pair] != [der.OID, der.OID] or count == MAX_POLICIES:
            raise malformed(what, f"it is no pair of policies, or has more than {MAX_POLICIES}")
        issuer, subject = (der.dotted(value[one[2] : one[3]]) for one in pair)
        found.setdefault(issuer, set()).add(subject)
    return MappingProxyType({issuer: frozenset(to) for issuer, to in found.items()})


@lru_cache(maxsize=512)
def _policy_constraints(value: bytes) -> PolicyConstraints:
    what = "policyConstraints"
    skips: dict[int, int] = {}
    for tag, _, start, stop in der.sequence(value, what):
        if tag in skips or tag not in (0x80, 0x81):
            raise malformed(what, "a field of it is not known")
        skips[tag] = _skip(value, start, stop, what)
    return PolicyConstraints(skips.get(0x80), skips.get(0x81))


def _skip(value: bytes, start: int, stop: int, what: str) -> int:
    count = der.integer(value, start, stop, what)
    if count < 0:
        raise malformed(what, "it skips less than nothing")
    return min(count, MAX_SKIP)


@lru_cache(maxsize=512)
def _name_constraints(value: bytes) -> NameConstraints:
    what = "nameConstraints"
    trees: dict[int, tuple[GeneralName, ...]] = {}
    for tag, _, start, stop in der.sequence(value, what):
        if tag in trees or tag not in (0xA0, 0xA1):
            raise malformed(what, "a field of it is not known")
        trees[tag] = tuple(
            _subtree(value, begin, end)
            for _, _, begin, end in der.members(value, start, stop, what)
        )
        if len(trees[tag]) > MAX_NAMES:
            raise malformed(what, f"it has more than {MAX_NAMES} subtrees")
    return NameConstraints(trees.get(0xA0, ()), trees.get(0xA1, ()))


def _subtree(value: bytes, start: int, stop: int) -> GeneralName:
    """Return a GeneralSubtree's base; minimum and maximum are never used (section 4.2.1.10)."""
    parts = der.members(value, start, stop, "nameConstraints")
    zero = len(parts) == 2 and value[parts[1][1] : parts[1][3]] == b"\x80\x01\x00"
    if len(parts) != 1 and not zero:
        raise malformed("nameConstraints", "a subtree has a minimum or a maximum")
    return _general_name(value, parts[0], "nameConstraints")


@lru_cache(maxsize=512)
def _distribution_points(value: bytes) -> tuple[Point, ...]:
    what = "cRLDistributionPoints"
    return tuple(
        _point(value, start, stop, what) for _, _, start, stop in der.sequence(value, what)
    )


def _point(value: bytes, begin: int, end: int, what: str) -> Point:
    full: tuple[GeneralName, ...] = ()
    relative: bytes | None = None
    reasons: frozenset[ReasonCode] | None = None
    issuer: tuple[GeneralName, ...] = ()
    for tag, _, start, stop in der.members(value, begin, end, what):
        if tag == _POINT:
            form, at, after = der.head(value, start, stop, what)
            if after != stop or form not in (_FULL_NAME, _RELATIVE_NAME):
                raise malformed(what, "a point's name is of no known form")
            if form == _FULL_NAME:
                full = _general_names(value, at, after, what)
            else:
                relative = value[at:after]
        elif tag == _REASONS:
            numbers = der.bits(value, start, stop, what)
            flags = (REASON_FLAGS[n] for n in numbers if n < len(REASON_FLAGS))
            reasons = frozenset(flag for flag in flags if flag is not None)
        elif tag == _CRL_ISSUER:
            issuer = _general_names(value, start, stop, what)
        else:
            raise malformed(what, "a point has an unknown field")
    return Point(full, relative, reasons, issuer)


def _general_names(value: bytes, start: int, stop: int, what: str) -> tuple[GeneralName, ...]:
    found = der.members(value, start, stop, what)
    if not 0 < len(found) <= MAX_NAMES:
        raise malformed(what, f"it names nothing, or more than {MAX_NAMES} names")
    return tuple(_general_name(value, one, what) for one in found)


def _general_name(value: bytes, member: der.Member, what: str) -> GeneralName:
    tag, _, start, stop = member
    if tag == DIRECTORY:
        der.inside(value, start, stop, der.SEQUENCE, what)
    return GeneralName(tag, value[start:stop])
