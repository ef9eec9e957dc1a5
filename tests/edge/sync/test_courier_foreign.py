"""A stick that somebody else had in hand: forged, foreign, linked, oversized and torn files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import StickFailed
from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.stick import StickFault, open_folder
from edge.wire.ack import MAX_ACK, Ack, sign_ack
from edge.wire.bundle import MANIFEST, Way, describe, sign_bundle
from edge.wire.event import genesis
from edge.wire.segment import MAX_SEGMENT
from provisioning.centre.ledger import Ledger
from provisioning.office.pki import new_key
from tests.edge.log.made import START, TERMINAL, fill
from tests.edge.sync.carried import Stick
from tests.provisioning.centre.made import KID, Centre, signed


def _link(path: Path, to: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(to)


def _endless(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


FOREIGN: dict[str, Callable[[Path], object]] = {
    "rubbish": lambda path: path.write_bytes(os.urandom(4000)),
    "a script": lambda path: path.write_text("#!/bin/sh\n"),
    "a link to a secret": lambda path: _link(path, Path("/etc/shadow")),
    "a link to a device": lambda path: _link(path, Path("/dev/zero")),
    "a pipe": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
    "an endless file": _endless,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_under_a_segments_name(
    kind: str, centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """It is refused or not looked at; the true ones beside it arrive all the same."""
    fill(log, 3)
    stick.export(log, identity)
    FOREIGN[kind](stick.up() / f"{'0' * 32}-{1:016d}-{2:016d}.jws")
    taken = stick.at_centre()
    assert taken.segments == 1
    assert len(taken.refused) == (0 if kind == "a folder" else 1)
    assert centre.store.events(TERMINAL, log.epoch) == log.events()


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_in_the_acknowledgements_place(
    kind: str, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """It acknowledges nothing, is told of, and stops no other file."""
    fill(log, 3)
    stick.export(log, identity)
    stick.at_centre()
    ack = stick.down() / f"ack-{log.epoch}.jws"
    ack.unlink()
    FOREIGN[kind](ack)
    down = stick.take(log).down
    assert down is not None
    assert (down.acks, log.unsent()) == (0, 4)
    assert len(down.refused) == (0 if kind == "a folder" else 1)
    assert down.missing == (ack.name,)


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_where_the_export_writes(
    kind: str,
    centre: Centre,
    stick: Stick,
    log: EventLog,
    identity: TerminalIdentity,
    tmp_path: Path,
) -> None:
    """A link is replaced, never written through; only a folder in the way stops the export."""
    fill(log, 3)
    stick.export(log, identity)
    (segment,) = stick.segments()
    segment.unlink()
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    FOREIGN[kind](segment)
    if segment.is_symlink():
        _link(segment, victim)
    _link(stick.up() / f".{segment.name}.new", victim)
    done = stick.export(log, identity)
    assert victim.read_text() == "untouched"
    if kind == "a folder":
        assert done.stopped is not None
        assert done.stopped.fault == StickFault.FOREIGN
    else:
        assert (done.stopped, done.events) == (None, 4)
        assert stick.at_centre().segments == 1
        assert centre.store.events(TERMINAL, log.epoch) == log.events()


@pytest.mark.parametrize("depth", [0, 1, 2], ids=["tramthe", "up", "place"])
def test_a_link_where_a_folder_should_be(
    depth: int, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """Nothing is written or read through it, at any depth."""
    fill(log, 3)
    stick.export(log, identity)
    folder = (stick.up(), stick.up().parent, stick.up().parent.parent)[2 - depth]
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    with pytest.raises(StickFailed) as caught:
        stick.export(log, identity)
    assert caught.value.fault == StickFault.FOREIGN
    if depth == 0:
        with pytest.raises(StickFailed):
            stick.at_centre()
        with pytest.raises(StickFailed):
            stick.take(log)
    else:
        taken = stick.at_centre()
        assert (taken.segments, taken.terminals) == (0, set())
    after = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    assert after == before


def test_names_that_lead_out_of_the_folder(
    stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """A manifest of the centre's own signature cannot name a path; the file is not asked for."""
    fill(log, 1)
    stick.export(log, identity)
    stick.at_centre()
    for name in ("../../x", "/etc/passwd", "a/b", "..", "A", "a:b", "x" * 97):
        bundle = describe(TERMINAL, Way.DOWN, START, {name: b""})
        compact = sign_bundle(bundle, stick.centre.sign_key, kid=KID)
        (stick.down() / MANIFEST).write_text(compact)
        down = stick.take(log).down
        assert down is not None
        assert (down.bundle, [one.name for one in down.refused]) == (None, [MANIFEST])


def test_oversized(stick: Stick, log: EventLog, identity: TerminalIdentity) -> None:
    """One byte more than its kind may have, and a file is not read to its end."""
    fill(log, 1)
    stick.export(log, identity)
    stick.at_centre()
    (stick.down() / f"ack-{log.epoch}.jws").write_bytes(b"x" * (MAX_ACK + 1))
    (stick.segments()[0]).write_bytes(b"x" * (MAX_SEGMENT + 1))
    down = stick.take(log).down
    assert down is not None
    assert len(down.refused) == 1
    assert [one.name for one in stick.at_centre().refused] == [stick.segments()[0].name]


