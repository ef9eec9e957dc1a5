"""Recorded taps: cards read once, to be played back to the reader strictly.

Lives here: a terminal's holdings, two cards of one signer, one tap, and the conversation with each
card. Only the terminal's work is left when such a recording is replayed: the card's answers are
there. Not here: the cards (`reference`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from edge.holdings import Holdings
from provisioning import people
from provisioning.direct_reader import DirectReader
from provisioning.mint import Mint
from provisioning.office.pilot import PilotPki
from provisioning.office.trust import pilot_trust_list, sign_trust_list
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage
from reader.apdu import EXCHANGE_SECONDS, CardConnection
from reader.evidence import CardEvidence, NeedsPassword, Password, PasswordKind
from reader.lds.files import FileId
from reader.memory import NOTHING, Known
from reader.profile import CardProfile
from reader.read import Reading, read
from reader.replay import Exchanged, Replay
from reader.watch import CardLaid
from tests.bench import reference
from verify.moment import Moment, TimeQuality
from verify.pipeline import verify_file
from verify.verdict import CheckStatus, Outcome

LONG = 4096  # plain bytes of one answer
AT = Moment(reference.AT, TimeQuality.SYNCHRONISED)


@dataclass(frozen=True, slots=True)
class Recording:
    """One tap of an accepted card, with what is needed to play it again."""

    exchanges: tuple[Exchanged, ...] = field(repr=False)
    atr: bytes
    max_le: int
    password: Password
    drawn: tuple[bytes, ...] = field(repr=False)
    """What the reader drew: the private keys of PACE (two) and of chip authentication."""
    known: Known
    """What the terminal had learnt of such chips before."""
    evidence: CardEvidence = field(repr=False)
    photo: bytes = field(repr=False)

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
    profiles: tuple[CardProfile, ...]
    """Those that the cards are read by, most likely first."""
    card: Recording
    """What is measured."""
    other: Recording
    """Another card of the same signer."""
    authority: bytes = field(repr=False)
    """Certificate (DER) of the authority above the signer."""


def prepare(folder: Path, *, party: bool = False) -> Stand:
    """Make a pilot's terminal in `folder` and tap two cards there, of a kind that it knows.

    They are reference cards, or `party` cards of members, as the pilot issues them.
    """
    pilot = PilotPki.create(AT.at)
    mint = Mint(pilot, AT.at)
    root = pilot.root.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "root.pem").write_bytes(root)
    holdings = Holdings(folder)
    trust = pilot_trust_list(pilot, number=1, issued=AT.at)
    holdings.apply_trust(sign_trust_list(trust, pilot.root))
    for item in mint.lists():
        holdings.import_list(item.data, AT.at, item.purpose)
    members = (people.NGOC, people.NIE)
    if party:
        profiles, authority = holdings.profiles, pilot.party_csca
        images = [mint.party(one) for one in members]
    else:
        profiles = tuple(one for one in holdings.profiles if one.name == reference.PROFILE)
        authority, signer = pilot.passport_csca, reference.signer_of(pilot)
        images = [reference.image(one, signer, longest=LONG) for one in members]
    _, known = _record(holdings, profiles, images[0], NOTHING)
    (first, _), (second, _) = (_record(holdings, profiles, image, known) for image in images)
    return Stand(holdings, profiles, first, second, authority.certificate)


def tap(
    holdings: Holdings,
    profiles: Sequence[CardProfile],
    card: CardConnection,
    password: Password,
    known: Known,
    rng: Callable[[int], bytes],
) -> tuple[Reading, bytes]:
    """Take a card as the terminal does: reading, verdict, photo. RuntimeError but for accepted."""
    reading = read(card, profiles, password, known=known, rng=rng)
    if isinstance(reading, NeedsPassword):
        raise RuntimeError(f"the card did not open: {reading.state}")
    verdict = holdings.judge(reading.evidence, AT)
    if verdict.outcome is not Outcome.ACCEPTED:
        raise RuntimeError(f"the card is not accepted: {verdict.reason}")
    photo = reading.read_late(FileId.DG2)
    late = verify_file(reading.evidence.files[FileId.SOD], FileId.DG2, photo)
    if late.status is not CheckStatus.PASSED:
        raise RuntimeError(f"the photo is not accepted: {late.reason}")
    return reading, photo


def _record(
    holdings: Holdings, profiles: Sequence[CardProfile], image: CardImage, known: Known
) -> tuple[Recording, Known]:
    card = Listening(laid(Chip(image)))
    if image.access.can is None:
        raise RuntimeError("the card has no CAN")
    password = Password(PasswordKind.CAN, image.access.can)
    drawn: list[bytes] = []

    def rng(size: int) -> bytes:
        drawn.append(os.urandom(size))
        return drawn[-1]

    reading, photo = tap(holdings, profiles, card, password, known, rng)
    heard = tuple(card.heard)
    made = Recording(
        heard, card.atr, card.max_le, password, tuple(drawn), known, reading.evidence, photo
    )
    return made, reading.known


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
