"""Steps 3, 7 and 8: nobody has taken the signer's word or the card back, and we would know.

Lives here: what a look-up's answer means for a card. Not here: lists and look-ups (`crl`), who
may sign a list (`lists`).
Source: DESIGN section 6; RFC 5280 section 5.3.1 for the reason codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from crl.status import Answer, ReasonCode, Status, card_entry
from reader.lds.sod import SecurityObject
from reader.profile import CardProfile
from verify.checks import failed, not_applicable, not_run, passed, unsure
from verify.moment import Moment, TimeQuality
from verify.path import Chain
from verify.policy import Freshness, Policy
from verify.reasons import Reason
from verify.verdict import Check, Step


class Revocation(Protocol):
    """Where answers come from. Revoked stays revoked however old the list."""

    def certificate(self, issuer: bytes, serial: int, at: datetime) -> Answer:
        """Answer for a certificate; `issuer` is `names.name_key` of the name in it."""

    def card(self, scope: str, entry: int, at: datetime) -> Answer:
        """Answer for a chip by `crl.status.card_entry`, from the status list of `scope`."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A step with the answer that decided it, the worst of several."""

    check: Check
    answer: Answer | None = None
    entry: int | None = None


_WORST_FIRST = (Status.REVOKED, Status.NOT_COVERED, Status.STALE, Status.GOOD)
_CARD_REASONS = {
    ReasonCode.CERTIFICATE_HOLD: Reason.CARD_REPORTED_LOST,
    ReasonCode.SUPERSEDED: Reason.CARD_REISSUED,
    ReasonCode.AFFILIATION_CHANGED: Reason.CARD_WITHDRAWN,
    ReasonCode.CESSATION_OF_OPERATION: Reason.CARD_HOLDER_DECEASED,
    ReasonCode.KEY_COMPROMISE: Reason.CARD_COUNTERFEIT,
}


def signer_status(
    chain: Chain | None, revocation: Revocation, policy: Policy, moment: Moment
) -> Looked:
    """Take step 3: the signer and every issuer below the anchor."""
    step = Step.SIGNER_STATUS
    if chain is None:
        return Looked(not_run(step, "the signer leads to no anchor"))
    answers = [
        revocation.certificate(one.issuer, one.serial, moment.at) for one in chain.certificates
    ]
    worst = min(answers, key=_badness)
    match worst.status:
        case Status.GOOD:
            check = passed(step)
        case Status.REVOKED:
            check = failed(step, Reason.SIGNER_REVOKED)
        case Status.NOT_COVERED:
            check = unsure(step, Reason.SIGNER_STATUS_UNKNOWN)
        case Status.STALE:
            check = _stale(step, Reason.SIGNER_STATUS_STALE, worst, policy.certificate_lists)
        case _:
            assert_never(worst.status)
    return Looked(check, worst)


def card_status(
    listed: SecurityObject | None,
    profile: CardProfile,
    revocation: Revocation,
    policy: Policy,
    moment: Moment,
) -> Looked:
    """Take step 7."""
    step = Step.CARD_STATUS
    if profile.status_list is None:
        return Looked(not_applicable(step, "this card family has no status list"))
    if listed is None:
        return Looked(not_run(step, "the chip has no readable security object"))
    entry = card_entry(listed.signed_content)
    answer = revocation.card(profile.status_list, entry, moment.at)
    match answer.status:
        case Status.GOOD:
            check = passed(step)
        case Status.REVOKED:
            check = failed(step, _card_reason(answer.reason))
        case Status.NOT_COVERED:
            check = unsure(step, Reason.CARD_STATUS_UNKNOWN)
        case Status.STALE:
            check = _stale(step, Reason.CARD_STATUS_STALE, answer, policy.card_status)
        case _:
            assert_never(answer.status)
    return Looked(check, answer, entry)


def freshness(signer: Looked, card: Looked, moment: Moment) -> tuple[Check, timedelta | None]:
    """Take step 8; also return the age of the oldest list that was asked.

    A clock that is only a floor proves that a list is stale, or fails to prove it: then every
    age is a lower bound, which the check says and the screens show (DESIGN section 7).
    """
    answers = [found.answer for found in (signer, card) if found.answer is not None]
    oldest = max((one.age for one in answers if one.age is not None), default=None)
    if moment.quality is TimeQuality.FLOOR_ONLY:
        return passed(Step.FRESHNESS, "the clock is not set; ages are lower bounds"), oldest
    return passed(Step.FRESHNESS), oldest


def _badness(answer: Answer) -> tuple[int, timedelta]:
    """Order the worst first; among equals the oldest list."""
    return _WORST_FIRST.index(answer.status), -(answer.age or timedelta(0))


def _stale(step: Step, reason: Reason, answer: Answer, limits: Freshness) -> Check:
    """Within grace, age alone is in doubt; beyond it the list's silence says nothing any more."""
    within = answer.age is not None and answer.age <= limits.grace
    days = "unknown" if answer.age is None else str(answer.age.days)
    return unsure(step, reason, f"the list's age in days: {days}", freshness_only=within)


def _card_reason(code: ReasonCode | None) -> Reason:
    return Reason.CARD_REVOKED if code is None else _CARD_REASONS.get(code, Reason.CARD_REVOKED)
