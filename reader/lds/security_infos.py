"""SecurityInfos: what the chip says it can do, in EF.CardAccess, EF.CardSecurity and DG14.

Lives here: the set, sorted by kind. Not here: one entry (`security_info`), and the files around
the set (`card_security`, `dg14`). EF.CardAccess is unsigned.
Source: Doc 9303-11 sections 9.2 and 9.2.11.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from reader import tlv
from reader.lds import security_info
from reader.lds.asn1 import SET, malformed, require_size
from reader.lds.security_info import (
    WHERE,
    ActiveAuthInfo,
    ChipAuthInfo,
    ChipAuthKey,
    DirInfo,
    DomainParameters,
    Entry,
    PaceInfo,
    TerminalAuthInfo,
    UnknownInfo,
)

__all__ = [
    "ActiveAuthInfo",
    "ChipAuthInfo",
    "ChipAuthKey",
    "DirInfo",
    "DomainParameters",
    "PaceInfo",
    "SecurityInfos",
    "TerminalAuthInfo",
    "UnknownInfo",
    "parse",
]

MAX_SECURITY_INFOS = 16 * 1024  # bytes
MAX_ENTRIES = 64


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """The set in the order of the file, and sorted by kind. Raises MalformedData."""

    entries: tuple[Entry, ...]
    pace: tuple[PaceInfo, ...] = field(init=False, compare=False, repr=False)
    pace_parameters: tuple[DomainParameters, ...] = field(init=False, compare=False, repr=False)
    active_auth: ActiveAuthInfo | None = field(init=False, compare=False, repr=False)
    chip_auth: tuple[ChipAuthInfo, ...] = field(init=False, compare=False, repr=False)
    chip_auth_keys: tuple[ChipAuthKey, ...] = field(init=False, compare=False, repr=False)
    chip_auth_parameters: tuple[DomainParameters, ...] = field(
        init=False, compare=False, repr=False
    )
    terminal_auth: tuple[TerminalAuthInfo, ...] = field(init=False, compare=False, repr=False)
    ef_dir: DirInfo | None = field(init=False, compare=False, repr=False)
    """The first, where there are several."""
    unknown: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """Object identifiers of the entries that are of no kind above."""

    def __post_init__(self) -> None:
        of: dict[type[Entry], list[Any]] = {}
        for entry in self.entries:
            of.setdefault(type(entry), []).append(entry)
        active = dict.fromkeys(of.get(ActiveAuthInfo, ()))
        if len(active) > 1:
            raise malformed(WHERE, "it names two algorithms for active authentication")
        parameters = of.get(DomainParameters, ())
        views = {
            "pace": tuple(of.get(PaceInfo, ())),
            "pace_parameters": tuple([one for one in parameters if one.for_pace]),
            "active_auth": next(iter(active), None),
            "chip_auth": tuple(of.get(ChipAuthInfo, ())),
            "chip_auth_keys": tuple(of.get(ChipAuthKey, ())),
            "chip_auth_parameters": tuple([one for one in parameters if not one.for_pace]),
            "terminal_auth": tuple(of.get(TerminalAuthInfo, ())),
            "ef_dir": next(iter(of.get(DirInfo, ())), None),
            "unknown": tuple([one.protocol for one in of.get(UnknownInfo, ())]),
        }
        for name, view in views.items():
            object.__setattr__(self, name, view)

    def to_bytes(self) -> bytes:
        """Return the SET (DER where the entries stand in DER's order)."""
        return tlv.encode(SET, b"".join(entry.to_bytes() for entry in self.entries))


@lru_cache(maxsize=32)  # EF.CardAccess is the same in every card of a family
def parse(data: bytes) -> SecurityInfos:
    """Read a SET OF SecurityInfo: all of EF.CardAccess, or what the other files have inside.

    Raises MalformedData.
    """
    require_size(data, MAX_SECURITY_INFOS, WHERE)
    entries: list[Entry] = []
    for item in tlv.iterate(tlv.unwrap(data, SET)):
        if len(entries) >= MAX_ENTRIES:
            raise malformed(WHERE, f"it has more than {MAX_ENTRIES} entries")
        entries.append(security_info.parse(item))
    return SecurityInfos(tuple(entries))
