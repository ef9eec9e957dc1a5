"""Which pages may ask this terminal: a pairing as a value, and all of them as bytes.

Lives here: what a pairing is, which origins and names may be paired, the JSON of them all. Not
here: how a page comes to be paired (`offer`, `pairings`), the file (`pairing_store`), HTTP
(`edge.web.api.door`). Sources: RFC 6454 section 6.2 (the origin's ASCII form), W3C Secure
Contexts section 3.1 (which origins a network cannot speak for).

An origin over plain HTTP is paired only where it is this very machine: what comes from anywhere
else without TLS can be altered on its way, and with it whatever holds the token.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from edge.errors import PairingRefused
from edge.procedure.pairing_fault import PairingFault

VERSION = 1
MAX_BYTES = 64 * 1024
MAX_PAIRINGS = 16
MAX_NAME = 60  # characters
MAX_ORIGIN = 255  # characters
ID_SIZE = 8  # bytes
HASH_SIZE = 32  # bytes, SHA-256
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
)


_SAYS: dict[PairingFault, tuple[str, str]] = {
    PairingFault.OFFER_CLOSED: (
        "The terminal offers no pairing now.",
        "Open the pairing page at the terminal and begin again.",
    ),
    PairingFault.OFFER_WRONG: (
        "Code or PIN are not those that the terminal shows.",
        "Type both again as the terminal shows them.",
    ),
    PairingFault.OFFER_CHANGED: (
        "The page that asked does not ask any more.",
        "Open the pairing page at the terminal and begin again.",
    ),
    PairingFault.ORIGIN_UNFIT: (
        "The page has no origin that can be paired.",
        "Serve the page from a web server; a file opened from the disk has no origin.",
    ),
    PairingFault.ORIGIN_NOT_SECURE: (
        "The page came without TLS from another machine.",
        "Serve the page over https.",
    ),
    PairingFault.NAME_UNFIT: (
        "The page's name cannot be shown.",
        f"Give a name of 1 to {MAX_NAME} visible characters.",
    ),
    PairingFault.PAIRINGS_FULL: (
        f"{MAX_PAIRINGS} pages are paired already.",
        "Revoke one that is not used any more, then pair.",
    ),
    PairingFault.PAIRINGS_DAMAGED: (
        "The list of paired pages does not open, so no page is paired.",
        "Begin the list anew at the terminal, and pair each page again.",
    ),
    PairingFault.PAIRINGS_NOT_KEPT: (
        "The terminal's disk takes nothing, so nothing about pairings is changed.",
        "Free the disk or make it writable, then try again.",
    ),
}


def refused(fault: PairingFault) -> PairingRefused:
    """Return the error of this fault."""
    says, next_step = _SAYS[fault]
    return PairingRefused(says, next_step=next_step, fault=fault.value)


@dataclass(frozen=True, slots=True)
class Pairing:
    """One paired page."""

    id: str
    """16 hexadecimal digits; no secret."""
    name: str = field(repr=False)
    """What the terminal shows: chosen by the page, agreed to at the desk."""
    origin: str
    """Where the page lives, e.g. `https://motcua.example`."""
    token_hash: bytes = field(repr=False)
    """SHA-256 of the token; the token itself is kept nowhere."""
    made: datetime
    used: datetime | None = None
    """When it last asked something; on disk up to an hour behind."""


def fit_origin(text: str | None) -> str:
    """Return the origin where it is one to pair, in its one spelling.

    Raises PairingRefused: ORIGIN_UNFIT for none, `null`, another scheme, user information, a
    path, upper case, a default or impossible port; ORIGIN_NOT_SECURE for plain HTTP from another
    machine than this one.
    """
    found = None if text is None or len(text) > MAX_ORIGIN else _ORIGIN.fullmatch(text)
    if text is None or found is None:
        raise refused(PairingFault.ORIGIN_UNFIT)
    scheme, host, port = found["scheme"], found["host"], found["port"]
    if port is not None and (int(port) > 65535 or int(port) == _PORTS[scheme]):
        raise refused(PairingFault.ORIGIN_UNFIT)
    if scheme == "http" and host not in _LOOPBACK:
        raise refused(PairingFault.ORIGIN_NOT_SECURE)
    return text


def fit_name(text: str) -> str:
    """Return the name as it is shown: NFC, one space between words.

    Raises PairingRefused (NAME_UNFIT) for an empty or long one, and for one with characters that
    show nothing or turn the direction of what stands beside them.
    """
    name = " ".join(unicodedata.normalize("NFC", text[: MAX_NAME * 4]).split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise refused(PairingFault.NAME_UNFIT)
    return name


@dataclass(frozen=True, slots=True)
class PairingRecords:
    """All pairings of a terminal, the oldest first."""

    pairings: tuple[Pairing, ...] = ()

    def having(self, pairing: Pairing) -> PairingRecords:
        """Return the records with one more. Raises PairingRefused (PAIRINGS_FULL)."""
        if len(self.pairings) >= MAX_PAIRINGS:
            raise refused(PairingFault.PAIRINGS_FULL)
        return PairingRecords((*self.pairings, pairing))

    def without(self, pairing_id: str) -> PairingRecords:
        """Return the records without it."""
        return PairingRecords(tuple(one for one in self.pairings if one.id != pairing_id))

    def used(self, pairing_id: str, at: datetime) -> PairingRecords:
        """Return the records with the moment at which this one asked something."""
        return PairingRecords(
            tuple(replace(one, used=at) if one.id == pairing_id else one for one in self.pairings)
        )

    def to_bytes(self) -> bytes:
        """Return the JSON form."""
        rows = [
            {
                "id": one.id,
                "name": one.name,
                "origin": one.origin,
                "token": one.token_hash.hex(),
                "made": one.made.isoformat(),
                "used": None if one.used is None else one.used.isoformat(),
            }
            for one in self.pairings
        ]
        return json.dumps({"v": VERSION, "pairings": rows}, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> PairingRecords:
        """Read the JSON form. Raises PairingRefused (PAIRINGS_DAMAGED)."""
        try:
            document = json.loads(data)
            if document["v"] != VERSION or len(document["pairings"]) > MAX_PAIRINGS:
                raise ValueError("another version, or too many")
            return cls(tuple(_pairing(row) for row in document["pairings"]))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise refused(PairingFault.PAIRINGS_DAMAGED) from error
        except PairingRefused as error:
            raise refused(PairingFault.PAIRINGS_DAMAGED) from error


def _pairing(row: Any) -> Pairing:
    token_hash = bytes.fromhex(row["token"])
    if len(bytes.fromhex(row["id"])) != ID_SIZE or len(token_hash) != HASH_SIZE:
        raise ValueError("not a pairing")
    used = row["used"]
    return Pairing(
        id=row["id"],
        name=fit_name(row["name"]),
        origin=fit_origin(row["origin"]),
        token_hash=token_hash,
        made=_moment(row["made"]),
        used=None if used is None else _moment(used),
    )


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.utcoffset() != timedelta(0):
        raise ValueError("not a moment in UTC")
    return at
