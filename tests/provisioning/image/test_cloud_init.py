"""What cloud-init is told, judged by cloud-init's own schema and by netplan itself."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from provisioning.image.cloud_init import meta_data, network_config, user_data
from provisioning.image.first_run import unit_text
from provisioning.image.machine import Machine, join
from provisioning.image.yaml_out import Value, dump
from tests.provisioning.image.conftest import PASSPHRASE, SECRET, SSH_KEY, SSID

UNPACKED = Path(__file__).parents[3] / "build" / "unpacked"


def unpacked(pattern: str) -> Path:
    """Return a file of a Debian package that is unpacked for us; fail where it is not there."""
    found = next(UNPACKED.glob(pattern), None)
    if found is None:
        pytest.fail(f"{UNPACKED / pattern} is not there; run .ci/setup dev")
    return found


@pytest.fixture(scope="module")
def schema() -> Any:
    """Return cloud-init's schema of user-data."""
    return json.loads(unpacked("cloud-init/**/schema-cloud-config-v1.json").read_text("utf-8"))


def bare(machine: Machine) -> Machine:
    """Return the same machine without anything that may be left out."""
    return replace(machine, wifi=None, ssh_keys=(), claim=None, centre_roots=None)


def test_user_data(full: Machine, schema: Any) -> None:
    """Has cloud-init's form, and says who the machine is and what it does once."""
    for machine in (full, bare(full), replace(full, read_only_root=True)):
        text = user_data(machine)
        assert text.startswith("#cloud-config\n")
        jsonschema.Draft4Validator(schema).validate(yaml.safe_load(text))
    said = yaml.safe_load(user_data(full))
    assert (said["hostname"], said["timezone"]) == ("99-0417", "Asia/Ho_Chi_Minh")
    assert said["keyboard"]["layout"] == "us"
    assert said["write_files"][0]["content"] == unit_text()
    assert said["runcmd"][-1] == ["systemctl", "start", "--no-block", "tramthe-first-start.service"]


def test_the_root_does_not_grow_where_it_is_only_read(full: Machine) -> None:
    """Neither by the kernel's words nor by cloud-init: the rest of the card is for the records."""
    said = yaml.safe_load(user_data(replace(full, read_only_root=True)))
    assert (said["growpart"], said["resize_rootfs"]) == ({"mode": "off"}, False)
    assert "growpart" not in yaml.safe_load(user_data(full))


def test_the_schema_refuses_what_is_wrong(schema: Any) -> None:
    """So that its word is worth something."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate({"runcmd": "reboot", "keyboard": {}})


def test_nobody_logs_in_without_a_key(full: Machine) -> None:
    """No password is ever set, and sudo without one goes with a key alone."""
    with_key, without = yaml.safe_load(user_data(full)), yaml.safe_load(user_data(bare(full)))
    for said in (with_key, without):
        assert said["user"]["lock_passwd"] is True
        assert said["ssh_pwauth"] is False
        assert "passwd" not in said["user"]
    assert with_key["user"]["ssh_authorized_keys"] == [SSH_KEY]
    assert "NOPASSWD" in with_key["user"]["sudo"]
    assert "NOPASSWD" not in without["user"]["sudo"]
    assert "ssh_authorized_keys" not in without["user"]


def test_user_data_holds_nothing_secret(full: Machine) -> None:
    """It stays on the card: no passphrase, no key of a network, nothing of a claim."""
    assert full.wifi is not None
    for text in (user_data(full), meta_data(full)):
        for secret in (PASSPHRASE, full.wifi.psk, SECRET.hex(), "secret"):
            assert secret not in text


def generated(tmp_path: Path, text: str) -> Path:
    """Have netplan read a network-config; return the folder of what it makes of it."""
    file = tmp_path / "etc" / "netplan" / "50-cloud-init.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    library = unpacked("libnetplan*/usr/lib/*/libnetplan.so.*").parent
    done = subprocess.run(
        [unpacked("netplan*/usr/libexec/netplan/generate"), "--root-dir", tmp_path],
        env={**os.environ, "LD_LIBRARY_PATH": str(library)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return tmp_path / "run"


@pytest.mark.parametrize("ssid", [SSID, 'Nhà "A" \\ 1', "no", "1234", "a: b #c", "🌾"])
def test_netplan_joins_the_network(tmp_path: Path, full: Machine, ssid: str) -> None:
    """Whatever its name; by the key, in our country, and by cable too."""
    wifi = join(ssid, PASSPHRASE, hidden=True)
    run = generated(tmp_path, network_config(replace(full, wifi=wifi)))
    joined = (run / "netplan" / "wpa-wlan0.conf").read_text("utf-8")
    assert f'ssid="{ssid}"' in joined or f"ssid={ssid.encode().hex()}" in joined
    assert f"psk={wifi.psk}" in joined
    assert "scan_ssid=1" in joined
    assert "country=VN" in joined
    assert (run / "systemd" / "network" / "10-netplan-eth0.network").exists()


def test_netplan_without_wifi(tmp_path: Path, full: Machine) -> None:
    """The cable alone."""
    run = generated(tmp_path, network_config(bare(full)))
    assert (run / "systemd" / "network" / "10-netplan-eth0.network").exists()
    assert not (run / "netplan").exists()


def test_an_instance_of_its_own(full: Machine) -> None:
    """The image's own instance is another, and so is a machine that is told something else."""
    said = yaml.safe_load(meta_data(full))
    assert said["dsmode"] == "local"
    assert said["instance-id"].startswith("tramthe-99-0417-")
    assert said != yaml.safe_load(meta_data(replace(full, keyboard="fr")))


@pytest.mark.parametrize(
    "value",
    [
        {"a": "no", "b": "1", "c": "", "d": "a: b", "e": "- x", "f": "y", "g": "~", "h": "0x1"},
        {"yes": "#", "on": True, "1": None, "x y": 3},
        {"lines": "one\n\n  two\nthree\n", "list": ["a\nb\n", ["c", {"d": "e"}], []], "empty": {}},
        {
            "quote": '"',
            "back": "\\",
            "accents": "Trạm Thẻ 🌾",
            "time": "12:30:00",
            "date": "2026-01-01",
        },
    ],
)
def test_yaml_says_what_was_meant(value: dict[str, Value]) -> None:
    """As another reader of YAML 1.1 has it."""
    assert yaml.safe_load(dump(value)) == value
