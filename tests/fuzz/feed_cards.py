"""A card under the fuzzer: its files, a kept reading, and the verdict on it.

Each raises ReaderError for what it refuses, and AssertionError for a promise that was broken.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date

from crl.status import Status
from reader.errors import ReaderError
from reader.evidence import CardEvidence
from reader.lds import holder, sod
from reader.lds.files import FileId
from reader.lds.sources import CardFiles
from reader.profile import builtin_profiles
from tests.fuzz import feed_files, seeds
from tests.verify import made
from verify import pipeline
from verify.policy import DEFAULT
from verify.verdict import Outcome

TODAY = date(2026, 11, 20)


def card_file(data: bytes) -> None:
    """Read a file of the application by each parser, and the holder's fields out of it."""
    taken = feed_files.application_file(data)
    readable = {file: data for file in (FileId.DG1, FileId.DG13) if file.value in taken}
    card = CardFiles(readable, TODAY)
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
