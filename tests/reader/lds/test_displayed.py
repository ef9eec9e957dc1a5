"""DG5 and DG7: pictures as they are printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg5, dg7, displayed
from reader.lds.picture import Picture

JPEG = b"\xff\xd8\xff\xe0 a picture"
CODESTREAM = b"\xff\x4f\xff\x51 codestream"
FILES: dict[str, tuple[Any, int, int]] = {
    "DG5": (dg5, 0x65, 0x5F40),
    "DG7": (dg7, 0x67, 0x5F43),
}


@pytest.mark.parametrize("name", FILES)
def test_published_file_is_read_and_written_back(
    synthetic: Callable[[str], bytes], name: str
) -> None:
    """One JPEG 2000 picture, whole to its last byte."""
    module, _, _ = FILES[name]
    data = synthetic(name)
    (found,) = module.parse(data)
    assert found.media_type == "image/jp2"
    assert data.endswith(found.data)
    assert found.data.endswith(b"\xff\xd9")
    assert module.encode([found]) == data


@pytest.mark.parametrize("name", FILES)
def test_several_pictures(name: str) -> None:
    """In the order of the file, in either form."""
    module, _, _ = FILES[name]
    pictures = (Picture("image/jpeg", JPEG), Picture("image/jp2", CODESTREAM))
    assert module.parse(module.encode(pictures)) == pictures


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "pictures",
    [
        "",
        "020100",
        "02010A",
        "020102 {tag}04FFD8FF00",
        "020101 {tag}04FFD8FF00 {tag}04FFD8FF00",
        "020101 5F4404FFD8FF00",
        "020101 {tag}00",
        "020101 {tag}06474946383961",
        "020101 {tag}05FFD8FF00",
        "{tag}04FFD8FF00",
        "0200 {tag}04FFD8FF00",
    ],
)
def test_template_that_lies_is_refused(name: str, pictures: str) -> None:
    """A count that is not theirs, another tag, no picture, one cut short: MalformedData."""
    module, template, tag = FILES[name]
    inside = bytes.fromhex(pictures.format(tag=f"{tag:04X}"))
    with pytest.raises(MalformedData):
        module.parse(tlv.encode(template, inside))


@pytest.mark.parametrize("name", FILES)
def test_ten_pictures_are_too_many(name: str) -> None:
    """One to nine, says the standard."""
    module, _, _ = FILES[name]
    picture = Picture("image/jpeg", JPEG)
    assert len(module.parse(module.encode([picture] * 9))) == 9
    with pytest.raises(MalformedData, match="more than 10 objects"):
        module.parse(module.encode([picture] * 10))


@pytest.mark.parametrize("name", FILES)
def test_file_beyond_the_cap_is_refused(name: str) -> None:
    """The size is checked before anything is read."""
    module, _, _ = FILES[name]
    with pytest.raises(MalformedData, match=f"{name} is malformed: it is larger than"):
        module.parse(bytes(displayed.MAX_DISPLAYED + 1))
