"""`tramthe provision`: from a blank card to a terminal, and the door for a counter's PC.

Lives here: the group, and the door. Not here: making terminals (`provision_image` and its
neighbours), which are imported when they are named.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from provisioning.cli.common import PORT, office_time, read_file, state_option
from provisioning.cli.held import identity
from provisioning.cli.lazy import LazyCommands
from provisioning.cli.main import Exit
from provisioning.counter import authority, keep, pc, request
from provisioning.counter.folder import CSR, REQUEST, CounterFolder, Plan, chain_pem, read_chain
from provisioning.counter.hosts import DEFAULT_PORT, Door, Hosts
from provisioning.counter.request import Request
from provisioning.counter.site import SITE
from provisioning.errors import OfficeInputInvalid
from provisioning.office.pilot import load_terminal_ca

FOLDER = "counter-door"
"""Where the door's folder lies in the state folder unless told."""
TERMINAL_PORT = 8080
SOON = timedelta(days=30)
MAX_ANSWER = 64 * 1024  # bytes
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
NEW_FILE = click.Path(path_type=Path, dir_okay=False)
OFFICE = click.Path(path_type=Path, file_okay=False, exists=True)
OUTPUT = click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    help="Folder of the door; `counter-door` in the state folder unless told.",
)


_LAZY = {
    "image": ("provisioning.cli.provision_image", "image"),
    "image-undo": ("provisioning.cli.provision_image", "image_undo"),
    "batch": ("provisioning.cli.provision_batch", "batch"),
    "here": ("provisioning.cli.provision_here", "here"),
    "label": ("provisioning.cli.provision_label", "label"),
}
_EXAMPLES = """
\b
Examples:
  tramthe provision image /media/bootfs --claim claims/99-0417.claim.json --packages tramthe-arm64
  tramthe provision counter --state /var/lib/tramthe --organisation 99168053000004 \\
    --host tram-1.local --office pilot/office
  tramthe provision counter-sign request.jws --office pilot/office --terminal tram-001 \\
    --organisation 99168053000004 --output chain.pem
  tramthe provision counter --state /var/lib/tramthe --answer chain.pem
"""


@click.group(
    cls=LazyCommands, lazy=_LAZY, epilog=_EXAMPLES, short_help="From a blank card to a terminal."
)
def provision() -> None:
    """Make terminals of blank cards and machines, and the door by which a counter's PC comes.

    docs/technician.md walks through it, from the card to the label.
    """


def _office_options(command: click.decorators.FC) -> click.decorators.FC:
    """Add what decides about the organisation's authority."""
    command = click.option(
        "--new-authority",
        is_flag=True,
        help="Make another authority; its root has to be installed on every PC of the counter.",
    )(command)
    return click.option(
        "--permit",
        "permits",
        multiple=True,
        metavar="HOST",
        help="Besides the hosts asked for, what an authority that is made now may vouch for "
        "later: another terminal's name or address, or a domain above several. Repeatable.",
    )(command)


@provision.command("counter", short_help="Make the TLS door for a counter's PC, or renew it.")
@state_option
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A name or private address that people type: tram-1.local, 192.168.1.20. Repeatable.",
)
@click.option("--port", type=PORT, help=f"Port for TLS.  [default: {DEFAULT_PORT}]")
@click.option(
    "--upstream",
    type=PORT,
    help=f"The terminal's own port, `port` in terminal.toml.  [default: {TERMINAL_PORT}]",
)
@click.option("--organisation", "code", help="The organisation's code, such as 99168053000004.")
@click.option(
    "--back-office",
    "back_offices",
    multiple=True,
    metavar="ORIGIN",
    help="Origin of a page elsewhere that calls this terminal, for the browser's policy: "
    "https://hoso.example.vn. Repeatable.",
)
@click.option("--office", type=OFFICE, help="The pilot's folder, to issue at once.")
@_office_options
@click.option("--answer", type=FILE, help="Take the certificate that the office issued.")
@OUTPUT
def counter(
    state: Path,
    hosts: tuple[str, ...],
    port: int | None,
    upstream: int | None,
    code: str | None,
    back_offices: tuple[str, ...],
    office: Path | None,
    new_authority: bool,
    permits: tuple[str, ...],
    answer: Path | None,
    output: Path | None,
) -> None:
    """Make the door by which a counter's PC opens this terminal's pages, behind nginx and TLS.

    Runs on the terminal. It makes nginx's key, which never leaves, and a request for its
    certificate, signed by the terminal. With --office the pilot issues at once; otherwise bring
    request.jws to the office (`provision counter-sign`) and come back with --answer.

    Then `terminal/` in the folder holds nginx's site and the line for terminal.toml, and `pc/`
    what the PC needs, with a page that says how. Without --host it renews what was decided before,
    with a new key.
    """
    folder = CounterFolder((state.resolve() / FOLDER) if output is None else output)
    now = office_time()
    if answer is not None:
        if hosts or office is not None:
            raise click.UsageError("--answer takes the certificate for what was asked before.")
        _tell(folder, folder.finish(read_chain(read_file(answer, MAX_ANSWER)), now))
        return
    plan = _plan(folder.plan(), hosts, port, upstream, code, back_offices)
    compact = folder.begin(plan, identity(state))
    if office is None:
        click.echo(f"{folder.root / REQUEST}: bring it to the office, or")
        click.echo(
            f"{folder.root / CSR} to a CA of your own. Come back with --answer and the chain."
        )
        return
    chain = _issue(request.check(compact, [load_terminal_ca(office)], now), office,
                   now, permits, new=new_authority)  # fmt: skip
    _tell(folder, folder.finish(chain, now))


