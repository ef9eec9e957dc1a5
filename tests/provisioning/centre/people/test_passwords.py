"""A password's form and its record."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest

from provisioning.centre.people import passwords
from provisioning.centre.people.passwords import PasswordFault, fault_of, make, matches
from provisioning.centre.people.tries import FIRST_WAIT, FREE_TRIES, LONGEST_WAIT, wait_after
from provisioning.errors import PasswordUnfit
from tests.provisioning.centre.conftest import WHOLE_COST

GOOD = "con mèo trên cây"


@pytest.fixture(scope="module", autouse=True)
def password_cost() -> Iterator[None]:
    """Let a password cost what it costs at a centre."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "N", WHOLE_COST)
        yield


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        (GOOD, None),
        ("a" * 5 + "bcdefg", PasswordFault.LENGTH),
        ("abcdef" * 22, PasswordFault.LENGTH),
        ("abcabcabcabcabc", PasswordFault.SIMPLE),
        ("AaBbCcAaBbCcAaBb", PasswordFault.SIMPLE),
        ("day la Lan.TH do", PasswordFault.NAME),
    ],
)
def test_form(password: str, fault: PasswordFault | None) -> None:
    """Long enough, of several characters, without the operator's name; otherwise free."""
    assert fault_of(password, "lan.th") is fault


def test_unfit_password_makes_no_record() -> None:
    """What cannot be a password is refused where it would be kept, and the way out is said."""
    with pytest.raises(PasswordUnfit) as caught:
        make("short", "lan")
    assert "Choose another" in caught.value.next_step


def test_record_matches_its_password_alone() -> None:
    """However the keyboard composed the letters; no other, none for no record."""
    record = make(GOOD, "lan")
    assert GOOD not in record
    assert matches(unicodedata.normalize("NFD", GOOD), record)
    assert not matches(GOOD + " ", record)
    assert not matches(GOOD, None)
    assert not matches(GOOD, "")


def test_records_differ() -> None:
    """Two operators with one password do not show it."""
    assert make(GOOD, "lan") != make(GOOD, "lan")


@pytest.mark.parametrize(
    "cost", ["1048576$8$2", "32768$9$2", "32768$8$9", "32767$8$2"], ids=["n", "r", "p", "power"]
)
def test_record_of_another_cost_is_not_paid_for(cost: str) -> None:
    """A record that would take all the memory, or is none, matches nothing."""
    salt_and_key = make(GOOD, "lan").split("$", 4)[4]
    assert not matches(GOOD, f"scrypt${cost}${salt_and_key}")


def test_cost_is_what_the_page_says() -> None:
    """32 MiB for one derivation, two at a time."""
    assert 128 * passwords.N * passwords.R == 32 * 1024 * 1024
    assert passwords.AT_ONCE == 2


def test_waits_double_up_to_a_day() -> None:
    """Five tries are free; then a minute, two, four, never more than a day."""
    assert not any(wait_after(begun) for begun in range(FREE_TRIES))
    assert wait_after(FREE_TRIES) == FIRST_WAIT
    assert wait_after(FREE_TRIES + 2) == 4 * FIRST_WAIT
    assert wait_after(10**6) == LONGEST_WAIT
