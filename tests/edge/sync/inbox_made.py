"""A terminal's inbox and the centre that fills it, in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from edge.errors import InboxNotKept
from edge.identity.inbox_keys import InboxKeys
from edge.identity.key import TerminalIdentity
from edge.meeting.opening import default
from edge.meeting.planned import Planned
from edge.meeting.roster import Category, Person, Roster
from edge.meeting.rules import Kind
from edge.sync.centre_key import CentreKey
from edge.sync.fetch_inbox import InboxFetch
from edge.sync.inbox import Inbox, Outcome
from edge.sync.inbox_store import InboxStore
from edge.sync.take_inbox import take_inbox
from edge.wire.ack import Ack
from edge.wire.inbox import Command, MessageKind
from provisioning.centre.inbox import CentreInbox
from tests.edge.log.made import START, TERMINAL
from tests.provisioning.centre.made import KID, Centre
from verify.moment import Moment, TimeQuality

NOW = Moment(START, TimeQuality.SYNCHRONISED)


def later(days: float) -> Moment:
    """Return a good clock's time so many days on."""
    return Moment(START + timedelta(days=days), TimeQuality.SYNCHRONISED)


@dataclass
class Did:
    """Keeps what the acts were told; `refuse` lets the disk fail."""

    did: list[tuple[str, Any]] = field(default_factory=list)
    refuse: bool = False

    def take_roster(self, roster: Roster) -> None:
        """Keep it."""
        self._do("roster", roster)

    def forget_roster(self) -> None:
        """Keep that it was asked."""
        self._do("forget", None)

    def take_batch(self, body: Mapping[str, Any]) -> None:
        """Keep it."""
        self._do("batch", body)

    def check_log(self) -> None:
        """Keep that it was asked."""
        self._do("check", None)

    def send_support(self, order: int) -> None:
        """Keep it."""
        self._do("support", order)

    def take_ack(self, ack: Ack) -> None:
        """Keep it."""
        self._do("ack", ack)

    def wipe(self, order: str) -> None:
        """Keep it."""
        self._do("wipe", order)

    def number_reused(self, number: int) -> None:
        """Keep it."""
        self.did.append(("reused", number))

    def _do(self, what: str, value: object) -> None:
        if self.refuse:
            raise InboxNotKept("The disk is full.", next_step="Free space.")
        self.did.append((what, value))


def roster(*names: str) -> Roster:
    """Return a roster of these people."""
    people = tuple(
        Person(id=f"p{n}", name=name, category=Category.OFFICIAL, number=f"{n:012d}")
        for n, name in enumerate(names, start=1)
    )
    return Roster("Chi bộ bản Nậm Khoai", "01234567890123", people)


def roster_body(*names: str) -> dict[str, Any]:
    """Return a roster's message."""
    head, people = roster(*names).to_parts()
    return {**head, "people": list(people)}


def meeting(number: int, title: str = "", **changes: Any) -> Planned:
    """Return a called meeting."""
    opening = replace(default(Kind.THEMATIC, begins=START), title=title, **changes)
    return Planned(f"{number:032x}", opening)


def command(name: Command, **arguments: str) -> dict[str, Any]:
    """Return a command's message."""
    return {"command": name.value, "arguments": arguments}


class Wired:
    """One terminal's inbox at one centre; `made` is what the centre sent, by number."""

    def __init__(self, centre: Centre, identity: TerminalIdentity, folder: Path) -> None:
        self.centre = centre
        self.identity = identity
        self.acts = Did()
        self.store = InboxStore(folder / "inbox.sqlite", identity.wrap_key)
        self.keys = InboxKeys(folder / "identity")
        self.inbox = Inbox(
            TERMINAL, self.store, self.keys, CentreKey(KID, centre.sign_key.public_key()), self.acts
        )
        self.office = CentreInbox(centre.store.database, centre.sign_key, KID)
        self.clock = 0.0
        self.fetch = InboxFetch(
            self.inbox,
            identity,
            centre.http,
            "http://centre/",
            every=3600.0,
            monotonic=lambda: self.clock,
            jitter=lambda: 0.5,
        )

    def call(self, at: Moment = NOW) -> None:
        """Fetch, which also tells the centre the key; nothing may go wrong."""
        fetched = self.fetch.run_once(at)
        assert fetched.why is None, fetched

    def send(self, kind: MessageKind, body: Mapping[str, Any]) -> str:
        """Send a message and return it as it waits at the centre."""
        number = self.office.send(TERMINAL, kind, body, self.centre.now)
        return next(one.compact for one in self.office.sent(TERMINAL) if one.number == number)

    def take(self, *messages: str, at: Moment = NOW) -> Outcome:
        """Take these messages."""
        return take_inbox(messages, self.inbox, at)


Change = Callable[[dict[str, Any]], None]
