"""What is read is all that stands there: every file is written back as it was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import tlv
from reader.errors import MalformedData
from reader.lds import dg2, dg16, sod
from reader.lds.dg11 import Dg11
from reader.lds.dg12 import Dg12
from reader.lds.dg16 import Person
from tests.reader.lds.generated import FILES, SAID

SPECIMEN = {"COM": "011E", "DG1": "0101", "DG2": "0102", "DG15": "010F"}
SYNTHETIC = ("DG5", "DG7", "DG11", "DG12")
FEW = settings(max_examples=25)


@pytest.mark.parametrize("name", [*SPECIMEN, *SYNTHETIC])
def test_published_file_comes_back(
    specimen: Callable[[str], bytes], synthetic: Callable[[str], bytes], name: str
) -> None:
    """Byte for byte: the Dutch specimen, and made files of another project."""
    data = specimen(SPECIMEN[name]) if name in SPECIMEN else synthetic(name)
    file = FILES[name]
    assert file.write(file.parse(data)) == data


def test_security_object_of_the_specimen_comes_back(specimen: Callable[[str], bytes]) -> None:
    """Its template is all that the reader takes off."""
    data = specimen("011D")
    assert tlv.encode(0x77, sod.parse(data).content_info) == data


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_generated_value_comes_back(name: str, data: st.DataObject) -> None:
    """From value to bytes to the same value, and to the same bytes."""
    file = FILES[name]
    value = data.draw(file.values)
    written = file.write(value)
    read = file.parse(written)
    assert read == value
    assert file.write(read) == written


@pytest.mark.parametrize("name", SAID)
@given(data=st.data())
def test_generated_details_say_what_they_were_made_of(name: str, data: st.DataObject) -> None:
    """Each field is read from the file as it was given to the maker."""
    said = data.draw(SAID[name])
    makers: dict[str, Callable[..., Any]] = {"DG11": Dg11.of, "DG12": Dg12.of, "DG16": Person.of}
    made = makers[name](**said)
    written = dg16.encode([made]) if name == "DG16" else made.to_bytes()
    read = FILES[name].parse(written)
    one = read[0] if name == "DG16" else read
    assert {field: getattr(one, field) for field in said} == said


@pytest.mark.parametrize("name", FILES)
@FEW
@given(data=st.data())
def test_generated_file_cut_at_every_byte(name: str, data: st.DataObject) -> None:
    """Refused wherever it ends; a file without a template may end behind a whole object."""
    file = FILES[name]
    written = file.write(data.draw(file.values))
    for end in range(len(written)):
        part = written[:end]
        try:
            value = file.parse(part)
        except MalformedData:
            continue
        assert not file.whole, f"taken with {end} of {len(written)} bytes"
        assert file.write(value) == part


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_generated_file_with_bits_turned_over(name: str, data: st.DataObject) -> None:
    """A value, and then one that stays itself when written and read again; or MalformedData."""
    file = FILES[name]
    altered = bytearray(file.write(data.draw(file.values)))
    if not altered:
        return
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(altered) - 1))
        altered[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        value = file.parse(bytes(altered))
    except MalformedData:
        return
    assert file.parse(file.write(value)) == value


@given(data=st.data())
def test_generated_face_is_the_one_shown(data: st.DataObject) -> None:
    """Each picture of DG2 comes out whole, in its order, by either form."""
    written = FILES["DG2"].write(data.draw(FILES["DG2"].values))
    for found in dg2.parse(written):
        assert found.data in written
        assert found.media_type in ("image/jpeg", "image/jp2")
