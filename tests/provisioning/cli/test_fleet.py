"""`tramthe fleet`: the registry of terminals, by its commands."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.wire.event import timestamp
from edge.wire.wipe import Statement, sign_statement
from provisioning.centre.inbox_tables import INBOX, INBOX_MESSAGE
from provisioning.centre.process import CentreFolder, make_folder
from provisioning.centre.store import CentreStore
from provisioning.cli.common import office_time
from provisioning.cli.main import Exit
from provisioning.fleet import claims, registry, requests, wipe
from provisioning.fleet.claims import GUESSED, GUESSES, KEY_CHANGED
from provisioning.fleet.registry import State
from provisioning.office.pki import create_terminal_ca, new_key
from tests.edge.log.made import seal_key
from tests.provisioning.centre.fleet.made import (
    ORGANISATION,
    SECRET,
    TECHNICIAN,
    Device,
    asked,
    enrolled,
)
from tests.provisioning.cli.conftest import Tramthe
from verify.moment import TimeQuality

OTHER = "38168053000002"
AT = office_time()
CA = create_terminal_ca("Terminal CA", at=AT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a centre's folder with one terminal authority."""
    make_folder(tmp_path / "centre", new_key(), "sign-test", [CA.certificate])
    return tmp_path / "centre"


@contextmanager
def registered(folder: Path) -> Iterator[sa.Connection]:
    """Give a transaction of the centre's database."""
    store = CentreStore(CentreFolder.load(folder).database)
    with store.database.writing() as connection:
        yield connection
    store.close()


def pem(folder: Path, device: Device, kind: str) -> Path:
    """Write a device's request or certificate as PEM."""
    file = folder / f"{device.name}.{kind}"
    if kind == "csr":
        data = x509.load_der_x509_csr(device.csr).public_bytes(Encoding.PEM)
    else:
        der = device.certificate(AT, CA)
        data = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    file.write_bytes(data)
    return file


def test_empty_registry_says_who_decides(tramthe: Tramthe, folder: Path) -> None:
    """The authority alone."""
    assert "the authority decides" in tramthe("fleet", "list", folder).out
    assert json.loads(tramthe("fleet", "list", folder, "--json").out) == []


def test_batch_is_approved_at_once(tramthe: Tramthe, folder: Path) -> None:
    """A box of three: each is named with its key, all are approved by one answer."""
    devices = [Device(f"tram-00{number}") for number in range(3)]
    with registered(folder) as connection:
        for device in devices:
            asked(connection, device, AT)
    listed = tramthe("fleet", "list", folder, "--state", "waiting")
    assert listed.out.count("waits: key") == 3
    said = tramthe("fleet", "approve", folder, "--all", "--yes", "--by", "lan")
    assert said.status == Exit.DONE
    for device in devices:
        assert f"key {device.fingerprint}" in said.out
        assert f"{device.name}: approved." in said.out
    assert "Nothing waits." in tramthe("fleet", "approve", folder, "--all", "--yes").out
    shown = json.loads(tramthe("fleet", "show", folder, "tram-001", "--json").out)
    assert shown["state"] == "approved"
    assert [one["operator"] for one in shown["history"] if one["verb"] == "approved"] == ["lan"]


def test_two_keys_of_one_name_are_told_apart(tramthe: Tramthe, folder: Path) -> None:
    """Which of two boxes it is, a person says by the key."""
    right, wrong = Device(), Device()
    with registered(folder) as connection:
        asked(connection, right, AT)
        requests.bring(connection, wrong.name, wrong.csr, wrong.fingerprint, AT)
    unclear = tramthe("fleet", "approve", folder, "tram-001", "--yes")
    assert unclear.status == Exit.FAILED
    assert "--key" in unclear.err
    chosen = right.fingerprint[:8].upper()
    assert tramthe("fleet", "approve", folder, "tram-001", "--key", chosen, "--yes").status == 0
    shown = json.loads(tramthe("fleet", "show", folder, "tram-001", "--json").out)
    assert {one["key"]: one["state"] for one in shown["requests"]} == {
        right.fingerprint: "approved",
        wrong.fingerprint: "refused",
    }


