"""A procedure's file: what one says, and everything that is none."""

from __future__ import annotations

import re

import pytest

from edge.errors import ProcedureInvalid
from edge.procedure_form import (
    Dossier,
    Field,
    PhotoShown,
    ProcedureKind,
    Words,
    parse_procedure,
)
from tests.edge.procedure.made import BAD, CODE, GOOD, parsed


def test_every_key_is_read() -> None:
    """A whole file gives what stands in it."""
    found = parsed()
    assert (found.code, found.kind, found.photo) == (
        CODE,
        ProcedureKind.COUNTER,
        PhotoShown.NONE,
    )
    assert found.title == Words("Cấp giấy giới thiệu", "Letter of introduction")
    assert found.purpose.of("vi") == "Xác thực người đề nghị."
    assert found.receipt.of("en") == "The card was verified."
    assert found.legal_source == "Quy định số 01"
    assert found.profiles == ("dang-vien", "cccd")
    assert found.fields == (Field.NAME, Field.BIRTH, Field.ORGANISATION)
    assert found.dossier is not None
    assert found.dossier.forms == ("GT-####-####", "~/@@-ĐU")


def test_what_may_be_absent() -> None:
    """A legal source that nobody confirmed, and the form of the dossier's number."""
    text = GOOD.split("[dossier]")[0].replace('legal_source = "Quy định số 01"\n', "")
    found = parsed(text)
    assert (found.legal_source, found.dossier) == (None, None)


def test_a_language_that_there_is_not() -> None:
    """Vietnamese stands in."""
    assert parsed().title.of("fr") == "Cấp giấy giới thiệu"


@pytest.mark.parametrize(("text", "key"), BAD)
def test_what_is_no_procedure(text: str, key: str) -> None:
    """Whatever is missing, misspelt, of another type or beyond a limit names its key and a fix."""
    with pytest.raises(ProcedureInvalid, match=f"used: {re.escape(key)} ") as caught:
        parsed(text)
    assert caught.value.key == key
    assert key in caught.value.next_step


def test_no_text_at_all() -> None:
    """Bytes that are no UTF-8 are refused like anything else."""
    with pytest.raises(ProcedureInvalid, match="UTF-8"):
        parse_procedure(b"\xff\xfe", CODE)


@pytest.mark.parametrize("code", ["", "Cap", "cap_giay", "-cap", "c" * 61, "cấp", "a/b", ".."])
def test_a_code_that_is_none(code: str) -> None:
    """A code is small letters, digits and hyphens: it stands in files, requests and receipts."""
    with pytest.raises(ProcedureInvalid):
        parsed(GOOD.replace(CODE, code), code)


def test_a_profile_that_was_delivered() -> None:
    """A procedure takes any card profile that the terminal knows, and no other."""
    text = GOOD.replace('"cccd"', '"badge"').encode()
    assert parse_procedure(text, CODE, {"dang-vien", "badge"}).takes("badge")
    with pytest.raises(ProcedureInvalid, match="badge"):
        parse_procedure(text, CODE)


def test_cards_that_are_taken() -> None:
    """A card of another family is not laid for it."""
    found = parsed()
    assert [found.takes(name) for name in ("dang-vien", "cccd", "icao")] == [True, True, False]


def test_fields_that_are_refused() -> None:
    """Names beyond the purpose come back, known or not, in the order asked and once."""
    assert parsed().refused(["name", "sex", "birth", "religion", "sex"]) == ("sex", "religion")
    assert parsed().refused(["name", "birth", "organisation"]) == ()
    assert parsed().refused([]) == ()


@pytest.mark.parametrize("number", ["GT-2026-0147", "7/AB-ĐU", "123456789/ZZ-ĐU"])
def test_a_dossier_of_one_of_the_forms(number: str) -> None:
    """Digits, letters and numbers stand where the form has them."""
    assert parsed().takes_dossier(number)


@pytest.mark.parametrize(
    "number",
    [
        "", "GT-2026-014", "GT-2026-01477", "gt-2026-0147", "GT-2O26-0147", " GT-2026-0147",
        "GT-2026-0147\n", "/AB-ĐU", "1234567890/AB-ĐU", "7/A1-ĐU", "7/AB-DU", "٧/AB-ĐU",
    ],
)  # fmt: skip
def test_a_dossier_of_another_form(number: str) -> None:
    """Anything else is asked for again, digits of other scripts too."""
    assert not parsed().takes_dossier(number)


def test_a_dossier_where_no_form_is_given() -> None:
    """Offices number as they do: any number is taken."""
    assert parsed(GOOD.split("[dossier]")[0]).takes_dossier("bất kỳ 12/2026")


def test_a_dot_is_a_dot() -> None:
    """What has a meaning in patterns stands for itself in a form."""
    dossier = Dossier(("99.####",), Words("", ""))
    assert dossier.fits("99.2026")
    assert not dossier.fits("9972026")


def test_the_longest_forms_are_answered() -> None:
    """Eight forms full of numbers against the worst text: an answer, nothing is tried twice."""
    dossier = Dossier(tuple("~-" * 31 + end for end in "ABCDEFGH"), Words("", ""))
    assert not dossier.fits("12-" * 21)
