"""What a claim's file says about people: a first PIN for each role, the secret for forgotten ones.

Lives here: drawing them, joining them to the claim, the sheet that is handed over. Not here: their
form (`edge.people.claim`), what a terminal does with them (`edge.people.doorkeeper`), files
(`cli.centre_claim`). Neither the centre nor its database has a part in it: the file that goes to
the technician and the sheet that goes to the terminal's people are all there is of a first PIN.
Source: DESIGN section 9.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from edge.errors import WireMalformed
from edge.people.claim import Claim as People
from edge.people.pin import MIN_DIGITS, fault_of
from edge.people.recovery import secret_of
from edge.people.roles import Role
from edge.wire.claim import Claim, with_people
from provisioning.errors import OfficeInputInvalid

_DRAWN = 4  # bytes
_EVEN = 256**_DRAWN // 10**MIN_DIGITS * 10**MIN_DIGITS
"""Numbers below it fall on each PIN equally often."""


def draw_pin(rng: Callable[[int], bytes] = os.urandom) -> str:
    """Return a PIN of the shortest length, each that may be one as likely as another."""
    while True:
        number = int.from_bytes(rng(_DRAWN))
        pin = f"{number % 10**MIN_DIGITS:0{MIN_DIGITS}d}"
        if number < _EVEN and fault_of(pin) is None:
            return pin


def people_for(
    terminal: str,
    *,
    pins: bool,
    recovery_key: bytes | None,
    rng: Callable[[int], bytes] = os.urandom,
) -> People | None:
    """Return what a claim says about people, None where nothing is wanted.

    `pins`: a first PIN for each role; `recovery_key`: the office's, of which the terminal's secret
    follows.
    """
    if not pins and recovery_key is None:
        return None
    drawn = {role: draw_pin(rng) for role in Role} if pins else {}
    secret = None if recovery_key is None else secret_of(recovery_key, terminal)
    return People(terminal, drawn, secret)


def claim_file(claim: Claim, people: People | None) -> bytes:
    """Return a claim's file. Raises OfficeInputInvalid where it would not fit one QR code."""
    if people is None:
        return claim.to_bytes()
    try:
        return with_people(claim, people.to_bytes())
    except WireMalformed as error:
        raise OfficeInputInvalid(
            f"{claim.terminal}: {error.message}", next_step="Give fewer anchors; none was made."
        ) from error


def sheet(people: People) -> bytes:
    """Return the PINs for whoever is to use them, one role a line."""
    lines = [people.terminal, *(f"{role.value:<11} {pin}" for role, pin in people.pins.items())]
    return ("\n".join(lines) + "\n").encode()
