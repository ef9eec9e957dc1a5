"""A session of secure messaging over time: turns, counters, what ends it and what does not."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.softcard.channel import SecureMessaging as SoftCardSide
from provisioning.softcard.command import Answer, Command
from provisioning.softcard.suite import Suite
from reader.apdu import EXTENDED_DATA, EXTENDED_LE, CommandApdu, Exchange, ResponseApdu
from reader.channel.kdf import CipherSuite, SessionKeys
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import CardRemoved, ChannelBroken
from tests.reader.channel.chip_side import ChipSide, SmError

READ = CommandApdu(0x00, 0xB0, 0x81, 0x00, le=0xDF)
SUITES = list(CipherSuite)


def keys_of(suite: CipherSuite) -> SessionKeys:
    """Return some keys of the suite."""
    material = bytes(range(64))
    return SessionKeys(suite, material[: suite.key_size], material[-suite.key_size :])


def answering(
    chip: ChipSide, answers: list[tuple[bytes, int]], heard: list[CommandApdu]
) -> Exchange:
    """Return the line to a chip that gives these answers, one after the other, then repeats."""

    def exchange(command: CommandApdu) -> ResponseApdu:
        try:
            heard.append(chip.open(command))
        except SmError:
            return ResponseApdu(b"", 0x6988)
        return chip.protect(*answers[(len(heard) - 1) % len(answers)])

    return exchange


commands = st.builds(
    CommandApdu,
    cla=st.just(0x00),
    ins=st.sampled_from([0xA4, 0xB0, 0xB1, 0x88, 0x22]),
    p1=st.integers(0, 255),
    p2=st.integers(0, 255),
    data=st.binary(max_size=300),
    le=st.sampled_from([None, 1, 8, 223, 256, 257, 4096, 65536]),
    wide=st.just(False),
)
answers = st.tuples(st.binary(max_size=600), st.integers(0x6200, 0x9FFF))


@pytest.mark.parametrize("suite", SUITES)
@given(st.lists(st.tuples(commands, answers), max_size=12))
def test_any_sequence_of_good_and_refused_commands(
    suite: CipherSuite, exchanges: list[tuple[CommandApdu, tuple[bytes, int]]]
) -> None:
    """Each arrives as it was sent and is answered; both sides count the same all the way."""
    chip = ChipSide(keys_of(suite), counter=7)
    session = SecureMessaging(chip.keys, counter=7)
    heard: list[CommandApdu] = []
    exchange = session.over(answering(chip, [answer for _, answer in exchanges], heard))
    for command, answer in exchanges:
        assert exchange(command) == ResponseApdu(*answer)
        assert heard[-1] == command
        assert session.counter == chip.counter
    assert session.counter == 7 + 2 * len(exchanges)


@pytest.mark.parametrize("suite", SUITES)
@given(st.lists(st.tuples(commands, answers), max_size=8))
def test_any_sequence_with_the_software_card(
    suite: CipherSuite, exchanges: list[tuple[CommandApdu, tuple[bytes, int]]]
) -> None:
    """The same against the software card's own channel."""
    keys = keys_of(suite)
    card = SoftCardSide(keys.enc, keys.mac, 7, Suite[suite.name])
    session = SecureMessaging(keys, counter=7)
    for command, answer in exchanges:
        received = card.open_command(Command.from_bytes(session.protect(command).to_bytes()))
        assert (received.data, received.ne) == (command.data, command.le)
        raw = card.protect(Answer(*answer), odd=bool(command.ins & 1)).to_bytes()
        assert session.unprotect(ResponseApdu.from_bytes(raw)) == ResponseApdu(*answer)


@pytest.mark.parametrize("suite", SUITES)
def test_a_counter_at_its_end(suite: CipherSuite) -> None:
    """It wraps at the block's size, as the chip's does: BAC may begin close to the end."""
    last = (1 << 8 * suite.block) - 1
    chip = ChipSide(keys_of(suite), counter=last)
    session = SecureMessaging(chip.keys, counter=last)
    exchange = session.over(answering(chip, [(b"data", 0x9000)], []))
    for _ in range(2):
        assert exchange(READ).data == b"data"
    assert session.counter == chip.counter == 3


@pytest.mark.parametrize("sw", [0x6282, 0x6700, 0x6982, 0x6A82, 0x6B00, 0x6C10, 0x6D00, 0x6F00])
def test_an_error_under_protection(sw: int) -> None:
    """It is an answer like any other: the session goes on, and in step."""
    chip = ChipSide(keys_of(CipherSuite.TDES))
    exchange = SecureMessaging(chip.keys).over(answering(chip, [(b"", sw), (b"d", 0x9000)], []))
    assert exchange(READ) == ResponseApdu(b"", sw)
    assert exchange(READ) == ResponseApdu(b"d", 0x9000)


