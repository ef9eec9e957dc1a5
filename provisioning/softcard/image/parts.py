"""The parts of a card image: frozen values that are valid from birth.

Lives here: what each table of card.toml may say. Not here: the whole card (`card`), TOML
(`toml`), the disk (`disk`).
Every part raises SoftCardInvalid with the key at fault and what it has to be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum, unique

from provisioning.errors import SoftCardInvalid
from provisioning.softcard import groups
from provisioning.softcard.protocols import ChipAuthProtocol, PaceMapping, PaceProtocol

MAX_FILE = 512 * 1024  # bytes
MAX_OFFERS = 16  # PACEInfos, or keys for chip authentication
MAX_LE = 65_536  # bytes
MAX_COMMAND = 65_544  # bytes: header, extended Lc, data, extended Le
MAX_ANSWER = 65_000  # bytes of data in one answer
LEAST_BUFFER = 256  # bytes: what a short APDU carries
MAX_WAIT = 600.0  # seconds
LEAST_RESPONSE_BLOCK = 16  # bytes
HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")
NO_INTEGRATED_MAPPING = 10  # secp224r1: its prime is 1 modulo 4 (Doc 9303-11 table 12)

_CAN = re.compile(r"[0-9]{6}")  # Doc 9303-11 section 4.4: six digits
_MRZ = re.compile(r"[A-Z0-9<]{9,40}")
_STATUS = re.compile(r"[0-9A-F]{4}")


def require(key: str, holds: bool, wanted: str) -> None:
    """Raise SoftCardInvalid for `key` unless it holds; `wanted` says what it has to be."""
    if not holds:
        raise SoftCardInvalid(
            f"The software card's {key} cannot be used: it has to be {wanted}.",
            next_step="Correct it, or personalise the card again.",
        )


@dataclass(frozen=True, slots=True)
class PaceOffer:
    """One PACEInfo: a protocol with standardised domain parameters."""

    protocol: PaceProtocol
    parameter_id: int

    def __post_init__(self) -> None:
        known = groups.by_parameter_id(self.parameter_id) is not None
        require("access.pace.parameter_id", known, "an id of Doc 9303-11 table 12")
        fits = groups.agreement(self.parameter_id) is self.protocol.agreement
        require("access.pace.parameter_id", fits, f"one for {self.protocol.agreement}")
        integrated = self.protocol.mapping is PaceMapping.INTEGRATED
        require(
            "access.pace.parameter_id",
            not (integrated and self.parameter_id == NO_INTEGRATED_MAPPING),
            "another than 10, which has no integrated mapping",
        )


@dataclass(frozen=True, slots=True)
class Access:
    """How the chip is opened. `mrz_information` is number, birth and expiry, check digits too."""

    pace: tuple[PaceOffer, ...] = ()
    can: str | None = field(default=None, repr=False)
    mrz_information: str | None = field(default=None, repr=False)
    bac: bool = False
    can_tries: int | None = None
    """Tries that a chip counts down on a wrong CAN; None for a chip that does not count."""
    can_tries_left: int | None = None
    """Where the counter stands; None for all."""
    wrong_delay: float = 0.0
    """Seconds before the next guess after a wrong one."""

    def __post_init__(self) -> None:
        mrz, tries, left = self.mrz_information, self.can_tries, self.can_tries_left
        require(
            "access.pace",
            len(self.pace) <= MAX_OFFERS and len(set(self.pace)) == len(self.pace),
            f"up to {MAX_OFFERS} offers, none twice",
        )
        require("access", bool(self.pace) or self.bac, "PACE, BAC or both")
        require("access.can", self.can is None or bool(_CAN.fullmatch(self.can)), "six digits")
        require(
            "access.mrz_information",
            mrz is None or bool(_MRZ.fullmatch(mrz)),
            "document number, birth and expiry with check digits",
        )
        require("access.bac", not self.bac or mrz is not None, "false without mrz_information")
        require("access.can_tries", tries is None or tries > 0, "at least 1, or absent")
        require(
            "access.can_tries_left",
            left is None or (tries is not None and 0 <= left <= tries),
            "0 to can_tries, or absent",
        )
        require("access.wrong_delay", 0 <= self.wrong_delay <= MAX_WAIT, f"0 to {MAX_WAIT:g} s")


@dataclass(frozen=True, slots=True)
class ChipAuthKey:
    """A static key: its group, private number (big endian), number in DG14 and protocols."""

    parameter_id: int
    secret: bytes = field(repr=False)
    key_id: int | None = None
    protocols: tuple[ChipAuthProtocol, ...] = ()

    def __post_init__(self) -> None:
        group = groups.by_parameter_id(self.parameter_id)
        require("chip_auth.keys.parameter_id", group is not None, "an id of Doc 9303-11 table 12")
        order = group.order if group is not None else 0
        number = int.from_bytes(self.secret, "big")
        require("chip_auth.keys", 0 < number < order, "private keys inside their group")
        require(
            "chip_auth.keys.key_id",
            self.key_id is None or 0 <= self.key_id < 1 << 31,
            "0 to 2147483647, or absent",
        )
        kind = groups.agreement(self.parameter_id)
        require(
            "chip_auth.keys.protocols",
            all(protocol.agreement is kind for protocol in self.protocols),
            f"protocols with {kind}, as the key's group is",
        )


@dataclass(frozen=True, slots=True)
class ChipAuth:
    """The keys for chip authentication and for chip authentication mapping."""

    keys: tuple[ChipAuthKey, ...] = ()

    def __post_init__(self) -> None:
        ids = [key.key_id for key in self.keys]
        require("chip_auth.keys", len(ids) <= MAX_OFFERS, f"up to {MAX_OFFERS} keys")
        require(
            "chip_auth.keys.key_id",
            len(set(ids)) == len(ids) and (len(ids) <= 1 or None not in ids),
            "another one for each of several keys",
        )

    def for_mapping(self, parameter_id: int) -> ChipAuthKey | None:
        """Return the key of chip authentication mapping (Doc 9303-11 section 9.2.1)."""
        for key in self.keys:
            if key.parameter_id == parameter_id == key.key_id:
                return key
        return None


@unique
class Signature(StrEnum):
    """How active authentication signs: ECDSA, or RSA by ISO/IEC 9796-2 scheme 1."""

    PLAIN = "plain"
    """r || s (TR-03111), what the standard asks for."""
    DER = "der"
    """A DER sequence, what some chips give."""
    RECOVERY = "9796-2"
    """The signature as computed (B.6)."""
    RECOVERY_SMALLER = "9796-2-smaller"
    """The smaller of s and n - s (B.4)."""


@dataclass(frozen=True, slots=True)
class ActiveAuth:
    """The key of active authentication, PKCS#8 DER, and how it signs."""

    key: bytes = field(repr=False)
    hash: str = "sha256"
    signature: Signature = Signature.PLAIN

    def __post_init__(self) -> None:
        require("active_auth.hash", self.hash in HASHES, f"one of {', '.join(HASHES)}")