def test_a_strangers_segment(centre: Centre, stick: Stick, log: EventLog, tmp_path: Path) -> None:
    """A terminal of another authority, or one that speaks for ours, is refused by its signature."""
    fill(log, 2)
    other = Centre(f"sqlite:///{tmp_path / 'other.db'}")
    forged = other.enrol(tmp_path / "forged")
    stick.export(log, forged)
    taken = stick.at_centre()
    assert (taken.segments, len(taken.refused)) == (0, 2)
    neighbour = centre.enrol(tmp_path / "neighbour", "TT-0002")
    stick.segments()[0].write_text(signed(log, neighbour))
    assert stick.at_centre().segments == 0
    assert centre.store.events(TERMINAL, log.epoch) == ()
    other.store.close()


def test_a_segment_in_another_terminals_folder(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """Folders prove nothing: it counts for whom it was signed, and the answer goes to that one."""
    fill(log, 2)
    stick.export(log, identity)
    stick.up().rename(stick.up("TT-0009"))
    taken = stick.at_centre()
    assert (taken.segments, taken.terminals) == (1, {TERMINAL})
    assert [one.name for one in taken.refused] == [MANIFEST]
    assert not stick.down("TT-0009").exists()
    stick.take(log)
    assert log.unsent() == 0


def _ack(log: EventLog, terminal: str = TERMINAL) -> Ack:
    return Ack(terminal, log.epoch, log.head().seq, (), log.head().hash, (), ())


def test_forged_acknowledgements(stick: Stick, log: EventLog) -> None:
    """Another key, another key id, another terminal: nothing is marked as arrived."""
    fill(log, 2)
    stick.down().mkdir(parents=True)
    place = stick.down() / f"ack-{log.epoch}.jws"
    key = stick.centre.sign_key
    for forged in (
        sign_ack(_ack(log), new_key(), KID),
        sign_ack(_ack(log), key, "other"),
        sign_ack(_ack(log, "TT-0002"), key, KID),
    ):
        place.write_text(forged)
        down = stick.take(log).down
        assert down is not None
        assert [one.name for one in down.refused] == [place.name]
        assert log.unsent() == 3


def test_an_acknowledgement_under_another_epochs_name(stick: Stick, log: EventLog) -> None:
    """It is refused, though the centre signed it."""
    fill(log, 2)
    stick.down().mkdir(parents=True)
    other = Ack(TERMINAL, "0" * 32, 3, (), genesis(TERMINAL, "0" * 32), (), ())
    (stick.down() / f"ack-{log.epoch}.jws").write_text(sign_ack(other, stick.centre.sign_key, KID))
    down = stick.take(log).down
    assert down is not None
    assert len(down.refused) == 1


def test_a_forged_manifest_takes_nothing_away(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """A manifest that names nothing, by whomever, hides no segment and enters no ledger."""
    fill(log, 2)
    stick.export(log, identity)
    empty = describe(TERMINAL, Way.UP, START, {})
    (stick.up() / MANIFEST).write_text(
        sign_bundle(empty, new_key(), certificate=identity.certificate)
    )
    taken = stick.at_centre()
    assert (taken.segments, taken.bundles) == (1, 0)
    assert centre.store.events(TERMINAL, log.epoch) == log.events()


def test_a_manifest_by_another_terminal(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """One enrolled terminal says nothing about another's bundle: no file is missed, no ledger."""
    fill(log, 2)
    stick.export(log, identity)
    other = centre.enrol(tmp_path / "other", "TT-0002")
    lost = describe(TERMINAL, Way.UP, START, {"lost.jws": b"never was"})
    (stick.up() / MANIFEST).write_text(sign_bundle(lost, other.key, certificate=other.certificate))
    taken = stick.at_centre()
    assert (taken.segments, taken.bundles, taken.missing) == (1, 0, [])
    assert [one.name for one in taken.refused] == [MANIFEST]
    ways = [row.way for row in Ledger(centre.store.database).of(TERMINAL)]
    assert ways == [Way.DOWN.value]


def test_a_bundle_that_was_cut_short(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity
) -> None:
    """What is there is taken; what the manifest has beyond it is told."""
    fill(log, 600)
    stick.export(log, identity)
    first, second = stick.segments()
    first.unlink()
    taken = stick.at_centre()
    assert (taken.segments, [one.name for one in taken.missing]) == (1, [first.name])
    down = stick.take(log).down
    assert down is not None
    assert down.high_water == 0
    assert stick.export(log, identity).written == 1
    stick.at_centre()
    stick.take(log)
    assert log.unsent() == 0
    assert second.exists()


def test_a_stick_of_somebody_else(stick: Stick, log: EventLog) -> None:
    """Without our folder it has nothing, and what it has is left alone."""
    (stick.path / "Ảnh").mkdir()
    (stick.path / "Ảnh" / "1.jpg").write_bytes(b"jpeg")
    assert stick.take(log).nothing
    fill(log, 1)
    assert stick.take(log).nothing
    assert set(stick.files()) == {"Ảnh/1.jpg"}


def test_two_at_once(stick: Stick, log: EventLog, identity: TerminalIdentity) -> None:
    """While one program writes a terminal's folder, another is told to wait."""
    fill(log, 1)
    stick.export(log, identity)
    with open_folder(stick.up()) as folder, folder.held(), pytest.raises(StickFailed) as caught:
        stick.export(log, identity)
    assert caught.value.fault == StickFault.BUSY
    assert stick.export(log, identity).events == 2
