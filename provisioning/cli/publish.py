"""`tramthe centre publish`: the repository that terminals take lists and programs from.

Lives here: what each step says, and asking for passphrases. Not here: the steps
(`provisioning.publish.ceremony`). docs/publishing.md walks through them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from provisioning.ceremony import status_signer
from provisioning.ceremony.folder import is_authority, opened
from provisioning.ceremony.parts import passphrase_parts
from provisioning.cli.common import office_time
from provisioning.cli.pki_common import PASSPHRASE, ask
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import Authority
from provisioning.publish import card_status, releases
from provisioning.publish.ceremony import Ceremony, Holders
from provisioning.publish.keys import load_public, load_signer, make_key
from provisioning.publish.standing import Standing
from provisioning.publish.workshop import ROLES, Workshop

_FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_STDIN = click.option("--stdin", is_flag=True, help="Read the passphrase from standard input.")
_PEOPLE = ("root", "targets")


_EXAMPLES = """
\b
Examples:
  tramthe centre publish show /srv/repository
  tramthe centre publish add /srv/repository trust/trust-list.jws trust-list.jws
  tramthe centre publish release /srv/repository tramthe_1.1_arm64.deb --suite trixie
  tramthe centre publish sign /srv/repository --key /media/stick/targets.key
"""


@click.group(short_help="Sign and publish what terminals take.", epilog=_EXAMPLES)
def publish() -> None:
    """Sign and publish what terminals take: lists, trust list, profiles, software.

    FOLDER is the publisher's; its `public` is what a web server serves, or a stick carries.
    """


@publish.command(short_help="Make a role's key in FILE, and FILE.pub.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_STDIN
def key(file: Path, stdin: bool) -> None:
    """Make a key in FILE, under a passphrase, and its public part in FILE.pub.

    For root and targets each holder makes his own, on a machine without a network.
    """
    public = make_key(file, _passphrase(stdin, new=True))
    click.echo(f"{file}: keep it apart from the publisher. {public}: give it to the publisher.")


def _holders(role: str) -> click.Option:
    return click.Option(
        [f"--{role}"],
        type=_FILE,
        multiple=True,
        required=True,
        help=f"Public key of {role}; again.",
    )


@publish.command(short_help="Begin a repository in FOLDER.")
@_FOLDER
@click.option(
    "--root-threshold", type=int, default=1, show_default=True, help="How many must sign root."
)
@click.option("--targets-threshold", type=int, default=1, show_default=True, help="And targets.")
def init(
    folder: Path, root_threshold: int, targets_threshold: int, **files: tuple[Path, ...]
) -> None:
    """Begin a repository: who holds which role's keys, and how many of them must sign.

    `root` and `targets` are people's; `lists`, `snapshot` and `timestamp` the publisher's own.
    """
    least = {"root": root_threshold, "targets": targets_threshold}
    holders = {
        role: Holders(tuple(load_public(path) for path in files[role]), least.get(role, 1))
        for role in ROLES
    }
    shop = Workshop(folder)
    Ceremony(shop, office_time()).begin(holders)
    _say(shop)


init.params.extend(_holders(role) for role in ROLES)


@publish.command(short_help="Stage FILE as target PATH.")
@_FOLDER
@click.argument("path")
@click.argument("file", type=_FILE)
def add(folder: Path, path: str, file: Path) -> None:
    """Stage FILE under PATH: trust/trust-list.jws, profiles/NAME.toml, software/NAME, and so on."""
    shop = _opened(folder)
    status = path.startswith(card_status.FOLDER)
    custom = card_status.status_of(card_status.read_header(file)).to_custom() if status else None
    role = Ceremony(shop, office_time()).add(path, file, custom)
    click.echo(f"{path}: staged, for the role {role} to sign.")
    _say(shop)


@publish.command(short_help="Stage the program's package FILE for terminals to install.")
@_FOLDER
@click.argument("file", type=_FILE)
@click.option(
    "--suite",
    "suites",
    required=True,
    multiple=True,
    help="A suite of Debian that it was made for, such as trixie; again.",
)
@click.option("--minimum", help="The earliest version that may be followed by this one.")
@click.option("--recalls", help="Terminals go back to FILE from later versions, up to this one.")
@click.option("--notes", default="", help="A few lines for people: what is new.")
def release(
    folder: Path,
    file: Path,
    suites: tuple[str, ...],
    minimum: str | None,
    recalls: str | None,
    notes: str,
) -> None:
    """Stage FILE, a package of the program, so that terminals install it by themselves.

    Version, architecture and size are those that stand in the package. A terminal never goes back
    to an earlier version by itself, unless --recalls says so.
    """
    shop = _opened(folder)
    ceremony = Ceremony(shop, office_time())
    staged = releases.offer(ceremony, file, suites, minimum=minimum, recalls=recalls, notes=notes)
    click.echo(
        f"{staged.path}: staged, version {staged.version}, {staged.unpacked} bytes unpacked."
    )
    _say(shop)


@publish.command("add-status", short_help="Stage a card status list and its deltas.")
@_FOLDER
@click.argument("file", type=_FILE)
@click.option(
    "--office",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="Folder of the list's signer, who signs the deltas.",
)
@PASSPHRASE
def add_status(folder: Path, file: Path, office: Path, descriptor: int | None) -> None:
    """Stage the complete card status list FILE, with deltas from 1, 7 and 30 days back."""
    shop = _opened(folder)
    signer = _status_signer(office, descriptor)
    for path in card_status.offer(shop, Ceremony(shop, office_time()), file, signer):
        click.echo(f"{path}: staged.")
    _say(shop)


@publish.command(short_help="Stage a set without target PATH.")
@_FOLDER
@click.argument("path")
def remove(folder: Path, path: str) -> None:
    """Stage a set without PATH: terminals keep no program that is offered no more."""
    shop = _opened(folder)
    role = Ceremony(shop, office_time()).remove(path)
    click.echo(f"{path}: taken out, for the role {role} to sign.")
    _say(shop)


@publish.command(short_help="Sign whatever waits for a key.")
@_FOLDER
@click.option("--key", "file", type=_FILE, required=True, help="Private key of a role.")
@_STDIN
def sign(folder: Path, file: Path, stdin: bool) -> None:
    """Sign whatever waits for this key; what is whole then is published at once.

    For an offline key carry `staged` and `public` there on a stick, and back.
    """
    shop = _opened(folder)
    signed = Ceremony(shop, office_time()).sign(load_signer(file, _passphrase(stdin)))
    for role, version in signed:
        click.echo(f"{role} {version}: signed.")
    if not signed:
        click.echo("Nothing waits for this key.")
    _say(shop)


@publish.command(short_help="Stage other keys for ROLE.")
@_FOLDER
@click.argument("role", type=click.Choice(ROLES))
@click.option("--add", "added", type=_FILE, multiple=True, help="Public key to take in; again.")
@click.option("--remove", "removed", multiple=True, help="Owner or id of a key to drop; again.")
@click.option("--threshold", type=int, help="How many must sign from now on.")
def rotate(
    folder: Path,
    role: str,
    added: tuple[Path, ...],
    removed: tuple[str, ...],
    threshold: int | None,
) -> None:
    """Stage other keys for ROLE. A new root is signed by the old keys and by the new ones."""
    shop = _opened(folder)
    keys = [load_public(path) for path in added]
    Ceremony(shop, office_time()).rotate(role, keys, removed, threshold)
    _say(shop)


@publish.command(short_help="Stage ROLE again, with its full time to run.")
@_FOLDER
@click.argument("role", type=click.Choice(ROLES[:3]))
def renew(folder: Path, role: str) -> None:
    """Stage ROLE's metadata again, unchanged, before its time is over."""
    shop = _opened(folder)
    Ceremony(shop, office_time()).renew(role)
    _say(shop)


