"""The first start itself: the scripts of a card, run in a root that is no machine's."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning.image.boot import FirstStart
from provisioning.image.first_run import command_line, first_run_script, is_unstarted, unit_text
from provisioning.image.machine import Machine
from provisioning.image.settings import setup_script
from tests.provisioning.image.conftest import BOOKWORM, SECRET, SSH_KEY, TRIXIE
from tests.provisioning.image.starting import Started, set_up, started
from tests.tools import needed

__all__ = ["started"]


@pytest.mark.parametrize(
    "script", [setup_script(), first_run_script().encode()], ids=["setup", "first"]
)
def test_any_shell_reads_it(tmp_path: Path, script: bytes) -> None:
    """No word that only one shell knows, and nothing that shellcheck warns of."""
    path = tmp_path / "script.sh"
    path.write_bytes(script)
    for command in (["sh", "-n", str(path)], [needed("shellcheck"), str(path)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_unit(tmp_path: Path) -> None:
    """Is one that systemd takes; it names what lies on the card."""
    path = tmp_path / "tramthe-first-start.service"
    path.write_text(unit_text(), "utf-8")
    done = subprocess.run(
        [needed("systemd-analyze", "systemd"), "verify", "--man=no", "--generators=no", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "tramthe-first-start" not in done.stderr, done.stderr
    assert done.returncode == 0


def test_from_a_card_to_a_terminal(started: Started) -> None:
    """Everything is in its place, in an order in which it works, and the machine starts again."""
    sandbox = started()
    done = set_up(sandbox)
    assert (done.returncode, done.stderr) == (0, "")
    assert sandbox.read("etc/hostname") == "99-0417\n"
    assert sandbox.read("etc/hosts").endswith("localhost\n127.0.1.1 99-0417\n")
    assert "vi_VN UTF-8\n" in sandbox.read("etc/locale.gen").splitlines(keepends=True)
    assert sandbox.read("etc/default/locale") == "LANG=vi_VN.UTF-8\n"
    assert os.readlink(sandbox.root / "etc/localtime") == "/usr/share/zoneinfo/Asia/Ho_Chi_Minh"
    assert 'XKBLAYOUT="us"' in sandbox.read("etc/default/keyboard")
    assert "zram" in sandbox.read("etc/rpi/swap.conf.d/50-tramthe.conf")
    assert sandbox.read("etc/tramthe/terminal.toml").startswith('terminal = "99-0417"')
    assert "CERTIFICATE" in sandbox.read("etc/tramthe/centre-roots.pem")
    calls = sandbox.calls()
    names = "tramthe nftables fonts-noto-core cage chromium"
    installed = next(i for i, call in enumerate(calls) if call.endswith(f" install {names}"))
    assert "Dir::Etc::sourceparts=- " in calls[installed]
    assert installed < calls.index("systemctl enable tramthe-firewall.service")
    assert "systemctl enable pcscd.socket tramthe.service tramthe-enrol.service" in calls
    assert "systemctl enable tramthe-kiosk.service" in calls
    assert not (sandbox.root / "usr/sbin/policy-rc.d").exists()
    assert calls[-1] == "systemctl --no-block reboot"
    assert (sandbox.boot / "tramthe" / "RESULT.txt").read_text().startswith("done 2")


def test_what_is_secret(started: Started, full: Machine) -> None:
    """The Wi-Fi's key is gone, the claim waits for who uses it up, cloud-init is asked no more."""
    sandbox = started()
    claim = (sandbox.boot / "tramthe" / "claim.json").read_bytes()
    done = set_up(sandbox)
    assert (sandbox.boot / "tramthe" / "claim.json").read_bytes() == claim
    assert not (sandbox.boot / "network-config").exists()
    assert full.wifi is not None
    key, secret = full.wifi.psk, json.loads(claim)["secret"]
    left = [path for path in sandbox.boot.rglob("*") if path.is_file()]
    for word in (key, secret):
        assert word not in "\n".join([done.stdout, done.stderr, *sandbox.calls()])
    assert not [path for path in left if key.encode() in path.read_bytes()]
    holding = [path.name for path in left if secret.encode() in path.read_bytes()]
    assert holding == ["claim.json"]
    assert (sandbox.root / "etc/cloud/cloud-init.disabled").exists()


