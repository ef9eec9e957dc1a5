"""`tramthe fleet`: the registry of terminals; listing, showing, deciding about requests.

Not here: the other verbs (`fleet_verbs`, `fleet_end`), tables and files (`fleet_files`), which are
imported when they are named.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from edge.wire.event import timestamp
from provisioning.centre.alarms import AlarmRow, alarms
from provisioning.cli.centre_alarms import MOST, about
from provisioning.cli.centre_claim import became
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import office_time
from provisioning.cli.fleet_common import BY, JSON, NAME, NAMES, each
from provisioning.cli.lazy import LazyCommands
from provisioning.errors import FleetRefused
from provisioning.fleet import claims, decisions, registry, release, requests, wipe
from provisioning.fleet.claims import Claim
from provisioning.fleet.history import history
from provisioning.fleet.inventory import as_json, plain
from provisioning.fleet.registry import State, Terminal
from provisioning.fleet.requests import Request, RequestState

_LAZY = {
    "adopt": ("provisioning.cli.fleet_files", "adopt"),
    "bring": ("provisioning.cli.fleet_files", "bring"),
    "certify": ("provisioning.cli.fleet_files", "certify"),
    "delete": ("provisioning.cli.fleet_end", "delete"),
    "export": ("provisioning.cli.fleet_files", "export"),
    "import": ("provisioning.cli.fleet_files", "import_"),
    "lost": ("provisioning.cli.fleet_end", "lost"),
    "move": ("provisioning.cli.fleet_verbs", "move"),
    "note": ("provisioning.cli.fleet_verbs", "note"),
    "release": ("provisioning.cli.fleet_end", "release"),
    "rename": ("provisioning.cli.fleet_verbs", "rename"),
    "replace": ("provisioning.cli.fleet_verbs", "replace"),
    "requests": ("provisioning.cli.fleet_files", "requests"),
    "retire": ("provisioning.cli.fleet_end", "retire"),
    "revoked": ("provisioning.cli.fleet_files", "revoked"),
    "wipe": ("provisioning.cli.fleet_end", "wipe"),
    "wiped": ("provisioning.cli.fleet_end", "wiped"),
}


class _Group(LazyCommands):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in order."""
        return sorted(super().list_commands(ctx))


_EXAMPLES = """
\b
Examples:
  tramthe fleet list /srv/centre --state waiting
  tramthe fleet approve /srv/centre tram-001 tram-002 --by lan
  tramthe fleet replace /srv/centre tram-001 tram-041 --by lan
"""


@click.group(cls=_Group, lazy=_LAZY, epilog=_EXAMPLES)
def fleet() -> None:
    """Which terminals there are at the centre of FOLDER, and what becomes of each.

    From the first terminal in it on, the registry decides from whom records are taken; until then
    the terminal authority's certificate alone does. Every verb is written down with who did it.
    """


@fleet.command("list", short_help="List terminals, and what waits for a person.")
@FOLDER
@click.option(
    "--state",
    "states",
    type=click.Choice([state.value for state in State]),
    multiple=True,
    help="Only those; may be given several times.",
)
@JSON
@DATABASE
def list_terminals(
    folder: Path, states: Sequence[str], as_data: bool, database: str | None
) -> None:
    """List the terminals of the registry, by name.

    State, since when, organisation, certificate's end, what people call it; below it the requests
    that wait for a person, and alarms about claims that nobody has looked at.
    """
    with opened(folder, database) as store:
        with store.reading() as connection:
            rows = registry.every(connection, *(State(state) for state in states))
            waiting = requests.requests(connection, RequestState.WAITING)
        raised = alarms(store, settled=False, codes=claims.CODES, limit=MOST)
    of: dict[str, list[Request]] = {}
    for one in waiting:
        of.setdefault(one.terminal, []).append(one)
    alarms_of: dict[str, list[AlarmRow]] = {}
    for alarm in raised:
        alarms_of.setdefault(alarm.terminal, []).append(alarm)
    if as_data:
        found = [
            as_json(row)
            | {
                "waiting": [_said(one) for one in of.get(row.name, ())],
                "alarms": [_alarm(one) for one in alarms_of.get(row.name, ())],
            }
            for row in rows
        ]
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo(_line(row))
        for one in of.get(row.name, ()):
            click.echo(
                f"    request {one.number} waits: key {one.key[:16]}, {one.way}, {one.asked_at}"
            )
        for alarm in alarms_of.get(row.name, ()):
            click.echo(f"    alarm {alarm.code}: {about(alarm)}, {alarm.raised_at}")
    if not rows:
        click.echo("No terminal." if states else "The registry is empty: the authority decides.")