@pytest.mark.parametrize("sw", [0x9000, 0x6282, 0x6982, 0x6987, 0x6988, 0x6C10, 0x6110])
def test_an_answer_without_protection(sw: int) -> None:
    """The chip has thrown its keys away (section 9.8.5): it is over, and nothing more is sent."""
    sent: list[CommandApdu] = []

    def lower(command: CommandApdu) -> ResponseApdu:
        sent.append(command)
        return ResponseApdu(b"", sw)

    exchange = SecureMessaging(keys_of(CipherSuite.AES_128)).over(lower)
    for _ in range(2):
        with pytest.raises(ChannelBroken):
            exchange(READ)
    assert len(sent) == 1


def test_a_card_that_leaves_in_the_middle() -> None:
    """The error of the layer below comes through; whether the chip counted nobody knows."""

    def lower(_: CommandApdu) -> ResponseApdu:
        raise CardRemoved("gone", next_step="lay it again")

    exchange = SecureMessaging(keys_of(CipherSuite.TDES)).over(lower)
    with pytest.raises(CardRemoved):
        exchange(READ)
    with pytest.raises(ChannelBroken):
        exchange(READ)


def test_an_answer_played_again() -> None:
    """The counter makes each answer good once."""
    chip = ChipSide(keys_of(CipherSuite.AES_128), counter=1)
    session = SecureMessaging(chip.keys)
    answer = chip.protect(b"data", 0x9000)
    session.protect(READ)
    assert session.unprotect(answer).data == b"data"
    session.protect(READ)
    with pytest.raises(ChannelBroken):
        session.unprotect(answer)


def test_commands_and_answers_out_of_turn() -> None:
    """Two commands without an answer between, or an answer to none: over."""
    keys = keys_of(CipherSuite.AES_128)
    session = SecureMessaging(keys)
    session.protect(READ)
    with pytest.raises(ChannelBroken):
        session.protect(READ)
    session = SecureMessaging(keys)
    with pytest.raises(ChannelBroken, match="no command"):
        session.unprotect(ChipSide(keys).protect(b"data", 0x9000))
    with pytest.raises(ChannelBroken, match="ended"):
        session.protect(READ)


@pytest.mark.parametrize(
    "command",
    [
        CommandApdu(0x00, 0xA4, 0x00, 0x00, bytes(EXTENDED_DATA)),
        CommandApdu(0x00, 0xA4, 0x00, 0x00, b"data", le=0),
        CommandApdu(0x00, 0xA4, 0x00, 0x00, b"data", le=EXTENDED_LE + 1),
        CommandApdu(0x100, 0xA4, 0x00, 0x00, b"data"),
        CommandApdu(0x00, 0xA4, 0x00, -1, b"data"),
    ],
)
def test_a_command_that_cannot_be_protected(command: CommandApdu) -> None:
    """Too long once protected, or no APDU at all: nothing was sent, so nothing was counted."""
    chip = ChipSide(keys_of(CipherSuite.AES_128))
    session = SecureMessaging(chip.keys)
    with pytest.raises(ValueError, match=r"longer|Le|byte"):
        session.protect(command)
    assert session.counter == 0
    assert session.over(answering(chip, [(b"data", 0x9000)], []))(READ).data == b"data"


@pytest.mark.parametrize("suite", SUITES)
@given(answers, st.data())
def test_any_byte_of_any_answer_changed(
    suite: CipherSuite, answer: tuple[bytes, int], data: st.DataObject
) -> None:
    """Refused, wherever it is, and whatever it becomes."""
    chip = ChipSide(keys_of(suite), counter=1)
    raw = bytearray(chip.protect(*answer).data + answer[1].to_bytes(2, "big"))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    session = SecureMessaging(chip.keys)
    session.protect(READ)
    with pytest.raises(ChannelBroken):
        session.unprotect(ResponseApdu.from_bytes(bytes(raw)))


@pytest.mark.parametrize("suite", SUITES)
@given(answers, st.data())
def test_any_answer_cut_short(
    suite: CipherSuite, answer: tuple[bytes, int], data: st.DataObject
) -> None:
    """A part of an answer is none, with whichever status word."""
    chip = ChipSide(keys_of(suite), counter=1)
    whole = chip.protect(*answer)
    end = data.draw(st.integers(0, len(whole.data) - 1))
    session = SecureMessaging(chip.keys)
    session.protect(READ)
    with pytest.raises(ChannelBroken):
        session.unprotect(ResponseApdu(whole.data[:end], whole.sw))


@pytest.mark.parametrize("suite", SUITES)
@given(st.binary(max_size=300), st.integers(0, 0xFFFF))
def test_any_objects_under_a_right_checksum(suite: CipherSuite, body: bytes, sw: int) -> None:
    """What an unlikely chip might say raises ChannelBroken, and nothing else."""
    chip = ChipSide(keys_of(suite), counter=2)
    session = SecureMessaging(chip.keys)
    session.protect(READ)
    with contextlib.suppress(ChannelBroken):
        assert session.unprotect(chip.seal(body, sw)).sw == sw
