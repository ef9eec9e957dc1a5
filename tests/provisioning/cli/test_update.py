"""`tramthe update`, with terminals that are processes: to a version that migrates, and back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from edge.errors import UpdateFailed
from edge.identity.key import load_or_create
from edge.layout import StateLayout
from edge.repository.apply import this_machine
from edge.update.health import Amiss
from edge.update.host import asked, see_to
from edge.update.install import Patience
from edge.update.journal import Journal, Outcome, Phase, read_record
from edge.update.places import PROGRAM, Handed, Software
from edge.update.trees import program
from provisioning.cli.update_root import Root
from provisioning.demo.children import free_port
from provisioning.publish import releases
from tests.edge.log.made import fill, make_log
from tests.edge.repository.made import AT, Office
from tests.edge.update.made import events, package, rows
from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.cli.test_serve import config

BASE, SICK, WELL = "0.1.0", "0.2.0", "0.3.0"
NAME = "tram-update"
REPOSITORY = Path(__file__).parents[3]
SOON = 60.0  # seconds
INTERPRETER = f'#!/bin/sh\n[ "$1" = -I ] && shift\nexec {sys.executable} -I "$@"\n'
METADATA = "Metadata-Version: 2.1\nName: tramthe\nVersion: {}\n"
VERSION = f"""
import sys
from pathlib import Path
tree = Path(__file__).parents[1]
sys.path[:0] = [str(tree / "lib"), {str(REPOSITORY)!r}]
version = (tree / "version").read_text()
from contextlib import nullcontext
from tests.edge.log.made import check_in, make_log
from tests.edge.update.made import later_program
with nullcontext() if version == {BASE!r} else later_program():
    if sys.argv[1] == "serve" and version != {BASE!r}:
        from edge.identity.key import load_or_create
        state = Path(sys.argv[3]).parent / "state"
        key = load_or_create(state / "identity", {NAME!r}).wrap_key
        log = make_log(state / "log.sqlite", {NAME!r}, key)
        check_in(log, log.open_contexts()[0], 40 + log.head().seq)
        log.close()
        if version == {SICK!r}:
            sys.exit(1)
    from provisioning.cli.main import main
    sys.exit(main())
"""


def files(version: str) -> dict[str, str]:
    """Return a version's program: ours, with its own number and what it does to the log."""
    return {
        "opt/tramthe/bin/python3": INTERPRETER,
        "opt/tramthe/bin/tramthe": VERSION,
        f"opt/tramthe/lib/tramthe-{version}.dist-info/METADATA": METADATA.format(version),
    }


class Processes:
    """A terminal that is a process, of whichever version runs."""

    def __init__(self, folder: Path) -> None:
        self.state, self.software = folder / "state", Software(folder / "software")
        self.base = folder / "base" / PROGRAM
        port = free_port()
        self.config = config(
            folder / "terminal.toml",
            terminal=NAME,
            state=str(self.state),
            port=port,
            volatile_state=True,
        )
        self.address = f"http://127.0.0.1:{port}"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        where = program(self.software, self.base) / "bin"
        command = [str(where / "python3"), "-I", str(where / "tramthe"), "serve", "--config"]
        self.child = subprocess.Popen([*command, str(self.config)])

    def stop(self) -> None:
        if self.child is not None:
            self.child.terminate()
            self.child.wait(SOON)

    def status(self) -> Mapping[str, Any] | None:
        return asked(self.address)

    def data(self, program: Path, verb: str) -> bool:
        return see_to(program, verb, self.state, self.software.root)

    def version(self) -> str:
        """Return the version that answers, once one does."""
        ends = time.monotonic() + SOON
        while (said := self.status()) is None:
            assert time.monotonic() < ends
            time.sleep(0.1)
        return str(said["version"])

    def root(self, limit: float = SOON) -> Root:
        patience = Patience(limit=limit, steady=0.3, every=0.1)
        return Root(self.config, self.software.root, self, base_at=self.base, patience=patience)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Processes]:
    """Return a terminal that runs as dpkg installed it, with something in its log."""
    made = Processes(tmp_path)
    made.state.mkdir(mode=0o700)
    key = load_or_create(StateLayout(made.state).identity, NAME).wrap_key
    log = make_log(made.state / "log.sqlite", NAME, key)
    fill(log, 3)
    log.close()
    for path, text in {**files(BASE), "opt/tramthe/version": BASE}.items():
        place = made.base.parents[1] / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o755)
    made.start()
    yield made
    made.stop()


