"""A segment's payload read in one pass, where nothing about it is amiss.

Lives here: one regular expression for a canonical event, and the checks of what it found. Not
here: signatures, and payloads in which anything is amiss (`ingest` reads those event by event).

An event that is well-formed has exactly one spelling as canonical JSON: its values are ASCII
without escapes and its keys stand in order. So whatever matches here is canonical, and its hash
is that of its bytes without the member `hash`; nothing is decoded and nothing encoded again.
Returning None says nothing about the payload but that the slow way has to be taken.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from edge.errors import WireMalformed
from edge.wire.event import HASH_SIZE, MAX_BODY, MAX_SEALED, TAG_SIZE, Event, genesis
from edge.wire.kinds import EventKind
from edge.wire.segment import MAX_EVENTS
from provisioning.centre.batch import Batch, EventRow
from verify.moment import TimeQuality

_TEXT = rb"[A-Za-z0-9_-]"
_DIGEST = rb"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"  # 32 bytes in canonical base64url
_NUMBER = rb"[1-9][0-9]{0,15}"
_TERMINAL = rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_CODE = rb'null|"[A-Za-z0-9_.-]{1,64}"'
_EVENT = re.compile(
    rb'\{"at":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)",'
    rb'"body":(null|"' + _TEXT + rb'+"),'
    rb'"context":(null|"[0-9a-f]{32}"),'
    rb'"epoch":"([0-9a-f]{32})",'
    rb'("hash":"(' + _DIGEST + rb')",)'
    rb'"kind":"([a-z-]+)",'
    rb'"outcome":(' + _CODE + rb"),"
    rb'"prev":"(' + _DIGEST + rb')",'
    rb'"quality":"([a-z-]+)",'
    rb'"reason":(' + _CODE + rb"),"
    rb'"sealed":(null|"' + _TEXT + rb'+"),'
    rb'"seq":(' + _NUMBER + rb"),"
    rb'"tag":(null|"' + _DIGEST + rb'"),'
    rb'"terminal":"(' + _TERMINAL + rb')"\}'
)
_HEAD = re.compile(rb'\{"count":(' + _NUMBER + rb'),"epoch":"([0-9a-f]{32})","events":\[')
_TAIL = re.compile(
    rb'\],"first":(' + _NUMBER + rb'),"head":"(' + _DIGEST + rb')",'
    rb'"last":(' + _NUMBER + rb'),"prev":"(' + _DIGEST + rb')",'
    rb'"terminal":"(' + _TERMINAL + rb')"\}'
)
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_LAST = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
"""By the length modulo 4: the last characters that leave no bit over."""
_QUALITIES = frozenset(quality.value.encode() for quality in TimeQuality)
_NULL = b"null"
_COMMA = ord(",")


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the segment says of itself."""

    terminal: bytes
    epoch: bytes
    first: int
    last: int
    prev: bytes
    head: bytes
    begin: int
    end: int


def read_payload(payload: bytes) -> Batch | None:
    """Return the batch of a payload in which every event is believable and in its place."""
    frame = _frame(payload)
    rows = None if frame is None else _rows(payload, frame)
    if frame is None or rows is None:
        return None
    terminal, epoch = frame.terminal.decode(), frame.epoch.decode()
    prev = _decode(frame.prev)
    if frame.first == 1 and not begins_rightly(rows[0].kind, prev, terminal, epoch):
        return None
    return Batch(terminal, epoch, frame.first, frame.last, prev, rows)


def begins_rightly(kind: str, prev: bytes, terminal: str, epoch: str) -> bool:
    """Return whether an epoch's first event begins it from nothing, or says that it does not."""
    return (kind == EventKind.EPOCH_BEGUN) != (prev == genesis(terminal, epoch))


def _frame(payload: bytes) -> _Frame | None:
    head = _HEAD.match(payload)
    end = payload.rfind(b"]")
    tail = _TAIL.fullmatch(payload, end) if end >= 0 else None
    if head is None or tail is None:
        return None
    count, first, last = int(head[1]), int(tail[1]), int(tail[3])
    if not 1 <= count <= MAX_EVENTS or last != first + count - 1 or last >= 2**53:
        return None
    return _Frame(tail[5], head[2], first, last, tail[4], tail[2], head.end(), end)


def _rows(payload: bytes, frame: _Frame) -> list[EventRow] | None:
    rows: list[EventRow] = []
    add, sha256, to_base64 = rows.append, hashlib.sha256, binascii.b2a_base64
    form, is_time, qualities = _has_form, _is_time, _QUALITIES
    place, seq, before = frame.begin, frame.first, frame.prev
    here = (frame.terminal, frame.epoch)
    digest = _decode(before)
    for match in _EVENT.finditer(payload, frame.begin, frame.end):
        (
            at, body, context, epoch, member, text, kind, outcome,
            prev, quality, reason, sealed, number, tag, terminal,
        ) = match.groups()  # fmt: skip
        start, end = match.span()
        name = form(
            kind, seq == 1, context == _NULL, outcome == _NULL, reason == _NULL,
            tag == _NULL, body == _NULL, sealed == _NULL,
        )  # fmt: skip
        if (
            start != place
            or (terminal, epoch) != here
            or prev != before
            or int(number) != seq
            or quality not in qualities
            or not is_time(at[:16])
            or at[17:19] > b"59"
            or name is None
            or not (body == _NULL or _is_base64url(body, MAX_BODY))
            or not (sealed == _NULL or _is_base64url(sealed, MAX_SEALED))
        ):
            return None
        whole = payload[start:end]
        previous, digest = digest, sha256(whole.replace(member, b"", 1)).digest()
        if to_base64(digest, newline=False).translate(_URL_SAFE, b"=") != text:
            return None
        add(EventRow(seq, digest, previous, name, at.decode(), whole))
        place, seq, before = end + 1, seq + 1, text
        if end < frame.end and payload[end] != _COMMA:
            return None
    complete = place == frame.end + 1 and seq == frame.last + 1 and before == frame.head
    return rows if complete else None


def _is_base64url(quoted: bytes, most: int) -> bool:
    """Return whether text of the alphabet, in quotes, is the canonical form of so many bytes."""
    size = len(quoted) - 2
    over = size % 4
    return size <= (most * 4 + 2) // 3 and (over == 0 or (over != 1 and quoted[-2] in _LAST[over]))


@lru_cache(maxsize=4096)
def _is_time(minute: bytes) -> bool:
    try:
        datetime.fromisoformat(minute.decode())
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def _has_form(
    kind: bytes,
    first: bool,
    context: bool,
    outcome: bool,
    reason: bool,
    tag: bool,
    body: bool,
    sealed: bool,
) -> str | None:
    """Return the kind's name; None where no event has these fields: `Event` itself is asked.

    Each flag says that a field is null.
    """
    name = kind.decode()
    try:
        Event(
            terminal="x",
            epoch="0" * 32,
            seq=1 if first else 2,
            kind=EventKind(name),
            at="2026-01-01T00:00:00.000Z",
            quality=TimeQuality.HELD,
            context=None if context else "0" * 32,
            outcome=None if outcome else "X",
            reason=None if reason else "X",
            tag=None if tag else bytes(TAG_SIZE),
            body=None if body else b"x",
            sealed=None if sealed else b"x",
            prev=bytes(HASH_SIZE),
            hash=bytes(HASH_SIZE),
        )
    except (ValueError, WireMalformed):
        return None
    return name


def _decode(text: bytes) -> bytes:
    return binascii.a2b_base64(text.translate(_STANDARD) + b"=")
