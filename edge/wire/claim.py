"""A claim: what one blank terminal is given, so that it may ask for its certificate, once.

Lives here: its form, and how it is shown to the server. Not here: whether it is still good (the
centre), what a terminal does with it (`edge.enrol`), first PINs, which may stand in the same file
under `people` (`edge.people.claim`).

    {"v": 1, "id": "...", "secret": "<base64url, 32 bytes>", "enrol": "https://enrol.NAME[:port]",
     "anchors": ["<base64 DER>", ...], "terminal": "99-0417", "organisation": "<14 digits>",
     "technician": "...", "until": "2026-12-01T00:00:00.000Z"}

A file or the text of one QR code: it is never larger than the largest code holds. `anchors` are the
explicit trust anchors (RFC 7030 section 3.6.1): certificates of the authorities that name servers
and terminals, and nobody else is believed at enrolment. Whoever holds a claim may enrol and do
nothing else. It is shown by HTTP Basic (RFC 7617), `id` the user, the secret's base64url the
password, over TLS only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.errors import WireMalformed
from edge.wire.canonical import decode, encode, from_base64url, to_base64url
from edge.wire.event import check_terminal, check_time

VERSION = 1
MAX_CLAIM = 2953  # bytes: what a QR code of version 40, level L holds (ISO/IEC 18004 table 7)
MAX_FILE = 16 * 1024  # bytes of a file that holds first PINs, too
SECRET_SIZE = 32  # bytes
MAX_ANCHORS = 4
MAX_ANCHOR = 2048  # bytes of DER
MAX_TECHNICIAN = 64  # characters
MAX_AUTHORIZATION = 512  # characters of the header's value

PEOPLE = "people"
"""The member of a claim's file that is not read here."""
_KEYS = frozenset(
    {
        "v", "id", "secret", "enrol", "anchors", "terminal", "organisation", "technician", "until",
    }
)  # fmt: skip
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ENROL = re.compile(r"https://enrol\.[A-Za-z0-9.-]{1,200}(:[0-9]{1,5})?")
_ORGANISATION = re.compile(r"[0-9]{14}")
_SCHEME = "basic"


@dataclass(frozen=True, slots=True)
class Claim:
    """One terminal's claim; WireMalformed for a value that none can have. `anchors`: DER."""

    claim_id: str
    secret: bytes = field(repr=False)
    enrol: str
    """Where to enrol, without a path."""
    anchors: tuple[bytes, ...] = field(repr=False)
    terminal: str
    organisation: str
    technician: str
    until: str
    """UTC, as every time on the wire."""

    def __post_init__(self) -> None:
        check_id(self.claim_id)
        check_terminal(self.terminal)
        check_time(self.until)
        _check(len(self.secret) == SECRET_SIZE, f"its secret has not {SECRET_SIZE} bytes")
        _check(_ENROL.fullmatch(self.enrol) is not None, "its address is not https://enrol.NAME")
        _check(
            _ORGANISATION.fullmatch(self.organisation) is not None, "an organisation is 14 digits"
        )
        _check(0 < len(self.technician) <= MAX_TECHNICIAN, "it names no technician")
        _check(1 <= len(self.anchors) <= MAX_ANCHORS, f"it has not 1 to {MAX_ANCHORS} anchors")
        _check(all(0 < len(one) <= MAX_ANCHOR for one in self.anchors), "an anchor is too large")

    def to_bytes(self) -> bytes:
        """Return the JSON. Raises WireMalformed where it would not fit one QR code."""
        data = encode(
            {
                "v": VERSION,
                "id": self.claim_id,
                "secret": to_base64url(self.secret),
                "enrol": self.enrol,
                "anchors": [base64.b64encode(one).decode("ascii") for one in self.anchors],
                "terminal": self.terminal,
                "organisation": self.organisation,
                "technician": self.technician,
                "until": self.until,
            }
        )
        _check(len(data) <= MAX_CLAIM, "it does not fit a QR code: give fewer anchors")
        return data

    @classmethod
    def read(cls, data: bytes) -> Claim:
        """Read a claim's file or QR text. Raises WireMalformed."""
        _check(len(data) <= MAX_FILE, "it is too large")
        found = decode(data.strip())
        _check(found.keys() - {PEOPLE} == _KEYS, "it has not exactly the documented fields")
        _check(found["v"] == VERSION, "it is of another version")
        texts = {key: found[key] for key in _KEYS - {"v", "anchors"}}
        _check(all(isinstance(text, str) for text in texts.values()), "a value is not text")
        return cls(
            claim_id=texts["id"],
            secret=from_base64url(texts["secret"], max_size=SECRET_SIZE, what="The secret"),
            enrol=texts["enrol"],
            anchors=_anchors(found["anchors"]),
            terminal=texts["terminal"],
            organisation=texts["organisation"],
            technician=texts["technician"],
            until=texts["until"],
        )

    def authorization(self) -> str:
        """Return the value of the header `Authorization`."""
        shown = f"{self.claim_id}:{to_base64url(self.secret)}"
        return "Basic " + base64.b64encode(shown.encode("ascii")).decode("ascii")


