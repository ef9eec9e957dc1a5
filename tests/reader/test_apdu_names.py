"""Names of commands and status words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.apdu import INS, SW
from reader.apdu_names import command_name, status_name


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("00A4040C08A0000002471001 01", "SELECT application A000000247100101"),
        ("00A4000C023F00", "SELECT file 3F00"),
        ("00A4020C02011C", "SELECT EF 011C"),
        ("00A4000C", "SELECT file"),
        ("00A4080C", "SELECT P1 08"),
        ("0CA4040C1D871101", "SM SELECT application"),
        ("00B09C0000", "READ BINARY sfi 1C offset 0"),
        ("00B09C0A00", "READ BINARY sfi 1C offset 10"),
        ("0CB0010000", "SM READ BINARY offset 256"),
        ("00B1000004540200FF00", "READ BINARY (odd)"),
        ("00B1001E04540200FF00", "READ BINARY (odd) sfi 1E"),
        ("0022C1A40F80", "MSE:Set AT (PACE)"),
        ("0C2241A40F80", "SM MSE:Set AT (chip authentication)"),
        ("0C2241A60F80", "SM MSE:Set KAT (chip authentication)"),
        ("00220102", "MSE P1-P2 0102"),
        ("1086000002", "GENERAL AUTHENTICATE (part of a chain)"),
        ("00860000027C0000", "GENERAL AUTHENTICATE"),
        ("0C88000008", "SM INTERNAL AUTHENTICATE"),
        ("0084000008", "GET CHALLENGE"),
        ("0082000028", "EXTERNAL AUTHENTICATE"),
        ("00C0000000", "GET RESPONSE"),
        ("80CA9F7F00", "GET DATA"),
        ("FFCA000000", "GET DATA"),
        ("00FE0000", "INS FE"),
        ("00A4", "malformed command"),
        ("", "malformed command"),
    ],
)
def test_a_command(command: str, name: str) -> None:
    """By the name of the standard, with what tells one use of it from another."""
    assert command_name(bytes.fromhex(command)) == name


@pytest.mark.parametrize(
    ("sw", "name"),
    [
        (0x9000, "9000 ok"),
        (0x6A82, "6A82 file or application not found"),
        (0x6982, "6982 security status not satisfied"),
        (0x63C2, "63C2 verification failed, tries left: 2"),
        (0x6300, "6300 authentication failed"),
        (0x6C10, "6C10 wrong Le, 16 bytes there"),
        (0x6100, "6100 256 bytes more"),
        (0x1234, "1234 not named by the standard"),
    ],
)
def test_a_status_word(sw: int, name: str) -> None:
    """Its four digits, and what it means."""
    assert status_name(sw) == name


def test_whatever_the_reader_knows_has_a_name() -> None:
    """No instruction that it sends and no status word that it acts on is a mere number."""
    for ins in _numbers(INS):
        assert not command_name(bytes([0x00, ins, 0x00, 0x00])).startswith("INS")
    for sw in _numbers(SW):
        assert "not named" not in status_name(sw)


def _numbers(names: type) -> list[int]:
    found = [value for name, value in vars(names).items() if name.isupper()]
    assert len(found) > 5
    return found


@given(st.binary(max_size=40), st.integers(0, 0xFFFF))
def test_any_bytes(command: bytes, sw: int) -> None:
    """Whatever passes has a name, on one line."""
    assert command_name(command).isprintable()
    assert status_name(sw).startswith(f"{sw:04X} ")
