"""A disk is full, at several amounts of room, and has room again: the centre's or the terminal's.

    python -m tests.faults.full_disk SMALL FOLDER sqlite|postgresql|terminal

SMALL is a small file system of its own, which holds the centre's database, or the terminal's
folder, and nothing else. A centre without room says that it cannot take a segment; a terminal
without room says that it cannot keep what it was told. Nobody believes more than is kept, and both
go on by themselves. Prints one line: how often there was no room.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.faults.ledger import Ledger
from tests.faults.office import PATIENCE, Office, Terminal
from tests.provisioning.centre.postgres import PostgresServer, binaries
from tests.torture.disk import filling
from tests.torture.ledger import Violation

ROOMS = (0, 4096, 20_000, 60_000, 150_000)  # bytes
SIZES = {"sqlite": "4m", "postgresql": "160m", "terminal": "4m"}
EVENTS = 100  # recorded before each pass
PASSES = 40
TAKEN = "up-to-date"


def main() -> None:
    """Fill the disk and empty it, again and again."""
    small, folder, engine = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    with ExitStack() as stack:
        server: PostgresServer | None = None
        at_centre = engine != "terminal"
        database = f"sqlite:///{(small if at_centre else folder) / 'centre.sqlite'}"
        if engine == "postgresql":
            programs = binaries()
            assert programs is not None
            server = PostgresServer(programs, fsync=True, within=small)
            stack.callback(server.close)
            server.start()
            database = server.make_database()
        office = Office(folder, database)
        stack.callback(office.kill)
        office.start()
        office.wait_ready()
        ledger = Ledger(folder / "ledger")
        place = office.enrol("TT-0001", within=folder if at_centre else small)
        terminal = Terminal(place, office.url, ledger)
        stack.callback(terminal.kill)
        terminal.start()
        refused = sum(one(small / "ballast", room, terminal, server) for room in ROOMS)
        terminal.comes_home()
        held = ledger.compare(database)
        sys.stdout.write(f"no room {refused} times, {held} events held once\n")


def one(ballast: Path, room: int, terminal: Terminal, server: PostgresServer | None) -> bool:
    """Leave so much room, send until it is used up, make room; return whether it was used up."""
    terminal.tap(EVENTS)
    filling(ballast, room)()
    states = [passed(terminal)]
    while states[-1] == TAKEN and len(states) < PASSES:
        states.append(passed(terminal))
    ballast.unlink()
    if server is not None and not server.answers():
        server.restart()  # PostgreSQL ends itself when its write-ahead log has no room
    deadline = time.monotonic() + PATIENCE
    while terminal.once()["state"] != TAKEN:
        if time.monotonic() > deadline:
            raise Violation("there is room again, and nothing is taken")
        time.sleep(0.1)
    return states[-1] != TAKEN


def passed(terminal: Terminal) -> str:
    """Record as many events as there is room for and make a pass; return how it ended."""
    terminal.tap(EVENTS)
    state: str = terminal.once()["state"]
    return state


if __name__ == "__main__":
    main()
