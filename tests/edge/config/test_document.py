"""The documents made from the keys: the commented file, the schema, a key in words."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import MISSING
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from edge.config import KIND, WORDS, Keyboard
from edge.config.document import example, explain, in_toml, schema
from edge.config.read import KEYS, examine

_DOCS = Path(__file__).parents[3] / "docs"
_UNCOMMENTED = re.sub(r"^#(?=[a-z_]+ = )", "", example(), flags=re.MULTILINE)


def test_published_schema_is_the_codes() -> None:
    """`tramthe config schema > docs/schemas/terminal.schema.json` makes it anew."""
    published = (_DOCS / "schemas" / "terminal.schema.json").read_text("utf-8")
    assert published == json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
    Draft202012Validator.check_schema(schema())


def test_published_example_is_the_codes() -> None:
    """`tramthe config example > docs/terminal.toml` makes it anew."""
    assert (_DOCS / "terminal.toml").read_text("utf-8") == example()


@pytest.mark.parametrize("text", [example(), _UNCOMMENTED], ids=["as written", "every key set"])
def test_example_is_taken(tmp_path: Path, text: str) -> None:
    """As it is, and with every mark removed: by the terminal and by the schema."""
    path = tmp_path / "terminal.toml"
    path.write_text(text, "utf-8")
    assert [str(one) for one in examine(path, {}).found] == []
    Draft202012Validator(schema()).validate(tomllib.loads(text))


def test_example_holds_every_key_at_its_default(tmp_path: Path) -> None:
    """With its sentence; what is behind a mark is the default where there is one."""
    path = tmp_path / "terminal.toml"
    path.write_text(_UNCOMMENTED, "utf-8")
    values = examine(path, {}).values
    words = " ".join(line.removeprefix("#").strip() for line in example().split("\n"))
    for name, key in KEYS.items():
        assert key.metadata[WORDS] in words
        if key.default is not MISSING and key.default not in (None, ()):
            assert values[name] == key.default


_TEXTS = st.text(st.sampled_from([*map(chr, range(32, 127)), "\t", "\x7f", "ạ"]), max_size=12)
_STARTS = st.sampled_from(
    [
        "", " ", "https://", "http://", "http://localhost", "https://[::1]", "keyboard:",
        "/dev/tty", "keyboard: /dev/tty", "/dev/input/", "/", "cathode", "active", "127.0.0.1",
    ]
)  # fmt: skip
_VALUES = st.one_of(
    st.integers(-2, 70_000),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer()),
    st.builds(str.__add__, _STARTS, _TEXTS.filter(lambda text: not text.startswith("~"))),
    st.lists(st.one_of(st.integers(-1, 29), _TEXTS, st.booleans()), max_size=4),
    st.dictionaries(st.just("a"), st.integers(), max_size=1),
)


def _taken(key: str, value: Any) -> bool:
    try:
        KEYS[key].metadata[KIND].convert(value)
    except ValueError:
        return False
    return True


@given(st.sampled_from(list(KEYS)), _VALUES)
def test_schema_and_terminal_agree(key: str, value: object) -> None:
    """What the one takes of a key, the other takes, and what it refuses, the other refuses."""
    if str(value).startswith("~") or "'~" in str(value):
        return  # a home folder that is not known is no form
    by_schema = Draft202012Validator(schema()["properties"][key]).is_valid(value)
    assert _taken(key, value) is by_schema


def test_schema_knows_what_is_required_and_what_is_not_known() -> None:
    """As the terminal does."""
    judge = Draft202012Validator(schema())
    assert judge.is_valid({"terminal": "t", "state": "/s"})
    assert not judge.is_valid({"terminal": "t"})
    assert not judge.is_valid({"terminal": "t", "state": "/s", "colour": 1})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Keyboard("ACME"), '"keyboard:ACME"'),
        (Path("/đĩa"), '"/đĩa"'),
        ((Path("/a"), Path("/b")), '["/a", "/b"]'),
        (True, "true"),
        (5, "5"),
        ('a "b" \\', '"a \\"b\\" \\\\"'),
    ],
)
def test_value_as_it_stands_in_the_file(value: object, written: str) -> None:
    """Written so that TOML reads it back."""
    assert in_toml(value) == written
    tomllib.loads(f"a = {written}")


@pytest.mark.parametrize("key", list(KEYS))
def test_key_in_words(key: str) -> None:
    """How to write it, what for, what it takes, what holds without it, its variable."""
    said = explain(key)
    assert said.startswith(f"{key} = ")
    assert f"TRAMTHE_{key.upper()}" in said
    for part in ("It takes ", "Without it: "):
        assert part in said


def test_key_that_there_is_not() -> None:
    """Nothing is made up."""
    with pytest.raises(KeyError):
        explain("colour")
