"""A master list: the country authorities that another country has seen and signed for.

Lives here: CMS and content of one, verified to a root given by hand, how its certificates hang
together, and what they are trusted for: documents of the profile `icao`, no more. Not here: the
anchors that our own root names (`trust`), and where a list lies (`edge.applied`).
Source: Doc 9303-12 section 9 (CscaMasterList), section 7.1.1 table 6 (its signer); RFC 5652.

The list has no number, so one is newer by its signer's signingTime, which the standard demands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from verify import certificate, der, keys, path, signatures, validation
from verify.algorithms import HASHES
from verify.asn1 import malformed
from verify.building import Pool
from verify.certificate import Certificate
from verify.cms import SignedData, verify_signed_data
from verify.errors import MasterListRefused, VerifyError
from verify.identity import identity
from verify.moment import Moment
from verify.policy import MINIMUM, Algorithms
from verify.trust import Anchor, AnchorPurpose, TrustList
from verify.validation import Fault

MAX_MASTER_LIST = 8 * 1024 * 1024  # bytes; 588 certificates take 0.9 million
MAX_CERTIFICATES = 2048  # in one list
MAX_AHEAD = timedelta(days=400)
"""How far signingTime may lie after the moment of import: a clock without a battery lags, and a
list from further ahead would keep out every honest one."""

CSCA_MASTER_LIST = "2.23.136.1.1.2"
"""id-icao-cscaMasterList, the eContentType."""
MASTER_LIST_SIGNER = "2.23.136.1.1.3"
"""id-icao-cscaMasterListSigningKey, the extended key usage of its signer, alone."""
PROFILE = "icao"
"""The one card family that a bare master list may vouch for."""

_VERSION = b"\x00"
_WHAT = "master list"


class _Any(Algorithms):
    """Even SHA-1: tells which certificate signed which, in a list that a sound signature covers.

    33 of 588 real authorities signed themselves so years ago. Nothing is trusted for it.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        """Set no minimum."""


