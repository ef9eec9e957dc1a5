"""One event of the log: its fields, its canonical bytes, its hash.

Lives here: the form of an event and the hash chain's arithmetic. Not here: what each kind has
and means (`kinds`), sealing the body (`seal`), storing (`edge.log`).

(terminal, epoch, seq) is an event's identity. The canonical bytes are RFC 8785 JSON of every
field but `hash`, binary fields as base64url; `hash` is their SHA-256; `prev` is the hash of the
event before. An epoch's first event has the genesis hash there, or, where the epoch follows
another (kind `epoch-begun`), the hash of the last event that both have in common.
The whole form, for strangers: docs/events.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from edge.wire import canonical
from edge.wire.canonical import malformed
from edge.wire.kinds import MASKS, EventKind
from verify.moment import Moment, TimeQuality

HASH_SIZE = 32  # bytes, SHA-256
TAG_SIZE = 32  # bytes, HMAC-SHA-256; of a receipt SHA-256
ID_SIZE = 16  # bytes of a random epoch or context id; 32 hexadecimal digits
MAX_BODY = 256 * 1024  # bytes, sealed; a roster beyond that stands in several events
MAX_SEALED = 2048  # bytes; a context key under the hybrid suite takes about 1,200
MAX_EVENT = 384 * 1024  # bytes of one event as JSON
GENESIS_LABEL = b"tramthe-log-v1"

TERMINAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ID = re.compile(r"[0-9a-f]{32}")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def check_terminal(value: object) -> str:
    """Return a terminal's id. Raises WireMalformed unless 1 to 64 of A-Z a-z 0-9 . _ -."""
    if not isinstance(value, str) or TERMINAL.fullmatch(value) is None:
        raise malformed("The terminal's id has not its form.")
    return value


def check_epoch(value: object) -> str:
    """Return an epoch or context id. Raises WireMalformed unless 32 lower-case hex digits."""
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise malformed("An epoch or context id has not its form.")
    return value


def timestamp(at: datetime) -> str:
    """Return a UTC time as RFC 3339 with milliseconds and `Z`."""
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def genesis(terminal: str, epoch: str) -> bytes:
    """Return `prev` of the first event of an epoch (the epoch's end has a fixed length)."""
    return hashlib.sha256(GENESIS_LABEL + terminal.encode() + epoch.encode()).digest()


@dataclass(frozen=True, slots=True)
class Header:
    """What is fixed before anything is encrypted; additional data of the sealed body."""

    terminal: str
    epoch: str
    seq: int
    kind: EventKind
    at: str
    quality: TimeQuality
    context: str | None
    outcome: str | None
    reason: str | None

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        return canonical.encode(
            {
                "at": self.at,
                "context": self.context,
                "epoch": self.epoch,
                "kind": self.kind,
                "outcome": self.outcome,
                "quality": self.quality,
                "reason": self.reason,
                "seq": self.seq,
                "terminal": self.terminal,
            }
        )


