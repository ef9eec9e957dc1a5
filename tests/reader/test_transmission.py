"""One command and its answer in however many APDUs, plain and under secure messaging."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.apdu import (
    EXTENDED_LE,
    SHORT_LE,
    Budget,
    CommandApdu,
    Exchange,
    Limits,
    ResponseApdu,
    plain_exchange,
)
from reader.channel.kdf import CipherSuite, SessionKeys
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import CardStalled, ChannelBroken, ReaderError, ReadingCancelled
from reader.replay import Replay
from reader.transmission import (
    cancellable,
    short_form,
    transmission,
    whole_answers,
)
from tests.reader.channel.chip_side import ChipSide
from tests.reader.line import ShortLine

READ = CommandApdu(0x00, 0xB0, 0x81, 0x00, le=SHORT_LE)
SUITES = [CipherSuite.TDES, CipherSuite.AES_128]


def replaying(*exchanges: tuple[str, str], extended: bool = False) -> tuple[Exchange, Replay]:
    """Return the whole layer over a recording, and the recording."""
    card = Replay.of_hex([{"c": command, "r": answer} for command, answer in exchanges])
    return transmission(
        plain_exchange(card, Budget(Limits(), lambda: 0.0)), extended=extended
    ), card


def saying(answers: Iterable[ResponseApdu], sent: list[CommandApdu]) -> Exchange:
    """Return a card that gives these answers in order."""
    left = iter(answers)

    def exchange(command: CommandApdu) -> ResponseApdu:
        sent.append(command)
        return next(left)

    return exchange


def session_of(suite: CipherSuite) -> tuple[ChipSide, SecureMessaging]:
    """Return both sides of one session."""
    keys = SessionKeys(suite, b"\x01" * suite.key_size, b"\x02" * suite.key_size)
    return ChipSide(keys), SecureMessaging(keys)


def test_an_ordinary_command() -> None:
    """One APDU out, one in, nothing added."""
    exchange, card = replaying(("00B0810000", "01029000"))
    assert exchange(READ) == ResponseApdu(b"\x01\x02", 0x9000)
    assert card.finished


def test_more_waits_behind_the_answer() -> None:
    """61xx: GET RESPONSE as often as it is said, each for what was announced."""
    exchange, card = replaying(
        ("00B0810000", "01026102"), ("00C0000002", "03046100"), ("00C0000000", "059000")
    )
    assert exchange(READ) == ResponseApdu(bytes([1, 2, 3, 4, 5]), 0x9000)
    assert card.finished


def test_the_last_part_gives_the_status() -> None:
    """A warning or an error at the end is the answer's own."""
    for status in ("6282", "6F00"):
        exchange, _ = replaying(("00B0810000", "016101"), ("00C0000001", "02" + status))
        assert exchange(READ) == ResponseApdu(b"\x01\x02", int(status, 16))


def test_an_exact_length_is_named() -> None:
    """6Cxx: the same command with that Le, once; a second refusal is the answer."""
    exchange, _ = replaying(("00B0810000", "6C05"), ("00B0810005", "01020304059000"))
    assert exchange(READ).data == bytes([1, 2, 3, 4, 5])
    exchange, card = replaying(("00B0810000", "6C05"), ("00B0810005", "6C04"))
    assert exchange(READ) == ResponseApdu(b"", 0x6C04)
    assert card.finished


def test_an_exact_length_of_a_part() -> None:
    """GET RESPONSE too may be told the length it should have had."""
    exchange, _ = replaying(
        ("00B0810000", "6110"), ("00C0000010", "6C02"), ("00C0000002", "01029000")
    )
    assert exchange(READ).data == b"\x01\x02"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (CommandApdu(0x00, 0xA4, 0x00, 0x0C), ResponseApdu(b"", 0x6C05)),
        (CommandApdu(0x00, 0xB0, 0x00, 0x00, le=5), ResponseApdu(b"", 0x6C05)),
        (READ, ResponseApdu(b"protected", 0x6C05)),
    ],
)
def test_an_exact_length_that_asks_for_nothing_new(
    command: CommandApdu, answer: ResponseApdu
) -> None:
    """No Le, the same Le, or a status that came with data: it is passed up as it is."""
    sent: list[CommandApdu] = []
    assert whole_answers(saying([answer], sent))(command) == answer
    assert len(sent) == 1


