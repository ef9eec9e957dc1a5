"""The attacks that The Update Framework is made against (its specification, section 1.5.2)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tuf.api.metadata import Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp

from edge.floor import Sighting
from edge.repository.client import Fault
from edge.repository.names import LISTS_ROLE, ROOT_ROLE, SNAPSHOT_ROLE, TARGETS_ROLE, TIMESTAMP_ROLE
from edge.repository.outcome import RepositoryState
from provisioning.publish.ceremony import VALID
from tests.edge.repository.made import AT, DAY, PACKAGE, Office, Taker, new_signer

TRUST = "trust/trust-list.jws"
LIST = "lists/certificate/csca.crl"
HIGHEST = 1 << 60


@pytest.fixture
def publish(office: Office, tmp_path: Path) -> Callable[[bytes], None]:
    """Return a function that publishes the next package."""
    return lambda data: office.publish(PACKAGE, data, AT + DAY, tmp_path / "scratch")


def forge(office: Office, name: str, signed: Any, *keys: str) -> None:
    """Put metadata where it is served, signed with stolen keys."""
    metadata = Metadata[Any](signed)
    for key in keys:
        metadata.sign(office.keys[key], append=True)
    (office.shop.metadata / name).write_bytes(metadata.to_bytes())


def stolen_online(office: Office, number: int, lists: Targets | None = None) -> None:
    """Publish as somebody who has the online keys: every number as given."""
    until = AT + 20 * DAY
    targets = office.shop.published(TARGETS_ROLE)
    old = office.shop.published(LISTS_ROLE)
    assert targets is not None
    assert old is not None
    forged = lists or old.signed
    forged.version = number
    forge(office, f"{number}.lists.json", forged, LISTS_ROLE)
    meta = {
        "targets.json": MetaFile(targets.signed.version),
        "lists.json": MetaFile(number),
    }
    forge(
        office,
        f"{number}.snapshot.json",
        Snapshot(number, expires=until, meta=meta),
        SNAPSHOT_ROLE,
    )
    forge(
        office,
        "timestamp.json",
        Timestamp(number, expires=until, snapshot_meta=MetaFile(number)),
        TIMESTAMP_ROLE,
    )


def test_rollback(
    office: Office, taker: Taker, publish: Callable[[bytes], None], tmp_path: Path
) -> None:
    """The whole set of yesterday is refused, and what came after it stays."""
    shutil.copytree(office.public, tmp_path / "yesterday")
    publish(b"second")
    assert taker.take(office.public).taken == (PACKAGE,)
    result = taker.take(tmp_path / "yesterday")
    assert (result.state, result.fault) == (RepositoryState.REFUSED, Fault.OLDER)
    assert taker.delivered(PACKAGE) == b"second"
    assert result.next_step


def test_rollback_under_a_new_timestamp(
    office: Office, taker: Taker, publish: Callable[[bytes], None]
) -> None:
    """Whoever has the timestamp's key alone cannot bring the snapshot of yesterday back."""
    publish(b"second")
    taker.take(office.public)
    old = Timestamp(9, expires=AT + 20 * DAY, snapshot_meta=MetaFile(1))
    forge(office, "timestamp.json", old, TIMESTAMP_ROLE)
    assert taker.take(office.public).fault == Fault.OLDER
    assert taker.delivered(PACKAGE) == b"second"


def test_rollback_of_one_role(
    office: Office, taker: Taker, publish: Callable[[bytes], None]
) -> None:
    """Nor can the snapshot's key bring the targets of yesterday back."""
    publish(b"second")
    taker.take(office.public)
    meta = {"targets.json": MetaFile(1), "lists.json": MetaFile(1)}
    forge(office, "9.snapshot.json", Snapshot(9, expires=AT + 20 * DAY, meta=meta), SNAPSHOT_ROLE)
    new = Timestamp(9, expires=AT + 20 * DAY, snapshot_meta=MetaFile(9))
    forge(office, "timestamp.json", new, TIMESTAMP_ROLE)
    assert taker.take(office.public).fault == Fault.OLDER
    assert taker.delivered(PACKAGE) == b"second"


def test_freeze(office: Office, taker: Taker) -> None:
    """The same set for ever is found out as soon as the floor has passed its end, not before."""
    end = AT + VALID[TIMESTAMP_ROLE]
    taker.now = end + 100 * DAY  # what the system clock says proves nothing
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    taker.rooms.clock.saw_verified_list(Sighting(end + DAY, "some list's signer"))
    result = taker.take(office.public)
    assert (result.state, result.fault) == (RepositoryState.EXPIRED, Fault.EXPIRED)
    assert taker.delivered(PACKAGE) == b"first"


