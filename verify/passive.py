"""Steps 1 and 2: the security object is signed, and its signer may sign for this card family.

Lives here: what the signature machinery (`cms`, `path`) means for a card, and whether it was
strong enough when the card was made (`policy` says how that is dated). Not here: revocation
(`revocation`) and the files (`hashes`).
Source: Doc 9303-11 section 5.1 (passive authentication), DESIGN section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from reader.errors import MalformedData
from reader.evidence import CardEvidence
from reader.lds import sod
from reader.lds.files import FileId
from reader.lds.sod import SecurityObject
from reader.profile import CardProfile
from verify import certificate, keys, path, signatures
from verify.algorithms import scheme
from verify.checks import failed, not_run, passed, unsure
from verify.cms import SignedData, verify_parts
from verify.errors import (
    AlgorithmNotAllowed,
    BadSignature,
    MalformedObject,
    UnsupportedAlgorithm,
    VerifyError,
)
from verify.moment import Moment
from verify.path import Chain, Pool
from verify.policy import MINIMUM, Policy
from verify.reasons import Reason
from verify.trust import STATUS_SIGNER_EKU, AnchorPurpose, TrustList
from verify.verdict import Check, CheckStatus, Step

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"  # Doc 9303-10 section 4.6.2.3


class Opened(NamedTuple):
    """Step 1. `listed` where EF.SOD parses, `signed` where its signature holds too."""

    check: Check
    listed: SecurityObject | None = None
    signed: SignedData | None = None

    @property
    def made(self) -> datetime | None:
        """Return when the object was made at the earliest: its signer's certificate's begin."""
        return None if self.signed is None else self.signed.signer.not_before


class Trusted(NamedTuple):
    """Step 2. `chain` is the best one that was found, fitting or not."""

    check: Check
    chain: Chain | None = None


def open_security_object(evidence: CardEvidence, policy: Policy, moment: Moment) -> Opened:
    """Take step 1."""
    step = Step.SECURITY_OBJECT
    data = evidence.files.get(FileId.SOD)
    if data is None:
        return Opened(failed(step, Reason.SOD_MISSING))
    try:
        listed = sod.parse(data)
    except MalformedData as error:
        return Opened(failed(step, Reason.SOD_MALFORMED, error.message))
    try:
        most = policy.allowed(None, moment.at)
        signed = verify_parts(listed.signed, allowed=most)
    except VerifyError as error:
        return Opened(_by_error(step, error), listed)
    if (signed.content_type, signed.econtent) != (LDS_SECURITY_OBJECT, listed.signed_content):
        return Opened(failed(step, Reason.SOD_MALFORMED, "it signs something else"), listed)
    opened = Opened(passed(step, signed.signature_algorithm), listed, signed)
    return strong_enough(opened, policy, opened.made, moment)


def strong_enough(opened: Opened, policy: Policy, made: datetime | None, moment: Moment) -> Opened:
    """Return step 1 again, failed where its algorithms may not sign what was made at `made`."""
    signed = opened.signed
    if signed is None or opened.check.status is not CheckStatus.PASSED or not policy.carried:
        return opened
    allowed = policy.allowed(made, moment.at)
    try:
        if opened.listed is not None and opened.listed.hash_algorithm in MINIMUM.hashes:
            signatures.require_hash_allowed(opened.listed.hash_algorithm, allowed)
        signatures.require_hash_allowed(signed.digest_algorithm, allowed)
        signatures.require_allowed(signed.scheme, allowed)
        signatures.require_key_allowed(keys.load_spki(signed.signer.spki), allowed)
    except AlgorithmNotAllowed as error:
        return opened._replace(check=_by_error(Step.SECURITY_OBJECT, error))
    return opened


def find_chain(
    signed: SignedData | None,
    profile: CardProfile,
    anchors: TrustList,
    policy: Policy,
    moment: Moment,
) -> Trusted:
    """Take step 2."""
    step = Step.CHAIN
    if signed is None:
        return Trusted(not_run(step, "no signer is known"))
    pool, profiles = _document_anchors(_Itself(anchors))
    found = path.find(
        signed.signer, signed.certificates, pool, allowed=policy.allowed(None, moment.at)
    )
    fitting = [chain for chain in found.chains if profile.name in profiles[chain.anchor.der]]
    strong = [chain for chain in fitting if _weakness(chain, policy, moment) is None]
    if strong:
        return _best(strong, moment)
    for chain in fitting:
        weak = _weakness(chain, policy, moment)
        if weak is not None:
            return Trusted(_by_error(step, weak), chain)
    if found.chains:
        return Trusted(failed(step, Reason.ANCHOR_NOT_FOR_PROFILE), found.chains[0])
    if found.obstacles:
        return Trusted(_by_error(step, found.obstacles[0]))
    return Trusted(failed(step, Reason.SIGNER_NOT_TRUSTED))


class _Itself:
    """A trust list as a key that is equal to itself alone, so that it is never walked for it."""

    def __init__(self, trust_list: TrustList) -> None:
        self.trust_list = trust_list

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.trust_list is other.trust_list

    def __hash__(self) -> int:
        return id(self.trust_list)


@lru_cache(maxsize=4)
def _document_anchors(anchors: _Itself) -> tuple[Pool, Mapping[bytes, frozenset[str]]]:
    """Return a trust list's document anchors, and the profiles that each may sign for."""
    profiles: dict[bytes, frozenset[str]] = {}
    for anchor in anchors.trust_list.anchors_for(AnchorPurpose.DOCUMENT):
        if STATUS_SIGNER_EKU in (certificate.parse(anchor.certificate).extended_key_usage or ()):
            continue  # it signs card lists, whatever it is listed for
        profiles[anchor.certificate] = (
            profiles.get(anchor.certificate, frozenset()) | anchor.profiles
        )
    return Pool(certificate.parse(der) for der in profiles), MappingProxyType(profiles)


