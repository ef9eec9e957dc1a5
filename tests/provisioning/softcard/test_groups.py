"""The groups in which keys are agreed: their numbers, and what is no element of them."""

from __future__ import annotations

import base64
import subprocess

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from provisioning.softcard import arithmetic, groups, modp
from provisioning.softcard.groups import GROUPS, Group
from provisioning.softcard.protocols import Agreement
from reader.curves import CURVES, Curve

IDS = (0, 1, 2, *range(8, 19))
NAME = {0: "modp1024-160", 12: "secp256r1", 13: "brainpoolP256r1"}


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_numbers_are_those_of_openssl(number: int) -> None:
    """RFC 5114's groups stand in openssl too, typed by other hands."""
    done = subprocess.run(
        [
            "openssl",
            "genpkey",
            "-genparam",
            "-algorithm",
            "DHX",
            "-pkeyopt",
            f"dh_rfc5114:{number}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    pem = "".join(line for line in done.stdout.splitlines() if not line.startswith("-"))
    values = core.Sequence.load(base64.b64decode(pem))
    group = modp.GROUPS[number - 1]
    assert [values[index].native for index in range(3)] == [group.p, group.g, group.order]
    assert group.parameter_id == number - 1


def test_every_standardised_id() -> None:
    """Table 12 whole: three groups modulo a prime, eleven curves, nothing between."""
    assert [group.parameter_id for group in GROUPS] == list(IDS)
    for parameter_id, name in NAME.items():
        group = groups.by_parameter_id(parameter_id)
        assert group is not None
        assert group.name == name
    assert groups.by_parameter_id(3) is None
    assert groups.agreement(2) is Agreement.DH
    assert groups.agreement(8) is Agreement.ECDH


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_the_laws_of_the_group(group: Group) -> None:
    """Powers add, the order is neutral, and both sides of an agreement meet."""
    base = group.generator
    assert group.holds(base)
    five, two = group.power(base, 5), group.power(base, 2)
    three = group.power(base, 3)
    assert five is not None
    assert two is not None
    assert three is not None
    assert group.combine(two, three) == five
    assert group.power(two, 5) == group.power(five, 2)
    assert group.power(base, group.order) is None
    inverse = group.power(base, group.order - 1)
    assert inverse is not None
    assert group.combine(base, inverse) is None
    assert len(group.secret(five)) == (group.p.bit_length() + 7) // 8


@pytest.mark.parametrize("group", modp.GROUPS, ids=lambda group: group.name)
def test_numbers_that_are_no_public_key(group: modp.ModularGroup) -> None:
    """Zero, one, minus one, the prime, a number outside the subgroup and a padded one."""
    size = (group.p.bit_length() + 7) // 8
    outside = next(n for n in range(2, 50) if pow(n, group.order, group.p) != 1)
    for number in (0, 1, group.p - 1, group.p, group.p + group.g, outside):
        assert not group.holds(number.to_bytes((number.bit_length() + 7) // 8, "big"))
    assert not group.holds(b"")
    assert not group.holds(b"\x00" + group.generator)
    assert group.holds(group.generator)
    assert group.from_field(0) is None
    assert group.from_field(1) is None
    assert len(group.secret(b"\x05")) == size


@pytest.mark.parametrize(
    "group", [group for group in GROUPS if group.parameter_id != 10], ids=lambda group: group.name
)
@given(value=st.integers(min_value=2, max_value=2**160))
def test_every_number_is_mapped_into_the_group(group: Group, value: int) -> None:
    """The integrated mapping always ends in an element of the right order."""
    element = group.from_field(value)
    assert element is not None
    assert group.holds(element)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_numbers_without_an_image(curve: Curve) -> None:
    """Zero, one and minus one have none: the formula would divide by zero."""
    for value in (0, 1, curve.p - 1):
        assert arithmetic.from_field(curve, value) is None
