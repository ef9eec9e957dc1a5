"""Bytes from a stranger: every parser gives a value or MalformedData, never another error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import tlv
from reader.errors import MalformedData
from reader.lds import com, dg1, dg2, dg13, dg14, dg15, security_infos, sod

Parser = Callable[[bytes], object]

PARSERS: dict[str, tuple[int, Parser]] = {
    "COM": (0x60, com.parse),
    "SOD": (0x77, sod.parse),
    "DG1": (0x61, dg1.parse),
    "DG2": (0x75, dg2.parse),
    "DG13": (0x6D, dg13.parse),
    "DG14": (0x6E, dg14.parse),
    "DG15": (0x6F, dg15.parse),
    "CardAccess": (0x31, security_infos.parse),
}
SPECIMEN = {"COM": "011E", "SOD": "011D", "DG1": "0101", "DG2": "0102", "DG15": "010F"}
COUNTRIES = ["AT", "DE", "FI", "FR", "MY", "NZ", "UK", "US"]

# Pieces that get past the first gates more often than plain noise.
PIECES = st.sampled_from(
    [
        bytes.fromhex(text)
        for text in (
            "3000",
            "3080",
            "0000",
            "020101",
            "3100",
            "0c0141",
            "0606678108010101",
            "06092a864886f70d010702",
            "a080",
            "0606 28d316010008",
            "060a04007f00070202040202",
            "7f60 00",
            "5f2e 0e 46414300303130000000000e0000",
        )
    ]
)
NOISE = st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=30).map(b"".join)


def reads_or_refuses(parse: Parser, data: bytes) -> bool:
    """Tell whether the bytes were read; any error but MalformedData fails the test."""
    try:
        parse(data)
    except MalformedData:
        return False
    return True


@pytest.mark.parametrize("name", SPECIMEN)
def test_specimen_cut_at_every_byte_is_refused(specimen: Callable[[str], bytes], name: str) -> None:
    """A file that ends too early raises MalformedData wherever it ends."""
    data, (_, parse) = specimen(SPECIMEN[name]), PARSERS[name]
    assert reads_or_refuses(parse, data)
    assert not any(reads_or_refuses(parse, data[:end]) for end in range(len(data)))


@pytest.mark.parametrize("name", SPECIMEN)
def test_specimen_with_a_byte_behind_it_is_refused(
    specimen: Callable[[str], bytes], name: str
) -> None:
    """The parser accounts for every byte."""
    assert not reads_or_refuses(PARSERS[name][1], specimen(SPECIMEN[name]) + b"\x00")


@pytest.mark.parametrize("name", ["COM", "SOD", "DG1", "DG15"])
def test_content_cut_at_every_byte_inside_a_sound_template_is_refused(
    specimen: Callable[[str], bytes], name: str
) -> None:
    """The outer length being right, the inner structure still tells."""
    tag, parse = PARSERS[name]
    content = tlv.unwrap(specimen(SPECIMEN[name]), tag)
    cut = (tlv.encode(tag, content[:end]) for end in range(len(content)))
    assert not any(reads_or_refuses(parse, data) for data in cut)


@pytest.mark.parametrize("country", COUNTRIES)
def test_real_security_object_cut_at_every_byte_is_refused(vectors: Path, country: str) -> None:
    """As the card would send it, and inside a sound template."""
    data = (vectors / "sod" / f"{country}.EF_SOD.bin").read_bytes()
    content = tlv.unwrap(data, 0x77)
    assert not any(reads_or_refuses(sod.parse, data[:end]) for end in range(len(data)))
    cut = (tlv.encode(0x77, content[:end]) for end in range(len(content)))
    assert not any(reads_or_refuses(sod.parse, part) for part in cut)


@pytest.mark.parametrize("country", COUNTRIES)
def test_real_security_object_with_any_byte_changed_leaks_no_other_error(
    vectors: Path, country: str
) -> None:
    """Lengths, tags and identifiers turned wrong one by one: a value or MalformedData."""
    data = (vectors / "sod" / f"{country}.EF_SOD.bin").read_bytes()
    for position in range(len(data)):
        for change in (0x01, 0x80, 0xFF):
            altered = bytearray(data)
            altered[position] ^= change
            reads_or_refuses(sod.parse, bytes(altered))


@pytest.mark.parametrize("name", ["COM", "DG1", "DG2", "DG15"])
def test_specimen_with_any_byte_of_its_head_changed_leaks_no_other_error(
    specimen: Callable[[str], bytes], name: str
) -> None:
    """The first 300 bytes hold all structure."""
    data = specimen(SPECIMEN[name])
    for position in range(min(len(data), 300)):
        for change in (0x01, 0x80, 0xFF):
            altered = bytearray(data)
            altered[position] ^= change
            reads_or_refuses(PARSERS[name][1], bytes(altered))


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.one_of(st.binary(max_size=300), NOISE))
def test_random_bytes_leak_no_other_error(name: str, data: bytes) -> None:
    """With and without the file's own tag around them."""
    tag, parse = PARSERS[name]
    reads_or_refuses(parse, data)
    reads_or_refuses(parse, tlv.encode(tag, data))


@given(data=NOISE)
def test_random_bytes_deep_inside_leak_no_other_error(data: bytes) -> None:
    """Past the outer structures of DG13, DG2 and the security object."""
    head = bytes.fromhex("020101 0606 28D316010008")
    entries = tlv.encode(0x31, tlv.encode(0x30, data))
    reads_or_refuses(dg13.parse, tlv.encode(0x6D, tlv.encode(0x30, head + entries)))
    template = tlv.encode(0x7F60, tlv.encode(0x5F2E, data))
    group = tlv.encode(0x7F61, bytes.fromhex("020101") + template)
    reads_or_refuses(dg2.parse, tlv.encode(0x75, group))
    outer = bytes.fromhex("06092a864886f70d010702") + tlv.encode(0xA0, tlv.encode(0x30, data))
    reads_or_refuses(sod.parse, tlv.encode(0x77, tlv.encode(0x30, outer)))