_ANY = _Any(frozenset(HASHES.values()), rsa_bits=1, ec_bits=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate, and whose keys in the same list signed it; both empty: nobody's there."""

    certificate: Certificate
    by_name: tuple[Certificate, ...]
    """Found by the issuer's name; the certificate itself where it is self-signed."""
    by_key: tuple[Certificate, ...]
    """Found by key identifier only: the authority changed its name."""


@dataclass(frozen=True, slots=True)
class MasterList:
    """A list whose signature leads to its root. Certificates in the order of the list."""

    certificates: tuple[Certificate, ...] = field(repr=False)
    signer: Certificate = field(repr=False)
    root: Certificate = field(repr=False)
    signed_at: datetime
    """UTC, by its signer."""
    fingerprint: str
    """SHA-256 of the whole list, hex."""


def verify_master_list(
    data: bytes,
    root: bytes,
    moment: Moment | None,
    *,
    allowed: Algorithms = MINIMUM,
    previous: MasterList | None = None,
) -> MasterList:
    """Return the list (CMS, DER or BER) if it verifies to `root` (certificate, DER).

    `moment` is when it is taken over; None for a list that was, and is read again from disk:
    what was valid then is not asked for its dates again. A list takes the place of `previous`
    only where it was signed later; the same octets pass. Raises MasterListRefused.
    """
    try:
        anchor = certificate.parse(root)
        signed = verify_signed_data(data, allowed=allowed, limit=MAX_MASTER_LIST)
        _require_signer(signed, anchor, moment, allowed)
        certificates = tuple(certificate.parse(one) for one in _content(signed))
    except VerifyError as error:
        if isinstance(error, MasterListRefused):
            raise
        raise refused(error.message) from error
    if signed.signing_time is None:
        raise refused("Its signer does not say when it was signed.")
    fingerprint = hashlib.sha256(data).hexdigest()
    taken = MasterList(certificates, signed.signer, anchor, signed.signing_time, fingerprint)
    if moment is not None and taken.signed_at - moment.at > MAX_AHEAD:
        raise refused(f"It is dated {taken.signed_at:%Y-%m-%d}, too far ahead.")
    if previous is not None:
        _require_newer(taken, previous)
    return taken


@dataclass(frozen=True, slots=True)
class Endorsed:
    """A trust list together with a master list's certificates."""

    anchors: TrustList
    set_aside: tuple[Certificate, ...]
    """Not taken: the trust list has their name or key for something else than `icao`."""


def endorse(trust: TrustList, held: MasterList) -> Endorsed:
    """Return the trust list with the master list's certificates as document anchors of `icao`.

    What the root says of a name or a key stands: no certificate of the master list that has one
    of those is taken, or a foreign authority could answer under it. Raises MasterListRefused
    where both together are too many.
    """
    own = [anchor for anchor in trust.anchors if PROFILE not in anchor.profiles]
    theirs = [certificate.parse(anchor.certificate) for anchor in own]
    names = {one.subject for one in theirs}
    keys_named = {identity(one.spki) for one in theirs}
    aside = [
        one for one in held.certificates if one.subject in names or identity(one.spki) in keys_named
    ]
    more = [
        Anchor(AnchorPurpose.DOCUMENT, one.der, frozenset({PROFILE}))
        for one in held.certificates
        if one not in aside
    ]
    try:
        return Endorsed(replace(trust, anchors=(*trust.anchors, *more)), tuple(aside))
    except ValueError as error:
        raise refused(f"With the trust list's anchors it is too much: {error}.") from error


def lineage(certificates: Sequence[Certificate]) -> tuple[Issued, ...]:
    """Return for each certificate its issuers among them, in the same order."""
    pool = Pool(certificates)
    return tuple(_issued(one, pool) for one in certificates)


def _issued(below: Certificate, pool: Pool) -> Issued:
    signers = [
        issuer for issuer in pool.issuers(below, links_by_key=True) if _signed(below, issuer)
    ]
    return Issued(
        below,
        by_name=tuple(one for one in signers if one.subject == below.issuer),
        by_key=tuple(one for one in signers if one.subject != below.issuer),
    )


def _signed(below: Certificate, issuer: Certificate) -> bool:
    try:
        signatures.verify(
            keys.load_spki(issuer.spki),
            below.signature_algorithm,
            below.signature,
            below.tbs,
            allowed=_ANY,
        )
    except VerifyError:
        return False
    return True


def refused(why: str) -> MasterListRefused:
    """Return the error for a list that is not taken."""
    return MasterListRefused(
        f"This master list is not taken. {why}",
        next_step="What was held stays; get list and root again from their issuer.",
    )


def _require_newer(new: MasterList, previous: MasterList) -> None:
    if new.fingerprint == previous.fingerprint:
        return
    if new.signed_at <= previous.signed_at:
        raise MasterListRefused(
            f"The master list of {new.signed_at:%Y-%m-%d %H:%M:%S} does not replace that of "
            f"{previous.signed_at:%Y-%m-%d %H:%M:%S}: only a newer one may.",
            next_step="The list that is held stays; get the newest one from its issuer.",
        )


def _require_signer(
    signed: SignedData, root: Certificate, moment: Moment | None, allowed: Algorithms
) -> None:
    """Return if the signer is a master list signer under the root."""
    if signed.content_type != CSCA_MASTER_LIST:
        raise refused("It signs something else than a master list.")
    signer = signed.signer
    if (
        signer.is_ca
        or signer.extended_key_usage != frozenset({MASTER_LIST_SIGNER})
        or signer.key_usage is None
        or "digital_signature" not in signer.key_usage
    ):
        raise refused("Its signer is no signer of master lists.")
    above = [one for one in signed.certificates if one.is_ca]
    found = path.find(signer, above, [root], allowed=allowed)
    if not found.chains:
        why = found.obstacles[0].message if found.obstacles else "It does not verify to this root."
        raise refused(why)
    if moment is None:
        return
    fault: Fault | None = None
    for chain in found.chains:
        fault = validation.validate(chain, moment).fault
        if fault is None:
            return
    why = "" if fault is None else fault.detail
    raise refused(f"Its signer's chain does not hold: {why}.")


def _content(signed: SignedData) -> Iterator[bytes]:
    """Yield the certificates of CscaMasterList ::= SEQUENCE { INTEGER (0), SET OF Certificate }."""
    content = signed.econtent
    parts = der.sequence(content, _WHAT)
    if [tag for tag, *_ in parts] != [der.INTEGER, der.SET]:
        raise malformed(_WHAT, "its content is no CscaMasterList")
    (_, _, start, stop), (_, _, at, end) = parts
    if content[start:stop] != _VERSION:
        raise malformed(_WHAT, "its version is not one that is known")
    count = 0
    while at < end:
        count += 1
        if count > MAX_CERTIFICATES:
            raise malformed(_WHAT, f"it has more than {MAX_CERTIFICATES} certificates")
        _, _, stop = der.head(content, at, end, _WHAT)
        yield content[at:stop]
        at = stop
    if not count:
        raise malformed(_WHAT, "it is empty")
