"""The way in: from a powered card to an open channel, or the password that it waits for.

Lives here: EF.CardAccess, read or remembered; which way in is taken, and by which password; one
guess, never a second. Not here: the protocols (`channel`), where the password comes from, what is
read afterwards (`read`).
Source: Doc 9303-11 section 4.2: PACE where the chip offers it; basic access control, where a
profile takes it at all, for chips without PACE only, after the application is selected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from reader import binary, lengths
from reader.apdu import INS, SHORT_LE, CardConnection, CommandApdu, Exchange
from reader.channel import bac, pace, pace_protocols
from reader.channel.kdf import CipherSuite
from reader.channel.pace_protocols import Variant
from reader.channel.password import PasswordRefused
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import CardRefused, NotOurCard
from reader.evidence import (
    CardAccessSource,
    NeedsPassword,
    PaceFacts,
    Password,
    PasswordKind,
    PasswordState,
)
from reader.lds import security_infos
from reader.lds.files import FileId
from reader.lengths import Habits
from reader.memory import Known
from reader.profile import AccessMethod, CardProfile, ParameterId

Rng = Callable[[int], bytes]

_PACE = {AccessMethod.PACE_CAN: PasswordKind.CAN, AccessMethod.PACE_MRZ: PasswordKind.MRZ}
_TRIAL = 4160  # bytes of an answer asked for once where nobody says what the chip carries
"""Holds 4,096 plain bytes under secure messaging."""


class OpenChip(NamedTuple):
    """A chip with its channel open."""

    exchange: Exchange
    """Commands through secure messaging."""
    suite: CipherSuite
    habits: Habits
    """How to read its files at first."""
    pace: PaceFacts | None
    """None where basic access control opened it."""
    legacy: bool
    """Whether the way in is one that only older chips need."""
    aid: bytes | None
    """The application, where one had to be selected for the way in."""
    card_access: bytes | None
    """EF.CardAccess as this chip gave it; None where it was not asked or has none."""

    def __repr__(self) -> str:  # without the file, or what the chip proved
        return f"OpenChip({self.suite.name}, legacy={self.legacy})"


class _Door(NamedTuple):
    """The chip from outside: what it offers, as far as it was asked."""

    card: CardConnection
    plain: Exchange
    profiles: Sequence[CardProfile]
    rng: Rng
    known: Known

    @property
    def takes_bac(self) -> bool:
        return any(AccessMethod.BAC in profile.access for profile in self.profiles)

    def variant(self, card_access: bytes | None) -> Variant | None:
        """Return the PACE variant to run, None where the chip offers none that we speak."""
        if card_access is None:
            return None
        legacy = any(profile.legacy for profile in self.profiles)
        return _variant(card_access, legacy, self.card.max_le > SHORT_LE)

    def kinds(self, variant: Variant | None) -> frozenset[PasswordKind]:
        """Return the passwords that open this chip. Raises NotOurCard where there are none."""
        if variant is not None:
            methods = {method for profile in self.profiles for method in profile.access}
            return frozenset(_PACE[method] for method in methods if method in _PACE)
        if self.takes_bac:
            return frozenset({PasswordKind.MRZ})
        raise _no_way_in()

    def announced(self) -> int | None:
        """Return the chip's buffer by EF.ATR/INFO, where that can matter and is not known."""
        if self.card.max_le <= SHORT_LE or self.known.habits is not None:
            return None
        return lengths.announced(binary.read_atr_info(self.plain))

    def habits(self, suite: CipherSuite, announced: int | None) -> Habits:
        return lengths.begin(
            suite,
            carried=self.card.max_le,
            announced=announced,
            remembered=self.known.habits,
            trial=_TRIAL,
        )


@lru_cache(maxsize=32)  # EF.CardAccess is the same in every card of a family
def _variant(card_access: bytes, legacy: bool, extended: bool) -> Variant | None:
    infos = security_infos.parse(card_access)
    return pace_protocols.choose(infos.pace, legacy=legacy, extended=extended)


def open_chip(
    card: CardConnection,
    plain: Exchange,
    profiles: Sequence[CardProfile],
    password: Password | None,
    *,
    card_access: bytes | None,
    known: Known,
    rng: Rng,
) -> OpenChip | NeedsPassword:
    """Open the chip with the one password given.

    `plain` carries commands to `card`; `card_access` is what this chip gave earlier at this
    laying; `known` is what chips of its kind have shown. Raises NotOurCard where no way in fits
    the profiles, and what the protocols raise.
    """
    door = _Door(card, plain, profiles, rng, known)
    if card_access is None and known.card_access is not None:
        opened = _by_memory(door, known.card_access, password)
        if opened is not None:
            return opened
    if card_access is None:
        card_access = _read_card_access(plain)
    variant = door.variant(card_access)
    kinds = door.kinds(variant)
    if variant is None:
        return _by_basic_access(door, password, card_access)
    if password is None or password.kind not in kinds:
        return NeedsPassword(kinds, None, PasswordState.NONE_GIVEN, card_access)
    return _by_pace(door, variant, password, card_access, CardAccessSource.READ)


