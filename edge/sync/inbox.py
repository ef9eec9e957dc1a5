"""One terminal's inbox, as values: what it is made of, and what came of some messages.

Not here: taking messages (`take_inbox`), asking for them (`ask_inbox`), what is kept
(`inbox_store`), what each act does to the terminal (`Acts`, which `inbox_acts` fills).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any, Protocol

from edge.identity.inbox_keys import InboxKeys
from edge.identity.key import TerminalIdentity
from edge.layout import StateLayout
from edge.meeting.roster import Roster
from edge.sync.centre_key import CentreKey
from edge.sync.inbox_store import InboxStore, Row
from edge.wire.ack import Ack


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

    def take_batch(self, body: Mapping[str, Any]) -> None:
        """Begin or correct a batch of new cards (`edge.procedure.handover_inbox`)."""

    def check_log(self) -> None:
        """Check the whole log."""

    def send_support(self, order: int) -> None:
        """Make a support bundle for message `order`, and keep it until it is sent."""

    def take_ack(self, ack: Ack) -> None:
        """Keep an acknowledgement whose signature held."""

    def wipe(self, order: str) -> None:
        """Destroy the terminal's keys, its signed word kept; ends the terminal's work."""

    def number_reused(self, number: int) -> None:
        """Record that another content came under a number that was taken."""


@dataclass(frozen=True, slots=True)
class InboxState:
    """What one terminal keeps of its inbox: enough to ask for what is new."""

    terminal: str
    store: InboxStore
    keys: InboxKeys

    @classmethod
    def of(cls, identity: TerminalIdentity, layout: StateLayout) -> InboxState:
        """Return that of the terminal whose state folder this is; nothing is opened yet."""
        store = InboxStore(layout.inbox, identity.wrap_key)
        return cls(identity.terminal_id, store, InboxKeys(layout.identity))

    def acting(self, centre: CentreKey, acts: Acts) -> Inbox:
        """Return the inbox that takes what this centre sends."""
        return Inbox(self.terminal, self.store, self.keys, centre, acts)


@dataclass(frozen=True, slots=True)
class Inbox(InboxState):
    """One terminal's inbox, with what it takes to do what comes."""

    centre: CentreKey
    acts: Acts = field(repr=False)


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
