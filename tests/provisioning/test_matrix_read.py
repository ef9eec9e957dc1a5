"""Every chip of the table meets the terminal: read whole by the reader, judged by verify.

The chip is the software card's, written apart from the reader. Each is laid twice: on a reader in
process, by every password it has, and on the virtual reader, through the real PC/SC stack.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from crl.status import Answer, Status
from provisioning.direct_reader import DirectReader
from provisioning.matrix import MATRIX, make
from provisioning.office.pilot import PilotPki
from provisioning.office.trust import pilot_trust_list
from provisioning.softcard.faults import card_of
from provisioning.softcard.image import CardImage, Faults
from provisioning.softcard.vpcd import VpcdSlot
from provisioning.virtual_reader import VPCD_READER
from reader.apdu import Budget, CardConnection, Limits
from reader.errors import CardStalled, ChannelBroken, ReaderError
from reader.evidence import Password, PasswordKind
from reader.lds.files import FileId
from reader.profile import CardProfile, builtin_profiles
from reader.read import Reading, read
from reader.transport import PcscWatcher, list_readers
from reader.watch import CardLaid, CardLifted, Watcher
from verify.moment import Moment, TimeQuality
from verify.pipeline import verify
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.trust import TrustList
from verify.verdict import Outcome, Verdict

AT = datetime(2026, 11, 7, 12, tzinfo=UTC)
EXPIRES = date(2036, 10, 5)
SOUND = [name for name, order in MATRIX.items() if order.options.faults == Faults()]
UNDECIDED = {
    "ca-dh-1024-bits": Reason.ALGORITHM_NOT_ALLOWED,
    "aa-rsa-sha1": Reason.ALGORITHM_NOT_ALLOWED,
    "aa-rsa-1024-bits": Reason.ALGORITHM_NOT_ALLOWED,
    "no-proof": Reason.CHIP_AUTH_ABSENT,
}
"""Genuine cards whose proof is too weak for the policy, or that have none."""
WITH_PHOTO = ("large-photo", "large-photo-upper-part", "short-reads", "pilot")
WITHIN = 15.0  # seconds for the service to notice a card
BROKEN: dict[str, type[ReaderError]] = {
    "stalls": CardStalled,
    "never-ends": CardStalled,
    "drops-the-session": ChannelBroken,
    "wrong-checksum": ChannelBroken,
    "swapped": ChannelBroken,
}


class NothingRevoked:
    """`verify.revocation.Revocation` of lists that are fresh and empty."""

    def certificate(self, issuer: bytes, serial: int, at: datetime) -> Answer:
        """Answer that the certificate is not on its list."""
        return _good(at)

    def card(self, scope: str, entry: int, at: datetime) -> Answer:
        """Answer that the chip is not on its list."""
        return _good(at)


def _good(at: datetime) -> Answer:
    age = timedelta(hours=1)
    return Answer(Status.GOOD, number=1, this_update=at - age, next_update=at + age, age=age)


@dataclass(frozen=True, slots=True)
class Stand:
    """An office and a terminal that trusts it."""

    pilot: PilotPki
    trust: TrustList
    profiles: dict[str, CardProfile]

    def order(self, name: str) -> CardImage:
        """Return a card of the table."""
        return make(name, self.pilot, at=AT, expires=EXPIRES)

    @contextmanager
    def reading(
        self, image: CardImage, password: Password, seconds: float = 20.0
    ) -> Iterator[Reading]:
        """Lay a card in process, read it under every profile, and lift it at the end."""
        reader = DirectReader()
        reader.lay(card_of(image))
        try:
            yield self.read(_next_card(reader), password, seconds)
        finally:
            reader.close()

    def read(self, card: CardConnection, password: Password, seconds: float = 20.0) -> Reading:
        """Read the card that lies there under every profile."""
        budget = Budget(Limits(max_seconds=seconds), time.monotonic)
        got = read(card, tuple(self.profiles.values()), password, budget=budget)
        assert isinstance(got, Reading)
        return got

    def judge(self, reading: Reading) -> Verdict:
        """Return the verdict on a reading."""
        profile = self.profiles[reading.evidence.profile]
        moment = Moment(AT, TimeQuality.SYNCHRONISED)
        return verify(reading.evidence, profile, self.trust, NothingRevoked(), DEFAULT, moment)


@pytest.fixture(scope="module")
def stand() -> Stand:
    """Return an office and its terminal."""
    pilot = PilotPki.create(AT)
    trust = pilot_trust_list(pilot, number=1, issued=AT)
    return Stand(pilot, trust, {profile.name: profile for profile in builtin_profiles()})


def _next_card(watcher: Watcher) -> CardConnection:
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        event = watcher.next_event(0.5)
        if isinstance(event, CardLaid):
            return event.connection
    pytest.fail(f"no card within {WITHIN} seconds")


def _passwords(image: CardImage) -> list[Password]:
    """Return every password that opens the card."""
    found = []
    if image.can is not None:
        found.append(Password(PasswordKind.CAN, image.can))
    if image.mrz_information is not None:
        found.append(Password(PasswordKind.MRZ, image.mrz_information))
    return found


def check(stand: Stand, name: str, image: CardImage, reading: Reading) -> None:
    """Compare what came home with what was personalised, and the verdict with the table."""
    for file, content in reading.evidence.files.items():
        kept = image.mf_files if file.in_master_file else image.app_files
        assert content == kept[file.fid], file
    verdict = stand.judge(reading)
    expected = Outcome.INDETERMINATE if name in UNDECIDED else Outcome.ACCEPTED
    assert verdict.outcome is expected, verdict.checks
    assert verdict.reason is UNDECIDED.get(name)


@pytest.mark.parametrize("name", SOUND)
def test_a_card_read_and_judged(stand: Stand, name: str) -> None:
    """Every file comes home as it was made, by each password, and the verdict is the right one."""
    image = stand.order(name)
    for password in _passwords(image):
        with stand.reading(image, password) as reading:
            check(stand, name, image, reading)


@pytest.fixture(scope="module")
def field(virtual_reader: tuple[str, int]) -> Iterator[tuple[VpcdSlot, PcscWatcher]]:
    """Return the virtual reader's field and its watcher."""
    slot = VpcdSlot(*virtual_reader)
    watcher = PcscWatcher(next(name for name in list_readers() if VPCD_READER in name))
    yield slot, watcher
    watcher.close()
    slot.close()


