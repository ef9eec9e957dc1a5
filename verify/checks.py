"""Short ways to write a step's result.

Lives here: the constructors of `Check` that keep its rule (a reason exactly with FAILED and
INDETERMINATE). Not here: any decision.
"""

from __future__ import annotations

from verify.reasons import Reason
from verify.verdict import Check, CheckStatus, Step

ON_OUR_WORD = "a later check trusts this terminal for it"
"""What stands beside a proof that nobody can be shown again, as it was for this terminal alone."""


_PASSED = CheckStatus.PASSED


def passed(step: Step, detail: str = "") -> Check:
    """Return PASSED."""
    return Check(step, _PASSED, None, detail)


def failed(step: Step, reason: Reason, detail: str = "") -> Check:
    """Return FAILED."""
    return Check(step, CheckStatus.FAILED, reason, detail)


def unsure(step: Step, reason: Reason, detail: str = "", *, freshness_only: bool = False) -> Check:
    """Return INDETERMINATE; `freshness_only` where nothing but age or the clock is in doubt."""
    return Check(step, CheckStatus.INDETERMINATE, reason, detail, freshness_only)


def not_run(step: Step, detail: str) -> Check:
    """Return NOT_RUN: what the step needs is not there, which another step tells."""
    return Check(step, CheckStatus.NOT_RUN, detail=detail)


def not_applicable(step: Step, detail: str) -> Check:
    """Return NOT_APPLICABLE: the card family has no such thing."""
    return Check(step, CheckStatus.NOT_APPLICABLE, detail=detail)
