"""Every file of the logical data structure, generated: values by hypothesis, and how to write them.

`FILES` names each file once: its parser, its writer, and values that a card could carry. The tests
of foreign bytes and of round trips go through it, so that a new file is held to all promises.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hypothesis import strategies as st

from reader import tlv
from reader.lds import (
    atr_info,
    com,
    dg1,
    dg5,
    dg7,
    dg11,
    dg12,
    dg13,
    dg14,
    dg15,
    dg16,
    directory,
    face_19794,
    picture,
    security_infos,
)
from reader.lds.atr_info import AtrInfo
from reader.lds.com import Com
from reader.lds.dg1 import Mrz, MrzFormat, Name
from reader.lds.dg2 import Dg2
from reader.lds.dg11 import Dg11
from reader.lds.dg12 import Dg12
from reader.lds.dg16 import Person
from reader.lds.directory import Application, Directory
from reader.lds.face_19794 import Face, FeaturePoint
from reader.lds.files import FileId
from reader.lds.security_infos import (
    ActiveAuthInfo,
    ChipAuthInfo,
    ChipAuthKey,
    DirInfo,
    DomainParameters,
    PaceInfo,
    SecurityInfos,
    TerminalAuthInfo,
    UnknownInfo,
)
from reader.tlv import Tlv
from tests.reader.lds import faces


@dataclass(frozen=True)
class File:
    """A file: how it is read and written, and values for it.

    `whole` tells whether one template holds it all: then nothing shorter is a file.
    """

    parse: Callable[[bytes], Any]
    write: Callable[[Any], bytes]
    values: st.SearchStrategy[Any]
    whole: bool = True


def to_bytes(value: Any) -> bytes:
    """Return the wire form of a value that knows it."""
    written: bytes = value.to_bytes()
    return written


BYTE = st.integers(0, 0xFF)
SHORT = st.integers(0, 0xFFFF)

# Text without the separator, spelled and shown as it stands.
LINE = st.text(
    st.characters(exclude_categories=("C", "Zl", "Zp"), exclude_characters="<"),
    min_size=1,
    max_size=12,
).map(lambda text: unicodedata.normalize("NFC", text))
LINES = st.lists(LINE, max_size=4).map(tuple)
NAME = st.lists(LINE, min_size=1, max_size=3).map("<<".join)
NAMES = st.lists(NAME, max_size=3).map(tuple)
DAY = st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(date.isoformat)
PARTIAL_DAY = st.one_of(DAY, DAY.map(lambda day: day[:7]), DAY.map(lambda day: day[:4]))
MOMENT = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 -- no zone
    lambda moment: moment.replace(microsecond=0).isoformat()
)
OTHER_OBJECT = st.builds(Tlv, st.sampled_from([0x43, 0x46, 0x53, 0x5F2D]), st.binary(max_size=9))


def _unique(objects: list[Tlv]) -> tuple[Tlv, ...]:
    return tuple({item.tag: item for item in objects}.values())


# EF.COM, EF.ATR/INFO, EF.DIR

DATA_GROUPS = st.lists(
    st.sampled_from([file for file in FileId if file.data_group]), unique=True, max_size=16
)
COM = st.builds(
    Com,
    st.text(string.digits, min_size=4, max_size=4),
    st.text(string.digits, min_size=6, max_size=6),
    DATA_GROUPS.map(tuple),
)
SIZES = st.tuples(SHORT, SHORT).map(
    lambda sizes: Tlv(0x7F66, b"".join(tlv.encode(2, n.to_bytes(3, "big")) for n in sizes))
)
CAPABILITIES = st.binary(min_size=1, max_size=3).map(lambda table: Tlv(0x47, table))
HISTORICAL = st.binary(max_size=3).map(
    lambda table: Tlv(0x5F52, b"\x80" + bytes([0x70 | len(table)]) + table if table else b"\x80")
)
ATR_INFO = st.lists(
    st.one_of(SIZES, CAPABILITIES, HISTORICAL, OTHER_OBJECT), min_size=1, max_size=5
).map(lambda objects: AtrInfo(_unique(objects)))
AID = st.binary(min_size=5, max_size=16).map(lambda aid: Tlv(0x4F, aid))
LABEL = st.text("ABCĐƠƯ ", max_size=8).map(lambda label: Tlv(0x50, label.encode()))
TEMPLATE = st.tuples(AID, LABEL, OTHER_OBJECT).map(
    lambda inside: Tlv(0x61, b"".join(item.to_bytes() for item in inside))
)
DIR = st.lists(st.one_of(AID, TEMPLATE).map(Application), min_size=1, max_size=4).map(
    lambda found: Directory(tuple(found))
)

# SecurityInfos

NUMBER = st.integers(-5, 300)
MAYBE_NUMBER = st.none() | NUMBER
ARC = st.integers(1, 300)
ALGORITHM = st.just(bytes.fromhex("300B 0607 2A8648CE3D0201 3000"))
KEY = st.binary(max_size=9).map(
    lambda point: tlv.encode(0x30, bytes.fromhex("3004 0602 2B24") + tlv.encode(3, b"\x00" + point))
)
PACE = ARC.flatmap(lambda a: ARC.map(lambda b: f"0.4.0.127.0.7.2.2.4.{a}.{b}"))
CHIP = ARC.flatmap(lambda a: ARC.map(lambda b: f"0.4.0.127.0.7.2.2.3.{a}.{b}"))
KIND = st.sampled_from(["0.4.0.127.0.7.2.2.4.2", "0.4.0.127.0.7.2.2.3.1"])
KEY_KIND = st.sampled_from(["0.4.0.127.0.7.2.2.1.1", "0.4.0.127.0.7.2.2.1.2"])
ENTRY = st.one_of(
    st.builds(PaceInfo, PACE, NUMBER, MAYBE_NUMBER),
    st.builds(ChipAuthInfo, CHIP, NUMBER, MAYBE_NUMBER),
    st.builds(DomainParameters, KIND, ALGORITHM, MAYBE_NUMBER),
    st.builds(ChipAuthKey, KEY_KIND, KEY, MAYBE_NUMBER),
    st.builds(TerminalAuthInfo, NUMBER, st.none() | st.tuples(SHORT, st.none() | BYTE)),
    st.builds(DirInfo, st.binary(max_size=20)),
    st.builds(UnknownInfo, st.just("1.0.10646.1.0.8"), OTHER_OBJECT.map(Tlv.to_bytes)),
)
ACTIVE = st.builds(ActiveAuthInfo, NUMBER, st.just("1.2.840.10045.4.3.2"))
SECURITY_INFOS = st.tuples(st.lists(ENTRY, max_size=6), st.lists(ACTIVE, max_size=1)).map(
    lambda parts: SecurityInfos(tuple(parts[0] + parts[1]))
)

# DG1

CAPITALS = string.ascii_uppercase
WORDS = st.lists(st.text(CAPITALS, min_size=1, max_size=4), min_size=1, max_size=2).map(" ".join)
CODE = st.text(CAPITALS, min_size=1, max_size=3)
YYMMDD = st.text(string.digits, min_size=6, max_size=6)
# A number that goes on leaves room for its check digit and a filler in the optional data.
NUMBERS = {MrzFormat.TD1: 22, MrzFormat.TD2: 14, MrzFormat.TD3: 9}
OPTIONAL = {MrzFormat.TD1: 15, MrzFormat.TD2: 7, MrzFormat.TD3: 14}


@st.composite
def zones(draw: st.DrawFn) -> Mrz:
    """Return a zone of any size of document."""
    kind = draw(st.sampled_from(MrzFormat))
    number = draw(st.text(CAPITALS + string.digits, min_size=1, max_size=NUMBERS[kind]))
    taken = 0 if len(number) <= dg1.NUMBER_LENGTH else len(number) - dg1.NUMBER_LENGTH + 2
    optional = draw(st.text(CAPITALS + "0<", max_size=OPTIONAL[kind] - taken)).rstrip("<")
    return Mrz(
        format=kind,
        document_type=draw(st.text(CAPITALS, min_size=1, max_size=2)),
        issuing_state=draw(CODE),
        document_number=number,
        optional_data=optional,
        optional_data_2=draw(st.text(CAPITALS, max_size=11)) if kind is MrzFormat.TD1 else "",
        birth=draw(YYMMDD | YYMMDD.map(lambda text: text[:2] + "<<<<")),
        sex=draw(st.sampled_from(["M", "F", "X", ""])),
        expiry=draw(YYMMDD),
        nationality=draw(CODE),
        name=Name(draw(WORDS), draw(WORDS | st.just(""))),
        filler_digit=kind is MrzFormat.TD3 and not optional and draw(st.booleans()),
    )


# DG2, DG5, DG7

IMAGE = st.builds(
    bytes.__add__,
    st.sampled_from([faces.JPEG, faces.JPEG_2000, faces.CODESTREAM]),
    st.binary(max_size=40),
)
PICTURES = st.lists(IMAGE.map(lambda data: picture.parse(data, "x")), min_size=1, max_size=9).map(
    tuple
)
POINTS = st.lists(st.builds(FeaturePoint, BYTE, BYTE, SHORT, SHORT, SHORT), max_size=3).map(tuple)
THREE = st.binary(min_size=3, max_size=3)
FACE = st.builds(
    Face,
    image=IMAGE,
    width=SHORT,
    height=SHORT,
    sex=BYTE,
    eye_colour=BYTE,
    hair_colour=BYTE,
    properties=THREE,
    expression=SHORT,
    pose=THREE,
    pose_uncertainty=THREE,
    points=POINTS,
    image_type=BYTE,
    data_type=BYTE,
    colour_space=BYTE,
    source=BYTE,
    device=SHORT,
    quality=SHORT,
)
OLDER = st.lists(FACE, max_size=2).map(lambda found: faces.ef_dg2(face_19794.encode(tuple(found))))
NEWER = IMAGE.map(
    lambda image: faces.ef_dg2(faces.block(faces.full_representation(image)), tag=0x7F2E)
)
DG2 = st.one_of(OLDER, NEWER).map(Dg2.from_bytes)

# DG11, DG12, DG13, DG15, DG16

SAID: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "DG11": st.fixed_dictionaries(
        {
            "full_name": NAME | st.just(""),
            "other_names": NAMES,
            "personal_number": LINE,
            "birth": PARTIAL_DAY,
            "place_of_birth": LINES,
            "address": LINES,
            "telephone": LINE,
            "profession": LINE | st.just(""),
            "title": LINE,
            "summary": LINE,
            "proof_of_citizenship": st.binary(max_size=9),
            "other_documents": LINES,
            "custody": LINE,
        }
    ),
    "DG12": st.fixed_dictionaries(
        {
            "authority": LINE,
            "issued": PARTIAL_DAY | st.just(""),
            "other_persons": NAMES,
            "observations": LINE,
            "tax": LINE,
            "front": st.binary(max_size=9),
            "rear": st.binary(max_size=9),
            "personalised": MOMENT | st.just(""),
            "system": LINE,
        }
    ),
    "DG16": st.fixed_dictionaries(
        {"recorded": PARTIAL_DAY, "full_name": NAME, "telephone": LINE, "address": LINES}
    ),
}
"""What the values of these files are made of, by the names of their fields."""
DG11 = SAID["DG11"].map(lambda said: Dg11.of(**said))
DG12 = SAID["DG12"].map(lambda said: Dg12.of(**said))
PERSON = SAID["DG16"].map(lambda said: Person.of(**said))
DG13: st.SearchStrategy[Mapping[int, dg13.Value]] = st.dictionaries(
    st.integers(0, 300), st.one_of(LINE, LINES), max_size=9
)
FILES: dict[str, File] = {
    "ATR/INFO": File(atr_info.parse, to_bytes, ATR_INFO, whole=False),
    "DIR": File(directory.parse, to_bytes, DIR, whole=False),
    "CardAccess": File(security_infos.parse, to_bytes, SECURITY_INFOS),
    "COM": File(com.parse, to_bytes, COM),
    "DG1": File(dg1.parse, to_bytes, zones()),
    "DG2": File(Dg2.from_bytes, to_bytes, DG2),
    "DG5": File(dg5.parse, dg5.encode, PICTURES),
    "DG7": File(dg7.parse, dg7.encode, PICTURES),
    "DG11": File(dg11.parse, to_bytes, DG11),
    "DG12": File(dg12.parse, to_bytes, DG12),
    "DG13": File(dg13.parse, dg13.encode, DG13),
    "DG14": File(dg14.parse, dg14.encode, SECURITY_INFOS),
    "DG15": File(dg15.parse, dg15.encode, KEY),
    "DG16": File(dg16.parse, dg16.encode, st.lists(PERSON, min_size=1, max_size=3).map(tuple)),
}
