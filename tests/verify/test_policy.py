"""A policy only tightens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from verify.policy import DEFAULT, MINIMUM, Algorithms, Freshness


def test_default() -> None:
    """Ten days fresh, a hundred days grace, SHA-1 nowhere."""
    for limits in (DEFAULT.certificate_lists, DEFAULT.card_status):
        assert (limits.fresh, limits.grace) == (timedelta(days=10), timedelta(days=100))
    assert "sha1" not in DEFAULT.algorithms.hashes
    assert DEFAULT.algorithms == MINIMUM


@pytest.mark.parametrize(
    ("hashes", "rsa_bits", "ec_bits"),
    [({"sha1"}, 2048, 224), ({"sha256"}, 1024, 224), ({"sha256"}, 2048, 192)],
)
def test_policy_below_the_minimum(hashes: set[str], rsa_bits: int, ec_bits: int) -> None:
    """No data lowers what the code demands."""
    with pytest.raises(ValueError, match="tighten"):
        Algorithms(frozenset(hashes), rsa_bits, ec_bits)


@pytest.mark.parametrize(("fresh", "grace"), [(0, 10), (10, 9)])
def test_freshness_that_makes_no_sense(fresh: int, grace: int) -> None:
    """Fresh for some time, and grace no shorter."""
    with pytest.raises(ValueError, match="fresh"):
        Freshness(timedelta(days=fresh), timedelta(days=grace))
