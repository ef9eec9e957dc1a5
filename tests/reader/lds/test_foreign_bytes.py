"""Bytes from a stranger: every parser gives a value or MalformedData, never another error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import tlv
from reader.errors import MalformedData
from reader.lds import card_security, dg2, dg11, dg13, dg16, sod
from tests.reader.lds.generated import FILES

Parser = Callable[[bytes], object]

PARSERS: dict[str, Parser] = {
    **{name: file.parse for name, file in FILES.items()},
    "SOD": sod.parse,
    "CardSecurity": card_security.parse,
}
TEMPLATES = {
    "COM": 0x60,
    "SOD": 0x77,
    "DG1": 0x61,
    "DG2": 0x75,
    "DG5": 0x65,
    "DG7": 0x67,
    "DG11": 0x6B,
    "DG12": 0x6C,
    "DG13": 0x6D,
    "DG14": 0x6E,
    "DG15": 0x6F,
    "DG16": 0x70,
    "DIR": 0x61,
    "ATR/INFO": 0x7F66,
    "CardAccess": 0x31,
    "CardSecurity": 0x30,
}
SPECIMEN = {"COM": "011E", "SOD": "011D", "DG1": "0101", "DG2": "0102", "DG15": "010F"}
SYNTHETIC = ("DG5", "DG7", "DG11", "DG12")
PUBLISHED = (*SPECIMEN, *SYNTHETIC)
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
            "7f2e 00",
            "a1 00",
            "65 00",
            "a007 800103 810207e3",
            "020102",
            "4f05 a000000247",
            "5f0e 0141",
            "5f2b04 20210915",
            "5f40 03 ffd8ff",
            "5c02 5f0e",
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


@pytest.fixture(scope="session")
def published(
    specimen: Callable[[str], bytes], synthetic: Callable[[str], bytes]
) -> Callable[[str], bytes]:
    """Return a reader of files that others published, by the file's name in the standard."""
    return lambda name: specimen(SPECIMEN[name]) if name in SPECIMEN else synthetic(name)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_file_cut_at_every_byte_is_refused(
    published: Callable[[str], bytes], name: str
) -> None:
    """A file that ends too early raises MalformedData wherever it ends."""
    data, parse = published(name), PARSERS[name]
    assert reads_or_refuses(parse, data)
    assert not any(reads_or_refuses(parse, data[:end]) for end in range(len(data)))


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_file_with_a_byte_behind_it_is_refused(
    published: Callable[[str], bytes], name: str
) -> None:
    """The parser accounts for every byte."""
    assert not reads_or_refuses(PARSERS[name], published(name) + b"\x00")


@pytest.mark.parametrize("name", ["COM", "SOD", "DG1", "DG15"])
def test_content_cut_at_every_byte_inside_a_sound_template_is_refused(
    published: Callable[[str], bytes], name: str
) -> None:
    """The outer length being right, the inner structure still tells."""
    tag, parse = TEMPLATES[name], PARSERS[name]
    content = tlv.unwrap(published(name), tag)
    cut = (tlv.encode(tag, content[:end]) for end in range(len(content)))
    assert not any(reads_or_refuses(parse, data) for data in cut)


@pytest.mark.parametrize("name", ["DG11", "DG12"])
def test_details_cut_inside_a_sound_template_are_whole_objects(
    published: Callable[[str], bytes], name: str
) -> None:
    """What is left is read where the cut lies between two details, and only there."""
    tag, parse = TEMPLATES[name], PARSERS[name]
    content = tlv.unwrap(published(name), tag)
    between = [0]
    while between[-1] < len(content):
        between.append(tlv.parse_one(content, between[-1])[1])
    taken = [
        end
        for end in range(len(content) + 1)
        if reads_or_refuses(parse, tlv.encode(tag, content[:end]))
    ]
    assert taken == between


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


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != "SOD"])
def test_published_file_with_any_byte_of_its_head_changed_leaks_no_other_error(
    published: Callable[[str], bytes], name: str
) -> None:
    """The first 300 bytes hold all structure."""
    data = published(name)
    for position in range(min(len(data), 300)):
        for change in (0x01, 0x80, 0xFF):
            altered = bytearray(data)
            altered[position] ^= change
            reads_or_refuses(PARSERS[name], bytes(altered))


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.one_of(st.binary(max_size=300), NOISE))
def test_random_bytes_leak_no_other_error(name: str, data: bytes) -> None:
    """With and without the file's own tag around them."""
    reads_or_refuses(PARSERS[name], data)
    reads_or_refuses(PARSERS[name], tlv.encode(TEMPLATES[name], data))


@given(data=NOISE)
def test_random_bytes_deep_inside_leak_no_other_error(data: bytes) -> None:
    """Past the outer structures of the files that are nested deepest."""
    head = bytes.fromhex("020101 0606 28D316010008")
    entries = tlv.encode(0x31, tlv.encode(0x30, data))
    reads_or_refuses(dg13.parse, tlv.encode(0x6D, tlv.encode(0x30, head + entries)))
    template = tlv.encode(0x7F60, tlv.encode(0x5F2E, data))
    group = tlv.encode(0x7F61, bytes.fromhex("020101") + template)
    reads_or_refuses(dg2.parse, tlv.encode(0x75, group))
    newer = tlv.encode(0x7F2E, tlv.encode(0xA1, tlv.encode(0x65, data)))
    template = tlv.encode(0x7F61, bytes.fromhex("020101") + tlv.encode(0x7F60, newer))
    reads_or_refuses(dg2.parse, tlv.encode(0x75, template))
    reads_or_refuses(dg11.parse, tlv.encode(0x6B, tlv.encode(0xA0, data)))
    person = bytes.fromhex("020101") + tlv.encode(0xA1, data)
    reads_or_refuses(dg16.parse, tlv.encode(0x70, person))
    outer = bytes.fromhex("06092a864886f70d010702") + tlv.encode(0xA0, tlv.encode(0x30, data))
    reads_or_refuses(sod.parse, tlv.encode(0x77, tlv.encode(0x30, outer)))
