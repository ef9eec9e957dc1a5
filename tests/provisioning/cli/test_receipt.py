"""`tramthe receipt verify`: what the keeper of a dossier reads, over receipts kept in files.

The files under `golden` were made by the first program that wrote this form. They are never made
anew: a program that cannot check them any more has broken receipts that lie in dossiers.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.provisioning.cli.conftest import Tramthe

GOLDEN = Path(__file__).parents[1] / "golden"
RECEIPT = GOLDEN / "receipt-1.jws"
WHOLE = (
    "--authority", GOLDEN / "terminal-ca.pem",
    "--ack", GOLDEN / "receipt-1-ack.jws",
    "--centre", GOLDEN / "centre.pem",
    "--handed", GOLDEN / "receipt-1-handed.json",
    "--nonce", "n0nce_of-the-asker",
)  # fmt: skip


def test_a_kept_receipt_is_anchored(tramthe: Tramthe) -> None:
    """With everything at hand, the first form is anchored, check by check, and names nobody."""
    said = tramthe("receipt", "verify", RECEIPT, *WHOLE)
    assert said.status == 0
    assert said.out.splitlines()[-1] == "anchored"
    assert said.out.count("passed") == 8
    assert "FAILS" not in said.out
    assert "that the chip was no copy" in said.out
    assert "Vàng" not in said.out


def test_without_the_centre_it_is_signed(tramthe: Tramthe) -> None:
    """With the authority alone it is `signed`, exit status 0."""
    said = tramthe("receipt", "verify", RECEIPT, "--authority", GOLDEN / "terminal-ca.pem")
    assert (said.status, said.out.splitlines()[-1]) == (0, "signed")


def test_with_nothing_it_proves_nothing(tramthe: Tramthe) -> None:
    """Exit status 1, and the words say so."""
    said = tramthe("receipt", "verify", RECEIPT)
    assert (said.status, said.out.splitlines()[-1]) == (1, "NOT PROVEN")


def test_a_word_that_cannot_be_checked_is_no_yes(tramthe: Tramthe) -> None:
    """What was asked and remains open is exit status 1, though the receipt is signed."""
    said = tramthe("receipt", "verify", RECEIPT, *WHOLE[:4])
    assert (said.status, said.out.splitlines()[-1]) == (1, "signed")
    assert "no key of the centre was given" in said.out


def test_a_changed_receipt(tramthe: Tramthe, tmp_path: Path) -> None:
    """One character of the signature changed: FALSE, exit status 1."""
    text = RECEIPT.read_text().strip()
    bad = tmp_path / "bad.jws"
    bad.write_text(text[:-9] + ("A" if text[-9] != "A" else "B") + text[-8:])
    said = tramthe("receipt", "verify", bad, *WHOLE)
    assert (said.status, said.out.splitlines()[-1]) == (1, "FALSE")


def test_keys_of_a_terminal_s_trust_list(tramthe: Tramthe, state: Path) -> None:
    """--state brings the authorities and the centre's keys: here another office's."""
    said = tramthe("receipt", "verify", RECEIPT, "--state", state)
    assert (said.status, said.out.splitlines()[-1]) == (1, "FALSE")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"fields": {"name": 1}, "salt": "00"}',
        '{"fields": {"name": "a"}, "salt": "00"}',
        json.dumps({"fields": {"name": "\ud800"}, "salt": "00" * 16}),
        "[" * 100_000,
    ],
)
def test_fields_in_a_file_that_holds_none(tramthe: Tramthe, tmp_path: Path, text: str) -> None:
    """The form is named, exit status 3."""
    file = tmp_path / "fields.json"
    file.write_text(text)
    said = tramthe("receipt", "verify", RECEIPT, *WHOLE[:6], "--handed", file)
    assert said.status == 3
    assert '"salt"' in said.err


def test_what_is_no_receipt(tramthe: Tramthe) -> None:
    """Another file is exit status 3, with what to do."""
    assert tramthe("receipt", "verify", GOLDEN / "centre.pem").status == 3
    assert tramthe("receipt", "verify", GOLDEN / "receipt-1-ack.jws").status == 3
