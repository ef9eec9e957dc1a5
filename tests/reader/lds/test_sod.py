"""EF.SOD: eight real ones and a specimen, and what must not pass for one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.lds import sod

REAL = {
    "AT": ("sha256", [1, 2, 3, 11, 12, 14], None),
    "DE": ("sha384", [1, 2, 3, 14], "0108"),
    "FI": ("sha512", [1, 2, 3, 7, 14], "0108"),
    "FR": ("sha256", [1, 2, 3, 11, 12, 13, 14], None),
    "MY": ("sha256", [1, 2, 3, 11, 12, 14], None),
    "NZ": ("sha256", [1, 2, 12, 13, 14, 15], None),
    "UK": ("sha256", [1, 2, 14], "0108"),
    "US": ("sha256", [1, 2, 11, 12], None),
}
SHA256 = bytes.fromhex("300d06096086480165030402010500")
VERSION_0, VERSION_1 = bytes.fromhex("020100"), bytes.fromhex("020101")


def digest_entry(number: int, digest: bytes) -> bytes:
    """Return a DataGroupHash."""
    return tlv.encode(0x30, tlv.encode(2, bytes([number])) + tlv.encode(4, digest))


def ef_sod(*parts: bytes, content_type: str = "0606678108010101") -> bytes:
    """Return EF.SOD around an LDSSecurityObject of these parts, without signers."""
    content = tlv.encode(0xA0, tlv.encode(4, tlv.encode(0x30, b"".join(parts))))
    encapsulated = tlv.encode(0x30, bytes.fromhex(content_type) + content)
    signed = tlv.encode(0x30, bytes.fromhex("0201033100") + encapsulated + bytes.fromhex("3100"))
    outer = bytes.fromhex("06092a864886f70d010702") + tlv.encode(0xA0, signed)
    return tlv.encode(0x77, tlv.encode(0x30, outer))


GOOD_LIST = tlv.encode(0x30, digest_entry(1, bytes(32)) + digest_entry(2, bytes(32)))


@pytest.mark.parametrize("country", REAL)
def test_real_security_object_gives_its_hash_list(vectors: Path, country: str) -> None:
    """Algorithm, data groups and version of each country's own, DER and BER (NZ)."""
    data = (vectors / "sod" / f"{country}.EF_SOD.bin").read_bytes()
    found = sod.parse(data)
    algorithm, groups, version = REAL[country]
    assert (found.hash_algorithm, sorted(found.hashes)) == (algorithm, groups)
    assert found.lds_version == version
    assert found.content_info == tlv.unwrap(data, 0x77)
    size = hashlib.new(algorithm).digest_size
    assert {len(digest) for digest in found.hashes.values()} == {size}


@pytest.mark.parametrize("country", REAL)
def test_signed_content_is_the_octets_without_their_ber_wrapping(
    vectors: Path, country: str
) -> None:
    """The signed content is one whole SEQUENCE, also where the card sends it in chunks."""
    found = sod.parse((vectors / "sod" / f"{country}.EF_SOD.bin").read_bytes())
    assert tlv.unwrap(found.signed_content, 0x30).startswith(b"\x02\x01")


def test_hashes_of_the_specimen_match_its_files(specimen: Callable[[str], bytes]) -> None:
    """DG1, DG2 and DG15 of the Dutch specimen are the ones that its security object lists."""
    found = sod.parse(specimen("011D"))
    files = {1: "0101", 2: "0102", 15: "010F"}
    assert found.hash_algorithm == "sha256"
    assert found.hashes == {n: hashlib.sha256(specimen(f)).digest() for n, f in files.items()}


def test_hash_algorithm_unknown_here_keeps_its_identifier() -> None:
    """An algorithm that this terminal lacks is not malformed: `verify` decides."""
    algorithm = bytes.fromhex("300b 0609608648016503040208")
    found = sod.parse(ef_sod(VERSION_0, algorithm, tlv.encode(0x30, digest_entry(1, b"\x01"))))
    assert found.hash_algorithm == "2.16.840.1.101.3.4.2.8"


def test_list_built_by_hand_reads_back() -> None:
    """The refusals below differ from this good one in one thing each."""
    version_info = bytes.fromhex("300e 130430313038 1306313530303030")
    found = sod.parse(ef_sod(VERSION_1, SHA256, GOOD_LIST, version_info))
    assert (found.hashes, found.lds_version) == ({1: bytes(32), 2: bytes(32)}, "0108")


@pytest.mark.parametrize(
    "data",
    [
        ef_sod(bytes.fromhex("020102"), SHA256, GOOD_LIST),
        ef_sod(VERSION_0, SHA256),
        ef_sod(VERSION_0, SHA256, tlv.encode(0x30, b"")),
        ef_sod(VERSION_0, SHA256, tlv.encode(0x30, digest_entry(17, bytes(32)))),
        ef_sod(VERSION_0, SHA256, tlv.encode(0x30, digest_entry(0, bytes(32)))),
        ef_sod(VERSION_0, SHA256, tlv.encode(0x30, digest_entry(1, bytes(32)) * 2)),
        ef_sod(VERSION_0, SHA256, tlv.encode(0x30, digest_entry(1, bytes(20)))),
        ef_sod(VERSION_0, SHA256, tlv.encode(0x30, VERSION_0)),
        ef_sod(VERSION_0, bytes.fromhex("3000"), GOOD_LIST),
        ef_sod(VERSION_1, SHA256, GOOD_LIST, VERSION_1),
        ef_sod(VERSION_1, SHA256, GOOD_LIST, bytes.fromhex("3008 13023041 13023135")),
        ef_sod(VERSION_0, SHA256, GOOD_LIST, content_type="06092a864886f70d010701"),
    ],
    ids=[
        "version 2",
        "no list",
        "empty list",
        "DG17",
        "DG0",
        "DG1 twice",
        "short digest",
        "no pair",
        "no algorithm",
        "no version info",
        "version no number",
        "other content",
    ],
)
def test_list_not_of_the_standard_is_refused(data: bytes) -> None:
    """Each departure raises MalformedData."""
    with pytest.raises(MalformedData):
        sod.parse(data)


def test_cms_object_that_is_not_signed_data_is_refused() -> None:
    """A ContentInfo of plain data is no security object."""
    data = bytes.fromhex("06092a864886f70d010701 a003 040100")
    with pytest.raises(MalformedData):
        sod.parse(tlv.encode(0x77, tlv.encode(0x30, data)))


def test_cms_object_without_content_is_refused() -> None:
    """A detached signature carries no hash list."""
    encapsulated = tlv.encode(0x30, bytes.fromhex("0606678108010101"))
    signed = tlv.encode(0x30, bytes.fromhex("0201033100") + encapsulated + bytes.fromhex("3100"))
    outer = bytes.fromhex("06092a864886f70d010702") + tlv.encode(0xA0, signed)
    with pytest.raises(MalformedData):
        sod.parse(tlv.encode(0x77, tlv.encode(0x30, outer)))


def test_nesting_without_end_is_refused() -> None:
    """Indefinite lengths, thousands deep, raise MalformedData and exhaust nothing."""
    with pytest.raises(MalformedData):
        sod.parse(tlv.encode(0x77, b"\x30\x80" * 20_000))


def test_file_beyond_the_cap_is_refused() -> None:
    """The size is checked before anything is read."""
    with pytest.raises(MalformedData, match="larger than"):
        sod.parse(tlv.encode(0x77, bytes(sod.MAX_SOD)))
