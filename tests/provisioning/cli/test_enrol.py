"""`tramthe enrol`: what a technician types, and what is said."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.identity.key import load_or_create
from edge.identity.wiped import wipe
from edge.layout import StateLayout
from edge.people.claim import Claim as PeopleClaim
from edge.people.roles import Role
from edge.wire.claim import Claim, with_people
from provisioning.cli import main as cli
from provisioning.cli.main import Exit
from provisioning.office.pki import create_terminal_ca, issue_terminal
from provisioning.office.requests import read_request
from tests.edge.enrol.conftest import Blank, blank, names, server
from tests.edge.log.made import TERMINAL

__all__ = ["blank", "names", "server"]

QUICK = "0"


@pytest.fixture
def state(blank: Blank) -> Path:
    """Return the blank terminal's state folder."""
    return blank.folder.parent


def run(*arguments: object) -> int:
    """Run the command in this process; return its exit status."""
    return cli.run([str(one) for one in ("enrol", *arguments)])


def test_a_claim_from_a_file(blank: Blank, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It becomes a certificate, the file is gone, and status says so."""
    assert run("status", "--state", state) == Exit.NO
    assert "certificate  none" in capsys.readouterr().out
    assert run("--state", state, "--claim", blank.claim_file) == Exit.DONE
    said = capsys.readouterr().out
    assert f"certificate  {TERMINAL}, " in said
    assert "Restart the service" in said
    assert not blank.claim_file.exists()
    assert run("status", "--state", state) == Exit.DONE
    said = capsys.readouterr().out
    assert "key          file" in said
    assert "enrolment    enrolled, since 20" in said


def test_a_claim_from_a_qr_code(blank: Blank, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scanner types its text."""
    typed = io.TextIOWrapper(io.BytesIO(blank.claim_file.read_bytes() + b"\r\n"))
    monkeypatch.setattr(sys, "stdin", typed)
    assert run("--state", state, "--claim", "-") == Exit.DONE


def test_quarantine_and_going_on(
    blank: Blank, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not approved yet ends with 1 and the key's fingerprint; later it needs no claim."""
    blank.server.quarantine = True
    assert run("--state", state, "--claim", blank.claim_file, "--wait", QUICK) == Exit.NO
    said = capsys.readouterr().out
    progress = blank.files.progress()
    assert progress is not None
    assert progress.key is not None
    assert f"approve the key {progress.key}." in said
    assert run("status", "--state", state) == Exit.NO
    assert f"fingerprint  {progress.key}" in capsys.readouterr().out
    blank.server.quarantine = False
    assert run("--state", state) == Exit.DONE
    assert not blank.claim_file.exists()


def test_file_that_went_meanwhile(
    blank: Blank, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A unit that names the file each time goes on with what an earlier run kept of it."""
    blank.server.quarantine = True
    assert run("--state", state, "--claim", blank.claim_file, "--wait", QUICK) == Exit.NO
    blank.claim_file.unlink()
    blank.server.quarantine = False
    assert run("--state", state, "--claim", blank.claim_file) == Exit.DONE
    assert run("--state", state, "--claim", blank.claim_file) == Exit.FAILED
    assert str(blank.claim_file) in capsys.readouterr().err


def test_it_waits_as_long_as_it_is_told(blank: Blank, state: Path) -> None:
    """Without --wait it asks again by itself until it is approved."""
    blank.server.quarantine, blank.server.retry_after = True, "0"
    blank.server.approve_after = 3
    assert run("--state", state, "--claim", blank.claim_file) == Exit.DONE
    assert blank.server.asked.count("enrol simpleenroll") == 4


def test_refusals(blank: Blank, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No claim, another terminal's, one that is refused: each is said, with what to do."""
    assert run("--state", state) == Exit.FAILED
    assert "--claim" in capsys.readouterr().err
    config = state / "terminal.toml"
    config.write_text(f'terminal = "another"\nstate = "{state}"\n')
    assert run("--state", state, "--claim", blank.claim_file, "--config", config) == Exit.FAILED
    assert "is for terminal TT-0001" in capsys.readouterr().err
    assert not blank.server.asked
    blank.server.answers["simpleenroll"] = 403, "", b""
    assert run("--state", state, "--claim", blank.claim_file) == Exit.FAILED
    assert "does not let this terminal enrol" in capsys.readouterr().err
    assert run("status", "--state", state) == Exit.NO
    assert "Ask the office" in capsys.readouterr().out
    assert run() == Exit.USAGE


def test_no_answer(blank: Blank, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not reached in the time given is said, and the claim stays."""
    blank.server.answers["cacerts"] = 503, "", b""
    assert run("--state", state, "--claim", blank.claim_file, "--wait", QUICK) == Exit.FAILED
    assert "come later" in capsys.readouterr().err
    assert blank.claim_file.exists()


def test_first_pins_with_the_claim(
    blank: Blank, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the office joins them: set at the same time, and said to no one else."""
    people = PeopleClaim(TERMINAL, {Role.SECRETARY: "482913"})
    joined = with_people(Claim.read(blank.claim_file.read_bytes()), people.to_bytes())
    blank.claim_file.write_bytes(joined)
    assert run("--state", state, "--claim", blank.claim_file) == Exit.DONE
    said = capsys.readouterr().out
    assert "The PIN of the secretary is set." in said
    assert "482913" not in said


def test_by_stick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A request out, the office's certificate back; its authority is given with it."""
    from datetime import UTC, datetime

    state, request = tmp_path / "state", tmp_path / "out.csr"
    state.mkdir()
    assert run("request", request, "--state", state) == Exit.FAILED
    assert "--organisation" in capsys.readouterr().err
    who = ("--terminal", TERMINAL, "--organisation", "01234567890123")
    assert run("request", request, "--state", state, *who) == Exit.DONE
    asked = read_request(request.read_bytes())
    now = datetime.fromtimestamp(request.stat().st_mtime, UTC)
    ca = create_terminal_ca("Terminal CA", at=now)
    answer, authority = tmp_path / "answer.pem", tmp_path / "ca.pem"
    for file, der in (
        (answer, issue_terminal(ca, asked.key, TERMINAL, at=now)),
        (authority, ca.certificate),
    ):
        file.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
    assert run("accept", answer, "--state", state) == Exit.FAILED
    assert "authorities signed it" in capsys.readouterr().err
    assert run("accept", answer, "--state", state, "--authority", authority) == Exit.DONE
    assert f"certificate  {TERMINAL}, " in capsys.readouterr().out
    assert load_or_create(StateLayout(state).identity, "").certificate is not None


def test_terminal_that_was_wiped(
    blank: Blank, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status says so, and a claim changes nothing: the way out is said."""
    assert run("--state", state, "--claim", blank.claim_file) == Exit.DONE
    identity = StateLayout(state).identity
    wipe(identity, "a.b.c")
    capsys.readouterr()
    assert run("status", "--state", state) == Exit.NO
    assert "by the office's order" in capsys.readouterr().out
    blank.claim_file.write_bytes(blank.server.claim.to_bytes())
    assert run("--state", state, "--claim", blank.claim_file) == Exit.FAILED
    assert "remove its state folder" in capsys.readouterr().err
    assert [path.name for path in identity.iterdir()] == ["wiped.jws"]
    assert blank.claim_file.exists()


def test_renew(blank: Blank, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before it is due too: a new key and certificate; one that waits ends with 1."""
    assert run("--state", state, "--claim", blank.claim_file) == Exit.DONE
    before = blank.identity.certificate
    config, roots = state / "terminal.toml", blank.server.roots(state)
    config.write_text(
        f'terminal = "{TERMINAL}"\nstate = "{state}"\ncentre = "{blank.server.centre}"\n'
        f'centre_roots = "{roots}"\n'
    )
    blank.server.quarantine = True
    assert run("renew", "--state", state, "--config", config) == Exit.NO
    blank.server.quarantine = False
    assert run("renew", "--state", state, "--config", config) == Exit.DONE
    assert blank.identity.certificate != before
    assert "the same key" not in capsys.readouterr().out
    config.write_text(config.read_text() + 'key_kind = "systemd-creds"\n')
    with pytest.MonkeyPatch.context() as without:
        without.setenv("PATH", str(state))  # where it cannot be sealed
        assert run("renew", "--state", state, "--config", config) == Exit.DONE
    assert "for the same key" in capsys.readouterr().out
    config.write_text(f'terminal = "{TERMINAL}"\nstate = "{state}"\n')
    assert run("renew", "--state", state, "--config", config) == Exit.FAILED
    assert "centre" in capsys.readouterr().err
