"""Under which names a door may open at all."""

from __future__ import annotations

import pytest

from provisioning.counter.hosts import MAX_HOSTS, Door, Hosts
from provisioning.errors import OfficeInputInvalid


def test_what_a_person_typed() -> None:
    """Names and addresses, each once, in small letters."""
    hosts = Hosts.of(["Tram-1.local", " 192.168.1.20", "tram-1.local", "FD00::1"])
    assert hosts.texts == ("tram-1.local", "192.168.1.20", "fd00::1")


def test_host_values_are_what_browsers_send() -> None:
    """With the port, but for 443; an IPv6 address in brackets."""
    hosts = Hosts.of(["tram-1.local", "fd00::1"])
    assert Door(hosts).host_values == ("tram-1.local:8443", "[fd00::1]:8443")
    assert Door(hosts, 443).origins == ("https://tram-1.local", "https://[fd00::1]")


@pytest.mark.parametrize(
    "text",
    [
        "tram", "local", "internal", "home.arpa", "example.com", "tram.example.vn", "tram.locals",
        "*.tram.local", "-a.local", "a-.local", "a..local", ".local", "tram_1.local", "trạm.local",
        "tram.local:8443", "tram.local/", "a b.local", "tram.local;", "", "8.8.8.8", "127.0.0.1",
        "169.254.1.1", "172.32.0.1", "::1", "2001:db8::1", "192.168.1.0/24",
        f"{'a.' * 126}local", f"{'a' * 64}.local",
    ],
)  # fmt: skip
def test_what_the_public_network_could_give_to_somebody(text: str) -> None:
    """Refused, as is what is no host at all: no root of ours ever speaks for it."""
    with pytest.raises(OfficeInputInvalid):
        Hosts.of([text])


def test_none_and_too_many() -> None:
    """At least one, and not more than a certificate should name."""
    with pytest.raises(OfficeInputInvalid):
        Hosts.of([])
    assert len(Hosts.of([f"t{n}.local" for n in range(MAX_HOSTS)]).names) == MAX_HOSTS
    with pytest.raises(OfficeInputInvalid):
        Hosts.of([f"t{n}.local" for n in range(MAX_HOSTS + 1)])


@pytest.mark.parametrize(
    ("asked", "covered"),
    [
        ("tram-1.xa.internal", True), ("xa.internal", True), ("10.0.0.1", True),
        ("a.tram-1.xa.internal", True), ("xxa.internal", False), ("tram-1.xb.internal", False),
        ("10.0.0.2", False), ("fd00::1", False),
    ],
)  # fmt: skip
def test_covered_by_wider_ones(asked: str, covered: bool) -> None:
    """A name covers what is below it, never what merely ends alike; an address only itself."""
    assert Hosts.of([asked]).within(Hosts.of(["xa.internal", "10.0.0.1"])) is covered
