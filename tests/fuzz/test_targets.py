"""The fuzz targets themselves: they begin with good objects, and they do raise what they find."""

from __future__ import annotations

import pytest

from tests.fuzz import json_tree, tree
from tests.fuzz.seeds import VECTORS
from tests.fuzz.targets import TARGETS, Target
from verify.errors import BadSignature, VerifyError


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    """Each target has seeds, takes at least one of them whole, and refuses the others properly."""
    target = TARGETS[name]
    taken = [seed for seed, data in target.seeds().items() if target.run(data)]
    assert taken


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_and_noise(name: str) -> None:
    """No bytes at all, and bytes without any form: no foreign error."""
    for data in (b"", b"\x00", b"\x30\x80", b"0" * 100, b"\xff" * 100, b"{}", b"a.b.c"):
        TARGETS[name].run(data)


def test_foreign_error_is_a_finding() -> None:
    """What is not of the target's own tree comes through, so that the fuzzer sees it."""

    def leak(_: bytes) -> None:
        raise ValueError("from a library")

    target = Target(leak, (VerifyError,), dict, tree.bend)
    with pytest.raises(ValueError, match="library"):
        target.run(b"")


@pytest.mark.parametrize(("message", "next_step"), [("Bad\x00bytes.", "Stop."), ("Bad.", "")])
def test_error_that_helps_nobody_is_a_finding(message: str, next_step: str) -> None:
    """An error of ours is a sentence for a person, with a next step."""

    def refuse(_: bytes) -> None:
        raise BadSignature(message, next_step=next_step)

    with pytest.raises(AssertionError):
        Target(refuse, (VerifyError,), dict, tree.bend).run(b"")


def test_tree_comes_back() -> None:
    """What is read as a tree and not changed is written as it was, to any depth."""
    for data in TARGETS["certificate"].seeds().values():
        nodes = tree.parse(data)
        assert nodes is not None
        assert tree.encode(nodes) == data


def test_cut_inside_keeps_the_lengths_right() -> None:
    """However much is cut away, the outermost length says so."""
    data = TARGETS["certificate"].seeds()["made/authority"]
    nodes = tree.parse(data)
    assert nodes is not None
    cuts = list(tree.cuts(nodes))
    assert len(cuts) > len(data) // 2
    assert all(tree.parse(cut) is not None for cut in cuts)
    assert len({*cuts}) > len(cuts) // 2


def test_json_stays_json() -> None:
    """A bent compact JWS still has three parts of base64url."""
    numbers = iter(range(10_000))
    whole = TARGETS["jws"].seeds()["made/small"]
    bent = [json_tree.bend_compact(whole, lambda n: next(numbers) * 31 % n) for _ in range(50)]
    assert all(one.count(b".") == 2 for one in bent)
    assert len(set(bent)) > 20


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no vectors: {VECTORS} is absent")
def test_vectors_are_among_the_seeds() -> None:
    """The suites' own objects are where the fuzzer begins."""
    named = {name.split("/")[0] for target in TARGETS.values() for name in target.seeds()}
    assert {"made", "pkits", "sod", "specimen"} <= named