def test_an_announcement_of_nothing() -> None:
    """A card that promises more and sends none has stalled."""
    more = ResponseApdu(b"", 0x6110)
    with pytest.raises(CardStalled, match="sends nothing"):
        whole_answers(saying([more, more], []))(READ)


def test_an_answer_that_never_ends() -> None:
    """An answer is at most what one APDU could carry; and every part costs of the budget."""
    part = ResponseApdu(bytes(256), 0x6100)
    sent: list[CommandApdu] = []
    with pytest.raises(CardStalled, match="65536"):
        whole_answers(saying([part] * 1000, sent))(READ)
    assert len(sent) == 257
    card = Replay.of_hex([{"c": "00B0810000", "r": "6110"}, {"c": "00C0000010", "r": "016110"}])
    exchange = transmission(
        plain_exchange(card, Budget(Limits(max_exchanges=2), lambda: 0.0)), extended=False
    )
    with pytest.raises(CardStalled, match="exchanges"):
        exchange(READ)


def test_a_long_command_without_extended_length() -> None:
    """Cut into a chain: the class byte tells that more follows, the last part has the Le."""
    sent: list[CommandApdu] = []
    well = ResponseApdu(b"", 0x9000)
    data = bytes(range(256)) * 2
    exchange = short_form(saying([well, well, ResponseApdu(b"end", 0x9000)], sent))
    assert exchange(CommandApdu(0x00, 0x86, 0x00, 0x00, data, le=EXTENDED_LE)).data == b"end"
    assert [(c.cla, len(c.data), c.le) for c in sent] == [
        (0x10, 255, None),
        (0x10, 255, None),
        (0x00, 2, SHORT_LE),
    ]
    assert b"".join(c.data for c in sent) == data


def test_a_chain_that_is_refused() -> None:
    """The card's status is the answer, and no further part is sent."""
    sent: list[CommandApdu] = []
    refusal = ResponseApdu(b"", 0x6884)
    exchange = short_form(saying([refusal], sent))
    assert exchange(CommandApdu(0x00, 0x86, 0x00, 0x00, bytes(600))) == refusal
    assert len(sent) == 1


def test_a_long_command_with_extended_length() -> None:
    """It goes out whole, as does one whose answer alone needs the form."""
    for command in (
        CommandApdu(0x00, 0x86, 0x00, 0x00, bytes(600), le=EXTENDED_LE),
        CommandApdu(0x00, 0xB0, 0x00, 0x00, le=240, wide=True),
    ):
        sent: list[CommandApdu] = []
        transmission(saying([ResponseApdu(b"", 0x9000)], sent), extended=True)(command)
        assert sent == [command]


def test_only_the_length_is_extended() -> None:
    """Without the form, Le is cut to what the short one can ask for; no chain is begun."""
    for command in (
        CommandApdu(0x00, 0xB0, 0x00, 0x00, le=5000),
        CommandApdu(0x00, 0xB0, 0x00, 0x00, le=SHORT_LE, wide=True),
    ):
        sent: list[CommandApdu] = []
        short_form(saying([ResponseApdu(b"", 0x9000)], sent))(command)
        assert sent == [CommandApdu(0x00, 0xB0, 0x00, 0x00, le=SHORT_LE)]


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("exact", [False, True])
@given(
    data=st.binary(max_size=700),
    answer=st.binary(max_size=2000),
    room=st.integers(1, 256),
    sw=st.sampled_from([0x9000, 0x6282, 0x6A82]),
)
def test_secure_messaging_on_a_short_line(
    suite: CipherSuite, exact: bool, data: bytes, answer: bytes, room: int, sw: int
) -> None:
    """Chains, parts and named lengths beneath it: the session sees one command and one answer."""
    chip, session = session_of(suite)
    command = CommandApdu(0x00, 0xA4, 0x00, 0x00, data, le=EXTENDED_LE)

    def card(sent: CommandApdu) -> ResponseApdu:
        assert chip.open(sent) == command
        return chip.protect(answer, sw)

    secure = session.over(transmission(ShortLine(card, room, exact), extended=False))
    for _ in range(2):
        assert secure(command) == ResponseApdu(answer, sw)
    assert session.counter == chip.counter == 4


