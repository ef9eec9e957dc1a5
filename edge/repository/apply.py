"""What becomes of a fetched target: checked by its own rules, in force whole or not at all.

Lives here: one act for each kind of target, through what the terminal has for it already. Not
here: that the bytes are the repository's (`update`). A repository that is in order vouches for
delivery; whether a trust list is the root's, or a revocation list its signer's, is asked again
here, as of a file that came any other way.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crl.errors import CrlError, ListRefused, StoreDamaged
from crl.rules import ListKey, RefusalReason
from crl.status import Purpose
from edge.clock import Clock
from edge.errors import ConfigInvalid, RepositoryRefused
from edge.files import sync_folder
from edge.holdings import Holdings
from edge.procedure_form import MAX_BYTES as MAX_PROCEDURE
from edge.repository.delivered import PACKAGE_SUFFIX, require_package, require_procedure
from edge.repository.names import Kind, Target
from edge.repository.release import Machine, Release
from reader.errors import ReaderError
from verify.allowlist import MAX_POLICY, AllowList
from verify.errors import VerifyError
from verify.moment import Moment
from verify.trust import MAX_TRUST_LIST, TrustList

MAX_TARGET = 512 * 1024 * 1024  # bytes of a target of any kind
MAX_PROFILE = 64 * 1024  # bytes
OWN_RULES = (VerifyError, CrlError, ConfigInvalid, ReaderError, RepositoryRefused)
"""What says that a target was not taken; each has its sentence and next step."""

_SMALL = {
    Kind.TRUST_LIST: MAX_TRUST_LIST,
    Kind.POLICY: MAX_POLICY,
    Kind.PROFILE: MAX_PROFILE,
    Kind.CATALOGUE: MAX_PROCEDURE,
}
_MACHINES = {"aarch64": "arm64", "x86_64": "amd64", "armv7l": "armhf"}


@dataclass(frozen=True, slots=True)
class Rooms:
    """What targets go into. `delivered`: folder of what is only kept for the technician.

    `choose`: which release of the program is worth its bytes; None: all that are made for here.
    """

    holdings: Holdings
    clock: Clock
    delivered: Path
    choose: Callable[[Sequence[Release]], Release | None] | None = None


def limit(kind: Kind) -> int:
    """Return how many bytes a target of a kind may have."""
    return _SMALL.get(kind, MAX_TARGET)


def concerning(targets: Iterable[Target], rooms: Rooms) -> list[Target]:
    """Return the targets that are meant for a machine like this one, and wanted on it."""
    found = [one for one in targets if _concerns(one)]
    if rooms.choose is None:
        return found
    chosen = rooms.choose([one.release for one in found if one.release is not None])
    return [one for one in found if one.release is None or one.release == chosen]


def _concerns(target: Target) -> bool:
    """Whether a target is meant for a machine like this one.

    A package names its architecture as Debian packages do: NAME_VERSION_ARCH.deb.
    """
    if not _is_package(target):
        return True
    here, release = this_machine(), target.release
    if release is not None:
        return release.is_for(here)
    return here.takes(target.path.removesuffix(PACKAGE_SUFFIX).rpartition("_")[2])


@cache
def this_machine() -> Machine:
    """Return what packages for this machine are made for; the suite is "" where none is named."""
    machine = platform.machine()
    try:
        suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    except OSError:
        suite = ""
    return Machine(suite, _MACHINES.get(machine, machine))


def apply(target: Target, file: Path, rooms: Rooms, now: Moment) -> bool:
    """Bring a verified file into force; return whether that changed anything.

    Raises one of OWN_RULES, OSError; then what was in force before still is.
    """
    return _ACTS[target.kind](target, file, rooms, now)


def is_there(target: Target, rooms: Rooms) -> bool:
    """Whether what a target was brought into is still there; asked of what was done before."""
    match target.kind:
        case Kind.CATALOGUE | Kind.SOFTWARE:
            return _has_size(rooms.delivered / target.path, target.length)
        case Kind.PROFILE:
            return rooms.holdings.has_profile(_name(target))
        case Kind.TRUST_LIST:
            return rooms.holdings.trust is not None
        case Kind.POLICY:
            return rooms.holdings.allow_list is not None
        case Kind.CERTIFICATE_LIST | Kind.CARD_STATUS:
            return rooms.holdings.lists_whole()


def held_number(holdings: Holdings, scope: str, signer: str) -> int | None:
    """Return the number up to which a card status list is held, None for none or a damaged one.

    `signer`: SHA-256 (hex) of the issuer's `name_key`.
    """
    try:
        for key, number in holdings.list_numbers().items():
            if _is_of(key, scope, signer):
                holdings.list_stack(key)
                return number
    except StoreDamaged:
        pass  # taking the complete list again mends it
    return None


def _is_of(key: ListKey, scope: str, signer: str) -> bool:
    named = (key.purpose, key.scope) == (Purpose.CARD_STATUS, scope)
    return named and hashlib.sha256(key.issuer).hexdigest() == signer


def _trust_list(target: Target, file: Path, rooms: Rooms, now: Moment) -> bool:
    compact = file.read_bytes().decode("ascii", "replace").strip()
    held = rooms.holdings.trust
    offered = TrustList.from_compact(compact, rooms.holdings.require_root())
    if held is not None and offered.number <= held.number:
        return False
    rooms.holdings.apply_trust(compact)
    return True


def _policy(target: Target, file: Path, rooms: Rooms, now: Moment) -> bool:
    compact = file.read_bytes().decode("ascii", "replace").strip()
    holdings = rooms.holdings
    offered = AllowList.from_compact(compact, holdings.require_root(), holdings.policy)
    if holdings.allow_list is not None and offered.number <= holdings.allow_list.number:
        return False
    holdings.apply_policy(compact)
    return True


def _certificate_list(target: Target, file: Path, rooms: Rooms, now: Moment) -> bool:
    try:
        return _list(Purpose.CERTIFICATE, file, rooms, now)
    except ListRefused as error:
        if error.reason == RefusalReason.NOT_NEWER:
            return False  # a technician was here before
        raise


def _card_status(target: Target, file: Path, rooms: Rooms, now: Moment) -> bool:
    return _list(Purpose.CARD_STATUS, file, rooms, now)


def _list(purpose: Purpose, file: Path, rooms: Rooms, now: Moment) -> bool:
    rooms.holdings.import_list(file, now.at, purpose)
    for sighting in rooms.holdings.revocation.sightings(now.at):
        rooms.clock.saw_verified_list(sighting)
    return True


def _profile(target: Target, file: Path, rooms: Rooms, now: Moment) -> bool:
    text = file.read_bytes().decode("utf-8", "replace")
    rooms.holdings.apply_profile(text, _name(target))
    return True


def _catalogue(target: Target, file: Path, rooms: Rooms, now: Moment) -> bool:
    holdings = rooms.holdings
    known = {one.name for one in holdings.profiles} | set(holdings.waiting_profiles())
    require_procedure(file, _name(target), known)
    return _deliver(target, file, rooms, now)


def _software(target: Target, file: Path, rooms: Rooms, now: Moment) -> bool:
    if _is_package(target):
        require_package(file, Path(target.path).name)
    return _deliver(target, file, rooms, now)


def _deliver(target: Target, file: Path, rooms: Rooms, now: Moment) -> bool:
    """Put a file where the technician or the updater finds it; it was synced when fetched."""
    place = rooms.delivered / target.path
    place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    file.replace(place)
    sync_folder(place.parent)
    sync_folder(file.parent)
    return True


def _is_package(target: Target) -> bool:
    return target.kind is Kind.SOFTWARE and target.path.endswith(PACKAGE_SUFFIX)


def _name(target: Target) -> str:
    return Path(target.path).stem


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


_ACTS: dict[Kind, Callable[[Target, Path, Rooms, Moment], bool]] = {
    Kind.TRUST_LIST: _trust_list,
    Kind.POLICY: _policy,
    Kind.CERTIFICATE_LIST: _certificate_list,
    Kind.CARD_STATUS: _card_status,
    Kind.PROFILE: _profile,
    Kind.CATALOGUE: _catalogue,
    Kind.SOFTWARE: _software,
}
