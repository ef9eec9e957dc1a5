"""The layout of a stick: what lies where in its folder, and the manifest of each bundle.

Lives here: names, caps, the manifest's form and signature. Not here: reading and writing a stick
(`edge.stick`), what goes on it and what is taken from it (`edge.sync.courier` at the terminal,
`provisioning.centre.courier` at the centre).

    tramthe/
      up/PLACE/       one terminal's way to the centre: segments, `call.jws`, `bundle.jws`
      down/PLACE/     the centre's way to one terminal: acknowledgements, `anchors.txt`,
                      `inbox.txt`, `bundle.jws`
      repository/     the TUF repository, `metadata/` and `targets/`, for all

PLACE is a digest of the terminal's name, so that a file system that knows no capitals holds any
number of terminals. Every name here is lower case, without a colon, and at most 96 characters.
The files are the very bytes that go over HTTP: each carries its own signature, and is believed
for that alone. The manifest tells how many there should be, so that a bundle that was cut short
shows, and its digest names the bundle for ever; it makes nothing true and leaves nothing out.
Form of the manifest: compact JWS (ES256; `x5c` of the terminal, or `kid` of the centre) over
{terminal, way, at, files}.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from itertools import islice
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from edge.wire import canonical
from edge.wire.canonical import from_base64url, malformed, to_base64url
from edge.wire.event import HASH_SIZE, check_terminal, timestamp
from verify import jws

TYP = "tramthe-bundle+jws"
ROOT = "tramthe"
"""The one folder of a stick that is ours; nothing beside it is looked at."""
REPOSITORY = "repository"
MANIFEST = "bundle.jws"
CALL = "call.jws"
"""What the terminal has taken of its inbox, and its inbox key."""
INBOX = "inbox.txt"
"""The centre's answer to a call: messages, sealed to the terminal."""
ANCHORS = "anchors.txt"
"""The centre's word on receipts in segments that the stick brought, one a line."""

MAX_TERMINALS = 4096  # on one stick
MAX_FILES = 10_000  # in one bundle: five million events
MAX_BUNDLE = 4 * 1024 * 1024  # characters of compact JWS
MAX_NAME = 96  # characters
MAX_ANCHORS_FILE = 4 * 1024 * 1024  # bytes
MAX_STICK_ANCHORS = 10_000  # of one terminal on a stick

_KEYS = frozenset({"terminal", "way", "at", "files"})
_PLACE = re.compile(r"[0-9a-f]{32}")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,95}")
_SEGMENT = re.compile(r"([0-9a-f]{32})-([0-9]{16})-([0-9]{16})\.jws")
_ACK = re.compile(r"ack-([0-9a-f]{32})\.jws")


@unique
class Way(StrEnum):
    """Whose bundle it is: the value is its folder's name."""

    UP = "up"
    """From a terminal to the centre."""
    DOWN = "down"
    """From the centre to a terminal."""


