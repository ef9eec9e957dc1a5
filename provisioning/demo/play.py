"""Lays the cast's cards one after another and writes down how each ended.

Lives here: the order of a laying, and whether its end was the expected one. Not here: the cards
(`cast`), the field (`field`), how the rows look (`table`).
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass

from edge.service import Service
from edge.tap.errand import TapResult
from edge.tap.scene import Scene, SceneState
from provisioning.cast import CastCard, PasswordSource
from provisioning.demo.field import TrayField
from provisioning.errors import DemoFailed
from verify.verdict import CheckStatus

RESULT_SECONDS = 20.0
SCENE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Row:
    """How one card ended."""

    card: CastCard
    result: TapResult

    @property
    def as_expected(self) -> bool:
        """Return whether verdict, admission, reason and late photo are the expected ones."""
        verdict, decision = self.result.verdict, self.result.decision
        if verdict is None or decision is None or verdict.outcome is not self.card.outcome:
            return False
        late = self.result.late
        withdrawn = late is not None and late.status is CheckStatus.FAILED
        return (
            decision.admission is self.card.admission
            and withdrawn == self.card.withdrawn
            and self.reason == self.card.reason
        )

    @property
    def reason(self) -> str | None:
        """Return the reason code that stands at the end."""
        late = self.result.late
        if late is not None and late.reason is not None:
            return late.reason.value
        return self.result.decision.reason if self.result.decision else self.result.fault


class Player:
    """Lays cards on one field before one terminal."""

    def __init__(
        self,
        service: Service,
        field: TrayField,
        results: queue.SimpleQueue[TapResult],
        scanner: int,
    ) -> None:
        self._service = service
        self._field = field
        self._results = results
        self._scanner = scanner

    def play(self, card: CastCard) -> Row:
        """Give the password as the card's holder would, lay the card, lift it.

        Raises DemoFailed where the terminal says nothing in time.
        """
        self._before(card)
        self._field.lay(card.key)
        self._while_it_lies(card)
        try:
            result = self._results.get(timeout=RESULT_SECONDS)
        except queue.Empty:
            raise _silent(f"The terminal said nothing about card {card.key}.") from None
        self._field.lift()
        self._until(lambda scene: not scene.card_present, "The card was not seen to leave.")
        return Row(card, result)

    def _before(self, card: CastCard) -> None:
        match card.password:
            case PasswordSource.ROSTER:
                self._service.choose_person(card.roster_person_id or "")
            case PasswordSource.SCANNER:
                os.write(self._scanner, f"{card.scanner_line}\r\n".encode())
                self._wait_for(
                    lambda: self._service.inputs.inputs.scanner is not None,
                    "The scanner's line did not arrive.",
                )
            case PasswordSource.KEYPAD:
                pass  # the card is laid first and waits for its number

    def _while_it_lies(self, card: CastCard) -> None:
        if card.password is PasswordSource.KEYPAD:
            self._until(
                lambda scene: scene.state is SceneState.CHOOSE,
                "The terminal did not ask for the card's number.",
            )
            self._service.enter_can(card.can or "")

    def _until(self, holds: Callable[[Scene], bool], otherwise: str) -> None:
        self._wait_for(lambda: holds(self._service.scene()), otherwise)

    @staticmethod
    def _wait_for(holds: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + SCENE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise _silent(otherwise)
            time.sleep(0.01)


def _silent(why: str) -> DemoFailed:
    return DemoFailed(why, next_step="Run it again; if it stays so, report it with its log.")