@fleet.command(short_help="Show all about one terminal.")
@FOLDER
@NAME
@JSON
@DATABASE
def show(folder: Path, terminal: str, as_data: bool, database: str | None) -> None:
    """Show TERMINAL: certificates, claims, requests, what is held back, all that was done to it.

    Alarms are those that nobody has looked at.
    """
    with opened(folder, database) as store:
        with store.reading() as connection:
            found = registry.get(connection, terminal)
            certificates = registry.certificates(connection, terminal)
            given = claims.claims(connection, terminal)
            asked = requests.requests(connection, terminal=terminal)
            held = release.held(connection, terminal)
            words = wipe.statements(connection, terminal)
            done = history(connection, terminal)
        raised = alarms(store, terminal=terminal, settled=False, limit=MOST)
    if as_data:
        value = as_json(found) | {
            "certificates": [plain(one, "der", "terminal") for one in certificates],
            "claims": [plain(one, "terminal") for one in given],
            "requests": [_said(one) for one in asked],
            "held_back": [plain(one) for one in held],
            "wiped": list(words),
            "alarms": [_alarm(one) for one in raised],
            "history": [plain(one, "terminal") for one in done],
        }
        click.echo(json.dumps(value, ensure_ascii=False, indent=1))
        return
    click.echo(_line(found))
    for name, text in (("technician", found.technician), ("note", found.note)):
        if text:
            click.echo(f"  {name:<12} {text}")
    for name, other in (("replaces", found.replaces), ("replaced by", found.replaced_by)):
        if other:
            click.echo(f"  {name:<12} {other}")
    for certificate in certificates:
        ended = f", ended {certificate.ended_at}: {certificate.why}" if certificate.ended_at else ""
        click.echo(
            f"  certificate  {certificate.serial} until {certificate.not_after}{ended}\n"
            f"    key        {certificate.key}"
        )
    _tell_asked(given, asked)
    for part in held:
        click.echo(
            f"  held back    {part.records} records, {part.first} to {part.last} of {part.epoch}"
        )
    for compact in words:
        click.echo(f"  wiped        {compact}")
    for alarm in raised:
        click.echo(f"  alarm        {alarm.code}: {about(alarm)}, {alarm.raised_at}")
    for entry in done:
        click.echo(f"  {entry.at}  {entry.operator or '-':<12} {entry.verb:<16} {entry.detail}")


def _tell_asked(given: Sequence[Claim], asked: Sequence[Request]) -> None:
    """Say what a terminal was given to ask with, and what it asked."""
    now = timestamp(office_time())
    for claim in given:
        click.echo(f"  claim        {claim.id} until {claim.until}: {became(claim, now)}")
    for one in asked:
        why = f" ({one.why})" if one.why else ""
        click.echo(f"  request      {one.number} {one.state}{why}, key {one.key[:16]}")


@fleet.command(short_help="Approve requests that wait.")
@FOLDER
@NAMES
@click.option("--all", "every", is_flag=True, help="All that wait; each is named before.")
@click.option("--key", help="The beginning of the key's fingerprint, where two keys wait.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@BY
@DATABASE
def approve(
    folder: Path,
    terminals: tuple[str, ...],
    every: bool,
    key: str | None,
    yes: bool,
    by: str,
    database: str | None,
) -> int:
    """Approve what TERMINALS ask, or all that wait: the batch of a box that was prepared together.

    Compare the fingerprint with the terminal's label or screen. The certificate is issued when the
    terminal asks again; where the authority is outside: tramthe fleet requests.
    """
    if every is bool(terminals):
        raise click.UsageError("name terminals, or give --all")
    with opened(folder, database) as store:
        with store.reading() as connection:
            found = _waiting(requests.requests(connection, RequestState.WAITING), terminals, key)
        for one in found:
            click.echo(f"{one.terminal:<24} {one.organisation or '-':<16} key {one.key}")
        if not found:
            click.echo("Nothing waits.")
            return 0
        if not yes:
            click.confirm(f"Approve {len(found)}?", abort=True)
        return each(
            store,
            [(one.terminal, one.number) for one in found],
            lambda connection, number: decisions.approve(connection, number, by, office_time()),
            "approved",
        )


@fleet.command(short_help="Refuse requests that wait.")
@FOLDER
@NAMES
@click.option("--key", help="The beginning of the key's fingerprint, where two keys wait.")
@click.option("--why", default="", help="What is said of it in the history.")
@BY
@DATABASE
def refuse(
    folder: Path,
    terminals: tuple[str, ...],
    key: str | None,
    why: str,
    by: str,
    database: str | None,
) -> int:
    """Refuse what TERMINALS ask: they are told, and are expected again."""
    if not terminals:
        raise click.UsageError("name terminals")
    with opened(folder, database) as store:
        with store.reading() as connection:
            found = _waiting(requests.requests(connection, RequestState.WAITING), terminals, key)
        return each(
            store,
            [(one.terminal, one.number) for one in found],
            lambda connection, number: decisions.refuse(connection, number, by, why, office_time()),
            "refused",
        )


def _waiting(
    waiting: Sequence[Request], terminals: Sequence[str], key: str | None
) -> tuple[Request, ...]:
    """Return what waits of these terminals, or of all; one request for each of them."""
    found = [one for one in waiting if not terminals or one.terminal in terminals]
    if key is not None:
        found = [one for one in found if one.key.startswith(key.lower())]
    names = [one.terminal for one in found]
    for name in terminals:
        if name not in names:
            raise FleetRefused(
                f"Nothing of {name} waits.",
                next_step="Look at what does: tramthe fleet list FOLDER --state waiting",
            )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise FleetRefused(
            f"Two keys wait for {twice}: a claim was copied, or two boxes have one name.",
            next_step="Compare with the label on the box, then give that key: --key",
        )
    return tuple(found)


def _said(one: Request) -> dict[str, Any]:
    return plain(one, "csr", "terminal")


def _alarm(one: AlarmRow) -> dict[str, Any]:
    return plain(one, "terminal", "settled_at", "operator", "note")


def _line(row: Terminal) -> str:
    end = "-" if row.certificate is None else row.certificate.not_after[:10]
    where = row.organisation or "-"
    stands = f"{row.name:<24} {row.state:<9} {row.since[:10]}  {where:<16} {end:<11}"
    return f"{stands} {row.label}".rstrip()
