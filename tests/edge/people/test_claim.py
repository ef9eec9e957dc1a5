"""What a claim says about people."""

from __future__ import annotations

import json

import pytest

from edge.errors import ClaimInvalid
from edge.people.claim import MAX_CLAIM, Claim
from edge.people.doorkeeper import Answer, Doorkeeper, Taken
from edge.people.roles import Role
from edge.people.store import PeopleFile
from tests.edge.people.made import PIN, SECRET, TERMINAL, claim

OTHER = "161803"


def test_there_and_back() -> None:
    """PINs, secret and terminal; other keys of a claim are left alone."""
    made = claim(Role.SECRETARY)
    assert Claim.from_bytes(made.to_bytes()) == made
    more = {**json.loads(made.to_bytes()), "est": "https://centre.example"}
    assert Claim.from_bytes(json.dumps(more).encode()) == made
    bare = {"v": 1, "terminal": TERMINAL, "people": {}}
    assert Claim.from_bytes(json.dumps(bare).encode()) == Claim(TERMINAL)


@pytest.mark.parametrize(
    "broken",
    [
        {"v": 2},
        {"terminal": ""},
        {"terminal": 7},
        {"terminal": "t" * 101},
        {"people": None},
        {"people": {"pins": {"king": PIN}}},
        {"people": {"pins": {"secretary": "12345"}}},
        {"people": {"pins": {"secretary": "123456"}}},
        {"people": {"pins": {"secretary": 271828}}},
        {"people": {"recovery": "00"}},
        {"people": {"recovery": "zz"}},
        {"people": {"recovery": 5}},
    ],
)
def test_a_claim_that_is_none(broken: dict[str, object]) -> None:
    """Refused whole, with a next step, and without the PIN in its words."""
    document = {**json.loads(claim().to_bytes()), **broken}
    with pytest.raises(ClaimInvalid) as refused:
        Claim.from_bytes(json.dumps(document).encode())
    assert refused.value.next_step
    assert PIN not in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"[" * 10_000, b" " * (MAX_CLAIM + 1)])
def test_no_claim_at_all(data: bytes) -> None:
    """One error."""
    with pytest.raises(ClaimInvalid):
        Claim.from_bytes(data)


def test_a_claim_is_shown() -> None:
    """Without PINs and secret."""
    assert PIN not in repr(claim())
    assert SECRET.hex() not in repr(claim())


def test_it_sets_first_pins_only(keeper: Doorkeeper) -> None:
    """Taken again, or another one by whoever finds it: what is set stays."""
    another = Claim(TERMINAL, {Role.SECRETARY: OTHER}, bytes(32))
    taken = keeper.take(another)
    assert taken == Taken(frozenset(), frozenset({Role.SECRETARY}), recovery=False)
    assert keeper.try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


def test_it_replaces_when_the_console_says_so(keeper: Doorkeeper, file: PeopleFile) -> None:
    """PIN and secret; nobody else's."""
    taken = keeper.take(Claim(TERMINAL, {Role.SECRETARY: OTHER}, bytes(32)), replace=True)
    assert taken == Taken(frozenset({Role.SECRETARY}), frozenset(), recovery=True)
    assert keeper.try_pin(Role.SECRETARY, OTHER) is Answer.RIGHT
    assert keeper.try_pin(Role.TECHNICIAN, PIN) is Answer.RIGHT
    kept = file.read().recovery
    assert kept is not None
    assert kept.secret == bytes(32)
