"""The page of procedures and their schema say what the program takes, no less and no more."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import edge.procedure
from edge.errors import ProcedureInvalid
from edge.procedure.catalogue import builtin_procedures
from edge.procedure.fields import WORDS
from edge.procedure.slip import MAX_QR, QR_PREFIX
from edge.procedure_form import (
    MAX_BYTES,
    MAX_DOSSIER,
    MAX_FORMS,
    MAX_PROFILES,
    MAX_WORDS,
    Field,
    PhotoShown,
    ProcedureKind,
    parse_procedure,
)
from tests.docs.schemas import schema
from tests.edge.procedure.made import BAD, CODE, GOOD
from tests.edge.procedure.receipts_made import signed

PAGE = (Path(__file__).parents[2] / "docs" / "procedures.md").read_text()
SHIPPED = Path(edge.procedure.__file__).parent / "procedures"
PROFILES = {"dang-vien", "cccd", "icao"}
BEYOND = {"the file"}
"""What a schema does not see: bytes that are no TOML."""


def says_schema(values: Mapping[str, Any]) -> bool:
    """Return whether the schema takes these values."""
    return Draft202012Validator(schema("procedure")).is_valid(values)


def says_parser(text: str) -> bool:
    """Return whether the program takes a text, whatever the file is called."""
    values = tomllib.loads(text)
    named = values.get("profiles")
    known = {one for one in named if isinstance(one, str)} if isinstance(named, list) else PROFILES
    try:
        parse_procedure(text.encode(), str(values.get("name")), known)
    except ProcedureInvalid:
        return False
    return True


def test_the_schema_is_one() -> None:
    """It is a schema of its dialect."""
    Draft202012Validator.check_schema(schema("procedure"))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_what_ships_is_what_the_schema_says(path: Path) -> None:
    """Every file that ships passes."""
    assert says_schema(tomllib.loads(path.read_text()))


@pytest.mark.parametrize(("text", "key"), [pair for pair in BAD if pair[1] not in BEYOND])
def test_what_the_program_refuses_the_schema_refuses(text: str, key: str) -> None:
    """All but a name that is not the file's, and a profile that this terminal does not know."""
    alone = '"another"' in text or "bank-card" in text
    assert says_schema(tomllib.loads(text)) == says_parser(text) == alone


ANY = st.one_of(
    st.text(max_size=5),
    st.text("#@~0 -./A\\^$*+?()[]{}|\u2028\x7f\tĐ", max_size=6),
    st.sampled_from([*Field, *ProcedureKind, *PhotoShown, "x" * MAX_WORDS, "x" * (MAX_WORDS + 1)]),
    st.sampled_from(["#" * MAX_DOSSIER, "#" * (MAX_DOSSIER + 1), "~1", "~-1", "", " "]),
    st.booleans(),
    st.integers(-1, 3),
)
VALUES = ANY | st.lists(ANY, max_size=max(MAX_FORMS, MAX_PROFILES) + 1)
KEYS = [
    (name,) for name in ("name", "kind", "legal_source", "profiles", "fields", "photo", "more")
] + [
    (table, name)
    for table in ("title", "purpose", "receipt", "dossier")
    for name in ("vi", "en", "forms", "fr")
]  # fmt: skip


@given(st.sampled_from(KEYS), VALUES | st.none())
def test_schema_and_program_agree_on_anything_put_anywhere(
    key: tuple[str, ...], value: object
) -> None:
    """One key with another value, or without one: both take it or both refuse it."""
    values = tomllib.loads(GOOD)
    place = values
    for part in key[:-1]:
        place = place[part]
    place[key[-1]] = value
    if value is None:
        del place[key[-1]]
    assert says_schema(values) == says_parser(toml(values))


def toml(values: Mapping[str, Any]) -> str:
    """Return values as TOML: plain keys first, then the tables."""
    plain = [
        f"{name} = {literal(one)}" for name, one in values.items() if not isinstance(one, dict)
    ]
    tables = [f"[{name}]\n{toml(one)}" for name, one in values.items() if isinstance(one, dict)]
    return "\n".join([*plain, *tables, ""])


def literal(value: object) -> str:
    """Return a text, number, truth or list as TOML has it."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")


def test_the_page_names_every_key_and_field() -> None:
    """Each key of the schema has its row, each field its words."""
    found = schema("procedure")["properties"]
    plain = {name for name in found if name not in ("title", "purpose", "receipt")}
    assert all(f"| `{name}` |" in PAGE for name in plain)
    for table in ("title", "purpose", "receipt", "dossier"):
        assert f"`{table}.vi`, `{table}.en`" in PAGE
    assert "`dossier.forms`" in PAGE
    for name, words in WORDS.items():
        assert f"| `{name}` | {words.vi}" in PAGE


def test_the_page_s_table_is_the_catalogue() -> None:
    """What is said to ship ships: its title, its cards, its fields, and what it rests on."""
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.+\|.+\|.+\|.+)$", PAGE, re.MULTILINE))
    for one in builtin_procedures():
        title, cards, fields, source = (cell.strip() for cell in rows[one.code].split("|")[:4])
        assert title == one.title.vi
        assert re.findall("`([a-z-]+)`", cards) == [*one.profiles]
        named, *more = fields.split("; ")
        assert named.split(", ") == [*one.fields]
        assert bool(more) == (one.photo is PhotoShown.SHOW)
        assert (
            source == "none confirmed" if one.legal_source is None else source in one.legal_source
        )


def test_the_page_s_own_procedure_is_taken() -> None:
    """The example is whole, and its number has its form."""
    example = PAGE.split("## One of your own\n\n")[1].split("\n\nSave it")[0]
    text = "\n".join(line.removeprefix("    ") for line in example.splitlines())
    found = parse_procedure(text.encode(), CODE)
    assert found.dossier is not None
    assert found.takes_dossier("GGT-2026-147")
    assert "GGT-2026-147" in found.dossier.hint.vi


def test_the_numbers_on_the_page() -> None:
    """Limits stand as the program has them."""
    assert f"at most {MAX_WORDS} characters" in PAGE
    assert f"taken, 1 to {MAX_PROFILES}." in PAGE
    assert f"| 1 to {MAX_FORMS} forms." in PAGE
    assert str(MAX_BYTES) in schema("procedure")["description"]


def test_what_the_page_says_of_the_code() -> None:
    """A code's size, the prefix of a hash, and the room that an ordinary receipt leaves."""
    assert f"{MAX_QR:,} bytes" in PAGE
    assert f"`{QR_PREFIX}`" in PAGE
    ordinary = len(signed())
    assert "some 2,500 characters" in PAGE
    assert 2_400 < ordinary < 2_600 < MAX_QR
