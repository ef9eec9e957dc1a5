"""The terminal's configuration file and environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.config import Keyboard, load
from edge.errors import ConfigInvalid


def _write(folder: Path, text: str) -> Path:
    path = folder / "terminal.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_file_and_environment_together(tmp_path: Path) -> None:
    """The environment outranks the file; both are converted and checked alike."""
    path = _write(tmp_path, 'terminal = "tram-1"\nstate = "/var/lib/tramthe"\nport = 9000\n')
    config = load(path, {"TRAMTHE_PORT": "9001", "TRAMTHE_LAMP_PINS": "17,27,22"})
    assert (config.terminal, config.port, config.lamp_pins) == ("tram-1", 9001, (17, 27, 22))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/dev/ttyACM0", Path("/dev/ttyACM0")),
        ("keyboard:ACME Scan 2D", Keyboard("ACME Scan 2D")),
        (
            "keyboard: /dev/input/by-id/usb-ACME-event-kbd",
            Keyboard("/dev/input/by-id/usb-ACME-event-kbd"),
        ),
    ],
)
def test_where_the_scanner_is(tmp_path: Path, text: str, place: object) -> None:
    """A serial device's path, or a keyboard by its name or path."""
    path = _write(tmp_path, f'terminal = "t"\nstate = "/s"\nscanner = "{text}"\n')
    assert load(path, {}).scanner == place


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('terminal = "t"\n', "`state`"),
        ('terminal = "t"\nstate = "/s"\ncolour = 1\n', "`colour`"),
        ('terminal = "t"\nstate = "/s"\nport = 70000\n', "`port`"),
        ('terminal = "t"\nstate = "/s"\nport = true\n', "`port`"),
        ('terminal = "t"\nstate = "/s"\nport = "abc"\n', "`port`"),
        ('terminal = "t"\nstate = "/s"\nport = 80.5\n', "`port`"),
        ('terminal = "t"\nstate = "/s"\nport = "' + "9" * 5000 + '"\n', "`port`"),
        ('terminal = "t"\nstate = "~nobody-of-this-name/s"\n', "`state`"),
        ('terminal = "t"\nstate = "/s"\ncentre = "ftp://x"\n', "`centre`"),
        ('terminal = "t"\nstate = "/s"\nlisten = "0.0.0.0"\n', "`listen`"),
        ('terminal = "t"\nstate = "/s"\nscanner = "keyboard: "\n', "`scanner`"),
        ('terminal = "t"\nstate = "/s"\nlamp_pins = [1, 2]\n', "`lamp_pins`"),
        ('terminal = "t"\nstate = "/s"\nlamp_pins = 5\n', "`lamp_pins`"),
        ('terminal = "t"\nstate = "/s"\nlamp_pins = [1, 2, 1]\n', "`lamp_pins`"),
        ('terminal = "t"\nstate = "/s"\nlamp_common = "ground"\n', "`lamp_common`"),
        ('terminal = "t"\nstate = "/s"\nbuzzer = "loud"\n', "`buzzer`"),
        ('terminal = "t"\nstate = "/s"\nvolume = 0\n', "`volume`"),
        ('terminal = "t"\nstate = "/s"\nvolume = 101\n', "`volume`"),
        ('terminal = "t"\nstate = "/s"\nsilent = "perhaps"\n', "`silent`"),
        ("terminal = \n", "terminal.toml"),
        ("a = " + "[" * 10_000, "nested too deeply"),
    ],
)
def test_value_that_cannot_be_used(tmp_path: Path, text: str, named: str) -> None:
    """The error names the key and what it needs."""
    with pytest.raises(ConfigInvalid) as caught:
        load(_write(tmp_path, text), {})
    assert named in caught.value.message
    assert caught.value.next_step
    assert "invalid literal" not in str(caught.value)
    assert "object" not in str(caught.value)


def test_what_a_number_needs(tmp_path: Path) -> None:
    """In words of ours."""
    path = _write(tmp_path, 'terminal = "t"\nstate = "/s"\nport = "abc"\n')
    with pytest.raises(ConfigInvalid, match="It needs a whole number from 1 to 65535"):
        load(path, {})


def test_file_is_not_text(tmp_path: Path) -> None:
    """Said so, without a decoder's words."""
    path = tmp_path / "terminal.toml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigInvalid, match="is not a text file"):
        load(path, {})


def test_file_is_absent(tmp_path: Path) -> None:
    """A missing file is an error with a next step, not a traceback."""
    with pytest.raises(ConfigInvalid):
        load(tmp_path / "none.toml", {})
