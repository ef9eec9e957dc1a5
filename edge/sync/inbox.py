"""Taking the inbox: what the centre sends to this terminal alone, by whatever way it came.

Lives here: signature, recipient, number, seal, then the act; asking the centre for what is new.
Not here: the forms (`edge.wire.inbox`, `inbox_call`), what is kept (`inbox_store`), what each act
does to the terminal (`Acts`, which the service fills).

Numbered as done, message by message:
1. the centre's signature holds and it is for this terminal; else it is refused, and is no number
   of ours;
2. its number is new; the same content again is harmless, another content is an alarm and changes
   nothing; what was set aside is tried again;
3. it opens under one of this terminal's inbox keys and says something this version can do; else it
   is set aside alone, and the next one is taken;
4. nothing later about the same thing was done already; else it counts as taken and does nothing;
5. it is done, then its number is kept. A power cut between the two does it once more, which for
   each act is the same as once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from edge.errors import (
    EdgeError,
    InboxNotKept,
    RecordingLocked,
    SealBroken,
    WireMalformed,
)
from edge.identity.inbox_keys import InboxKeys
from edge.identity.key import TerminalIdentity
from edge.meeting.planned import ID, Planned
from edge.meeting.roster import Roster
from edge.sync.inbox_store import DONE, OVERTAKEN, InboxStore, Row, Taken
from edge.wire.ack import Ack, open_ack
from edge.wire.event import timestamp
from edge.wire.inbox import Command, Message, MessageKind, open_message
from edge.wire.inbox_call import NONCE_SIZE, Call, Head, open_head, sign_call
from verify.errors import BadSignature, VerifyError
from verify.jws import JwsHeader
from verify.moment import Moment

_log = logging.getLogger("tramthe.inbox")


@unique
class Aside(StrEnum):
    """Why a message was set aside. A code never changes its meaning."""

    KEY_GONE = "KEY_GONE"
    """It is sealed to a key that is destroyed, or never was here."""
    SEAL_BROKEN = "SEAL_BROKEN"
    BODY_MALFORMED = "BODY_MALFORMED"
    KIND_UNKNOWN = "KIND_UNKNOWN"
    """Of a later version; so is the next."""
    COMMAND_UNKNOWN = "COMMAND_UNKNOWN"
    REFUSED = "REFUSED"
    """What it says was tried, and cannot be: a roster with one number twice, say."""


class Acts(Protocol):
    """What messages do to the terminal. Each may raise EdgeError or OSError, and be repeated."""

    def take_roster(self, roster: Roster) -> None:
        """Use a new standing roster."""

    def forget_roster(self) -> None:
        """Destroy the standing roster's key."""

    def check_log(self) -> None:
        """Check the whole log."""

    def take_ack(self, ack: Ack) -> None:
        """Keep an acknowledgement whose signature held."""

    def number_reused(self, number: int) -> None:
        """Record that another content came under a number that was taken."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """One terminal's inbox. `centre`: key id and public sign key of the centre."""

    terminal: str
    store: InboxStore
    keys: InboxKeys
    centre: tuple[str, ec.EllipticCurvePublicKey]
    acts: Acts = field(repr=False)

    def key_for(self, header: JwsHeader) -> ec.EllipticCurvePublicKey:
        """Return the centre's key. Raises BadSignature for a header that names another."""
        kid, key = self.centre
        if header.kid != kid or header.x5c:
            raise BadSignature(
                "The message names another key than the centre's.",
                next_step="Check where it came from, and the trust list.",
            )
        return key


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of some messages, by number; `row` is what is held of all of them now."""

    taken: tuple[int, ...]
    """Done, or overtaken by a later one about the same thing."""
    repeated: tuple[int, ...]
    set_aside: tuple[tuple[int, str], ...]
    """Number and `Aside`."""
    alarms: tuple[int, ...]
    """Another content came under these."""
    refused: int
    """How many were not signed by the centre, malformed, or another terminal's."""
    row: Row


@dataclass(slots=True)
class _Tally:
    taken: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    set_aside: list[tuple[int, str]] = field(default_factory=list)
    alarms: list[int] = field(default_factory=list)
    refused: int = 0


def take_inbox(messages: Iterable[str], inbox: Inbox, at: Moment) -> Outcome:
    """Take messages in any order, any number of times. See the module for the steps.

    Raises InboxNotKept, RecordingLocked where the disk refuses: what was taken until then stays
    taken, and the rest comes again.
    """
    tally = _Tally()
    inbox.store.tidy(at.at)
    for compact in messages:
        try:
            message = open_message(compact, inbox.key_for)
        except (VerifyError, WireMalformed) as error:
            _log.warning("a message is refused: %s", error.message)
            tally.refused += 1
            continue
        if message.terminal != inbox.terminal:
            _log.warning("a message is refused: it is for another terminal")
            tally.refused += 1
            continue
        _take(message, inbox, at, tally)
    return Outcome(
        taken=tuple(tally.taken),
        repeated=tuple(tally.repeated),
        set_aside=tuple(tally.set_aside),
        alarms=tuple(tally.alarms),
        refused=tally.refused,
        row=inbox.store.row(),
    )


def _take(message: Message, inbox: Inbox, at: Moment, tally: _Tally) -> None:
    store, number = inbox.store, message.number
    held = store.find(number)
    if held is not None and held.digest != message.digest:
        _log.error("message %d came with another content; the first one stays", number)
        if store.alarm(number, message.digest, at.at):
            inbox.acts.number_reused(number)
        tally.alarms.append(number)
        return
    if held is not None and not held.aside:
        tally.repeated.append(number)
        return
    try:
        done = _do(message, inbox, at)
    except _SetAside as error:
        _log.warning("message %d is set aside: %s", number, error.code.value)
        store.take(Taken(number, message.digest, error.code.value), at.at)
        tally.set_aside.append((number, error.code.value))
        return
    store.take(
        Taken(number, message.digest, DONE if done.done else OVERTAKEN),
        at.at,
        done.subject,
        planned=done.planned,
        cancelled=done.cancelled,
    )
    tally.taken.append(number)


