"""What is said of keys that are not known, and of a file that is no TOML."""

from __future__ import annotations

import tomllib

import pytest

from edge.config.read import KEYS
from edge.config.syntax import no_toml
from edge.config.unknown import WHERE_SECRETS_BELONG, nearest, unknown_key, unknown_table

_KNOWN = list(KEYS)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("prot", "port"),
        ("center", "centre"),
        ("Terminal", "terminal"),
        ("lamp-pins", "lamp_pins"),
        ("lamp_pin", "lamp_pins"),
        ("buzer_pin", "buzzer_pin"),
        ("idle_minute", "idle_minutes"),
    ],
)
def test_slip_of_the_pen(name: str, meant: str) -> None:
    """The key that was probably meant is named, though `pin` is in it."""
    assert nearest(name, _KNOWN) == meant
    assert f"Write `{meant}`" in unknown_key(name, _KNOWN).next_step


@pytest.mark.parametrize(
    "name",
    [
        "pin", "desk_pin", "PIN", "wifi_password", "wifiPassword", "psk", "api-token",
        "private_key", "scanner_key", "mat_khau", "secret",
    ],
)  # fmt: skip
def test_secret(name: str) -> None:
    """Refused with where secrets belong, rather than as a slip of the pen."""
    found = unknown_key(name, _KNOWN)
    assert "secret" in found.message
    assert WHERE_SECRETS_BELONG in found.next_step


@pytest.mark.parametrize("name", ["colour", "monkey", "spin", "tokenize"])
def test_neither(name: str) -> None:
    """No guess, no suspicion: where the list of keys is."""
    assert "config example" in unknown_key(name, _KNOWN).next_step


def test_no_key_of_ours_reads_as_a_secret_by_mistake() -> None:
    """Every key is nearest to itself."""
    assert all(nearest(key, _KNOWN) == key for key in _KNOWN)


def test_table() -> None:
    """The keys in it that are known are the ones to move."""
    found = unknown_table("network", ["listen", "dns"], _KNOWN)
    assert "`listen`" in found.next_step
    assert "dns" not in found.next_step
    assert "its keys" in unknown_table("network", [], _KNOWN).next_step


def test_name_that_cannot_be_shown() -> None:
    """A name reaches no screen with signs that steer it, nor at any length."""
    found = unknown_key("\x1b[31m" + "x" * 500, _KNOWN)
    assert "\x1b" not in found.message
    assert len(found.message) < 120


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("terminal = tram-1\n", 1, "text in quotes"),
        ('\nterminal "x"\n', 2, "key = value"),
        ('terminal: "x"\n', 1, "key = value"),
        ("terminal = “x”\n", 1, "straight quotes"),
        ("port = 80\nport = 81\n", 2, "one of the two"),
        ("[a]\n[a]\n", 2, "one of the two"),
        ("silent = True\n", 1, "small letters"),
        ('terminal = "x\n', 1, "never closed"),
        ("lamp_pins = [1, 2\nport = 5\n", 2, "above it"),
        ("lamp_pins = [1 2 3]\n", 1, "commas between"),
        ('a = """\nx\n', None, "never closed"),
        ("lamp pins = [1]\n", 1, "no spaces"),
        ('state = "C:\\x"\n', 1, "backslash"),
        ("port = # 80\n", 1, "missing"),
        ("volume = 50%\n", 1, "without a unit"),
        ("port = 0080\n", 1, "a zero in front"),
        ('terminal = "x" "y"\n', 1, "nothing behind it"),
    ],
)
def test_what_people_get_wrong(text: str, line: int | None, words: str) -> None:
    """The line, and the fix in words that need no knowledge of TOML."""
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    number, found = no_toml(text, caught.value)
    assert (number, words in found.next_step) == (line, True)