def _by_memory(
    door: _Door, remembered: bytes, password: Password | None
) -> OpenChip | NeedsPassword | None:
    """Return the outcome under the remembered EF.CardAccess; None where it does not fit."""
    variant = door.variant(remembered)
    if variant is None:
        return None
    kinds = door.kinds(variant)
    if password is None or password.kind not in kinds:
        return NeedsPassword(kinds, None, PasswordState.NONE_GIVEN)
    try:
        found = _by_pace(door, variant, password, None, CardAccessSource.REMEMBERED)
    except CardRefused:
        return None  # it knows no such protocol or parameters, and has spent no try
    if isinstance(found, NeedsPassword) and found.state is PasswordState.NONE_GIVEN:
        return None
    return found


def _by_pace(
    door: _Door,
    variant: Variant,
    password: Password,
    card_access: bytes | None,
    source: CardAccessSource,
) -> OpenChip | NeedsPassword:
    announced = door.announced()
    opened = pace.run(
        door.plain,
        variant,
        password,
        rng=door.rng,
        min_tries_left=max(profile.min_tries_left for profile in door.profiles),
        always_name_parameters=all(
            profile.parameter_id is ParameterId.ALWAYS for profile in door.profiles
        ),
    )
    if isinstance(opened, PasswordRefused):
        return _waiting(opened, password, door.kinds(variant), card_access)
    facts = PaceFacts(
        protocol=variant.protocol,
        parameter_id=variant.parameter_id,
        password_kind=password.kind,
        source=source,
        mapping=opened.mapping,
    )
    return OpenChip(
        exchange=SecureMessaging(opened.keys).over(door.plain),
        suite=opened.keys.suite,
        habits=door.habits(opened.keys.suite, announced),
        pace=facts,
        legacy=variant.legacy,
        aid=None,
        card_access=card_access,
    )


def _by_basic_access(
    door: _Door, password: Password | None, card_access: bytes | None
) -> OpenChip | NeedsPassword:
    announced = door.announced()
    # Before anybody is asked for a password: a chip of another trade has no such application.
    aid = select_application(door.plain, _aids_of_bac(door.profiles))
    kinds = door.kinds(None)
    if password is None or password.kind not in kinds:
        return NeedsPassword(kinds, None, PasswordState.NONE_GIVEN, card_access)
    opened = bac.run(door.plain, password, rng=door.rng)
    if isinstance(opened, PasswordRefused):
        return _waiting(opened, password, kinds, card_access)
    return OpenChip(
        exchange=SecureMessaging(opened.keys, counter=opened.counter).over(door.plain),
        suite=opened.keys.suite,
        habits=door.habits(opened.keys.suite, announced),
        pace=None,
        legacy=True,
        aid=aid,
        card_access=card_access,
    )


def select_application(exchange: Exchange, aids: Sequence[bytes]) -> bytes:
    """Select the first application that the chip has, and return its identifier.

    Raises NotOurCard where it has none of them.
    """
    for aid in aids:
        if exchange(CommandApdu(0x00, INS.SELECT, 0x04, 0x0C, aid)).ok:
            return aid
    raise NotOurCard(
        "The chip has none of the applications that this terminal knows.",
        next_step="Use the card that this terminal is for, or enter the person by hand.",
    )


def aids_of(profiles: Sequence[CardProfile]) -> tuple[bytes, ...]:
    """Return the applications of the profiles, in their order, none twice."""
    return tuple(dict.fromkeys(_all_aids(profiles)))


def _aids_of_bac(profiles: Sequence[CardProfile]) -> tuple[bytes, ...]:
    return aids_of([p for p in profiles if AccessMethod.BAC in p.access])


def _all_aids(profiles: Sequence[CardProfile]) -> Iterator[bytes]:
    for profile in profiles:
        yield from profile.aids


def _waiting(
    refused: PasswordRefused,
    password: Password,
    kinds: frozenset[PasswordKind],
    card_access: bytes | None,
) -> NeedsPassword:
    if refused.state is PasswordState.NONE_GIVEN:
        kinds = kinds - {password.kind} or kinds
    return NeedsPassword(kinds, refused.tries_left, refused.state, card_access)


def _read_card_access(exchange: Exchange) -> bytes | None:
    """Read EF.CardAccess: as it lies, else after SELECT of the master file; None without one."""
    files = binary.FileReader(exchange, Habits(SHORT_LE))
    try:
        return files.read(FileId.CARD_ACCESS)
    except CardRefused:
        binary.select_master_file(exchange)
    try:
        return files.read(FileId.CARD_ACCESS)
    except CardRefused:
        return None


def _no_way_in() -> NotOurCard:
    return NotOurCard(
        "The card offers no way in that this terminal takes (PACE, or what its profile allows).",
        next_step="Use the card that this terminal is for, or enter the person by hand.",
    )
