"""The units and the wrapper of the package name the places that the program does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from edge.update.places import BASE, PROGRAM, SOFTWARE, Handed, Software
from tests.tools import needed

PACKAGE = Path(__file__).parents[3] / "provisioning" / "package"
UNITS, FILES = PACKAGE / "debian", PACKAGE / "files"
STATE = Path("/var/lib/tramthe")


def test_what_systemd_waits_for() -> None:
    """A version that is handed over, and an update that is under way."""
    text = (UNITS / "tramthe-update.path").read_text()
    waited = {line.partition("=")[2] for line in text.splitlines() if line.startswith("PathExists")}
    assert waited == {str(Handed(STATE).go), str(Software().journal)}


def test_who_carries_it_out() -> None:
    """What dpkg installed, for the hook and for root's part."""
    hook = (FILES / "50-update.conf").read_text()
    assert f"-+/bin/sh -c '[ ! -e {Software().journal} ] || exec {BASE}/bin/tramthe" in hook
    part = (UNITS / "tramthe-update.service").read_text()
    assert f"ExecStart={BASE}/bin/tramthe update run --config" in part


def test_a_partition_of_its_own() -> None:
    """The terminal starts once it is mounted, and soon where there is none."""
    named = subprocess.run(
        [needed("systemd-escape", "systemd"), "--path", "--suffix=mount", SOFTWARE],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    unit = (FILES / "50-update.conf").read_text().partition("[Service]")[0]
    assert f"After={named}" in unit.splitlines()
    table = (FILES / "readonly" / "fstab").read_text().splitlines()
    (options,) = (line.split()[3] for line in table if line.split()[1:2] == [str(SOFTWARE)])
    assert {"nofail", "x-systemd.device-timeout=15s"} <= set(options.split(","))
    assert "noexec" not in options


@pytest.mark.parametrize(("tree", "says"), [(False, "base"), (True, "tree")])
def test_which_version_a_command_is_of(tmp_path: Path, tree: bool, says: str) -> None:
    """Of the tree that was switched to, else of what dpkg installed, which alone does updates."""
    wrapper = (FILES / "current").read_text()
    for place in (str(SOFTWARE), f"exec {BASE}"):
        assert place in wrapper
        wrapper = wrapper.replace(place, place.replace("/", f"{tmp_path}/", 1))
    software = Software(tmp_path / SOFTWARE.relative_to("/"))
    programs = {"base": tmp_path / PROGRAM}
    if tree:
        programs["tree"] = software.tree("1.1") / PROGRAM
    for name, program in programs.items():
        (program / "bin").mkdir(parents=True)
        (program / "bin" / "tramthe").write_text(f'#!/bin/sh\necho {name} "$@"\n')
        (program / "bin" / "python3").write_text('#!/bin/sh\nshift\nexec sh "$@"\n')
        for file in (program / "bin").iterdir():
            file.chmod(0o755)
    if tree:
        software.current.symlink_to("versions/1.1")
    said = subprocess.run(
        ["sh", "-c", wrapper, "current", "a b", "c"], check=True, capture_output=True
    )
    assert said.stdout.decode() == f"{says} a b c\n"
