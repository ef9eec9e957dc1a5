"""How values are written on the command line. No command lives here."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from crl.status import Answer
from edge.held_lists import HeldLists
from verify.verdict import CheckStatus, Outcome, Verdict

_MARKS = {
    CheckStatus.PASSED: "passed",
    CheckStatus.FAILED: "FAILED",
    CheckStatus.INDETERMINATE: "UNDECIDED",
    CheckStatus.NOT_APPLICABLE: "not applicable",
    CheckStatus.NOT_RUN: "not run",
}
_STEPS = (
    "security object and its signature",
    "signer's chain to an anchor",
    "signer not revoked",
    "files match their hashes",
    "chip is genuine",
    "dates and numbers",
    "card status list",
    "freshness",
)


def when(at: datetime | None) -> str:
    """Return a UTC time in RFC 3339, to the second."""
    return "-" if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def days(age: timedelta | None) -> str:
    """Return an age in days with one decimal."""
    return "-" if age is None else f"{age / timedelta(days=1):.1f} days"


def answer(found: Answer) -> str:
    """Return a revocation answer in one line."""
    parts = [found.status.value]
    if found.reason is not None:
        parts.append(found.reason.name.lower().replace("_", "-"))
    if found.since is not None:
        parts.append(f"since {when(found.since)}")
    if found.number is not None:
        parts.append(f"(list {found.number:x} of {when(found.this_update)}, {days(found.age)} old)")
    return " ".join(parts)


def lists_set_aside(lists: HeldLists, at: datetime) -> None:
    """Print which revocation lists are held and not asked any more, and whether that matters."""
    for key, (header, why) in lists.set_aside(at).items():
        click.secho(
            f"  set aside    {key.purpose.value} list {header.number:x} of "
            f"{when(header.this_update)}, scope {key.scope or '-'}: {why.reason}",
            fg="yellow",
        )
    if lists.leaves_gap(at):
        click.echo("What was set aside is missed: import a list of a signer who is trusted now,")
        click.echo("tramthe crl import --help")


def verdict(found: Verdict) -> None:
    """Print a verdict with its eight steps and the numbers behind it; no name, no number."""
    colour = {Outcome.ACCEPTED: "green", Outcome.REJECTED: "red", Outcome.INDETERMINATE: "yellow"}
    reason = f" {found.reason.value}" if found.reason else ""
    click.secho(f"{found.outcome.value.upper()}{reason}", fg=colour[found.outcome], bold=True)
    for check in found.checks:
        code = f"  {check.reason.value}" if check.reason else ""
        detail = f" ({check.detail})" if check.detail else ""
        label = _STEPS[check.step - 1]
        click.echo(f"  {int(check.step)} {label:<34} {_MARKS[check.status]}{code}{detail}")
    basis = found.basis
    click.echo(f"  profile {basis.profile}, policy {basis.policy}, ", nl=False)
    click.echo(f"judged as of {when(basis.moment.at)} ({basis.moment.quality.value})")
    if basis.signer_status is not None:
        click.echo(f"  signer: {answer(basis.signer_status)}")
    if basis.card_status is not None:
        click.echo(f"  card:   {answer(basis.card_status)}")
