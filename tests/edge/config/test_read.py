"""The terminal's configuration file and environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import Keyboard
from edge.config.findings import Weight
from edge.config.read import examine, load
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
        ('terminal = "t"\nstate = "/s"\nport = ' + "9" * 5000 + "\n", "too many digits"),
        ('terminal = "t"\nstate = "/s"\nport = "8080"\n', "`port`"),
        ('terminal = "tram 1"\nstate = "/s"\n', "`terminal`"),
        ('terminal = "t"\nstate = "/s"\ncentre = "http://centre.example"\n', "`centre`"),
        ('terminal = "t"\nstate = "/s"\ncentre = "https://u:p@centre.example"\n', "`centre`"),
        ('terminal = "t"\nstate = "/s"\ncentre = "https://"\n', "`centre`"),
        ('terminal = "t"\nstate = "/s"\nscanner = "/dev/input/event3"\n', "`scanner`"),
        ('terminal = "t"\nstate = "/s"\nscanner = "keyboard:/dev/ttyACM0"\n', "`scanner`"),
        ('terminal = "t"\nstate = "/s"\nsticks = "/media"\n', "`sticks`"),
        ('terminal = "t"\nstate = "/s"\naccess_point = "0.0.0.0"\n', "`access_point`"),
        ('terminal = "t"\nstate = "/s"\naccess_point = "203.0.113.7"\n', "`access_point`"),
        ('terminal = "t"\nstate = "/s"\naccess_point = "172.32.0.1"\n', "`access_point`"),
        ('terminal = "t"\nstate = "/s"\naccess_point = "192.168.50.1"\n', "`access_point`"),
        ('terminal = "t"\nstate = "/s"\nlisten = "192.168.50.1"\n', "`listen`"),
        ('terminal = "t"\nstate = "/s"\ncounter_hosts = "tram-1.local:8443"\n', "`counter_hosts`"),
        ('terminal = "t"\nstate = "/s"\ncounter_hosts = ["Tram-1.local"]\n', "`counter_hosts`"),
        ('terminal = "t"\nstate = "/s"\ncounter_hosts = ["https://a.local"]\n', "`counter_hosts`"),
        ('terminal = "t"\nstate = "/s"\ncounter_hosts = ["a.local:443"]\n', "`counter_hosts`"),
        ('terminal = "t"\nstate = "/s"\ncounter_hosts = ["a.local."]\n', "`counter_hosts`"),
        ('terminal = "t"\nstate = "/s"\ncounter_hosts = ["*.local"]\n', "`counter_hosts`"),
        (
            'terminal = "t"\nstate = "/s"\ncounter_hosts = ["a.local", "a.local"]\n',
            "`counter_hosts`",
        ),
        ('terminal = "t"\nstate = "/s"\ncounter_hosts = ["u@a.local"]\n', "`counter_hosts`"),
        ('terminal = "t"\nstate = "/s"\ncounter_hosts = ["a.local/x"]\n', "`counter_hosts`"),
        ('terminal = "t"\nstate = "/s"\nlamp_pins = [17, true, 22]\n', "`lamp_pins`"),
        ('terminal = "t"\nstate = "/s"\nvolume = 2026-11-29\n', "`volume`"),
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


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    """A file from Notepad is read as any other."""
    path = tmp_path / "terminal.toml"
    path.write_bytes(b'\xef\xbb\xbfterminal = "t"\r\nstate = "/s"\r\nport = 0\r\n')
    assert load_all(path) == ["terminal.toml, line 3"]


def test_too_large(tmp_path: Path) -> None:
    """A file of another kind by mistake is not read through."""
    assert load_all(_write(tmp_path, "#" * 70_000)) == ["terminal.toml"]


def load_all(path: Path, **environ: str) -> list[str]:
    """Return where something is wrong, by the file's name without its folder."""
    return [one.place.rsplit("/", 1)[-1] for one in examine(path, environ).found]


def test_all_that_is_wrong_at_once(tmp_path: Path) -> None:
    """Each fault with its own line, whatever else is wrong; a broken key hides no other."""
    path = _write(
        tmp_path,
        'terminal = "t"\n# port = 1\nport = "x"\n\nprot = 5\n'
        "lamp_pins = [\n  17, 27, 22,\n]\nbuzzer_pin = 27\nvolume = 0\n[network]\nlisten = 1\n",
    )
    found = examine(path, {})
    told = {one.finding.key: one.line for one in found.found}
    assert told == {
        "port": 3, "prot": 5, "buzzer_pin": 9, "volume": 10, "network": 11, "state": None
    }  # fmt: skip
    assert all(one.finding.weight is Weight.STOPS for one in found.found)


