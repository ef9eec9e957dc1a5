"""Bad input at the reader and on the disk: one clear scene each, and the terminal goes on."""

from __future__ import annotations

import contextlib
import hashlib
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from edge.errors import ConfigInvalid, LogDamaged, SealBroken, WireMalformed
from edge.log.chain import verify_file
from edge.log.fault import LogFault
from edge.tap.fault import Fault
from edge.tap.flow import RECHECK_SECONDS
from edge.tap.scene import Scene, SceneState
from edge.wire.kinds import EventKind
from provisioning.softcard.hostile import (
    Corrupting,
    EndlessFile,
    Foreign,
    Garbage,
    NeverEnding,
    Stalling,
)
from reader.apdu import Budget, Limits
from reader.read import read
from tests.edge.log.made import tamper
from tests.edge.tap.conftest import Rig, RigMaker


def seeded(seed: int) -> Callable[[int], bytes]:
    """Return a source of bytes that is the same in every run."""
    count = 0

    def draw(size: int) -> bytes:
        nonlocal count
        data = b""
        while len(data) < size:
            count += 1
            data += hashlib.sha256(f"{seed} {count}".encode()).digest()
        return data[:size]

    return draw


def goes_on(rig: Rig) -> None:
    """Check that a member's card works after what happened."""
    rig.lift()
    assert rig.shows(SceneState.IDLE)
    assert rig.tap("member-1").state is SceneState.ACCEPTED
    assert rig.present == 1


@pytest.mark.parametrize("seed", range(25))
def test_a_chip_that_answers_garbage(rig: Rig, seed: int) -> None:
    """One scene with a reason, whatever the bytes; nothing recorded."""
    rig.inputs.typed("123456")
    scene = rig.lay(Garbage(seeded(seed)))
    assert rig.states == [SceneState.IDLE, SceneState.HOLD, SceneState.REFUSED]
    assert scene.reason in {Fault.CARD_GARBLED, Fault.NOT_OUR_CARD}
    assert rig.recorded() == []
    rig.inputs.clear()
    goes_on(rig)


@pytest.mark.parametrize("card", [NeverEnding(), EndlessFile()], ids=["answer", "file"])
def test_a_chip_that_never_ends(rig: Rig, card: NeverEnding | EndlessFile) -> None:
    """Stopped by a declared limit."""
    rig.inputs.typed("123456")
    scene = rig.lay(card)
    assert scene.state is SceneState.REFUSED
    assert scene.reason in {Fault.CARD_STALLED, Fault.CARD_GARBLED, Fault.NOT_OUR_CARD}
    rig.inputs.clear()
    goes_on(rig)


def test_a_chip_that_thinks_for_ever(make_rig: RigMaker) -> None:
    """Stopped by the clock, in the middle of a good card."""
    rig = make_rig()
    rig.open()

    def pass_time(seconds: float) -> None:
        rig.seconds += seconds

    def reading(*given: object, **options: object) -> object:
        budget = Budget(Limits(), lambda: rig.seconds)
        return read(*given, budget=budget, **options)  # type: ignore[arg-type]

    rig.read_card = reading  # type: ignore[assignment]
    rig.choose("member-2")
    scene = rig.lay(Stalling(rig.chip("member-2"), 7.0, pass_time))
    assert (scene.state, scene.reason) == (SceneState.REFUSED, Fault.CARD_STALLED)
    assert rig.recorded() == []
    goes_on(rig)


def test_a_chip_that_never_answers(rig: Rig) -> None:
    """Left at the end of its time though it still thinks: said so, and the next card is served."""
    go_on = threading.Event()

    def reading(*given: object, **options: object) -> object:
        budget = Budget(Limits(max_seconds=0.2), time.monotonic)
        return read(*given, budget=budget, **options)  # type: ignore[arg-type]

    whole, rig.read_card = rig.read_card, reading  # type: ignore[assignment]
    rig.choose("member-2")

    def think(_seconds: float) -> None:
        go_on.wait(60)

    scene = rig.lay(Stalling(rig.chip("member-2"), 60.0, think))
    assert (scene.state, scene.reason) == (SceneState.REFUSED, Fault.CARD_STALLED)
    assert scene.card_present
    rig.read_card = whole
    goes_on(rig)
    go_on.set()


def test_a_chip_of_another_trade(rig: Rig) -> None:
    """Not our card."""
    rig.inputs.typed("123456")
    scene = rig.lay(Foreign())
    assert (scene.state, scene.reason) == (SceneState.REFUSED, Fault.NOT_OUR_CARD)
    assert [result.fault for result in rig.results] == [Fault.NOT_OUR_CARD]
    rig.inputs.clear()
    goes_on(rig)


