"""`tramthe provision image`, and the options that all ways of making a terminal share.

Not here: what is written (`provisioning.image`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from edge.wire.claim import MAX_FILE, Claim
from provisioning.cli.common import Command, office_time, read_file
from provisioning.image import access_point, boot, bundle, configured, machine, repository
from provisioning.image.machine import KEYBOARD, Machine, Wifi
from provisioning.image.repository import Repository

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
MAX_LINE = 1024  # bytes of a file that holds a passphrase or SSH keys
MAX_KEYS = 64 * 1024
MAX_ROOT = 512 * 1024  # bytes of the repository's root
MAX_SERVER_ROOTS = 256 * 1024
FIRST_RADIO = "wlan0"
"""By which a card's system joins the Wi-Fi that it was told of."""
PACKAGES = click.option(
    "--packages",
    type=FOLDER,
    required=True,
    help="Folder of the Debian packages: the terminal's own and what it needs besides.",
)
_OPTIONS = (
    PACKAGES,
    click.option(
        "--config",
        "shared",
        type=FILE,
        help="A terminal.toml with what all your terminals share; its name and folder are set.",
    ),
    click.option("--keyboard", default=KEYBOARD, show_default=True, help="Keyboard layout (XKB)."),
    click.option(
        "--ssh-key",
        type=FILE,
        help="File of public keys that may log in by SSH as `kythuat`; without it SSH is off.",
    ),
    click.option("--wifi", "ssid", help="Name of the Wi-Fi to join; by cable without it."),
    click.option(
        "--wifi-passphrase",
        "passphrase_file",
        type=click.File("r"),
        help="File whose first line is the passphrase, `-` for standard input; else it is asked.",
    ),
    click.option(
        "--wifi-hidden", "hidden", is_flag=True, help="The network does not say its name."
    ),
    click.option(
        "--access-point",
        "radio",
        metavar="INTERFACE",
        help="Let the terminal put up the Wi-Fi for phones that --config tells of, by this radio "
        "(wlan0), which has to know WPA3 as an access point.",
    ),
    click.option(
        "--kiosk/--no-kiosk",
        default=True,
        show_default=True,
        help="Show the terminal's pages on the machine's own screen.",
    ),
    click.option(
        "--repository-root",
        type=FILE,
        help="The first root of the office's repository, metadata/1.root.json: the terminal takes "
        "lists, and later versions of the program, that are signed under it.",
    ),
    click.option(
        "--repository",
        "repository_url",
        metavar="URL",
        help="With --repository-root: where it looks for them; `repository` of --config unless "
        "told, and by stick in any case.",
    ),
    click.option(
        "--repository-ca",
        type=FILE,
        help="With --repository: what its server's certificate is under, PEM; the system's "
        "authorities unless told.",
    ),
    click.option(
        "--updates/--no-updates",
        default=True,
        show_default=True,
        help="With --repository-root: install later versions of the program by themselves.",
    ),
    click.option(
        "--read-only-root",
        is_flag=True,
        help="Keep the system as it is at each start; records and later versions of the program "
        "have partitions of their own.",
    ),
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What one machine has in common with the others."""

    bundle: bundle.Bundle
    config: Path | None
    keyboard: str
    ssh_keys: tuple[str, ...]
    wifi: Wifi | None
    kiosk: bool
    read_only_root: bool
    repository: Repository | None
    radio: str | None = None
    """By which the Wi-Fi for phones is put up."""


def shared_options(command: Command) -> Command:
    """Add the options; the command is called with `shared`, a `Shared`, in their place."""

    @wraps(command)
    def call(**given: Any) -> object:
        kept = {option: given.pop(option) for option in _NAMES}
        return command(shared=_shared(kept), **given)

    for option in reversed(_OPTIONS):
        call = option(call)
    return call  # type: ignore[return-value]  # click's decorators keep the kind of what they take


_NAMES = (
    "packages", "shared", "keyboard", "ssh_key", "ssid", "passphrase_file", "hidden", "radio",
    "kiosk", "read_only_root", "repository_root", "repository_url", "repository_ca", "updates",
)  # fmt: skip


def _shared(given: Mapping[str, Any]) -> Shared:
    radio = _radio(given["radio"], given["ssid"])
    key = given["ssh_key"]
    text = "" if key is None else read_file(key, MAX_KEYS).decode("utf-8", errors="replace")
    return Shared(
        bundle.open_bundle(given["packages"]),
        given["shared"],
        machine.check_keyboard(given["keyboard"]),
        () if key is None else machine.ssh_keys(text),
        _wifi(given["ssid"], given["passphrase_file"], hidden=given["hidden"]),
        given["kiosk"],
        given["read_only_root"],
        _repository(
            given["repository_root"],
            given["repository_url"],
            given["repository_ca"],
            updates=given["updates"],
        ),
        radio,
    )


def _repository(
    root: Path | None, url: str | None, ca: Path | None, *, updates: bool
) -> Repository | None:
    if root is None:
        if url is not None or ca is not None or not updates:
            raise click.UsageError(
                "--repository-root says whose lists and programs are taken; nothing is without it."
            )
        return None
    server_roots = None if ca is None else read_file(ca, MAX_SERVER_ROOTS)
    return repository.of(read_file(root, MAX_ROOT), url, server_roots, updates=updates)


def _radio(radio: str | None, ssid: str | None) -> str | None:
    if radio is None:
        return None
    if ssid is not None and radio == FIRST_RADIO:
        raise click.UsageError(
            f"--wifi joins its network by {FIRST_RADIO}; give --access-point another radio."
        )
    return access_point.check_interface(radio)


def _wifi(ssid: str | None, file: Any, *, hidden: bool) -> Wifi | None:
    if ssid is None:
        if file is not None or hidden:
            raise click.UsageError("--wifi names the network; without it there is none to join.")
        return None
    if file is None:
        passphrase = click.prompt(f"Passphrase of the Wi-Fi {ssid}", hide_input=True, err=True)
    else:
        passphrase = file.readline(MAX_LINE).rstrip("\r\n")
    return machine.join(ssid, passphrase, hidden=hidden)


def make_machine(
    shared: Shared, terminal: str | None, claim_file: Path | None, hostname: str | None = None
) -> Machine:
    """Return one machine's values, of its claim where there is one."""
    data = None if claim_file is None else read_file(claim_file, MAX_FILE)
    claim = None if data is None else machine.read_claim(data, terminal, office_time())
    name = _name(terminal, claim)
    config = configured.write_config(name, shared.config, claim, shared.repository)
    radio = shared.radio
    return Machine(
        terminal=name,
        hostname=machine.host_name(name) if hostname is None else machine.check_host(hostname),
        config=config,
        wifi=shared.wifi,
        ssh_keys=shared.ssh_keys,
        claim=data,
        centre_roots=None if claim is None else machine.roots_of(claim),
        keyboard=shared.keyboard,
        kiosk=shared.kiosk,
        read_only_root=shared.read_only_root,
        repository=shared.repository,
        access_point=None if radio is None else access_point.of_config(radio, config),
    )


def _name(terminal: str | None, claim: Claim | None) -> str:
    if terminal is not None:
        return machine.check_terminal(terminal)
    if claim is None:
        raise click.UsageError("give --claim, or --terminal for one that is enrolled otherwise.")
    return claim.terminal


def tell(line: str) -> None:
    """Say which package is copied: it takes a while."""
    click.echo(f"  {line}", err=True)


def updates_of(one: Machine) -> str:
    """Return where a machine's lists and programs come from, for people."""
    where = tomllib.loads(one.config).get("repository")
    if one.repository is None:
        asked = "none by themselves" if where is None else f"none from {where}"
        return f"{asked}: --repository-root says whose lists and programs to take"
    way = "by stick" if where is None else f"from {where}, or by stick"
    what = "lists and programs" if one.repository.updates else "lists"
    return f"{what} {way}, under root version {one.repository.number}"


@click.command(short_help="Write a flashed card's boot partition, so that it becomes a terminal.")
@click.argument("folder", metavar="BOOT-FOLDER", type=FOLDER)
@click.option("--claim", "claim_file", type=FILE, help="The terminal's claim, from the office.")
@click.option("--terminal", help="The terminal's name, where no claim says it.")
@click.option("--hostname", help="Name on the network; follows from the terminal's unless told.")
@shared_options
def image(
    folder: Path,
    claim_file: Path | None,
    terminal: str | None,
    hostname: str | None,
    shared: Shared,
) -> None:
    """Write the boot partition of a freshly flashed Raspberry Pi OS, mounted at BOOT-FOLDER.

    The card's first start then makes a terminal of the Pi, from the packages on the card and
    without a network: name, language, time zone, Wi-Fi, firewall, service, screen; and enrols it
    with the claim. Which kind of first start the image has is seen by what lies there.

    The Wi-Fi's passphrase is turned into its key and kept nowhere; key and claim lie on the card
    until the first start has used and overwritten them. Whoever holds the card before that can
    read both. `provision image-undo` takes everything back.
    """
    found = boot.recognise(folder)
    one = make_machine(shared, terminal, claim_file, hostname)
    boot.write(found, one, shared.bundle, tell)
    click.echo(f"terminal  {one.terminal}, {one.hostname} on the network")
    click.echo(f"system    {found.issue}, first start by {found.kind}")
    click.echo(f"package   tramthe {shared.bundle.version}, {shared.bundle.architecture}")
    wifi = "by cable" if one.wifi is None else f"Wi-Fi {one.wifi.ssid}, or by cable"
    click.echo(f"network   {wifi}; SSH {'by key' if one.ssh_keys else 'off'}")
    click.echo(f"updates   {updates_of(one)}")
    if one.access_point is not None:
        point = one.access_point
        click.echo(f"phones    Wi-Fi {point.wifi.name} by {point.interface}, at meetings")
    click.echo(f"claim     {'on the card until the first start' if one.claim else 'none'}")
    click.echo(f"{folder}: eject it, put the card into the Pi, and switch it on.")


@click.command("image-undo", short_help="Take back what was written on a card not yet started.")
@click.argument("folder", metavar="BOOT-FOLDER", type=FOLDER)
def image_undo(folder: Path) -> None:
    """Put back what stood on the boot partition at BOOT-FOLDER before `provision image`.

    Claim and Wi-Fi key are overwritten where they lie. A flash card may keep an old block all the
    same: tell the office that a claim which was on a lost card is not to be used.
    """
    if boot.restore(folder):
        click.echo(f"{folder}: as it was flashed.")
    else:
        click.echo(f"{folder}: nothing of ours lies there.")
