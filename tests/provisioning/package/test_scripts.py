"""What the package runs on a machine: its scripts, and the rule by which pcscd lets it in."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest

from tests.provisioning.package.conftest import DEBIAN, FILES, PACKAGE, Run

SH = (
    DEBIAN / "tramthe.postinst",
    DEBIAN / "tramthe.postrm",
    *map(FILES.joinpath, ("access-point", "claim", "kiosk", "stick")),
)
BASH = tuple(
    PACKAGE / name for name in ("build", "bundle", "proof", "proof-emulated", "proof-updates")
)


def test_every_script_is_one(run: Run) -> None:
    """Each is parsed by its shell and by shellcheck."""
    for script in SH:
        assert run("sh", "-n", script).stderr == ""
    for script in (*BASH, PACKAGE / "machines", PACKAGE / "living"):
        assert run("bash", "-n", script).stderr == ""
    sourced = ("--external-sources", f"--source-path={PACKAGE.parents[1]}")
    checked = run("shellcheck", "--severity=warning", *sourced, *SH, *BASH)
    assert checked.returncode == 0, checked.stdout
    assert all(os.access(script, os.X_OK) for script in (*BASH, *SH[2:]))


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Return the folders of a machine whose boot partition holds a claim."""
    for folder in ("boot/firmware/tramthe", "var/lib/tramthe"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "boot/firmware/tramthe/claim.json").write_text('{"v":1}')
    return tmp_path


def _claim(run: Run, card: Path, what: str, result: str = "success") -> int:
    owner = f"{os.getuid()}:{os.getgid()}"
    ran = run(FILES / "claim", what, ROOT=str(card), OWNER=owner, SERVICE_RESULT=result)
    return ran.returncode


def test_a_claim_leaves_the_boot_partition(run: Run, card: Path) -> None:
    """It is the terminal's alone then, and nobody who holds the card reads it there."""
    assert _claim(run, card, "take") == 0
    kept = card / "var/lib/tramthe/claim.json"
    assert kept.read_text() == '{"v":1}'
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not (card / "boot/firmware/tramthe").exists()
    assert _claim(run, card, "take") == 0  # at the next start: nothing new, nothing lost
    assert kept.exists()


def test_a_claim_of_an_older_system(run: Run, card: Path) -> None:
    """Where the boot partition is mounted at /boot itself."""
    (card / "boot/firmware/tramthe").rename(card / "boot/tramthe")
    assert _claim(run, card, "take") == 0
    assert (card / "var/lib/tramthe/claim.json").exists()
    assert not (card / "boot/tramthe").exists()


def test_a_used_claim_is_erased(run: Run, card: Path) -> None:
    """Of a claim that served nothing is left; one that is gone is no fault."""
    assert _claim(run, card, "take") == 0
    assert _claim(run, card, "used") == 0
    assert not list((card / "var/lib/tramthe").iterdir())
    assert _claim(run, card, "used") == 0


def test_a_claim_that_did_not_serve_is_kept(run: Run, card: Path) -> None:
    """Enrolment that failed, or was killed, is tried again with it."""
    assert _claim(run, card, "take") == 0
    for result in ("exit-code", "signal", "timeout"):
        assert _claim(run, card, "used", result) == 0
    assert (card / "var/lib/tramthe/claim.json").read_text() == '{"v":1}'


def test_a_link_is_no_claim(run: Run, card: Path) -> None:
    """What somebody laid to have another file carried off stays where it is."""
    laid = card / "boot/firmware/tramthe/claim.json"
    secret = card / "secret"
    laid.rename(secret)
    laid.symlink_to(secret)
    assert _claim(run, card, "take") == 3
    assert secret.read_text() == '{"v":1}'
    assert not (card / "var/lib/tramthe/claim.json").exists()


@pytest.mark.parametrize(("megabytes", "small"), [(906, True), (3793, False)])
def test_a_small_board_is_not_asked_whether_it_wants_to(
    run: Run, tmp_path: Path, megabytes: int, small: bool
) -> None:
    """`--no-memcheck` where memory is short; on every board the one page, alone."""
    for name in ("cage", "chromium"):
        (tmp_path / name).write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        (tmp_path / name).chmod(0o755)
    (tmp_path / "meminfo").write_text(f"MemTotal: {megabytes * 1024} kB\n")
    shown = run(
        FILES / "kiosk",
        PATH=f"{tmp_path}:/usr/bin:/bin",
        PAGE="http://127.0.0.1:8080/",
        MEMINFO=str(tmp_path / "meminfo"),
    ).stdout.splitlines()
    assert shown[:3] == ["-d", "--", "chromium"]
    assert ("--no-memcheck" in shown, "--kiosk" in shown) == (small, True)
    assert shown[-1] == "http://127.0.0.1:8080/"


_ASK = """
var asked = null, polkit = {Result: {YES: "yes"}, addRule: function (rule) { asked = rule; }};
%s
var answers = [];
["org.debian.pcsc-lite.access_pcsc", "org.debian.pcsc-lite.access_card",
 "org.freedesktop.policykit.exec"].forEach(function (id) {
  ["tramthe", "tramthe-kiosk", "root", ""].forEach(function (user) {
      if (asked({id: id}, {user: user}) === "yes") { answers.push(id + " " + user); }
    });
  });
print(JSON.stringify(answers));
"""


def test_pcscd_lets_the_terminal_in_and_nobody_else(run: Run, tmp_path: Path) -> None:
    """The rule in polkit's own interpreter: the terminal's user, for readers and cards alone."""
    script = tmp_path / "ask.js"
    script.write_text(_ASK % (FILES / "50-tramthe.rules").read_text("utf-8"))
    answered = run("duk", script)
    assert json.loads(answered.stdout) == [
        "org.debian.pcsc-lite.access_pcsc tramthe",
        "org.debian.pcsc-lite.access_card tramthe",
    ]


def test_the_screen_shows_this_machine_alone() -> None:
    """Chromium's policy: every address but the terminal's own is blocked."""
    policy = json.loads((FILES / "screen" / "tramthe.json").read_text("utf-8"))
    assert policy["URLBlocklist"] == ["*"]
    assert all(
        "127.0.0.1" in one or "localhost" in one or one == "data:*"
        for one in policy["URLAllowlist"]
    )


def test_everything_pinned_goes_in() -> None:
    """Each library of a terminal or an office stands in a lock that the build reads."""
    project = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    build = (PACKAGE / "build").read_text("utf-8")
    assert "requirements/{pcsc,scanner,gpio}.lock" in build
    assert "requirements/{run,hsm}.lock" in build
    assert {"pcsc", "scanner", "gpio", "hsm", "centre", "office"} == set(extras)
    control = (DEBIAN / "control").read_text("utf-8")
    assert project["requires-python"] == ">=3.11"
    assert "python3 (>= 3.11)" in control
    assert "python3 (<< 3.14)" in control
    assert "bookworm:3.11:311 trixie:3.13:313" in build