class _SetAside(Exception):
    """A message is set aside; never leaves this module."""

    def __init__(self, code: Aside) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Done:
    """What is to be kept of a message beside its number."""

    subject: str | None = None
    done: bool = True
    planned: Planned | None = None
    cancelled: str | None = None


@dataclass(frozen=True, slots=True)
class _Act:
    """What a message asks for. `subject`: what it is about, where a later one outdoes it."""

    subject: str | None = None
    run: Callable[[], object] = lambda: None
    planned: Planned | None = None
    cancelled: str | None = None


def _do(message: Message, inbox: Inbox, at: Moment) -> _Done:
    private = inbox.keys.private(message.kid)
    if private is None:
        raise _SetAside(Aside.KEY_GONE)
    try:
        act = _understood(message, message.open(private), inbox, at)
        if act.subject is not None and inbox.store.overtaken(message.number, act.subject):
            return _Done(act.subject, done=False)
        act.run()
    except SealBroken as error:
        raise _SetAside(Aside.SEAL_BROKEN) from error
    except WireMalformed as error:
        raise _SetAside(Aside.BODY_MALFORMED) from error
    except (RecordingLocked, InboxNotKept):
        raise  # the disk, not the message
    except (EdgeError, VerifyError) as error:
        raise _SetAside(Aside.REFUSED) from error
    except OSError as error:
        raise InboxNotKept(
            "What the centre sent cannot be kept on this disk.",
            next_step="Free space on the disk, or replace it; it is fetched again.",
        ) from error
    return _Done(act.subject, planned=act.planned, cancelled=act.cancelled)


_ROSTER = "roster"


def _understood(message: Message, body: Mapping[str, Any], inbox: Inbox, at: Moment) -> _Act:
    match message.kind:
        case MessageKind.ROSTER:
            roster = Roster.from_parts(body, body.get("people"))
            return _Act(_ROSTER, lambda: inbox.acts.take_roster(roster))
        case MessageKind.MEETING:
            planned = Planned.from_object(body)
            return _Act(f"meeting:{planned.id}", planned=planned)
        case MessageKind.ACKNOWLEDGEMENT:
            ack = open_ack(str(body.get("ack")), inbox.key_for)
            return _Act(run=lambda: inbox.acts.take_ack(ack))
        case MessageKind.COMMAND:
            return _commanded(body, message.kid, inbox, at)
        case _:
            raise _SetAside(Aside.KIND_UNKNOWN)


def _commanded(body: Mapping[str, Any], kid: str, inbox: Inbox, at: Moment) -> _Act:
    arguments = body.get("arguments")
    if set(body) != {"command", "arguments"} or not isinstance(arguments, dict):
        raise WireMalformed(
            "A command has not its form.", next_step="Tell the office: it is to send it again."
        )
    match body["command"]:
        case Command.FORGET_ROSTER:
            return _Act(_ROSTER, inbox.acts.forget_roster)
        case Command.NEW_INBOX_KEY:
            return _Act(run=lambda: inbox.keys.renew(kid, at))
        case Command.CHECK_LOG:
            return _Act(run=inbox.acts.check_log)
        case Command.CANCEL_MEETING:
            name = arguments.get("meeting")
            if not isinstance(name, str) or ID.fullmatch(name) is None:
                raise WireMalformed(
                    "A command names no meeting.", next_step="Tell the office to send it again."
                )
            return _Act(f"meeting:{name}", cancelled=name)
        case _:
            raise _SetAside(Aside.COMMAND_UNKNOWN)


# Asking


def make_call(
    inbox: Inbox,
    identity: TerminalIdentity,
    certificate: bytes,
    at: Moment,
    rng: Callable[[int], bytes] = os.urandom,
) -> tuple[str, bytes]:
    """Return the signed call that asks for what is new, and its nonce.

    By the network it is a request; on a stick it is a file. Raises InboxNotKept.
    """
    row = inbox.store.row()
    nonce = rng(NONCE_SIZE)
    try:
        key = inbox.keys.current(at)
    except OSError as error:
        raise InboxNotKept(
            "The inbox key cannot be kept on this disk.",
            next_step="Free space on the disk, or replace it.",
        ) from error
    call = Call(
        terminal=inbox.terminal,
        high_water=row.high_water,
        highest=row.highest,
        gaps=row.gaps,
        set_aside=row.set_aside,
        nonce=nonce,
        at=timestamp(at.at),
        key=key,
    )
    return sign_call(call, identity.key, certificate), nonce


def take_head(compact: str, inbox: Inbox, at: Moment, nonce: bytes | None = None) -> Head:
    """Take note of what the centre gave out last and of the key that it seals to.

    `nonce`: of the call that this must answer; None for one that came on a stick, where an older
    one only says less. Raises WireMalformed, verify.errors.VerifyError, InboxNotKept.
    """
    head = open_head(compact, inbox.key_for)
    if head.terminal != inbox.terminal or nonce not in (None, head.nonce):
        raise BadSignature(
            "The answer is another terminal's, or to an earlier question.",
            next_step="Check the centre's address; it is asked again by itself.",
        )
    inbox.store.given_out(head.last)
    try:
        inbox.keys.centre_seals_to(head.generation, head.kid, at)
    except OSError as error:
        raise InboxNotKept(
            "The inbox key cannot be kept on this disk.",
            next_step="Free space on the disk, or replace it.",
        ) from error
    return head