@pytest.mark.parametrize("suite", SUITES)
def test_a_bare_6cxx_under_secure_messaging(suite: CipherSuite) -> None:
    """The very same protected bytes again, only the outer Le differs; the counter stays."""
    chip, session = session_of(suite)
    sent: list[CommandApdu] = []

    def card(command: CommandApdu) -> ResponseApdu:
        sent.append(command)
        if len(sent) == 1:
            return ResponseApdu(b"", 0x6C20)
        chip.open(command)
        return chip.protect(b"data", 0x9000)

    assert session.over(transmission(card, extended=False))(READ).data == b"data"
    assert (sent[0].header, sent[0].data) == (sent[1].header, sent[1].data)
    assert (sent[0].le, sent[1].le) == (SHORT_LE, 0x20)
    assert session.counter == chip.counter == 2


@pytest.mark.parametrize("suite", SUITES)
def test_a_protected_6cxx(suite: CipherSuite) -> None:
    """It is an answer: it goes up, nothing is sent again, both sides have counted it."""
    chip, session = session_of(suite)
    sent: list[CommandApdu] = []

    def card(command: CommandApdu) -> ResponseApdu:
        sent.append(command)
        chip.open(command)
        return chip.protect(b"", 0x6C20)

    assert session.over(transmission(card, extended=False))(READ) == ResponseApdu(b"", 0x6C20)
    assert len(sent) == 1
    assert session.counter == chip.counter == 2


def test_a_part_that_gets_lost_under_secure_messaging() -> None:
    """What was joined is no protected answer, so the session ends."""
    chip, session = session_of(CipherSuite.AES_128)

    def card(command: CommandApdu) -> ResponseApdu:
        if command.ins == 0xC0:
            return ResponseApdu(b"", 0x6F00)
        chip.open(command)
        return ResponseApdu(chip.protect(bytes(300), 0x9000).data[:256], 0x6140)

    with pytest.raises(ChannelBroken):
        session.over(transmission(card, extended=False))(READ)


def test_a_reading_given_up() -> None:
    """Asked before each command; nothing is sent then, and the session stays in step."""
    chip, session = session_of(CipherSuite.AES_128)
    answers = iter([False, True, False])

    def card(command: CommandApdu) -> ResponseApdu:
        chip.open(command)
        return chip.protect(b"data", 0x9000)

    secure = cancellable(session.over(card), lambda: next(answers))
    assert secure(READ).ok
    with pytest.raises(ReadingCancelled) as caught:
        secure(READ)
    assert caught.value.next_step
    assert session.counter == chip.counter == 2
    assert secure(READ).ok


@given(
    st.lists(st.tuples(st.binary(max_size=20), st.integers(0x6000, 0x9FFF)), max_size=12),
    st.booleans(),
    st.integers(0, 600),
)
def test_any_answers(answers: list[tuple[bytes, int]], extended: bool, size: int) -> None:
    """Whatever comes, only an answer or a ReaderError comes of it."""
    repeated = [ResponseApdu(*answer) for answer in answers] + [ResponseApdu(b"", 0x9000)] * 9
    exchange = transmission(saying(repeated, []), extended=extended)
    with contextlib.suppress(ReaderError):
        assert exchange(CommandApdu(0x00, 0xA4, 0x00, 0x00, bytes(size), le=EXTENDED_LE)).sw
