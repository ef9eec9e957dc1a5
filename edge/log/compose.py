"""Putting an event together: header, pseudonym, sealed body, hash; and a roster in parts.

Lives here: values to an `Event`. Not here: the log's state (`append`), cryptography (`edge.wire`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.errors import LogDamaged
from edge.log.chain import Head
from edge.wire import canonical, seal
from edge.wire.canonical import malformed
from edge.wire.event import Event, Header, event_hash, timestamp
from edge.wire.kinds import EventKind
from edge.wire.seal import MAX_CLEAR_BODY, ContextKeys
from verify.moment import Moment

PART_OVERHEAD = 64  # bytes around the people of a roster part


@dataclass(frozen=True, slots=True)
class Fact:
    """What is to be recorded; the log adds where it stands. `person_key` and `body` need keys."""

    kind: EventKind
    at: Moment
    context: str | None = None
    outcome: str | None = None
    reason: str | None = None
    person_key: str | None = field(default=None, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)


def header_of(fact: Fact, terminal: str, epoch: str, seq: int) -> Header:
    """Return what is fixed before anything is encrypted."""
    return Header(
        terminal=terminal,
        epoch=epoch,
        seq=seq,
        kind=fact.kind,
        at=timestamp(fact.at.at),
        quality=fact.at.quality,
        context=fact.context,
        outcome=fact.outcome,
        reason=fact.reason,
    )


def compose(
    fact: Fact,
    terminal: str,
    epoch: str,
    head: Head,
    *,
    keys: ContextKeys | None = None,
    seal_key: Callable[[Header], bytes] | None = None,
    rng: Callable[[int], bytes],
) -> Event:
    """Return the event that follows `head`.

    `keys`: of its context, needed for a person or a body; `seal_key` makes what the opening of a
    context carries. The tag of a receipt follows from its body. Raises WireMalformed; ValueError
    for a person or body without a context, and for a receipt that names a person or is no text.
    """
    header = header_of(fact, terminal, epoch, head.seq + 1)
    tag = body = None
    if fact.person_key is not None or fact.body is not None:
        if fact.context is None or keys is None:
            raise ValueError("an event outside every context has neither person nor body")
        if fact.kind is EventKind.RECEIPT:
            tag = _receipt_tag(fact)
        elif fact.person_key is not None:
            tag = seal.person_tag(keys.tag_key, fact.context, fact.person_key)
        if fact.body is not None:
            body = seal.seal_body(keys, header, fact.body, rng)
    sealed = None if seal_key is None else seal_key(header)
    return Event(
        terminal=terminal,
        epoch=epoch,
        seq=header.seq,
        kind=header.kind,
        at=header.at,
        quality=header.quality,
        context=header.context,
        outcome=header.outcome,
        reason=header.reason,
        tag=tag,
        body=body,
        sealed=sealed,
        prev=head.hash,
        hash=event_hash(header, tag, body, sealed, head.hash),
    )


def _receipt_tag(fact: Fact) -> bytes:
    """Return the SHA-256 of the receipt in the body: by it the centre anchors what it cannot open.

    docs/events.md, section 7.
    """
    receipt = None if fact.body is None else fact.body.get("receipt")
    if fact.person_key is not None or not isinstance(receipt, str):
        raise ValueError("a receipt stands in its event's body and names nobody by a tag")
    return hashlib.sha256(receipt.encode("ascii")).digest()


def roster_parts(people: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the bodies of the roster parts that carry these people, none for none.

    Raises WireMalformed for a person whom no body can carry.
    """
    room = MAX_CLEAR_BODY - PART_OVERHEAD
    parts: list[list[Mapping[str, Any]]] = []
    left = 0
    for person in people:
        size = len(canonical.encode(person)) + 1
        if size > room:
            raise malformed("A person of the roster is too large for an event.")
        if size > left:
            parts.append([])
            left = room
        parts[-1].append(person)
        left -= size
    return tuple(
        {"part": number, "parts": len(parts), "people": people}
        for number, people in enumerate(parts, start=1)
    )


def roster_people(bodies: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the people of all parts of a roster. Raises LogDamaged where a part is missing."""
    people: list[dict[str, Any]] = []
    number = parts = 0
    for number, body in enumerate(bodies, start=1):
        parts = body.get("parts", 0)
        rows = body.get("people")
        if body.get("part") != number or not isinstance(rows, list):
            raise _incomplete()
        people += rows
    if number != parts:
        raise _incomplete()
    return tuple(people)


def _incomplete() -> LogDamaged:
    return LogDamaged(
        "The list of people with which the meeting opened is not complete.",
        next_step="Keep the file as it is and run `tramthe log verify`.",
    )
