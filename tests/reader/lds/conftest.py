"""Vectors that nobody on this project wrote, and files built by hand from the standard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reader import tlv
from reader.lds import dg1


@pytest.fixture(scope="session")
def specimen(vectors: Path) -> Callable[[str], bytes]:
    """Return a reader of the Dutch specimen's files by file identifier in hex."""
    return lambda fid: (vectors / "specimen" / "jmrtd_loes2006" / f"ef{fid}.bin").read_bytes()


@pytest.fixture(scope="session")
def synthetic(vectors: Path) -> Callable[[str], bytes]:
    """Return a reader of made files that others published, by name of the file."""
    return lambda name: (vectors / "specimen" / "li0ard_bsi_extra" / f"EF_{name}.bin").read_bytes()


@pytest.fixture(scope="session")
def dg1_of() -> Callable[[str], bytes]:
    """Return a function that puts MRZ lines, joined or not, into DG1."""

    def build(mrz: str) -> bytes:
        return tlv.encode(0x61, tlv.encode(0x5F1F, "".join(mrz.split()).encode("ascii")))

    return build


@pytest.fixture(scope="session")
def td1() -> Callable[..., bytes]:
    """Return a function that makes DG1 of a TD1 card with right check digits."""

    def build(
        *,
        kind: str = "ID",
        state: str = "VNM",
        number: str = "201000001",
        optional: str = "",
        birth: str = "010203",
        sex: str = "M",
        expiry: str = "310203",
        name: str = "NGUYEN<<VAN<AN",
    ) -> bytes:
        digit = dg1.check_digit
        number, optional = number.ljust(9, "<"), optional.ljust(15, "<")
        upper = f"{kind:<<2}{state}{number}{digit(number)}{optional}"
        lower = f"{birth}{digit(birth)}{sex}{expiry}{digit(expiry)}VNM" + "<" * 11
        whole = digit(upper[5:30] + lower[0:7] + lower[8:15] + lower[18:29])
        mrz = f"{upper}{lower}{whole}{name:<<30}"
        return tlv.encode(0x61, tlv.encode(0x5F1F, mrz.encode("ascii")))

    return build


@pytest.fixture(scope="session")
def dg13_of() -> Callable[..., bytes]:
    """Return a function that makes DG13 from numbered texts, lists of texts or raw objects."""

    def encoded(value: str | tuple[str, ...] | bytes) -> bytes:
        if isinstance(value, bytes):
            return value
        if isinstance(value, tuple):
            return tlv.encode(0x30, b"".join(encoded(text) for text in value))
        return tlv.encode(0x0C, value.encode())

    def build(fields: dict[int, str | tuple[str, ...] | bytes]) -> bytes:
        entries = b"".join(
            tlv.encode(0x30, tlv.encode(0x02, bytes([number])) + encoded(value))
            for number, value in fields.items()
        )
        head = bytes.fromhex("020101 0606 28D316010008")
        return tlv.encode(0x6D, tlv.encode(0x30, head + tlv.encode(0x31, entries)))

    return build
