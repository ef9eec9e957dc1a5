"""`tramthe people`: PINs on a terminal's console, and the office's answers."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge.identity.key import WRAP_FILE
from edge.layout import StateLayout
from edge.people import recovery
from edge.people.claim import Claim
from edge.people.doorkeeper import Answer, Doorkeeper
from edge.people.recovery import secret_of
from edge.people.roles import Role
from edge.people.store import FILE, PeopleFile
from provisioning.demo.prepare import PIN, TERMINAL, Stage
from provisioning.office.recovery import load_key
from tests.provisioning.cli.conftest import Said, Tramthe

NEW = "161803"


def keeper_of(state: Path) -> Doorkeeper:
    """Return who lets people in at the terminal of this state folder."""
    folder = StateLayout(state).identity
    file = PeopleFile(folder, (folder / WRAP_FILE).read_bytes())
    return Doorkeeper(file, terminal=TERMINAL, monotonic=lambda: 0.0)


@pytest.fixture
def bare(state: Path) -> Path:
    """Return a terminal's state folder on which no PIN was ever set."""
    (StateLayout(state).identity / FILE).unlink()
    return state


@pytest.fixture
def office_key(stage: Stage) -> Path:
    """Return the office's recovery key."""
    return stage.terminal.parent / "office" / "recovery.key"


def set_pin(
    tramthe: Tramthe, monkeypatch: pytest.MonkeyPatch, state: Path, pin: str, *more: str
) -> Said:
    """Set the secretary's PIN through standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{pin}\n"))
    return tramthe("people", "set-pin", "--state", state, "--role", "secretary", "--stdin", *more)


def test_the_first_pin(bare: Path, tramthe: Tramthe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set, and nowhere said."""
    said = set_pin(tramthe, monkeypatch, bare, NEW)
    assert (said.status, said.err) == (0, "")
    assert NEW not in said.out
    assert keeper_of(bare).try_pin(Role.SECRETARY, NEW) is Answer.RIGHT
    assert not keeper_of(bare).door(Role.TECHNICIAN).pin_set


