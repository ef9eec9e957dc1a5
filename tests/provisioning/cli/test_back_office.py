"""`tramthe centre back-office`: adding, listing, revoking."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.demo.prepare import Stage

from .conftest import Said, Tramthe

OFFICE = ("--name", "Một cửa xã Pha Hín", "--origin", "https://motcua.example/")


@pytest.fixture
def folder(stage: Stage, tmp_path: Path) -> Path:
    """Return the folder of a centre with its own database."""
    return Path(shutil.copytree(stage.centre, tmp_path / "centre"))


@pytest.fixture
def run(tramthe: Tramthe) -> Callable[..., Said]:
    """Return a runner of the group's commands."""
    return lambda *words: tramthe("centre", "back-office", *map(str, words))


def test_from_adding_to_revoking(folder: Path, run: Callable[..., Said]) -> None:
    """The token is printed alone, once; the list tells of everything else."""
    assert "No back office yet" in run("list", folder).out
    added = run("add", folder, "mot-cua", *OFFICE, "--terminal", "tram-001")
    assert (added.status, len(added.out.strip())) == (0, 43)
    listed = run("list", folder).out
    assert "may ask" in listed
    assert "https://motcua.example\n" in listed
    assert added.out.strip() not in listed
    assert run("revoke", folder, "mot-cua").status == 0
    assert "revoked 20" in run("list", folder).out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("mot-cua", *OFFICE, "--terminal", "tram-001"), "already"),
        (("Một Cửa", *OFFICE, "--terminal", "tram-001"), "small letters"),
        (("hai-cua", "--name", "x", "--origin", "http://a.vn", "--terminal", "t"), "https://"),
        (("hai-cua", *OFFICE, "--terminal", "no terminal"), "as their certificates do"),
        (("hai-cua", *OFFICE), "--terminal"),
    ],
    ids=["twice", "id", "origin", "terminal", "no-terminal"],
)
def test_an_office_that_cannot_be_added(
    folder: Path, run: Callable[..., Said], words: tuple[str, ...], says: str
) -> None:
    """Each refusal says what to do."""
    run("add", folder, "mot-cua", *OFFICE, "--terminal", "tram-001")
    refused = run("add", folder, *words)
    assert refused.status != 0
    assert says in refused.err


def test_revoking_nobody(folder: Path, run: Callable[..., Said]) -> None:
    """What is not there cannot be revoked, and the list is named."""
    refused = run("revoke", folder, "nobody")
    assert refused.status != 0
    assert "back-office list" in refused.err
