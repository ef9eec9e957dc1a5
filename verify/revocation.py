"""Steps 3, 7 and 8: nobody has taken the signer's word or the card back, and we would know.

Lives here: what a look-up's answer means for a card. Not here: lists and look-ups (`crl`), who
may sign a list (`lists`), when a list is fresh (`freshness`).
Source: DESIGN sections 3 and 6; RFC 5280 section 5.3.1 for the reason codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, assert_never

from crl.status import Answer, ReasonCode, Status, card_entry
from reader.lds.sod import SecurityObject
from reader.profile import CardProfile
from verify.checks import failed, not_applicable, not_run, passed, unsure
from verify.freshness import Tier, tier_of
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


class Looked(NamedTuple):
    """A step with the answer that decided it, the worst of several."""

    check: Check
    answer: Answer | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class _ByAge:
    """What a list that names nothing, but is old, says of its step."""

    stale: Reason
    too_old: Reason


_SIGNER_LIST = _ByAge(Reason.SIGNER_STATUS_STALE, Reason.SIGNER_STATUS_TOO_OLD)
_CARD_LIST = _ByAge(Reason.CARD_STATUS_STALE, Reason.CARD_STATUS_TOO_OLD)
_SAYING_NOTHING_GOOD = (Status.NOT_COVERED, Status.REVOKED)
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
    limits = policy.certificate_lists
    worst = max(answers, key=lambda one: _badness(one, limits))
    match worst.status:
        case Status.REVOKED:
            check = failed(step, Reason.SIGNER_REVOKED)
        case Status.NOT_COVERED:
            check = unsure(step, Reason.SIGNER_STATUS_UNKNOWN)
        case Status.GOOD | Status.STALE:
            check = _not_named(step, worst, limits, _SIGNER_LIST)
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
        case Status.REVOKED:
            check = failed(step, _card_reason(answer.reason))
        case Status.NOT_COVERED:
            check = unsure(step, Reason.CARD_STATUS_UNKNOWN)
        case Status.GOOD | Status.STALE:
            check = _not_named(step, answer, policy.card_status, _CARD_LIST)
        case _:
            assert_never(answer.status)
    return Looked(check, answer, entry)


def freshness(lookups: Iterable[Looked], moment: Moment) -> tuple[Check, timedelta | None]:
    """Take step 8; also return the age of the oldest list that was asked.

    A clock that is only a floor proves that a list is stale, or fails to prove it: then every
    age is a lower bound, which the check says and the screens show (DESIGN section 7).
    """
    answers = [found.answer for found in lookups if found.answer is not None]
    oldest = max((one.age for one in answers if one.age is not None), default=None)
    if moment.quality is TimeQuality.FLOOR_ONLY:
        return passed(Step.FRESHNESS, "the clock is not set; ages are lower bounds"), oldest
    return passed(Step.FRESHNESS), oldest


def _badness(answer: Answer, limits: Freshness) -> tuple[int, Tier, timedelta]:
    """Order the worst last: revoked, not covered, then by age."""
    if answer.status in _SAYING_NOTHING_GOOD:
        return 1 + _SAYING_NOTHING_GOOD.index(answer.status), Tier.REFUSE, timedelta(0)
    return 0, tier_of(answer, limits), answer.age or timedelta(0)


def _not_named(step: Step, answer: Answer, limits: Freshness, reasons: _ByAge) -> Check:
    """Judge a list's silence: in grace age alone is in doubt, beyond it it says nothing."""
    days = "unknown" if answer.age is None else str(answer.age.days)
    detail = f"the list's age in days: {days}"
    match tier_of(answer, limits):
        case Tier.FRESH:
            return passed(step)
        case Tier.GRACE:
            return unsure(step, reasons.stale, detail, freshness_only=True)
        case Tier.REFUSE:
            return unsure(step, reasons.too_old, detail)


def _card_reason(code: ReasonCode | None) -> Reason:
    return Reason.CARD_REVOKED if code is None else _CARD_REASONS.get(code, Reason.CARD_REVOKED)
