"""Each exchange in one line, payloads only where they were asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from reader.apdu import CardConnection
from reader.errors import CardRemoved, CardStalled
from reader.evidence import Password
from reader.profile import CardProfile
from reader.read import Reading, read
from reader.replay import Exchanged, Replay
from reader.trace import (
    LOGGER,
    TRAFFIC,
    WARNING,
    TracedConnection,
    TracedWatcher,
    failure_line,
    line,
)
from reader.watch import CardLaid, CardLifted, ReaderReady, WatchEvent
from tests.reader.conftest import CAN, MRZ_INFORMATION, TD1

READ = bytes.fromhex("00B09C0000")
ANSWER = bytes.fromhex("3114DEADBEEF9000")
ATR = bytes.fromhex("3B80800101")


class Kept(logging.Handler):
    """Keeps messages."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.messages.append(record.getMessage())


@pytest.fixture
def logged() -> Iterator[Callable[[int], list[str]]]:
    """Return what sets the trace's level and gives the list that its messages go to."""
    logger, kept = logging.getLogger(LOGGER), Kept()
    before = logger.level
    logger.addHandler(kept)

    def at(level: int) -> list[str]:
        logger.setLevel(level)
        return kept.messages

    yield at
    logger.removeHandler(kept)
    logger.setLevel(before)


def traced(*exchanged: Exchanged, ticks: tuple[float, ...] = (0.0, 0.0125)) -> TracedConnection:
    """Return a recording under the trace, and a clock."""
    clock = iter(ticks)
    return TracedConnection(Replay(exchanged, atr=ATR), monotonic=lambda: next(clock))


def test_one_line_for_each_exchange(logged: Callable[[int], list[str]]) -> None:
    """Name, sizes on the wire, time, status with its meaning; the answer passes unchanged."""
    messages = logged(logging.DEBUG)
    assert traced(Exchanged(READ, ANSWER)).transmit(READ) == ANSWER
    (message,) = messages
    assert " ".join(message.split()) == "READ BINARY sfi 1C offset 0 5 > 8 12.5 ms 9000 ok"
    assert "DEADBEEF" not in message


def test_payloads_below_debug(logged: Callable[[int], list[str]]) -> None:
    """At TRAFFIC the bytes stand around the line, as they went over the wire."""
    messages = logged(TRAFFIC)
    traced(Exchanged(READ, ANSWER)).transmit(READ)
    sent, received, told = messages
    assert (sent, received) == ("> 00B09C0000", "< 3114DEADBEEF9000")
    assert told == line(READ, ANSWER, 0.0125)


def test_nothing_unless_it_is_asked_for(logged: Callable[[int], list[str]]) -> None:
    """Off is off."""
    messages = logged(logging.INFO)
    traced(Exchanged(READ, ANSWER)).transmit(READ)
    assert messages == []


def test_a_command_that_is_not_answered(logged: Callable[[int], list[str]]) -> None:
    """Its line says what became of it, and the error goes on."""

    class Torn(Replay):
        def transmit(self, command: bytes, seconds: float = 0.0) -> bytes:
            raise CardRemoved("It left.", next_step="Lay it again.")

    messages = logged(logging.DEBUG)
    clock = iter([1.0, 3.0])
    with pytest.raises(CardRemoved):
        TracedConnection(Torn([]), monotonic=lambda: next(clock)).transmit(READ)
    assert messages == [failure_line(READ, CardRemoved("", next_step=""), 2.0)]
    assert messages[0].endswith("2000.0 ms  CardRemoved")


def test_the_deadline_goes_through() -> None:
    """The card below has the seconds that the caller gives."""
    given: list[float] = []

    class Slow(Replay):
        def transmit(self, command: bytes, seconds: float = 0.0) -> bytes:
            given.append(seconds)
            raise CardStalled("It thinks.", next_step="Lift it.")

    with pytest.raises(CardStalled):
        TracedConnection(Slow([])).transmit(READ, 1.5)
    assert given == [1.5]


def test_an_answer_without_a_status() -> None:
    """Told as that."""
    assert line(READ, b"\x90", 0.0).endswith("no status word")


def test_a_whole_reading_names_nobody(
    logged: Callable[[int], list[str]],
    make_image: Callable[..., CardImage],
    lay: Callable[..., CardConnection],
    party: CardProfile,
    can: Password,
) -> None:
    """From the first file to the proof: names of commands, and not a byte of what was read."""
    messages = logged(logging.DEBUG)
    card = TracedConnection(lay(Chip(make_image())))
    got = read(card, [party], can)
    card.close()
    assert isinstance(got, Reading)
    assert len(messages) == got.apdus
    told = "\n".join(messages)
    for name in (
        "READ BINARY sfi 1C offset 0", "MSE:Set AT (PACE)", "GENERAL AUTHENTICATE",
        "SM SELECT application", "SM READ BINARY sfi 1D", "SM INTERNAL AUTHENTICATE",
    ):  # fmt: skip
        assert name in told
    for secret in (CAN, MRZ_INFORMATION, *TD1):
        assert secret not in told
        assert secret.encode().hex().upper() not in told


def test_a_watcher_whose_cards_are_traced(logged: Callable[[int], list[str]]) -> None:
    """Events pass as they are; a laid card is told of and comes with a traced connection."""

    class Scripted:
        def __init__(self, *events: WatchEvent | None) -> None:
            self._events = list(events)
            self.closed = False

        def next_event(self, timeout: float) -> WatchEvent | None:
            return self._events.pop(0)

        def close(self) -> None:
            self.closed = True

    messages = logged(logging.DEBUG)
    laid = CardLaid(Replay([Exchanged(READ, ANSWER)], atr=ATR), "A reader")
    below = Scripted(ReaderReady("A reader"), None, laid, CardLifted())
    watcher = TracedWatcher(below)
    assert watcher.next_event(0) == ReaderReady("A reader")
    assert watcher.next_event(0) is None
    event = watcher.next_event(0)
    assert isinstance(event, CardLaid)
    assert (event.reader, event.connection.atr) == ("A reader", ATR)
    assert event.connection.max_le == laid.connection.max_le
    assert event.connection.transmit(READ) == ANSWER
    assert watcher.next_event(0) == CardLifted()
    watcher.close()
    assert below.closed
    assert messages[0] == "card laid on A reader, ATR 3B80800101"
    assert len(messages) == 2


def test_the_warning_is_a_box() -> None:
    """It stands out, says what is exposed, and fits a console."""
    rows = WARNING.splitlines()
    assert len({len(row) for row in rows}) == 1
    assert len(rows[0]) <= 80
    assert set(rows[0]) == set(rows[-1]) == {"#"}
    for word in ("names", "numbers", "photo"):
        assert word in WARNING
