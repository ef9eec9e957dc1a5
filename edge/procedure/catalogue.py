"""The catalogue of procedures in force: those that ship, and those that were delivered later.

Lives here: `Catalogue`, and reading it from disk. Not here: what a procedure says and its file's
rules (`edge.procedure_form`), how a delivered one comes here (`edge.repository`). A delivered one
that bears a built-in one's name stands in for it; one with a new name comes after those. A file
that is not whole is left out and named, so that a bad one neither stops the terminal nor takes a
built-in procedure with it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from edge.errors import ProcedureInvalid
from edge.procedure_form import (
    MAX_BYTES,
    Field,
    PhotoShown,
    Procedure,
    ProcedureKind,
    Words,
    parse_procedure,
)
from reader.profile import BUILTIN as BUILTIN_PROFILES

__all__ = [
    "BUILTIN",
    "Catalogue",
    "CatalogueFiles",
    "Field",
    "LeftOut",
    "PhotoShown",
    "Procedure",
    "ProcedureKind",
    "Words",
    "builtin_procedures",
]

BUILTIN = (
    "chuyen-sinh-hoat-chinh-thuc",
    "chuyen-sinh-hoat-tam-thoi",
    "lay-y-kien-noi-cu-tru",
    "thu-nop-dang-phi",
    "phat-the",
    "cap-lai-the-bi-mat",
    "doi-the-bi-hong",
    "xac-nhan-tuoi-dang",
)
"""In the order in which they are offered."""
MAX_DELIVERED = 64  # procedures
FOLDER = "procedures"
"""Below the folder of what was delivered."""

_SUFFIX = ".toml"
_Stamp = tuple[tuple[str, int, int, int], ...]

log = logging.getLogger("tramthe.procedures")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A delivered file that is not in force, and why, in words with a next step."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The procedures in force, in the order in which they are offered; no code twice."""

    procedures: tuple[Procedure, ...]
    left_out: tuple[LeftOut, ...] = ()

    def find(self, code: str) -> Procedure | None:
        """Return the procedure of a code, None where there is none."""
        return next((one for one in self.procedures if one.code == code), None)

    def of_kind(self, kind: ProcedureKind) -> tuple[Procedure, ...]:
        """Return the procedures that are carried out in one way."""
        return tuple(one for one in self.procedures if one.kind is kind)


@cache
def builtin_procedures() -> tuple[Procedure, ...]:
    """Return the procedures that ship, in their order."""
    folder = resources.files("edge.procedure") / "procedures"
    return tuple(
        parse_procedure((folder / (code + _SUFFIX)).read_bytes(), code) for code in BUILTIN
    )


class CatalogueFiles:
    """The catalogue in force, read again when a file was delivered.

    `delivered`: folder of what the repository delivered (`StateLayout.delivered`). `profiles`:
    names of the card profiles in force. Threads may share it.
    """

    def __init__(self, delivered: Path, profiles: Collection[str] = BUILTIN_PROFILES) -> None:
        self._folder = delivered / FOLDER
        self._profiles = frozenset(profiles)
        self._held: tuple[_Stamp, Catalogue] | None = None

    def current(self) -> Catalogue:
        """Return the catalogue as it is on disk now."""
        stamp, held = self._stamp(), self._held
        if held is None or held[0] != stamp:
            held = self._held = (stamp, self._load())
            for one in held[1].left_out:
                log.error("the procedure %s is left out: %s", one.name, one.why)
        return held[1]

    def _load(self) -> Catalogue:
        found: dict[str, Procedure] = {}
        left_out: list[LeftOut] = []
        for number, path in enumerate(self._paths()):
            try:
                if number >= MAX_DELIVERED:
                    raise _too_many()
                found[path.stem] = self._read(path)
            except (ProcedureInvalid, OSError) as error:
                left_out.append(LeftOut(path.name, str(error)))
        offered = (found.pop(one.code, one) for one in builtin_procedures())
        return Catalogue((*offered, *found.values()), tuple(left_out))

    def _read(self, path: Path) -> Procedure:
        with path.open("rb") as file:
            return parse_procedure(file.read(MAX_BYTES + 1), path.stem, self._profiles)

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*" + _SUFFIX))

    def _stamp(self) -> _Stamp:
        """Return what changes when a file comes, goes or is replaced."""
        return tuple(_stamps(self._paths()))


def _stamps(paths: list[Path]) -> Iterator[tuple[str, int, int, int]]:
    for path in paths:
        try:
            found = os.stat(path)
        except OSError:
            continue
        yield path.name, found.st_mtime_ns, found.st_size, found.st_ino


def _too_many() -> ProcedureInvalid:
    return ProcedureInvalid(
        f"More than {MAX_DELIVERED} procedures were delivered.",
        next_step="Ask the office to withdraw those that nobody uses.",
        key="the file",
    )
