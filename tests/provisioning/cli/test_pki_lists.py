"""`tramthe pki`: card status lists, the trust list, the centre's folder, by the commands."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from crl.parse import parse_header
from edge.holdings import Holdings
from edge.layout import StateLayout
from provisioning.centre.process import CentreFolder
from provisioning.ceremony.status_signer import LISTS
from provisioning.cli.main import Exit
from provisioning.office.pilot import STATUS_SCOPE
from tests.provisioning.cli.authorities import ORGANISATION, PASSPHRASE, Authorities
from tests.provisioning.cli.conftest import Said
from tests.provisioning.cli.publisher import Office
from verify.trust import AnchorPurpose

ENTRY, OTHER = "0123456789abcdef0123456789abcdef", "7" * 32


@pytest.fixture
def office(authorities: Authorities) -> Authorities:
    """Return an office without any authority."""
    return authorities


def _make(office: Authorities, verb: str, name: str, *rest: object) -> Path:
    said = office.do(verb, name, "--name", f"The {name}", "--organisation", ORGANISATION, *rest)
    assert said.status == Exit.DONE, said.err
    return office.path(name)


def _table(office: Authorities, *rows: tuple[str, str, str]) -> str:
    path = office.folder / "office.sqlite"
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE revoked (entry TEXT, reason TEXT, since TEXT)")
    database.executemany("INSERT INTO revoked VALUES (?, ?, ?)", rows)
    database.commit()
    database.close()
    return f"sqlite:///{path}"


def _from_table(office: Authorities, *rows: tuple[str, str, str]) -> Said:
    url = _table(office, *rows)
    return office.do("status-list", "status", "--database", url, "--table", "revoked")


def test_status_list_from_a_database(office: Authorities) -> None:
    """Complete, then with a delta; and no row that was final may be missing later."""
    office.take("status")
    status = office.path("status")
    first = _from_table(office, (ENTRY, "withdrawn", "2026-11-01"))
    assert first.status == Exit.DONE, first.err
    assert " cards: 1 " in " ".join(first.out.split())
    second = _from_table(office, (ENTRY, "withdrawn", "2026-11-01"), (OTHER, "lost", "2026-11-02"))
    assert second.status == Exit.DONE, second.err
    assert " changes: 1 " in " ".join(second.out.split())
    headers = [parse_header(path.read_bytes()) for path in (status / LISTS).iterdir()]
    assert sorted(header.base_number is None for header in headers) == [False, True, True]
    assert {header.scope for header in headers} == {STATUS_SCOPE}
    third = _from_table(office, (OTHER, "lost", "2026-11-02"))
    assert (third.status, f"{ENTRY} among them" in third.err) == (Exit.FAILED, True)
    assert office.run("pki", "verify", status).status == Exit.DONE
    assert "is kept" in office.run("pki", "show", status).out


@pytest.mark.parametrize(
    "rows",
    [(), ("--database", "sqlite://"), ("--table", "x"), ("--csv", "FILE", "--table", "x"),
     ("--csv", "FILE", "--database", "sqlite://", "--table", "x")],
)  # fmt: skip
def test_rows_that_are_not_said(office: Authorities, rows: tuple[str, ...]) -> None:
    """A list of nothing is never issued by oversight."""
    office.take("status")
    file = office.folder / "rows.csv"
    file.write_text("entry,reason,since\n")
    said = office.do(
        "status-list", "status", *(str(file) if one == "FILE" else one for one in rows)
    )
    assert said.status == Exit.USAGE


def test_deltas_of_the_publisher(office: Authorities, publisher: Office) -> None:
    """The publisher makes its deltas with the signer's folder, and its passphrase."""
    office.take("status")
    status = office.path("status")
    assert _from_table(office, (ENTRY, "lost", "2026-11-01")).status == Exit.DONE
    (complete,) = (status / LISTS).iterdir()
    publisher.begin()
    staged = office.typed(
        "centre", "publish", "add-status", publisher.shop, complete, "--office", status
    )
    assert staged.status == Exit.DONE, staged.err
    assert f"lists/card-status/dang-vien-{complete.stem}.crl: staged." in staged.out
    wrong = office.typed(
        "centre", "publish", "add-status", publisher.shop, complete, "--office", status,
        passphrase=PASSPHRASE[1:],
    )  # fmt: skip
    assert (wrong.status, "does not open" in wrong.err) == (Exit.FAILED, True)


