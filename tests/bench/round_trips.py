"""Rows `apdu-…` and `tap-time-…`: how often the reader asks the card, and what that takes on air.

Lives here: the counting of what the reader sends, the modelled time. Not here: the card
(`reference`), CPU time (`tap`). The card is read once for each limit of the answer; the numbers
are counts and do not vary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from provisioning import people
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import Authority
from provisioning.softcard.chip import Chip
from reader.apdu import INS
from reader.evidence import NeedsPassword, Password, PasswordKind
from reader.lds.files import FileId
from reader.memory import NOTHING, Known
from reader.profile import builtin_profiles
from reader.read import read
from reader.replay import Exchanged
from tests.bench import reference
from tests.bench.measure import Row
from tests.bench.recording import Listening, laid

LONG = 4096  # plain bytes of one answer
TURN = 0.005  # seconds from a command's end to its answer's begin
RATES = (106_000, 424_000, 848_000)  # bits a second
PEERS = {"no photo": 24, "photo": 118}
"""Commands after the channel is open that gmrtd and JMRTD need for the same files (113 to 118 with
the photo)."""
_SECURE = 0x0C


@dataclass(frozen=True, slots=True)
class Tap:
    """What passed between reader and card, by part."""

    opening: tuple[Exchanged, ...]
    """PACE, with EF.CardAccess known."""
    files: tuple[Exchanged, ...]
    """The reads of SOD, DG1, DG14 and DG15."""
    photo: tuple[Exchanged, ...]
    """The reads of DG2."""


@cache
def _signer() -> Authority:
    return reference.signer_of(PilotPki.create(reference.AT))


def _tap(longest: int, known: Known = NOTHING) -> tuple[Tap, Known]:
    """Read the card as the terminal does."""
    image = reference.image(people.NGOC, _signer(), longest=longest)
    card = Listening(laid(Chip(image)))
    profiles = [p for p in builtin_profiles() if p.name == reference.PROFILE]
    if image.access.can is None:
        raise RuntimeError("the card has no CAN")
    reading = read(card, profiles, Password(PasswordKind.CAN, image.access.can), known=known)
    if isinstance(reading, NeedsPassword):
        raise RuntimeError("the card did not open")
    before = len(card.heard)
    reading.read_late(FileId.DG2)
    opening = [e for e in card.heard[:before] if not e.command[0] & _SECURE]
    files = [e for e in card.heard[:before] if _is_read(e)]
    photo = [e for e in card.heard[before:] if _is_read(e)]
    return Tap(tuple(opening), tuple(files), tuple(photo)), reading.known


def _is_read(exchange: Exchanged) -> bool:
    secure = bool(exchange.command[0] & _SECURE)
    return secure and exchange.command[1] in (INS.READ_BINARY, INS.READ_BINARY_ODD)


def _second(longest: int) -> Tap:
    """Return the tap of a card of a kind that was met before."""
    _, known = _tap(longest)
    tap, _ = _tap(longest, known)
    return tap


def _count(
    name: str, longest: int, limit: int, part: Callable[[Tap], int], what: str
) -> tuple[str, Callable[[Path], Row]]:
    def measure(_build: Path) -> Row:
        figure = part(_second(longest))
        return _row(name, f"{what} / the limit.", figure, limit, "APDUs", 1.0)

    return name, measure


def _seconds(exchanges: int, size: int, rate: int) -> float:
    return exchanges * TURN + 8 * size / rate


def _time(rate: int, photo: bool) -> tuple[str, Callable[[Path], Row]]:
    """Return the row of a whole tap on air, against the peers' number of commands."""
    kind = "photo" if photo else "no photo"
    name = f"tap-time-{rate // 1000}{'-photo' if photo else ''}"

    def measure(_build: Path) -> Row:
        tap = _second(LONG)
        read_ = (*tap.files, *(tap.photo if photo else ()))
        sizes = [sum(len(e.command) + len(e.response) for e in p) for p in (tap.opening, read_)]
        ours = _seconds(len(tap.opening) + len(read_), sum(sizes), rate)
        theirs = _seconds(len(tap.opening) + PEERS[kind], sum(sizes), rate)
        description = (
            f"Modelled time of PACE and the files ({kind}) at {rate // 1000} kbit/s with "
            f"{TURN * 1000:g} ms a turn: {len(tap.opening)} + {len(read_)} APDUs, "
            f"{sum(sizes)} bytes / the same bytes in the {PEERS[kind]} commands of gmrtd and JMRTD."
        )
        return _row(name, description, ours * 1000, theirs * 1000, "ms", None)

    return name, measure


def _row(
    name: str, description: str, figure: float, reference: float, unit: str, goal: float | None
) -> Row:
    ratio = round(figure / reference, 3)
    return Row(
        name, description, round(figure, 1), unit, round(reference, 1), ratio, goal,
        (ratio, ratio), 1,
    )  # fmt: skip


_FILES = "READ BINARY, the application selected, of DG1 95 B, DG14 400 B, DG15 300 B, SOD 2,400 B"
_PHOTO = f"{_FILES}, DG2 20,480 B"
ROWS: dict[str, Callable[[Path], Row]] = dict(
    (
        _count("apdu-full-4096", LONG, 9, lambda t: len(t.files + t.photo), f"{_PHOTO}, Le 4096"),
        _count("apdu-nophoto-4096", LONG, 4, lambda t: len(t.files), f"{_FILES}, Le 4096"),
        _count("apdu-full-223", 0, 108, lambda t: len(t.files + t.photo), f"{_PHOTO}, short form"),
        _count("apdu-nophoto-223", 0, 16, lambda t: len(t.files), f"{_FILES}, short form"),
        _count("apdu-pace", LONG, 6, lambda t: len(t.opening), "PACE with EF.CardAccess known"),
        *(_time(rate, photo) for photo in (False, True) for rate in RATES),
    )
)
