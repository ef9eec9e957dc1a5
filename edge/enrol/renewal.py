"""The next certificate, in time: asked for from two thirds of the life on, with a new key.

Lives here: by which door, how often, and the change of keys. Not here: when it is due (`due`),
each step itself (`client`, `edge.identity`), the thread (the service).

While the old certificate counts, it is shown to `terminals.NAME`. One that has ended, or that the
server does not take, or whose key stays in a token and cannot be used for TLS, goes to
`lapsed.NAME` with a request that the old key signed: a terminal that comes back after a year is
known there, and waits until somebody approves it. Its events stay as they are.

Where no new key can be made, the one in use is certified again (RFC 7030 section 4.2.2 has both):
systemd seals a key for root alone, and the service is not root. A certificate for an old key is
better than none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from edge.enrol.check import fitting, name_of
from edge.enrol.client import BadRequest, Est, Issued, Send, Waiting
from edge.enrol.due import is_due
from edge.enrol.faults import EnrolFault, refused
from edge.enrol.first import Step
from edge.enrol.kept import EnrolFiles, Progress, State
from edge.enrol.request import fingerprint, make_request, require_met, subject_of
from edge.errors import (
    CentreBusy,
    CertificateNotTaken,
    EdgeError,
    EnrolmentRefused,
    KeyUnusable,
)
from edge.identity.key import Pair, TerminalIdentity, change, next_key, store_certificate
from edge.identity.place import FILE, KeyPlace
from edge.net.http import request
from edge.net.tls import ClientCertificate, Tls
from edge.sync.way import LAPSED, TERMINALS
from edge.wire.event import timestamp
from edge.wire.reenrol import Reenrol, sign_reenrol
from verify import certificate
from verify.moment import Moment

EVERY = 3600.0
"""Seconds between two askings, where the centre does not say."""

_log = logging.getLogger("tramthe.enrol")


@dataclass(frozen=True, slots=True)
class Centre:
    """Where to renew. `url`: the centre's address of the configuration; `roots`: PEM, or None.

    `floor`: the time before which it cannot be. `anchors`: authorities (DER) that are trusted to
    issue certificates of terminals besides those that were kept at enrolment.
    """

    url: str
    floor: Callable[[], datetime]
    roots: Path | None = None
    anchors: Callable[[], tuple[bytes, ...]] = tuple


class Renewal:
    """Renews the certificate of one terminal. For one thread.

    `renewed()` is called once key and certificate have changed; `monotonic()` counts seconds.
    """

    def __init__(
        self,
        folder: Path,
        identity: TerminalIdentity,
        centre: Centre,
        *,
        monotonic: Callable[[], float],
        place: KeyPlace = FILE,
        renewed: Callable[[], None] = lambda: None,
        send: Send = request,
    ) -> None:
        self._files = EnrolFiles(folder)
        self._folder = folder
        self._identity = identity
        self._centre = centre
        self._monotonic = monotonic
        self._place = place
        self._renewed = renewed
        self._send = send
        self._next = monotonic()

    def after_a_pass(self, at: Moment) -> Step | None:
        """Ask where it is due and time to; never raises. None where nothing was asked."""
        if self._monotonic() < self._next or not is_due(self._identity.certificate, at.at):
            return None
        self._next = self._monotonic() + EVERY
        try:
            step = self.ask(at)
        except (EdgeError, OSError) as error:
            said = error.message if isinstance(error, EdgeError) else error.strerror
            _log.warning("the certificate is not renewed yet: %s", said)
            if isinstance(error, CentreBusy) and error.after is not None:
                self._next = self._monotonic() + max(error.after, EVERY)
            return Step(State.FAILED)
        if step.after is not None:
            self._next = self._monotonic() + step.after
        return step

    def ask(self, at: Moment) -> Step:
        """Ask once, due or not. Raises an EdgeError that says why there is none yet, OSError."""
        old = self._identity.pair
        if old.certificate is None:
            raise refused(EnrolFault.NO_CLAIM, "This terminal has no certificate to renew.")
        key = self._key(old.key)
        progress = Progress(State.FAILED, timestamp(at.at), key=fingerprint(key.public_key()))
        try:
            answer, authorities = self._by_door(old, old.certificate, key, at)
            if isinstance(answer, Waiting):
                self._keep(progress, State.WAITING)
                return Step(State.WAITING, answer.after)
            found = fitting(
                answer.certificates, key.public_key(), _name(old.certificate), authorities, at
            )
        except EdgeError as error:
            self._keep(progress, State.FAILED, error)
            raise
        if key is old.key:
            pair = store_certificate(self._folder, self._identity, found).pair
        else:
            pair = change(self._folder, key, found)
        self._identity.take_up(pair)
        self._keep(progress, State.ENROLLED)
        self._renewed()
        return Step(State.ENROLLED)

    def _key(self, own: ec.EllipticCurvePrivateKey) -> ec.EllipticCurvePrivateKey:
        """Return the key to ask for: a new one, or `own` where none can be made here."""
        try:
            return next_key(self._folder, self._place)
        except KeyUnusable as error:
            _log.warning("the next certificate is for the same key: %s", error.message)
            return own

    def _by_door(
        self, old: Pair, shown: bytes, key: ec.EllipticCurvePrivateKey, at: Moment
    ) -> tuple[Issued | Waiting, tuple[bytes, ...]]:
        """Return the answer and who may have issued it, by the door that takes the old pair."""
        csr = make_request(key, subject_of(shown))
        address = _origin(self._centre.url)
        usual = TERMINALS in address and old.shown is not None
        if usual and certificate.parse(shown).not_after >= at.at:
            try:
                client = ClientCertificate(shown, old.key)
                est = self._est(address, client)
                authorities = self._authorities(est, at)
                return est.renew(csr, at.at), authorities
            except (CertificateNotTaken, BadRequest):
                _log.info("the certificate is not taken any more: by the other door")
        est = self._est(address.replace(TERMINALS, LAPSED, 1), None)
        authorities = self._authorities(est, at)
        asked = sign_reenrol(Reenrol(csr, timestamp(at.at)), old.key, shown)
        return est.renew_lapsed(asked, at.at), authorities

    def _est(self, address: str, client: ClientCertificate | None) -> Est:
        tls = Tls(self._centre.roots, client, self._centre.floor)
        return Est(address, tls, send=self._send)

    def _authorities(self, est: Est, at: Moment) -> tuple[bytes, ...]:
        """Return who may issue certificates: as the server says now, else as was kept."""
        known = (*self._files.authorities(), *self._centre.anchors())
        try:
            said = est.authorities(at.at)
            require_met(est.attributes(at.at))
        except EnrolmentRefused as error:
            if error.fault != EnrolFault.NO_SERVER or not known:
                raise
            return known
        self._files.keep_authorities(said)
        return (*said, *self._centre.anchors())

    def _keep(self, progress: Progress, state: State, error: EdgeError | None = None) -> None:
        fault = error.fault if isinstance(error, EnrolmentRefused) else None
        why, step = (None, None) if error is None else (error.message, error.next_step)
        self._files.keep_progress(
            Progress(state, progress.at, None, progress.key, None, why, step, fault)
        )


def _origin(url: str) -> str:
    """Return scheme and host of an address: EST stands at the root of a server."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _name(own: bytes) -> str:
    """Return whom the old certificate names: nobody else's is taken in its place."""
    found = name_of(own)
    if found is None:
        raise refused(EnrolFault.CERTIFICATE_UNFIT, "This terminal's certificate names nobody.")
    return found
