"""Recorded taps: software cards read once, to be played back to the reader strictly.

Lives here: a terminal's holdings, two cards of one signer, and the conversation with each. Only
the terminal's work is left when such a recording is replayed: the card's answers are there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from crl.status import ReasonCode
from edge.holdings import Holdings
from provisioning import people
from provisioning.direct_reader import DirectReader
from provisioning.mint import Mint
from provisioning.office.pilot import PilotPki
from provisioning.office.trust import pilot_trust_list, sign_trust_list
from provisioning.people import Member
from provisioning.softcard.chip import Chip
from reader.apdu import EXCHANGE_SECONDS, CardConnection
from reader.evidence import CardEvidence, NeedsPassword, Password, PasswordKind
from reader.read import read
from reader.replay import Exchanged, Replay
from reader.watch import CardLaid
from verify.moment import Moment, TimeQuality
from verify.verdict import Outcome

AT = Moment(datetime(2026, 11, 21, 12, 0, tzinfo=UTC), TimeQuality.SYNCHRONISED)


@dataclass(frozen=True, slots=True)
class Recording:
    """One tap of an accepted card, with what is needed to play it again."""

    exchanges: tuple[Exchanged, ...] = field(repr=False)
    atr: bytes
    max_le: int
    password: Password
    drawn: tuple[bytes, ...] = field(repr=False)
    """What the reader drew: two private keys, the challenge."""
    evidence: CardEvidence = field(repr=False)

    def card(self) -> Replay:
        """Return the card, from the beginning."""
        return Replay(self.exchanges, atr=self.atr, max_le=self.max_le)

    def rng(self) -> Callable[[int], bytes]:
        """Return the randomness of the recording, from the beginning."""
        rest = iter(self.drawn)
        return lambda _: next(rest)


class Listening:
    """A connection that keeps what passes. Implements `reader.apdu.CardConnection`."""

    def __init__(self, card: CardConnection) -> None:
        self._card = card
        self.heard: list[Exchanged] = []

    @property
    def atr(self) -> bytes:
        return self._card.atr

    @property
    def max_le(self) -> int:
        return self._card.max_le

    def transmit(self, command: bytes, seconds: float = EXCHANGE_SECONDS) -> bytes:
        answer = self._card.transmit(command, seconds)
        self.heard.append(Exchanged(command, answer))
        return answer

    def close(self) -> None:
        self._card.close()


@dataclass(frozen=True, slots=True)
class Stand:
    """A terminal that holds trust list and lists, and recorded taps at it."""

    holdings: Holdings
    card: Recording
    """What is measured."""
    other: Recording
    """Another card of the same signer."""
    authority: bytes = field(repr=False)
    """Certificate (DER) of the authority above the signer."""


def prepare(folder: Path) -> Stand:
    """Make a pilot's terminal in `folder` and tap two members' cards there."""
    pilot = PilotPki.create(AT.at)
    mint = Mint(pilot, AT.at)
    images = [(member, mint.party(member)) for member in (people.NGOC, people.NIE)]
    mint.revoke_chip(mint.party(people.DOI), ReasonCode.CERTIFICATE_HOLD)
    root = pilot.root.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "root.pem").write_bytes(root)
    holdings = Holdings(folder)
    trust = pilot_trust_list(pilot, number=1, issued=AT.at)
    holdings.apply_trust(sign_trust_list(trust, pilot.root))
    for item in mint.lists():
        holdings.import_list(item.data, AT.at, item.purpose)
    first, second = (_record(holdings, Chip(image), member) for member, image in images)
    return Stand(holdings, first, second, pilot.party_csca.certificate)


def _record(holdings: Holdings, chip: Chip, member: Member) -> Recording:
    card = Listening(laid(chip))
    password = Password(PasswordKind.CAN, member.can)
    drawn: list[bytes] = []

    def rng(size: int) -> bytes:
        drawn.append(os.urandom(size))
        return drawn[-1]

    reading = read(card, holdings.profiles, password, rng=rng)
    if isinstance(reading, NeedsPassword):
        raise RuntimeError(f"the software card did not open: {reading.state}")
    verdict = holdings.judge(reading.evidence, AT)
    if verdict.outcome is not Outcome.ACCEPTED:
        raise RuntimeError(f"the software card is not accepted: {verdict.reason}")
    heard = tuple(card.heard)
    return Recording(heard, card.atr, card.max_le, password, tuple(drawn), reading.evidence)


def laid(chip: Chip) -> CardConnection:
    """Lay a chip on a reader in process and return the connection to it."""
    reader = DirectReader()
    reader.lay(chip)
    while True:
        event = reader.next_event(0)
        if isinstance(event, CardLaid):
            return event.connection
        if event is None:
            raise RuntimeError("the card was not laid")
