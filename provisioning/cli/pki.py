"""`tramthe pki`: the office's authorities, each in a folder of its own.

Lives here: the group, and looking at a folder. Not here: the acts (`pki_csca`, `pki_signers`,
`pki_lists`, `pki_roots`), which are imported when they are named.
"""

from __future__ import annotations

from pathlib import Path

import click

from provisioning.ceremony import inspect
from provisioning.ceremony.folder import opened
from provisioning.ceremony.passphrase import change
from provisioning.ceremony.record import grouped
from provisioning.cli.lazy import LazyCommands
from provisioning.cli.main import Exit
from provisioning.cli.pki_common import FOLDER, PARTS, act_options, ask, carry_out, examples

_LAZY = {
    "csca": ("provisioning.cli.pki_csca", "csca"),
    "link": ("provisioning.cli.pki_csca", "link"),
    "sign": ("provisioning.cli.pki_csca", "sign"),
    "crl": ("provisioning.cli.pki_csca", "crl"),
    "document-signer": ("provisioning.cli.pki_signers", "document_signer"),
    "accept": ("provisioning.cli.pki_signers", "accept"),
    "status-signer": ("provisioning.cli.pki_lists", "status_signer"),
    "status-list": ("provisioning.cli.pki_lists", "status_list"),
    "terminal-ca": ("provisioning.cli.pki_roots", "terminal_ca"),
    "centre-keys": ("provisioning.cli.pki_roots", "centre_keys"),
    "centre-folder": ("provisioning.cli.pki_roots", "centre_folder"),
    "trust-root": ("provisioning.cli.pki_roots", "trust_root"),
    "trust-list": ("provisioning.cli.pki_roots", "trust_list"),
}


@click.group(
    cls=LazyCommands, lazy=_LAZY, short_help="The office's authorities: keys, certificates, lists."
)
def pki() -> None:
    """Make and use the office's authorities: country authority, signers, lists, roots of trust.

    FOLDER is one authority's: its encrypted keys, what it signed, a ledger of every act, and a
    record of each to print and sign. Nothing in it is overwritten, and no number is used twice.
    Every act is shown first and done once agreed to. docs/pki.md walks through the ceremony.
    """


@pki.command(short_help="Show an authority and everything it did.")
@FOLDER
def show(folder: Path) -> None:
    """Show whose folder it is, what its keys may still do, and every act in its ledger."""
    with opened(folder) as held:
        for fact, text in held.first.items():
            click.echo(f"{fact + ':':<24} {text}")
        for line in inspect.standing(held):
            click.echo(line)
        for entry in held.ledger.entries:
            click.echo(f"act {entry.number}  {entry.at:%Y-%m-%d %H:%M:%S} UTC  {entry.act}")
            for fact, text in entry.facts.items() if entry.number > 1 else ():
                click.echo(f"  {fact + ':':<24} {text}")
        click.echo(f"ledger: {grouped(held.ledger.head[:32])}")


@pki.command(
    short_help="Put an authority's keys under another passphrase.",
    epilog=examples("tramthe pki passphrase /media/root/csca --parts 2"),
)
@FOLDER
@PARTS
@act_options
def passphrase(folder: Path, parts: int, descriptor: int | None, yes: bool) -> None:
    """Put every key of FOLDER under another passphrase, when a holder of a part leaves.

    The old one is asked for first, then the new one. Copies of the folder from before still open
    by the old passphrase: make the copies anew, and destroy those.
    """
    with opened(folder) as held:
        act = change(held, lambda: ask(parts, descriptor, new=True), parts)
        carry_out(held, act, descriptor=descriptor, yes=yes)


@pki.command(short_help="Check a folder against its ledger.")
@FOLDER
def verify(folder: Path) -> int:
    """Check that every file is as its act made it, and every certificate and list is signed right.

    Nothing secret is asked for. Compare the ledger's digest with the last record that people
    signed: only that shows whether the whole folder was replaced.

    Exit status 0 if everything holds, 1 if something does not, 3 if the ledger itself was changed.
    """
    with opened(folder) as held:
        wrong = list(inspect.faults(held))
        for line in wrong:
            click.echo(f"NOT RIGHT  {line}")
        click.echo(f"{len(held.ledger.entries)} acts, {len(held.names())} files")
        click.echo(f"ledger: {grouped(held.ledger.head[:32])}")
    return Exit.NO if wrong else Exit.DONE
