"""`tramthe trust`: whom this terminal believes, and under which algorithms."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from edge.holdings import Holdings
from edge.layout import StateLayout
from provisioning.cli import anchors, pem, show
from provisioning.cli.anchors import Row, difference, master_rows, show_difference, trust_rows
from provisioning.cli.common import at_option, moment, read_file, state_option
from provisioning.cli.held import holdings
from provisioning.cli.show import when
from verify.allowlist import MAX_POLICY
from verify.certificate import MAX_CERTIFICATE
from verify.masterlist import MAX_MASTER_LIST, PROFILE, MasterList, lineage, verify_master_list
from verify.trust import MAX_TRUST_LIST, TrustList

_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
_json = click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
_master = click.option(
    "--master-list", is_flag=True, help=f"FILE is a bare master list, for profile {PROFILE} only."
)
_root = click.option(
    "--root",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The certificate that the master list has to verify to.",
)


_EXAMPLES = """
\b
Examples:
  tramthe trust list --state /var/lib/tramthe
  tramthe trust diff trust-list.jws --state /var/lib/tramthe
  tramthe trust import trust-list.jws --state /var/lib/tramthe
"""


@click.group(epilog=_EXAMPLES)
def trust() -> None:
    """Import, show and compare anchors: whom this terminal believes, and for what."""


@trust.command("import", short_help="Take over a newer trust list from FILE.")
@state_option
@at_option
@_master
@_root
@_file
def import_(
    state: Path, at: datetime | None, master_list: bool, root: Path | None, file: Path
) -> None:
    """Take over a newer trust list from FILE (a compact JWS signed by this terminal's root).

    With --master-list --root CERTIFICATE: a master list of travel documents' authorities (CMS),
    verified to that certificate, whose certificates then count for passports and nothing else.
    Refused unless it is newer than what is held; then what is held stays. Shows what came and
    went, and which revocation lists are asked no more because their signer is not trusted now.

    Exit status 0 if it is in force now, 3 if it was refused: then the one before stays.
    """
    held = _repairable(state)
    if _is_master_list(master_list, root):
        before = master_rows(held.applied.master_list)
        now = moment(state, at)
        new = held.apply_master_list(_master_bytes(file), _certificate(root), now)
        click.echo(f"The master list of {when(new.signed_at)} is held: {_counts(new)}.")
        _say_set_aside(held)
        show_difference(*difference(before, master_rows(new)))
        show.lists_set_aside(held.revocation, now.at)
        return
    before = trust_rows(held.trust)
    taken = held.apply_trust(_compact(file, MAX_TRUST_LIST))
    click.echo(f"Trust list number {taken.number} of {when(taken.issued)} is in force.")
    show_difference(*difference(before, trust_rows(taken)))
    show.lists_set_aside(held.revocation, moment(state, at).at)


@trust.command("diff", short_help="Show what importing FILE would change.")
@state_option
@at_option
@_master
@_root
@_json
@_file
def diff(
    state: Path,
    at: datetime | None,
    master_list: bool,
    root: Path | None,
    as_json: bool,
    file: Path,
) -> None:
    """Show what importing FILE would bring and take away. Nothing is changed."""
    held = holdings(state)
    if _is_master_list(master_list, root):
        new = verify_master_list(_master_bytes(file), _certificate(root), moment(state, at))
        before, after = master_rows(held.applied.master_list), master_rows(new)
    else:
        compact = _compact(file, MAX_TRUST_LIST)
        offered = TrustList.from_compact(compact, held.require_root())
        before, after = trust_rows(held.trust), trust_rows(offered)
    came, went = difference(before, after)
    if as_json:
        click.echo(_dump({"came": _rows(came), "went": _rows(went)}))
        return
    click.echo(f"{len(came)} would come, {len(went)} would go.")
    show_difference(came, went)


@trust.command("list", short_help="Show everything that is believed.")
@state_option
@_json
def list_(state: Path, as_json: bool) -> None:
    """Show everything that is believed: trust list, master list, algorithm policy."""
    held = holdings(state).applied
    if as_json:
        everything = {
            "trust_list": anchors.trust_json(held.trust),
            "master_list": anchors.master_json(held.master_list, held.set_aside),
            "policy": anchors.policy_json(held.policy),
        }
        click.echo(_dump(everything))
        return
    if held.trust is None:
        click.echo("No trust list is held. Import one: tramthe trust import FILE")
    else:
        click.echo(f"Trust list number {held.trust.number} of {when(held.trust.issued)}")
        for row in trust_rows(held.trust):
            click.echo(f"  {row.line()}")
    if held.master_list is not None:
        _show_master_list(held.master_list)
        for one in held.set_aside:
            click.echo(f"  set aside    {anchors.certificate_row(one).line()}")
    click.echo(f"Algorithm policy {held.policy.id}")


@trust.group(short_help="Import and show the algorithm policy.")
def policy() -> None:
    """Import and show the algorithm policy: what signs new cards, what old ones still carry."""


@policy.command("import", short_help="Take over a newer algorithm policy.")
@state_option
@at_option
@_file
def import_policy(state: Path, at: datetime | None, file: Path) -> None:
    """Take over a newer algorithm policy from FILE (a compact JWS signed by this terminal's root).

    It can only tighten what the terminal demands by itself.
    """
    held = _repairable(state)
    new = held.apply_policy(_compact(file, MAX_POLICY))
    click.echo(f"Algorithm policy {new.id} of {when(new.issued)} is in force.")
    show.lists_set_aside(held.revocation, moment(state, at).at)


@policy.command("show", short_help="Show the algorithms in force.")
@state_option
@_json
def show_policy(state: Path, as_json: bool) -> None:
    """Show the algorithms in force, with their dates."""
    found = holdings(state).policy
    if as_json:
        click.echo(_dump(anchors.policy_json(found)))
        return
    click.echo(f"Algorithm policy {found.id}")
    click.echo(f"  new cards: {anchors.algorithm_line(found.algorithms)}")
    for step in found.carried:
        end = "without end" if step.carried_until is None else f"until {when(step.carried_until)}"
        click.echo(f"  made before {when(step.signs_until)}, carried {end}:")
        click.echo(f"    {anchors.algorithm_line(step.algorithms)}")


def _repairable(state: Path) -> Holdings:
    """Open what the terminal holds, even where the very file to be replaced is damaged."""
    return Holdings(StateLayout(state).holdings, start_anyway=True)


def _is_master_list(master_list: bool, root: Path | None) -> bool:
    if master_list is not (root is not None):
        raise click.UsageError("--master-list and --root belong together")
    return master_list


def _compact(file: Path, limit: int) -> str:
    return read_file(file, limit).decode("ascii", "replace").strip()


def _master_bytes(file: Path) -> bytes:
    return read_file(file, MAX_MASTER_LIST)


def _certificate(file: Path | None) -> bytes:
    """Return a certificate from a file, DER or PEM, as DER."""
    return b"" if file is None else pem.read_objects(file, pem.CERTIFICATE, 2 * MAX_CERTIFICATE)[0]


def _counts(held: MasterList) -> str:
    countries = {row.country for row in master_rows(held)}
    return f"{len(held.certificates)} certificates of {len(countries)} countries"


def _say_set_aside(held: Holdings) -> None:
    count = len(held.applied.set_aside)
    if count:
        click.echo(f"{count} are set aside: the trust list has their name or key for other things.")


def _show_master_list(held: MasterList) -> None:
    click.echo(f"Master list of {when(held.signed_at)}: {_counts(held)}")
    for issued in lineage(held.certificates):
        row = anchors.certificate_row(issued.certificate)
        alone = "" if issued.by_name or issued.by_key else "  (its issuer is not in the list)"
        by_key = "  (issuer found by its key: the name changed)" if issued.by_key else ""
        click.echo(f"  {row.line()}{alone}{by_key}")


def _rows(rows: list[Row]) -> list[object]:
    return [row.as_json() for row in rows]


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