def test_a_channel_that_is_tampered_with(rig: Rig) -> None:
    """An altered answer under secure messaging ends the reading."""
    rig.choose("member-2")
    scene = rig.lay(Corrupting(rig.chip("member-2")))
    assert (scene.state, scene.reason) == (SceneState.REFUSED, Fault.CARD_GARBLED)
    assert rig.recorded() == []
    goes_on(rig)


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (ConfigInvalid, SceneState.FAULT, Fault.NO_TRUST),
        (LogDamaged, SceneState.LOCKED, LogFault.DISK_FAILING),
        (SealBroken, SceneState.LOCKED, LogFault.KEY_MISSING),
        (WireMalformed, SceneState.REFUSED, Fault.CARD_GARBLED),
    ],
)
def test_a_tap_that_cannot_be_judged_or_written(
    rig: Rig, error: type[ConfigInvalid], state: SceneState, reason: str
) -> None:
    """Whatever of ours fails in the middle of a tap, the thread lives and says what is wrong."""

    class Failing:
        profiles = rig.holdings.profiles

        def judge(self, *_: object) -> object:
            raise error("It does not work.", next_step="Mend it.")

    whole = rig.holdings
    rig.holdings = Failing()  # type: ignore[assignment]
    scene = rig.tap("member-1")
    assert (scene.state, scene.reason) == (state, reason)
    assert SceneState.ACCEPTED not in rig.states
    assert [result.fault for result in rig.results] == [reason]
    rig.holdings = whole
    goes_on(rig)


@contextmanager
def file_size_limit(limit: int) -> Iterator[None]:
    """Let no file of this process grow beyond `limit` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_the_disk_takes_nothing(rig: Rig) -> None:
    """LOCKED and never green; what was recorded is whole; it goes on by itself afterwards."""
    rig.tap("member-2")
    rig.lift()
    with file_size_limit(4096):
        shown = len(rig.scenes)
        scene = rig.tap("member-1")
        assert scene.state is SceneState.LOCKED
        assert scene.reason in {LogFault.DISK_FULL, LogFault.DISK_FAILING}
        states = {scene.state for scene in rig.scenes[shown:]}
        assert states == {SceneState.HOLD, SceneState.LOCKED}
        rig.lift()
        assert rig.shows(SceneState.LOCKED)
        assert rig.present == 1
    assert verify_file(rig.path).ok
    rig.wait(RECHECK_SECONDS)
    assert rig.shows(SceneState.IDLE)
    assert rig.tap("member-1").state is SceneState.ACCEPTED
    assert rig.present == 2
    assert verify_file(rig.path).ok


def test_the_log_was_altered(rig: Rig, make_rig: RigMaker) -> None:
    """A log that is not whole takes nothing more: LOCKED at rest and at a tap, never green."""
    rig.tap("member-1")
    rig.log.close()
    tamper(rig.path, "UPDATE event SET outcome = 'ADMITTED ' WHERE place = 2")
    again = make_rig(path=rig.path)
    assert (again.scene.state, again.scene.reason) == (SceneState.LOCKED, LogFault.CHAIN_BROKEN)
    again.choose("member-2")
    scene = again.lay(again.chip("member-2"))
    assert (scene.state, scene.reason) == (SceneState.LOCKED, LogFault.CHAIN_BROKEN)
    assert SceneState.ACCEPTED not in again.states
    again.lift()
    assert again.shows(SceneState.LOCKED)


def test_the_disk_is_read_only_at_the_start(rig: Rig, make_rig: RigMaker) -> None:
    """The open meeting is taken up by itself once the disk takes events again."""
    rig.tap("member-1")
    rig.log.close()
    lock = rig.path.with_name(rig.path.name + ".lock")
    lock.unlink()
    lock.mkdir()  # what the log needs first cannot be made, as on a failing disk
    again = make_rig(path=rig.path)
    assert again.shows(SceneState.LOCKED)
    assert again.lay(again.chip("member-2")).state is SceneState.LOCKED
    again.lift()
    lock.rmdir()
    again.wait(RECHECK_SECONDS)
    assert again.shows(SceneState.IDLE)
    assert again.present == 1
    assert again.tap("member-2").state is SceneState.ACCEPTED


def test_the_log_keeps_no_name(rig: Rig) -> None:
    """Neither name nor number of anybody stands in the log's files."""
    for key in ("member-1", "member-2", "lost"):
        rig.inputs.typed(rig.cast(key).image.can or "")
        rig.lay(rig.chip(key))
        rig.lift()
    kept = b"".join(file.read_bytes() for file in rig.path.parent.iterdir())
    for person in rig.stage.cast.roster.people:
        for text in (person.name, person.number, person.personal_number):
            if text is not None:
                assert text.encode() not in kept


def test_the_disk_is_full_when_a_changed_photo_comes(rig: Rig) -> None:
    """The person counts no more at once; the withdrawal is written as soon as there is room."""
    with contextlib.ExitStack() as limited:

        def fill(scene: Scene) -> None:
            if scene.state is SceneState.ACCEPTED:
                limited.enter_context(file_size_limit(4096))

        rig.screen.listen(fill)
        rig.tap("changed-photo")
        assert rig.shows(SceneState.LOCKED)
        assert rig.present == 0
    rig.lift()
    rig.wait(RECHECK_SECONDS)
    kinds = [event.kind for event in rig.recorded()]
    assert kinds == [EventKind.CHECK_IN, EventKind.WITHDRAWN]
    assert rig.present == 0
