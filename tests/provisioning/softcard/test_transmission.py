"""Commands and answers in pieces, and what a chip takes at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from provisioning.softcard.chip import Chip
from provisioning.softcard.image import Behaviour, CardImage, ChipAuth, ChipAuthKey
from provisioning.softcard.protocols import Agreement, ChipAuthProtocol
from provisioning.softcard.suite import Suite
from tests.provisioning.softcard import opening, terminal
from tests.provisioning.softcard.conftest import AID
from tests.provisioning.softcard.opening import Refusal
from tests.provisioning.softcard.terminal import Session
from tests.provisioning.softcard.test_proofs import in_pieces

MakeImage = Callable[..., CardImage]

CAN = opening.password("123456", can=True)
BIG = bytes(range(256)) * 4
SELECT = "00A4020C02011C"


def _chip(make_image: MakeImage, **behaviour: Any) -> Chip:
    files = {0x011C: BIG}
    return Chip(make_image(mf_files=files, behaviour=Behaviour(**behaviour)))


def _send(chip: Chip, *commands: str) -> str:
    answer = b""
    for command in commands:
        answer = chip.transmit(bytes.fromhex(command))
    return answer.hex().upper()


def _opened(chip: Chip) -> Session:
    run = opening.pace(chip.transmit, "ECDH-GM", "AES-128", 12, CAN, can=True)
    assert run.session.ask("00A4040C", AID) == "9000"
    return run.session


@pytest.mark.parametrize("command", ["00B09C00000000", "00A4020C000002011C", "00A4020C000002"])
def test_a_chip_without_extended_length(make_image: MakeImage, command: str) -> None:
    """Every extended form is a wrong length; the short ones work as ever."""
    chip = _chip(make_image, extended_length=False)
    assert _send(chip, command) == "6700"
    assert _send(chip, "00B09C0004") == "000102039000"
    assert len(_send(chip, "00B09C0000")) == 2 * 258


def test_a_chip_that_gives_256_bytes_at_most(make_image: MakeImage) -> None:
    """Asked for more, in whichever form, it refuses; extended fields of less are taken."""
    chip = _chip(make_image, max_le=256)
    assert _send(chip, "00B09C00000000") == "6700"
    assert _send(chip, "00B09C00000101") == "6700"
    assert len(_send(chip, "00B09C00000100")) == 2 * 258
    assert len(_send(chip, "00B09C0000")) == 2 * 258


def test_256_bytes_at_most_under_secure_messaging(make_image: MakeImage) -> None:
    """What counts is the length inside; the refusal is protected and ends no session."""
    session = _opened(_chip(make_image, max_le=256))
    assert session.ask("00B08200", le=b"\x00\x00", extended=True) == "6700"
    assert len(session.ask("00B08200", le=b"\x01\x00", extended=True)) == 4 + 2 * 256


def test_a_small_answer_buffer(make_image: MakeImage) -> None:
    """All there is means what the buffer holds; a number beyond it is refused."""
    chip = _chip(make_image, answer_buffer=300)
    assert len(_send(chip, "00B09C00000000")) == 2 * 302
    assert _send(chip, "00B09C0000012D") == "6700"
    session = _opened(chip)
    plain = session.ask("00B08200", le=b"\x00\x00", extended=True)
    assert len(plain) == 4 + 2 * 271  # 17 blocks of 16 less one, in an answer of 300 bytes


def test_a_small_command_buffer(make_image: MakeImage) -> None:
    """A longer command is refused before it is looked at, whole or in pieces."""
    chip = _chip(make_image, command_buffer=260, command_chaining=True)
    assert _send(chip, "00A4020C0000FF" + "00" * 255) == "6700"
    assert _send(chip, "00A4020C0000FC" + "00" * 252) == "6700"
    piece = "10A4020CC8" + "00" * 200
    assert _send(chip, piece) == "9000"
    assert _send(chip, piece) == "6700"
    assert _send(chip, SELECT) == "9000"


def test_an_answer_in_pieces(make_image: MakeImage) -> None:
    """61xx tells what waits, 00 for 256 and more; GET RESPONSE fetches it, in any portions."""
    chip = _chip(make_image, response_block=100)
    first = _send(chip, SELECT, "00B00000000000")
    assert first == BIG[:100].hex().upper() + "6100"
    assert _send(chip, "00C0000064") == BIG[100:200].hex().upper() + "6100"
    assert _send(chip, "00C000000A") == BIG[200:210].hex().upper() + "6100"
    rest = in_pieces(chip)(bytes.fromhex("00C0000000"))
    assert rest == BIG[210:] + b"\x90\x00"
    assert _send(chip, "00C0000000") == "6985"


def test_the_last_piece_brings_the_status(make_image: MakeImage) -> None:
    """The end of the file is told where the answer ends."""
    chip = _chip(make_image, response_block=100)
    assert _send(chip, SELECT, "00B00390C0") == BIG[0x390 : 0x390 + 100].hex().upper() + "610C"
    assert _send(chip, "00C0000000") == BIG[0x390 + 100 :].hex().upper() + "6282"


def test_a_piece_asked_for_wrongly(make_image: MakeImage) -> None:
    """Without Le nothing comes, and nothing is lost; any other command drops what waits."""
    chip = _chip(make_image, response_block=100)
    _send(chip, SELECT, "00B0000000")
    assert _send(chip, "00C00000") == "6700"
    assert _send(chip, "00C0000004") == BIG[100:104].hex().upper() + "6198"
    _send(chip, SELECT)
    assert _send(chip, "00C0000004") == "6985"


def test_a_chip_that_gives_answers_whole(make_image: MakeImage) -> None:
    """It has never heard of GET RESPONSE."""
    assert _send(_chip(make_image), "00C0000000") == "6D00"


def test_protected_answers_in_pieces(make_image: MakeImage) -> None:
    """The pieces lie below secure messaging: fetched in plain, they end no session."""
    chip = _chip(make_image, response_block=256, extended_length=False)
    session = _opened(chip)
    session.transmit = in_pieces(chip)
    assert len(session.ask("00B08200", le=b"\x00")) == 4 + 2 * 256
    assert session.ask("00B08100", le=b"\x00") == "90006108" + bytes(range(8)).hex()


def _pieces(chip: Chip, header: bytes, field: bytes) -> Callable[[bytes], bytes]:
    """Send all but the last piece of a long data field; return what sends the last."""
    parts = [field[start : start + 200] for start in range(0, len(field), 200)]
    for part in parts[:-1]:
        piece = bytes([header[0] | 0x10]) + header[1:] + bytes([len(part)]) + part
        assert chip.transmit(piece) == b"\x90\x00"
    last = header + bytes([len(parts[-1])]) + parts[-1] + b"\x00"
    return lambda _ignored: chip.transmit(last)


def test_a_long_command_in_pieces(make_image: MakeImage) -> None:
    """A public key of 2048 bits reaches a chip without extended length, protected, in pieces."""
    key = ChipAuthKey(2, b"\x07", None, (ChipAuthProtocol(Agreement.DH, Suite.AES_128),))
    behaviour = Behaviour(command_chaining=True, extended_length=False)
    chip = Chip(make_image(chip_auth=ChipAuth((key,)), behaviour=behaviour))
    session = _opened(chip)
    oid = bytes.fromhex("04007F00070202030102")
    assert session.ask("002241A4", terminal.tlv(0x80, oid)) == "9000"
    secret = opening.secret_of(2)
    data = terminal.tlv(0x7C, terminal.tlv(0x80, opening.public(2, secret)))
    header = bytes.fromhex("0C860000")
    field = session.protect(header, data, b"\x00")
    assert len(field) > 255
    answer = _pieces(chip, header, field)(b"")
    assert session.open(answer) == (0x9000, b"\x7c\x00")
    chip_public = opening.public(2, 7)
    shared = opening.agreed(2, opening.public(2, secret, chip_public))
    new = Session(chip.transmit, terminal.session_keys("AES-128", shared))
    assert new.ask("00B08100", le=b"\x00").startswith("9000")


def test_a_chain_that_is_broken_off(make_image: MakeImage) -> None:
    """Another command between the pieces is done for itself, and the pieces are forgotten."""
    chip = _chip(make_image, command_chaining=True)
    assert _send(chip, "10A4020C0101") == "9000"
    assert _send(chip, "00B09C0002") == "00019000"
    assert _send(chip, "00A4020C011C") == "6700"
    assert _send(chip, "10A4020C0101", "00A4020C011C") == "9000"


def test_a_piece_in_plain_ends_a_session(make_image: MakeImage) -> None:
    """As every plain command does."""
    chip = _chip(make_image, command_chaining=True)
    session = _opened(chip)
    assert _send(chip, "10A4020C0101") == "9000"
    field = session.protect(bytes.fromhex("0CB08100"), le=b"\x00")
    late = chip.transmit(terminal.wire(bytes.fromhex("0CB08100"), field))
    assert late.hex() == "6988"


def test_pieces_that_the_chip_does_not_take(make_image: MakeImage) -> None:
    """Chaining is for PACE alone unless the chip says otherwise."""
    chip = _chip(make_image)
    assert _send(chip, "10A4020C0101") == "6884"
    assert _send(chip, "1CA4020C0101") == "6884"
    with pytest.raises(Refusal, match="6985"):
        opening.step(chip.transmit, os.urandom(4))
