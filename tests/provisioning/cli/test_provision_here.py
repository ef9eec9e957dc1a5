"""`tramthe provision here`: what it refuses, and what it says before it does anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from provisioning.cli import provision_here
from provisioning.cli.main import Exit
from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.image.conftest import SSH_KEY, packages

__all__ = ["packages"]


def test_a_machine_that_nobody_knows(
    tramthe: Tramthe, packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run asks the same questions, and leaves no trace."""
    monkeypatch.setattr(provision_here, "ROOT", tmp_path)
    monkeypatch.setattr(provision_here, "WORK", tmp_path)
    said = tramthe("provision", "here", "--terminal", "a", "--packages", packages, "--dry-run")
    assert said.status == Exit.FAILED
    assert "not known here" in said.err
    assert list(tmp_path.iterdir()) == []


def test_only_root(tramthe: Tramthe, packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """May change the machine; the others are told how."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    said = tramthe("provision", "here", "--terminal", "a", "--packages", packages)
    assert said.status == Exit.FAILED
    assert "Only root" in said.err
    assert "sudo" in said.err


def test_what_is_for_cards(tramthe: Tramthe, packages: Path, tmp_path: Path) -> None:
    """Accounts and partitions of a machine in use are left alone."""
    (tmp_path / "key.pub").write_text(f"{SSH_KEY}\n")
    for more in (("--ssh-key", tmp_path / "key.pub"), ("--read-only-root",)):
        said = tramthe(
            "provision", "here", "--terminal", "a", "--packages", packages, "--dry-run", *more
        )
        assert said.status == Exit.USAGE
        assert "for cards" in said.err
