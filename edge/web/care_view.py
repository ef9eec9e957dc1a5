"""A diagnosis as templates take it: rows in words, the gravest first, and the sum of them.

Not here: pages (`diagnosis`), words (`care_words`). Loaded with the first page that shows one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edge.care.check import Check, State
from edge.care.desk import DiagnosisView
from edge.care.diagnosis import Diagnosis
from edge.tap.scene import SceneState
from edge.web import care_words
from edge.web.care_words import Translate

LOOKS = {
    State.OK: (SceneState.ACCEPTED, "accepted"),
    State.ATTENTION: (SceneState.UNCONFIRMED, "attend"),
    State.FAULT: (SceneState.FAULT, "alert"),
    State.UNKNOWN: (SceneState.IDLE, "unconfirmed"),
}
"""State for colour and frame, and sign, of the style sheet."""


@dataclass(frozen=True, slots=True)
class Row:
    """One check on screen."""

    state: str
    sign: str
    name: str
    word: str
    figure: str
    advice: str
    code: str


def shown(view: DiagnosisView, translate: Translate, *, figures: bool) -> dict[str, Any]:
    """Return what the templates need; `figures`: whether what was measured is told."""
    last = view.last
    rows = () if last is None else rows_of(last, translate, figures=figures)
    return {
        "running": view.running,
        "made": None if last is None else last.at.at,
        "overall": None if last is None else LOOKS[last.state][0].value,
        "overall_sign": None if last is None else LOOKS[last.state][1],
        "faults": 0 if last is None else last.count(State.FAULT),
        "advised": 0 if last is None else last.count(State.ATTENTION),
        "count": len(rows),
        "rows": rows,
        "mark": f"{view.running:d}-{'' if last is None else last.at.at.timestamp()}",
    }


def rows_of(found: Diagnosis, translate: Translate, *, figures: bool) -> tuple[Row, ...]:
    """Return the checks in words. What is well and what cannot be told needs no advice."""
    return tuple(_row(check, translate, figures=figures) for check in found.gravest_first)


def _row(check: Check, translate: Translate, *, figures: bool) -> Row:
    state, sign = LOOKS[check.state]
    return Row(
        state=state.value,
        sign=sign,
        name=care_words.name(check, translate),
        word=translate(care_words.STATES[check.state]),
        figure=care_words.figure(check, translate) if figures else "",
        advice=care_words.advice(check, translate),
        code="" if check.trouble is None else check.trouble.value,
    )
