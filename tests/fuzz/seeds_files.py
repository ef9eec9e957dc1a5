"""Where the fuzzing of a card's files and answers begins: vectors, and files made here.

The made ones hold what no published file has: the newer record of a face, Vietnamese texts,
persons to notify, capabilities, applications.
"""

from __future__ import annotations

from functools import cache

from reader import tlv
from reader.lds import dg13, dg14, dg16
from reader.lds.dg11 import Dg11
from reader.lds.dg12 import Dg12
from reader.lds.dg16 import Person
from reader.lds.security_infos import (
    ChipAuthInfo,
    DirInfo,
    DomainParameters,
    PaceInfo,
    SecurityInfos,
    TerminalAuthInfo,
)
from tests.fuzz import feed_files
from tests.fuzz.seeds import Seeds, card_files, files
from tests.reader.lds import faces

ATR_INFO = bytes.fromhex("4703 9401E0 7F66 08 02022000 02022000 5F5205 80 73 9401E0")
DIR = bytes.fromhex("61094F07A0000002471001 610D 4F07A0000002472001 50024C44")
INFOS = SecurityInfos(
    (
        PaceInfo("0.4.0.127.0.7.2.2.4.2.2", 2, 13),
        DomainParameters("0.4.0.127.0.7.2.2.4.2", bytes.fromhex("3004 0602 2B24"), 32),
        ChipAuthInfo("0.4.0.127.0.7.2.2.3.2.2", 1, 1),
        TerminalAuthInfo(1, (0x011C, 0x1C)),
        DirInfo(DIR),
    )
)


@cache
def application_files() -> Seeds:
    """Return files of the application: those of `seeds`, and more."""
    return {
        **card_files(),
        **files("specimen/li0ard_bsi_extra/*.bin"),
        "made/DG2 19794": faces.ef_dg2(faces.record(faces.face(points=2))),
        "made/DG2 39794": faces.ef_dg2(faces.block(faces.full_representation()), tag=0x7F2E),
        "made/DG11": Dg11.of(full_name="LÊ<<MƠ", other_names=("A", "B"), birth="1962").to_bytes(),
        "made/DG12": Dg12.of(authority="X", personalised="2025-09-02T08:30:00").to_bytes(),
        "made/DG13": dg13.encode({1: "001201000001", 2: "Lê Thị Mơ", 13: ("Cha", "Mẹ")}),
        "made/DG14": dg14.encode(INFOS),
        "made/DG16": dg16.encode(
            [Person.of(recorded="2025", full_name="A<<B", telephone="84", address=("C", "D"))] * 2
        ),
    }


@cache
def master_files() -> Seeds:
    """Return files of the master file."""
    return {
        **files("sod/*.EF_CardSecurity.bin"),
        "made/ATR-INFO": ATR_INFO,
        "made/DIR": DIR,
        "made/CardAccess": INFOS.to_bytes(),
    }


@cache
def objects() -> Seeds:
    """Return data objects with tags and lengths of every size."""
    return {
        **files("specimen/*/*.bin"),
        "made/short": bytes.fromhex("0201079F850100"),
        "made/long": tlv.encode(0x7F49, bytes(300)) + b"\x87\x83\x00\x00\x01\x00",
    }


@cache
def protected_answers() -> Seeds:
    """Return answers as a chip protects them, under each suite."""
    found: dict[str, bytes] = {}
    for suite in feed_files.SUITES:
        found[f"made/{suite.label} status"] = feed_files.answered(suite, feed_files.OK)
        cryptogram = feed_files.sealed(suite, b"\x61\x02\x5f\x1f")
        found[f"made/{suite.label} data"] = feed_files.answered(suite, cryptogram + feed_files.OK)
    return found


@cache
def protected_objects() -> Seeds:
    """Return what stands in such answers before the status, in both forms of a cryptogram."""
    return {
        f"made/{suite.label} {tag:X}": feed_files.sealed(suite, bytes(20), tag)
        for suite in feed_files.SUITES
        for tag in (0x87, 0x85)
    }
