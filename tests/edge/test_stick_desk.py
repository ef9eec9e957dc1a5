"""The two buttons over a real folder, at a terminal in memory."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from edge.carried import Received
from edge.errors import StickFailed
from edge.plugged import Ports, Stick
from edge.stick import StickFault, failed
from edge.stick_desk import Done, StickAct, StickDesk
from edge.sync.courier_ledger import CourierLedger
from edge.sync.courier_outcome import Exported
from edge.wire.bundle import Way, describe
from tests.edge.log.made import START, TERMINAL

NOTHING = Received(None, None, known=False)
SOON = 20.0  # seconds until a test that waits in vain fails


class Desk:
    """A desk whose acts a test lets end; `seen` are the sticks that were worked on."""

    def __init__(self, folder: Path) -> None:
        self.table = folder / "mountinfo"
        self.table.write_text("")
        self.seen: list[tuple[StickAct, str, str | None]] = []
        self.go = threading.Event()
        self.told = threading.Semaphore(0)
        self.error: StickFailed | None = None
        self.ledger = CourierLedger(folder / "courier.sqlite")
        self.desk = StickDesk(
            Ports((Path("/media"),), self.table),
            self.ledger,
            copy=self._copy,
            take=self._take,
            now=lambda: START,
            told=self.told.release,
        )

    def plug(self, *names: str) -> None:
        """Plug these sticks in, and no others."""
        lines = (f"36 25 8:1 / /media/{name} rw shared:1 - vfat /dev/sda1 rw" for name in names)
        self.table.write_text("\n".join(lines))

    def ended(self) -> Done:
        """Let the act end and return how it did."""
        self.go.set()
        for _ in range(2):  # begun, ended
            assert self.told.acquire(timeout=SOON)
        last = self.desk.view().last
        assert last is not None
        return last

    def _copy(self, stick: Stick, by: str | None) -> Exported:
        self._work(StickAct.COPY, stick, by)
        bundle = describe(TERMINAL, Way.UP, START, {})
        self.ledger.enter(bundle, START, stick=stick.name, events=4, by=by)
        return Exported(bundle, 4, 4, 1)

    def _take(self, stick: Stick, by: str | None) -> Received:
        self._work(StickAct.TAKE, stick, by)
        return NOTHING

    def _work(self, act: StickAct, stick: Stick, by: str | None) -> None:
        self.seen.append((act, stick.name, by))
        assert self.go.wait(SOON)
        if self.error is not None:
            raise self.error


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk without a stick."""
    return Desk(tmp_path)


def test_a_stick_comes_and_goes(desk: Desk) -> None:
    """It is seen when it is plugged in, and no more once it is pulled."""
    assert desk.desk.view().sticks == ()
    desk.plug("GOI-XA")
    assert [stick.name for stick in desk.desk.view().sticks] == ["GOI-XA"]
    desk.plug()
    assert desk.desk.view().sticks == ()


def test_copying(desk: Desk) -> None:
    """It runs aside, is seen to run, ends, and is remembered after a restart."""
    desk.plug("GOI-XA")
    assert desk.desk.carried is None
    desk.desk.begin(StickAct.COPY, "GOI-XA", "secretary")
    assert desk.desk.view().busy == (StickAct.COPY, "GOI-XA")
    done = desk.ended()
    assert (done.act, done.stick, done.error) == (StickAct.COPY, "GOI-XA", None)
    assert desk.desk.view().busy is None
    assert desk.seen == [(StickAct.COPY, "GOI-XA", "secretary")]
    carried = Desk(desk.table.parent).desk.carried
    assert carried is not None
    assert (carried.stick, carried.events, carried.by) == ("GOI-XA", 4, "secretary")


def test_taking(desk: Desk) -> None:
    """It ends with what was taken."""
    desk.plug("GOI-XA")
    desk.desk.begin(StickAct.TAKE, "GOI-XA", None)
    assert desk.ended().received is NOTHING


def test_one_at_a_time(desk: Desk) -> None:
    """A second press while the first runs is told to wait, and starts nothing."""
    desk.plug("GOI-XA", "KHAC")
    desk.desk.begin(StickAct.COPY, "GOI-XA", None)
    with pytest.raises(StickFailed) as caught:
        desk.desk.begin(StickAct.TAKE, "KHAC", None)
    assert caught.value.fault == StickFault.BUSY
    desk.ended()
    assert len(desk.seen) == 1


def test_a_stick_that_is_not_plugged_in(desk: Desk) -> None:
    """A name that no stick has, and a path, begin nothing."""
    desk.plug("GOI-XA")
    for name in ("KHAC", "/media/GOI-XA", "../GOI-XA", ""):
        with pytest.raises(StickFailed) as caught:
            desk.desk.begin(StickAct.COPY, name, None)
        assert caught.value.fault == StickFault.GONE
    assert desk.desk.view().busy is None


def test_an_act_that_fails(desk: Desk) -> None:
    """Its error is kept for the page, and the next one can begin."""
    desk.plug("GOI-XA")
    desk.error = failed(StickFault.FULL)
    desk.desk.begin(StickAct.COPY, "GOI-XA", None)
    assert desk.ended().error is desk.error
    desk.error = None
    desk.desk.begin(StickAct.COPY, "GOI-XA", None)
    assert desk.ended().error is None


def test_a_ledger_that_is_damaged(desk: Desk, tmp_path: Path) -> None:
    """The terminal starts all the same; it only does not know what went before."""
    (tmp_path / "courier.sqlite").write_bytes(b"not a database" * 100)
    assert Desk(tmp_path).desk.carried is None
