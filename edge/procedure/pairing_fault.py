"""Why a page of a back office is not paired, or not any more: stable codes.

Lives here: the codes alone, so that whoever only names one loads nothing else. Not here: what they
mean (`pairing`), their sentences (`edge.web.words`).
"""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class PairingFault(StrEnum):
    """Why a page is not paired, or not any more."""

    OFFER_CLOSED = "OFFER_CLOSED"
    """The desk offers no pairing now, or another page was quicker."""
    OFFER_WRONG = "OFFER_WRONG"
    """Code or PIN are not those that the terminal shows."""
    OFFER_CHANGED = "OFFER_CHANGED"
    """What the desk agreed to is not what asks now."""
    ORIGIN_UNFIT = "ORIGIN_UNFIT"
    ORIGIN_NOT_SECURE = "ORIGIN_NOT_SECURE"
    NAME_UNFIT = "NAME_UNFIT"
    PAIRINGS_FULL = "PAIRINGS_FULL"
    PAIRINGS_DAMAGED = "PAIRINGS_DAMAGED"
    PAIRINGS_NOT_KEPT = "PAIRINGS_NOT_KEPT"