def test_a_claim_where_there_is_no_card(started: Started) -> None:
    """It goes to the terminal's own folder, for the terminal alone."""
    sandbox = started(FirstStart.FIRST_RUN)
    claim = (sandbox.boot / "tramthe" / "claim.json").read_bytes()
    assert set_up(sandbox, "--here").returncode == 0
    assert (sandbox.root / "var/lib/tramthe/claim.json").read_bytes() == claim
    assert sandbox.mode("var/lib/tramthe/claim.json") == 0o600
    assert f"chown tramthe: {sandbox.root}/var/lib/tramthe/claim.json" in sandbox.calls()
    assert not (sandbox.boot / "tramthe" / "claim.json").exists()
    assert "systemctl --no-block reboot" not in sandbox.calls()


def test_a_second_time(started: Started) -> None:
    """After a power cut nothing is asked for twice, and nothing changes."""
    sandbox = started()
    set_up(sandbox)
    before = {name: text for name, text in sandbox.files().items() if "RESULT" not in name}
    done = set_up(sandbox)
    assert (done.returncode, done.stderr) == (0, "")
    assert {name: text for name, text in sandbox.files().items() if "RESULT" not in name} == before
    assert "locale-gen" not in " ".join(sandbox.calls())


def test_the_power_is_cut_while_packages_are_installed(started: Started) -> None:
    """The card says what failed, keeps the claim, and the next start goes on."""
    sandbox = started()
    whole = "dpkg-query -W -f ${Status} tramthe"
    sandbox.answers[whole] = (0, "install ok half-configured")
    done = set_up(sandbox)
    assert done.returncode == 1
    result = (sandbox.boot / "tramthe" / "RESULT.txt").read_text()
    assert result.startswith("FAILED while the packages")
    assert (sandbox.boot / "tramthe" / "claim.json").exists()
    assert "systemctl disable tramthe-first-start.service" not in sandbox.calls()
    sandbox.answers[whole] = (0, "install ok installed")
    assert set_up(sandbox).returncode == 0
    assert sandbox.calls()[-1] == "systemctl --no-block reboot"


@pytest.mark.parametrize("name", ["terminal.toml", "packages/pcscd_1.9.9-2_arm64.deb", "settings"])
def test_a_bit_that_the_card_lost(started: Started, name: str) -> None:
    """Nothing is done with what is damaged."""
    sandbox = started()
    file = sandbox.boot / "tramthe" / name
    data = file.read_bytes()
    file.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
    done = set_up(sandbox)
    assert done.returncode == 1
    assert "write the card again" in done.stderr
    assert sandbox.read("etc/hostname") == "raspberrypi\n"
    assert not [call for call in sandbox.calls() if call.startswith("apt-get")]


def test_another_system(started: Started) -> None:
    """Only on the releases that the packages are made for."""
    sandbox = started()
    (sandbox.root / "etc/os-release").write_text("VERSION_CODENAME=bullseye\n")
    done = set_up(sandbox)
    assert done.returncode == 1
    assert "bullseye" in done.stderr


def taken_by_nft(folder: Path, rule: str) -> str:
    """Have nft read a rule beside the chain that the package's firewall has; return its word."""
    rules = folder / "rules.nft"
    rules.write_text(f"table inet tramthe {{\n chain open {{ }}\n}}\n{rule}")
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", needed("nft", "nftables"), "-c", "-f",
         rules],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stderr + ("" if done.returncode == 0 else "refused")


def test_ssh_by_key_alone(started: Started, full: Machine) -> None:
    """Where a key was given, its door and no other is open; else SSH is off and the door shut."""
    sandbox = started()
    set_up(sandbox)
    assert sandbox.read("home/kythuat/.ssh/authorized_keys") == f"{SSH_KEY}\n"
    assert sandbox.mode("home/kythuat/.ssh/authorized_keys") == 0o600
    assert "PasswordAuthentication no" in sandbox.read("etc/ssh/sshd_config.d/10-tramthe.conf")
    rule = sandbox.read("etc/tramthe/firewall.d/ssh.nft")
    assert rule.startswith("add rule inet tramthe open tcp dport 22 ")
    assert taken_by_nft(sandbox.folder, rule) == ""
    assert "systemctl enable --now ssh.service" in sandbox.calls()