@publish.command(short_help="Show what is published and what waits.")
@_FOLDER
def show(folder: Path) -> None:
    """Show each role's version and end, its targets, and whose signatures are missing."""
    shop = _opened(folder)
    for role in ROLES:
        metadata = shop.published(role)
        if metadata is None:
            click.echo(f"{role:<10} not published yet")
            continue
        signed = metadata.signed
        click.echo(f"{role:<10} version {signed.version}, until {signed.expires:%Y-%m-%d}")
        for path in sorted(getattr(signed, "targets", ())):
            click.echo(f"           {path}")
    _say(shop)


def _status_signer(office: Path, descriptor: int | None) -> Authority:
    if not is_authority(office):
        return PilotPki.load(office).status_signer
    with opened(office) as held:
        return status_signer.authority(held, ask(passphrase_parts(held), descriptor))


def _opened(folder: Path) -> Workshop:
    shop = Workshop(folder)
    shop.require()
    return shop


def _say(shop: Workshop) -> None:
    """Say what is next: whose signatures are missing, or that all is published."""
    waiting = Standing(shop).waiting()
    for one in waiting:
        who = ", ".join(one.owners) or "keys that are staged too"
        click.echo(f"{one.role} {one.version} waits for {one.missing} signature(s) of: {who}.")
    if waiting:
        click.echo(f"Next: tramthe centre publish sign {shop.folder} --key KEY")
    else:
        click.echo(f"Published: {shop.public}")


def _passphrase(stdin: bool, *, new: bool = False) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True))
