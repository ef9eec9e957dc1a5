"""Steps 1 and 2: the security object is signed, and its signer may sign for this card family.

Lives here: what the signature machinery (`cms`, `path`) means for a card. Not here: revocation
(`revocation`) and the files (`hashes`).
Source: Doc 9303-11 section 5.1 (passive authentication), DESIGN section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

from reader.errors import MalformedData
from reader.evidence import CardEvidence
from reader.lds import sod
from reader.lds.files import FileId
from reader.lds.sod import SecurityObject
from reader.profile import CardProfile
from verify import certificate, path
from verify.checks import failed, not_run, passed, unsure
from verify.cms import SignedData, verify_signed_data
from verify.errors import (
    AlgorithmNotAllowed,
    BadSignature,
    MalformedObject,
    UnsupportedAlgorithm,
    VerifyError,
)
from verify.moment import Moment
from verify.path import Chain
from verify.policy import Policy
from verify.reasons import Reason
from verify.trust import AnchorPurpose, TrustList
from verify.verdict import Check, Step

LDS_SECURITY_OBJECT = "2.23.136.1.1.1"  # Doc 9303-10 section 4.6.2.3


@dataclass(frozen=True, slots=True)
class Opened:
    """Step 1. `listed` where EF.SOD parses, `signed` where its signature holds too."""

    check: Check
    listed: SecurityObject | None = None
    signed: SignedData | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """Step 2. `chain` is the best one that was found, fitting or not."""

    check: Check
    chain: Chain | None = None


def open_security_object(evidence: CardEvidence, policy: Policy) -> Opened:
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
        signed = verify_signed_data(listed.content_info, allowed=policy.algorithms)
    except VerifyError as error:
        return Opened(_by_error(step, error), listed)
    if (signed.content_type, signed.econtent) != (LDS_SECURITY_OBJECT, listed.signed_content):
        return Opened(failed(step, Reason.SOD_MALFORMED, "it signs something else"), listed)
    return Opened(passed(step, signed.signature_algorithm), listed, signed)


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
    profiles: dict[bytes, frozenset[str]] = {}
    for anchor in anchors.anchors_for(AnchorPurpose.DOCUMENT):
        profiles[anchor.certificate] = (
            profiles.get(anchor.certificate, frozenset()) | anchor.profiles
        )
    found = path.find(
        signed.signer,
        signed.certificates,
        [certificate.parse(der) for der in profiles],
        allowed=policy.algorithms,
    )
    fitting = [chain for chain in found.chains if profile.name in profiles[chain.anchor.der]]
    if fitting:
        return _best(fitting, moment)
    if found.chains:
        return Trusted(failed(step, Reason.ANCHOR_NOT_FOR_PROFILE), found.chains[0])
    if found.obstacles:
        return Trusted(_by_error(step, found.obstacles[0]))
    return Trusted(failed(step, Reason.SIGNER_NOT_TRUSTED))


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