def test_claims_that_were_copied_or_guessed_at(tramthe: Tramthe, folder: Path) -> None:
    """Each stands under its terminal, in the list and alone, with what was tried."""
    copied, guessed = Device("tram-001"), Device("tram-002")
    with registered(folder) as connection:
        for device in (copied, guessed):
            asked(connection, device, AT)
        claims.use_claim(connection, "claim-of-tram-001", SECRET, guessed.fingerprint, AT)
        for number in range(GUESSES):
            secret = bytes([number]) * 32
            claims.use_claim(connection, "claim-of-tram-002", secret, copied.fingerprint, AT)
    lines = tramthe("fleet", "list", folder).out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "tram-001", "request", "alarm", "tram-002", "request", "alarm",
    ]  # fmt: skip
    raised = timestamp(AT)
    changed = f"alarm {KEY_CHANGED}: claim {guessed.fingerprint}, {raised}"
    tried = f"alarm {GUESSED}: claim claim-of-tram-002, {raised}"
    assert [lines[2].strip(), lines[5].strip()] == [changed, tried]
    listed = json.loads(tramthe("fleet", "list", folder, "--json").out)
    assert [one["alarms"][0]["code"] for one in listed] == [KEY_CHANGED, GUESSED]
    shown = tramthe("fleet", "show", folder, "tram-002").out
    assert f"alarm        {GUESSED}: claim claim-of-tram-002, {raised}" in shown
    assert f"{GUESSES} wrong secrets" in shown
    (alarm,) = json.loads(tramthe("fleet", "show", folder, "tram-002", "--json").out)["alarms"]
    assert (alarm["code"], alarm["detail"]) == (GUESSED, "claim-of-tram-002")
    said = tramthe("centre", "alarms", folder)
    assert said.out.count("  claim ") == 2
    assert f"{GUESSES} wrong secrets" in tramthe("centre", "claim", "list", folder, "tram-002").out


def test_refuse(tramthe: Tramthe, folder: Path) -> None:
    """The reason stands in the history; what does not wait cannot be refused."""
    with registered(folder) as connection:
        asked(connection, Device(), AT)
    assert tramthe("fleet", "refuse", folder, "tram-001", "--why", "lạ").status == Exit.DONE
    assert "lạ" in tramthe("fleet", "show", folder, "tram-001").out
    assert tramthe("fleet", "refuse", folder, "tram-001").status == Exit.FAILED
    assert tramthe("fleet", "refuse", folder).status == Exit.USAGE
    assert tramthe("fleet", "approve", folder).status == Exit.USAGE


def test_by_stick_and_an_authority_outside(tramthe: Tramthe, folder: Path, tmp_path: Path) -> None:
    """Request in, approved, out to the authority, its answer in: no network anywhere."""
    device = Device()
    brought = tramthe("fleet", "bring", folder, pem(tmp_path, device, "csr"),
                      "--organisation", ORGANISATION)  # fmt: skip
    assert brought.status == Exit.DONE
    certificate = pem(tmp_path, device, "pem")
    early = tramthe("fleet", "certify", folder, certificate)
    assert (early.status, "waiting, not approved" in early.err) == (Exit.NO, True)
    tramthe("fleet", "approve", folder, "tram-001", "--yes")
    tramthe("fleet", "requests", folder, tmp_path / "out")
    (file,) = (tmp_path / "out").iterdir()
    assert x509.load_pem_x509_csr(file.read_bytes()).is_signature_valid
    assert tramthe("fleet", "certify", folder, certificate).status == Exit.DONE
    with registered(folder) as connection:
        found = registry.get(connection, "tram-001")
    assert found.certificate is not None
    assert found.certificate.key == device.fingerprint


def test_certificate_that_is_none_of_ours(tramthe: Tramthe, folder: Path, tmp_path: Path) -> None:
    """Neither another authority's, nor a file that is no certificate, nor one nobody asked for."""
    foreign = tmp_path / "foreign.der"
    foreign.write_bytes(Device().certificate(AT, create_terminal_ca("Terminal CA", at=AT)))
    assert tramthe("fleet", "certify", folder, foreign).status == Exit.FAILED
    assert tramthe("fleet", "adopt", folder, folder / "sign.kid").status == Exit.FAILED
    unasked = tramthe("fleet", "certify", folder, pem(tmp_path, Device(), "pem"))
    assert (unasked.status, "fleet adopt" in unasked.err) == (Exit.NO, True)


