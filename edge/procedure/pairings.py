"""Pairs pages with this terminal, knows them again, and lets them go.

Lives here: the order of things, together for all threads. Not here: the rules (`pairing`,
`offer`), the file (`pairing_store`), what HTTP asks of a caller (`edge.web.api.door`), the desk's
page (`edge.web.pairing`).

    the desk offers -> a page meets code and PIN -> the desk agrees to name and origin -> paired

A token is 256 random bits, told once to the page that asked; what is kept is its SHA-256. A file
that does not open means that no page is paired, until the desk begins anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from edge.errors import PairingRefused
from edge.procedure.offer import OFFER_SECONDS, Asked, Ended, Offer, check_number
from edge.procedure.pairing import (
    ID_SIZE,
    MAX_PAIRINGS,
    Pairing,
    PairingRecords,
    fit_name,
    fit_origin,
    refused,
)
from edge.procedure.pairing_fault import PairingFault
from edge.procedure.pairing_store import PairingFile

TOKEN_SIZE = 32  # bytes
USED_STEP = timedelta(hours=1)
"""How far behind the moment of last use may be on disk: a write each time wears the medium."""

log = logging.getLogger("tramthe.procedure")


@dataclass(frozen=True, slots=True)
class Granted:
    """What a page is told once: its token, and what the desk is to compare."""

    token: str = field(repr=False)
    pairing: Pairing
    check: str


@dataclass(frozen=True, slots=True)
class PairingView:
    """What the desk sees. At most one of `offer` and `asked` is there."""

    pairings: tuple[Pairing, ...]
    offer: Offer | None
    asked: Asked | None
    left: float
    """Seconds until the offer, or who asked, is over."""
    ended: Ended | None
    """How the last one ended, until the next begins."""
    damaged: bool

    @property
    def full(self) -> bool:
        """Return whether no more pages can be paired."""
        return len(self.pairings) >= MAX_PAIRINGS


class Pairings:
    """The paired pages of one terminal. Safe from any thread."""

    def __init__(
        self,
        file: PairingFile,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        rng: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._file = file
        self._now = now
        self.monotonic = monotonic
        self._rng = rng
        self._lock = threading.RLock()
        self._offer: Offer | None = None
        self._asked: Asked | None = None
        self._ended: Ended | None = None
        self.damaged = False
        try:
            self._kept = file.read()
        except PairingRefused as error:
            log.error("no page is paired: %s", error.message)
            self._kept, self.damaged = PairingRecords(), True
        self._records = self._kept

    # The desk

    def view(self) -> PairingView:
        """Return what the desk sees now."""
        with self._lock:
            self._pass_time()
            over = self._offer or self._asked
            left = 0.0 if over is None else over.until - self.monotonic()
            pairings = self._records.pairings
            return PairingView(pairings, self._offer, self._asked, left, self._ended, self.damaged)

    def offer(self) -> None:
        """Offer a pairing; one before it is over. Raises PairingRefused (FULL, DAMAGED)."""
        with self._lock:
            if self.damaged:
                raise refused(PairingFault.PAIRINGS_DAMAGED)
            if len(self._records.pairings) >= MAX_PAIRINGS:
                raise refused(PairingFault.PAIRINGS_FULL)
            self._end(None)
            self._offer = Offer.draw(self.monotonic(), self._rng)

    def drop(self) -> None:
        """Take the offer back, or turn away who asked; harmless where there is neither."""
        with self._lock:
            if self._offer is not None or self._asked is not None:
                self._end(Ended.DROPPED)

    def agree(self, pairing_id: str) -> None:
        """Pair the page that asked. Raises PairingRefused (OFFER_CHANGED, NOT_KEPT, ...)."""
        with self._lock:
            self._pass_time()
            asked = self._asked
            if asked is None or asked.pairing.id != pairing_id:
                raise refused(PairingFault.OFFER_CHANGED)
            self._keep(self._records.having(asked.pairing))
            self._end(Ended.PAIRED)
            log.warning("a page was paired: %s", asked.pairing.id)

    def revoke(self, pairing_id: str) -> None:
        """Let a page ask nothing any more; one that is not there is no error.

        Raises PairingRefused (NOT_KEPT): then it is still paired.
        """
        with self._lock:
            changed = self._records.without(pairing_id)
            if changed != self._records:
                self._keep(changed)
                log.warning("a pairing was revoked: %s", pairing_id)

    def begin_anew(self) -> None:
        """Begin an empty list where the file does not open. Raises PairingRefused (NOT_KEPT)."""
        with self._lock:
            if self.damaged:
                self._keep(PairingRecords())
                self.damaged = False

    # The door

    def is_offering(self) -> bool:
        """Return whether the desk offers a pairing now."""
        with self._lock:
            self._pass_time()
            return self._offer is not None

    def ask(self, code: str, pin: str, name: str, origin: str | None) -> Granted:
        """Meet the offer for a page.

        Raises PairingRefused: OFFER_CLOSED, OFFER_WRONG, and, where code and PIN were not looked
        at, ORIGIN_UNFIT, ORIGIN_NOT_SECURE, NAME_UNFIT.
        """
        shown, place = fit_name(name), fit_origin(origin)
        with self._lock:
            self._pass_time()
            offer = self._offer
            if offer is None:
                raise refused(PairingFault.OFFER_CLOSED)
            if not offer.is_met_by(code, pin):
                self._offer = offer.missed()
                log.warning("a wrong try to pair, %d left", self._offer.left)
                if self._offer.left == 0:
                    self._end(Ended.TRIED_OUT)
                raise refused(PairingFault.OFFER_WRONG)
            token = base64.urlsafe_b64encode(self._rng(TOKEN_SIZE)).decode().rstrip("=")
            token_hash = _hash(token)
            pairing = Pairing(self._rng(ID_SIZE).hex(), shown, place, token_hash, self._now())
            check = check_number(token_hash)
            self._offer = None
            self._asked = Asked(pairing, check, self.monotonic() + OFFER_SECONDS)
            return Granted(token, pairing, check)

    def knows(self, origin: str) -> bool:
        """Return whether a page of this origin is paired, or waits for the desk."""
        with self._lock:
            self._pass_time()
            asked = () if self._asked is None else (self._asked.pairing,)
            return any(one.origin == origin for one in (*self._records.pairings, *asked))

    def find(self, token: str) -> Pairing | None:
        """Return whose token it is, in a time that tells nothing of those that it is not."""
        given = _hash(token)
        found = None
        with self._lock:
            for one in self._records.pairings:
                if hmac.compare_digest(one.token_hash, given):
                    found = one
        return found

    def waiting(self, token: str) -> Pairing | None:
        """Return the page of this token where it waits for the desk."""
        given = _hash(token)
        with self._lock:
            self._pass_time()
            asked = None if self._asked is None else self._asked.pairing
        if asked is None or not hmac.compare_digest(asked.token_hash, given):
            return None
        return asked

    def stands(self, pairing_id: str) -> bool:
        """Return whether this pairing is still there: a question may outlive who asked it."""
        with self._lock:
            return any(one.id == pairing_id for one in self._records.pairings)

    def note_use(self, pairing: Pairing) -> None:
        """Remember that this page asked something now; on disk at most once an hour."""
        at = self._now()
        with self._lock:
            self._records = self._records.used(pairing.id, at)
            kept = next((one for one in self._kept.pairings if one.id == pairing.id), None)
            if kept is None or (kept.used is not None and at - kept.used < USED_STEP):
                return
            try:
                self._keep(self._records)
            except PairingRefused as error:
                self._kept = self._records  # tried again in an hour, not with the next call
                log.error("the last use of a pairing was not written: %s", error.message)

    # Within

    def _pass_time(self) -> None:
        over = self._offer or self._asked
        if over is not None and self.monotonic() >= over.until:
            self._end(Ended.EXPIRED)

    def _end(self, how: Ended | None) -> None:
        self._offer = self._asked = None
        self._ended = how

    def _keep(self, records: PairingRecords) -> None:
        self._file.keep(records)
        self._kept = self._records = records


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
