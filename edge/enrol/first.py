"""The first certificate, by a claim: asked for until it comes, through power cuts.

Lives here: the order of the steps. Not here: waiting between two askings (the command line), each
step itself (`client`, `check`, `edge.identity`).

1. The claim is kept, 2. the key is made and kept, and which it is, 3. the authorities are fetched
over a connection that only the claim's anchors vouch for, 4. the request goes out, 5. what comes
back is checked and kept, 6. the claim is erased. A plug pulled anywhere leaves something to go on
from: the same key asks again, which is the same request to the centre; with another key it would
be an alarm there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from edge.enrol.check import fitting
from edge.enrol.client import Est, Send, Waiting
from edge.enrol.faults import FINAL, EnrolFault, refused
from edge.enrol.kept import EnrolFiles, Progress, State
from edge.enrol.request import fingerprint, make_request, require_met, subject_for
from edge.errors import EdgeError, EnrolmentRefused
from edge.identity import place as places
from edge.identity.key import (
    KEY,
    TerminalIdentity,
    change,
    load_or_create,
    next_key,
    store_certificate,
)
from edge.identity.place import FILE, KeyPlace
from edge.net.http import request
from edge.net.tls import Tls
from edge.wire.claim import Claim
from edge.wire.event import timestamp
from verify.moment import Moment


@dataclass(frozen=True, slots=True)
class Step:
    """How one asking ended. `after`: seconds that the centre asks to wait, with WAITING."""

    state: State
    after: float | None = None
    source_left: str | None = None
    """The claim's file, where it could not be erased."""


class FirstEnrolment:
    """Enrols the terminal whose identity folder this is. For one process at a time.

    `place`: how its key is kept where it has none, or gets another; `floor`: the time before which
    it cannot be.
    """

    def __init__(
        self,
        folder: Path,
        floor: Callable[[], datetime],
        *,
        place: KeyPlace = FILE,
        send: Send = request,
    ) -> None:
        self._files = EnrolFiles(folder)
        self._folder = folder
        self._floor = floor
        self._place = place
        self._send = send

    def begin(self, data: bytes, at: Moment, source: Path | None = None) -> Claim:
        """Keep a claim, of the file `source`; one that is in use already is gone on with.

        Raises WireMalformed, RecordingLocked, OSError.
        """
        claim = Claim.read(data)
        load_or_create(self._folder, claim.terminal, place=self._place)
        where = None if source is None else str(source.absolute())
        before = self._files.progress()
        if before is not None and before.claim == claim.claim_id:
            self._files.keep_progress(replace(before, source=where))
        else:
            begun = Progress(State.BEGUN, timestamp(at.at), claim.claim_id, source=where)
            self._files.keep_progress(begun)
        self._files.keep_claim(data)
        return claim

    def ask(self, at: Moment) -> Step:
        """Ask once. Raises an EdgeError that says why there is no certificate yet, OSError.

        EnrolmentRefused with a fault in FINAL: the claim is erased, too.
        """
        data = self._files.claim()
        if data is None:
            raise refused(EnrolFault.NO_CLAIM, "There is no claim to enrol with.")
        claim = Claim.read(data)
        progress = self._files.progress()
        if progress is None or progress.claim != claim.claim_id:
            progress = Progress(State.BEGUN, timestamp(at.at), claim.claim_id)
        identity = load_or_create(self._folder, claim.terminal, place=self._place)
        if _has_come(progress, identity):
            return self._done(progress, at)
        key = self._key(identity)
        progress = replace(progress, key=fingerprint(key.public_key()))
        self._files.keep_progress(progress)
        try:
            return self._asked(claim, identity, key, progress, at)
        except EdgeError as error:
            self._failed(error, progress, at)
            raise

    def _asked(
        self,
        claim: Claim,
        identity: TerminalIdentity,
        key: ec.EllipticCurvePrivateKey,
        progress: Progress,
        at: Moment,
    ) -> Step:
        est = Est(claim.enrol, Tls(floor=self._floor, anchors=claim.anchors), send=self._send)
        authorities = est.authorities(at.at)
        require_met(est.attributes(at.at))
        csr = make_request(key, subject_for(claim.terminal, claim.organisation))
        answer = est.enrol(csr, claim.authorization(), at.at)
        if isinstance(answer, Waiting):
            self._files.keep_progress(self._as(State.WAITING, progress, at))
            return Step(State.WAITING, answer.after)
        found = fitting(answer.certificates, key.public_key(), claim.terminal, authorities, at)
        self._files.keep_authorities(authorities)
        if key is identity.key:
            store_certificate(self._folder, identity, found)
        else:
            change(self._folder, key, found)
        return self._done(progress, at)

    def _key(self, identity: TerminalIdentity) -> ec.EllipticCurvePrivateKey:
        """Return the key to ask for: the terminal's own, until a certificate was issued for it."""
        fits = places.held(self._folder, KEY) is self._place.kind
        if identity.certificate is None and fits:
            return identity.key
        return next_key(self._folder, self._place)

    def _done(self, progress: Progress, at: Moment) -> Step:
        """Erase the claim before it is said to be done: what is left of it is erased again."""
        gone = self._files.erase_claim(progress.source)
        self._files.keep_progress(replace(self._as(State.ENROLLED, progress, at), source=None))
        return Step(State.ENROLLED, source_left=None if gone else progress.source)

    def _failed(self, error: EdgeError, progress: Progress, at: Moment) -> None:
        fault = error.fault if isinstance(error, EnrolmentRefused) else None
        if fault in FINAL:
            self._files.erase_claim(progress.source)
        self._files.keep_progress(
            replace(
                self._as(State.FAILED, progress, at),
                why=error.message,
                next_step=error.next_step,
                fault=fault,
            )
        )

    @staticmethod
    def _as(state: State, progress: Progress, at: Moment) -> Progress:
        return replace(
            progress, state=state, at=timestamp(at.at), why=None, next_step=None, fault=None
        )


def _has_come(progress: Progress, identity: TerminalIdentity) -> bool:
    """Return whether this claim's certificate is kept already: only what follows was cut short."""
    return (
        identity.certificate is not None
        and progress.key is not None
        and progress.key == fingerprint(identity.key.public_key())
    )