def test_adopt_rename_note_move_replace(tramthe: Tramthe, folder: Path, tmp_path: Path) -> None:
    """What is done in a year to terminals that stand, each as one command."""
    old, new = Device("tram-001"), Device("tram-002")
    files = [pem(tmp_path, one, "pem") for one in (old, new)]
    adopted = tramthe("fleet", "adopt", folder, *files, "--organisation", ORGANISATION)
    assert adopted.status == Exit.DONE
    tramthe("fleet", "rename", folder, "tram-001", "Nhà văn hóa thôn 3")
    tramthe("fleet", "note", folder, "tram-001", "đèn yếu")
    moved = tramthe("fleet", "move", folder, "tram-001", OTHER, "--from", "2026-01-01")
    assert OTHER in moved.out
    said = tramthe("fleet", "replace", folder, "tram-001", "tram-002", "--by", "lan")
    assert "send roster" in said.out
    shown = tramthe("fleet", "show", folder, "tram-001").out
    for text in ("retired", "Nhà văn hóa thôn 3", "đèn yếu", "replaced by  tram-002", "lan"):
        assert text in shown
    newer = json.loads(tramthe("fleet", "show", folder, "tram-002", "--json").out)
    assert (newer["organisation"], newer["replaces"]) == (OTHER, "tram-001")


def test_retire_several(tramthe: Tramthe, folder: Path) -> None:
    """One that cannot be keeps the others from nothing; the status says so."""
    with registered(folder) as connection:
        for name in ("tram-001", "tram-002"):
            enrolled(connection, Device(name), AT)
    said = tramthe("fleet", "retire", folder, "tram-001", "tram-009", "tram-002")
    assert said.status == Exit.NO
    assert "tram-009: not retired." in said.err
    assert said.out.count(": retired.") == 2
    assert tramthe("fleet", "retire", folder).status == Exit.USAGE


def test_lost_and_what_the_authority_is_told(tramthe: Tramthe, folder: Path) -> None:
    """Revoked here at once; the serial goes to the authority's list by a file."""
    with registered(folder) as connection:
        certificate = enrolled(connection, Device(), AT)
    serial = f"{x509.load_der_x509_certificate(certificate).serial_number:x}"
    said = tramthe("fleet", "lost", folder, "tram-001")
    assert serial in said.out
    rows = list(csv.DictReader(io.StringIO(tramthe("fleet", "revoked", folder).out)))
    assert [row["serial"] for row in rows] == [serial]
    assert "Nothing is held back." in tramthe("fleet", "release", folder, "tram-001", "--yes").out
    assert tramthe("fleet", "lost", folder, "tram-001").status == Exit.FAILED


def test_wipe_of_a_terminal_that_never_called(tramthe: Tramthe, folder: Path) -> None:
    """It says what holds, and that nothing was told."""
    with registered(folder) as connection:
        enrolled(connection, Device(), AT)
    said = tramthe("fleet", "wipe", folder, "tram-001", "--yes")
    assert said.status == Exit.DONE
    assert "What holds is the revocation" in said.out
    with registered(folder) as connection:
        assert registry.get(connection, "tram-001").state is State.WIPING


def test_word_of_a_wiped_terminal_comes_by_hand(
    tramthe: Tramthe, folder: Path, tmp_path: Path
) -> None:
    """Carried from a place without a network; another file, or another's key, is not taken."""
    device, certificate = Device(), b""
    with registered(folder) as connection:
        enrolled(connection, device, AT)
        certificate = device.certificate(AT, CA)
        registry.keep_certificate(connection, device.name, certificate, AT)
        order, _ = wipe.order(connection, device.name, "lan", AT)
    said = Statement(
        *(device.name, order, timestamp(AT), TimeQuality.SYNCHRONISED, "ab" * 16, 7),
        ("terminal-key",),
    )
    word, forged = tmp_path / "wiped.jws", tmp_path / "forged.jws"
    forged.write_text(sign_statement(said, new_key(), certificate), encoding="ascii")
    word.write_text(sign_statement(said, device.key, certificate) + "\n", encoding="ascii")
    assert tramthe("fleet", "wiped", folder, forged).status == Exit.FAILED
    assert tramthe("fleet", "wiped", folder, folder / "sign.kid").status == Exit.FAILED
    assert "terminal-key" in tramthe("fleet", "wiped", folder, word).out
    shown = json.loads(tramthe("fleet", "show", folder, device.name, "--json").out)
    assert (shown["state"], len(shown["wiped"])) == ("wiped", 1)


