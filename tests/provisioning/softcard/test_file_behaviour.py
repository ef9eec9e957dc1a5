"""The ways in which chips differ over their files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import Behaviour, CardImage, FileEnd
from tests.provisioning.softcard import opening
from tests.provisioning.softcard.conftest import AID

MakeImage = Callable[..., CardImage]

CAN = opening.password("123456", can=True)
FIFTY = bytes(range(50))
LARGE = bytes(number * 7 % 256 for number in range(100_000))


def _chip(make_image: MakeImage, content: bytes = FIFTY, **behaviour: Any) -> Chip:
    return Chip(make_image(mf_files={0x011C: content}, behaviour=Behaviour(**behaviour)))


def _send(chip: Chip, *commands: str) -> str:
    answer = b""
    for command in commands:
        answer = chip.transmit(bytes.fromhex(command))
    return answer.hex().upper()


def test_no_master_file(make_image: MakeImage) -> None:
    """SELECT of 3F00 is an unknown instruction; its files are there all the same."""
    chip = _chip(make_image, master_file=False)
    for select in ("00A4000C023F00", "00A4000C", "00A40000023F0000"):
        assert _send(chip, select) == "6D00"
    assert _send(chip, "00A4020C02011C", "00B0000002") == "00019000"


@pytest.mark.parametrize("status", ["6A86", "6A82"])
def test_no_short_identifiers(make_image: MakeImage, status: str) -> None:
    """Both instructions refuse them; selection by identifier works."""
    chip = _chip(make_image, no_short_identifiers=status)
    assert _send(chip, "00B09C0000") == status
    assert _send(chip, "00B1001C03540100" + "00") == status
    assert _send(chip, "00B1011C03540100" + "04") == "5302" + "0001" + "9000"
    assert _send(chip, "00A4020C02011C", "00B0000002") == "00019000"


@pytest.mark.parametrize(
    ("end", "command", "answer"),
    [
        ("warn", "00B0002000", FIFTY[32:].hex() + "9000"),
        ("warn", "00B0002014", FIFTY[32:].hex() + "6282"),
        ("always", "00B0002000", FIFTY[32:].hex() + "6282"),
        ("always", "00B0002014", FIFTY[32:].hex() + "6282"),
        ("silent", "00B0002000", FIFTY[32:].hex() + "9000"),
        ("silent", "00B0002014", FIFTY[32:].hex() + "9000"),
        ("exact", "00B0002000", "6C12"),
        ("exact", "00B0002014", "6C12"),
        *((end, "00B0002012", FIFTY[32:].hex() + "9000") for end in FileEnd),
        *((end, "00B0003201", "6B00") for end in FileEnd),
    ],
)
def test_the_end_of_a_file(make_image: MakeImage, end: str, command: str, answer: str) -> None:
    """A read beyond the end; what was asked for exactly is given by all alike."""
    chip = _chip(make_image, file_end=FileEnd(end))
    assert _send(chip, "00A4020C02011C", command) == answer.upper()


def test_an_exact_length_that_no_status_word_names(make_image: MakeImage) -> None:
    """256 bytes are told as 6C00; more than that come without a refusal."""
    chip = _chip(make_image, bytes(300), file_end=FileEnd.EXACT)
    assert _send(chip, "00A4020C02011C", "00B0002C000200") == "6C00"
    assert len(_send(chip, "00B00000000200")) == 2 * 302


def test_short_reads(make_image: MakeImage) -> None:
    """However much is asked for, a read brings so many bytes, and is no warning."""
    chip = _chip(make_image, read_limit=16)
    assert _send(chip, "00A4020C02011C", "00B0000000") == FIFTY[:16].hex().upper() + "9000"
    assert _send(chip, "00B0000020") == FIFTY[:16].hex().upper() + "9000"
    assert _send(chip, "00B0003000") == FIFTY[48:].hex().upper() + "9000"
    assert _send(chip, "00B0000004") == "000102039000"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("00B1000003540100" + "06", "5304" + LARGE[:4].hex() + "9000"),
        ("00B1000004540280" + "00" + "06", "5304" + LARGE[0x8000:0x8004].hex() + "9000"),
        ("00B1001C03540101" + "06", "5304" + LARGE[1:5].hex() + "9000"),
        ("00B1011C03540102" + "06", "5304" + LARGE[2:6].hex() + "9000"),
        ("00B1000005540301869F" + "06", "5301" + LARGE[99_999:].hex() + "6282"),
        ("00B1000005540301869F" + "00", "5301" + LARGE[99_999:].hex() + "9000"),
        ("00B100000554030186A0" + "00", "6B00"),
        ("00B1000006540400000000" + "05", "5303" + LARGE[:3].hex() + "9000"),
        ("00B1000003540100" + "80", "537E" + LARGE[:126].hex() + "9000"),
        ("00B1000003540100" + "81", "537F" + LARGE[:127].hex() + "9000"),
        ("00B1000003540100" + "82", "537F" + LARGE[:127].hex() + "9000"),
        ("00B1000003540100" + "83", "538180" + LARGE[:128].hex() + "9000"),
        ("00B1000003540100" + "00", "5381FD" + LARGE[:253].hex() + "9000"),
        ("00B1000003540100", "6700"),
        ("00B1000007540500000000" + "0000", "6A80"),
        ("00B10000025400" + "00", "6A80"),
        ("00B1000003530100" + "00", "6A80"),
        ("00B1000000", "6A80"),
        ("00B1001D03540100" + "00", "6A82"),
        ("00B1011D03540100" + "00", "6A82"),
    ],
)
def test_reading_with_an_odd_instruction(make_image: MakeImage, command: str, answer: str) -> None:
    """Offset in object 54, data in object 53, whose head counts among the bytes asked for."""
    chip = _chip(make_image, LARGE)
    assert _send(chip, "00A4020C02011C", command) == answer.upper()


def test_odd_reads_of_the_upper_part_alone(make_image: MakeImage) -> None:
    """Some chips take the odd instruction from 32 kB upward, and some not at all."""
    chip = _chip(make_image, LARGE, odd_read_from=32_768)
    assert _send(chip, "00A4020C02011C", "00B1000004540" + "27FFF06") == "6B00"
    assert _send(chip, "00B1000004540280" + "0006").startswith("5304")
    older = _chip(make_image, LARGE, odd_read=False)
    assert _send(older, "00A4020C02011C", "00B1000003540100" + "00") == "6D00"


def test_an_odd_read_under_secure_messaging(make_image: MakeImage) -> None:
    """Command and answer go in object 85, without a padding indicator."""
    chip = Chip(make_image(app_files={0x0102: LARGE}))
    run = opening.pace(chip.transmit, "ECDH-GM", "AES-128", 12, CAN, can=True)
    assert run.session.ask("00A4040C", AID) == "9000"
    assert run.session.ask("00A4020C", b"\x01\x02") == "9000"
    answer = run.session.ask("00B10000", bytes.fromhex("54028000"), b"\x06")
    assert answer == "90005304" + LARGE[0x8000:0x8004].hex().upper()
    whole = run.session.ask("00B10000", bytes.fromhex("54028000"), b"\x00")
    assert whole == "900053" + "81DC" + LARGE[0x8000 : 0x8000 + 220].hex().upper()
    assert run.session.ask("00B10002", bytes.fromhex("540100"), b"\x04").startswith("90005302")


def test_a_file_of_more_than_two_length_bytes(make_image: MakeImage) -> None:
    """Its description has three."""
    chip = _chip(make_image, LARGE)
    assert _send(chip, "00A4020002011C00") == "6F09" + "80030186A0" + "8302011C" + "9000"


def test_the_free_files(make_image: MakeImage) -> None:
    """EF.DIR and EF.ATR/INFO are read before anything is proved."""
    files = {0x2F00: b"\x61\x00", 0x2F01: b"\x47\x00"}
    chip = Chip(make_image(mf_files=files))
    assert _send(chip, "00A4020C022F00", "00B0000000") == "61009000"
    assert _send(chip, "00B0810000") == "47009000"
