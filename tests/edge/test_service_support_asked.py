"""The centre asks a terminal how it is: by command, over HTTP, opened where the key lies."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from edge.sync.inbox_acts import SUPPORT_ASKED
from edge.wire.kinds import EventKind
from provisioning.centre import support
from provisioning.centre.database import Database
from provisioning.centre.inbox import CentreInbox
from provisioning.cli.main import run
from provisioning.demo.prepare import TERMINAL, Stage
from tests.edge.test_service import Starter, start, wait
from tests.edge.test_service_inbox import centre_url, office, send

__all__ = ["centre_url", "office", "start"]


def test_bundle_is_asked_for_and_comes(
    start: Starter, live: Stage, tmp_path: Path, centre_url: str, office: CentreInbox
) -> None:
    """Made by the running terminal, recorded in its log, sealed on the way, opened by command."""
    running = start(centre=centre_url, sync_seconds=1)
    wait(lambda: office.standing() != ())
    send(live, tmp_path, "command", "send-support")
    outcome = running.service.take_inbox(office.pending(TERMINAL))
    assert outcome is not None
    assert outcome.taken == (1,)
    events = running.service.log.events()
    assert [(e.kind, e.reason) for e in events] == [(EventKind.FAULT, SUPPORT_ASKED)]
    database = Database(f"sqlite:///{tmp_path / 'centre.db'}")
    wait(lambda: support.kept(database, TERMINAL) != ())
    database.close()
    wait(lambda: not (running.service.log.path.parent / "support.jws").exists())
    output = tmp_path / "asked.zip"
    given = ["--database", f"sqlite:///{tmp_path / 'centre.db'}"]
    keys = ["--keys", str(live.terminal.parent / "office"), "--output", str(output)]
    assert run(["centre", "support", str(live.centre), TERMINAL, *given, *keys]) == 0
    with zipfile.ZipFile(io.BytesIO(output.read_bytes())) as archive:
        facts = json.loads(archive.read("facts.json"))
    assert facts["asked"]["by"] == "the running terminal"
    assert facts["configuration"]["terminal"] == TERMINAL
    assert run(["centre", "support", str(live.centre), *given]) == 0
    assert run(["centre", "support", str(live.centre), TERMINAL, *given, *keys[:2]]) == 2
    assert (
        run(["centre", "support", str(live.centre), TERMINAL, *given, *keys, "--order", "9"]) == 3
    )
