"""One pass over the repository: refresh, fetch what is new, bring it into force.

Lives here: the order of a pass, and what its end is called. Not here: metadata (`client`), bytes
(`fetch`), the rules of each kind of target (`apply`), when to pass again (`edge.sync.repeat`).

A file that was fetched and is not in force yet stays, verified by its hash, and costs no byte of
the line at the next pass. Targets are taken in the order of their kinds: whom to believe, then
the lists of those who are believed, then the rest. A line that breaks ends the pass; a target
that its own rules refuse does not.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from pathlib import Path

from edge.errors import EdgeError, RepositoryBusy, RepositoryRefused, RepositoryUnreachable
from edge.repository import apply
from edge.repository.apply import OWN_RULES, Rooms
from edge.repository.client import Client, Fault
from edge.repository.fetch import Source
from edge.repository.kept import Kept
from edge.repository.names import Kind, Target
from edge.repository.outcome import NotTaken, RepositoryResult, RepositoryState
from edge.repository.part import fetched
from edge.repository.plan import groups, route
from edge.repository.staged import Offer

log = logging.getLogger("tramthe.repository")


def update(folder: Path, source: Source, rooms: Rooms) -> RepositoryResult:
    """Bring this terminal up to what `source` offers and return how that ended.

    `folder`: what was accepted (`kept`). Never raises an EdgeError, nor for the state of the
    disk: the result says what went wrong, and what was in force before still is.
    """
    found = _Pass(Kept(folder), source, rooms)
    try:
        found.run()
    except EdgeError as error:
        found.failed(error)
    except (OSError, sqlite3.Error) as error:
        log.error("the repository's files cannot be written: %s", error)
        found.disk_failed()
    finally:
        source.close()
    return found.result()


class _Pass:
    def __init__(self, kept: Kept, source: Source, rooms: Rooms) -> None:
        self._kept = kept
        self._source = source
        self._rooms = rooms
        self._state = RepositoryState.UP_TO_DATE
        self._why: tuple[str, str] | None = None
        self._fault: str | None = None
        self._version: int | None = None
        self._taken: list[str] = []
        self._not_taken: dict[str, NotTaken] = {}
        self._wanted: set[str] = set()
        """SHA-256 (hex) of files that are to stay among the parts."""

    def run(self) -> None:
        """Refresh, then take what is new."""
        root = self._kept.first_root()
        if root is None:
            self._state = RepositoryState.NOT_PROVISIONED
            self._why = (
                "This terminal has no root metadata of the repository.",
                "Provision this terminal again: the metadata comes with its image.",
            )
            return
        with self._kept.exclusive():
            offer, error = Client(self._kept, root).offer(self._source, self._rooms.clock.floor)
            if error is not None:
                self.failed(error)
            if offer is not None:
                self._version = offer.version
                try:
                    self._take(offer)
                except RepositoryUnreachable as broken:
                    if error is None:
                        self.failed(broken)
                self._kept.tidy(self._wanted)

    def failed(self, error: EdgeError) -> None:
        """Note why the pass did not come to its end."""
        self._why = (error.message, error.next_step)
        match error:
            case RepositoryBusy():
                self._state = RepositoryState.BUSY
            case RepositoryRefused():
                expired = error.fault == Fault.EXPIRED
                self._state = RepositoryState.EXPIRED if expired else RepositoryState.REFUSED
                self._fault = error.fault
            case _:
                self._state = RepositoryState.UNREACHABLE

    def disk_failed(self) -> None:
        """Note that the disk did not take what was fetched."""
        self._state = RepositoryState.DISK_FAILING
        self._why = (
            "What the repository delivers cannot be kept on this disk.",
            "Free space on the disk, or replace it; it is tried again by itself.",
        )

    def result(self) -> RepositoryResult:
        """Return how the pass ended."""
        if self._state is RepositoryState.UP_TO_DATE and self._not_taken:
            first = next(iter(self._not_taken.values()))
            self._state = RepositoryState.PARTLY
            self._why = (f"Not taken: {first.path}. {first.why}", first.next_step)
        why, next_step = self._why or (None, None)
        return RepositoryResult(
            state=self._state,
            at=self._rooms.clock.now().at,
            taken=tuple(self._taken),
            not_taken=tuple(self._not_taken.values()),
            version=self._version,
            why=why,
            next_step=next_step,
            fault=self._fault,
        )

    def _take(self, offer: Offer) -> None:
        for path in offer.set_aside:
            self._refuse(
                path,
                "The repository's role that signed for it may not.",
                "Tell the office at once: its online key may be in foreign hands.",
            )
        wanted = apply.concerning(offer.targets, self._rooms)
        before = [one for one in wanted if one.kind in _BEFORE_STATUS]
        after = [one for one in wanted if one.kind not in {*_BEFORE_STATUS, Kind.CARD_STATUS}]
        # All that is to come may have a part on disk from the last pass.
        self._wanted = {one.sha256 for one in wanted}
        for target in before:
            self._one(target)
        for lists in groups(wanted).values():
            self._status_lists(lists)
        for target in after:
            self._one(target)
        self._withdraw(wanted)

    def _withdraw(self, wanted: list[Target]) -> None:
        """Remove what was delivered and is offered no more, or not wanted."""
        offered = {self._rooms.delivered / one.path for one in wanted}
        for place in self._rooms.delivered.glob("*/*"):
            if place not in offered:
                place.unlink()

    def _one(self, target: Target) -> None:
        """Take a target unless that was done."""
        place = self._rooms.delivered / target.path
        done = self._kept.done(target.path) == target.sha256
        if not done and target.kind in _DELIVERED and _sha256(place) == target.sha256:
            done = True  # the power went before it was noted
            self._kept.set_done(target.path, target.sha256)
        if done and apply.is_there(target, self._rooms):
            self._wanted.discard(target.sha256)
        else:
            self._fetch_and_apply(target)

    def _status_lists(self, offered: list[Target]) -> None:
        """Take the fewest bytes that lead to the newest list; another way where one is refused."""
        status = offered[0].status
        if status is None:
            raise ValueError("a group of card status lists has a scope")
        left = list(offered)
        failures: list[str] = []
        while way := route(self._held(status.scope, status.signer), left):
            step = way[0]
            left.remove(step)
            if not self._fetch_and_apply(step):
                failures.append(step.path)
        newest = max(one.status.number for one in offered if one.status is not None)
        held = self._held(status.scope, status.signer)
        if held is not None and held >= newest:
            for path in failures:  # another way led there
                self._not_taken.pop(path, None)
            self._wanted -= {one.sha256 for one in offered}

    def _held(self, scope: str, signer: str) -> int | None:
        return apply.held_number(self._rooms.holdings, scope, signer)

    def _fetch_and_apply(self, target: Target) -> bool:
        try:
            file = fetched(self._source, target, self._kept.parts, apply.limit(target.kind))
            changed = apply.apply(target, file, self._rooms, self._rooms.clock.now())
        except OWN_RULES as error:
            log.warning("%s was not taken: %s", target.path, error)
            self._refuse(target.path, error.message, error.next_step)
            return False
        if target.kind is not Kind.CARD_STATUS:  # of those the store itself knows
            self._kept.set_done(target.path, target.sha256)
        self._wanted.discard(target.sha256)
        if changed:
            self._taken.append(target.path)
        return True

    def _refuse(self, path: str, why: str, next_step: str) -> None:
        self._not_taken[path] = NotTaken(path, why, next_step)


_BEFORE_STATUS = frozenset({Kind.TRUST_LIST, Kind.POLICY, Kind.CERTIFICATE_LIST})
_DELIVERED = frozenset({Kind.CATALOGUE, Kind.SOFTWARE})


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
