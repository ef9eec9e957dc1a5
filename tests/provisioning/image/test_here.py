"""The running machine: looked at first, refused where it is not known well enough."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning.errors import MachineUnfit
from provisioning.image.bundle import open_bundle
from provisioning.image.here import CONFIG, Facts, carry_out, look, require
from provisioning.image.machine import Machine
from tests.provisioning.image.conftest import SECRET
from tests.provisioning.image.sandbox import Sandbox

GOOD = Facts("debian", "bookworm", "arm64", has_systemd=True, root="ext4", unfinished="",
             terminal=None)  # fmt: skip


def test_a_machine_that_is_known(packages: Path, full: Machine) -> None:
    """A Debian of today, new or this terminal already."""
    require(GOOD, full, open_bundle(packages))
    require(replace(GOOD, release="trixie", terminal="99-0417"), full, open_bundle(packages))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (replace(GOOD, system="ubuntu", release="noble"), "ubuntu noble, not known"),
        (replace(GOOD, release="bullseye"), "bullseye"),
        (replace(GOOD, system="", release=""), "no system"),
        (replace(GOOD, architecture="amd64"), "for arm64, this machine is amd64"),
        (replace(GOOD, has_systemd=False), "systemd"),
        (replace(GOOD, root="overlay"), "in memory"),
        (replace(GOOD, unfinished="The following packages are broken"), "half installed"),
        (replace(GOOD, terminal="99-0001"), "terminal 99-0001 already"),
    ],
)
def test_a_machine_that_is_not(facts: Facts, why: str, packages: Path, full: Machine) -> None:
    """Is refused before the first step, with what to do."""
    with pytest.raises(MachineUnfit, match=why):
        require(facts, full, open_bundle(packages))


def test_looking(tmp_path: Path) -> None:
    """Reads what the machine says of itself; the last root of the table of mounts counts."""
    for name, text in {
        "etc/os-release": 'ID=raspbian\nVERSION_CODENAME="trixie"\n',
        "proc/mounts": "/dev/a / ext4 rw\noverlayroot / overlay rw\n/dev/b /b ext4 rw\n",
        CONFIG: 'terminal = "99-0417"\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = look(tmp_path)
    assert (found.system, found.release, found.root) == ("raspbian", "trixie", "overlay")
    assert (found.terminal, found.has_systemd) == ("99-0417", False)
    said = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    )
    assert found.architecture == said.stdout.strip()
    (tmp_path / CONFIG).write_text("terminal = ")
    assert look(tmp_path).terminal == "(a configuration that cannot be read)"
    assert look(tmp_path / "nowhere").system == ""


def sandboxed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what this process starts see the sandbox's root and commands."""
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)


def test_the_steps(
    tmp_path: Path, packages: Path, full: Machine, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """First said, then done, then found done; accounts and SSH are nobody's business here."""
    sandbox = Sandbox(tmp_path)
    sandbox.prepare()
    sandboxed(sandbox, monkeypatch)
    work = tmp_path / "work"
    work.mkdir()
    machine = replace(full, ssh_keys=())
    before = sandbox.files()
    carry_out(machine, open_bundle(packages), print, dry_run=True, work=work)
    assert sandbox.files() == before
    said = capfd.readouterr().out
    assert "- the host name 99-0417" in said
    carry_out(machine, open_bundle(packages), print, dry_run=False, work=work)
    after = sandbox.files()
    assert after["etc/hostname"] == "99-0417\n"
    assert "var/lib/tramthe/claim.json" in after
    assert not [call for call in sandbox.calls() if "ssh" in call and "cat" not in call
                and "is-enabled" not in call]  # fmt: skip
    started = "pcscd.socket tramthe-enrol.service tramthe.service"
    assert f"systemctl --no-block start {started}" in sandbox.calls()
    carry_out(machine, open_bundle(packages), print, dry_run=False, work=work)
    assert sandbox.files() == after
    assert list(work.iterdir()) == []
    out, err = capfd.readouterr()
    assert SECRET.hex() not in said + out + err


def test_a_step_that_fails(
    tmp_path: Path, packages: Path, full: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ends it, and leaves nothing secret behind."""
    sandbox = Sandbox(tmp_path)
    sandbox.prepare()
    sandbox.answers["dpkg-query -W -f ${Status} tramthe"] = (0, "install ok unpacked")
    sandboxed(sandbox, monkeypatch)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(MachineUnfit, match="did not succeed"):
        carry_out(full, open_bundle(packages), print, dry_run=False, work=work)
    assert list(work.iterdir()) == []
