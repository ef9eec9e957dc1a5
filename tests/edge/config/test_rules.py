"""What values mean together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from pathlib import Path
from typing import Any

import pytest

from edge.config import KIND
from edge.config.findings import Weight
from edge.config.read import KEYS
from edge.config.rules import combinations

_SOUND = {"terminal": "t", "state": Path("/var/lib/tramthe")}


def found(**given: object) -> Mapping[str | None, Weight]:
    """Return what is found, by key; `given` as a file would give it."""
    values: dict[str, Any] = {
        name: key.default for name, key in KEYS.items() if key.default is not MISSING
    }
    values.update(_SOUND)
    values.update({name: KEYS[name].metadata[KIND].convert(value) for name, value in given.items()})
    return {one.key: one.weight for one in combinations(values, given)}


def test_nothing_wrong() -> None:
    """A whole terminal's configuration is passed without a word."""
    assert not found(
        centre="https://terminals.centre.example",
        centre_roots="/etc/tramthe/roots.pem",
        repository="http://lists.example",
        lamp_pins=[17, 27, 22],
        lamp_common="anode",
        buzzer_pin=18,
        volume=50,
        access_point="192.168.50.1",
        access_point_security="wpa3",
        access_point_name="Tram 1",
        counter_hosts=["tram-1.local:8443", "192.168.1.20:8443", "[fd00::1]"],
    )


@pytest.mark.parametrize(
    ("given", "key", "weight"),
    [
        ({"lamp_pins": [17, 27, 22], "buzzer_pin": 27}, "buzzer_pin", Weight.STOPS),
        ({"lamp_pins": [2, 27, 22]}, "lamp_pins", Weight.REMARK),
        ({"buzzer_pin": 14}, "buzzer_pin", Weight.REMARK),
        ({"state": "/tmp/tramthe"}, "state", Weight.FAULT),  # noqa: S108 -- refused
        ({"state": "/run/tramthe"}, "state", Weight.FAULT),
        ({"state": "tramthe"}, "state", Weight.REMARK),
        ({"state": "/media/usb/tramthe"}, "sticks", Weight.FAULT),
        ({"sticks": ["/"]}, "sticks", Weight.FAULT),
        ({"sticks": []}, "sticks", Weight.REMARK),
        ({"sticks": ["media"]}, "sticks", Weight.REMARK),
        ({"counter_hosts": ["localhost:8443"]}, "counter_hosts", Weight.REMARK),
        ({"counter_hosts": ["[::1]"]}, "counter_hosts", Weight.REMARK),
        ({"access_point": "192.168.50.1"}, "access_point", Weight.STOPS),
        ({"access_point_name": "Tram 1"}, "access_point_name", Weight.REMARK),
        ({"access_point_security": "wpa3"}, "access_point_security", Weight.REMARK),
        ({"volatile_state": True}, "volatile_state", Weight.REMARK),
        ({"centre": "https://lapsed.centre.example"}, "centre", Weight.FAULT),
        ({"centre": "https://terminals.centre.example/v1/"}, "centre", Weight.FAULT),
        ({"centre_roots": "/etc/roots.pem"}, "centre_roots", Weight.REMARK),
        ({"key_kind": "pkcs11", "key_token": "t"}, "key_module", Weight.FAULT),
        ({"key_kind": "pkcs11", "key_module": "/x.so"}, "key_token", Weight.FAULT),
        ({"sync_seconds": 60}, "sync_seconds", Weight.REMARK),
        ({"repository_roots": "/etc/roots.pem"}, "repository_roots", Weight.REMARK),
        ({"repository_minutes": 60}, "repository_minutes", Weight.REMARK),
        ({"lamp_common": "anode"}, "lamp_common", Weight.REMARK),
        ({"buzzer": "active"}, "buzzer", Weight.REMARK),
        ({"volume": 50}, "volume", Weight.REMARK),
        ({"silent": True}, "silent", Weight.REMARK),
        ({"port": 80}, "port", Weight.REMARK),
    ],
)
def test_what_does_not_go_together(given: dict[str, object], key: str, weight: Weight) -> None:
    """Named at the key to mend, and nothing else with it."""
    assert found(**given) == {key: weight}


def test_state_in_memory_on_purpose() -> None:
    """Said once, as a remark."""
    assert found(state="/run/x", volatile_state=True) == {"volatile_state": Weight.REMARK}


def test_keys_that_could_not_be_used_raise_nothing_more() -> None:
    """A rule about a key that has no value is silent: the key's own fault was told."""
    assert not list(combinations({}, {"volume": 5, "centre_roots": 5, "port": "x", "sticks": 1}))
