"""What people do with terminals that are there: rename, move, replace, retire, lost, wipe, delete.

Lives here: each verb over the registry and the centre's tables. Not here: approving (`decisions`),
letting go what was held back (`release`), the order and the statement of a wipe (`wipe`), erasing
(`delete`), commands and pages. Each works within the caller's transaction and writes itself down
with its operator; each is the act of a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

import sqlalchemy as sa

from edge.wire.ack import AlarmCode
from edge.wire.event import timestamp
from provisioning.centre.catalogue import read_code
from provisioning.centre.local_time import day_of
from provisioning.centre.office_tables import PLACE
from provisioning.centre.tables import ASIDE, EPOCH, EVENT
from provisioning.errors import FleetRefused
from provisioning.fleet import claims, registry
from provisioning.fleet.history import Verb, note
from provisioning.fleet.registry import ENDED, Certificate, State, Terminal
from provisioning.fleet.requests import RequestState, decided, requests
from provisioning.fleet.tables import TERMINAL

MAX_LABEL = 80  # characters
MAX_NOTE = 300  # characters


@dataclass(frozen=True, slots=True)
class Lost:
    """What marking a terminal as lost did."""

    certificates: tuple[Certificate, ...]
    """Those that are revoked by it, for the authority's list."""
    epochs: int
    held_back: int
    """Records beyond what was acknowledged that had come already."""


def adopt(
    connection: sa.Connection,
    certificate: bytes,
    name: str,
    operator: str,
    at: datetime,
    *,
    organisation: str | None = None,
) -> Terminal:
    """Enter a terminal whose certificate (DER) was issued outside the registry.

    The caller has checked that an authority of this centre issued it, and to whom. Raises
    FleetRefused for a terminal out of service, a key of another one.
    """
    known = registry.find(connection, name)
    if known is not None and known.state in ENDED:
        raise _stands(known, "a certificate from outside does not bring it back")
    registry.enter(connection, name, State.APPROVED, at, organisation=organisation)
    made = registry.keep_certificate(connection, name, certificate, at)
    note(connection, at, operator, Verb.ADOPTED, name, f"serial {made.serial}")
    return registry.get(connection, name)


def rename(
    connection: sa.Connection, name: str, label: str, operator: str, at: datetime
) -> Terminal:
    """Call a terminal otherwise. Its id stays: it stands in each of its events."""
    registry.get(connection, name)
    said = " ".join(label.split())
    if len(said) > MAX_LABEL:
        raise FleetRefused(
            f"What a terminal is called has up to {MAX_LABEL} characters.", next_step="Shorten it."
        )
    connection.execute(sa.update(TERMINAL).where(TERMINAL.c.name == name).values(label=said))
    note(connection, at, operator, Verb.RENAMED, name, said)
    return registry.get(connection, name)


def annotate(
    connection: sa.Connection, name: str, text: str, operator: str, at: datetime
) -> Terminal:
    """Write a note beside a terminal."""
    registry.get(connection, name)
    said = " ".join(text.split())
    if len(said) > MAX_NOTE:
        raise FleetRefused(f"A note has up to {MAX_NOTE} characters.", next_step="Shorten it.")
    connection.execute(sa.update(TERMINAL).where(TERMINAL.c.name == name).values(note=said))
    note(connection, at, operator, Verb.NOTED, name, said)
    return registry.get(connection, name)


def move(
    connection: sa.Connection,
    name: str,
    organisation: str,
    since: date,
    operator: str,
    at: datetime,
) -> Terminal:
    """Let a terminal stand with another organisation from a day on; figures before it stay.

    Raises FleetRefused for no code, a terminal out of service, a day before its present place's.
    """
    code = read_code(organisation)
    known = registry.get(connection, name)
    if code is None:
        raise FleetRefused(
            "An organisation's code has 14 digits.", next_step="Give it with or without points."
        )
    if known.state in ENDED:
        raise _stands(known, "it stands nowhere any more")
    _place(connection, name, code, since)
    connection.execute(sa.update(TERMINAL).where(TERMINAL.c.name == name).values(organisation=code))
    note(connection, at, operator, Verb.MOVED, name, f"{code} from {since.isoformat()}")
    return registry.get(connection, name)


def replace(
    connection: sa.Connection, old: str, new: str, operator: str, at: datetime
) -> tuple[Terminal, Terminal]:
    """Let NEW take the place of OLD, which retires: organisation, and who follows whom.

    NEW may be expected, waiting or in service; OLD in any state but wiped. What OLD had written
    stays and is taken. The roster goes to NEW's inbox from the caller. Raises FleetRefused.
    """
    before, after = registry.get(connection, old), registry.get(connection, new)
    if old == new:
        raise FleetRefused("A terminal does not replace itself.", next_step="Name two terminals.")
    if before.replaced_by is not None:
        raise FleetRefused(
            f"{old} was replaced by {before.replaced_by} already.",
            next_step=f"Replace {before.replaced_by}, if that is the broken one.",
        )
    if after.state in ENDED or after.replaces is not None:
        raise _stands(after, "it cannot take another one's place")
    if before.organisation is not None:
        _place(connection, new, before.organisation, day(at))
    connection.execute(
        sa.update(TERMINAL)
        .where(TERMINAL.c.name == new)
        .values(organisation=before.organisation or after.organisation, replaces=old)
    )
    connection.execute(sa.update(TERMINAL).where(TERMINAL.c.name == old).values(replaced_by=new))
    note(connection, at, operator, Verb.REPLACED, old, f"by {new}")
    note(connection, at, operator, Verb.REPLACED, new, f"takes the place of {old}")
    if before.state not in ENDED:
        retire(connection, old, operator, at)
    return registry.get(connection, old), registry.get(connection, new)


