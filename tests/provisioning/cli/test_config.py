"""`tramthe config`, as a technician uses it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from edge.config.read import examine
from provisioning.cli.main import tramthe as root
from provisioning.cli.tree import walk
from tests.provisioning.cli.conftest import Tramthe


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's own settings out."""
    for name in list(os.environ):
        if name.startswith("TRAMTHE_"):
            monkeypatch.delenv(name)


def _file(folder: Path, more: str = "", state: Path | None = None) -> Path:
    path = folder / "terminal.toml"
    kept = folder / "state" if state is None else state
    kept.mkdir(exist_ok=True)
    path.write_text(f'terminal = "t"\nstate = "{kept}"\nvolatile_state = true\n{more}', "utf-8")
    path.chmod(0o644)
    return path


def test_without_a_fault(tramthe: Tramthe, tmp_path: Path) -> None:
    """Exit status 0; a remark is told all the same."""
    said = tramthe("config", "check", _file(tmp_path))
    assert (said.status, said.err) == (0, "")
    assert "remark  " in said.out
    assert said.out.endswith("no faults, 1 remark.\n")


def test_every_fault_with_its_line(tramthe: Tramthe, tmp_path: Path) -> None:
    """All at once, in the order of the file, with where and what to do; exit status 1."""
    path = _file(tmp_path, "prot = 1\nport = 0\nwifi_password = 'x y z'\n")
    said = tramthe("config", "check", path)
    assert said.status == 1
    places = [line for line in said.out.split("\n") if line.startswith("fault")]
    assert [line.split(": ")[0] for line in places] == [
        f"fault   {path}, line {number}" for number in (4, 5, 6)
    ]
    assert "x y z" not in said.out
    assert said.out.endswith("3 faults, 1 remark. The terminal does not start with this.\n")


def test_what_the_terminal_starts_with_all_the_same(tramthe: Tramthe, tmp_path: Path) -> None:
    """A file of roots that is not there is a fault, and the terminal starts."""
    path = _file(tmp_path, 'centre = "https://c.example"\ncentre_roots = "/nowhere.pem"\n')
    said = tramthe("config", "check", path)
    assert (said.status, "does not start" in said.out) == (1, False)
    assert f"{path}, line 5: /nowhere.pem cannot be read" in said.out


def test_check_for_a_program(tramthe: Tramthe, tmp_path: Path) -> None:
    """JSON with weight, source, line, key and words."""
    path = _file(tmp_path, "port = 0\n")
    said = tramthe("config", "check", path, "--json")
    assert said.status == 1
    (remark, fault) = json.loads(said.out)
    assert (remark["weight"], remark["line"], remark["key"]) == ("remark", 3, "volatile_state")
    assert (fault["weight"], fault["source"], fault["line"]) == ("stops", str(path), 4)
    assert fault["next_step"].startswith("It needs a whole number")


def test_file_that_cannot_be_read(tramthe: Tramthe, tmp_path: Path) -> None:
    """Exit status 3, as of every command."""
    for command in ("check", "show"):
        assert tramthe("config", command, tmp_path / "absent.toml").status == 3
        assert tramthe("config", command, tmp_path).status == 2


def test_files_of_another_kind(tramthe: Tramthe, garbage: list[Path]) -> None:
    """Whatever the file holds, the answer is no."""
    for file in garbage:
        assert tramthe("config", "check", file).status == 1
        assert tramthe("config", "show", file).status == 1


def test_variables_alone(tramthe: Tramthe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file, what the environment says is checked."""
    assert tramthe("config", "check").status == 1
    monkeypatch.setenv("TRAMTHE_TERMINAL", "t")
    monkeypatch.setenv("TRAMTHE_STATE", str(tmp_path))
    monkeypatch.setenv("TRAMTHE_VOLATILE_STATE", "yes")
    assert tramthe("config", "check").status == 0


def test_variables_that_commands_read_are_known() -> None:
    """No variable that some option of ours reads is taken for a slip of the pen."""
    read = {
        str(option.envvar)
        for node in walk(root, "tramthe")
        for option in node.command.params
        if str(option.envvar).startswith("TRAMTHE_")
    }
    assert {"TRAMTHE_STATE", "TRAMTHE_TRACE", "TRAMTHE_CENTRE_DATABASE"} <= read
    sources = {one.source for one in examine(None, dict.fromkeys(read, "/x")).found}
    assert not sources & read


def test_where_each_value_comes_from(
    tramthe: Tramthe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's line, the variable, or the default."""
    monkeypatch.setenv("TRAMTHE_PORT", "9001")
    path = _file(tmp_path, "port = 9000\nvolume = 50\n")
    rows = json.loads(tramthe("config", "show", path, "--json").out)
    assert rows["port"] == {"value": 9001, "from": "TRAMTHE_PORT", "line": None}
    assert rows["volume"] == {"value": 50, "from": str(path), "line": 5}
    assert rows["idle_minutes"] == {"value": 10, "from": "default", "line": None}
    said = tramthe("config", "show", path)
    assert said.status == 0
    table = {line.split()[0]: line for line in said.out.splitlines()}
    assert table["port"].split() == ["port", "9001", "TRAMTHE_PORT"]
    assert table["volume"].split(maxsplit=2) == ["volume", "50", f"{path}, line 5"]


def test_values_that_cannot_be_used_are_shown_as_such(tramthe: Tramthe, tmp_path: Path) -> None:
    """The rest is shown; exit status 1 and where to ask."""
    said = tramthe("config", "show", _file(tmp_path, 'port = "x"\n'))
    assert said.status == 1
    assert any(line.split()[:2] == ["port", "?"] for line in said.out.splitlines())
    assert "config check" in said.err


def test_a_key_in_words(tramthe: Tramthe) -> None:
    """One key, all keys, and a slip of the pen."""
    said = tramthe("config", "explain", "lamp_pins")
    assert (said.status, "TRAMTHE_LAMP_PINS" in said.out) == (0, True)
    assert "sync_seconds" in tramthe("config", "explain").out
    slip = tramthe("config", "explain", "lamp_pin")
    assert (slip.status, "Did you mean lamp_pins?" in slip.err) == (2, True)
    assert tramthe("config", "explain", "\x1b[31m").status == 2


def test_example_is_the_way_in(tramthe: Tramthe, tmp_path: Path) -> None:
    """What `example` writes, `check` takes, but for the folder that is not there."""
    path = tmp_path / "terminal.toml"
    path.write_text(tramthe("config", "example").out, "utf-8")
    path.chmod(0o644)
    said = tramthe("config", "check", path, "--json")
    assert {one["key"] for one in json.loads(said.out)} <= {"state"}


def test_schema_is_json(tramthe: Tramthe) -> None:
    """With its name."""
    assert json.loads(tramthe("config", "schema").out)["$id"] == "urn:tramthe:schema:terminal:1"


def test_the_terminal_says_the_same_sentence(tramthe: Tramthe, tmp_path: Path) -> None:
    """What stops `serve` is what `check` says first of what stops it."""
    path = _file(tmp_path, "prot = 1\n")
    checked, served = tramthe("config", "check", path), tramthe("serve", "--config", path)
    sentence = f"{path}, line 4: The key `prot` is not known."
    assert sentence in checked.out
    assert (served.status, sentence in served.err) == (3, True)
