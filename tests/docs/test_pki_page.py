"""The page of the ceremony names commands and options that there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from provisioning.ceremony.csca import REST
from provisioning.ceremony.document_signer import MAX_CARDS
from provisioning.cli.main import tramthe
from provisioning.cli.pki import pki
from provisioning.office.certificates import CSCA_USAGE, SIGNER_USAGE, YEAR

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "pki.md").read_text(encoding="utf-8")
LINES = [
    line.strip()
    for line in re.sub(r" \\\n +", " ", PAGE).splitlines()
    if line.startswith("    ") and line.strip().startswith("tramthe ")
]


def _found(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = tramthe
    while isinstance(command, click.Group):
        inner = command.get_command(click.Context(command), words[0])
        assert inner is not None, words
        command, words = inner, words[1:]
    return command, words


@pytest.mark.parametrize("line", LINES)
def test_command_of_the_page(line: str) -> None:
    """Each command on the page is one of ours, and takes the options it is shown with."""
    command, rest = _found(shlex.split(line)[1:])
    known = {name for option in command.params for name in option.opts}
    for word in rest:
        if word.startswith("--"):
            assert word in known, word


def test_every_verb_is_on_the_page() -> None:
    """No act of an authority without its place in the ceremony."""
    for verb in pki.list_commands(click.Context(pki)):
        if verb != "show":
            assert f"pki {verb}" in PAGE, verb


def test_figures_of_the_page() -> None:
    """Three months, 100,000 cards, five years, two days: as the code has them."""
    assert f"3 months or {MAX_CARDS:,} cards" in PAGE
    assert f"signs for {SIGNER_USAGE.days} days" in PAGE
    assert f"{CSCA_USAGE // YEAR} years; its certificate holds 16" in PAGE
    assert (REST.days, "goes on for two days" in PAGE) == (2, True)
