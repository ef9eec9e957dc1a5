"""What the command line says of itself."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from importlib.metadata import version

import click
import pytest

from edge.config import Config
from provisioning.cli.main import Exit, LazyGroup
from provisioning.cli.main import tramthe as root
from provisioning.cli.tree import walk
from tests.provisioning.cli.conftest import Tramthe

COMMANDS = [tuple(node.path.split()[1:]) for node in walk(root, "tramthe")][1:]


def test_the_commands_there_are() -> None:
    """These and no others."""
    assert {" ".join(command) for command in COMMANDS} == {
        "serve",
        "completion",
        "config",
        "config check",
        "config example",
        "config explain",
        "config schema",
        "config show",
        "acceptance",
        "support-bundle",
        "acceptance verify",
        "demo",
        "diagnose",
        "enrol",
        "enrol accept",
        "enrol renew",
        "enrol request",
        "enrol status",
        "card",
        "card profile",
        "card read",
        "card watch",
        "softcard",
        "softcard insert",
        "softcard kinds",
        "softcard make",
        "update",
        "update check",
        "update install",
        "update return",
        "update status",
        "update trust",
        "verify",
        "verify chain",
        "verify reading",
        "log",
        "log verify",
        "log show",
        "log export",
        "log stats",
        "log backup",
        "log restore",
        "log rescue",
        "roster",
        "roster import",
        "roster show",
        "sheet",
        "sheet verify",
        "fleet",
        "fleet adopt",
        "fleet approve",
        "fleet bring",
        "fleet certify",
        "fleet delete",
        "fleet export",
        "fleet import",
        "fleet list",
        "fleet lost",
        "fleet move",
        "fleet note",
        "fleet refuse",
        "fleet release",
        "fleet rename",
        "fleet replace",
        "fleet requests",
        "fleet retire",
        "fleet revoked",
        "fleet show",
        "fleet wipe",
        "fleet wiped",
        "procedure",
        "procedure check",
        "procedure import",
        "procedure list",
        "procedure show",
        "receipt",
        "receipt verify",
        "receipt list",
        "receipt export",
        "crl",
        "crl import",
        "crl show",
        "crl lookup",
        "trust",
        "trust import",
        "trust diff",
        "trust list",
        "trust policy",
        "trust policy import",
        "trust policy show",
        "people",
        "people set-pin",
        "people show",
        "people take",
        "people new-recovery-key",
        "people recovery-secret",
        "people recovery-response",
        "clock",
        "clock show",
        "clock correct",
        "courier",
        "courier export",
        "courier import",
        "centre",
        "centre alarms",
        "centre back-office",
        "centre back-office add",
        "centre back-office list",
        "centre back-office revoke",
        "centre check",
        "centre inbox",
        "centre nginx",
        "centre catalogue",
        "centre catalogue organisations",
        "centre catalogue terminals",
        "centre open",
        "centre openings",
        "centre operator",
        "centre operator add",
        "centre operator list",
        "centre operator remove",
        "centre operator reset",
        "centre publish",
        "centre publish add",
        "centre publish add-status",
        "centre publish init",
        "centre publish key",
        "centre publish release",
        "centre publish remove",
        "centre publish renew",
        "centre publish rotate",
        "centre publish show",
        "centre publish sign",
        "provision",
        "provision counter",
        "provision counter-show",
        "provision counter-sign",
        "provision image",
        "provision batch",
        "provision here",
        "provision image-undo",
        "provision label",
        "personalise",
        "pki",
        "pki accept",
        "pki crl",
        "pki csca",
        "pki document-signer",
        "pki link",
        "pki passphrase",
        "pki show",
        "pki sign",
        "pki status-signer",
        "pki status-list",
        "pki terminal-ca",
        "pki centre-keys",
        "pki centre-folder",
        "pki trust-root",
        "pki trust-list",
        "pki verify",
        "repository",
        "repository trust",
        "repository update",
        "centre reverify",
        "centre send",
        "centre support",
        "centre send acknowledgement",
        "centre send command",
        "centre send handover",
        "centre send meeting",
        "centre send roster",
        "centre serve",
        "centre claim",
        "centre claim list",
        "centre claim new",
        "centre claim revoke",
    }


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help(tramthe: Tramthe, command: tuple[str, ...]) -> None:
    """Usage, a sentence that ends, a text for every option, nothing cut short."""
    said = tramthe(*command, "--help")
    assert said.status == Exit.DONE
    assert said.out.startswith(f"Usage: tramthe {' '.join(command)} ")
    assert re.search(r"\n\n  [A-Z][^\n]+", said.out)
    assert "..." not in said.out.replace("[ARGS]...", "").replace("CHALLENGE...", "")
    assert said.err == ""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_is_explained(command: tuple[str, ...]) -> None:
    """No option without words."""
    found: click.Command = root
    for name in command:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), name)
        assert inner is not None
        found = inner
    for option in found.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
    assert found.help
    assert found.help.strip()[-1] in ".:"


def test_exit_statuses_are_documented(tramthe: Tramthe) -> None:
    """Each with its number, at the end of the first page."""
    said = tramthe("--help")
    for status in Exit:
        assert re.search(rf"^ +{int(status)} +\S", said.out, re.MULTILINE)


def test_every_key_of_the_configuration_is_explained(tramthe: Tramthe) -> None:
    """`serve --help` lists what terminal.toml takes, and which key cannot be left out."""
    said = tramthe("serve", "--help")
    for field in fields(Config):
        line = re.search(rf"^ +{field.name} +[A-Z].*\.( \[.+\])?$", said.out, re.MULTILINE)
        assert line is not None, field.name
        assert ("[required]" in line[0]) is (field.name in {"terminal", "state"})


def test_version(tramthe: Tramthe) -> None:
    """The distribution's."""
    assert tramthe("--version").out == f"tramthe {version('tramthe')}\n"


@pytest.mark.parametrize(
    "arguments",
    [("no-such-command",), ("card", "no-such"), ("verify",), ("crl", "import"), ("--no-such",)],
)
def test_not_understood(tramthe: Tramthe, arguments: tuple[str, ...]) -> None:
    """Exit status 2 and how to ask."""
    said = tramthe(*arguments)
    assert said.status == Exit.USAGE
    assert "Error:" in said.err


def test_the_first_page_loads_no_command() -> None:
    """`--help` stays quick: no command's module is imported for it."""
    program = (
        "import sys; from provisioning.cli.main import run; run(['--help'])\n"
        "loaded = [m for m in sys.modules if m.startswith('provisioning.cli.')]\n"
        "assert loaded == ['provisioning.cli.lazy', 'provisioning.cli.main'], loaded\n"
        "assert 'flask' not in sys.modules and 'asn1crypto' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)  # noqa: PLW1510
    assert done.returncode == 0, done.stderr
    assert isinstance(root, LazyGroup)
