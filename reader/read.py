"""A reading: from a powered card to its evidence, or to the password that it waits for.

Lives here: the order of things. (1) EF.CardAccess, read or remembered; (2) PACE with the one
password given, never a second guess; (3) the application; (4) the files of the profile, those
that several families share first; (5) active authentication. Not here: any judgement (`verify`),
where the password comes from, and the bytes of each step (`channel`, `binary`, `lds`).
Source: Doc 9303-11 section 4.2 (chip access), Doc 9303-10 section 4 (eMRTD application).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence

from reader import binary, lengths
from reader.apdu import (
    EXTENDED_LE,
    INS,
    SHORT_LE,
    Budget,
    CardConnection,
    CommandApdu,
    Exchange,
    Limits,
    plain_exchange,
)
from reader.binary import FileReader
from reader.channel import active_auth, pace, pace_protocols
from reader.channel.password import PasswordRefused
from reader.channel.secure_messaging import SecureMessaging
from reader.errors import CardRefused, MalformedData, NotOurCard
from reader.evidence import (
    CardAccessSource,
    CardEvidence,
    MappingProof,
    NeedsPassword,
    PaceFacts,
    Password,
    PasswordKind,
    PasswordState,
)
from reader.lds import dg1, security_infos
from reader.lds.files import FileId
from reader.lengths import Habits
from reader.profile import AccessMethod, CardProfile, select_by_dg1
from reader.transmission import transmission

_KIND = {
    AccessMethod.PACE_CAN: PasswordKind.CAN,
    AccessMethod.PACE_MRZ: PasswordKind.MRZ,
    AccessMethod.BAC: PasswordKind.MRZ,
}


class Reading:
    """A finished reading; the secure channel stays open for files that may come late."""

    def __init__(
        self,
        evidence: CardEvidence,
        profile: CardProfile,
        files: FileReader,
        budget: Budget,
    ) -> None:
        self.evidence = evidence
        self._profile = profile
        self._files = files
        self._budget = budget

    @property
    def apdus(self) -> int:
        """Exchanges so far, late files included."""
        return self._budget.exchanges

    def read_late(self, file_id: FileId) -> bytes:
        """Read one of the profile's late files, under a fresh budget of the same limits.

        Raises CardRefused where the card does not give it, and any other ReaderError. The bytes
        have yet to pass `verify.pipeline.verify_file`.
        """
        if file_id not in self._profile.read_late:
            raise ValueError(f"profile {self._profile.name} does not read {file_id.value} late")
        self._budget.renew()
        return self._files.read(file_id)


def read(
    card: CardConnection,
    profiles: Sequence[CardProfile],
    password: Password | None,
    *,
    card_access: bytes | None = None,
    rng: Callable[[int], bytes] = os.urandom,
    budget: Budget | None = None,
) -> Reading | NeedsPassword:
    """Read the card under whichever of `profiles` (most likely first) it turns out to be.

    `card_access` is EF.CardAccess where it is remembered from this chip; `rng` returns so many
    random bytes (PACE keys, the challenge); `budget` bounds the work, by default `Limits()`.
    Raises only ReaderErrors: NotOurCard, CardRefused, CardRemoved, CardStalled, ChannelBroken,
    MalformedData, PcscUnavailable.
    """
    if not profiles:
        raise ValueError("no profile given")
    budget = budget or Budget(Limits(), time.monotonic)
    plain = transmission(plain_exchange(card, budget), extended=card.max_le > SHORT_LE)
    source = CardAccessSource.READ if card_access is None else CardAccessSource.REMEMBERED
    access_file = _read_card_access(plain) if card_access is None else card_access
    variant = _choose_pace(access_file)
    kinds = frozenset(_KIND[method] for profile in profiles for method in profile.access)
    if password is None or password.kind not in kinds:
        return NeedsPassword(kinds, None, PasswordState.NONE_GIVEN, access_file)
    announced = _announced(card, plain)
    opened = pace.run(
        plain,
        variant,
        password,
        rng=rng,
        min_tries_left=max(profile.min_tries_left for profile in profiles),
    )
    if isinstance(opened, PasswordRefused):
        if opened.state is PasswordState.NONE_GIVEN:
            kinds = kinds - {password.kind} or kinds
        return NeedsPassword(kinds, opened.tries_left, opened.state, access_file)
    secure = SecureMessaging(opened.keys).over(plain)
    habits = lengths.begin(opened.keys.suite, carried=card.max_le, announced=announced)
    run = _Run(secure, FileReader(secure, habits))
    run.files[FileId.CARD_ACCESS] = access_file
    aid, profile = run.open_application(profiles)
    run.read_all(profile.read_now, profile)
    proof = None
    if FileId.DG15 in run.files:
        le = EXTENDED_LE if run.reader.habits.chunk > SHORT_LE else SHORT_LE
        proof = active_auth.run(secure, rng(active_auth.CHALLENGE_SIZE), le=le)
    evidence = CardEvidence(
        profile=profile.name,
        aid=aid,
        files=run.files,
        refused=run.refused,
        pace=_facts(variant, password.kind, source, opened.mapping),
        active_auth=proof,
        atr=card.atr,
    )
    return Reading(evidence, profile, run.reader, budget)


class _Run:
    """The open channel and what it has brought so far."""

    def __init__(self, exchange: Exchange, reader: FileReader) -> None:
        self.exchange = exchange
        self.reader = reader
        self.files: dict[FileId, bytes] = {}
        self.refused: dict[FileId, int] = {}

    def open_application(self, profiles: Sequence[CardProfile]) -> tuple[bytes, CardProfile]:
        """Select the first application the chip has, and propose the profile it is read by."""
        if any(FileId.CARD_SECURITY in profile.read_now for profile in profiles):
            self._read_one(FileId.CARD_SECURITY)  # lies in the master file, still selected
        for aid in dict.fromkeys(aid for profile in profiles for aid in profile.aids):
            command = CommandApdu(0x00, INS.SELECT, 0x04, 0x0C, aid)
            if self.exchange(command).ok:
                return aid, self._propose(profiles, aid)
        raise NotOurCard(
            "The chip has none of the applications that this terminal knows.",
            next_step="Use the card that this terminal is for, or enter the person by hand.",
        )

    def _propose(self, profiles: Sequence[CardProfile], aid: bytes) -> CardProfile:
        """Tell families of one application apart by DG1, unjudged; in doubt the likeliest."""
        sharing = [profile for profile in profiles if aid in profile.aids]
        if len(sharing) == 1:
            return sharing[0]
        self._read_one(FileId.DG1)
        try:
            mrz = dg1.parse(self.files[FileId.DG1])
        except (KeyError, MalformedData):
            return sharing[0]
        return select_by_dg1(sharing, aid, mrz) or sharing[0]

    def read_all(self, wanted: Iterable[FileId], profile: CardProfile) -> None:
        """Read each file not yet asked for; keep the status word of those not given."""
        for file_id in wanted:
            done = file_id in self.files or file_id in self.refused
            if not (done or file_id.in_master_file or file_id in profile.read_never):
                self._read_one(file_id)

    def _read_one(self, file_id: FileId) -> None:
        try:
            self.files[file_id] = self.reader.read(file_id)
        except CardRefused as error:
            self.refused[file_id] = error.sw


def _read_card_access(exchange: Exchange) -> bytes:
    """Read EF.CardAccess: as it lies, else after SELECT of the master file."""
    files = FileReader(exchange, Habits(SHORT_LE))
    try:
        return files.read(FileId.CARD_ACCESS)
    except CardRefused:
        binary.select_master_file(exchange)
    try:
        return files.read(FileId.CARD_ACCESS)
    except CardRefused as error:
        raise _no_pace() from error


def _choose_pace(card_access: bytes) -> pace_protocols.Variant:
    variant = pace_protocols.choose(security_infos.parse(card_access).pace)
    if variant is None:
        raise _no_pace()
    return variant


def _announced(card: CardConnection, exchange: Exchange) -> int | None:
    """Return the chip's buffer by EF.ATR/INFO, asked where card and reader take extended length."""
    if card.max_le <= SHORT_LE:
        return None
    return lengths.announced(binary.read_atr_info(exchange))


def _facts(
    variant: pace_protocols.Variant,
    kind: PasswordKind,
    source: CardAccessSource,
    mapping: MappingProof | None,
) -> PaceFacts:
    return PaceFacts(
        protocol=variant.protocol,
        parameter_id=variant.parameter_id,
        password_kind=kind,
        source=source,
        mapping=mapping,
    )


def _no_pace() -> NotOurCard:
    return NotOurCard(
        "The card offers no way in that this terminal speaks (PACE over elliptic curves, AES).",
        next_step="Use the card that this terminal is for, or enter the person by hand.",
    )
