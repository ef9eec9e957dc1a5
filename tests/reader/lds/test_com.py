"""EF.COM."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reader.errors import MalformedData
from reader.lds import com
from reader.lds.files import FileId


def test_specimen_lists_its_data_groups(specimen: Callable[[str], bytes]) -> None:
    """The Dutch specimen of 2006 has DG1, DG2 and DG15."""
    found = com.parse(specimen("011E"))
    assert (found.lds_version, found.unicode_version) == ("0107", "040000")
    assert found.data_groups == (FileId.DG1, FileId.DG2, FileId.DG15)


def test_example_of_the_standard_is_written_back() -> None:
    """Doc 9303-10 appendix A.1: LDS 15.99 with data groups 1, 2, 4 and 12."""
    data = bytes.fromhex("6016 5F0104 31353939 5F3606 303430303030 5C04 6175766C")
    found = com.parse(data)
    assert found == com.Com("1599", "040000", (FileId.DG1, FileId.DG2, FileId.DG4, FileId.DG12))
    assert found.to_bytes() == data


@pytest.mark.parametrize(
    "data",
    [
        "60155F0104303130375F36063034303030305C03617599",  # 99 is no data group
        "60155F0104303130375F36063034303030305C03617575",  # DG2 twice
        "60155F0104303130585F36063034303030305C0361756F",  # version 010X
        "60125F36063034303030305F0104303130375C0161",  # not in order, wrong length
        "60055C0361756F",  # no versions
    ],
)
def test_list_not_of_the_standard_is_refused(data: str) -> None:
    """An unknown or repeated tag, or a version that is no number, raises MalformedData."""
    with pytest.raises(MalformedData):
        com.parse(bytes.fromhex(data))


def test_file_beyond_the_cap_is_refused() -> None:
    """The size is checked before anything is read."""
    with pytest.raises(MalformedData, match="larger than"):
        com.parse(b"\x60" * (com.MAX_COM + 1))
