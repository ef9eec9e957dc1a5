"""APDUs on the wire, status words, the answer to reset, the budget of a reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.apdu import (
    EXCHANGE_SECONDS,
    EXTENDED_DATA,
    EXTENDED_LE,
    SHORT_LE,
    SW,
    Budget,
    CommandApdu,
    Limits,
    ResponseApdu,
    exact_length,
    plain_exchange,
    takes_extended_length,
    tries_left,
)
from reader.errors import CardStalled, MalformedData
from reader.replay import Exchanged, Replay


@pytest.mark.parametrize(
    ("data", "le", "wire"),
    [
        (b"", None, "00A40000"),
        (b"", 1, "00A4000001"),
        (b"", SHORT_LE, "00A4000000"),
        (b"\x01\x02", None, "00A40000020102"),
        (b"\x01\x02", 8, "00A4000002010208"),
        (b"", 257, "00A40000000101"),
        (b"", EXTENDED_LE, "00A40000000000"),
        (b"\x01\x02", 257, "00A4000000000201020101"),
        (b"\x01\x02", EXTENDED_LE, "00A4000000000201020000"),
    ],
)
def test_each_case_of_the_standard(data: bytes, le: int | None, wire: str) -> None:
    """Short where it suffices, extended where it does not (ISO/IEC 7816-4 section 5.2)."""
    assert CommandApdu(0x00, 0xA4, 0x00, 0x00, data, le).to_bytes() == bytes.fromhex(wire)


def test_long_command_data() -> None:
    """256 bytes need the extended form, with Le in its form too."""
    wire = CommandApdu(0x00, 0xA4, 0x00, 0x00, bytes(256), 5).to_bytes()
    assert wire == bytes.fromhex("00A40000000100") + bytes(256) + b"\x00\x05"


@pytest.mark.parametrize(
    ("cla", "data", "le"),
    [
        (0x100, b"", None),
        (-1, b"", None),
        (0, bytes(EXTENDED_DATA + 1), None),
        (0, b"", 0),
        (0, b"", EXTENDED_LE + 1),
    ],
)
def test_a_command_that_cannot_be(cla: int, data: bytes, le: int | None) -> None:
    """It never reaches the line."""
    command = CommandApdu(cla, 0xA4, 0x00, 0x00, data, le)
    with pytest.raises(ValueError, match=r"APDU|byte|Le"):
        command.to_bytes()


def test_a_response() -> None:
    """Data and status word are cut apart."""
    answer = ResponseApdu.from_bytes(b"\x01\x02\x90\x00")
    assert (answer.data, answer.sw, answer.ok) == (b"\x01\x02", SW.OK, True)
    assert not ResponseApdu.from_bytes(b"\x6a\x82").ok


@pytest.mark.parametrize("raw", [b"", b"\x90", bytes(EXTENDED_LE + 3)])
def test_an_answer_without_status_or_end(raw: bytes) -> None:
    """Shorter than a status word or longer than an APDU: malformed."""
    with pytest.raises(MalformedData):
        ResponseApdu.from_bytes(raw)


def test_commands_and_answers_in_a_log() -> None:
    """Their representation shows no payload."""
    assert "secret" not in repr(CommandApdu(0, 0xA4, 0, 0, b"secret"))
    assert "secret" not in repr(ResponseApdu(b"secret", 0x9000))


def test_tries_and_lengths_in_a_status_word() -> None:
    """63Cx tells tries, 6Cxx the exact length, nothing else does."""
    assert tries_left(0x63C2) == 2
    assert tries_left(0x6300) is None
    assert exact_length(0x6C10) == 16
    assert exact_length(0x6C00) == SHORT_LE
    assert exact_length(0x6700) is None


@pytest.mark.parametrize(
    ("atr", "extended"),
    [
        ("3B85800180739401402A", True),
        ("3B858001807394010000", False),
        ("3B8880010073940140009000FF", True),
        ("3B8A80018031807394014090004F", True),
        ("3B8F80018031B865B0850300EF120FFF829000", False),
        ("3B80800101", False),
        ("3B858001807394", False),
        ("3BFF", False),
        ("3B", False),
        ("", False),
    ],
)
def test_card_capabilities_in_the_answer_to_reset(atr: str, extended: bool) -> None:
    """Extended length only where object 73 says so in its third byte."""
    assert takes_extended_length(bytes.fromhex(atr)) is extended


@given(st.binary(max_size=40))
def test_any_answer_to_reset(atr: bytes) -> None:
    """Whatever the bytes, there is an answer."""
    assert takes_extended_length(atr) in {True, False}


def _budget(**limits: float) -> Budget:
    return Budget(Limits(**limits), lambda: 0.0)  # type: ignore[arg-type]


def test_a_budget_within_its_limits() -> None:
    """The very last byte and exchange are still allowed."""
    budget = _budget(max_bytes=10, max_exchanges=2)
    budget.begin_exchange()
    budget.spend(4)
    budget.begin_exchange()
    budget.spend(6)
    assert budget.exchanges == 2


def test_a_budget_of_bytes_exceeded() -> None:
    """One byte too many: CardStalled."""
    with pytest.raises(CardStalled):
        _budget(max_bytes=10).spend(11)


def test_a_budget_of_exchanges_exceeded() -> None:
    """The exchange over the limit does not begin."""
    budget = _budget(max_exchanges=1)
    budget.begin_exchange()
    with pytest.raises(CardStalled):
        budget.begin_exchange()


def test_a_budget_of_seconds_exceeded() -> None:
    """The card's own time counts, not the pauses; a renewal gives none of it back."""
    now = [0.0]
    budget = Budget(Limits(max_seconds=2.0), lambda: now[0])

    def exchange(pause: float, answering: float) -> None:
        now[0] += pause
        budget.begin_exchange()
        now[0] += answering
        budget.spend(1)

    exchange(50.0, 1.5)
    assert budget.seconds_left == 0.5
    budget.renew()
    exchange(50.0, 0.5)
    assert budget.seconds_left == 0.0
    with pytest.raises(CardStalled):
        exchange(0.0, 0.5)
    assert budget.seconds_left == 0.0


def test_an_exchange_has_what_is_left() -> None:
    """Each command is given only the seconds that the reading still has."""
    given: list[float] = []

    class Slow(Replay):
        def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
            given.append(seconds)
            return super().transmit(command, seconds)

    command = CommandApdu(0x00, 0xA4, 0x00, 0x00)
    card = Slow([Exchanged(command.to_bytes(), b"\x90\x00")] * 2)
    ticks = iter([0.0, 0.0, 2.0, 2.0, 2.0])
    exchange = plain_exchange(card, Budget(Limits(max_seconds=5.0), lambda: next(ticks)))
    exchange(command)
    exchange(command)
    assert given == [5.0, 3.0]


def test_the_lowest_layer() -> None:
    """Sends what stands in the command and books both directions."""
    card = Replay([Exchanged(bytes.fromhex("00A40000"), b"\x90\x00")])
    budget = _budget(max_bytes=6)
    assert plain_exchange(card, budget)(CommandApdu(0x00, 0xA4, 0x00, 0x00)).ok
    with pytest.raises(CardStalled):
        budget.spend(1)