def test_trust_list_at_a_terminal(office: Authorities, state: Path) -> None:
    """What comes and goes is shown; the terminal that has the root's public half takes it."""
    assert office.csca().status == Exit.DONE
    status = _make(office, "status-signer", "status")
    terminals = _make(office, "terminal-ca", "terminals")
    centre = _make(office, "centre-keys", "centre")
    trust = _make(office, "trust-root", "trust")
    csca = office.path("csca") / "certificates" / "1.pem"
    everything = (
        "--document", f"dang-vien={csca}",
        "--card-status", status / "certificates" / "1.pem",
        "--terminal", terminals / "certificates" / "1.pem",
        "--centre", centre / "public" / "centre.json",
    )  # fmt: skip
    signed = office.do("trust-list", "trust", *everything)
    assert signed.status == Exit.DONE, signed.err
    assert signed.out.count("  + ") == 5
    (listed,) = (trust / LISTS).iterdir()
    held = StateLayout(state).holdings
    (held / "root.pem").write_bytes((trust / "public" / "root.pem").read_bytes())
    (held / "trust-list.jws").unlink(missing_ok=True)
    taken = office.run("trust", "import", "--state", state, listed)
    assert taken.status == Exit.DONE, taken.err
    believed = Holdings(held).require_trust()
    assert {anchor.purpose for anchor in believed.anchors} == {
        AnchorPurpose.DOCUMENT, AnchorPurpose.CARD_STATUS, AnchorPurpose.TERMINAL,
    }  # fmt: skip
    assert len(believed.centre_keys) == 2
    fewer = office.do("trust-list", "trust", *everything[:6])
    assert fewer.out.count("  - centre-") == 2
    assert "  + " not in fewer.out


@pytest.mark.parametrize("document", ["csca.pem", "=csca.pem", "dang-vien=", ",=x"])
def test_document_without_its_profile(office: Authorities, document: str) -> None:
    """An authority is for the cards of named profiles, never for all."""
    office.take("trust")
    assert office.do("trust-list", "trust", "--document", document).status == Exit.USAGE


def test_folder_of_a_centre(office: Authorities, state: Path) -> None:
    """It serves with the signing key and holds nothing that opens a name; what opens stays."""
    office.take("terminals", "centre")
    terminals = office.path("terminals") / "certificates" / "1.pem"
    keys = office.path("centre")
    served = office.folder / "served"
    made = office.do("centre-folder", "centre", served, "--terminal-ca", terminals)
    assert made.status == Exit.DONE, made.err
    folder = CentreFolder.load(served)
    assert folder.signer.kid in made.out
    assert len(folder.terminal_anchors) == 1
    assert not [path for path in served.rglob("*") if "seal" in path.name]
    again = office.do("centre-folder", "centre", served, "--terminal-ca", terminals)
    assert (again.status, "stands already" in again.err) == (Exit.FAILED, True)
    assert "hand-over" in office.run("pki", "show", keys).out
    for passphrase, status in ((PASSPHRASE, Exit.DONE), (PASSPHRASE[1:], Exit.FAILED)):
        said = office.typed(
            "centre", "reverify", served, "--keys", keys, "--by", "An", "--holdings",
            StateLayout(state).holdings, passphrase=passphrase,
        )  # fmt: skip
        assert said.status == status, said.err
    assert os.stat(served / "sign.key.pem").st_mode & 0o077 == 0