@unique
class FileEnd(StrEnum):
    """What a chip answers where fewer bytes are left than were asked for."""

    WARN = "warn"
    """6282 where a number was asked for, 9000 where all there is was."""
    ALWAYS = "always"
    """6282 in both cases."""
    SILENT = "silent"
    """9000 in both cases."""
    EXACT = "exact"
    """6Cxx and no data: ask again with xx."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the chip keeps house; the defaults are the pilot card's. Keys as in the package."""

    master_file: bool = True
    no_short_identifiers: str | None = None
    extended_length: bool = True
    max_le: int = MAX_LE
    command_buffer: int = MAX_COMMAND
    answer_buffer: int = MAX_ANSWER
    command_chaining: bool = False
    response_block: int | None = None
    read_limit: int | None = None
    file_end: FileEnd = FileEnd.WARN
    odd_read: bool = True
    odd_read_from: int = 0
    wait: float = 0.0
    wait_at: int | None = None

    def __post_init__(self) -> None:
        _require_range("max_le", self.max_le, LEAST_BUFFER, MAX_LE)
        _require_range("command_buffer", self.command_buffer, LEAST_BUFFER, MAX_COMMAND)
        _require_range("answer_buffer", self.answer_buffer, LEAST_BUFFER, MAX_ANSWER)
        _require_range("response_block", self.response_block, LEAST_RESPONSE_BLOCK, LEAST_BUFFER)
        _require_range("read_limit", self.read_limit, 1, MAX_ANSWER)
        _require_range("odd_read_from", self.odd_read_from, 0, MAX_FILE)
        _require_range("wait_at", self.wait_at, 1, None)
        require("behaviour.wait", 0 <= self.wait <= MAX_WAIT, f"0 to {MAX_WAIT:g} s")
        require(
            "behaviour.no_short_identifiers",
            self.no_short_identifiers in {None, "6A86", "6A82"},
            '"6A86" or "6A82", or absent',
        )


@dataclass(frozen=True, slots=True)
class Faults:
    """Where the chip breaks the rules: at the n-th command since power-on, counted from 1."""

    stall_at: int | None = None
    endless_at: int | None = None
    bare_status_at: int | None = None
    bare_status: str = "6A82"
    wrong_checksum_at: int | None = None
    swap_at: int | None = None

    def __post_init__(self) -> None:
        for name in ("stall_at", "endless_at", "bare_status_at", "wrong_checksum_at", "swap_at"):
            at: int | None = getattr(self, name)
            require(f"faults.{name}", at is None or at > 0, "at least 1, or absent")
        require(
            "faults.bare_status",
            bool(_STATUS.fullmatch(self.bare_status)),
            "a status word of four hexadecimal digits in capitals",
        )


def _require_range(name: str, value: int | None, least: int, most: int | None) -> None:
    holds = value is None or (value >= least and (most is None or value <= most))
    wanted = f"at least {least}" if most is None else f"{least} to {most}"
    require(f"behaviour.{name}", holds, wanted)
