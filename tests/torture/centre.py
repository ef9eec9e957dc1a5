"""The centre is killed at a random moment, again and again, while terminals send; so are they.

Lives here: lives and deaths. Not here: what must hold (`tests.faults.ledger`). A centre's life is a
copy of this process that does what `tramthe centre serve` does once it is loaded, so that few of
the moments fall into the loading of programs; the short form in the tests kills the command itself.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.centre.process import CentreFolder, listen, open_centre
from provisioning.cli.common import office_time
from tests.faults.ledger import Ledger
from tests.faults.office import Office, Terminal
from tests.provisioning.centre.postgres import PostgresServer, binaries
from tests.torture.draw import Draw
from tests.torture.ledger import Violation

PER_DATABASE = 25  # kills, before a database begins anew
LONGEST = 0.3  # seconds that a centre lives, after it was started or was ready
TERMINALS = ("TT-0001", "TT-0002", "TT-0003")
SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass
class Result:
    """What the kills of one run came to, by engine."""

    kills: Counter[str] = field(default_factory=Counter)
    before_ready: Counter[str] = field(default_factory=Counter)
    terminals: Counter[str] = field(default_factory=Counter)
    """Terminals that were killed too."""
    events: Counter[str] = field(default_factory=Counter)


def run(folder: Path, count: int, seed: str) -> Result:
    """Kill `count` centres. Raises Violation, naming the folder and the seed; it stays then."""
    draw = Draw(f"centre {seed}")
    result = Result()
    with ExitStack() as stack:
        programs = binaries()
        if programs is None:
            raise Violation("PostgreSQL's programs (Debian: postgresql) are not installed")
        server = PostgresServer(programs, fsync=True)
        stack.callback(server.close)
        server.start()
        for number, first in enumerate(range(0, count, PER_DATABASE)):
            engine = (SQLITE, POSTGRESQL)[number % 2]
            place = folder / f"centre-{number}"
            place.mkdir(parents=True)
            database = f"sqlite:///{place / 'centre.sqlite'}"
            if engine == POSTGRESQL:
                database = server.make_database()
            kills = min(PER_DATABASE, count - first)
            try:
                _lives(place, database, engine, kills, draw, result)
            except Violation as found:
                raise Violation(f"{engine} (seed {seed}) in {place}: {found}") from found
            shutil.rmtree(place)
    return result


def _lives(place: Path, database: str, engine: str, kills: int, draw: Draw, result: Result) -> None:
    """Kill the centre of one database so often, then let every terminal come home."""
    office, ledger = Office(place, database), Ledger(place / "ledger")
    centre = CentreFolder.load(place / "centre")
    with ExitStack() as stack:
        listening = stack.enter_context(closing(listen("127.0.0.1", office.port)))
        terminals = [Terminal(office.enrol(n), office.url, ledger) for n in TERMINALS]
        for terminal in terminals:
            stack.callback(terminal.kill)
            terminal.start().loop()
        for _ in range(kills):
            life = _Life(centre, database, listening)
            for terminal in terminals:
                terminal.begin(1 + draw.below(60))
            ready = draw.below(3) > 0
            try:
                if ready:
                    office.wait_ready()
                time.sleep(draw.seconds(LONGEST))
            finally:
                life.kill()
            for terminal in terminals:
                terminal.heard()
            result.kills[engine] += 1
            result.before_ready[engine] += not ready
            if draw.below(5) == 0:
                victim = terminals[draw.below(len(terminals))]
                victim.begin(60)
                time.sleep(draw.seconds(0.1))
                victim.kill()
                victim.start().loop()
                result.terminals[engine] += 1
        life = _Life(centre, database, listening)
        try:
            for terminal in terminals:
                terminal.comes_home()
        finally:
            life.kill()
    result.events[engine] += ledger.compare(database)


class _Life:
    """One life of a centre: a process of its own over a socket that outlives it."""

    def __init__(self, centre: CentreFolder, database: str, listening: socket.socket) -> None:
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.setsid()
                said = os.open(centre.path / "said.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                os.dup2(said, 2)
                open_centre(centre, database, listening, office_time).serve()
            finally:
                os._exit(1)

    def kill(self) -> None:
        """End it without a word. Raises Violation where it had ended by itself."""
        os.kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        if not os.WIFSIGNALED(status):
            raise Violation("the centre ended by itself")
