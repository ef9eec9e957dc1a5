"""What tests of people share: a monotonic clock that they move, cheap derivations, a doorkeeper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import Cookie
from pathlib import Path
from urllib.parse import urlsplit

from edge.people.claim import Claim
from edge.people.doorkeeper import Doorkeeper
from edge.people.pin import Cost
from edge.people.roles import Role
from edge.people.store import PeopleFile
from edge.web.security import COOKIE

TERMINAL = "99-0417"
WRAP_KEY = bytes(range(32))
SECRET = bytes(range(100, 132))
"""The recovery secret of the terminal."""
PIN = "271828"
WRONG = "000000"
CHEAP = Cost(n=16, r=1, p=1)


@dataclass
class Seconds:
    """A monotonic clock that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def keeper_of(
    folder: Path, seconds: Callable[[], float], *, wrap_key: bytes | None = WRAP_KEY
) -> Doorkeeper:
    """Return who lets people in over this identity folder, as after a start of the terminal."""
    file = PeopleFile(folder, wrap_key)
    return Doorkeeper(file, terminal=TERMINAL, monotonic=seconds, cost=CHEAP)


def claim(*roles: Role) -> Claim:
    """Return the claim of first PINs for these roles, with the recovery secret."""
    return Claim(TERMINAL, dict.fromkeys(roles or Role, PIN), SECRET)


def cookie(url: str, token: str) -> Cookie:
    """Return the cookie of a browser that was let in, for urllib's jar."""
    host = urlsplit(url).hostname or ""
    return Cookie(
        version=0,
        name=COOKIE,
        value=token,
        port=None,
        port_specified=False,
        domain=host,
        domain_specified=False,
        domain_initial_dot=False,
        path="/",
        path_specified=True,
        secure=False,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )
