"""`tramthe people`: PINs at a terminal's console, and the office's side of a forgotten one."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from edge import crockford
from edge.layout import StateLayout
from edge.people import recovery
from edge.people.claim import MAX_CLAIM, Claim
from edge.people.doorkeeper import Doorkeeper
from edge.people.pin import MAX_DIGITS, check
from edge.people.records import RECOVERY
from edge.people.roles import Role
from edge.people.store import PeopleFile
from provisioning.cli.common import read_file, state_option
from provisioning.cli.held import identity
from provisioning.cli.main import Exit
from provisioning.office import recovery as office
from provisioning.office.recovery import load_key, make_key

ROLE = click.Choice([role.value for role in Role])
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)


_EXAMPLES = """
\b
Examples:
  tramthe people take claim.json --state /var/lib/tramthe
  tramthe people set-pin --role secretary --state /var/lib/tramthe
  tramthe people recovery-response 7KQ2 M4XD --key office.key --terminal tram-001
"""


@click.group(epilog=_EXAMPLES)
def people() -> None:
    """People at the terminal: their PINs, and what the office answers when one is forgotten.

    What changes a terminal runs on its own console, as root or as the service's user; a running
    service notices, and every open desk is locked.
    """


@people.command("set-pin", short_help="Set a role's PIN, the first or a new one.")
@state_option
@click.option("--role", type=ROLE, required=True, help="Whose PIN.")
@click.option("--stdin", is_flag=True, help="Read the PIN from standard input: one line.")
@click.option("--start-over", is_flag=True, help="Forget every PIN and the recovery secret first.")
def set_pin(state: Path, role: str, stdin: bool, start_over: bool) -> None:
    """Set the PIN of a role. It is asked for twice and not shown; tries and waits begin anew.

    Let whoever will use it type it.
    """
    file = _file(state)
    pin = _typed(stdin)
    check(pin)
    if start_over:
        file.start_over()
    _keeper(file).set_pin(Role(role), pin)
    click.echo(f"The PIN of the {role} is set. Every open desk is locked.")


@people.command(short_help="Show whose PIN is set; no secret.")
@state_option
def show(state: Path) -> None:
    """Show whose PIN is set, the tries since the last right one, and whether recovery is ready."""
    records = _file(state).read()
    for role in Role:
        pin = "PIN set" if role in records.pins else "NO PIN"
        click.echo(f"{role.value:<11} {pin}{_tries(records.tries_of(role).begun)}")
    kept = records.recovery
    ready = "NOT SET" if kept is None else f"for terminal {kept.terminal}, used {kept.counter}x"
    click.echo(f"{RECOVERY:<11} {ready}{_tries(records.tries_of(RECOVERY).begun)}")


@people.command(short_help="Take first PINs and the recovery secret out of a claim.")
@state_option
@click.argument("claim", type=FILE)
@click.option("--replace", is_flag=True, help="Also in place of what is set.")
def take(state: Path, claim: Path, replace: bool) -> None:
    """Take first PINs and the recovery secret out of CLAIM. What is set stays as it is."""
    take_claim(state, Claim.from_bytes(read_file(claim, MAX_CLAIM)), replace=replace)
    click.echo("Destroy the claim now: it holds secrets.")


def take_claim(state: Path, given: Claim, *, replace: bool = False) -> None:
    """Take what a claim says about people, and say what was set. Raises an EdgeError."""
    taken = _keeper(_file(state)).take(given, replace=replace)
    for role in Role:
        if role in taken.pins:
            click.echo(f"The PIN of the {role.value} is set.")
        elif role in taken.left:
            click.echo(f"The {role.value} has a PIN already; it stays.")
    if taken.recovery:
        click.echo(f"The recovery secret of terminal {given.terminal} is set.")
    elif given.recovery is not None:
        click.echo("There is a recovery secret already; it stays.")


@people.command("new-recovery-key", short_help="Office: make the key for forgotten PINs.")
@click.argument("key", type=NEW_FILE)
def new_recovery_key(key: Path) -> None:
    """Make the office's recovery key in the new file KEY. One serves all its terminals."""
    make_key(key)
    click.echo(f"{key} is the office's recovery key: whoever has it can set PINs. Keep it locked.")


@people.command("recovery-secret", short_help="Office: make a terminal's claim for recovery.")
@click.option("--key", type=FILE, required=True, help="The office's recovery key.")
@click.option("--terminal", required=True, help="The terminal's name.")
@click.argument("claim", type=NEW_FILE)
def recovery_secret(key: Path, terminal: str, claim: Path) -> None:
    """Write the recovery secret of a terminal into the new file CLAIM, for `people take` there."""
    secret = recovery.secret_of(load_key(key), terminal)
    office.write_new(claim, Claim(terminal, recovery=secret).to_bytes())
    click.echo(f"{claim} is for terminal {terminal} alone; destroy it once it was taken.")


@people.command("recovery-response", short_help="Office: answer a forgotten PIN.")
@click.option("--key", type=FILE, required=True, help="The office's recovery key.")
@click.option("--terminal", required=True, help="The terminal's name, as its screen shows it.")
@click.argument("challenge", nargs=-1, required=True)
def recovery_response(key: Path, terminal: str, challenge: tuple[str, ...]) -> int:
    """Say the response to CHALLENGE, the eight characters that a terminal's screen shows.

    Be sure whom you speak to: who types the response sets a new PIN. Exit status 1 where this
    terminal never shows such a challenge: it was misheard, or is another terminal's.
    """
    secret = recovery.secret_of(load_key(key), terminal)
    asked = recovery.asked(secret, terminal, " ".join(challenge))
    if asked is None:
        click.echo("Not a challenge of this terminal: have it read again, and the name with it.")
        return Exit.NO
    response = recovery.response(secret, terminal, asked.role, asked.counter)
    click.echo(f"for a new PIN of: {asked.role.value}")
    click.echo(f"response:         {crockford.grouped(response)}")
    return Exit.DONE


def _file(state: Path) -> PeopleFile:
    """Open the file of this state folder, whose identity must be there."""
    folder = StateLayout(state).identity
    return PeopleFile(folder, identity(state).wrap_key)


def _keeper(file: PeopleFile) -> Doorkeeper:
    return Doorkeeper(file, terminal="", monotonic=time.monotonic)


def _typed(stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline(MAX_DIGITS + 2).strip()
    if not os.isatty(0):
        raise click.UsageError("there is no terminal to type on; use --stdin")
    return str(click.prompt("PIN", hide_input=True, confirmation_prompt="Once more"))


def _tries(begun: int) -> str:
    return f", {begun} tries since the last right one" if begun else ""
