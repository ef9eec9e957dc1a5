"""Versions are ordered as Debian orders them."""

from __future__ import annotations

import itertools
import shutil
import subprocess

import pytest

from edge.deb_version import DebVersion, is_version

VERSIONS = ("1.0~rc1", "1.0", "1.0-0", "1.0-1~bpo1", "1.00", "1.0+deb12u1", "1.0a", "1.9", "1.10")


def test_as_dpkg_has_it() -> None:
    """For every pair the answer is dpkg's own."""
    dpkg = shutil.which("dpkg")
    assert dpkg is not None
    for one, other in itertools.combinations(VERSIONS, 2):
        for verb, ours in (
            ("lt", DebVersion(one) < DebVersion(other)),
            ("eq", DebVersion(one) == DebVersion(other)),
        ):
            asked = subprocess.run([dpkg, "--compare-versions", one, verb, other], check=False)
            assert (asked.returncode == 0) is ours, (one, verb, other)


@pytest.mark.parametrize(
    "text", ["", "a1", "1:1.0", "1.0-", "1 0", "1.0\n", "1" * 65, "../1", None]
)
def test_what_is_no_version(text: object) -> None:
    """No epoch, no path, no line ending, no end of its own."""
    assert not is_version(text)
    with pytest.raises(ValueError, match="no version"):
        DebVersion(str(text or ""))
