"""What the state folder holds: keys, trust list, revocation lists, log. Only read.

Not here: what to make of it (`judge_terminal`); nobody's name is read.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from crl.status import Purpose
from edge.care.facts import Asking, Held, HeldList, Identity, Log, Queue
from edge.enrol.kept import EnrolFiles
from edge.enrol.kept import State as Enrolment
from edge.errors import RecordingLocked
from edge.holdings import Holdings
from edge.identity.key import TerminalIdentity, exists, load_or_create
from edge.identity.wiped import statement
from edge.layout import StateLayout
from edge.log.chain import verify_file
from edge.log.look import Look, look_at
from edge.wire.event import Event
from verify.freshness import tier

_NOBODY = "terminal"


def keys(layout: StateLayout, terminal: str | None) -> TerminalIdentity | None:
    """Return the terminal's keys, None where there are none; none is made.

    Raises RecordingLocked where they are damaged.
    """
    if not exists(layout.identity):
        return None
    return load_or_create(layout.identity, terminal or _NOBODY)


def identity(layout: StateLayout) -> Identity:
    """Return whose certificate there is and its end, or why the keys cannot be used."""
    if statement(layout.identity) is not None:
        return Identity(None, None, wiped=True)
    try:
        found = keys(layout, None)
    except RecordingLocked as error:
        return Identity(None, None, error.message)
    asking = _asking(layout)
    if found is None or found.certificate is None:
        return Identity(None, None, asking=asking)
    certificate = x509.load_der_x509_certificate(found.certificate)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(names[0].value) if names else "?"
    return Identity(name, certificate.not_valid_after_utc, asking=asking)


def _asking(layout: StateLayout) -> Asking | None:
    progress = EnrolFiles(layout.identity).progress()
    if progress is None:
        return None
    day = progress.at[:10]
    if progress.state is Enrolment.WAITING:
        return Asking(day, key=progress.key or "?")
    if progress.state is Enrolment.FAILED:
        return Asking(day, why=progress.fault or progress.why or "?")
    return None


def held(layout: StateLayout, at: datetime) -> Held:
    """Return the trust list's number and each revocation list as it counts at `at`, UTC."""
    if not layout.holdings.is_dir():
        return Held(None, ())
    holdings = Holdings(layout.holdings, start_anyway=True)
    lists, policy = holdings.revocation, holdings.policy
    limits = {
        Purpose.CERTIFICATE: policy.certificate_lists,
        Purpose.CARD_STATUS: policy.card_status,
    }
    rows = [(key, header, None) for key, header in lists.believed(at).items()]
    aside = [(key, header, why.message) for key, (header, why) in lists.set_aside(at).items()]
    trust = holdings.trust
    return Held(
        None if trust is None else str(trust.number),
        tuple(
            HeldList(
                key.purpose.value,
                f"{header.number:x}",
                header.this_update,
                tier(header.this_update, header.next_update, at, limits[key.purpose]),
                why,
            )
            for key, header, why in [*rows, *aside]
        ),
    )


def log(path: Path) -> Log:
    """Return whether the log's chain is whole, from its first event to its last."""
    started = time.monotonic()
    if not path.exists():
        return Log(False, 0, None, 0.0)
    report = verify_file(path)
    why = None if report.ok else report.why or "not whole"
    return Log(True, report.events, why, time.monotonic() - started)


def queue(path: Path) -> Queue:
    """Return what the centre has not acknowledged. Raises LogDamaged."""
    if not path.exists():
        return Queue(0, None)
    with look_at(path) as look:
        unsent = sum(epoch.unsent for epoch in look.sums().epochs)
        return Queue(unsent, _oldest(look))


def _oldest(look: Look) -> datetime | None:
    acknowledged = {one.epoch: one for one in look.sums().epochs}
    for epoch in look.epochs:
        sums = acknowledged[epoch.id]
        first = next(iter(look.events(epoch, sums.acknowledged)), None) if sums.unsent else None
        if isinstance(first, Event):
            with suppress(ValueError):
                return datetime.fromisoformat(first.at)
    return None
