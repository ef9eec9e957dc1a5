"""The wire form of a kept reading: everything comes back, and nothing of another form does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reader import tlv
from reader.errors import MalformedData
from reader.evidence import (
    ActiveAuthRun,
    CardAccessSource,
    CardEvidence,
    ChipAuthRun,
    MappingProof,
    PaceFacts,
    PasswordKind,
)
from reader.lds.files import FileId

WHOLE = CardEvidence(
    profile="icao",
    aid=bytes.fromhex("A0000002471001"),
    files={FileId.SOD: b"\x77\x00", FileId.CARD_SECURITY: b"\x30\x00"},
    refused={FileId.DG15: 0x6982},
    pace=PaceFacts(
        "0.4.0.127.0.7.2.2.4.6.2",
        13,
        PasswordKind.MRZ,
        CardAccessSource.READ,
        MappingProof(b"\x04point", b"scalar"),
    ),
    active_auth=ActiveAuthRun(bytes(8), b"signature", 0x9000),
    atr=b"\x3b\x80",
    chip_auth=ChipAuthRun("0.4.0.127.0.7.2.2.3.2.2", 195, b"\x30key", True, 0x9000),
    basic_access=False,
)


def bent(path: str, value: Any) -> bytes:
    """Return the wire form with one field changed, or taken away where `value` is Ellipsis."""
    document: Any = json.loads(WHOLE.to_bytes())
    place = document
    *way, name = path.split(".")
    for part in way:
        place = place[part]
    if value is ...:
        del place[name]
    else:
        place[name] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "evidence",
    [
        WHOLE,
        replace(WHOLE, chip_auth=None, active_auth=None, atr=b""),
        replace(WHOLE, pace=None, basic_access=True),
        replace(WHOLE, chip_auth=ChipAuthRun("1.2.3", None, b"", False, 0x6300)),
        replace(WHOLE, pace=PaceFacts("1.2", 8, PasswordKind.CAN, CardAccessSource.REMEMBERED)),
    ],
    ids=["whole", "without proofs", "basic access", "unproved", "remembered"],
)
def test_everything_comes_back(evidence: CardEvidence) -> None:
    """What was kept is what is judged again, to the byte."""
    again = CardEvidence.from_bytes(evidence.to_bytes())
    assert again == evidence
    assert again.to_bytes() == evidence.to_bytes()


STRINGS: tuple[Any, ...] = (None, 1, True, [], {}, ...)
NUMBERS: tuple[Any, ...] = (None, "1", True, 1.5, [], {}, ...)
TRUTHS: tuple[Any, ...] = (None, 0, 1, "true", [], {}, ...)
BINARY: tuple[Any, ...] = (None, 1, "no base64!", "AAA", [], {}, ...)
RECORDS: tuple[Any, ...] = (1, "x", True, [], {}, ...)
FIELDS: dict[str, tuple[Any, ...]] = {
    "basic_access": TRUTHS,
    "pace": RECORDS,
    "pace.protocol": STRINGS,
    "pace.parameter_id": NUMBERS,
    "pace.password_kind": (*STRINGS, "pin"),
    "pace.source": (*STRINGS, "guessed"),
    "pace.mapping": RECORDS,
    "pace.mapping.public_key": BINARY,
    "pace.mapping.data": BINARY,
    "active_auth": RECORDS,
    "active_auth.challenge": BINARY,
    "active_auth.response": BINARY,
    "active_auth.sw": NUMBERS,
    "chip_auth": RECORDS,
    "chip_auth.protocol": STRINGS,
    "chip_auth.key_id": tuple(one for one in NUMBERS if one is not None),
    "chip_auth.public_key": BINARY,
    "chip_auth.proved": TRUTHS,
    "chip_auth.sw": NUMBERS,
    "refused.DG15": NUMBERS[:-1],
    "files.SOD": BINARY[:-1],
    "v": (1, 3, "2", None, ...),
}


@pytest.mark.parametrize(
    ("path", "value"), [(path, value) for path, values in FIELDS.items() for value in values]
)
def test_a_field_of_another_type(path: str, value: Any) -> None:
    """No field is taken for another type, nor left out: a truth value is no number."""
    with pytest.raises(MalformedData):
        CardEvidence.from_bytes(bent(path, value))


def test_a_file_that_no_card_has() -> None:
    """Only the elementary files of the standard are kept."""
    with pytest.raises(MalformedData):
        CardEvidence.from_bytes(bent("files.DG17", "AAAA"))


def test_what_a_log_line_would_show() -> None:
    """The proofs' octets stay out of the words for a person."""
    for part in (b"point", b"scalar", b"signature"):
        assert part.decode() not in repr(WHOLE)


def test_dg1_is_read_for_whoever_asks() -> None:
    """What it says of this card's bytes, also of a copy with others; no DG1 says nothing."""
    with pytest.raises(KeyError):
        _ = WHOLE.mrz
    zone = (
        b"I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6"
        b"ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    )
    first = replace(WHOLE, files={FileId.DG1: tlv.encode(0x61, tlv.encode(0x5F1F, zone))})
    assert first.mrz is first.mrz
    assert first == replace(first)
    assert first.mrz.name.surname == "ERIKSSON"
    other = zone.replace(b"ANNA<MARIA", b"BERTA<<<<<")
    second = replace(first, files={FileId.DG1: tlv.encode(0x61, tlv.encode(0x5F1F, other))})
    assert second.mrz.name.given == "BERTA"
    with pytest.raises(MalformedData):
        _ = replace(first, files={FileId.DG1: b"\x61\x00"}).mrz
    assert "ERIKSSON" not in repr(first)