@dataclass(frozen=True, slots=True)
class SegmentName:
    """What a segment's file name says; only a hint, the segment itself counts."""

    epoch: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bundle. `size` in bytes, `sha256` 32 bytes."""

    name: str
    size: int
    sha256: bytes = field(repr=False)

    @classmethod
    def of(cls, name: str, data: bytes) -> Entry:
        """Return the entry of a file with this content."""
        return cls(name, len(data), hashlib.sha256(data).digest())


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one side put on a stick for the other. `at`: when, RFC 3339."""

    terminal: str
    way: Way
    at: str
    files: tuple[Entry, ...]

    @property
    def id(self) -> str:
        """Return the bundle's name for ever: SHA-256 (hex) of what is signed."""
        return hashlib.sha256(canonical.encode(self.to_payload())).hexdigest()

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that is signed."""
        return {
            "terminal": self.terminal,
            "way": self.way.value,
            "at": self.at,
            "files": [
                {"name": one.name, "size": one.size, "sha256": to_base64url(one.sha256)}
                for one in self.files
            ],
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Bundle:
        """Return the bundle of a JSON object. Raises WireMalformed."""
        if set(payload) != _KEYS:
            raise malformed("The manifest has not exactly the documented fields.")
        files, way, at = payload["files"], payload["way"], payload["at"]
        if not isinstance(files, list) or len(files) > MAX_FILES:
            raise malformed(f"A bundle has 0 to {MAX_FILES} files.")
        if not isinstance(way, str) or way not in set(Way):
            raise malformed("A bundle goes up or down.")
        if not isinstance(at, str) or _AT.fullmatch(at) is None:
            raise malformed("The manifest's time has not its form.")
        entries = tuple(_entry(value) for value in files)
        names = [one.name for one in entries]
        if names != sorted(set(names)):
            raise malformed("The manifest's files do not stand in order, each once.")
        return cls(check_terminal(payload["terminal"]), Way(way), at, entries)


def describe(terminal: str, way: Way, at: datetime, files: Mapping[str, bytes | Entry]) -> Bundle:
    """Return the bundle of these files, by name."""
    entries = (
        one if isinstance(one, Entry) else Entry.of(name, one)
        for name, one in sorted(files.items())
    )
    return Bundle(terminal, way, timestamp(at), tuple(entries))


def sign_bundle(
    bundle: Bundle,
    key: ec.EllipticCurvePrivateKey,
    *,
    certificate: bytes | None = None,
    kid: str | None = None,
) -> str:
    """Return the compact JWS, under a terminal's certificate (DER) or the centre's `kid`."""
    x5c = () if certificate is None else (certificate,)
    return jws.sign(bundle.to_payload(), typ=TYP, key=key, x5c=x5c, kid=kid)


def open_bundle(
    compact: str, key_for: Callable[[jws.JwsHeader], ec.EllipticCurvePublicKey]
) -> Bundle:
    """Return the bundle of a manifest after its signature held.

    Raises WireMalformed, verify.errors.VerifyError.
    """
    payload = jws.verify(compact, typ=TYP, key_for=key_for, max_size=MAX_BUNDLE)
    return Bundle.from_payload(payload)


def place_of(terminal: str) -> str:
    """Return the folder's name of a terminal."""
    return hashlib.sha256(terminal.encode("ascii")).hexdigest()[:32]


def is_place(name: str) -> bool:
    """Return whether a folder's name may be a terminal's."""
    return _PLACE.fullmatch(name) is not None


def segment_name(epoch: str, first: int, last: int) -> str:
    """Return the name of the file that holds these events: names in order are events in order."""
    return f"{epoch}-{first:016d}-{last:016d}.jws"


def read_segment_name(name: str) -> SegmentName | None:
    """Return what a segment's file name says, None for a name of another form."""
    found = _SEGMENT.fullmatch(name)
    if found is None:
        return None
    return SegmentName(found[1], int(found[2]), int(found[3]))


def ack_name(epoch: str) -> str:
    """Return the name of the file that holds an epoch's acknowledgement."""
    return f"ack-{epoch}.jws"


def read_ack_name(name: str) -> str | None:
    """Return the epoch of an acknowledgement's file name, None for a name of another form."""
    found = _ACK.fullmatch(name)
    return None if found is None else found[1]


def anchor_lines(anchors: Iterable[str]) -> bytes:
    """Return the content of the file of anchors: as many of these as it may hold."""
    lines: list[str] = []
    room = MAX_ANCHORS_FILE
    for anchor in islice(anchors, MAX_STICK_ANCHORS):
        room -= len(anchor) + 1
        if room < 0:
            break
        lines.append(f"{anchor}\n")
    return "".join(lines).encode()


def read_anchor_lines(data: bytes) -> tuple[str, ...]:
    """Return what stands in the file of anchors, unverified, and no more than may stand there."""
    lines = data.decode("ascii", "replace").split("\n", MAX_STICK_ANCHORS)
    return tuple(line for line in lines[:MAX_STICK_ANCHORS] if line)


def _entry(value: object) -> Entry:
    if not isinstance(value, dict) or set(value) != {"name", "size", "sha256"}:
        raise malformed("A file of the manifest has not its form.")
    name = value["name"]
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise malformed("A file's name in the manifest has not its form.")
    digest = from_base64url(value["sha256"], max_size=HASH_SIZE, what="A file's digest")
    if len(digest) != HASH_SIZE:
        raise malformed("A file's digest has not 32 bytes.")
    return Entry(name, canonical.integer(value["size"], what="A file's size"), digest)
