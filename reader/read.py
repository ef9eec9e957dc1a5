"""A reading: from a powered card to its evidence, or to the password that it waits for.

Lives here: the order of things. (1) The way in (`opening`); (2) EF.CardSecurity, where the
chip's proof rests on it; (3) the application and the profile; (4) the files, those that several
families share first; (5) the chip's proof, with the last file read under its new keys. Not here:
any judgement (`verify`), where the password comes from, and the bytes of each step (`channel`,
`binary`, `lds`).
Source: Doc 9303-11 sections 4.2 (chip access) and 6 (authentication of the chip), Doc 9303-10
section 4 (eMRTD application).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from reader import lengths
from reader.apdu import (
    EXTENDED_LE,
    SHORT_LE,
    Budget,
    CardConnection,
    Exchange,
    Limits,
    plain_exchange,
)
from reader.binary import FileReader, select_master_file
from reader.channel import active_auth, chip_auth
from reader.channel.chip_auth import Restarted
from reader.errors import CardRefused, ChannelBroken, MalformedData, NotOurCard
from reader.evidence import (
    ActiveAuthRun,
    CardAccessSource,
    CardEvidence,
    ChipAuthRun,
    NeedsPassword,
    Password,
)
from reader.lds import dg1, dg14
from reader.lds.files import FileId
from reader.lengths import Habits
from reader.memory import NOTHING, Known
from reader.opening import OpenChip, aids_of, open_chip, select_application
from reader.profile import AccessMethod, CardProfile, select_by_dg1
from reader.transmission import cancellable, transmission

_SHORT = Habits(SHORT_LE)
"""What a chip is read by that ended its channel over a longer answer."""
_FIRST = (FileId.SOD, FileId.DG1, FileId.DG14)
"""Read before the chip proves itself: what the proof and any verdict rest on."""


class Reading:
    """A finished reading; the secure channel stays open for files that may come late."""

    def __init__(
        self,
        evidence: CardEvidence,
        profile: CardProfile,
        exchange: Exchange,
        known: Known,
        budget: Budget,
    ) -> None:
        self.evidence = evidence
        self._profile = profile
        self._exchange = exchange
        self._known = known
        self._budget = budget

    @property
    def apdus(self) -> int:
        """Exchanges so far, late files included."""
        return self._budget.exchanges

    @property
    def known(self) -> Known:
        """What this chip has shown of its kind, for the next one with its answer to reset."""
        return self._known

    def read_late(self, file_id: FileId, *, cancelled: Callable[[], bool] = lambda: False) -> bytes:
        """Read one of the profile's late files, under a fresh account of bytes and exchanges.

        `cancelled` is asked before each command; once it says yes the reading ends with
        ReadingCancelled, and the channel may be used again.
        Raises CardRefused where the card does not give it, and any other ReaderError. The bytes
        have yet to pass `verify.pipeline.verify_file`.
        """
        if file_id not in self._profile.read_late:
            raise ValueError(f"profile {self._profile.name} does not read {file_id.value} late")
        habits = self._known.habits
        assert habits is not None  # noqa: S101 -- a reading always has them
        self._budget.renew()
        return FileReader(cancellable(self._exchange, cancelled), habits).read(file_id)


def read(
    card: CardConnection,
    profiles: Sequence[CardProfile],
    password: Password | None,
    *,
    card_access: bytes | None = None,
    known: Known = NOTHING,
    rng: Callable[[int], bytes] = os.urandom,
    budget: Budget | None = None,
) -> Reading | NeedsPassword:
    """Read the card under whichever of `profiles` (most likely first) it turns out to be.

    `card_access` is EF.CardAccess as this chip gave it earlier at this laying
    (`NeedsPassword.chip_hint`); `known` is what chips with its answer to reset have shown. `rng`
    returns so many random bytes (keys, nonces, the challenge); `budget` bounds the work, by
    default the longest that one of the profiles allows.
    Raises only ReaderErrors: NotOurCard, CardRefused, CardRemoved, CardStalled, ChannelBroken,
    MalformedData, PcscUnavailable.
    """
    if not profiles:
        raise ValueError("no profile given")
    if budget is None:
        seconds = max(profile.max_seconds for profile in profiles)
        budget = Budget(Limits(max_seconds=seconds), time.monotonic)
    plain = transmission(plain_exchange(card, budget), extended=card.max_le > SHORT_LE)
    seen = known
    while True:
        opened = open_chip(
            card, plain, profiles, password, card_access=card_access, known=seen, rng=rng
        )
        if isinstance(opened, NeedsPassword):
            return opened
        run = _Run(card, plain, opened, rng)
        try:
            profile = run.open_application(profiles)
            run.read_and_prove(profile)
        except ChannelBroken:
            if not run.refused_length:
                raise
            # The password was right: to open once more, for short answers, costs no try.
            card_access = opened.card_access or card_access
            seen = replace(known, habits=_SHORT)
            select_master_file(plain)
            continue
        return Reading(run.evidence(profile), profile, run.exchange, run.known(known), budget)


class _Run:
    """The open channel and what it has brought so far."""

    def __init__(
        self,
        card: CardConnection,
        plain: Exchange,
        opened: OpenChip,
        rng: Callable[[int], bytes],
    ) -> None:
        self._card = card
        self._plain = plain
        self._opened = opened
        self._rng = rng
        self._aid = b""
        self._answered = False
        self._files: dict[FileId, bytes] = {}
        self._refused: dict[FileId, int] = {}
        self._chip_auth: ChipAuthRun | None = None
        self._active_auth: ActiveAuthRun | None = None
        self.exchange = opened.exchange
        self._reader = FileReader(opened.exchange, opened.habits)
        if opened.card_access is not None:
            self._files[FileId.CARD_ACCESS] = opened.card_access

    @property
    def refused_length(self) -> bool:
        """Whether the channel broke at the first answer that was to be longer than short."""
        return not self._answered and self._opened.habits.extended

    def open_application(self, profiles: Sequence[CardProfile]) -> CardProfile:
        """Select the first application the chip has, and propose the profile it is read by."""
        if self._mapping_proof:
            self._read(FileId.CARD_SECURITY)  # lies in the master file, still selected
        self._aid = self._opened.aid or select_application(self.exchange, aids_of(profiles))
        profile = self._propose([p for p in profiles if self._aid in p.aids])
        if not _takes(profile, self._opened):
            raise NotOurCard(
                "The card was opened in a way that its family does not use.",
                next_step="Use the card that this terminal is for, or enter the person by hand.",
            )
        return profile

    def _propose(self, sharing: Sequence[CardProfile]) -> CardProfile:
        """Tell families of one application apart by DG1, unjudged; in doubt the likeliest."""
        if len(sharing) == 1:
            return sharing[0]
        self._read(FileId.DG1)
        try:
            mrz = dg1.parse(self._files[FileId.DG1])
        except (KeyError, MalformedData):
            return sharing[0]
        return select_by_dg1(sharing, self._aid, mrz) or sharing[0]

    def read_and_prove(self, profile: CardProfile) -> None:
        """Read the profile's files and have the chip prove itself, once.

        The first answer under the keys of chip authentication is its proof, so one file is left
        for it where there is one: no command is sent for the proof alone. A channel that breaks
        there is a proof that failed, which is evidence and no error.
        """
        wanted = [file for file in profile.read_now if file not in profile.read_never]
        rest = [file for file in wanted if file not in _FIRST]
        for file_id in (*_FIRST, *rest[:-1]):
            if file_id in wanted:
                self._read(file_id)
        restarted = None if self._mapping_proof else self._restart(profile)
        if rest or restarted is not None:
            try:
                self._read(rest[-1] if rest else FileId.COM)
            except ChannelBroken:
                if restarted is None or restarted.run.proved:
                    raise
        if restarted is not None:
            self._chip_auth = restarted.run
        if FileId.DG15 in self._files and self._chip_auth is None and not self._mapping_proof:
            le = EXTENDED_LE if self._reader.habits.chunk > SHORT_LE else SHORT_LE
            challenge = self._rng(active_auth.CHALLENGE_SIZE)
            self._active_auth = active_auth.run(self.exchange, challenge, le=le)

    @property
    def _mapping_proof(self) -> bool:
        return self._opened.pace is not None and self._opened.pace.mapping is not None

    def _restart(self, profile: CardProfile) -> Restarted | None:
        """Run chip authentication where DG14 offers it, unjudged; the session goes on under it."""
        try:
            infos = dg14.parse(self._files[FileId.DG14])
        except (KeyError, MalformedData):
            return None
        variant = chip_auth.choose(infos, legacy=profile.legacy)
        if variant is None:
            return None
        outcome = chip_auth.run(self.exchange, variant, rng=self._rng)
        if isinstance(outcome, ChipAuthRun):
            self._chip_auth = outcome
            return None
        habits = self._reader.habits
        if variant.suite is not self._opened.suite:
            habits = lengths.begin(variant.suite, carried=self._card.max_le, remembered=habits)
        self.exchange = outcome.over(self._plain)
        self._reader = FileReader(self.exchange, habits)
        return outcome

    def _read(self, file_id: FileId) -> None:
        """Read a file not yet asked for; keep the status word of one that is not given."""
        if file_id in self._files or file_id in self._refused:
            return
        try:
            self._files[file_id] = self._reader.read(file_id)
        except CardRefused as error:
            self._refused[file_id] = error.sw
        self._answered = True

    def evidence(self, profile: CardProfile) -> CardEvidence:
        """Return everything that was brought home."""
        return CardEvidence(
            profile=profile.name,
            aid=self._aid,
            files=self._files,
            refused=self._refused,
            pace=self._opened.pace,
            active_auth=self._active_auth,
            atr=self._card.atr,
            chip_auth=self._chip_auth,
            basic_access=self._opened.pace is None,
        )

    def known(self, before: Known) -> Known:
        """Return what is known of this kind of chip now."""
        pace = self._opened.pace
        remembered = pace is not None and pace.source is CardAccessSource.REMEMBERED
        access = before.card_access if remembered else self._opened.card_access
        return Known(access, self._reader.habits)


def _takes(profile: CardProfile, opened: OpenChip) -> bool:
    """Whether cards of this family are opened so."""
    if opened.pace is None:
        return AccessMethod.BAC in profile.access
    return profile.legacy or not opened.legacy
