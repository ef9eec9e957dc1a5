"""What the tests of enrolment share: a server, and the names under which it is reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.enrol.first import FirstEnrolment
from edge.enrol.kept import EnrolFiles
from edge.enrol.renewal import Centre, Renewal
from edge.identity.key import TerminalIdentity, load_or_create
from edge.identity.place import FILE, KeyPlace
from tests.edge.enrol.est_server import NAME, EstServer, est_server
from tests.edge.log.made import START, TERMINAL, moment
from verify.moment import Moment, TimeQuality


@dataclass
class Blank:
    """A terminal that is about to be enrolled."""

    folder: Path
    server: EstServer
    claim_file: Path
    place: KeyPlace = FILE

    def enrolment(self) -> FirstEnrolment:
        """Return its enrolment, as a process begins it."""
        return FirstEnrolment(self.folder, lambda: START, place=self.place)

    def begun(self) -> FirstEnrolment:
        """Return its enrolment, the claim taken in."""
        made = self.enrolment()
        made.begin(self.claim_file.read_bytes(), moment(), self.claim_file)
        return made

    @property
    def identity(self) -> TerminalIdentity:
        """Return what a start finds."""
        return load_or_create(self.folder, TERMINAL)

    @property
    def files(self) -> EnrolFiles:
        """Return what is kept of the enrolment."""
        return EnrolFiles(self.folder)

    def renewal(self, identity: TerminalIdentity, **more: Any) -> Renewal:
        """Return what renews its certificate."""
        roots = self.server.roots(self.folder.parent)
        centre = Centre(self.server.centre, lambda: START, roots)
        return Renewal(
            self.folder, identity, centre, monotonic=more.pop("monotonic", lambda: 0.0),
            place=self.place, **more,
        )  # fmt: skip


def on(days: float) -> Moment:
    """Return the moment so many days after the start."""
    return Moment(START + timedelta(days=days), TimeQuality.SYNCHRONISED)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server's names lead to this machine, as a file of hosts would."""
    asked = socket.getaddrinfo

    def resolve(host: Any, *arguments: Any, **more: Any) -> Any:
        here = isinstance(host, str) and host.endswith(NAME)
        return asked("127.0.0.1" if here else host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def server(tmp_path: Path, names: None) -> Iterator[EstServer]:
    """Return a running server."""
    folder = tmp_path / "server"
    folder.mkdir()
    with est_server(folder) as found:
        yield found


@pytest.fixture
def blank(tmp_path: Path, server: EstServer) -> Blank:
    """Return a blank terminal and its claim in a file."""
    state = tmp_path / "state"
    state.mkdir()
    claim_file = tmp_path / "claim.json"
    claim_file.write_bytes(server.claim.to_bytes())
    return Blank(state / "identity", server, claim_file)


@pytest.fixture
def enrolled(blank: Blank) -> Blank:
    """Return a terminal that has its first certificate."""
    blank.begun().ask(moment())
    return blank
