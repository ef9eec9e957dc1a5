"""The Wi-Fi for phones from the first wish to the meeting's end, over a real line to a helper."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge import access_point
from edge.access_point import AccessPointFault
from edge.phones import desk as desks
from edge.phones import helper as helpers
from edge.phones.desk import Phase, PhoneDesk
from tests.edge.phones.helper_made import HUNG, SILENT, UP, WIFI, Helper, helping
from tests.edge.web.waiting import wait_until

MEETING, NEXT = "meeting-1", "meeting-2"


@dataclass
class Room:
    """A desk, the helper that it asks, and where its pages are listened for."""

    desk: PhoneDesk
    helper: Helper
    door: list[str] = field(default_factory=list)
    told: list[Phase] = field(default_factory=list)

    def is_in(self, phase: Phase) -> None:
        """Wait until the network is so far."""
        wait_until(lambda: self.desk.view().phase is phase)


Rooms = Callable[..., Room]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rooms]:
    """Return a maker of rooms, whose machine says of the address what it is told to say."""
    monkeypatch.setattr(desks, "TRY_SECONDS", 0.01)
    monkeypatch.setattr(desks, "LOOK_SECONDS", 0.05)
    with ExitStack() as stack:

        def make(
            answers: Sequence[str],
            *,
            ours: AccessPointFault | None = None,
            taken: bool = False,
            alone: float = 3600.0,
        ) -> Room:
            monkeypatch.setattr(access_point, "fault_of", lambda _: ours)
            numbers = itertools.count(1)
            place = tmp_path / "helper"
            helper = stack.enter_context(helping(place, answers)) if answers else Helper(place)
            door: list[str] = []

            def listen(address: str) -> None:
                if taken:
                    raise OSError
                door.append(address)

            made = PhoneDesk(
                WIFI,
                listen=listen,
                shut=door.remove,
                told=lambda: found.told.append(made.view().phase),
                randomness=lambda size: next(numbers).to_bytes(size),
                helper=place,
                alone_seconds=alone,
            )
            found = Room(made, helper, door)
            stack.callback(made.stop, 5.0)
            return found

        yield make


def test_a_phone_is_wanted(room: Rooms) -> None:
    """The passphrase goes to the helper, and is shown once the network is there; then the door."""
    here = room([UP])
    assert here.desk.view().phase is Phase.OFF
    here.desk.begin(MEETING)
    here.is_in(Phase.ON)
    view = here.desk.view()
    assert here.helper.given == [f"{view.passphrase}\n"]
    assert (here.door, view.fault) == ([WIFI.address], None)
    assert here.told[-1] is Phase.ON


def test_the_end_of_the_meeting(room: Rooms) -> None:
    """Nobody listens there any more, the helper is let go, the next passphrase is another."""
    here = room([UP, UP])
    here.desk.begin(MEETING)
    here.is_in(Phase.ON)
    before = here.desk.view().passphrase
    here.desk.meeting(MEETING)  # something was written in it
    assert here.desk.view().passphrase == before
    here.desk.meeting(None)
    assert here.helper.left.acquire(timeout=5)
    wait_until(lambda: here.door == [])
    assert here.desk.view() == desks.PhonesView(WIFI, Phase.OFF)
    here.desk.begin(NEXT)
    here.is_in(Phase.ON)
    assert here.desk.view().passphrase not in {None, before}


def test_wanted_before_the_meeting(room: Rooms) -> None:
    """It goes on into the meeting that is opened then, and ends with that."""
    here = room([UP])
    here.desk.begin(None)
    here.is_in(Phase.ON)
    here.desk.meeting(MEETING)
    assert here.desk.view().phase is Phase.ON
    here.desk.meeting(NEXT)
    assert here.desk.view().phase is Phase.OFF


def test_no_meeting_follows(room: Rooms) -> None:
    """It goes down by itself, and that is no fault."""
    here = room([UP], alone=0.1)
    here.desk.begin(None)
    assert here.helper.left.acquire(timeout=5)
    here.is_in(Phase.OFF)
    assert here.desk.fault is None


def test_wanted_twice(room: Rooms) -> None:
    """The second wish changes nothing: a phone that joined stays."""
    here = room([UP])
    here.desk.begin(MEETING)
    here.is_in(Phase.ON)
    shown = here.desk.view()
    here.desk.begin(MEETING)
    assert here.desk.view() == shown
    assert len(here.helper.given) == 1


def test_the_helper_is_not_ready_yet(room: Rooms) -> None:
    """While one turn is being cleared away, the next asks again."""
    here = room([SILENT, SILENT, UP])
    here.desk.begin(MEETING)
    here.is_in(Phase.ON)
    assert len(set(here.helper.given)) == 1


@pytest.mark.parametrize(
    ("answers", "made", "fault"),
    [
        ([], {}, AccessPointFault.HELPER_ABSENT),
        (["failed\n"], {}, AccessPointFault.NOT_STARTED),
        (["refused\n"], {}, AccessPointFault.NOT_STARTED),
        (["x" * 300], {}, AccessPointFault.NOT_STARTED),
        (["up 97;\n"], {}, AccessPointFault.NAMED_OTHERWISE),
        ([UP], {"ours": AccessPointFault.ABSENT}, AccessPointFault.ABSENT),
        ([UP], {"ours": AccessPointFault.JOINED}, AccessPointFault.JOINED),
        ([UP], {"taken": True}, AccessPointFault.CLOSED),
    ],
)
def test_it_does_not_come_up(
    answers: list[str],
    made: dict[str, object],
    fault: AccessPointFault,
    room: Rooms,
) -> None:
    """No door is opened and no passphrase shown; why is said until somebody has read it."""
    here = room(answers, **made)
    here.desk.begin(MEETING)
    here.is_in(Phase.FAILED)
    view = here.desk.view()
    assert (view.fault, view.passphrase, here.door) == (fault, None, [])
    assert here.desk.fault is fault
    here.desk.end()
    assert here.desk.fault is None


def test_it_never_gets_ready(room: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many tries it says that it did not start."""
    monkeypatch.setattr(desks, "TRIES", 3)
    here = room([SILENT] * 3)
    here.desk.begin(MEETING)
    here.is_in(Phase.FAILED)
    assert (here.desk.fault, len(here.helper.given)) == (AccessPointFault.NOT_STARTED, 3)


