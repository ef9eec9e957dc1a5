"""A card under the fuzzer: its files, a kept reading, and the verdict on it.

Each raises ReaderError for what it refuses, and AssertionError for a promise that was broken.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date

from crl.status import Status
from reader.errors import ReaderError
from reader.evidence import CardEvidence
from reader.lds import com, dg1, dg2, dg13, dg14, dg15, holder, security_infos, sod
from reader.lds.files import FileId
from reader.lds.sources import CardFiles
from reader.profile import builtin_profiles
from tests.fuzz import seeds
from tests.verify import made
from verify import pipeline
from verify.policy import DEFAULT
from verify.verdict import Outcome

TODAY = date(2026, 11, 20)
_PARSERS: dict[FileId, Callable[[bytes], object]] = {
    FileId.COM: com.parse,
    FileId.SOD: sod.parse,
    FileId.DG1: dg1.parse,
    FileId.DG2: dg2.parse,
    FileId.DG13: dg13.parse,
    FileId.DG14: dg14.parse,
    FileId.DG15: dg15.parse,
    FileId.CARD_ACCESS: security_infos.parse,
}


def card_file(data: bytes) -> None:
    """Read an elementary file by each parser, and the holder's fields out of it."""
    refused: ReaderError | None = None
    taken: FileId | None = None
    for name, parser in _PARSERS.items():
        try:
            parser(data)
        except ReaderError as error:
            refused = error
        else:
            taken = taken or name
    if taken is None:
        raise refused or AssertionError("nothing was tried")
    card = CardFiles({taken: data}, TODAY)
    for profile in builtin_profiles():
        with suppress(ReaderError):
            holder.holder_fields(card, profile)
        with suppress(ReaderError):
            holder.card_numbers(card, profile)


def kept_reading(data: bytes) -> None:
    """Read a kept reading, and judge it: a verdict, whatever it says."""
    reading = CardEvidence.from_bytes(data)
    if judge(reading) is Outcome.ACCEPTED:
        require_genuine(reading)


def verdict(data: bytes) -> None:
    """Judge a card whose security object is `data`, all else being right."""
    card = seeds.world().card()
    reading = replace(card, files={**card.files, FileId.SOD: data})
    if judge(reading) is Outcome.ACCEPTED:
        require_genuine(reading)


def judge(reading: CardEvidence) -> Outcome:
    """Return the outcome under the made authority, nothing being revoked."""
    good = made.answer(Status.GOOD)
    lists = made.Lists(for_card=good, for_certificates=good)
    anchors = seeds.world().trust()
    return pipeline.verify(reading, made.PROFILE, anchors, lists, DEFAULT, made.NOW).outcome


def require_genuine(reading: CardEvidence) -> None:
    """Hold that an accepted card is a genuine one: never a wrong green."""
    signed = sod.parse(reading.files[FileId.SOD]).signed_content
    genuine = [
        card
        for card in seeds.cards().values()
        if sod.parse(card.files[FileId.SOD]).signed_content == signed
    ]
    assert genuine, "accepted, with another signed content"
    for name, data in genuine[0].files.items():
        if name.data_group is not None and name in reading.files:
            assert reading.files[name] == data, f"accepted, with another {name}"
