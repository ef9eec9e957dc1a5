"""What the pages work with: the database, the clock, the operators.

Lives here: the value that the application carries. Not here: how a page looks (`show`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import current_app

from provisioning.centre.database import Database
from provisioning.centre.people.accounts import Operators
from provisioning.centre.people.sessions import Sessions

EXTENSION = "tramthe-centre-desk"


class Desk:
    """The centre as its pages see it. `secure`: people come by TLS only."""

    def __init__(self, database: Database, clock: Callable[[], datetime], *, secure: bool) -> None:
        self.database = database
        self.clock = clock
        self.secure = secure
        self.operators = Operators(database)
        self.sessions = Sessions(database)


def desk() -> Desk:
    """Return that of this application."""
    found = current_app.extensions[EXTENSION]
    if not isinstance(found, Desk):
        raise TypeError("the pages were not installed")
    return found
