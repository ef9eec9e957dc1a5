"""What the terminal shows at this moment: one frozen value for board, desk, lamp and buzzer.

Lives here: the scene and the hand-over between the thread that taps and those that show.
Not here: words and colours (`edge.web`, `edge.signals`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum, unique

from reader.evidence import PasswordKind


@unique
class SceneState(StrEnum):
    """The outcomes of the screens, by the name that the style sheet knows (`data-state`)."""

    IDLE = "idle"
    HOLD = "hold"
    CHOOSE = "choose"
    ACCEPTED = "accepted"
    ALREADY = "already"
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"
    UNEXPECTED = "unexpected"
    BUSY = "busy"
    FAULT = "fault"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Scene:
    """One state of the screen.

    The board shows `person` only with ACCEPTED and ALREADY and never shows `reason`; the desk
    shows both, and `holder` where a guest is entered. `reason` is a stable code: a
    `verify.reasons.Reason`, an `edge.tap.admit.AdmitReason` or an `edge.tap.fault.Fault`.
    """

    state: SceneState
    at: datetime
    person: str | None = field(default=None, repr=False)
    category: str | None = None
    first_at: datetime | None = None
    """ALREADY: when the person was recorded."""
    left: datetime | None = None
    """ALREADY while people leave (*Ra về*): when the person's leaving was recorded."""
    reason: str | None = None
    kinds: frozenset[PasswordKind] = frozenset()
    """CHOOSE: the passwords the card takes."""
    tries_left: int | None = None
    wrong: bool = False
    """CHOOSE after a guess that did not open the card."""
    deadline: datetime | None = None
    """CHOOSE: until when the card stays powered."""
    photo: bytes | None = field(default=None, repr=False)
    """JPEG, only after `verify_file`."""
    photo_fault: str | None = None
    """Why the card's photo is not shown though it is the signed one: an `edge.tap.fault.Fault`."""
    holder: str | None = field(default=None, repr=False)
    """The name that a genuine card gives, where its holder is on no list (NOT_ON_ROSTER)."""
    seq: int | None = None
    counter: bool = False
    """Of a card laid for a question at the counter: nobody was counted present."""
    desk_opened: bool = False
    """This card opened the desk: said aloud, so that no desk is opened in silence."""
    card_present: bool = False
    version: int = 0


class Stage:
    """Holds the current scene; any thread may wait for the next one."""

    def __init__(self, first: Scene) -> None:
        self._scene = first
        self._changed = threading.Condition()
        self._listeners: list[Callable[[Scene], None]] = []

    @property
    def scene(self) -> Scene:
        """Return the scene as it is now."""
        return self._scene

    def listen(self, listener: Callable[[Scene], None]) -> None:
        """Call `listener` with each new scene, on the thread that shows it."""
        self._listeners.append(listener)

    def show(self, scene: Scene) -> Scene:
        """Make `scene` the current one under the next version number."""
        with self._changed:
            shown = replace(scene, version=self._scene.version + 1)
            self._scene = shown
            self._changed.notify_all()
        for listener in self._listeners:
            listener(shown)
        return shown

    def refresh(self) -> None:
        """Wake whoever waits: something beside the scene changed. No listener is called."""
        with self._changed:
            self._scene = replace(self._scene, version=self._scene.version + 1)
            self._changed.notify_all()

    def wait(self, after: int, seconds: float) -> Scene:
        """Return the first scene newer than version `after`, or the current one after a while."""
        with self._changed:
            self._changed.wait_for(lambda: self._scene.version > after, timeout=seconds)
            return self._scene
