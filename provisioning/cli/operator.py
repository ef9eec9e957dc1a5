"""`tramthe centre operator`: who may come in at the centre's pages.

It is given at the centre's own machine, never from a page, and each use of it is in the audit.
"""

from __future__ import annotations

import secrets
import sys
from datetime import datetime
from pathlib import Path

import click

from edge import crockford
from provisioning.centre.people.accounts import Operator, Operators
from provisioning.centre.people.passwords import MAX_LENGTH
from provisioning.centre.people.roles import Role
from provisioning.cli.centre_database import DATABASE, FOLDER, opened
from provisioning.cli.common import office_time

FIRST_CHARACTERS = 20
"""Of a first password: a hundred bits."""

_ROLE = click.Choice([role.value for role in Role])
_NAME = click.argument("name")
_STDIN = click.option(
    "--stdin", is_flag=True, help="Read the first password from standard input: one line."
)


_EXAMPLES = """
\b
Examples:
  tramthe centre operator add /srv/centre lan --role operator
  tramthe centre operator list /srv/centre
"""


@click.group(epilog=_EXAMPLES)
def operator() -> None:
    """Who may come in at the centre's pages, and in which role.

    viewer: sees terminals, organisations, figures. operator: also settles alarms, opens what is
    set aside, takes tables as files. administrator: also sees the operators and the audit.
    """


@operator.command(short_help="Add an operator.")
@FOLDER
@_NAME
@click.option("--role", type=_ROLE, required=True, help="What they may do.")
@_STDIN
@DATABASE
def add(folder: Path, name: str, role: str, stdin: bool, database: str | None) -> None:
    """Add the operator NAME to the centre of FOLDER and print a first password, once.

    It has to be changed when they first come in. A name of the past is not given again.
    """
    password = _first(stdin)
    with opened(folder, database) as found:
        Operators(found).add(name, Role(role), password, office_time())
    click.echo(f"{name} may come in as {role}.")
    _say(password, stdin)


@operator.command(short_help="Give a new first password.")
@FOLDER
@_NAME
@_STDIN
@DATABASE
def reset(folder: Path, name: str, stdin: bool, database: str | None) -> None:
    """Give the operator NAME a new first password; ends their wait and their sessions."""
    password = _first(stdin)
    with opened(folder, database) as found:
        Operators(found).reset(name, password, office_time())
    click.echo(f"{name} has a new first password; every session of theirs is over.")
    _say(password, stdin)


@operator.command(short_help="Let an operator in no more.")
@FOLDER
@_NAME
@DATABASE
def remove(folder: Path, name: str, database: str | None) -> None:
    """Let the operator NAME in no more; their sessions end at once. What they did stays known."""
    with opened(folder, database) as found:
        Operators(found).remove(name, office_time())
    click.echo(f"{name} is removed; every session of theirs is over.")


@operator.command("list", short_help="List operators; no secret.")
@FOLDER
@DATABASE
def list_operators(folder: Path, database: str | None) -> None:
    """List the operators, those of the past last: role, last time, state. No secret is shown."""
    with opened(folder, database) as found:
        operators = Operators(found).all()
    at = office_time()
    for one in operators:
        click.echo(f"{one.name:<20} {one.role:<14} {one.last_login or '-':<25} {_state(one, at)}")
    if not operators:
        click.echo("No operator yet. Add one: tramthe centre operator add FOLDER NAME --role ROLE")


def _state(one: Operator, at: datetime) -> str:
    if one.removed_at is not None:
        return f"removed {one.removed_at}"
    if one.waits(at):
        return f"waits until {one.wait_until} after {one.tries} tries"
    return "first password, not changed yet" if one.must_change else "in use"


def _first(stdin: bool) -> str:
    if stdin:
        return sys.stdin.readline(MAX_LENGTH + 2).rstrip("\r\n")
    drawn = "".join(secrets.choice(crockford.ALPHABET) for _ in range(FIRST_CHARACTERS))
    return crockford.grouped(drawn).replace(" ", "-").lower()


def _say(password: str, stdin: bool) -> None:
    if not stdin:
        click.echo(f"First password, shown only now: {password}")
