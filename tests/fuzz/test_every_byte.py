"""Every vector cut at every byte, cut inside, and with bits turned over: only our errors come out.

The strides are fixed; each file begins at another place of its stride, so that together the files
of a suite cover every residue. What a change must not do, to verify, is in `test_signed_parts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crl.status import ReasonCode
from tests.crl import made
from tests.fuzz import tree
from tests.fuzz.seeds import VECTORS
from tests.fuzz.targets import TARGETS, Target

SUITES = ("card-file", "certificate", "cms", "crl", "master-file")
# Bytes between places:
CUT_INSIDE = {"card-file": 3, "certificate": 29, "cms": 3, "crl": 3, "master-file": 1}
FLIP = {"card-file": 3, "certificate": 13, "cms": 3, "crl": 1, "master-file": 1}
LARGE = 4096  # bytes; of an image only the beginning is structure

LEAP_DAY = datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)

needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason=f"no vectors: {VECTORS} is absent (TRAMTHE_VECTORS names it)"
)


def vectors(suite: str) -> Iterator[tuple[Target, int, str, bytes]]:
    """Yield target, index, name and bytes of each vector of a suite."""
    target = TARGETS[suite]
    for index, (name, data) in enumerate(target.seeds().items()):
        if not name.startswith("made/"):
            yield target, index, name, data


@needs_vectors
@pytest.mark.parametrize("suite", SUITES)
def test_cut_at_every_byte(suite: str) -> None:
    """A file that ends too early is refused with our error, wherever it ends."""
    for target, _, name, data in vectors(suite):
        for end in range(len(data)):
            assert not target.run(data[:end]), f"{name} was taken with {end} bytes"


@needs_vectors
@pytest.mark.parametrize("suite", SUITES)
def test_cut_inside(suite: str) -> None:
    """Cut with all lengths made right again, so that the lack shows inside: our errors only."""
    stride = CUT_INSIDE[suite]
    for target, index, _, data in vectors(suite):
        nodes = tree.parse(data)
        if nodes is None or len(data) > LARGE:
            continue
        for cut in tree.cuts(nodes, stride=stride, first=index % stride):
            target.run(cut)


@needs_vectors
@pytest.mark.parametrize("suite", SUITES)
def test_bit_turned_over(suite: str) -> None:
    """One bit wrong, anywhere: our errors only."""
    stride = FLIP[suite]
    for target, index, _, data in vectors(suite):
        for changed in tree.flips(data[:LARGE], stride=stride, first=index % stride):
            target.run(changed + data[LARGE:])


@pytest.mark.parametrize("place", [0, 1, 4])
def test_any_octet_anywhere_in_an_entry(place: int) -> None:
    """The check of many entries at once passes nothing that the check one by one refuses."""
    target = TARGETS["columns"]
    entry = made.entry(1 << 118 | 0x55AA, ReasonCode.SUPERSEDED, since=LEAP_DAY)
    target.run(entry * 5)
    for at in range(len(entry)):
        for octet in range(256):
            changed = entry[:at] + bytes([octet]) + entry[at + 1 :]
            target.run(entry * place + changed + entry * (4 - place))


def test_any_day_of_any_month() -> None:
    """As before, for every day that a date can be written for, and the years around it."""
    target = TARGETS["columns"]
    entry = made.entry(1 << 118, since=LEAP_DAY)
    at = entry.index(b"240229")
    for year in (0, 24, 25, 49, 50, 96, 99):
        for month in range(14):
            days = [f"{year:02}{month:02}{day:02}".encode() for day in range(34)]
            # Alone and together: what exists must not hide what does not.
            for day in days:
                changed = entry[:at] + day + entry[at + 6 :]
                target.run(changed)
                target.run(entry + changed + entry)
