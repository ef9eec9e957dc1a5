"""On which line a key stands."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.lines import TRIES, line_of


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("port = 1\n", 1),
        ("# port = 2\n\n  port=1", 3),
        ('"port" = 1\n', 1),
        ("a = 1\n'port' = 1\n", 2),
        ("port.number = 1\n", 1),
        ("a = 1\r\nport = 1\r\n", 2),
        ('a = """\nport = 2\n"""\nport = 1\n', 4),
        ("a = '''\nport = 2\n'''\n\nport = [\n 1,\n]\n", 5),
        ('a = [\n  "port = 2",\n]\nport = 1\n', 4),
        ("a = 1\n[port]\nb = 1\n", 2),
        ("[a]\nport = 2\n[port.b]\nc = 1\n", 3),
        ("[[port]]\nb = 1\n", 1),
    ],
)
def test_where_a_key_stands(text: str, line: int) -> None:
    """The line its statement or its heading begins on, whatever resembles it elsewhere."""
    assert "port" in tomllib.loads(text)
    assert line_of(text, "port") == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[a]\nport = 1\n",
        'a = """\nport = 2\n"""\n',
        "a = [\n  [1],\n  [2]]\n",
        '"po\\u0072t" = 1\n',
        "tried-here = 1\nport = 1\n",
        'a = """\n' + "port = 1\n" * (TRIES + 1) + '"""\nport = 1\n',
        "a = \nport = 1\n",
    ],
)
def test_no_line_where_it_is_not_certain(text: str) -> None:
    """Absent, in a table, in a string, written with escapes, hidden among many: no line at all."""
    assert line_of(text, "port") is None


def test_name_that_no_bare_key_has() -> None:
    """A name with spaces or signs of its own is not looked for."""
    assert line_of('"a b" = 1\n".*" = 2\n', "a b") is None
    assert line_of('"a b" = 1\n".*" = 2\n', ".*") is None


_VALUES = st.sampled_from(
    ["1", '"x"', "[\n 1,\n 2\n]", '"""\nb = 1\nport = 2\n[port]\n"""', "{ port = 1 }", "'''\n'''"]
)
_KEYS = st.sampled_from(["a", "b", "port", "volume", "'x y'"])


@given(st.dictionaries(_KEYS, _VALUES), st.lists(st.sampled_from(["", "# port = 1"]), max_size=3))
def test_the_line_named_is_the_keys(statements: dict[str, str], between: list[str]) -> None:
    """In any text, what is named is where the key's own statement was written."""
    lines: list[str] = []
    wrote: dict[str, int] = {}
    for key, value in statements.items():
        lines += between
        wrote[key] = len(lines) + 1
        lines += f"{key} = {value}".split("\n")
    for key in ("a", "b", "port", "volume"):
        assert line_of("\n".join(lines), key) == wrote.get(key)
