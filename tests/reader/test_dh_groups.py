"""The table of Diffie-Hellman groups against arithmetic and against the `openssl` command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from asn1crypto import core

from reader import dh_groups
from reader.dh_groups import DH_GROUPS, DhGroup

each_group = pytest.mark.parametrize("group", DH_GROUPS, ids=lambda group: group.parameter_id)


def is_prime(number: int) -> bool:
    """Miller and Rabin's test to the first forty bases."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in range(2, 42):
        value = pow(base, odd, number)
        if value != 1 and all(pow(value, 1 << i, number) != number - 1 for i in range(twos)):
            return False
    return True


@each_group
def test_the_generator_has_a_prime_order(group: DhGroup) -> None:
    """No digit of p, q or g is mistyped."""
    assert is_prime(group.p)
    assert is_prime(group.q)
    assert (group.p - 1) % group.q == 0
    assert group.g != 1
    assert pow(group.g, group.q, group.p) == 1


@each_group
def test_openssl_knows_the_same_groups(group: DhGroup, tmp_path: Path) -> None:
    """It numbers the groups of RFC 5114 from one, and spells them out in a key."""
    parameters, key = tmp_path / "parameters.pem", tmp_path / "key.pem"
    name = f"dh_rfc5114:{group.parameter_id + 1}"
    run("genpkey", "-genparam", "-algorithm", "DHX", "-pkeyopt", name, "-out", parameters)
    run("genpkey", "-paramfile", parameters, "-out", key)
    algorithm = core.Sequence.load(run("pkey", "-in", key, "-outform", "DER"))[1]
    found = [algorithm[1][position].native for position in range(3)]
    assert found == [group.p, group.g, group.q]


def run(*arguments: str | Path) -> bytes:
    """Run `openssl` and return what it prints."""
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


def test_groups_by_their_parameter_id() -> None:
    """Ids 0 to 2 of Doc 9303-11; the next are reserved."""
    assert [group.parameter_id for group in DH_GROUPS] == [0, 1, 2]
    assert all(dh_groups.by_parameter_id(group.parameter_id) is group for group in DH_GROUPS)
    assert dh_groups.by_parameter_id(3) is None
    assert [group.p.bit_length() for group in DH_GROUPS] == [1024, 2048, 2048]
    assert [group.q.bit_length() for group in DH_GROUPS] == [160, 224, 256]
