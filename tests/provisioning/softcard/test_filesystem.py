"""Selecting and reading files, by the words of ISO/IEC 7816-4."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.command import MAX_ANSWER, Command, Refused
from provisioning.softcard.filesystem import FileSystem, Opened
from provisioning.softcard.image import CardImage

MakeImage = Callable[..., CardImage]

CARD_ACCESS = "31143012060A04007F0007020204020202010202010C"


def _send(chip: Chip, *commands: str) -> str:
    answer = b""
    for command in commands:
        answer = chip.transmit(bytes.fromhex(command))
    return answer.hex().upper()


@pytest.fixture
def chip(make_image: MakeImage) -> Chip:
    """Return a chip just powered."""
    return Chip(make_image())


@pytest.mark.parametrize(
    "selection",
    ["00A4020C02011C", "00A4000C02011C", "00A4000C023F00", "00A4000C", "00A4040C07A0000002471001"],
)
def test_selections_that_succeed_in_plain(chip: Chip, selection: str) -> None:
    """The master file, the file in front of every access protocol, and the application."""
    assert _send(chip, selection) == "9000"


@pytest.mark.parametrize(
    ("selection", "status"),
    [
        ("00A4020C02010A", "6A82"),
        ("00A4020C02011D", "6982"),
        ("00A4040C07A0000002471002", "6A82"),
        ("00A4040C", "6A82"),
        ("00A4020C03011C00", "6700"),
        ("00A4030C", "6A86"),
        ("00A4020D02011C", "6A86"),
    ],
)
def test_selections_that_fail(chip: Chip, selection: str, status: str) -> None:
    """Absent, protected, malformed: each has its status word."""
    assert _send(chip, selection) == status


def test_file_control_information_on_request(chip: Chip) -> None:
    """P2 00 with Le describes what was selected; a short Le is told the exact length."""
    assert _send(chip, "00A4020002011C00") == "6F08800200168302011C9000"
    assert _send(chip, "00A4020002011C05") == "6C0A"
    assert _send(chip, "00A4040007A000000247100100") == "6F098407A00000024710019000"
    assert _send(chip, "00A40000023F0000") == "6F0483023F009000"


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (("00A4020C02011C", "00B0000000"), CARD_ACCESS + "9000"),
        (("00A4020C02011C", "00B00000000000"), CARD_ACCESS + "9000"),
        (("00A4020C02011C", "00B0000004"), CARD_ACCESS[:8] + "9000"),
        (("00A4020C02011C", "00B0001402"), CARD_ACCESS[40:44] + "9000"),
        (("00A4020C02011C", "00B0001400"), CARD_ACCESS[40:] + "9000"),
        (("00A4020C02011C", "00B0001403"), CARD_ACCESS[40:] + "6282"),
        (("00A4020C02011C", "00B00000000100"), CARD_ACCESS + "6282"),
        (("00A4020C02011C", "00B0001601"), "6B00"),
        (("00A4020C02011C", "00B07FFF01"), "6B00"),
        (("00A4020C02011C", "00B00000"), "6700"),
        (("00A4020C02011C", "00B00000010000"), "6700"),
        (("00B09C0000",), CARD_ACCESS + "9000"),
        (("00B09C1400",), CARD_ACCESS[40:] + "9000"),
        (("00B09C0002", "00B0000202"), CARD_ACCESS[4:8] + "9000"),
        (("00B09D0000",), "6982"),
        (("00B0810000",), "6A82"),
        (("00B0BC0000",), "6A86"),
        (("00B0000000",), "6986"),
        (("00A4020C02011C", "00A4000C023F00", "00B0000000"), "6986"),
    ],
)
def test_reading_in_plain(chip: Chip, commands: tuple[str, ...], answer: str) -> None:
    """Offsets, short identifiers and both Le forms; the ends of the file as the standard says."""
    assert _send(chip, *commands) == answer


def test_a_reset_selects_the_master_file(chip: Chip) -> None:
    """After power-on no file is current and the master file is."""
    _send(chip, "00A4040C07A0000002471001")
    chip.reset()
    assert _send(chip, "00B09C0002") == "31149000"


def test_hidden_files_are_not_there(make_image: MakeImage) -> None:
    """Opened, a hidden file answers as an absent one does."""
    files = FileSystem(make_image(hidden=frozenset({0x010E})))
    files.select(Command(0x0C, 0xA4, 4, 0x0C, bytes.fromhex("A0000002471001")), Opened.PACE)
    for command in (
        Command(0x0C, 0xA4, 2, 0x0C, b"\x01\x0e"),
        Command(0x0C, 0xA4, 2, 0x0C, b"\x01\x0d"),
    ):
        with pytest.raises(Refused, match="6A82"):
            files.select(command, Opened.PACE)
    with pytest.raises(Refused, match="6A82"):
        files.read(Command(0x0C, 0xB0, 0x8E, 0, ne=256, ne_is_max=True), Opened.PACE)
    assert files.read(Command(0x0C, 0xB0, 0x8F, 0, ne=256, ne_is_max=True), Opened.PACE).data


def test_a_file_larger_than_one_answer(make_image: MakeImage) -> None:
    """An extended Le brings as much as the chip's buffer holds, and the rest by offset."""
    content = bytes(range(256)) * 255
    chip = Chip(make_image(mf_files={0x011C: content}))
    whole = chip.transmit(bytes.fromhex("00B09C00000000"))
    assert whole == content[:MAX_ANSWER] + b"\x90\x00"
    rest = chip.transmit(bytes.fromhex("00B07FFF000000"))
    assert rest == content[0x7FFF:] + b"\x90\x00"
