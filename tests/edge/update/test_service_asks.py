"""A running terminal asks root for a newer version by itself, and says which one it left."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from edge.config import Config
from edge.repository.apply import this_machine
from edge.repository.fetch import FolderSource
from edge.service import Service
from edge.update.handing import installed
from edge.update.journal import Last, Outcome, Record
from edge.update.places import Handed, Software
from edge.update.taking import take
from provisioning.demo.children import free_port
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.direct_reader import DirectReader
from provisioning.publish import releases
from tests.edge.repository.made import AT, Office
from tests.edge.repository.web import line
from tests.edge.update.made import package

WITHIN = 30.0  # seconds


def test_asked_for(live: Stage, tmp_path: Path) -> None:
    """After a look into the repository, at a quiet moment; what lies there root can take."""
    state = Path(shutil.copytree(live.terminal, tmp_path / "terminal"))
    office = Office(tmp_path / "office")
    for version in ("99.0", "98.0"):
        releases.offer(office.at(AT), package(tmp_path, version), [this_machine().suite])
    office.sign(AT)
    software = Software(tmp_path / "software")
    for folder in (state / "repository", software.repository):
        folder.mkdir(parents=True)
        (folder / "root.json").write_bytes(office.first_root)
    last = Last(Outcome.RETURNED, "98.5", "0.1.0", "2026-11-20T12:00:00.000Z", "NO_ANSWER")
    Record().after(last).save(software.record)
    with line(office.public) as (way, _):
        config = Config(
            terminal=TERMINAL,
            state=state,
            port=free_port(),
            volatile_state=True,
            repository=way.url,
            software=software.root,
        )
        reader = DirectReader()
        service = Service(config, reader)
        service.start()
        try:
            ends = time.monotonic() + WITHIN
            while not Handed(state).go.exists() and time.monotonic() < ends:
                time.sleep(0.05)
            left = service.status().left_version
        finally:
            service.stop()
            reader.close()
    assert Handed(state).go.exists()
    assert left == "98.5"
    taken = take(FolderSource(Handed(state).request), software, installed(software, "0.1.0"))
    assert taken.release.version == "99.0"
    assert [path.name for path in (state / "delivered" / "software").iterdir()] == [
        "tramthe_99.0_all.deb"
    ]