def test_ssh_off(started: Started, full: Machine) -> None:
    """Without a key."""
    sandbox = started(machine=replace(full, ssh_keys=()))
    set_up(sandbox)
    assert "systemctl disable --now ssh.service" in sandbox.calls()
    assert not (sandbox.root / "etc/tramthe/firewall.d/ssh.nft").exists()
    assert not (sandbox.root / "home").exists()


def test_without_a_screen(started: Started, full: Machine) -> None:
    """No kiosk is enabled where none is wanted."""
    sandbox = started(machine=replace(full, kiosk=False))
    set_up(sandbox)
    calls = [call for call in sandbox.calls() if "kiosk" in call or " cage" in call]
    assert calls == ["systemctl disable --now tramthe-kiosk.service"]


def test_a_wifi_where_cloud_init_is_not(started: Started) -> None:
    """NetworkManager's file, readable by root alone; taken from the card once it is there."""
    sandbox = started(FirstStart.FIRST_RUN)
    assert set_up(sandbox).returncode == 0
    name = "etc/NetworkManager/system-connections/tramthe.nmconnection"
    octets = "".join(f"{byte};" for byte in "Hội trường xã".encode())
    assert f"ssid={octets}" in sandbox.read(name)
    assert sandbox.mode(name) == 0o600
    assert not (sandbox.boot / "tramthe" / "wifi.nmconnection").exists()
    assert sandbox.read("var/lib/systemd/rfkill/platform-3f300000.mmcnr:wlan") == "0\n"


def test_firstrun(started: Started) -> None:
    """Leaves the unit behind, names the account, and takes itself and its words away."""
    sandbox = started(FirstStart.FIRST_RUN)
    account = sandbox.root / "usr/lib/userconf-pi/userconf"
    account.parent.mkdir(parents=True)
    account.write_text('#!/bin/sh\necho "userconf $*" >>"$CALLS"\n')
    account.chmod(0o755)
    assert "systemd.run=/boot/firmware/firstrun.sh" in (sandbox.boot / "cmdline.txt").read_text()
    done = sandbox.run("sh", sandbox.boot / "firstrun.sh")
    assert (done.returncode, done.stderr) == (0, "")
    assert sandbox.calls() == [
        "userconf kythuat *",
        "systemctl enable tramthe-first-start.service",
    ]
    assert sandbox.read("etc/systemd/system/tramthe-first-start.service") == unit_text()
    assert not (sandbox.boot / "firstrun.sh").exists()
    left = (sandbox.boot / "cmdline.txt").read_text()
    assert left.split() == [*BOOKWORM.split(), "cfg80211.ieee80211_regdom=VN"]


def test_the_command_line() -> None:
    """One line, nothing of the image's lost, and as before where nothing is asked for."""
    assert command_line(TRIXIE, first_run=False, keeps_room=False).split() == TRIXIE.split()
    told = command_line(BOOKWORM, first_run=True, keeps_room=False)
    assert told.count("\n") == 1
    assert told.split()[: len(BOOKWORM.split())] == BOOKWORM.split()
    assert command_line(told, first_run=True, keeps_room=True).count("regdom") == 1
    for line in (TRIXIE, BOOKWORM):
        assert is_unstarted(line)
        assert not is_unstarted(command_line(line, first_run=False, keeps_room=True))


def test_words_that_it_does_not_know(started: Started) -> None:
    """Are refused before anything is done."""
    sandbox = started()
    for words in (["--card", "--fast"], ["--dry-run"]):
        assert set_up(sandbox, *words).returncode == 2
    assert sandbox.calls() == []


def test_a_dry_run_changes_nothing(started: Started) -> None:
    """Each step is said, the claim's text is not."""
    sandbox = started(FirstStart.FIRST_RUN)
    before = sandbox.files()
    done = set_up(sandbox, "--here", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert sandbox.files() == before
    harmless = ("systemctl cat", "systemctl -q is-enabled")
    assert [call for call in sandbox.calls() if not call.startswith(harmless)] == []
    assert done.stdout.count("\n- ") >= 10
    assert SECRET.hex() not in done.stdout