@pytest.mark.parametrize("pin", ["", "12345", "123456", "111111", "abcdef", "1234567890123456"])
def test_a_pin_that_is_none(
    pin: str, state: Path, tramthe: Tramthe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused with a next step; the old one stays, even where all was to begin anew."""
    assert set_pin(tramthe, monkeypatch, state, pin, "--start-over").status == 3
    assert keeper_of(state).try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


def test_typed_on_the_console(state: Path) -> None:
    """Asked for twice, and not shown."""
    parent, child = pty.openpty()
    command = ["people", "set-pin", "--state", str(state), "--role", "officer"]
    process = subprocess.Popen(
        [sys.executable, "-m", "provisioning.cli.main", *command],
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
    )
    os.close(child)
    seen = b""
    try:
        for asked in (b"PIN: ", b"Once more: "):
            while asked not in seen:
                seen += os.read(parent, 1000)
            os.write(parent, f"{NEW}\n".encode())
        assert process.wait(60) == 0
        seen += os.read(parent, 1000)
    finally:
        process.kill()
        os.close(parent)
    assert NEW.encode() not in seen
    assert b"The PIN of the officer is set." in seen
    assert keeper_of(state).try_pin(Role.OFFICER, NEW) is Answer.RIGHT


def test_no_console(state: Path, tramthe: Tramthe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read by accident."""
    monkeypatch.setattr("os.isatty", lambda _: False)
    said = tramthe("people", "set-pin", "--state", state, "--role", "secretary")
    assert said.status == 2
    assert "--stdin" in said.err


def test_a_damaged_file(state: Path, tramthe: Tramthe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is overwritten unasked; --start-over forgets all the other PINs too, and says it."""
    (StateLayout(state).identity / FILE).write_bytes(b"garbage")
    said = set_pin(tramthe, monkeypatch, state, NEW)
    assert (said.status, "--start-over" in said.err) == (3, True)
    assert tramthe("people", "show", "--state", state).status == 3
    assert set_pin(tramthe, monkeypatch, state, NEW, "--start-over").status == 0
    said = tramthe("people", "show", "--state", state)
    assert re.search(r"secretary +PIN set\n.*officer +NO PIN\n", said.out)
    assert re.search(r"recovery +NOT SET\n", said.out)


def test_shown(state: Path, tramthe: Tramthe) -> None:
    """Whose PIN is set, tries, recovery; no secret."""
    keeper_of(state).try_pin(Role.OFFICER, "000000")
    said = tramthe("people", "show", "--state", state)
    assert said.out.splitlines() == [
        "secretary   PIN set",
        "officer     PIN set, 1 tries since the last right one",
        "technician  PIN set",
        f"recovery    for terminal {TERMINAL}, used 0x",
    ]


def test_no_terminal_there(tmp_path: Path, tramthe: Tramthe) -> None:
    """A folder that was never a terminal's is left as it is."""
    said = tramthe("people", "show", "--state", tmp_path)
    assert said.status == 3
    assert list(tmp_path.iterdir()) == []


def test_a_claim(bare: Path, tmp_path: Path, tramthe: Tramthe) -> None:
    """First PINs and secret; taken again it changes nothing, with --replace it does."""
    claim = tmp_path / "claim.json"
    claim.write_bytes(Claim(TERMINAL, {Role.SECRETARY: NEW}, bytes(32)).to_bytes())
    said = tramthe("people", "take", "--state", bare, claim)
    assert said.status == 0
    assert "The PIN of the secretary is set." in said.out
    assert f"The recovery secret of terminal {TERMINAL} is set." in said.out
    assert NEW not in said.out
    assert keeper_of(bare).try_pin(Role.SECRETARY, NEW) is Answer.RIGHT
    claim.write_bytes(Claim(TERMINAL, {Role.SECRETARY: PIN}, bytes(range(32))).to_bytes())
    said = tramthe("people", "take", "--state", bare, claim)
    assert "has a PIN already; it stays" in said.out
    assert "a recovery secret already; it stays" in said.out
    assert keeper_of(bare).try_pin(Role.SECRETARY, NEW) is Answer.RIGHT
    assert tramthe("people", "take", "--replace", "--state", bare, claim).status == 0
    assert keeper_of(bare).try_pin(Role.SECRETARY, PIN) is Answer.RIGHT


def test_a_claim_that_is_none(state: Path, garbage: list[Path], tramthe: Tramthe) -> None:
    """Any file: one sentence and a next step."""
    for file in garbage:
        assert tramthe("people", "take", "--state", state, file).status == 3, file


def test_recovery_from_the_office_to_the_desk(bare: Path, tmp_path: Path, tramthe: Tramthe) -> None:
    """A key, a terminal's claim out of it, a challenge read out, the response accepted."""
    key, claim = tmp_path / "key", tmp_path / "claim"
    assert tramthe("people", "new-recovery-key", key).status == 0
    assert key.stat().st_mode & 0o777 == 0o600
    said = tramthe("people", "recovery-secret", "--key", key, "--terminal", TERMINAL, claim)
    assert said.status == 0
    assert json.loads(claim.read_bytes())["terminal"] == TERMINAL
    assert tramthe("people", "take", "--state", bare, claim).status == 0
    keeper = keeper_of(bare)
    challenge = keeper.challenge(Role.TECHNICIAN)
    assert challenge is not None
    options = ("--key", key, "--terminal", TERMINAL)
    said = tramthe("people", "recovery-response", *options, challenge[:4].lower(), challenge[4:])
    assert said.status == 0
    assert "for a new PIN of: technician" in said.out
    response = re.search(r"response: +([0-9A-Z]{4} [0-9A-Z]{4})\n", said.out)
    assert response is not None
    assert keeper.try_response(Role.TECHNICIAN, response[1]) is Answer.RIGHT


def test_a_misheard_challenge(
    office_key: Path, tramthe: Tramthe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 1: the office has it read again."""
    monkeypatch.setattr(recovery, "MAX_COUNTER", 500)
    challenge = recovery.challenge(
        secret_of(load_key(office_key), TERMINAL), TERMINAL, Role.SECRETARY, 0
    )
    options = ("--key", office_key, "--terminal")
    assert tramthe("people", "recovery-response", *options, TERMINAL, challenge).status == 0
    for terminal, heard in ((TERMINAL, challenge[::-1]), ("99-0418", challenge), (TERMINAL, "4F7")):
        said = tramthe("people", "recovery-response", *options, terminal, heard)
        assert (said.status, "read again" in said.out) == (1, True)


def test_keys_are_never_overwritten(office_key: Path, tmp_path: Path, tramthe: Tramthe) -> None:
    """Nor is a claim."""
    key = tmp_path / "key"
    key.write_bytes(office_key.read_bytes())
    assert tramthe("people", "new-recovery-key", key).status == 3
    assert load_key(key) == load_key(office_key)
    said = tramthe("people", "recovery-secret", "--key", key, "--terminal", TERMINAL, key)
    assert said.status == 3
    assert load_key(key) == load_key(office_key)


def test_a_key_that_is_none(garbage: list[Path], tmp_path: Path, tramthe: Tramthe) -> None:
    """Any file: one sentence and a next step, and nothing is made."""
    for file in garbage:
        options = ("--key", file, "--terminal", TERMINAL)
        assert tramthe("people", "recovery-secret", *options, tmp_path / "new").status == 3, file
        assert tramthe("people", "recovery-response", *options, "4F7K29QM").status == 3, file
    assert not (tmp_path / "new").exists()
