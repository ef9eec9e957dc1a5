"""Sealed bodies, pseudonyms, and the context key sealed to the centre."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.errors import SealBroken, WireMalformed
from edge.wire import seal
from edge.wire.event import Header
from edge.wire.kinds import EventKind
from tests.edge.log.made import SEAL, seal_key
from verify.moment import TimeQuality

CONTEXT_KEY = bytes(range(32))
EPOCH = "00112233445566778899aabbccddeeff"
HEADER = Header(
    terminal="TT-0001",
    epoch=EPOCH,
    seq=7,
    kind=EventKind.CHECK_IN,
    at="2026-11-21T12:00:00.000Z",
    quality=TimeQuality.HELD,
    context="ffeeddccbbaa99887766554433221100",
    outcome="ADMITTED",
    reason=None,
)
BODY = {"name": "Trần Quốc Đạt", "of": None}


def keys(terminal: str = "TT-0001", epoch: str = EPOCH) -> seal.ContextKeys:
    """Return the keys of the context key for a terminal."""
    return seal.derive_keys(CONTEXT_KEY, terminal, epoch)


def test_body_opens_under_its_own_header() -> None:
    """What was sealed comes back, Vietnamese letters included."""
    assert seal.open_body(keys(), HEADER, seal.seal_body(keys(), HEADER, BODY)) == BODY


@pytest.mark.parametrize(
    "other",
    [
        replace(HEADER, seq=8),
        replace(HEADER, terminal="TT-0002"),
        replace(HEADER, epoch=EPOCH[::-1]),
        replace(HEADER, context=EPOCH),
        replace(HEADER, outcome="REFUSED"),
        replace(HEADER, reason="X"),
        replace(HEADER, at="2026-11-21T12:00:00.001Z"),
        replace(HEADER, quality=TimeQuality.ASSERTED),
        replace(HEADER, kind=EventKind.CONFIRMED),
    ],
    ids=["seq", "terminal", "epoch", "context", "outcome", "reason", "at", "quality", "kind"],
)
def test_body_does_not_open_under_another_header(other: Header) -> None:
    """A body cannot be moved to another event, time, terminal or meeting."""
    sealed = seal.seal_body(keys(), HEADER, BODY)
    with pytest.raises(SealBroken):
        seal.open_body(keys(), other, sealed)


def test_body_key_is_of_one_terminal_and_epoch() -> None:
    """Two terminals, or two epochs, under one context key never share a body key."""
    sealed = seal.seal_body(keys(), HEADER, BODY)
    for other in (keys(terminal="TT-0002"), keys(epoch=EPOCH[::-1])):
        with pytest.raises(SealBroken):
            seal.open_body(other, HEADER, sealed)


def test_altered_or_cut_body_does_not_open() -> None:
    """Every bit counts, and so does the length."""
    sealed = seal.seal_body(keys(), HEADER, BODY)
    for at in range(len(sealed)):
        altered = bytearray(sealed)
        altered[at] ^= 1
        with pytest.raises(SealBroken):
            seal.open_body(keys(), HEADER, bytes(altered))
        with pytest.raises(SealBroken):
            seal.open_body(keys(), HEADER, sealed[:at])


def test_nonces_come_from_the_source_of_randomness() -> None:
    """The same body sealed twice looks different; with an injected source it is reproducible."""
    assert seal.seal_body(keys(), HEADER, BODY) != seal.seal_body(keys(), HEADER, BODY)
    fixed = seal.seal_body(keys(), HEADER, BODY, rng=bytes)
    assert fixed == seal.seal_body(keys(), HEADER, BODY, rng=bytes)
    assert fixed[: seal.NONCE_SIZE] == bytes(12)


def test_body_that_json_lacks_is_refused() -> None:
    """Bytes and half characters are slips of the caller and no event."""
    for body in ({"x": b"bytes"}, {"x": "\ud800"}):
        with pytest.raises(WireMalformed):
            seal.seal_body(keys(), HEADER, body)


def test_tag_knows_a_person_again_in_one_context_only() -> None:
    """Same person, same context: same tag, at every door. Another of either: another tag."""
    context, other = HEADER.context or "", EPOCH
    tag = seal.person_tag(keys().tag_key, context, "001185012345")
    assert tag == seal.person_tag(keys(terminal="TT-0002").tag_key, context, "001185012345")
    assert tag != seal.person_tag(keys().tag_key, other, "001185012345")
    assert tag != seal.person_tag(keys().tag_key, context, "001185012346")
    another_key = seal.derive_keys(bytes(32), "TT-0001", EPOCH).tag_key
    assert tag != seal.person_tag(another_key, context, "001185012345")


def test_context_key_opens_at_the_centre() -> None:
    """The private key opens what was sealed to the public one."""
    sealed = seal.seal_context_key(CONTEXT_KEY, SEAL.public, kid=SEAL.kid, header=HEADER)
    assert seal.sealed_key_id(sealed) == SEAL.kid
    assert seal.open_context_key(sealed, SEAL.private, header=HEADER) == CONTEXT_KEY
    assert len(sealed) == 1 + len(SEAL.kid) + 1136 + 32


@pytest.mark.parametrize(
    "other",
    [
        replace(HEADER, seq=8),
        replace(HEADER, terminal="TT-0002"),
        replace(HEADER, epoch=EPOCH[::-1]),
        replace(HEADER, context=EPOCH),
    ],
    ids=["seq", "terminal", "epoch", "context"],
)
def test_context_key_is_bound_to_its_event(other: Header) -> None:
    """A sealed key copied into another event, terminal or meeting does not open."""
    sealed = seal.seal_context_key(CONTEXT_KEY, SEAL.public, kid=SEAL.kid, header=HEADER)
    with pytest.raises(SealBroken):
        seal.open_context_key(sealed, SEAL.private, header=other)


def test_context_key_for_another_centre_does_not_open() -> None:
    """Another private key, a changed key id, cut bytes: nothing opens."""
    sealed = seal.seal_context_key(CONTEXT_KEY, SEAL.public, kid=SEAL.kid, header=HEADER)
    with pytest.raises(SealBroken):
        seal.open_context_key(sealed, seal_key().private, header=HEADER)
    renamed = sealed.replace(SEAL.kid.encode(), b"seal-tesu")
    for bad in (renamed, sealed[:-1], sealed[:5], b""):
        with pytest.raises(SealBroken):
            seal.open_context_key(bad, SEAL.private, header=HEADER)


@pytest.mark.parametrize(
    ("public", "kid", "key"),
    [
        (SEAL.public[:-1], "k", CONTEXT_KEY),
        (b"\xff" * len(SEAL.public), "k", CONTEXT_KEY),
        (SEAL.public, "", CONTEXT_KEY),
        (SEAL.public, "khoá", CONTEXT_KEY),
        (SEAL.public, "k" * 65, CONTEXT_KEY),
    ],
    ids=["short", "not a key", "no id", "not ASCII", "long id"],
)
def test_unusable_centre_key_is_refused(public: bytes, kid: str, key: bytes) -> None:
    """Nothing is sealed to what is no key of the suite, or under an id that cannot be written."""
    with pytest.raises(SealBroken):
        seal.seal_context_key(key, public, kid=kid, header=HEADER)


def test_context_key_of_another_size_is_refused() -> None:
    """A context key has 32 bytes."""
    with pytest.raises(SealBroken):
        seal.derive_keys(bytes(31), "TT-0001", EPOCH)


def test_keys_do_not_show() -> None:
    """No key stands in a repr."""
    assert keys().tag_key.hex() not in repr(keys())
    assert repr(keys().tag_key) not in repr(keys())
