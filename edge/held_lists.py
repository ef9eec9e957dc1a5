"""The revocation lists in force, as far as what is applied still believes their signers.

Lives here: the answers that `verify.pipeline` asks for, and which lists are set aside. A list was
checked when it was taken over; whom the terminal trusts may have changed since then. So before a
list is asked for the first time, and again whenever trust list, master list or policy change, its
signature is checked anew, by the digest that was found to be its file's. One that fails is as if
it were not there: it says nothing, good or bad. Its files and its number stay, so that it counts
again where its signer does, and nothing older can take its place meanwhile.
Not here: files (`crl.store`), who may sign which list (`verify.lists`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from crl.errors import ListRefused, StoreDamaged
from crl.held import HeldList
from crl.rules import ListHeader, ListKey, RefusalReason
from crl.status import Answer, Purpose, Status
from crl.store import ListStore
from edge.applied import Applied
from edge.floor import Sighting
from verify import certificate
from verify.lists import TrustAuthority
from verify.policy import Algorithms
from verify.trust import AnchorPurpose, TrustList

_NOT_COVERED = Answer(Status.NOT_COVERED)


class _Judged(NamedTuple):
    """What was found of the lists of one key, and of which lists, under which algorithms."""

    lists: Sequence[HeldList]
    allowed: list[Algorithms]
    refusal: ListRefused | None


class HeldLists:
    """The lists of a store under one state of what is applied. Ask it from any thread."""

    def __init__(self, store: ListStore, applied: Applied) -> None:
        self.applied = applied
        self._store = store
        self._fresh = {
            Purpose.CERTIFICATE: applied.policy.certificate_lists.fresh,
            Purpose.CARD_STATUS: applied.policy.card_status.fresh,
        }
        self._status_keys = _status_keys(applied.anchors)
        self._judged: dict[ListKey, _Judged] = {}

    def lookup(self, key: ListKey, serial: int, at: datetime) -> Answer:
        """Ask the lists of one key. Raises StoreDamaged."""
        return self._store.lookup(
            key,
            serial,
            at,
            self._fresh[key.purpose],
            lambda lists: self._refusal(key, lists, at) is None,
        )

    def certificate(self, issuer: bytes, serial: int, at: datetime) -> Answer:
        """Answer `verify.pipeline` about a certificate; a damaged list covers nothing."""
        return self._ask(ListKey(Purpose.CERTIFICATE, issuer, None), serial, at)

    def card(self, scope: str, entry: int, at: datetime) -> Answer:
        """Answer `verify.pipeline` about a chip; a damaged list covers nothing.

        Where the scope has two signers (one takes over from the other), any that says revoked
        counts, else the later list.
        """
        answers = [self._ask(key, entry, at) for key in self._status_keys.get(scope, ())]
        return max(answers, key=_lateness, default=_NOT_COVERED)

    def believed(self, at: datetime) -> dict[ListKey, ListHeader]:
        """Return the newest header of each key whose lists are asked, without damaged ones."""
        return {
            key: lists[-1].header
            for key, lists in self._readable().items()
            if self._refusal(key, lists, at) is None
        }

    def set_aside(self, at: datetime) -> dict[ListKey, tuple[ListHeader, ListRefused]]:
        """Return the newest header of each key whose lists are not asked any more, and why."""
        found = {
            key: (lists[-1].header, self._refusal(key, lists, at))
            for key, lists in self._readable().items()
        }
        return {key: (header, why) for key, (header, why) in found.items() if why is not None}

    def sightings(self, at: datetime) -> list[Sighting]:
        """Return what the lists say of time (`edge.floor`): dates, and whose.

        Only of signers that the root names: one that a master list brought vouches for passports,
        and for no clock. The signers of one scope of card lists are one witness.
        """
        named = _subjects(self.applied.trust)
        return [
            Sighting(header.this_update, _witness(key))
            for key, header in self.believed(at).items()
            if key.purpose is Purpose.CARD_STATUS or key.issuer in named
        ]

    def leaves_gap(self, at: datetime) -> bool:
        """Whether a list that is set aside is missed: nothing else answers in its place.

        The lists of a signer whose turn is over are not missed where the next one's are asked, nor
        those of an authority that is trusted for nothing any more.
        """
        believed = {(key.purpose, key.scope) for key in self.believed(at)}
        return any(
            (key.purpose, key.scope) not in believed
            if key.purpose is Purpose.CARD_STATUS
            else why.reason != RefusalReason.ISSUER_UNKNOWN
            for key, (_, why) in self.set_aside(at).items()
        )

    def _ask(self, key: ListKey, serial: int, at: datetime) -> Answer:
        try:
            return self.lookup(key, serial, at)
        except StoreDamaged:
            return _NOT_COVERED

    def _readable(self) -> dict[ListKey, Sequence[HeldList]]:
        found: dict[ListKey, Sequence[HeldList]] = {}
        with suppress(StoreDamaged):
            keys = self._store.keys()
            for key in keys:
                with suppress(StoreDamaged):
                    found[key] = self._store.held(key)
        return {key: lists for key, lists in found.items() if lists}

    def _refusal(self, key: ListKey, lists: Sequence[HeldList], at: datetime) -> ListRefused | None:
        """Return why the lists of a key are believed no more, None where they are.

        All of them together: without its deltas a complete list would call good what they revoke.
        """
        policy = self.applied.policy
        allowed = [policy.allowed(one.header.this_update, at) for one in lists]
        known = self._judged.get(key)
        if known is not None and known.lists is lists and known.allowed == allowed:
            return known.refusal
        refusal = self._judge(key, lists, allowed)
        self._judged[key] = _Judged(lists, allowed, refusal)
        return refusal

    def _judge(
        self, key: ListKey, lists: Sequence[HeldList], allowed: Sequence[Algorithms]
    ) -> ListRefused | None:
        anchors = self.applied.anchors
        if anchors is None:
            return ListRefused(
                "Nothing says who may sign this list: there is no trust list.",
                next_step="Import the trust list.",
                reason=RefusalReason.ISSUER_UNKNOWN,
            )
        try:
            for one, algorithms in zip(lists, allowed, strict=True):
                TrustAuthority(anchors, algorithms).require_signer(key, one.header, one.digest)
        except ListRefused as error:
            return error
        return None


def _status_keys(anchors: TrustList | None) -> Mapping[str, tuple[ListKey, ...]]:
    """Return the keys of the card status lists by scope: one for each signer's name."""
    found: dict[str, dict[ListKey, None]] = {}
    for anchor in () if anchors is None else anchors.anchors_for(AnchorPurpose.CARD_STATUS):
        if anchor.scope is not None:
            issuer = certificate.parse(anchor.certificate).subject
            key = ListKey(Purpose.CARD_STATUS, issuer, anchor.scope)
            found.setdefault(anchor.scope, {})[key] = None
    return {scope: tuple(keys) for scope, keys in found.items()}


def _subjects(trust: TrustList | None) -> frozenset[bytes]:
    anchors = () if trust is None else trust.anchors
    return frozenset(certificate.parse(one.certificate).subject for one in anchors)


def _witness(key: ListKey) -> str:
    """Return a short stable word for whoever may sign the lists of a key."""
    whose = key.issuer if key.scope is None else key.scope.encode()
    return hashlib.sha256(key.purpose.value.encode() + b"\x00" + whose).hexdigest()[:16]


def _lateness(answer: Answer) -> tuple[bool, float]:
    """Order by whether the chip is named, then by thisUpdate."""
    made = -math.inf if answer.this_update is None else answer.this_update.timestamp()
    return answer.status is Status.REVOKED, made