def retire(
    connection: sa.Connection, name: str, operator: str, at: datetime
) -> tuple[Certificate, ...]:
    """Take a terminal out of service in good order; return the certificates that ended.

    What it had written until now is taken however late it comes; nothing after. Raises
    FleetRefused for one that is out of service.
    """
    registry.begin(connection, at)
    known = registry.get(connection, name)
    if known.state in ENDED:
        raise _stands(known, "it is out of service already")
    ended = _end(connection, name, State.RETIRED, operator, at)
    note(connection, at, operator, Verb.RETIRED, name)
    return ended


def lost(connection: sa.Connection, name: str, operator: str, at: datetime) -> Lost:
    """Hold back everything beyond what was acknowledged, whatever its time; end its certificates.

    Raises FleetRefused for one that is lost or wiped already.
    """
    registry.begin(connection, at)
    known = registry.get(connection, name)
    if known.state in {State.LOST, State.WIPING, State.WIPED}:
        raise _stands(known, "nothing of it is taken already")
    done = hold(connection, name, State.LOST, operator, at)
    note(connection, at, operator, Verb.LOST, name, f"{done.held_back} records held back")
    return done


def hold(connection: sa.Connection, name: str, state: State, operator: str, at: datetime) -> Lost:
    """Put a terminal into a state in which nothing beyond what was acknowledged is believed."""
    before = registry.get(connection, name).state
    ended = _end(connection, name, state, operator, at, why=State.LOST)
    if before in {State.LOST, State.WIPING, State.WIPED}:
        return Lost(ended, 0, 0)
    # The state is written before the epochs are locked: whoever waits for one of these locks with
    # a segment reads the new state; whoever had it is waited for here.
    query = sa.select(EPOCH.c.epoch, EPOCH.c.high_water, EPOCH.c.highest)
    rows = connection.execute(query.where(EPOCH.c.terminal == name).with_for_update()).all()
    back = sum(
        _move_aside(connection, name, row.epoch, row.high_water)
        for row in rows
        if row.highest > row.high_water
    )
    return Lost(ended, len(rows), back)


def _move_aside(connection: sa.Connection, name: str, epoch: str, above: int) -> int:
    """Put aside what lies beyond a gap: it came, and was never acknowledged as whole."""
    beyond = (EVENT.c.terminal == name, EVENT.c.epoch == epoch, EVENT.c.seq > above)
    rows = connection.execute(
        sa.select(EVENT.c.seq, EVENT.c.data, EVENT.c.received_at).where(*beyond)
    )
    found = [
        {
            "terminal": name,
            "epoch": epoch,
            "seq": row.seq,
            "digest": sha256(bytes(row.data)).digest(),
            "why": AlarmCode.TERMINAL_LOST.value,
            "data": bytes(row.data),
            "received_at": row.received_at,
        }
        for row in rows
    ]
    if found:
        connection.execute(sa.insert(ASIDE), found)
        connection.execute(sa.delete(EVENT).where(*beyond))
        connection.execute(
            sa.update(EPOCH)
            .where(EPOCH.c.terminal == name, EPOCH.c.epoch == epoch)
            .values(events=EPOCH.c.events - len(found), aside=EPOCH.c.aside + len(found))
        )
    return len(found)


def _end(
    connection: sa.Connection,
    name: str,
    state: State,
    operator: str,
    at: datetime,
    *,
    why: State | None = None,
) -> tuple[Certificate, ...]:
    """Put a terminal into a state out of service: claims withdrawn, requests refused."""
    registry.enter(connection, name, state, at)
    claims.withdraw(connection, name, at, operator)
    for one in requests(connection, RequestState.WAITING, RequestState.APPROVED, terminal=name):
        decided(connection, one, RequestState.REFUSED, at, operator, f"the terminal is {state}")
    return registry.end_certificates(connection, name, (why or state).value, at)


def _place(connection: sa.Connection, name: str, code: str, since: date) -> None:
    """Let the place of a terminal change on a day."""
    day = since.isoformat()
    of = PLACE.c.terminal == name
    later = sa.select(PLACE.c.since).where(of, PLACE.c.since > day)
    if connection.execute(later).first() is not None:
        raise FleetRefused(
            f"{name} stands elsewhere from a later day on.",
            next_step="Give that day or a later one; tramthe centre terminals corrects the past.",
        )
    connection.execute(sa.delete(PLACE).where(of, PLACE.c.since == day))
    connection.execute(
        sa.update(PLACE)
        .where(of, sa.or_(PLACE.c.until.is_(None), PLACE.c.until > day))
        .values(until=day)
    )
    connection.execute(sa.insert(PLACE).values(terminal=name, since=day, until=None, code=code))


def day(at: datetime) -> date:
    """Return the day of a time in Vietnam."""
    return date.fromisoformat(day_of(timestamp(at)))


def _stands(known: Terminal, why: str) -> FleetRefused:
    return FleetRefused(
        f"{known.name} is {known.state}: {why}.",
        next_step=f"Look at what was done to it: tramthe fleet show FOLDER {known.name}",
    )
