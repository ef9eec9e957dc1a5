"""BER-TLV: every byte is accounted for, and only MalformedData comes out."""

from __future__ import annotations

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


@given(st.binary(max_size=200))
def test_random_bytes_read_or_raise_malformed_data(data: bytes) -> None:
    """Whatever is read was made of exactly these bytes; everything else is MalformedData."""
    try:
        items = list(tlv.iterate(data))
    except MalformedData:
        return
    assert sum(len(item.value) for item in items) <= len(data)
