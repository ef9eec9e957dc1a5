"""`tramthe clock`: what the terminal believes, and the root's correction of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.clock import Clock
from edge.floor import BUILD_TIME, Sighting
from edge.layout import StateLayout
from provisioning.cli.main import Exit, run
from provisioning.office.trust import sign_time_correction
from verify.correction import TimeCorrection

LATEST = BUILD_TIME + timedelta(days=20)
AHEAD = BUILD_TIME + timedelta(days=300)
ROOT = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a terminal whose floor a list from the future pushed ahead."""
    layout = StateLayout(tmp_path / "state")
    layout.holdings.mkdir(parents=True)
    pem = ROOT.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (layout.holdings / "root.pem").write_bytes(pem)
    Clock(layout.floor).saw_verified_list(Sighting(AHEAD, "status"))
    return layout.root


def correct(state: Path, number: int, key: ec.EllipticCurvePrivateKey = ROOT) -> int:
    """Run the command over a correction and return its exit status."""
    file = state.parent / "correction.jws"
    file.write_text(sign_time_correction(TimeCorrection(number, LATEST), key))
    return run(["clock", "correct", "--state", str(state), str(file)])


def test_shown(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Time, how well it is known, and the floor."""
    assert run(["clock", "show", "--state", str(state)]) == Exit.DONE
    said = capsys.readouterr().out
    assert f"floor  {AHEAD:%Y-%m-%dT%H:%M:%SZ}" in said
    assert "(" in said.splitlines()[0]


def test_corrected_once(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The floor is lowered and stays so; the same file again is refused with a next step."""
    assert correct(state, 1) == Exit.DONE
    assert f"not before {LATEST:%Y-%m-%dT%H:%M:%SZ}" in capsys.readouterr().out
    assert Clock(StateLayout(state).floor).floor == LATEST
    assert correct(state, 1) == Exit.FAILED
    assert "taken before" in capsys.readouterr().err
    assert correct(state, 2) == Exit.DONE


def test_signed_by_another(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused, and time stays where it was."""
    assert correct(state, 1, ec.generate_private_key(ec.SECP256R1())) == Exit.FAILED
    assert "from the office" in capsys.readouterr().err
    assert Clock(StateLayout(state).floor).floor == AHEAD


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a.b.c", b"x" * 10_000])
def test_a_file_that_is_none(
    state: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """One sentence, no trace."""
    file = state.parent / "file"
    file.write_bytes(content)
    assert run(["clock", "correct", "--state", str(state), str(file)]) == Exit.FAILED
    assert "Traceback" not in capsys.readouterr().err
    assert Clock(StateLayout(state).floor).floor == AHEAD


def test_a_terminal_without_root_key(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Says what to do."""
    (StateLayout(state).holdings / "root.pem").unlink()
    assert correct(state, 1) == Exit.FAILED
    assert "Provision this terminal again" in capsys.readouterr().err
