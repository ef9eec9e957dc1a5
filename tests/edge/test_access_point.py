"""Whether an address is that of an access point which this machine runs itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from edge.access_point import MASTER, AccessPointFault, address_of, fault_of, mode_of

AP = "192.168.50.1"
MANAGED = 2
"""IW_MODE_INFRA: joined to somebody's access point."""


@pytest.mark.parametrize(
    ("addresses", "modes", "expected"),
    [
        ({"lo": "127.0.0.1", "wlan0": AP}, {"wlan0": MASTER}, None),
        ({"eth0": "192.168.1.20", "wlan0": AP}, {"wlan0": MASTER}, None),
        ({"lo": "127.0.0.1", "wlan0": None}, {"wlan0": MASTER}, AccessPointFault.ABSENT),
        ({"wlan0": "192.168.50.10"}, {"wlan0": MASTER}, AccessPointFault.ABSENT),
        ({}, {}, AccessPointFault.ABSENT),
        ({"eth0": AP, "wlan0": None}, {"wlan0": MASTER}, AccessPointFault.NOT_WIRELESS),
        ({"wlan0": AP}, {"wlan0": MANAGED}, AccessPointFault.JOINED),
    ],
)
def test_an_address(
    addresses: Mapping[str, str | None],
    modes: Mapping[str, int],
    expected: AccessPointFault | None,
    tmp_path: Path,
) -> None:
    """Ours alone is one: not a cable's, not one in a network that we joined, not another's."""
    for name in addresses:
        (tmp_path / name).mkdir()
    found = fault_of(AP, interfaces=tmp_path, address_of=addresses.get, mode_of=modes.get)
    assert found is expected


def test_what_the_kernel_says() -> None:
    """Of loopback, which has its address and is not wireless; of an interface that is not there."""
    assert address_of("lo") == "127.0.0.1"
    assert mode_of("lo") is None
    assert address_of("no-such-interface") is None
    assert fault_of("127.0.0.1") is AccessPointFault.NOT_WIRELESS
    assert fault_of("203.0.113.7") is AccessPointFault.ABSENT