def test_first_of_many(tmp_path: Path) -> None:
    """Who starts the terminal is told of one, how many more there are, and where all are listed."""
    path = _write(tmp_path, 'terminal = "t"\nport = 0\nvolume = 0\n')
    with pytest.raises(ConfigInvalid, match=r"2 more: `tramthe config check`") as caught:
        load(path, {})
    assert caught.value.message.startswith(f"{path}: ")


def test_fault_of_a_variable(tmp_path: Path) -> None:
    """The variable is named, and no line of the file that it outranks."""
    path = _write(tmp_path, 'terminal = "t"\nstate = "/s"\nport = 9000\n')
    assert load_all(path, TRAMTHE_PORT="0") == ["TRAMTHE_PORT"]
    assert load_all(path, TRAMTHE_PORT="") == ["TRAMTHE_PORT"]


def test_variables_of_other_commands(tmp_path: Path) -> None:
    """Those pass; one that sets nothing is remarked upon, with the key that was probably meant."""
    path = _write(tmp_path, 'terminal = "t"\nstate = "/s"\n')
    environ = {"TRAMTHE_TRACE": "commands", "TRAMTHE_PROT": "1", "PATH": "/bin"}
    (one,) = examine(path, environ).found
    assert (one.place, one.finding.weight) == ("TRAMTHE_PROT", Weight.REMARK)
    assert "TRAMTHE_PORT" in one.finding.next_step
    assert load(path, environ).port == 8080


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("silent", "yes", True),
        ("silent", "false", False),
        ("lamp_pins", "", ()),
        ("lamp_pins", "17", (17,)),
        ("sticks", "/media, /mnt", (Path("/media"), Path("/mnt"))),
        ("counter_hosts", "tram-1.local:8443, [fd00::1]", ("tram-1.local:8443", "[fd00::1]")),
        ("volume", " 50 ", 50),
        ("centre", "http://localhost:8000/", "http://localhost:8000"),
        ("centre", "http://[::1]:8000", "http://[::1]:8000"),
        ("repository", "http://lists.example/a/", "http://lists.example/a"),
    ],
)
def test_text_of_a_variable(name: str, text: str, value: object) -> None:
    """A variable is text; what it means is what the file would say with its own types."""
    environ = {"TRAMTHE_TERMINAL": "t", "TRAMTHE_STATE": "/s", f"TRAMTHE_{name.upper()}": text}
    assert getattr(load(None, environ), name) == value


def test_values_stay_out_of_words(tmp_path: Path) -> None:
    """What somebody wrote beside a key, perhaps a secret, is repeated in no message and no repr."""
    path = _write(
        tmp_path, 'terminal = "hunter two"\nwifi_password = "hunter two"\nport = "hunter two"\n'
    )
    found = examine(path, {"TRAMTHE_TOKEN": "hunter two", "TRAMTHE_STATE": ""})
    assert "hunter" not in repr((found.given, found.found, found))
    assert not any("hunter" in str(one) for one in found.found)


_PIECES = st.sampled_from(
    [
        "port = ", "terminal = ", "[", "]", "]]", "{", "}", '"', '"""', "'", "'''", "\n", "\r\n",
        "=", ".", "#", ",", " ", "\\u00e9", "\\", "17", "1_0", "0x", "1e9", "inf", "true",
        "2026-11-29", "T10:00", "ạ", "\x00", "\ufeff", "_", "a", "password",
    ]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=60), st.lists(_PIECES, max_size=40).map("".join)))
def test_whatever_the_file_holds(
    tmp_path_factory: pytest.TempPathFactory, text: str | bytes
) -> None:
    """Something is wrong with it, each fault at a line that there is; nothing is raised."""
    path = tmp_path_factory.getbasetemp() / "whatever.toml"
    data = text.encode() if isinstance(text, str) else text
    path.write_bytes(data)
    found = examine(path, {}).found
    assert found
    for one in found:
        assert one.line is None or 1 <= one.line <= data.count(b"\n") + 1
        assert one.finding.message.isprintable()
        assert one.finding.next_step.isprintable()