def _weakness(chain: Chain, policy: Policy, moment: Moment) -> AlgorithmNotAllowed | None:
    """Return why a signature in the chain is too weak for a certificate of its date, or None."""
    if not policy.carried:
        return None  # the search allowed nothing else
    for below, issuer in pairwise((*chain.certificates, chain.anchor)):
        allowed = policy.allowed(below.not_before, moment.at)
        try:
            signatures.require_allowed(scheme(below.signature_algorithm), allowed)
            key = keys.load_spki(issuer.spki, chain.lender(issuer))
            signatures.require_key_allowed(key, allowed)
        except AlgorithmNotAllowed as error:
            return error
    return None


def _best(chains: list[Chain], moment: Moment) -> Trusted:
    """Return the first chain that holds, else one that may hold, else the first."""
    judged = [(chain, path.judge(chain, moment)) for chain in chains]
    chain, fault = min(judged, key=lambda pair: 0 if pair[1] is None else 1 + pair[1].certain)
    if fault is None:
        return Trusted(passed(Step.CHAIN), chain)
    say = failed if fault.certain else unsure
    return Trusted(say(Step.CHAIN, fault.reason, fault.detail), chain)


def _by_error(step: Step, error: VerifyError) -> Check:
    """Return what an error of the machinery says of the card: only a lack of ours is no failure."""
    match error:
        case BadSignature():
            return failed(step, Reason.SOD_SIGNATURE_INVALID, error.message)
        case AlgorithmNotAllowed():
            return failed(step, Reason.ALGORITHM_NOT_ALLOWED, error.message)
        case UnsupportedAlgorithm():
            return unsure(step, Reason.ALGORITHM_UNSUPPORTED, error.message)
        case MalformedObject() if step is Step.SECURITY_OBJECT:
            return failed(step, Reason.SOD_MALFORMED, error.message)
        case _:
            return failed(step, Reason.CHAIN_INVALID, error.message)