def test_mix_and_match(office: Office, taker: Taker, publish: Callable[[bytes], None]) -> None:
    """Files of two days under one timestamp are refused together."""
    before = office.shop.published(TARGETS_ROLE)
    assert before is not None
    publish(b"second")
    after = office.shop.published(TARGETS_ROLE)
    assert after is not None
    path = office.shop.metadata / f"{after.signed.version}.targets.json"
    path.write_bytes(before.to_bytes())
    assert taker.take(office.public).fault == Fault.OLDER
    assert taker.delivered(PACKAGE) == b"first"


def test_wrong_keys(office: Office, taker: Taker, tmp_path: Path) -> None:
    """Another office's repository, whole in itself, is not this terminal's."""
    stranger = Office(tmp_path / "stranger")
    stranger.publish(PACKAGE, b"theirs", AT, tmp_path / "scratch")
    stranger.publish(PACKAGE, b"theirs again", AT, tmp_path / "scratch")
    assert taker.take(stranger.public).fault == Fault.SIGNATURE
    assert taker.delivered(PACKAGE) == b"first"


def test_one_key_of_a_threshold(office: Office, taker: Taker, tmp_path: Path) -> None:
    """One of two holders cannot publish a program."""
    file = tmp_path / "program"
    file.write_bytes(b"theirs")
    targets = office.shop.published(TARGETS_ROLE)
    assert targets is not None
    changed = targets.signed
    changed.version += 1
    changed.targets[PACKAGE] = TargetFile.from_file(PACKAGE, str(file), ["sha256"])
    forge(office, f"{changed.version}.targets.json", changed, "targets-an")
    meta = {"targets.json": MetaFile(changed.version), "lists.json": MetaFile(1)}
    forge(office, "9.snapshot.json", Snapshot(9, expires=AT + 20 * DAY, meta=meta), SNAPSHOT_ROLE)
    new = Timestamp(9, expires=AT + 20 * DAY, snapshot_meta=MetaFile(9))
    forge(office, "timestamp.json", new, TIMESTAMP_ROLE)
    assert taker.take(office.public).fault == Fault.SIGNATURE
    assert taker.delivered(PACKAGE) == b"first"


def test_arbitrary_software(office: Office, taker: Taker, publish: Callable[[bytes], None]) -> None:
    """A program of the right size and other bytes is not delivered; the one before stays."""
    publish(b"second")
    (place,) = (p for p in office.shop.targets.rglob("*.img") if p.read_bytes() == b"second")
    place.write_bytes(b"sec0nd")
    result = taker.take(office.public)
    assert result.state is RepositoryState.PARTLY
    assert [one.path for one in result.not_taken] == [PACKAGE]
    assert taker.delivered(PACKAGE) == b"first"
    place.write_bytes(b"second")
    assert taker.take(office.public).taken == (PACKAGE,)


@pytest.mark.parametrize("path", [TRUST, "software/evil_all.deb", "profiles/dang-vien.toml"])
def test_online_role_delivers_more_than_lists(
    office: Office, taker: Taker, tmp_path: Path, path: str
) -> None:
    """Whoever has every online key delivers no trust list, no program, no profile."""
    file = tmp_path / "theirs"
    file.write_bytes(b"theirs")
    forged = Targets(expires=AT + 20 * DAY)
    target = TargetFile.from_file(path, str(file), ["sha256"])
    forged.targets[path] = target
    office.shop.store_target(target.get_prefixed_paths()[0], file)
    stolen_online(office, 9, forged)
    result = taker.take(office.public)
    assert result.state is RepositoryState.PARTLY
    assert [one.path for one in result.not_taken] == [path]
    assert result.taken == ()
    assert taker.delivered(path) is None


def test_the_role_of_lists_has_the_last_word_on_lists_alone(office: Office) -> None:
    """What `targets` delegates is two folders of lists, terminating: nobody after it is asked."""
    targets = office.shop.published(TARGETS_ROLE)
    assert targets is not None
    delegations = targets.signed.delegations
    assert delegations is not None
    assert delegations.roles is not None
    (lists,) = delegations.roles.values()
    assert (lists.name, lists.terminating) == (LISTS_ROLE, True)
    assert lists.paths == ["lists/certificate/*", "lists/card-status/*"]


def test_online_role_under_a_careless_delegation(
    office: Office, taker: Taker, tmp_path: Path
) -> None:
    """Even where the delegation allows every path, lists are all it is believed for."""
    targets = office.shop.published(TARGETS_ROLE)
    assert targets is not None
    careless = targets.signed
    careless.version += 1
    careless.delegations.roles[LISTS_ROLE].paths = ["*", "*/*", "lists/certificate/*"]
    name = f"{careless.version}.targets.json"
    forge(office, name, careless, "targets-an", "targets-binh")
    file = tmp_path / "theirs"
    file.write_bytes(b"theirs")
    path = "software/evil_all.deb"
    forged = Targets(expires=AT + 20 * DAY)
    target = TargetFile.from_file(path, str(file), ["sha256"])
    forged.targets[path] = target
    office.shop.store_target(target.get_prefixed_paths()[0], file)
    stolen_online(office, 9, forged)
    result = taker.take(office.public)
    assert [one.path for one in result.not_taken] == [path]
    assert taker.delivered(path) is None


