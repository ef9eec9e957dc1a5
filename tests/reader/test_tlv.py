"""BER-TLV: every byte is accounted for, and only MalformedData comes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import tlv
from reader.errors import MalformedData
from reader.tlv import Tlv


@pytest.mark.parametrize(
    ("length", "encoded"),
    [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65536, "83010000")],
)
def test_length_at_each_boundary_takes_the_shortest_form(length: int, encoded: str) -> None:
    """Lengths are encoded as DER wants them."""
    assert tlv.encode_length(length).hex() == encoded


def test_length_beyond_four_bytes_is_refused() -> None:
    """Nothing is encoded that the decoder would refuse."""
    with pytest.raises(MalformedData):
        tlv.encode_length(1 << 32)


@given(st.sampled_from([0x04, 0x5F1F, 0x7F61, 0x9F8501]), st.binary(max_size=400))
def test_encoded_object_reads_back(tag: int, value: bytes) -> None:
    """Encoding and reading are inverse, for tags of one, two and three bytes."""
    assert tlv.parse_one(tlv.encode(tag, value)) == (
        Tlv(tag, value),
        len(tlv.encode(tag, value)),
    )
    assert tlv.unwrap(Tlv(tag, value).to_bytes(), tag) == value


def test_header_alone_tells_the_size_of_a_file() -> None:
    """The first bytes of a file suffice to know how much there is to read."""
    assert tlv.header(bytes.fromhex("758235d5 7f61")) == (0x75, 4, 0x35D5)


def test_several_objects_are_yielded_in_order() -> None:
    """`iterate` gives the objects that fill the data."""
    assert list(tlv.iterate(bytes.fromhex("0201015f010100"))) == [
        Tlv(0x02, b"\x01"),
        Tlv(0x5F01, b"\x00"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        "",
        "5f",
        "5f818181",
        "7fffffff01",
        "02",
        "0280",
        "0285000000000100",
        "0282 01",
        "0202 01",
    ],
)
def test_object_cut_short_indefinite_or_too_long_is_refused(data: str) -> None:
    """A header that cannot be read, or a value that is not all there, raises MalformedData."""
    with pytest.raises(MalformedData):
        tlv.parse_one(bytes.fromhex(data))


def test_bytes_behind_the_object_are_refused() -> None:
    """A file holds one object and nothing else."""
    with pytest.raises(MalformedData, match="1 bytes follow"):
        tlv.unwrap(bytes.fromhex("02010100"), 0x02)


def test_object_of_another_tag_is_refused() -> None:
    """The wrong file is told by its tag."""
    with pytest.raises(MalformedData, match="tag 61 was expected and 75 found"):
        tlv.unwrap(bytes.fromhex("7500"), 0x61)


OBJECTS = st.lists(
    st.builds(
        Tlv,
        st.sampled_from([0x00, 0x02, 0x30, 0x87, 0x99, 0x5F1F, 0x7F49, 0x9F8501]),
        st.one_of(st.binary(max_size=3), st.sampled_from([127, 128, 255, 256, 66_000]).map(bytes)),
    ),
    max_size=12,
)


@given(OBJECTS)
def test_objects_one_after_another_come_back(objects: list[Tlv]) -> None:
    """Whatever their tags and lengths, and one by one as well as in a run."""
    data = b"".join(item.to_bytes() for item in objects)
    assert list(tlv.iterate(data)) == objects
    offset = 0
    for item in objects:
        found, offset = tlv.parse_one(data, offset)
        assert found == item
    assert offset == len(data)


@pytest.mark.parametrize("length", ["03", "8103", "820003", "83000003", "8400000003"])
def test_length_in_a_longer_form_than_it_needs_is_read(length: str) -> None:
    """BER allows it, and cards write it."""
    data = bytes.fromhex("87" + length + "AABBCC")
    assert list(tlv.iterate(data * 2)) == [Tlv(0x87, b"\xaa\xbb\xcc")] * 2
    assert tlv.unwrap(data, 0x87) == b"\xaa\xbb\xcc"
    assert tlv.header(data) == (0x87, len(data) - 3, 3)


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_buffers_of_other_kinds_give_bytes(kind: Callable[[bytes], bytes]) -> None:
    """What comes out can be hashed and kept, whatever went in."""
    data = kind(bytes.fromhex("0201075F010100"))
    assert list(tlv.iterate(data)) == [Tlv(2, b"\x07"), Tlv(0x5F01, b"\x00")]
    assert tlv.unwrap(data[:3], 2) == b"\x07"
    assert all(type(item.value) is bytes for item in tlv.iterate(data))


@pytest.mark.parametrize(
    ("data", "tags"),
    [("", ()), ("61", (0x61,)), ("5F0E A0 5F8001 7F61", (0x5F0E, 0xA0, 0x5F8001, 0x7F61))],
)
def test_tag_list_names_tags_of_every_size(data: str, tags: tuple[int, ...]) -> None:
    """One after another, as `header` reads each."""
    assert tlv.tags(bytes.fromhex(data)) == tags
    for tag in tags:
        assert tlv.header(tlv.encode(tag, b""))[0] == tag


@pytest.mark.parametrize("data", ["5F", "615F80", "5F808001"])
def test_tag_list_cut_short_or_with_too_long_a_tag_is_refused(data: str) -> None:
    """As `header` refuses such a tag."""
    with pytest.raises(MalformedData):
        tlv.tags(bytes.fromhex(data))


def test_object_does_not_show_what_it_holds() -> None:
    """Its value may be a name or a key: a log tells the size."""
    assert repr(Tlv(0x5F0E, b"NGUYEN<<AN")) == "Tlv(tag=0x5f0e, 10 bytes)"


@given(st.binary(max_size=200))
def test_random_bytes_read_or_raise_malformed_data(data: bytes) -> None:
    """Whatever is read was made of exactly these bytes; everything else is MalformedData."""
    try:
        items = list(tlv.iterate(data))
    except MalformedData:
        return
    offset = 0
    for item in items:
        tag, head, length = tlv.header(data, offset)
        assert item == (tag, data[offset + head : offset + head + length])
        offset += head + length
    assert offset == len(data)
