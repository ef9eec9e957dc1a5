"""`tramthe courier` at a terminal: the log onto a stick, and back what the centre says.

Not here: the acts themselves (`edge.carry`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from edge.carried import Received
from edge.carry import TerminalCourier
from edge.clock import Clock
from edge.errors import ConfigInvalid, RecordingLocked
from edge.holdings import Holdings
from edge.identity.key import TerminalIdentity, load_or_create
from edge.layout import StateLayout
from edge.log.append import EventLog
from edge.log.fault import LogFault, locked
from edge.log.look import look_at
from edge.repository.outcome import RepositoryState
from edge.sealed import batch_file
from edge.sync.centre_key import centre_key
from edge.sync.courier_outcome import Imported
from edge.sync.inbox import Inbox, InboxState, Outcome
from edge.sync.inbox_acts import TerminalActs
from edge.sync.support_out import SupportOut
from provisioning.cli.main import Exit
from verify.moment import Moment
from verify.trust import KeyUse

_BY = "console"


def export_log(folder: Path, state: Path) -> Exit:
    """Copy what waits onto a stick, also beside a running service."""
    layout = StateLayout(state)
    with look_at(layout.log) as look:
        identity = load_or_create(layout.identity, look.terminal)
        inbox = InboxState.of(identity, layout)
        done = _courier(layout).copy(
            look.view, identity, folder, stick=folder.name, by=_BY, inbox=inbox
        )
    click.echo(f"{done.events} of {done.waiting} events that wait are on the stick")
    if done.again:
        click.echo(f"{done.again} receipts go again, for the centre's word on them")
    if done.bundle is not None:
        click.echo(f"bundle {done.bundle.id}: {len(done.bundle.files)} files, {done.written} new")
    if done.stopped is not None:
        click.echo(f"tramthe: {done.stopped.message}", err=True)
        click.echo(f"  {done.stopped.next_step}", err=True)
    elif done.events < done.waiting:
        click.echo("  The rest goes with the next stick, once the centre has taken this one.")
    else:
        click.echo("Next: at the centre, tramthe courier import DIR --centre FOLDER")
    return Exit.DONE if done.stopped is None and done.events == done.waiting else Exit.NO


def import_down(folder: Path, state: Path) -> Exit:
    """Take lists for all, and acknowledgements and messages for this terminal."""
    layout = StateLayout(state)
    with look_at(layout.log) as look:
        terminal = look.terminal
    identity = load_or_create(layout.identity, terminal)
    courier = _courier(layout)
    with closing(EventLog(layout.log, terminal, identity.wrap_key, None)) as log:
        if log.fault is not None:
            raise _cannot_record(log.fault)
        inbox = _inbox(courier, identity, log)
        found = courier.take(log, folder, stick=folder.name, by=_BY, inbox=inbox)
    if found.nothing:
        click.echo("The stick has nothing for this terminal.")
        return Exit.DONE
    return Exit.DONE if _tell(found) else Exit.NO


def _tell(found: Received) -> bool:
    """Say what was taken; return whether that was all."""
    whole = True
    if found.repository is not None:
        for path in found.repository.taken:
            click.echo(f"taken      {path}")
        click.echo(f"repository: {found.repository.state.value}")
        if found.repository.why is not None:
            click.echo(f"  {found.repository.why} {found.repository.next_step}")
        whole = found.repository.state is RepositoryState.UP_TO_DATE
    if found.down is not None:
        if found.known:
            click.echo("This bundle was taken before.")
        whole = _tell_down(found.down) and whole
    if found.inbox is not None:
        whole = _tell_inbox(found.inbox) and whole
    return whole


def _tell_down(down: Imported) -> bool:
    click.echo(f"acknowledgements: {down.acks} new; the centre holds all up to {down.high_water}")
    if down.anchors:
        click.echo(f"receipts anchored: {down.anchors}")
    for one in down.refused:
        click.echo(f"NOT TAKEN  {one.name}: {one.why}")
    for name in down.missing:
        click.echo(f"MISSING    {name}")
    if down.copied is not None:
        click.echo(f"ALARM      {down.copied.message}")
        click.echo(f"  {down.copied.next_step}")
    return not down.refused and not down.missing and down.copied is None


def _tell_inbox(came: Outcome) -> bool:
    click.echo(f"messages: {len(came.taken)} new, {len(came.repeated)} taken before")
    for number, why in came.set_aside:
        click.echo(f"SET ASIDE  message {number}: {why}")
    for number in came.alarms:
        click.echo(f"ALARM      another content came under message number {number}")
    if came.refused:
        click.echo(
            f"NOT TAKEN  {came.refused} messages that are not the centre's for this terminal"
        )
    return not came.set_aside and not came.alarms and not came.refused


def _courier(layout: StateLayout) -> TerminalCourier:
    holdings = Holdings(layout.holdings, start_anyway=True)
    return TerminalCourier(layout, holdings, Clock(layout.floor))


def _inbox(courier: TerminalCourier, identity: TerminalIdentity, log: EventLog) -> Inbox | None:
    """Return the inbox of a terminal whose service does not run; None before it has a centre."""
    holdings = courier.holdings
    trusted = holdings.trust
    key = centre_key(trusted)
    if key is None or trusted is None:
        return None

    def take_batch(body: Mapping[str, Any], at: Moment) -> None:
        from edge.procedure.handover_book import HandoverBook
        from edge.procedure.handover_inbox import take

        file = batch_file(courier.layout.holdings)
        take(HandoverBook(log, file, courier.clock.now), body, at)

    def destroy(order: str) -> None:
        from edge.care.wipe import wipe_terminal

        folder, at = courier.layout.identity, courier.clock.now()
        wipe_terminal(order, identity, folder, log, at, holdings.forget_roster)
        click.echo("WIPED      this terminal's keys are destroyed, by the office's order")

    def make_support(order: int, at: Moment) -> None:
        from edge.care.running import support_bundle_of

        values = {"terminal": identity.terminal_id, "state": courier.layout.root}
        seal = next((one for one in trusted.centre_keys if one.use is KeyUse.SEAL), None)
        if seal is None:
            raise ConfigInvalid(
                "The trust list has no key to seal a support bundle to.",
                next_step="Bring the newest trust list to the terminal.",
            )
        archive = support_bundle_of(values, at)
        out = SupportOut(courier.layout.support, identity)
        out.keep(archive, order, (seal.kid, seal.public), at.at)

    acts = TerminalActs(
        log=log,
        now=courier.clock.now,
        centre=key,
        use_roster=lambda roster: holdings.keep_roster(roster.to_bytes()),
        drop_roster=holdings.forget_roster,
        use_batch=take_batch,
        destroy=destroy,
        make_support=make_support,
    )
    return InboxState.of(identity, courier.layout).acting(key, acts)


def _cannot_record(fault: str) -> RecordingLocked:
    if fault != LogFault.IN_USE:
        return locked(LogFault(fault))
    return RecordingLocked(
        "The terminal's service is running and keeps its log to itself.",
        next_step="Press the button on its status page, or stop the service first.",
        fault=fault,
    )
