"""The units: understood by systemd, shut as far as a terminal allows, open for what it touches."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.config import Config
from edge.phones.helper import HELPER
from edge.watchdog import LOOKS
from reader.profile import builtin_profiles
from tests.provisioning.package.conftest import DEBIAN, FILES, Run, settings

EXPOSURE = 20  # tenths: 2.0
UNITS = sorted(unit.name for kind in ("service", "socket") for unit in DEBIAN.glob(f"*.{kind}"))


@pytest.mark.parametrize("unit", ["tramthe.service", "tramthe-access-point@x.service"])
def test_what_serves_is_exposed_by_no_more_than_two(unit: str, root: Path, run: Run) -> None:
    """By systemd's own reckoning, of 10: the terminal, and root's part that it may ask."""
    judged = run(
        "systemd-analyze", "security", "--no-pager", "--offline=yes", f"--root={root}",
        f"--threshold={EXPOSURE}", unit,
    )  # fmt: skip
    assert f"Overall exposure level for {unit}" in judged.stdout
    assert judged.returncode == 0, judged.stdout


def test_one_that_is_open_would_be_noticed(root: Path, run: Run) -> None:
    """The check above can fail: the same unit with its capabilities back is over the limit."""
    text = (DEBIAN / "tramthe.service").read_text("utf-8")
    open_one = root / "usr/lib/systemd/system/open.service"
    open_one.write_text(re.sub(r"(?m)^(Capability|PrivateU|SystemCall|Restrict).*\n", "", text))
    judged = run(
        "systemd-analyze", "security", "--no-pager", "--offline=yes", f"--root={root}",
        f"--threshold={EXPOSURE}", "open.service",
    )  # fmt: skip
    open_one.unlink()
    assert judged.returncode != 0


def test_systemd_understands_every_unit(root: Path, run: Run) -> None:
    """No unknown key, no value it cannot read, no program that is not there."""
    names = [name.replace("@.", "@sda1.") for name in UNITS]
    said = run(
        "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}", *names
    )
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS)
def test_nothing_runs_on_a_machine_that_is_no_terminal(unit: str) -> None:
    """The same package serves an office, where no terminal.toml lies."""
    assert "/etc/tramthe/terminal.toml" in settings(unit)["ConditionPathExists"]


def test_what_a_terminal_touches_stays_open() -> None:
    """GPIO, scanners, pcscd's and systemd's sockets, the network, sticks; and state, alone."""
    unit = settings("tramthe.service")
    assert unit["DevicePolicy"] == ["closed"]
    assert {one.split()[0] for one in unit["DeviceAllow"]} == {
        "char-gpiochip", "char-input", "char-ttyACM", "char-ttyAMA", "char-ttyUSB",
    }  # fmt: skip
    assert "PrivateDevices" not in unit
    assert set(unit["RestrictAddressFamilies"][0].split()) == {"AF_UNIX", "AF_INET", "AF_INET6"}
    assert "IPAddressDeny" not in unit
    sticks = {str(path) for path in Config("x", Path("/x")).sticks}
    assert {path.lstrip("-") for path in unit["ReadWritePaths"][0].split()} == sticks
    assert (unit["ProtectSystem"], unit["StateDirectory"]) == (["strict"], ["tramthe"])
    assert unit["User"] == ["tramthe"]
    assert "pcscd.socket" in unit["Wants"][0]


def test_the_child_that_decodes_portraits_may_limit_itself() -> None:
    """The filter takes resources away, and then gives the two calls back."""
    filters = settings("tramthe.service")["SystemCallFilter"]
    assert filters[0] == "@system-service"
    assert "@resources" in filters[1]
    assert set(filters[-1].split()) == {"setrlimit", "prlimit64"}


def test_a_card_that_is_read_for_long_does_not_starve_the_watchdog() -> None:
    """Between two looks at the card thread the longest reading of any profile ends."""
    [patience] = settings("tramthe.service")["WatchdogSec"]
    longest = max(profile.max_seconds for profile in builtin_profiles())
    assert int(patience) / LOOKS > longest
    assert settings("tramthe.service")["Type"] == ["notify"]


def test_the_screen_holds_nothing_of_the_terminal() -> None:
    """Another user, who sees neither state nor claim, and reaches this machine alone."""
    unit = settings("tramthe-kiosk.service")
    assert unit["User"] == ["tramthe-kiosk"]
    assert {"-/var/lib/tramthe", "-/boot"} == set(unit["InaccessiblePaths"][0].split())
    assert (unit["IPAddressDeny"], unit["IPAddressAllow"]) == (["any"], ["localhost"])
    assert f"PAGE=http://127.0.0.1:{Config('x', Path('/x')).port}/" in unit["Environment"]


def test_who_may_ask_for_an_access_point() -> None:
    """The terminal alone, one at a time, and only where the network's file was written."""
    socket = settings("tramthe-access-point.socket")
    assert (socket["SocketUser"], socket["SocketMode"]) == (["tramthe"], ["0600"])
    assert (socket["Accept"], socket["MaxConnections"]) == (["yes"], ["1"])
    assert socket["ListenStream"] == [str(HELPER)]
    assert "/etc/tramthe/access-point.nmconnection" in socket["ConditionPathExists"]
    unit = settings("tramthe-access-point@.service")
    assert (unit["CapabilityBoundingSet"], unit["NoNewPrivileges"]) == ([""], ["yes"])
    assert unit["StandardError"] == ["journal"]
    assert unit["ExecStopPost"] == ["/usr/lib/tramthe/access-point down"]