def test_left_and_then_gone_to(host: Processes, tmp_path: Path, tramthe: Tramthe) -> None:
    """A version that migrates and dies is left, nothing it recorded is lost; the next one stays."""
    office = Office(tmp_path / "shop")
    first = office.shop.metadata / "1.root.json"
    software = ("--software", host.software.root)
    assert tramthe("update", "trust", first, *software).status == 0
    assert host.version() == BASE
    _offer(office, tmp_path, SICK)
    last = host.root(limit=6.0).install(office.public)
    assert (last.outcome, last.version, last.why) == (Outcome.RETURNED, SICK, Amiss.NO_ANSWER)
    assert host.version() == BASE
    said = host.status()
    assert said is not None
    assert said["locked"] is None
    log = host.state / "log.sqlite"
    assert len(events(log)) == said["log_events"] == 5
    shown = tramthe("update", "status", *software)
    assert (shown.status, f"left       {SICK}" in shown.out) == (1, True)
    with pytest.raises(UpdateFailed, match="TRIED_AND_LEFT"):
        host.root().install(office.public)

    _offer(office, tmp_path, WELL)
    _given(host, office, tramthe)
    checked = tramthe("update", "check", "--state", host.state, *software)
    assert (checked.status, f"runs {BASE}; to {WELL}" in checked.out) == (0, True)
    last = host.root().install(None)
    assert (last.outcome, last.version) == (Outcome.INSTALLED, WELL)
    assert host.version() == WELL
    assert not list(Handed(host.state).kept.rglob("*.sqlite"))
    assert "later" in {str(row[2]) for row in rows(log, "sqlite_master")}
    assert len(events(log)) == 6
    shown = tramthe("update", "status", *software)
    assert (shown.status, f"runs       {WELL}" in shown.out) == (0, True)

    Journal(Phase.TRYING, WELL, BASE, {}).save(host.software.journal)
    assert host.root().settle() is Phase.TRYING
    ended = host.root().run()
    assert ended is not None
    assert ended.outcome is Outcome.INSTALLED
    last = host.root().give_back()
    assert (last.outcome, host.version()) == (Outcome.RETURNED, BASE)
    assert len(events(log)) == 6
    assert read_record(host.software.record).floor == WELL


def _offer(office: Office, folder: Path, version: str) -> None:
    made = package(folder, version, files(version))
    releases.offer(office.at(AT), made, [this_machine().suite])
    office.sign(AT)


def _given(host: Processes, office: Office, tramthe: Tramthe) -> None:
    """Let the terminal look into the repository."""
    first = office.shop.metadata / "1.root.json"
    assert tramthe("repository", "trust", "--state", host.state, first).status == 0
    where = ("--from", office.public)
    assert tramthe("repository", "update", "--state", host.state, *where).status == 0


def test_what_nobody_asked_for(host: Processes, tmp_path: Path, tramthe: Tramthe) -> None:
    """Root's part does nothing by itself; asked without a root of its own it says so."""
    host.software.root.mkdir()
    assert host.root().run() is None
    assert host.root().settle() is None
    Handed(host.state).root.mkdir()
    Handed(host.state).go.write_bytes(b"{}")
    with pytest.raises(UpdateFailed, match="whose software"):
        host.root().run()
    assert not Handed(host.state).go.exists()
    host.software.journal.write_text("{}")
    with pytest.raises(UpdateFailed, match="under way"):
        host.root().give_back()


def test_a_folder_that_is_not_there(host: Processes, tmp_path: Path, tramthe: Tramthe) -> None:
    """Each of root's commands says what to do first."""
    for verb in ("install", "return", "run", "starting"):
        said = tramthe("update", verb, "--config", host.config, "--software", tmp_path / "absent")
        assert (said.status, "tramthe update trust" in said.err) == (3, True)
