"""A receipt's slip: its number, what its code carries, and the words that it shares."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import segno

from edge.procedure.catalogue import Field, builtin_procedures
from edge.procedure.receipt_words import OUTCOMES, QUALITIES, STATUSES, STEPS, not_proven
from edge.procedure.slip import (
    MAX_QR,
    QR_PREFIX,
    Slip,
    is_number_of,
    of_receipt,
    spoken,
)
from edge.procedure_form import Words
from tests.edge.procedure.receipts_made import AT, KEY, ORDINARY, signed, with_checks
from verify import receipt_jws
from verify.errors import VerifyError
from verify.moment import Moment, TimeQuality
from verify.receipt import Request
from verify.verdict import CheckStatus, Outcome

TRANSFER = builtin_procedures()[0]
PAGE = (Path(__file__).parents[3] / "docs" / "receipt.html").read_text()
LONG = replace(
    ORDINARY,
    request=Request(
        "n" * 88, f"https://{'a' * 253}:65535", "p" * 64, "ộ" * 64, tuple(sorted(Field))
    ),
)
DIGEST = bytes(range(32))


def slip(compact: str) -> Slip:
    """Return the slip of a receipt whose procedure is not asked for."""
    return of_receipt(compact)


def test_the_number_as_people_say_it() -> None:
    """The first forty bits of the receipt's SHA-256, in base 32, in two groups of four."""
    compact = signed()
    whole = int.from_bytes(hashlib.sha256(compact.encode()).digest())
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    eight = "".join(letters[whole >> (256 - 5 * place) & 31] for place in range(1, 9))
    assert slip(compact).number == f"BN {eight[:4]} {eight[4:]}"
    assert spoken(DIGEST) == "BN 000G 40R4"


@pytest.mark.parametrize(
    "typed", ["BN 000G 40R4", "bn000g40r4", "000G40R4", "000g-40r4", " ooog 4or4 ", "BN-OOOG-4OR4"]
)
def test_a_number_that_was_typed(typed: str) -> None:
    """With or without BN, in any case, a letter taken for a digit."""
    assert is_number_of(typed, DIGEST)


@pytest.mark.parametrize(
    "typed", ["", "BN", "000G40R", "000G 40R5", "BN 000G 40R4 0", "NB 000G 40R4", "000G40R!", "Ơ"]
)
def test_a_number_of_another(typed: str) -> None:
    """Shorter, longer or otherwise is not this receipt's."""
    assert not is_number_of(typed, DIGEST)


def test_an_ordinary_receipt_goes_whole_into_its_code() -> None:
    """The code carries the signed receipt itself, so paper alone can be checked."""
    compact = signed()
    found = slip(compact)
    assert found.is_whole
    assert found.qr_text == compact
    assert segno.make_qr(found.qr_text, error="l").error == "L"
    read = receipt_jws.read(found.qr_text, lambda _: KEY.public_key())
    assert read == ORDINARY


def test_a_receipt_that_is_too_long_leaves_its_hash() -> None:
    """The code says by its prefix that it is a hash, which finds the receipt and no other."""
    compact = signed(LONG)
    found = slip(compact)
    assert len(compact) > MAX_QR
    assert not found.is_whole
    assert found.qr_text.startswith(QR_PREFIX)
    assert is_number_of(found.qr_text, found.digest)
    assert is_number_of(found.qr_text.lower(), found.digest)
    assert not is_number_of(found.qr_text, DIGEST)
    assert not is_number_of(QR_PREFIX, found.digest)
    assert not is_number_of(found.qr_text[:-1], found.digest)


def test_what_a_code_holds_is_what_the_standard_says() -> None:
    """One byte more than MAX_QR fits no code: the limit is the code's, not ours."""
    assert segno.make_qr("a" * MAX_QR, error="l", mode="byte").version == 40
    with pytest.raises(segno.DataOverflowError):
        segno.make_qr("a" * (MAX_QR + 1), error="l", mode="byte")


def test_what_is_no_receipt() -> None:
    """No slip of anything else."""
    with pytest.raises(VerifyError):
        of_receipt("eyJ.eyJ.x")


def test_a_receipt_of_another_procedure() -> None:
    """A slip never names a procedure that the receipt does not."""
    with pytest.raises(ValueError, match="another procedure"):
        of_receipt(signed(), builtin_procedures()[1])
    assert of_receipt(signed(), TRANSFER).procedure == TRANSFER


def test_a_representation_names_neither_dossier_nor_receipt() -> None:
    """What is logged of a slip tells nothing of the dossier."""
    text = repr(of_receipt(signed(), TRANSFER, AT))
    assert "CSH-2026-0147" not in text
    assert "eyJ" not in text


def words_of_page(language: str, name: str) -> dict[str, str]:
    """Return one table of words as the offline page has it."""
    block = PAGE.split(f"  {language}: {{", 1)[1]
    found = re.search(rf"\n    {name}: \{{ (.+) \}},\n", block)
    assert found is not None
    pairs: dict[str, str] = json.loads(
        "{" + re.sub(r'(^|", )([a-z]+): ', r'\1"\2": ', found[1]) + "}"
    )
    return pairs


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_offline_page_says_the_same(language: str) -> None:
    """Steps, statuses and qualities of time have one word each, on paper and on the page."""
    steps = words_of_page(language, "step")
    assert {
        step.name.lower().replace("_", "-"): STEPS[step].of(language) for step in STEPS
    } == steps
    for table, name in ((STATUSES, "status"), (QUALITIES, "quality")):
        assert {key.value: said.of(language) for key, said in table.items()} == words_of_page(
            language, name
        )
    outcomes = {key.value: said.of(language).lower() for key, said in OUTCOMES.items()}
    assert outcomes == words_of_page(language, "outcome")


def said(limits: tuple[Words, ...]) -> list[str]:
    """Return what is not proven, in Vietnamese."""
    return [one.vi for one in limits]


def test_what_is_not_proven_of_an_ordinary_receipt() -> None:
    """The chip, the age and the terminal's loss; the page says each in the same words."""
    limits = not_proven(ORDINARY, anchored=False)
    assert [one.split()[0] for one in said(limits)] == ["Chip", "Biên", "Trạm"]
    for one in limits:
        assert all(f'"{text}"' in PAGE for text in one)


def test_the_centre_s_word_proves_the_age() -> None:
    """Once anchored, the receipt's age is no longer among what is open."""
    assert [one.split()[0] for one in said(not_proven(ORDINARY, anchored=True))] == ["Chip", "Trạm"]


def test_a_chip_that_was_not_proved_is_nothing_to_believe() -> None:
    """Where the chip's check did not pass, nobody is asked to trust the terminal for it."""
    doubt = with_checks(
        Outcome.INDETERMINATE, chip=(CheckStatus.INDETERMINATE, "CHIP_AUTH_UNSUPPORTED")
    )
    assert "Chip thật" not in " ".join(said(not_proven(doubt, anchored=True)))


@pytest.mark.parametrize("quality", [one for one in TimeQuality if one != "synchronised"])
def test_a_clock_that_was_not_checked(quality: TimeQuality) -> None:
    """The time's quality is said, by its word."""
    receipt = replace(ORDINARY, moment=Moment(AT, quality))
    assert f"Giờ chính xác: {QUALITIES[quality].vi}." in said(not_proven(receipt, anchored=True))