@pytest.mark.card
@pytest.mark.parametrize("name", SOUND)
def test_a_card_through_pcsc(stand: Stand, field: tuple[VpcdSlot, PcscWatcher], name: str) -> None:
    """The same over pcscd and the virtual reader, the photo included where the card has one."""
    slot, watcher = field
    image = stand.order(name)
    slot.lay(card_of(image))
    try:
        reading = stand.read(_next_card(watcher), _passwords(image)[0])
        check(stand, name, image, reading)
        if name in WITH_PHOTO:
            assert reading.read_late(FileId.DG2) == image.app_files[FileId.DG2.fid]
    finally:
        slot.lift()
        lifted = time.monotonic() + WITHIN
        while not isinstance(watcher.next_event(0.5), CardLifted):
            assert time.monotonic() < lifted


def test_every_undecided_card_is_in_the_table() -> None:
    """No exception outlives its card."""
    assert UNDECIDED.keys() <= set(SOUND)
    assert BROKEN.keys() == MATRIX.keys() - set(SOUND)


@pytest.mark.parametrize("name", WITH_PHOTO)
def test_a_photo_read_late(stand: Stand, name: str) -> None:
    """The photo comes whole, beyond 32 kB by the odd instruction."""
    image = stand.order(name)
    with stand.reading(image, _passwords(image)[0]) as reading:
        assert reading.read_late(FileId.DG2) == image.app_files[FileId.DG2.fid]


@pytest.mark.parametrize("name", BROKEN)
def test_a_faulty_card(stand: Stand, name: str) -> None:
    """A card that breaks the rules ends the reading with a sentence, never with a verdict."""
    image = stand.order(name)
    with (
        pytest.raises(BROKEN[name]) as caught,
        stand.reading(image, _passwords(image)[0], seconds=3.0),
    ):
        pass
    assert caught.value.next_step
