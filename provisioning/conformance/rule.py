"""A rule of the protocol, and what came of asking a centre about it.

Lives here: values. Not here: the rules themselves (`answers`, `events`, `refusals`, `network`,
`inbox`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provisioning.conformance.bench import Bench


class RuleBroken(Exception):
    """The centre does otherwise; the text says how."""


class RuleNotAsked(Exception):
    """What asking takes is not there; the text says what that is."""


@unique
class Outcome(StrEnum):
    """What came of one rule."""

    OK = "ok"
    FAILED = "failed"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise of a centre, and the question that finds out."""

    name: str
    section: str
    """Of docs/protocol.md."""
    says: str
    advice: str
    """What to do where a centre does otherwise."""
    ask: Callable[[Bench], None]
    """Returns where the rule holds; raises RuleBroken, RuleNotAsked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one rule at one centre. `why` is empty where it holds."""

    rule: Rule
    outcome: Outcome
    why: str = ""