@provision.command("counter-sign", short_help="Office: issue the certificate of a counter's door.")
@click.argument("asked", metavar="REQUEST", type=FILE)
@click.option("--office", type=OFFICE, required=True, help="The pilot's folder.")
@click.option("--terminal", required=True, help="The terminal whose request this should be.")
@click.option("--organisation", "code", required=True, help="The organisation of that terminal.")
@_office_options
@click.option("--output", type=NEW_FILE, required=True, help="File for the chain, PEM.")
def counter_sign(
    asked: Path,
    office: Path,
    terminal: str,
    code: str,
    new_authority: bool,
    permits: tuple[str, ...],
    output: Path,
) -> None:
    """Issue the certificate that REQUEST asks for, for `provision counter --answer` there.

    Only one of our terminals can have signed the request; which one, and for which organisation's
    counter, has to be what you expect. The organisation's authority is made at its first request;
    it can vouch for the hosts asked for then, and what --permit adds, alone.
    """
    now = office_time()
    text = read_file(asked, request.MAX_REQUEST).decode("ascii", errors="replace").strip()
    checked = request.check(text, [load_terminal_ca(office)], now)
    if (checked.terminal, checked.code) != (terminal, code):
        raise OfficeInputInvalid(
            f"This is terminal {checked.terminal}'s request, for the counter of {checked.code}.",
            next_step="Find out who brought it; nothing was issued.",
        )
    chain = _issue(checked, office, now, permits, new=new_authority)
    output.write_bytes(chain_pem(chain))
    click.echo(f"terminal     {checked.terminal}")
    click.echo(f"organisation {checked.code}")
    click.echo(f"hosts        {', '.join(checked.door.host_values)}")
    _print(chain[-1])
    click.echo(f"{output}: bring it to the terminal, `tramthe provision counter --answer`.")


@provision.command("counter-show", short_help="Show the door: hosts, end, the root's fingerprint.")
@state_option
@OUTPUT
def counter_show(state: Path, output: Path | None) -> int:
    """Show under which hosts the door opens, until when, and the root's SHA-256 fingerprint.

    The fingerprint is what whoever sets up a PC compares by eye. Exit status 1 where the
    certificate ends within 30 days: renew it.
    """
    folder = CounterFolder((state.resolve() / FOLDER) if output is None else output)
    plan, server, root = folder.in_use()
    click.echo(f"organisation {plan.code}")
    click.echo(f"hosts        {', '.join(plan.door.host_values)}")
    click.echo(f"certificate  until {server.not_valid_after_utc:%Y-%m-%d}")
    _print(root)
    if server.not_valid_after_utc - office_time() > SOON:
        return Exit.DONE
    click.echo("Renew it now: `tramthe provision counter` as before, without --host.")
    return Exit.NO


def _plan(
    before: Plan | None,
    hosts: tuple[str, ...],
    port: int | None,
    upstream: int | None,
    code: str | None,
    back_offices: tuple[str, ...],
) -> Plan:
    """Return what is decided now: what was given, else what was decided before."""
    if before is None and not (hosts and code):
        raise click.UsageError("a first door needs --host and --organisation.")
    origins = tuple(dict.fromkeys(pc.check_origin(one) for one in back_offices))
    if len(origins) > pc.MAX_BACK_OFFICES:
        raise click.UsageError(f"at most {pc.MAX_BACK_OFFICES} back offices.")
    if before is None:
        door = Door(Hosts.of(hosts), port or DEFAULT_PORT)
        return Plan(request.check_code(code or ""), door, upstream or TERMINAL_PORT, origins)
    door = Door(Hosts.of(hosts) if hosts else before.door.hosts, port or before.door.port)
    return Plan(
        request.check_code(code or before.code),
        door,
        upstream or before.upstream,
        origins or before.back_offices,
    )


def _issue(
    asked: Request, office: Path, at: datetime, permits: tuple[str, ...], *, new: bool
) -> list[bytes]:
    """Return the chain for a checked request; the organisation's authority is made where due."""
    held = None if new else keep.in_use(office, asked.code)
    if held is None:
        wider = Hosts.of([*asked.door.hosts.texts, *permits])
        held = keep.make(office, asked.code, wider, at=at)
    elif permits:
        raise OfficeInputInvalid(
            "--permit is for an authority that is made now; this organisation has one.",
            next_step="Leave it out, or make a new one with --new-authority.",
        )
    server = authority.issue_server(held, asked.public_key, asked.door.hosts, at=at)
    return [server, held.issuing.certificate, held.root]


def _tell(folder: CounterFolder, plan: Plan) -> None:
    _, server, root = folder.in_use()
    click.echo(f"The door opens at {', '.join(f'{one}/' for one in plan.door.origins)}")
    click.echo(f"certificate  until {server.not_valid_after_utc:%Y-%m-%d}")
    _print(root)
    click.echo(f"1. Put the line of {folder.terminal / 'terminal.toml.part'} into terminal.toml;")
    click.echo("   restart the terminal's service.")
    click.echo(f"2. ln -sf {folder.terminal / SITE} /etc/nginx/conf.d/")
    click.echo("   nginx -t && systemctl reload nginx")
    click.echo(f"3. Bring {folder.pc} to the counter's PC; open {pc.PAGE} there.")


def _print(root: bytes) -> None:
    click.echo("root SHA-256, to compare at each PC:")
    groups = pc.fingerprint(root).split()
    for start in range(0, len(groups), 4):
        click.echo("  " + " ".join(groups[start : start + 4]))
