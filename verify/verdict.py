"""The answer as data: three outcomes, every check beside them, and the numbers behind it.

A verdict is never true or false: `if verdict:` raises, so that nobody accepts a rejection by a
slip. Only the last line of `verify.pipeline` builds ACCEPTED.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum, StrEnum, unique
from typing import NamedTuple, NoReturn

from crl.status import Answer
from verify.moment import Moment
from verify.reasons import Reason


@unique
class Step(IntEnum):
    """The eight steps, in the order in which a failure takes precedence."""

    SECURITY_OBJECT = 1
    CHAIN = 2
    SIGNER_STATUS = 3
    HASHES = 4
    CHIP = 5
    DATES = 6
    CARD_STATUS = 7
    FRESHNESS = 8


@unique
class CheckStatus(StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    INDETERMINATE = "indeterminate"
    NOT_APPLICABLE = "not-applicable"
    NOT_RUN = "not-run"


class Check(NamedTuple):
    """One step's result. `reason` is set exactly with FAILED and INDETERMINATE."""

    step: Step
    status: CheckStatus
    reason: Reason | None = None
    detail: str = ""
    """Technical words for the desk and support; never a name or number of a person."""
    freshness_only: bool = False
    """INDETERMINATE only because something is old: may become UNCONFIRMED at the door."""


@unique
class Outcome(StrEnum):
    """ACCEPTED, or not; INDETERMINATE is *chưa đủ căn cứ xác thực*."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Holder:
    """What hash-checked files say of the holder. Shown only with a valid signature."""

    person_key: str = field(repr=False)
    name: str = field(repr=False)
    number: str = field(repr=False)
    birth: str = field(repr=False)
    expiry: date | None = None
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Basis:
    """The numbers that the verdict was reached under."""

    profile: str
    policy: str
    moment: Moment
    anchor: str | None = None
    """SHA-256 of the anchor certificate, hex."""
    signature_algorithm: str | None = None
    digest_algorithm: str | None = None
    signer_status: Answer | None = None
    card_status: Answer | None = None
    chip_entry: int | None = field(default=None, repr=False)
    oldest_list: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. `match` on `outcome`; there is no truth value."""

    outcome: Outcome
    checks: tuple[Check, ...]
    basis: Basis
    holder: Holder | None
    """None unless steps 1, 2 and 4 passed."""

    @property
    def reason(self) -> Reason | None:
        """Return the primary reason: the lowest step's of the winning class; None if accepted."""
        wanted = {
            Outcome.ACCEPTED: None,
            Outcome.REJECTED: CheckStatus.FAILED,
            Outcome.INDETERMINATE: CheckStatus.INDETERMINATE,
        }[self.outcome]
        found = sorted(c.step for c in self.checks if c.status is wanted)
        return next((c.reason for c in self.checks if found and c.step is found[0]), None)

    @property
    def freshness_only(self) -> bool:
        """Whether nothing but age stands between this verdict and ACCEPTED."""
        if self.outcome is not Outcome.INDETERMINATE:
            return False
        unsettled = (CheckStatus.INDETERMINATE, CheckStatus.NOT_RUN)
        return all(c.freshness_only for c in self.checks if c.status in unsettled)

    def __bool__(self) -> NoReturn:
        raise TypeError("a Verdict has no truth value: match on its outcome")
