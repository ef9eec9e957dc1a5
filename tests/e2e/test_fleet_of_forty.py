"""Terminals through a year at one centre: enrolled, approved, tapped, renewed, ended.

Everything runs as it is delivered: the centre behind nginx, each terminal a `tramthe serve` with a
state folder, a table of hosts, a pcscd and a reader of its own, the office by its commands. A year
is half an hour and some seconds: so long the office lets a certificate be valid here, and two
thirds of that are over soon, since it begins an hour before its issue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from edge.identity.wiped import STATEMENT_FILE
from edge.log.fault import LogFault
from provisioning.demo.prepare import Stage
from provisioning.enrol.issue import LEAST, SLOW_CLOCK
from provisioning.fleet.registry import key_fingerprint
from tests.e2e.conftest import wait
from tests.e2e.far import Far
from tests.e2e.town import ORGANISATION, Town, a_town, decide

One = TypeVar("One")
Done = TypeVar("Done")

DUE = timedelta(seconds=10)
"""So long after its issue a certificate is due for renewal."""
VALID = LEAST + DUE * 3 / 2
AT_ONCE = 4
"""Terminals at which something is done at the same time: a machine has few cores."""


@pytest.fixture
def town(prepared: Stage, tmp_path: Path) -> Iterator[Town]:
    """Return a centre that serves, and no terminal yet."""
    with a_town(prepared, tmp_path, VALID) as made:
        yield made


def test_three_through_a_year(town: Town) -> None:
    """Each step by what is run in earnest; what each verb promises is seen at the other side."""
    through_a_year(town, 3)


def test_forty_through_a_year(town: Town) -> None:
    """The same with forty that run at the same time."""
    through_a_year(town, 40)


def through_a_year(town: Town, count: int) -> None:
    """Let so many terminals live: one is lost then, one is wiped, one is replaced."""
    names = [f"tram-{number:02}" for number in range(count)]
    town.give_out([*names, new := f"tram-{count:02}"])
    fleet = [town.far(name) for name in names]
    first = enrol(town, fleet)
    tap(town, fleet)
    renew(town, first)
    lose(town, fleet[0])
    wipe(town, fleet[1])
    replace(town, fleet[2], town.far(new))
    states = [one["state"] for one in town.listed()]
    assert {state: states.count(state) for state in set(states)} == {
        "approved": count - 2,
        "lost": 1,
        "wiped": 1,
        "retired": 1,
    }


def enrol(town: Town, fleet: list[Far]) -> dict[Far, x509.Certificate]:
    """Let each ask with its claim, and run in quarantine; compare the keys, and approve all."""
    said = dict(zip(fleet, each(partial(ask, town), fleet), strict=True))
    waiting = {one["name"]: one["waiting"] for one in town.listed() if one["state"] == "waiting"}
    for far in fleet:
        (asked,) = waiting[far.name]
        assert f"approve the key {asked['key']}" in said[far]
    approved = decide("fleet", "approve", town.centre, "--all", "--yes")
    assert approved.count(": approved.") == len(fleet)
    first = dict(zip(fleet, each(partial(take, town), fleet), strict=True))
    for far, certificate in first.items():
        assert fingerprint(certificate) == waiting[far.name][0]["key"]
    return first


def ask(town: Town, far: Far) -> str:
    """Let a terminal ask with its claim, and start it; return what its technician reads."""
    status, said = far.enrol(town.claim(far.name))
    assert status == 1, said
    far.switch_on()
    return said


def take(town: Town, far: Far) -> x509.Certificate:
    """Let it ask once more, now that it is approved, and start it anew with what comes."""
    status, said = far.enrol()
    assert status == 0, said
    assert not town.claim(far.name).exists()
    certificate = far.certificate
    far.restart()
    return certificate


def tap(town: Town, fleet: list[Far]) -> None:
    """Open a meeting at each and lay a genuine card: the centre has what was written."""

    def at(far: Far) -> None:
        far.open_meeting()
        far.tap(town.cards[0])
        far.brings_up()

    each(at, fleet)
    assert all(town.arrived(far) for far in fleet)


def renew(town: Town, first: dict[Far, x509.Certificate]) -> None:
    """See that each asks by itself, its meeting open, and goes on with the new certificate."""

    def at(far: Far) -> x509.Certificate:
        now = far.renewed(first[far])
        far.tap(town.cards[1])
        far.brings_up()
        return now

    for far, now in zip(first, each(at, first), strict=True):
        assert now.not_valid_after_utc - now.not_valid_before_utc == SLOW_CLOCK + VALID
        keys = [one["key"] for one in town.shown(far.name)["certificates"]]
        assert keys == [fingerprint(first[far]), fingerprint(now)]
        assert keys[0] != keys[1]
        assert town.arrived(far)


def lose(town: Town, lost: Far) -> None:
    """Report it lost: what it writes from then on is held back, until a person lets it go."""
    acknowledged = lost.status()["log_events"]
    assert "is lost" in decide("fleet", "lost", town.centre, lost.name, "--by", "lan")
    lost.tap(town.cards[2])
    lost.brings_up()
    (held,) = town.shown(lost.name)["held_back"]
    assert (held["first"], held["records"]) == (acknowledged + 1, 1)
    assert not town.arrived(lost)
    assert "1 released" in decide("fleet", "release", town.centre, lost.name, "--yes")
    assert town.arrived(lost)


def wipe(town: Town, ending: Far) -> None:
    """Order it to destroy its keys: it does, says so and ends, and records nothing any more."""
    assert "This holds from now on" in decide("fleet", "wipe", town.centre, ending.name, "--yes")
    assert ending.ended() == 0
    assert [file.name for file in ending.layout.identity.iterdir()] == [STATEMENT_FILE]
    ending.switch_on()
    assert ending.status()["locked"] == LogFault.WIPED
    wait(lambda: town.shown(ending.name)["state"] == "wiped")


def replace(town: Town, old: Far, new: Far) -> None:
    """Put another in its place: what it had written without a network comes all the same."""
    old.machine.unplug()
    old.restart()
    old.tap(town.cards[2])
    ask(town, new)
    new.open_meeting()
    new.tap(town.cards[0])
    decide("fleet", "approve", town.centre, new.name, "--yes")
    take(town, new)
    new.tap(town.cards[1])
    new.brings_up()
    decide("fleet", "replace", town.centre, old.name, new.name, "--by", "lan")
    assert old.status()["unsent"] == 1
    old.machine.plug_in()
    old.brings_up()
    assert town.arrived(old)
    assert town.arrived(new)  # what it wrote in quarantine, too
    was, now = town.shown(old.name), town.shown(new.name)
    assert (was["held_back"], was["replaced_by"]) == ([], new.name)
    assert (now["replaces"], now["organisation"]) == (old.name, ORGANISATION)


def each(do: Callable[[One], Done], ones: Iterable[One]) -> list[Done]:
    """Do something at many terminals, at a few at the same time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(do, ones))


def fingerprint(certificate: x509.Certificate) -> str:
    """Return by what the office knows the key of a certificate."""
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key_fingerprint(key)