@dataclass(frozen=True, slots=True)
class Event:
    """One event, well-formed from birth; whether `hash` fits is `computed_hash`'s question.

    `at` is RFC 3339 in UTC with milliseconds; `epoch` and `context` are 32 hex digits; `outcome`
    and `reason` are stable codes, never text about a person. Raises WireMalformed.
    """

    terminal: str
    epoch: str
    seq: int
    kind: EventKind
    at: str
    quality: TimeQuality
    context: str | None
    outcome: str | None
    reason: str | None
    tag: bytes | None = field(repr=False)
    body: bytes | None = field(repr=False)
    sealed: bytes | None = field(repr=False)
    prev: bytes = field(repr=False)
    hash: bytes

    def __post_init__(self) -> None:
        check_terminal(self.terminal)
        check_epoch(self.epoch)
        if self.context is not None:
            check_epoch(self.context)
        canonical.integer(self.seq, what="The event's number", least=1)
        check_time(self.at)
        for code in (self.outcome, self.reason):
            if code is not None and _CODE.fullmatch(code) is None:
                raise malformed("An outcome or reason is not a code.")
        _check_size(self.tag, TAG_SIZE, TAG_SIZE)
        _check_size(self.body, 1, MAX_BODY)
        _check_size(self.sealed, 1, MAX_SEALED)
        if len(self.prev) != HASH_SIZE or len(self.hash) != HASH_SIZE:
            raise malformed("A hash of the chain has not 32 bytes.")
        self._check_kind()

    def _check_kind(self) -> None:
        given = (
            (self.context is not None)
            | (self.outcome is not None) << 1
            | (self.reason is not None) << 2
            | (self.tag is not None) << 3
            | (self.body is not None) << 4
        )
        must, may = MASKS[self.kind._value_]
        if must & ~given or given & ~may:
            raise malformed("The event has not the fields of its kind.")
        if self.context is None and (self.tag is not None or self.body is not None):
            raise malformed("An event outside every context carries a tag or body.")
        if (self.sealed is not None) != (self.kind is EventKind.CONTEXT_OPENED):
            raise malformed("A context's key stands in its first event and nowhere else.")
        if self.kind is EventKind.EPOCH_BEGUN and self.seq != 1:
            raise malformed("Only the first event of an epoch says that it began.")

    @property
    def header(self) -> Header:
        """Return what the body is bound to."""
        return Header(
            self.terminal,
            self.epoch,
            self.seq,
            self.kind,
            self.at,
            self.quality,
            self.context,
            self.outcome,
            self.reason,
        )

    @property
    def moment(self) -> Moment:
        """Return when it happened, with the time's quality."""
        return Moment(datetime.fromisoformat(self.at).astimezone(UTC), self.quality)

    def computed_hash(self) -> bytes:
        """Return the SHA-256 that `hash` has to equal."""
        return event_hash(self.header, self.tag, self.body, self.sealed, self.prev)

    def to_object(self) -> dict[str, Any]:
        """Return the event as a JSON object, `hash` included."""
        return _fields(self.header, self.tag, self.body, self.sealed, self.prev) | {
            "hash": canonical.to_base64url(self.hash)
        }

    def to_bytes(self) -> bytes:
        """Return the canonical JSON of `to_object`."""
        return canonical.encode(self.to_object())

    @classmethod
    def from_bytes(cls, data: bytes) -> Event:
        """Return the event that `data` is the canonical form of. Raises WireMalformed."""
        if len(data) > MAX_EVENT:
            raise malformed("The event is too large.")
        event = cls.from_object(canonical.decode(data))
        if event.to_bytes() != data:
            raise malformed("The event is not in canonical form.")
        return event

    @classmethod
    def from_object(cls, fields: object) -> Event:
        """Return the event of a JSON object with exactly the documented keys.

        Raises WireMalformed.
        """
        if not isinstance(fields, Mapping) or set(fields) != _KEYS:
            raise malformed("The event has not exactly the documented fields.")
        try:
            kind = EventKind(fields["kind"])
            quality = TimeQuality(fields["quality"])
        except ValueError as error:
            raise malformed("The event's kind or time quality is unknown.") from error
        return cls(
            terminal=check_terminal(fields["terminal"]),
            epoch=check_epoch(fields["epoch"]),
            seq=canonical.integer(fields["seq"], what="The event's number", least=1),
            kind=kind,
            at=_text(fields["at"]) or "",
            quality=quality,
            context=_text(fields["context"]),
            outcome=_text(fields["outcome"]),
            reason=_text(fields["reason"]),
            tag=_binary(fields["tag"], TAG_SIZE, "The tag"),
            body=_binary(fields["body"], MAX_BODY, "The body"),
            sealed=_binary(fields["sealed"], MAX_SEALED, "The sealed key"),
            prev=_binary(fields["prev"], HASH_SIZE, "The chain") or b"",
            hash=_binary(fields["hash"], HASH_SIZE, "The hash") or b"",
        )


def event_hash(
    header: Header, tag: bytes | None, body: bytes | None, sealed: bytes | None, prev: bytes
) -> bytes:
    """Return the SHA-256 of an event's canonical bytes."""
    return hashlib.sha256(canonical.encode(_fields(header, tag, body, sealed, prev))).digest()


_KEYS = frozenset(
    {
        *("at", "body", "context", "epoch", "hash", "kind", "outcome", "prev"),
        *("quality", "reason", "sealed", "seq", "tag", "terminal"),
    }
)


def _fields(
    header: Header, tag: bytes | None, body: bytes | None, sealed: bytes | None, prev: bytes
) -> dict[str, Any]:
    return {
        "at": header.at,
        "body": None if body is None else canonical.to_base64url(body),
        "context": header.context,
        "epoch": header.epoch,
        "kind": header.kind,
        "outcome": header.outcome,
        "prev": canonical.to_base64url(prev),
        "quality": header.quality,
        "reason": header.reason,
        "sealed": None if sealed is None else canonical.to_base64url(sealed),
        "seq": header.seq,
        "tag": None if tag is None else canonical.to_base64url(tag),
        "terminal": header.terminal,
    }


def _check_size(data: bytes | None, least: int, most: int) -> None:
    if data is not None and not least <= len(data) <= most:
        raise malformed("A binary field of the event has not its size.")


def check_time(text: str) -> None:
    """Raise WireMalformed unless this is a time as `timestamp` writes it."""
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise malformed("The event's time is no time.") from error
    if _AT.fullmatch(text) is None:
        raise malformed("The event's time has not its form.")


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise malformed("A field of the event is not text.")
    return value


def _binary(value: object, most: int, what: str) -> bytes | None:
    return None if value is None else canonical.from_base64url(value, max_size=most, what=what)
