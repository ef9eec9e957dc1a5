"""`tramthe completion`, in real shells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.cli.main import COMPLETE
from tests.provisioning.cli.conftest import Tramthe
from tests.tools import needed

_FOLDER = Path(sys.executable).parent
_ENVIRONMENT = {**os.environ, "PATH": f"{_FOLDER}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}


def _run(*command: str | Path, **more: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**_ENVIRONMENT, **more}
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def written(tramthe: Tramthe, shell: str, folder: Path) -> Path:
    """Return the file that a person would install."""
    said = tramthe("completion", shell)
    assert (said.status, said.err) == (0, "")
    path = folder / f"tramthe.{shell}"
    path.write_text(said.out, "utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (["tramthe", "conf"], ["config"]),
        (["tramthe", "config", "ex"], ["example", "explain"]),
        (["tramthe", "config", "explain", "lamp"], ["lamp_common", "lamp_pins"]),
        (["tramthe", "centre", "send", "me"], ["meeting"]),
        (["tramthe", "serve", "--co"], ["--config"]),
        (["tramthe", "completion", ""], ["bash", "fish", "zsh"]),
    ],
)
def test_bash(tramthe: Tramthe, tmp_path: Path, line: list[str], offered: list[str]) -> None:
    """A bash that read the file offers commands, keys and options that begin so."""
    file = written(tramthe, "bash", tmp_path)
    words = " ".join(f"'{word}'" for word in line)
    script = (
        f"source {file}; COMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; "
        '_tramthe_completion tramthe; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    out = _run(needed("bash"), "--norc", "-c", script)
    assert sorted(out.split()) == offered


def test_fish(tramthe: Tramthe, tmp_path: Path) -> None:
    """A fish that read the file offers the same, with a word on each."""
    file = written(tramthe, "fish", tmp_path)
    script = f"source {file}; complete --do-complete 'tramthe config sh'"
    assert _run(needed("fish"), "--no-config", "-c", script, HOME=str(tmp_path)) == (
        "show\tShow each key's value and where it comes from.\n"
    )


def test_zsh(tramthe: Tramthe, tmp_path: Path) -> None:
    """Zsh takes the file, and what it asks is answered by kind, word and help."""
    file = written(tramthe, "zsh", tmp_path)
    assert file.read_text("utf-8").startswith("#compdef tramthe\n")
    _run(needed("zsh"), "-f", "-n", file)
    asked = {COMPLETE: "zsh_complete", "COMP_WORDS": "tramthe config sh", "COMP_CWORD": "2"}
    out = _run(_FOLDER / "tramthe", **asked)
    assert out == "plain\nshow\nShow each key's value and where it comes from.\n"


def test_completing_a_first_word_loads_no_command() -> None:
    """A key is pressed and somebody waits: no command's module is imported for the table."""
    program = (
        "import sys; from provisioning.cli.main import run\n"
        "try: run([])\n"
        "except SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith('provisioning.cli.')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True,
        env={**_ENVIRONMENT, COMPLETE: "bash_complete", "COMP_WORDS": "tramthe c",
             "COMP_CWORD": "1"},
    )  # fmt: skip
    assert "plain,config" in done.stdout
    assert done.stderr.strip() == "['provisioning.cli.lazy', 'provisioning.cli.main']"


def test_a_shell_that_is_not_known(tramthe: Tramthe) -> None:
    """Exit status 2 and those that are."""
    said = tramthe("completion", "tcsh")
    assert (said.status, "'fish'" in said.err) == (2, True)
