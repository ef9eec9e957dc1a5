"""Giving out claims: what the office makes for each blank terminal.

Lives here: making claims of one list, all or none, and their QR codes. Not here: their form
(`edge.wire.claim`), what the registry keeps of them (`fleet.claims`), files (`cli.centre_claim`).
A claim's secret is in what is returned here and nowhere else: the registry has its SHA-256.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from edge.errors import WireMalformed
from edge.wire.canonical import to_base64url
from edge.wire.claim import SECRET_SIZE, Claim, secret_hash
from edge.wire.event import timestamp
from provisioning.errors import OfficeInputInvalid
from provisioning.fleet.claims import new_claim

MAX_AT_ONCE = 10_000
"""Claims of one list."""
VALID = timedelta(days=7)
"""From giving out to first use, unless told."""
_ID_SIZE = 9  # bytes: 12 characters


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom a claim is made; `organisation`: its code, 14 digits."""

    terminal: str
    organisation: str
    technician: str


@dataclass(frozen=True, slots=True)
class Office:
    """What all claims of an office share. `enrol`: https://enrol.NAME[:port]; `anchors`: DER."""

    enrol: str
    anchors: tuple[bytes, ...]


def give_out(
    connection: sa.Connection,
    wanted: Sequence[Wanted],
    office: Office,
    at: datetime,
    *,
    valid: timedelta = VALID,
    operator: str | None,
    rng: Callable[[int], bytes] = os.urandom,
) -> tuple[Claim, ...]:
    """Enter claims within the caller's transaction, and return them with their secrets.

    Raises OfficeInputInvalid for a claim that cannot be, FleetRefused for a terminal that may not
    have one: then none is to be kept.
    """
    if not 1 <= len(wanted) <= MAX_AT_ONCE:
        raise OfficeInputInvalid(
            f"A list has 1 to {MAX_AT_ONCE} terminals.", next_step="Give it in parts."
        )
    _require_once(one.terminal for one in wanted)
    until = (at + valid).replace(microsecond=0)
    given = []
    for one in wanted:
        claim = _claim(one, office, until, rng)
        new_claim(
            connection,
            id=claim.claim_id,
            digest=secret_hash(claim.secret),
            terminal=claim.terminal,
            organisation=claim.organisation,
            technician=claim.technician,
            until=until,
            at=at,
            operator=operator,
        )
        given.append(claim)
    return tuple(given)


def qr_svg(data: bytes, terminal: str) -> bytes:
    """Return the QR code of a claim's file: its very bytes, black on white, a millimetre a dot.

    The lowest level of correction and dots of one millimetre: so it stays readable by a camera
    from a sheet of A4.
    """
    import segno  # only paper has a code

    out = io.BytesIO()
    code = segno.make_qr(data, error="l", boost_error=False)
    code.save(out, kind="svg", unit="mm", scale=1, border=4, light="#fff", title=terminal)
    return out.getvalue()


def _claim(one: Wanted, office: Office, until: datetime, rng: Callable[[int], bytes]) -> Claim:
    try:
        claim = Claim(
            claim_id=to_base64url(rng(_ID_SIZE)),
            secret=rng(SECRET_SIZE),
            enrol=office.enrol,
            anchors=office.anchors,
            terminal=one.terminal,
            organisation=one.organisation,
            technician=one.technician,
            until=timestamp(until),
        )
        claim.to_bytes()
    except WireMalformed as error:
        raise OfficeInputInvalid(
            f"{one.terminal}: {error.message}", next_step="Correct it; no claim was made."
        ) from error
    return claim


def _require_once(terminals: Iterable[str]) -> None:
    seen: set[str] = set()
    for terminal in terminals:
        if terminal in seen:
            raise OfficeInputInvalid(
                f"{terminal} stands twice in the list.", next_step="Give each terminal one name."
            )
        seen.add(terminal)
