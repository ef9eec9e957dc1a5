"""The catalogue: what ships, what is delivered beside it, and what a bad file leaves of it."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from edge.procedure.catalogue import (
    BUILTIN,
    FOLDER,
    MAX_DELIVERED,
    CatalogueFiles,
    Field,
    PhotoShown,
    ProcedureKind,
    builtin_procedures,
)
from edge.procedure_form import MAX_BYTES
from reader.profile import builtin_profiles
from tests.edge.procedure.made import CODE, GOOD

TRANSFER = "chuyen-sinh-hoat-chinh-thuc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of delivered procedures, empty."""
    made = tmp_path / FOLDER
    made.mkdir()
    return made


def put(folder: Path, code: str, text: str = GOOD) -> Path:
    """Deliver a procedure under a code; the file that it replaces is another one afterwards."""
    place = folder / f"{code}.toml"
    scratch = folder / f"{code}.new"
    scratch.write_text(text.replace(CODE, code))
    os.replace(scratch, place)
    return place


def test_the_eight_that_ship() -> None:
    """All are whole; one is a hand-over, and only that one looks at the photo."""
    found = builtin_procedures()
    assert tuple(one.code for one in found) == BUILTIN
    assert [one.code for one in found if one.kind is ProcedureKind.HANDOVER] == ["phat-the"]
    assert [one.code for one in found if one.photo is PhotoShown.SHOW] == ["phat-the"]


def test_they_ask_only_for_what_their_cards_have() -> None:
    """Each field stands on one of the cards that the procedure takes, and each card gives some."""
    carried = {profile.name: set(profile.fields) for profile in builtin_profiles()}
    for one in builtin_procedures():
        assert {*one.fields} <= set().union(*(carried[name] for name in one.profiles)), one.code
        assert all(carried[name] & {*one.fields} for name in one.profiles), one.code


def test_the_citizen_card_only_where_the_purpose_needs_it() -> None:
    """A citizen card is laid where the party card is lost, damaged or not yet its holder's."""
    taking = {one.code for one in builtin_procedures() if one.takes("cccd")}
    assert taking == {"phat-the", "cap-lai-the-bi-mat", "doi-the-bi-hong"}
    assert not any(one.takes("icao") for one in builtin_procedures())


def test_no_procedure_asks_where_somebody_lives_or_was_born() -> None:
    """Sex, home town, residence and the end of the card serve none of the eight purposes."""
    asked = {name for one in builtin_procedures() for name in one.fields}
    assert not asked & {Field.SEX, Field.HOMETOWN, Field.RESIDENCE, Field.EXPIRY}


def test_their_words_are_whole_sentences_in_nfc() -> None:
    """Purpose and receipt end in a full stop, titles do not; nothing is decomposed."""
    for one in builtin_procedures():
        for words in (one.title, one.purpose, one.receipt):
            assert all(unicodedata.is_normalized("NFC", text) for text in words)
        assert all(text.endswith(".") for text in (*one.purpose, *one.receipt)), one.code
        assert not any(text.endswith(".") for text in one.title), one.code


def test_nothing_delivered(tmp_path: Path) -> None:
    """The built-in procedures are in force, also where no folder is there."""
    found = CatalogueFiles(tmp_path).current()
    assert found.procedures == builtin_procedures()
    assert found.left_out == ()


def test_a_new_one_comes_after_those_that_ship(folder: Path) -> None:
    """It is found by its code; delivered ones stand in the order of their names."""
    put(folder, "zebra")
    put(folder, "ant")
    found = CatalogueFiles(folder.parent).current()
    assert [one.code for one in found.procedures] == [*BUILTIN, "ant", "zebra"]
    ant = found.find("ant")
    assert ant is not None
    assert ant.title.vi == "Cấp giấy giới thiệu"
    assert found.find("cat") is None


def test_one_of_a_kind(folder: Path) -> None:
    """The counter offers its own, the hand-over its own."""
    put(folder, "ant")
    found = CatalogueFiles(folder.parent).current()
    assert [one.code for one in found.of_kind(ProcedureKind.HANDOVER)] == ["phat-the"]
    assert len(found.of_kind(ProcedureKind.COUNTER)) == len(BUILTIN)


def test_one_stands_in_for_a_built_in_one(folder: Path) -> None:
    """It has its place in the order; the others are as they were."""
    put(folder, TRANSFER)
    found = CatalogueFiles(folder.parent).current()
    assert [one.code for one in found.procedures] == [*BUILTIN]
    assert [one.code for one in found.procedures if one not in builtin_procedures()] == [TRANSFER]
    assert found.procedures[0].title.vi == "Cấp giấy giới thiệu"


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD[:200],
        GOOD.replace(CODE, "another"),
        GOOD.replace('"birth"', '"religion"'),
        GOOD.replace('"cccd"', '"badge"'),
        f"{GOOD}# {'x' * MAX_BYTES}",
    ],
    ids=["empty", "half", "another's name", "field", "profile", "large"],
)
def test_one_that_is_not_whole_is_left_out(folder: Path, text: str) -> None:
    """The built-in one stays in force, the others too, and the bad file is named with why."""
    put(folder, "ant")
    (folder / f"{TRANSFER}.toml").write_text(text)
    found = CatalogueFiles(folder.parent).current()
    assert found.procedures[:-1] == builtin_procedures()
    assert [one.name for one in found.left_out] == [f"{TRANSFER}.toml"]
    assert "docs/procedures.md" in found.left_out[0].why


def test_one_that_cannot_be_opened_is_left_out(folder: Path) -> None:
    """A folder, a dead link, a name that is no code: each is named, nothing stops."""
    (folder / "ant.toml").mkdir()
    (folder / "bee.toml").symlink_to(folder / "nowhere")
    (folder / "Cat.toml").write_text(GOOD)
    found = CatalogueFiles(folder.parent).current()
    assert found.procedures == builtin_procedures()
    assert {one.name for one in found.left_out} == {"ant.toml", "bee.toml", "Cat.toml"}


def test_more_than_the_terminal_takes(folder: Path) -> None:
    """The first by name are in force; the rest is named, not silently dropped."""
    for number in range(MAX_DELIVERED + 2):
        put(folder, f"p-{number:03}")
    found = CatalogueFiles(folder.parent).current()
    assert len(found.procedures) == len(BUILTIN) + MAX_DELIVERED
    assert [one.name for one in found.left_out] == ["p-064.toml", "p-065.toml"]


def test_a_delivery_counts_at_once(folder: Path) -> None:
    """What comes, is replaced or goes is seen by whoever asks next; no change, no reading."""
    files = CatalogueFiles(folder.parent)
    assert files.current() is files.current()
    place = put(folder, "ant")
    assert files.current().find("ant") is not None
    put(folder, "ant", GOOD.replace("Cấp giấy", "Cấp lại giấy"))
    ant = files.current().find("ant")
    assert ant is not None
    assert ant.title.vi == "Cấp lại giấy giới thiệu"
    place.unlink()
    assert files.current().procedures == builtin_procedures()


def test_what_another_took_away_meanwhile(folder: Path) -> None:
    """The whole folder is gone: the built-in procedures are in force."""
    files = CatalogueFiles(folder.parent)
    put(folder, "ant").unlink()
    folder.rmdir()
    assert files.current().procedures == builtin_procedures()


def test_a_profile_in_force_here(folder: Path) -> None:
    """A procedure for a delivered card profile is in force where that profile is."""
    put(folder, "ant", GOOD.replace('"cccd"', '"badge"'))
    known = CatalogueFiles(folder.parent, {"dang-vien", "badge"}).current()
    assert known.find("ant") is not None