def people_part(data: bytes) -> bytes | None:
    """Return what `edge.people.claim` reads of a claim's file, None where it says nothing of it.

    Raises WireMalformed.
    """
    _check(len(data) <= MAX_FILE, "it is too large")
    found = decode(data.strip())
    if PEOPLE not in found:
        return None
    kept: Mapping[str, Any] = {key: found.get(key) for key in ("v", "terminal", PEOPLE)}
    return json.dumps(kept, ensure_ascii=False).encode()


def with_people(claim: Claim, part: bytes) -> bytes:
    """Return a claim's JSON that also says what `part` does (`edge.people.claim`).

    Raises WireMalformed for another terminal's, and where it would not fit one QR code.
    """
    said = decode(part)
    _check(said.get("terminal") == claim.terminal, "its people are another terminal's")
    data = encode({**decode(claim.to_bytes()), PEOPLE: said.get(PEOPLE)})
    _check(len(data) <= MAX_CLAIM, "it does not fit a QR code: give fewer anchors")
    return data


def read_authorization(header: str) -> tuple[str, bytes]:
    """Return id and secret of a header's value. Raises WireMalformed."""
    scheme, _, shown = header.partition(" ")
    _check(len(header) <= MAX_AUTHORIZATION and scheme.lower() == _SCHEME, "it is not shown")
    try:
        text = base64.b64decode(shown.strip(), validate=True).decode("ascii")
    except (ValueError, binascii.Error) as error:
        raise _refused("it is not shown as text") from error
    claim_id, _, secret = text.partition(":")
    data = from_base64url(secret, max_size=SECRET_SIZE, what="The secret")
    _check(len(data) == SECRET_SIZE, f"its secret has not {SECRET_SIZE} bytes")
    return check_id(claim_id), data


def secret_hash(secret: bytes) -> bytes:
    """Return what a centre keeps of a secret: SHA-256, which nobody can enrol with."""
    return hashlib.sha256(secret).digest()


def check_id(value: object) -> str:
    """Return a claim's id. Raises WireMalformed for what is none."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _refused("its id has not 1 to 64 letters, digits, - or _")
    return value


def _anchors(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MAX_ANCHORS:
        raise _refused(f"it has not 1 to {MAX_ANCHORS} anchors")
    try:
        return tuple(base64.b64decode(one, validate=True) for one in value)
    except (TypeError, ValueError, binascii.Error) as error:
        raise _refused("an anchor is not base64") from error


def _check(holds: bool, why: str) -> None:
    if not holds:
        raise _refused(why)


def _refused(why: str) -> WireMalformed:
    return WireMalformed(
        f"The claim cannot be used: {why}.", next_step="Ask the office for this terminal's claim."
    )
