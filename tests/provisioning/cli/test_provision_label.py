"""`tramthe provision label`, at the terminal and at the office."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.identity.key import load_or_create
from edge.layout import StateLayout
from provisioning.cli.main import Exit
from provisioning.demo.prepare import Stage
from provisioning.fleet.registry import key_fingerprint
from tests.provisioning.cli.conftest import Tramthe


@pytest.fixture
def certificate(stage: Stage, tmp_path: Path) -> Path:
    """Return a terminal's certificate, as the office has it."""
    der = (StateLayout(stage.terminal).identity / "terminal.der").read_bytes()
    path = tmp_path / "terminal.pem"
    path.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    return path


def test_both_ends_say_the_same(
    tramthe: Tramthe, stage: Stage, certificate: Path, tmp_path: Path
) -> None:
    """What is read out at the terminal is what the office compares; the label has it too."""
    here = tramthe("provision", "label", "--state", stage.terminal, "--output", tmp_path / "a.html")
    there = tramthe("provision", "label", "--certificate", certificate, "--contact", "Pâng 0912")
    assert (here.status, there.status) == (Exit.DONE, Exit.DONE)
    assert here.out.splitlines()[:5] == there.out.splitlines()[:5]
    name, code = here.out.splitlines()[0].split("  ")
    page = (tmp_path / "a.html").read_text("utf-8")
    assert name in page
    assert all(group in page for group in code.split())
    said = tramthe("provision", "label", "--certificate", certificate, "--check", code.lower())
    assert (said.status, said.out) == (Exit.DONE, f"{name}: the code is that of its key.\n")


def test_another_code(tramthe: Tramthe, certificate: Path) -> None:
    """Is not approved."""
    said = tramthe("provision", "label", "--certificate", certificate, "--check", "0" * 16)
    assert said.status == Exit.NO
    assert "do not approve" in said.out


def test_before_there_is_a_certificate(tramthe: Tramthe, state: Path) -> None:
    """The key that asks for it has its code already: that is when it is compared."""
    said = tramthe("provision", "label", "--state", state)
    assert said.status == Exit.DONE
    fingerprint = key_fingerprint(load_or_create(StateLayout(state).identity, "").key.public_key())
    (StateLayout(state).identity / "terminal.der").unlink()
    assert tramthe("provision", "label", "--state", state).status == Exit.USAGE
    name, code = said.out.splitlines()[0].split("  ")
    again = tramthe("provision", "label", "--state", state, "--terminal", name)
    office = tramthe(
        "provision", "label", "--fingerprint", fingerprint, "--terminal", name, "--check", code
    )
    assert again.out == said.out
    assert office.status == Exit.DONE


def test_no_certificate(tramthe: Tramthe, tmp_path: Path) -> None:
    """Another file is refused, and so are both places or none."""
    (tmp_path / "x").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert tramthe("provision", "label", "--certificate", tmp_path / "x").status == Exit.FAILED
    (tmp_path / "x").write_bytes(b"\x30\x00")
    assert tramthe("provision", "label", "--certificate", tmp_path / "x").status == Exit.FAILED
    assert tramthe("provision", "label").status == Exit.USAGE
