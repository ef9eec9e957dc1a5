"""Sticks as they are: full, FAT32, and pulled at whatever moment."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

from edge.identity.key import TerminalIdentity
from edge.log.append import EventLog
from edge.stick import StickFault, open_folder
from edge.wire.bundle import MANIFEST
from tests.edge.log.made import TERMINAL, check_in, fill, make_log
from tests.edge.sticks_made import fat32, small
from tests.edge.sync.carried import Stick
from tests.provisioning.centre.made import Centre

ROOT = Path(__file__).parents[3]
EVENTS = 2100
KILLS = 8
PULL = """
import sys
from pathlib import Path
from edge.identity.key import load_or_create
from edge.log.look import look_at
from edge.stick import open_folder
from edge.sync.courier import TerminalExport
from tests.edge.log.made import moment
log, identity, stick = map(Path, sys.argv[1:4])
print("ready", flush=True)
sys.stdin.readline()
with look_at(log) as look, open_folder(stick) as folder, folder.existing("tramthe") as root:
    TerminalExport(look.view, load_or_create(identity, look.terminal), None).run(root, moment())
print("done", flush=True)
"""
"""An export in a process of its own, which begins when it is told to."""


def pulled(stick: Stick, log: EventLog, identity: Path, seconds: float | None) -> bool:
    """Export in another process and kill it so long after it began; whether it was done before."""
    process = subprocess.Popen(
        [sys.executable, "-c", PULL, str(log.path), str(identity), str(stick.path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        if seconds is not None:
            time.sleep(seconds)
            os.kill(process.pid, signal.SIGKILL)
        return process.stdout.read() == "done\n"


def test_pulled_at_random_moments(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """Killed again and again: every file there is whole, each export goes on, all arrives once."""
    fill(log, EVENTS)
    begun = time.monotonic()
    whole = Stick(tmp_path / "whole", centre)
    whole.path.mkdir()
    assert pulled(whole, log, tmp_path / "identity", None)
    took = time.monotonic() - begun
    for _ in range(KILLS):
        pulled(stick, log, tmp_path / "identity", took / 2 * secrets.randbelow(1000) / 1000)
        taken = stick.at_centre()
        assert taken.refused == []
        assert all(one.name != MANIFEST for one in taken.missing)
        held = centre.store.events(TERMINAL, log.epoch)
        assert held == log.events()[: len(held)]
    before = {path: path.read_bytes() for path in stick.segments()}
    assert pulled(stick, log, tmp_path / "identity", None)
    assert all(path.read_bytes() == data for path, data in before.items())
    assert [path for path in stick.up().iterdir() if path.name.startswith(".")] == []
    stick.at_centre()
    assert centre.store.events(TERMINAL, log.epoch) == log.events()
    stick.take(log)
    assert log.unsent() == 0


def test_a_full_stick(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """What fits is whole and arrives; the rest follows once the centre has taken it."""
    fill(log, EVENTS)
    with small(tmp_path / "small", 700) as point:
        full = Stick(point, centre)
        done = full.export(log, identity)
        assert done.stopped is not None
        assert done.stopped.fault == StickFault.FULL
        assert 0 < done.events < done.waiting == EVENTS + 1
        assert full.at_centre().refused == []
        rounds = 0
        while log.unsent():
            full.take(log)
            full.export(log, identity)
            assert full.at_centre().refused == []
            rounds += 1
            assert rounds < 10
    assert centre.store.events(TERMINAL, log.epoch) == log.events()
    assert rounds > 1


def test_a_stick_with_no_room_at_all(
    stick: Stick, centre: Centre, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """Nothing is written but folders, nothing is half there, and it is said."""
    fill(log, 3)
    with small(tmp_path / "small", 64) as point:
        (point / "photos").write_bytes(bytes(60 * 1024))
        full = Stick(point, centre)
        done = full.export(log, identity)
        assert done.stopped is not None
        assert (done.stopped.fault, done.events) == (StickFault.FULL, 0)
        assert set(full.files()) == {"photos"}
        assert log.unsent() == 4


def test_a_read_only_stick(
    stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """Nothing can be put on it; what is on it can be taken."""
    fill(log, 3)
    with small(tmp_path / "small", 1000) as point:
        locked = Stick(point, stick.centre)
        locked.export(log, identity)
        locked.at_centre()
        check_in(log, log.open_contexts()[0], 9)
        subprocess.run(["mount", "-o", "remount,ro", str(point)], check=True)
        done = locked.export(log, identity)
        assert done.stopped is not None
        assert done.stopped.fault == StickFault.READ_ONLY
        home = locked.take(log).down
        assert home is not None
        assert home.high_water == 4


def test_fat32(
    centre: Centre, stick: Stick, log: EventLog, identity: TerminalIdentity, tmp_path: Path
) -> None:
    """There and back over FAT32: no capitals, no links, no colon in a name, coarse times."""
    fill(log, 600)
    with fat32(tmp_path / "fat", tmp_path / "image") as point:
        fat = Stick(point, centre)
        assert fat.export(log, identity).written == 2
        assert fat.export(log, identity).written == 0
        assert (point / "TRAMTHE" / "UP").is_dir()
        with open_folder(point) as root, root.folder("TRAMTHE") as same:
            assert same is not None
            assert same.folders() == ("up",)
        taken = fat.at_centre()
        assert (taken.segments, taken.refused, taken.missing) == (2, [], [])
        fat.at_centre()
        fat.take(log)
        assert log.unsent() == 0
        assert fat.export(log, identity).bundle is None
        assert fat.segments() == []
    assert centre.store.events(TERMINAL, log.epoch) == log.events()


def test_any_characters_of_a_name_on_fat32(centre: Centre, log: EventLog, tmp_path: Path) -> None:
    """Names that FAT32 cannot hold or takes for one another stay apart."""
    with fat32(tmp_path / "fat", tmp_path / "image") as point:
        fat = Stick(point, centre)
        for number, name in enumerate(("aux", "AUX", "a.", "a", "A")):
            other = make_log(tmp_path / f"{number}.db", name)
            fill(other, 1)
            fat.export(other, centre.enrol(tmp_path / f"identity-{number}", name))
            other.close()
        assert fat.at_centre().terminals == {"aux", "AUX", "a.", "a", "A"}
