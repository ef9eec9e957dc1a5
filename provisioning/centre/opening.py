"""Opening bodies: the only place of the centre where names and numbers come to light.

Lives here: a context's events with their bodies, and the record of who opened them. Not here: the
private key on disk (`office.pilot`), the seals (`edge.wire.seal`), re-verification (`again`).
Source: DESIGN sections 8 and 12: bodies open only where the centre's private key lives, in a
process of its own; no process that serves imports this module (`pyproject.toml` holds it to that).

Each opening is recorded before anything of it is shown: a compact JWS (ES256, `kid` the centre's
sign key, `typ` `tramthe-opening+jws`) over {number, at, by, because, terminal, context, bodies,
prev}; `prev` is the SHA-256 of the record before, so that none can be taken out unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.errors import SealBroken, WireMalformed
from edge.wire import canonical, seal
from edge.wire.event import Event, timestamp
from edge.wire.kinds import EventKind
from provisioning.centre.database import Database
from provisioning.centre.inbox_tables import OPENING
from provisioning.centre.tables import EVENT, POSTGRESQL
from provisioning.errors import OfficeInputInvalid
from verify import jws
from verify.errors import VerifyError

TYP = "tramthe-opening+jws"
MAX_RECORD = 16 * 1024  # characters of compact JWS
MAX_TEXT = 200  # characters of who and why
LOCK = 0x7472616D6F70
"""Key of PostgreSQL's advisory lock: records are written one after the other."""

Keys = Mapping[str, MLKEM768X25519PrivateKey]
"""The centre's private keys by key id."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """Who opens, and why: what is asked before anything is shown. Raises OfficeInputInvalid."""

    by: str
    because: str

    def __post_init__(self) -> None:
        for text in (self.by, self.because):
            if not 0 < len(text.strip()) <= MAX_TEXT or not text.isprintable():
                raise OfficeInputInvalid(
                    f"Who opens and why has 1 to {MAX_TEXT} printable characters.",
                    next_step="Give --by and --because.",
                )


@dataclass(frozen=True, slots=True)
class Opened:
    """An event with its body; None for one without a body, or with `why` where it stays sealed."""

    event: Event
    body: dict[str, Any] | None = field(repr=False)
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record, as it was signed. `whole`: signature, number and `prev` hold."""

    number: int
    fields: Mapping[str, Any]
    whole: bool


def contexts(database: Database, terminal: str) -> tuple[Event, ...]:
    """Return the events that opened a terminal's contexts, oldest first; nothing is opened."""
    query = (
        sa.select(EVENT.c.data)
        .where(EVENT.c.terminal == terminal, EVENT.c.kind == EventKind.CONTEXT_OPENED.value)
        .order_by(EVENT.c.at, EVENT.c.epoch, EVENT.c.seq)
    )
    with database.reading() as connection:
        return tuple(Event.from_bytes(bytes(row.data)) for row in connection.execute(query))


class Opener:
    """Opens with the centre's private keys, and signs the record with its sign key."""

    def __init__(
        self, database: Database, keys: Keys, key: ec.EllipticCurvePrivateKey, kid: str
    ) -> None:
        self._database = database
        self._keys = keys
        self._key = key
        self._kid = kid

    def open_context(
        self, terminal: str, context: str, purpose: Purpose, at: datetime
    ) -> Iterator[Opened]:
        """Record the opening, then give a context's events with their bodies, in their order.

        Raises OfficeInputInvalid for a context that is not held, SealBroken where none of the
        keys opens it; then nothing is recorded.
        """
        events = self._events(terminal, context)
        secret = self.secret(events)
        self.record(purpose, at, terminal, context, sum(e.body is not None for e in events))
        return (self.opened(event, secret) for event in events)

    def secret(self, events: tuple[Event, ...]) -> bytes:
        """Return the key of the context that these events open. Raises SealBroken."""
        opening = next((event for event in events if event.sealed is not None), None)
        if opening is None or opening.sealed is None:
            raise OfficeInputInvalid(
                "The event that opens this context is not held here.",
                next_step="Wait until the terminal has sent all of it: it carries the key.",
            )
        kid = seal.sealed_key_id(opening.sealed)
        if kid not in self._keys:
            raise SealBroken(
                f"The context is sealed to the key {kid}, which is not here.",
                next_step="Name the folder with that key.",
            )
        return seal.open_context_key(opening.sealed, self._keys[kid], header=opening.header)

    def opened(self, event: Event, secret: bytes) -> Opened:
        """Return one event with its body under the context's key."""
        if event.body is None:
            return Opened(event, None)
        keys = seal.derive_keys(secret, event.terminal, event.epoch)
        try:
            return Opened(event, seal.open_body(keys, event.header, event.body))
        except SealBroken as error:
            return Opened(event, None, error.message)

    def _events(self, terminal: str, context: str) -> tuple[Event, ...]:
        query = (
            sa.select(EVENT.c.data)
            .where(
                EVENT.c.terminal == terminal,
                self._database.containing(EVENT.c.data, f'"context":"{context}"'.encode()),
            )
            .order_by(EVENT.c.at, EVENT.c.epoch, EVENT.c.seq)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(Event.from_bytes(bytes(row.data)) for row in rows)

    def opening_of(self, event: Event) -> tuple[Event, ...]:
        """Return the events of this event's context at its terminal."""
        return () if event.context is None else self._events(event.terminal, event.context)

    # The record

    def record(
        self, purpose: Purpose, at: datetime, terminal: str, context: str | None, bodies: int
    ) -> int:
        """Write a record durably and return its number."""
        with self._database.writing() as connection:
            if connection.dialect.name == POSTGRESQL:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            last = connection.execute(
                sa.select(OPENING.c.number, OPENING.c.compact)
                .order_by(OPENING.c.number.desc())
                .limit(1)
            ).one_or_none()
            number = 1 if last is None else last.number + 1
            payload = {
                "number": number,
                "at": timestamp(at),
                "by": purpose.by,
                "because": purpose.because,
                "terminal": terminal,
                "context": context,
                "bodies": bodies,
                "prev": None if last is None else _digest(last.compact),
            }
            compact = jws.sign(payload, typ=TYP, key=self._key, kid=self._kid)
            connection.execute(
                sa.insert(OPENING).values(number=number, at=timestamp(at), compact=compact)
            )
        return number


def records(database: Database, key: ec.EllipticCurvePublicKey) -> Iterator[Record]:
    """Give every record, oldest first, each checked against `key` and the one before."""
    with database.reading() as connection:
        rows = connection.execute(sa.select(OPENING).order_by(OPENING.c.number)).all()
    before: str | None = None
    for place, row in enumerate(rows, start=1):
        try:
            fields = jws.verify(
                row.compact, typ=TYP, key_for=lambda _header: key, max_size=MAX_RECORD
            )
        except (VerifyError, WireMalformed):
            fields = {}
        follows = fields.get("prev") == (None if before is None else _digest(before))
        yield Record(row.number, fields, follows and fields.get("number") == place == row.number)
        before = row.compact


def _digest(compact: str) -> str:
    return canonical.to_base64url(hashlib.sha256(compact.encode()).digest())