def test_the_helper_hangs(room: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """One wait is enough: it is not asked again, and is let go."""
    monkeypatch.setattr(helpers, "START_SECONDS", 0.05)
    here = room([HUNG, UP])
    here.desk.begin(MEETING)
    here.is_in(Phase.FAILED)
    assert (here.desk.fault, len(here.helper.given)) == (AccessPointFault.NOT_STARTED, 1)
    assert here.helper.left.acquire(timeout=5)


def test_it_goes_down_by_itself(room: Rooms) -> None:
    """A radio that is pulled out: the door is shut, the desk hears of it, and may begin again."""
    here = room([UP, UP])
    here.desk.begin(MEETING)
    here.is_in(Phase.ON)
    here.helper.drop()
    here.is_in(Phase.FAILED)
    assert (here.desk.fault, here.door) == (AccessPointFault.LOST, [])
    here.desk.begin(MEETING)
    here.is_in(Phase.ON)
    assert here.desk.fault is None


def test_the_address_goes_to_somebody_else(room: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine says of the address is looked at for as long as the door is open."""
    here = room([UP])
    here.desk.begin(MEETING)
    here.is_in(Phase.ON)
    monkeypatch.setattr(access_point, "fault_of", lambda _: AccessPointFault.JOINED)
    here.is_in(Phase.FAILED)
    assert (here.desk.fault, here.door) == (AccessPointFault.JOINED, [])
    assert here.helper.left.acquire(timeout=5)


def test_the_terminal_stops(room: Rooms) -> None:
    """The helper is let go before the process ends; stopping again is harmless."""
    here = room([UP])
    here.desk.begin(MEETING)
    here.is_in(Phase.ON)
    here.desk.stop(5.0)
    assert here.helper.left.acquire(timeout=5)
    assert here.door == []
    here.desk.stop(5.0)


def test_taken_back_while_it_starts(room: Rooms) -> None:
    """What comes up after that is let go at once."""
    here = room([UP])
    here.desk.begin(MEETING)
    here.desk.end()
    here.desk.stop(5.0)
    assert (here.desk.view().phase, here.door) == (Phase.OFF, [])


def test_no_passphrase_is_printed(room: Rooms) -> None:
    """Neither by a view nor by what stands behind it, whoever prints them."""
    here = room([UP])
    here.desk.begin(MEETING)
    here.is_in(Phase.ON)
    passphrase = here.desk.view().passphrase
    assert passphrase is not None
    assert passphrase not in repr(here.desk.view()) + repr(vars(here.desk))
