"""A PIN: what may be one, and what is kept of it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import PinUnfit
from edge.people.pin import COST, MAX_MEMORY, Cost, PinFault, PinRecord, fault_of, make
from tests.edge.people.made import CHEAP, PIN


def test_the_cost_of_a_derivation() -> None:
    """16 MiB and three passes: bearable on the slowest board, within the terminal's memory."""
    assert (COST.n, COST.r, COST.p) == (16_384, 8, 3)
    assert COST.memory == 16 * 1024 * 1024 <= MAX_MEMORY


def test_the_derivation_is_scrypt() -> None:
    """RFC 7914, as the standard library computes it too, with the shipped cost."""
    record = make(PIN, rng=lambda size: b"\x07" * size)
    expected = hashlib.scrypt(
        PIN.encode(), salt=b"\x07" * 16, n=COST.n, r=COST.r, p=COST.p, maxmem=2**26, dklen=32
    )
    assert (record.cost, record.key) == (COST, expected)
    assert record.matches(PIN)


@pytest.mark.parametrize(
    ("n", "r", "p"), [(0, 8, 1), (1, 8, 1), (3, 8, 1), (2**16, 8, 1), (16, 0, 1), (16, 1, 17)]
)
def test_a_cost_that_nobody_could_pay(n: int, r: int, p: int) -> None:
    """A file cannot make the terminal spend a gigabyte, or nothing at all."""
    with pytest.raises(ValueError, match="not allowed"):
        Cost(n, r, p)


@pytest.mark.parametrize(
    ("pin", "fault"),
    [
        ("", PinFault.DIGITS),
        ("12345a", PinFault.DIGITS),
        ("１２３７５６", PinFault.DIGITS),
        ("٢٧١٨٢٨", PinFault.DIGITS),
        ("27182", PinFault.LENGTH),
        ("2718281828459", PinFault.LENGTH),
        ("000000", PinFault.SIMPLE),
        ("121212", PinFault.SIMPLE),
        ("123456", PinFault.SIMPLE),
        ("890123", PinFault.SIMPLE),
        ("987654", PinFault.SIMPLE),
        ("210987", PinFault.SIMPLE),
        ("271828", None),
        ("112358132134", None),
    ],
)
def test_what_may_be_a_pin(pin: str, fault: PinFault | None) -> None:
    """Six to twelve digits, and not those that are guessed first."""
    assert fault_of(pin) is fault
    if fault is not None:
        with pytest.raises(PinUnfit) as refused:
            make(pin, CHEAP)
        assert refused.value.fault == fault
        assert refused.value.next_step


@given(st.text(st.sampled_from("0123456789"), min_size=6, max_size=12))
def test_another_pin(given_pin: str) -> None:
    """Only the PIN itself matches its record, of whatever length."""
    record = make(PIN, CHEAP)
    assert record.matches(given_pin) is (given_pin == PIN)


def test_two_records_of_one_pin() -> None:
    """Nothing shows that two roles have the same PIN."""
    one, other = make(PIN, CHEAP), make(PIN, CHEAP)
    assert one.salt != other.salt
    assert one.key != other.key


def test_a_record_is_shown() -> None:
    """Without salt and key."""
    shown = repr(PinRecord(CHEAP, b"salt-salt", b"key-key"))
    assert "salt-salt" not in shown
    assert "key-key" not in shown