def test_fast_forward_and_recovery(
    office: Office, taker: Taker, publish: Callable[[bytes], None]
) -> None:
    """Numbers driven to the end by a thief bar the office, until new keys begin the count anew."""
    stolen_online(office, HIGHEST)
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    for name in ("lists", "snapshot"):
        (office.shop.metadata / f"{HIGHEST}.{name}.json").unlink()
    (office.shop.metadata / "timestamp.json").unlink()
    publish(b"second")
    assert taker.take(office.public).fault == Fault.OLDER
    for role in (TIMESTAMP_ROLE, SNAPSHOT_ROLE):
        office.keys[f"{role}-2"] = new_signer(f"{role}-2")
        office.at(AT + DAY).rotate(role, [office.keys[f"{role}-2"].public_key], [role], None)
    office.sign(AT + DAY)
    result = taker.take(office.public)
    assert result.state is RepositoryState.UP_TO_DATE
    assert taker.delivered(PACKAGE) == b"second"


def test_root_rotation_across_three_missed_generations(
    office: Office, taker: Taker, publish: Callable[[bytes], None]
) -> None:
    """A terminal that was away follows every root between its own and the newest."""
    for number, leaving in enumerate(("root-an", "root-binh", "root-chi")):
        name = f"root-{number}"
        office.keys[name] = new_signer(name)
        office.at(AT + DAY).rotate(ROOT_ROLE, [office.keys[name].public_key], [leaving], None)
        office.sign(AT + DAY)
    assert (office.shop.metadata / "4.root.json").exists()
    publish(b"second")
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    assert taker.delivered(PACKAGE) == b"second"


def test_root_that_the_old_keys_did_not_sign(office: Office, taker: Taker) -> None:
    """New keys alone cannot name themselves."""
    root = office.shop.published(ROOT_ROLE)
    assert root is not None
    usurper = root.signed
    usurper.version += 1
    for name in ("x", "y"):
        office.keys[name] = new_signer(name)
        usurper.add_key(office.keys[name].public_key, ROOT_ROLE)
    forge(office, f"{usurper.version}.root.json", usurper, "x", "y")
    assert taker.take(office.public).fault == Fault.SIGNATURE


def test_a_newer_root_is_kept_though_the_rest_is_bad(
    office: Office, taker: Taker, publish: Callable[[bytes], None]
) -> None:
    """Keys that were taken away stay taken away, whatever the line lets through besides."""
    office.keys["timestamp-2"] = new_signer("timestamp-2")
    new = office.keys["timestamp-2"].public_key
    office.at(AT + DAY).rotate(TIMESTAMP_ROLE, [new], [TIMESTAMP_ROLE], None)
    before = (office.shop.metadata / "timestamp.json").read_bytes()
    office.sign(AT + DAY)
    good = (office.shop.metadata / "timestamp.json").read_bytes()
    (office.shop.metadata / "timestamp.json").write_bytes(before)
    assert taker.take(office.public).fault == Fault.SIGNATURE
    (office.shop.metadata / "2.root.json").unlink()  # the line hides it now
    assert taker.take(office.public).fault == Fault.SIGNATURE
    (office.shop.metadata / "timestamp.json").write_bytes(good)
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE


def test_roots_are_rolled_back(office: Office, taker: Taker) -> None:
    """A terminal whose copies of later roots are lost still refuses a set of earlier ones."""
    office.keys["timestamp-2"] = new_signer("timestamp-2")
    old = office.shop.public.with_name("old")
    shutil.copytree(office.public, old)
    new = office.keys["timestamp-2"].public_key
    office.at(AT + DAY).rotate(TIMESTAMP_ROLE, [new], [TIMESTAMP_ROLE], None)
    office.sign(AT + DAY)
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE
    for path in (taker.folder / "metadata").rglob("*.json"):
        path.write_bytes(b"")
    assert taker.take(old).fault == Fault.OLDER
    assert taker.take(office.public).state is RepositoryState.UP_TO_DATE


def test_first_root_is_none(office: Office, tmp_path: Path) -> None:
    """Without a usable first root nothing is believed, and the way out is named."""
    taker = Taker(tmp_path / "other", b"{}")
    result = taker.take(office.public)
    assert (result.state, result.fault) == (RepositoryState.REFUSED, Fault.FIRST_ROOT)
    (taker.folder / "root.json").unlink()
    result = taker.take(office.public)
    assert result.state is RepositoryState.NOT_PROVISIONED
    assert "Provision" in (result.next_step or "")
