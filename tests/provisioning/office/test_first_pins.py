"""First PINs that go with a claim: drawn evenly, and none that is guessed first."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from edge.people.pin import fault_of
from edge.people.roles import Role
from edge.wire.claim import Claim
from edge.wire.event import timestamp
from provisioning.errors import OfficeInputInvalid
from provisioning.office.first_pins import claim_file, draw_pin, people_for
from tests.edge.log.made import START

NEARLY_FULL = 1950  # bytes of certificates; a code holds 2,953 characters
CLAIM = Claim(
    "c-1", bytes(32), "https://enrol.centre.test", (bytes(NEARLY_FULL),), "TT-0001",
    "01234567890123", "Hoa", timestamp(START),
)  # fmt: skip


def drawn(*numbers: int) -> Callable[[int], bytes]:
    """Return randomness that is these numbers, one after the other."""
    left: Iterator[int] = iter(numbers)
    return lambda size: next(left).to_bytes(size)


def test_number_that_falls_unevenly_is_drawn_again() -> None:
    """The last part of what four bytes hold would make some PINs likelier."""
    assert draw_pin(drawn(2**32 - 1, 4_294_000_000, 482_913)) == "482913"
    assert draw_pin(drawn(4_293_482_913)) == "482913"


@pytest.mark.parametrize("guessed", [111_111, 123_456, 987_654, 121_212, 7])
def test_number_that_is_guessed_first_is_drawn_again(guessed: int) -> None:
    """As at the console, where nobody may choose it."""
    assert fault_of(f"{guessed:06d}") is not None
    assert draw_pin(drawn(guessed, 1_048_213)) == "048213"


def test_nothing_is_drawn_unless_it_is_wanted() -> None:
    """A claim says nothing of people by itself; each part alone, or both."""
    assert people_for("TT-0001", pins=False, recovery_key=None) is None
    only = people_for("TT-0001", pins=False, recovery_key=bytes(32))
    assert only is not None
    assert (dict(only.pins), only.recovery is None) == ({}, False)
    pins = people_for("TT-0001", pins=True, recovery_key=None)
    assert pins is not None
    assert (set(pins.pins), pins.recovery) == (set(Role), None)
    assert not any(pin in repr(pins) for pin in pins.pins.values())


def test_more_than_a_code_holds() -> None:
    """Said with the terminal's name, before a claim is kept."""
    people = people_for("TT-0001", pins=True, recovery_key=bytes(32))
    assert claim_file(CLAIM, None) == CLAIM.to_bytes()
    with pytest.raises(OfficeInputInvalid, match="TT-0001"):
        claim_file(CLAIM, people)
