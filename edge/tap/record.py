"""What a tap leaves in the log: the sealed body of a check-in, and whom it is about.

Lives here: the map from a verdict to a roster entry and to the body. Not here: sealing
(`edge.wire.seal`) and storing (`edge.log`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crl.status import Answer
from edge.meeting.roster import Person, Roster, person_key
from edge.tap.admit import Admission, Decision
from reader.evidence import CardEvidence
from verify.verdict import Verdict

CARD_PROFILE = "dang-vien"
"""The family whose card number the roster knows."""


def holder_key(verdict: Verdict) -> str | None:
    """Return the person key of the card's holder, None where no signed data name one."""
    return verdict.holder.person_key if verdict.holder is not None else None


def find_person(roster: Roster, verdict: Verdict) -> Person | None:
    """Return the roster entry that the card's signed data name.

    By personal number where the card has one, else by the party card's own number; an entry
    whose personal number is another than the card's is not meant.
    """
    holder = verdict.holder
    if holder is None:
        return None
    person = roster.by_key(holder.person_key)
    if person is None and verdict.basis.profile == CARD_PROFILE:
        person = roster.by_key(person_key("number", holder.number))
        if person is not None and person.personal_number and _names_person(holder.person_key):
            return None
    return person


def _names_person(key: str) -> bool:
    return key.startswith(person_key("personal_number", ""))


def event_body(verdict: Verdict, decision: Decision, evidence: CardEvidence) -> Mapping[str, Any]:
    """Return the sealed body of a check-in: what was checked and under which numbers.

    An UNCONFIRMED tap also carries the check's inputs, so that the centre can verify again.
    """
    body = verdict_body(verdict)
    if decision.admission is Admission.UNCONFIRMED:
        body["evidence"] = evidence.to_bytes().decode()
    return body


def verdict_body(verdict: Verdict) -> dict[str, Any]:
    """Return what a sealed body says of a verdict."""
    basis = verdict.basis
    body: dict[str, Any] = {
        "profile": basis.profile,
        "policy": basis.policy,
        "verdict": verdict.outcome.value,
        "checks": [
            {
                "step": int(check.step),
                "status": check.status.value,
                "reason": check.reason.value if check.reason else None,
            }
            for check in verdict.checks
        ],
        "anchor": basis.anchor,
        "chip": None if basis.chip_entry is None else f"{basis.chip_entry:x}",
        "signer_status": _answer(basis.signer_status),
        "card_status": _answer(basis.card_status),
    }
    if verdict.holder is not None:
        body["number"] = verdict.holder.number
    return body


def _answer(answer: Answer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "status": answer.status.value,
        "number": None if answer.number is None else f"{answer.number:x}",
        "this_update": None if answer.this_update is None else answer.this_update.isoformat(),
    }
