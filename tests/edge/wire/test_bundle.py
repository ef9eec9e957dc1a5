"""A stick's names and manifests: their one form, and everything that is not it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import WireMalformed
from edge.wire import bundle
from edge.wire.bundle import (
    MAX_FILES,
    Bundle,
    Way,
    ack_name,
    describe,
    is_place,
    open_bundle,
    place_of,
    read_ack_name,
    read_segment_name,
    segment_name,
    sign_bundle,
)
from edge.wire.event import TERMINAL as TERMINAL_FORM
from provisioning.office.pki import new_key
from tests.edge.log.made import START, TERMINAL
from verify.errors import VerifyError

EPOCH = "0123456789abcdef" * 2
SEGMENT = segment_name(EPOCH, 1, 74)
FILES: dict[str, Any] = {SEGMENT: b"one", "call.jws": b"two"}
FAT_FORBIDDEN = set('"*/:<>?\\|+,;=[] ')


def made(**changes: Any) -> dict[str, Any]:
    """Return a manifest's payload, some of its fields changed."""
    return {**describe(TERMINAL, Way.UP, START, FILES).to_payload(), **changes}


def test_there_and_back() -> None:
    """What was signed is read again, and the digest that names it is of the content alone."""
    key = new_key()
    one = describe(TERMINAL, Way.UP, START, FILES)
    first, second = (sign_bundle(one, key, kid="k") for _ in range(2))
    assert first != second
    opened = [open_bundle(compact, lambda _: key.public_key()) for compact in (first, second)]
    assert opened == [one, one]
    assert opened[0].id == one.id
    assert describe(TERMINAL, Way.DOWN, START, FILES).id != one.id


def test_another_key() -> None:
    """A manifest is nobody's but its signer's."""
    compact = sign_bundle(describe(TERMINAL, Way.UP, START, FILES), new_key(), kid="k")
    with pytest.raises(VerifyError):
        open_bundle(compact, lambda _: new_key().public_key())


FILE = made()["files"][0]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        made(more=1),
        made(terminal="a/b"),
        made(terminal=5),
        made(way="sideways"),
        made(way=["up"]),
        made(at="yesterday"),
        made(at=None),
        made(files={}),
        made(files=[1]),
        made(files=[FILE, FILE]),
        made(files=list(reversed(made()["files"]))),
        made(files=[FILE] * (MAX_FILES + 1)),
        made(files=[{**FILE, "name": "../x"}]),
        made(files=[{**FILE, "name": "x" * 97}]),
        made(files=[{**FILE, "name": ""}]),
        made(files=[{**FILE, "size": -1}]),
        made(files=[{**FILE, "size": True}]),
        made(files=[{**FILE, "sha256": "AA"}]),
        made(files=[{**FILE, "sha256": 5}]),
        made(files=[{"name": "x"}]),
    ],
)
def test_a_manifest_of_another_form(payload: dict[str, Any]) -> None:
    """It is refused whole."""
    with pytest.raises(WireMalformed):
        Bundle.from_payload(copy.deepcopy(payload))


@given(st.from_regex(TERMINAL_FORM, fullmatch=True), st.from_regex(TERMINAL_FORM, fullmatch=True))
def test_places_where_capitals_are_the_same(one: str, other: str) -> None:
    """Two terminals never share a folder, on a file system that does not tell `a` from `A`."""
    assert is_place(place_of(one))
    if one != other:
        assert place_of(one).lower() != place_of(other).lower()


@given(st.integers(1, 2**53 - 1), st.integers(1, 2**53 - 1))
def test_names_of_segments(first: int, last: int) -> None:
    """They are read as written, sort as the events do, and any file system can hold them."""
    name = segment_name(EPOCH, first, last)
    found = read_segment_name(name)
    assert found is not None
    assert (found.epoch, found.first, found.last) == (EPOCH, first, last)
    assert (name < segment_name(EPOCH, last, last)) == ((first, last) < (last, last))
    assert name == name.lower()
    assert not FAT_FORBIDDEN & set(name)
    assert len(name) <= 96
    assert not name.endswith(".")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x.jws",
        segment_name(EPOCH, 1, 2).upper(),
        segment_name(EPOCH, 1, 2) + "x",
        "..",
        "ack-x.jws",
    ],
)
def test_names_that_are_not_ours(name: str) -> None:
    """They say nothing."""
    assert read_segment_name(name) is None
    assert read_ack_name(name) is None
    assert not is_place(name)


def test_names_of_acknowledgements() -> None:
    """One for each epoch, so that a newer one takes the place of the older."""
    assert read_ack_name(ack_name(EPOCH)) == EPOCH


def test_a_full_manifest_fits_its_cap() -> None:
    """As many files as may be, with names as long as ours are."""
    files = [
        {"name": segment_name(EPOCH, n, 2**53 - 1), "size": 2**20, "sha256": "A" * 43}
        for n in range(1, MAX_FILES + 1)
    ]
    size = len(json.dumps(made(files=files)))
    assert size * 4 / 3 + 64 * 1024 < bundle.MAX_BUNDLE
