"""Is this card genuine and in force under this profile? Eight steps, one verdict.

Lives here: the order of the steps and how their results become one outcome. Not here: any step
(`passive`, `revocation`, `hashes`, `card_security` and `chip`, `lifetime`), and whether the card
matters at this door (`edge.tap.admit`).

Every check that can run does. Any rejection outranks indeterminate; unknown is never accepted.
"""

from __future__ import annotations

from reader.evidence import CardEvidence
from reader.profile import CardProfile
from verify import card_security, chip, hashes, lifetime, passive
from verify.card_security import Document
from verify.checks import unsure
from verify.hashes import Compared, verify_file
from verify.lifetime import CardData
from verify.moment import Moment
from verify.policy import Policy
from verify.reasons import Reason
from verify.revocation import Revocation, card_status, freshness, signer_status
from verify.trust import TrustList
from verify.verdict import Basis, Check, CheckStatus, Holder, Outcome, Step, Verdict

__all__ = ["Revocation", "verify", "verify_file"]

_PASSED, _FAILED = CheckStatus.PASSED, CheckStatus.FAILED
_HOLDER_STEPS = frozenset({Step.SECURITY_OBJECT, Step.CHAIN, Step.HASHES})


def verify(
    evidence: CardEvidence,
    profile: CardProfile,
    anchors: TrustList,
    revocation: Revocation,
    policy: Policy,
    at: Moment,
) -> Verdict:
    """Return the verdict on a reading at a moment.

    1 the security object is signed; 2 its signer is trusted for this profile; 3 signer and issuers
    are not revoked; 4 the files match their hashes; 5 the chip is genuine; 6 dates and numbers
    hold; 7 the card is not on the status list; 8 how fresh everything was.

    Raises only what `revocation` raises where its lists cannot be read.
    """
    today = lifetime.civil_date(at, policy)
    if profile.legacy:
        policy = policy.with_slow_curves()
    # Step 1: signed at all.
    opened = passive.open_security_object(evidence, policy, at)
    # Step 2: by whom.
    trusted = passive.find_chain(opened.signed, profile, anchors, policy, at)
    # Step 3: and not revoked.
    signer = signer_status(trusted.chain, revocation, policy, at)
    # Step 4: the files are those.
    compared = hashes.compare(evidence, profile, opened.listed, policy.as_of(opened.made, at.at))
    data = lifetime.read(compared, profile, today)
    made = lifetime.made_at(opened.made, data, policy)
    opened = passive.strong_enough(opened, policy, made, at)
    holder = None if data is None else lifetime.holder(data, profile)
    files = _readable(compared, data, holder)
    # Step 5: the chip is no copy.
    document = Document(opened, trusted, signer)
    security = card_security.judge(evidence, document, profile, anchors, revocation, policy, at)
    then = policy.as_of(made, at.at)
    proof = chip.prove(evidence, profile, opened.listed, compared.vouched, security, then)
    # Step 6: dates and numbers.
    dates = lifetime.judge(data, profile, today, at)
    # Step 7: the card is in force.
    card = card_status(opened.listed, profile, revocation, policy, at)
    # Step 8: how sure all this is.
    asked = None if security is None else security.looked
    fresh, oldest = freshness((signer, card) if asked is None else (signer, card, asked), at)

    checks = (
        opened.check,
        trusted.check,
        signer.check,
        files,
        proof,
        dates,
        card.check,
        fresh,
    )
    basis = Basis(
        profile=profile.name,
        policy=policy.id,
        moment=at,
        anchor=None if trusted.chain is None else trusted.chain.anchor.fingerprint,
        signature_algorithm=None if opened.signed is None else opened.signed.signature_algorithm,
        digest_algorithm=None if opened.signed is None else opened.signed.digest_algorithm,
        signer_status=signer.answer,
        card_status=card.answer,
        chip_entry=card.entry,
        oldest_list=oldest,
    )
    shown = holder if _may_show_holder(checks) else None
    short = [check for check in checks if check.status is not _PASSED]
    if any(check.status is _FAILED for check in short):
        return Verdict(Outcome.REJECTED, checks, basis, shown)
    if not all(map(_settled, short)):
        return Verdict(Outcome.INDETERMINATE, checks, basis, shown)
    return Verdict(Outcome.ACCEPTED, checks, basis, shown)


def _readable(compared: Compared, data: CardData | None, holder: Holder | None) -> Check:
    """Return step 4's check, in doubt where files that match do not say whose card it is."""
    if compared.check.status is not _PASSED:
        return compared.check
    if data is None:
        return unsure(Step.HASHES, Reason.FILE_MALFORMED, "a listed file is not well formed")
    if holder is None:
        return unsure(Step.HASHES, Reason.FILE_MISSING, "no listed file names the holder")
    return compared.check


def _may_show_holder(checks: tuple[Check, ...]) -> bool:
    return all(c.status is _PASSED for c in checks if c.step in _HOLDER_STEPS)


def _settled(check: Check) -> bool:
    """Whether a check that did not pass leaves nothing open.

    Only the card status list may be absent, by the profile's word.
    """
    return check.status is CheckStatus.NOT_APPLICABLE and check.step is Step.CARD_STATUS
