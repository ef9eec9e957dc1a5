"""Taking what the centre sends to this terminal alone, by whatever way it came.

Lives here: signature, recipient, number, seal, then the act. Not here: asking for messages
(`ask_inbox`), their form (`edge.wire.inbox`), what is kept (`inbox_store`), what each act does to
the terminal (`edge.sync.inbox.Acts`).

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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.errors import (
    EdgeError,
    InboxNotKept,
    RecordingLocked,
    SealBroken,
    WireMalformed,
)
from edge.meeting.planned import ID, Planned
from edge.meeting.roster import Roster
from edge.sync.centre_key import UNBELIEVED
from edge.sync.inbox import Aside, Inbox, Outcome
from edge.sync.inbox_store import DONE, OVERTAKEN, Taken
from edge.wire.ack import open_ack
from edge.wire.inbox import Command, Message, MessageKind, open_message
from edge.wire.wipe import read_order
from verify.errors import VerifyError
from verify.moment import Moment

_log = logging.getLogger("tramthe.inbox")


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
            message = open_message(compact, inbox.centre)
        except UNBELIEVED as error:
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


_ROSTER, _SUPPORT = "roster", "support"


def _understood(message: Message, body: Mapping[str, Any], inbox: Inbox, at: Moment) -> _Act:
    match message.kind:
        case MessageKind.ROSTER:
            roster = Roster.from_parts(body, body.get("people"))
            return _Act(_ROSTER, lambda: inbox.acts.take_roster(roster))
        case MessageKind.HANDOVER:
            batch = body.get("batch")
            if not isinstance(batch, str) or ID.fullmatch(batch) is None:
                raise WireMalformed(
                    "A list of cards names no batch.",
                    next_step="Tell the office to send it again.",
                )
            return _Act(f"handover:{batch}", lambda: inbox.acts.take_batch(body))
        case MessageKind.MEETING:
            planned = Planned.from_object(body)
            return _Act(f"meeting:{planned.id}", planned=planned)
        case MessageKind.ACKNOWLEDGEMENT:
            ack = open_ack(str(body.get("ack")), inbox.centre)
            return _Act(run=lambda: inbox.acts.take_ack(ack))
        case MessageKind.WIPE:
            order = read_order(body, inbox.terminal)
            return _Act(run=lambda: inbox.acts.wipe(order))
        case MessageKind.COMMAND:
            return _commanded(body, message, inbox, at)
        case _:
            raise _SetAside(Aside.KIND_UNKNOWN)


def _commanded(body: Mapping[str, Any], message: Message, inbox: Inbox, at: Moment) -> _Act:
    arguments = body.get("arguments")
    if set(body) != {"command", "arguments"} or not isinstance(arguments, dict):
        raise WireMalformed(
            "A command has not its form.", next_step="Tell the office: it is to send it again."
        )
    match body["command"]:
        case Command.FORGET_ROSTER:
            return _Act(_ROSTER, inbox.acts.forget_roster)
        case Command.NEW_INBOX_KEY:
            return _Act(run=lambda: inbox.keys.renew(message.kid, at))
        case Command.CHECK_LOG:
            return _Act(run=inbox.acts.check_log)
        case Command.SEND_SUPPORT:
            return _Act(_SUPPORT, lambda: inbox.acts.send_support(message.number))
        case Command.CANCEL_MEETING:
            name = arguments.get("meeting")
            if not isinstance(name, str) or ID.fullmatch(name) is None:
                raise WireMalformed(
                    "A command names no meeting.", next_step="Tell the office to send it again."
                )
            return _Act(f"meeting:{name}", cancelled=name)
        case _:
            raise _SetAside(Aside.COMMAND_UNKNOWN)