def test_wipe_waits_in_the_inbox(tramthe: Tramthe, folder: Path) -> None:
    """Sealed and numbered like every message, and nothing else is sent any more."""
    seal = seal_key()
    with registered(folder) as connection:
        enrolled(connection, Device(), AT)
        connection.execute(
            sa.insert(INBOX).values(
                terminal="tram-001", last=0, generation=1, public=seal.public, high_water=0,
                gaps="[]", set_aside="[]", heard_at="2026-11-21T12:00:00.000Z",
            )
        )  # fmt: skip
    said = tramthe("fleet", "wipe", folder, "tram-001", "--yes")
    assert "waits as number 1" in said.out
    with registered(folder) as connection:
        kind = connection.execute(sa.select(INBOX_MESSAGE.c.kind)).scalar()
    assert kind == "wipe"
    sent = tramthe("centre", "send", "command", folder, "tram-001", "check-log")
    assert (sent.status, "wiping" in sent.err) == (Exit.FAILED, True)


def test_delete_before_its_time(tramthe: Tramthe, folder: Path) -> None:
    """Refused, whatever is answered; and never by a policy of a day."""
    with registered(folder) as connection:
        enrolled(connection, Device(), AT)
    tramthe("fleet", "retire", folder, "tram-001")
    said = tramthe("fleet", "delete", folder, "tram-001", "--after-days", "1825", "--yes")
    assert (said.status, "is kept until" in said.err) == (Exit.FAILED, True)
    short = tramthe("fleet", "delete", folder, "tram-001", "--after-days", "1", "--yes")
    assert short.status == Exit.USAGE


def test_inventory_goes_out_and_comes_back(tramthe: Tramthe, folder: Path, tmp_path: Path) -> None:
    """What was written beside terminals comes in; state and keys are nobody's to write."""
    with registered(folder) as connection:
        enrolled(connection, Device(), AT)
    table = tmp_path / "inventory.csv"
    assert tramthe("fleet", "export", folder, "-o", table).status == Exit.DONE
    (row,) = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8")))
    assert (row["name"], row["state"], row["technician"]) == ("tram-001", "approved", TECHNICIAN)
    same = tramthe("fleet", "import", folder, table)
    assert same.out == "0 expected, 0 changed, 1 as they were.\n"
    table.write_text(
        "name;organisation;label;technician;note;state\n"
        f"tram-001;{OTHER};Thôn 3;Bảo;;lost\ntram-002;{ORGANISATION};;;mới;\n",
        encoding="utf-8",
    )
    taken = tramthe("fleet", "import", folder, table).out
    assert taken == "1 expected, 1 changed, 0 as they were.\n"
    rows = json.loads(tramthe("fleet", "list", folder, "--json").out)
    listed = {one["name"]: one for one in rows}
    assert (listed["tram-001"]["label"], listed["tram-001"]["organisation"]) == ("Thôn 3", OTHER)
    assert listed["tram-001"]["state"] == "approved"
    assert (listed["tram-002"]["state"], listed["tram-002"]["note"]) == ("expected", "mới")


@pytest.mark.parametrize(
    "row",
    [
        f"a b;{ORGANISATION};;;",
        "a;123;;;",
        "a;;;;",
        f"ok;{ORGANISATION};;;",
        f"a;{ORGANISATION};{'x' * 81};;",
        f"a;{ORGANISATION};;{'x' * 81};",
    ],
    ids=["id", "code", "no organisation", "twice", "label", "technician"],
)
def test_inventory_is_taken_whole_or_not_at_all(
    tramthe: Tramthe, folder: Path, tmp_path: Path, row: str
) -> None:
    """The row is named; the good one before it is not taken either."""
    table = tmp_path / "inventory.csv"
    table.write_text(
        f"name;organisation;label;technician;note\nok;{ORGANISATION};;;\n{row}\n", encoding="utf-8"
    )
    said = tramthe("fleet", "import", folder, table)
    assert (said.status, "Row 3" in said.err) == (Exit.FAILED, True)
    assert json.loads(tramthe("fleet", "list", folder, "--json").out) == []