def test_users_and_groups(tmp_path: Path, run: Run) -> None:
    """Both users, without a shell; the terminal in the groups that a diagnosis asks for."""
    (tmp_path / "etc").mkdir()
    made = run("systemd-sysusers", f"--root={tmp_path}", DEBIAN / "tramthe.sysusers")
    assert made.returncode == 0, made.stderr
    users = (tmp_path / "etc/passwd").read_text("utf-8").splitlines()
    assert {line.split(":")[0] for line in users} == {"tramthe", "tramthe-kiosk"}
    assert all(line.endswith(":/usr/sbin/nologin") for line in users)
    groups = {
        line.split(":")[0]: set(line.split(":")[3].split(","))
        for line in (tmp_path / "etc/group").read_text("utf-8").splitlines()
    }
    asked = ("gpio", "dialout", "input", "systemd-journal")
    assert all("tramthe" in groups[name] for name in asked)
    assert "tramthe" not in groups["video"]
    assert "tramthe-kiosk" not in groups["systemd-journal"]


def test_the_root_that_is_never_written(run: Run) -> None:
    """The root and the boot partition read-only; the state on its own, and nothing of it lost."""
    table = FILES / "readonly" / "fstab"
    said = run("findmnt", "--verify", "--tab-file", table)
    assert "0 parse errors" in said.stdout + said.stderr
    lines = [line.split() for line in table.read_text("utf-8").splitlines() if line[:1] not in "#"]
    mounts = {line[1]: (line[0], line[3].split(",")) for line in lines if line}
    assert "ro" in mounts["/"][1]
    assert "ro" in mounts["/boot/firmware"][1]
    source, options = mounts["/var/lib/tramthe"]
    assert (source, "rw" in options) == ("LABEL=tramthe", True)
    lost = [where for where, (what, _) in mounts.items() if what == "tmpfs"]
    assert not any(Path(where) in (Path("/var/lib/tramthe"), Path("/var/lib")) for where in lost)


def test_a_terminal_that_was_wiped() -> None:
    """Its service is started again whatever its end was, and shows it; no claim is tried on it."""
    unit = settings("tramthe.service")
    assert unit["Restart"] == ["always"]
    assert not {"RestartPreventExitStatus", "SuccessExitStatus", "RestartMode"} & unit.keys()
    assert not any("wiped" in path for path in unit["ConditionPathExists"])
    enrols = settings("tramthe-enrol.service")
    assert "!/var/lib/tramthe/identity/wiped.jws" in enrols["ConditionPathExists"]
