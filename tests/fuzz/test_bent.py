"""Objects bent with their form kept, by hypothesis: only our errors, and nothing bent verifies."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crl import parse as crl_parse
from crl.errors import CrlError
from crl.rules import ListKey
from crl.status import Purpose
from tests.fuzz import seeds, seeds_lists, tree
from tests.fuzz.seeds import Seeds
from tests.fuzz.targets import TARGETS
from tests.fuzz.test_signed_parts import certificate_holds
from tests.fuzz.tree import Below
from tests.verify import made
from verify import certificate
from verify.errors import VerifyError

EXAMPLES = settings(max_examples=150, deadline=None)


def chooser(data: st.DataObject) -> Below:
    """Return hypothesis's choices in the form that the trees take."""
    return lambda bound: data.draw(st.integers(0, bound - 1))


def chosen(found: Seeds, below: Below, prefix: str = "") -> tuple[str, bytes]:
    """Return one of the seeds whose name begins so."""
    names = [name for name in found if name.startswith(prefix)]
    name = names[below(len(names))]
    return name, found[name]


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@EXAMPLES
def test_bent_object(name: str, data: st.DataObject) -> None:
    """Every parser takes it, or refuses it with an error that says what to do next."""
    target, below = TARGETS[name], chooser(data)
    _, seed = chosen(target.seeds(), below)
    target.run(target.bend(seed, below))


@given(data=st.data())
@EXAMPLES
def test_bent_certificate_does_not_verify(data: st.DataObject) -> None:
    """A certificate is what its issuer signed, or it is nothing."""
    world = seeds.world()
    issuer = certificate.parse(world.authority.certificate)
    genuine = certificate.parse(world.signer.certificate)
    bent = tree.bend(world.signer.certificate, chooser(data))
    try:
        read = certificate.parse(bent)
    except VerifyError:
        return
    if certificate_holds(read, issuer):
        assert read.tbs == genuine.tbs


@given(data=st.data())
@EXAMPLES
def test_bent_list_does_not_verify(data: st.DataObject) -> None:
    """A list is what its issuer signed, byte for byte, or it is nothing."""
    below = chooser(data)
    name, seed = chosen(seeds_lists.lists(), below, "made/")
    bent = tree.bend(seed, below)
    if bent == seed:
        return
    office = seeds_lists.office()
    try:
        parsed = crl_parse.parse(bent)
        running = hashlib.sha256()
        for _ in parsed.entries(running):
            pass
        key = ListKey(Purpose.CERTIFICATE, office.issuer, None)
        office.check(key, parsed.header, running.digest())
    except CrlError:
        return
    pytest.fail(f"{name} verifies although it was changed")


def test_what_is_bent_is_still_a_tree() -> None:
    """The bending keeps the outer form; without that these tests would stop at the door."""
    seed = seeds.world().authority.certificate
    numbers = iter(range(10_000))
    bent = [tree.bend(seed, lambda bound: (next(numbers) * 7919) % bound) for _ in range(100)]
    sound = [one for one in bent if tree.parse(one) is not None]
    assert len(sound) == 100
    assert len({len(one) for one in sound}) > 20
    read = [one for one in bent if TARGETS["certificate"].run(one)]
    assert len(read) < 100
    assert made.csca().certificate != seed
