"""docs/officer.md: its commands run one after the other, its JSON is as the API describes it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edge.procedure.sessions import Ended
from edge.web.api import schemas
from edge.web.api.problem import Code
from tests.conftest import PATIENCE
from tests.edge.conftest import live
from tests.edge.test_service import Running, Starter, start
from tests.tools import needed

__all__ = ["live", "start"]

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "officer.md").read_text("utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.M | re.S)
JSON = re.findall(r"^```json (\w+)\n(.*?)^```$", TEXT, re.M | re.S)
SCHEMAS = {"PairingAnswer": "Pairing", "Verification": "Verification"}


class Shell:
    """A shell in one folder, at which the page is typed block by block."""

    def __init__(self, running: Running, folder: Path) -> None:
        self.folder = folder
        self._changed = {"http://127.0.0.1:8080": running.url}
        self._left = iter(COMMANDS)

    def instead(self, said: str, real: str) -> None:
        """Type something else for what the page shows as an example."""
        assert said in TEXT
        self._changed[said] = real

    def next(self) -> str:
        """Run the next block, which has to succeed; return what it printed."""
        block = next(self._left)
        for said, real in self._changed.items():
            block = block.replace(said, real)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-ec", block], cwd=self.folder, env={**os.environ, "PATH": path},
            capture_output=True, text=True, timeout=PATIENCE / 1000, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def held(self, name: str) -> Any:
        """Return a file that a block wrote."""
        return json.loads((self.folder / name).read_text("utf-8"))


def test_typed_as_it_stands(start: Starter, tmp_path: Path) -> None:
    """From the headers to `tramthe receipt verify`, with the desk and a card in between."""
    needed("curl")
    running = start()
    folder = tmp_path / "typed"
    folder.mkdir()
    shell = Shell(running, folder)
    pairings = running.service.pairings
    pairings.offer()
    offer = pairings.view().offer
    assert offer is not None
    shell.instead("7KQ4 M2XB", offer.code)
    shell.instead("402917", offer.pin)
    shell.instead("471926", running.cast("member-1").image.can or "")
    shell.next()
    check = shell.next().strip()
    asked = pairings.view().asked
    assert asked is not None
    assert asked.check == check
    pairings.agree(asked.pairing.id)
    assert json.loads(shell.next())["state"] == "paired"
    shell.next()
    assert shell.held("asked.json")["state"] == "waiting"
    running.lay("member-1")
    assert shell.next() == "done\n"
    assert set(shell.held("answer.json")["result"]["fields"]) == {"name", "number"}
    shell.next()
    authority = running.stage.pilot.terminal_ca.certificate
    (folder / "terminal-ca.der").write_bytes(authority)
    assert shell.next().splitlines()[-1] == "signed"
    with pytest.raises(StopIteration):
        shell.next()


@pytest.mark.parametrize(("name", "text"), JSON, ids=[name for name, _ in JSON])
def test_an_answer_that_it_shows(name: str, text: str) -> None:
    """It is what the document describes."""
    assert list(schemas.faults(SCHEMAS[name], json.loads(text))) == []


def test_every_schema_is_shown() -> None:
    """No answer of the page goes unchecked."""
    assert {name for name, _ in JSON} == set(SCHEMAS)
    assert TEXT.count("```json") == len(JSON)


def test_the_codes_that_it_names() -> None:
    """Each error is the API's, and every way a question ends without a result is told."""
    rows = re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.M)
    assert rows
    assert set(rows) <= {code.value for code in Code}
    assert not [end for end in Ended if f"`{end}`" not in TEXT]


@pytest.mark.parametrize("place", sorted(set(re.findall(r"\]\(([^)#]+)", TEXT))))
def test_where_it_leads(place: str) -> None:
    """Each page that it names is there."""
    assert (DOCS / place).is_file()
