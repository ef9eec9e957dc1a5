"""Why a terminal has no certificate, or not the next one: stable codes.

Lives here: the codes and their sentences. Not here: what was not reached or is busy (`edge.net`),
a key that cannot be used (`edge.identity`). A code never changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum, unique
from types import MappingProxyType

from edge.errors import EnrolmentRefused


@unique
class EnrolFault(StrEnum):
    """The codes."""

    NO_CLAIM = "ENROL_NO_CLAIM"
    CLAIM_REFUSED = "ENROL_CLAIM_REFUSED"
    """Unknown, ended, withdrawn, or used with another key."""
    REQUEST_REFUSED = "ENROL_REQUEST_REFUSED"
    NO_SERVER = "ENROL_NO_SERVER"
    """Whoever answers does not speak EST."""
    ANSWER_MALFORMED = "ENROL_ANSWER_MALFORMED"
    ATTRIBUTES_UNMET = "ENROL_ATTRIBUTES_UNMET"
    CERTIFICATE_UNFIT = "ENROL_CERTIFICATE_UNFIT"


FINAL = frozenset({EnrolFault.CLAIM_REFUSED})
"""After these the same claim is of no more use."""

_NEXT_STEPS: Mapping[EnrolFault, str] = MappingProxyType(
    {
        EnrolFault.NO_CLAIM: "Give this terminal's claim with --claim, or ask the office for one.",
        EnrolFault.CLAIM_REFUSED: "Ask the office what became of it, and for a new claim.",
        EnrolFault.REQUEST_REFUSED: "Ask the office whether it still names this terminal so.",
        EnrolFault.NO_SERVER: "Check the centre's address, and what stands between: a login page.",
        EnrolFault.ANSWER_MALFORMED: "Check what stands between, such as a login page.",
        EnrolFault.ATTRIBUTES_UNMET: "Tell the office: a terminal's key is on P-256.",
        EnrolFault.CERTIFICATE_UNFIT: "Tell the office. The terminal goes on as it is.",
    }
)


def refused(fault: EnrolFault, message: str) -> EnrolmentRefused:
    """Return the error of this code."""
    return EnrolmentRefused(message, next_step=_NEXT_STEPS[fault], fault=fault.value)
