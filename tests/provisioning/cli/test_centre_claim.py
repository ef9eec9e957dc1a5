"""`tramthe centre claim`: what blank terminals are given, one or a box of them."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from edge.people.claim import Claim as PeopleClaim
from edge.people.recovery import secret_of
from edge.people.roles import Role
from edge.wire.claim import MAX_CLAIM, Claim, people_part
from edge.wire.event import timestamp
from provisioning.centre.process import CentreFolder, make_folder
from provisioning.centre.store import CentreStore
from provisioning.cli.common import office_time
from provisioning.cli.main import Exit
from provisioning.enrol.give import qr_svg
from provisioning.fleet import claims
from provisioning.fleet.claims import Refusal, use_claim
from provisioning.office.pki import Authority, create_terminal_ca, new_key
from provisioning.office.recovery import load_key

from .conftest import Tramthe

ORGANISATION = "01234567890123"
KEY = "ab" * 32
HEAD = "terminal;organisation;technician\n"


@pytest.fixture(scope="module")
def ca() -> Authority:
    """Return the terminals' authority."""
    return create_terminal_ca("Terminal CA", at=office_time() - timedelta(days=1))


@pytest.fixture(scope="module")
def root() -> Authority:
    """Return what nginx's certificate chains to."""
    return create_terminal_ca("TLS root", at=office_time() - timedelta(days=1))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, ca: Authority, root: Authority) -> Path:
    """Return a centre's folder, its database up to date, and root.pem beside it; to be copied."""
    folder = tmp_path_factory.mktemp("office")
    make_folder(folder / "centre", new_key(), "sign-test", [ca.certificate])
    CentreStore(CentreFolder.load(folder / "centre").database).close()
    (folder / "root.pem").write_bytes(root.x509.public_bytes(Encoding.PEM))
    return folder


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """Return a centre's folder, and root.pem beside it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "centre"


def new(folder: Path, *more: object) -> tuple[object, ...]:
    """Return the command that makes claims."""
    return (
        "centre", "claim", "new", folder, *more, "--name", "centre.example.vn",
        "--anchor", folder.parent / "root.pem", "--output", folder.parent / "claims",
    )  # fmt: skip


def one(folder: Path, terminal: str = "99-0417", *more: object) -> tuple[object, ...]:
    """Return the command that makes one."""
    given = ("--organisation", ORGANISATION, "--technician", "Hòa")
    return new(folder, terminal, *given, *more)


def read(folder: Path, terminal: str = "99-0417") -> Claim:
    """Return a claim from its file."""
    return Claim.read((folder.parent / "claims" / f"{terminal}.claim.json").read_bytes())


def shown(folder: Path, claim: Claim) -> Refusal | None:
    """Show a claim to the centre's registry; return why it is not taken."""
    store = CentreStore(CentreFolder.load(folder).database)
    with store.database.writing() as connection:
        used = use_claim(connection, claim.claim_id, claim.secret, KEY, office_time())
    store.close()
    return used.refusal


def test_one_claim(tramthe: Tramthe, folder: Path, ca: Authority, root: Authority) -> None:
    """A private file with all that a blank terminal needs; the registry takes its secret."""
    said = tramthe(*one(folder, "99-0417", "--valid", "48h", "--port", 8443))
    assert said.status == Exit.DONE
    claim = read(folder)
    assert (claim.terminal, claim.organisation, claim.technician) == (
        "99-0417", ORGANISATION, "Hòa",
    )  # fmt: skip
    assert claim.enrol == "https://enrol.centre.example.vn:8443"
    assert claim.anchors == (root.certificate, ca.certificate)
    soon = timestamp(office_time() + timedelta(hours=47))
    assert soon < claim.until <= timestamp(office_time() + timedelta(hours=48))
    file = folder.parent / "claims" / "99-0417.claim.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert shown(folder, claim) is None


def test_secret_lies_in_the_file_alone(tramthe: Tramthe, folder: Path) -> None:
    """Not on the screen, not in the database, in no form."""
    said = tramthe(*one(folder))
    claim = read(folder)
    text = claim.authorization().removeprefix("Basic ")
    kept = b"".join(file.read_bytes() for file in folder.glob("centre.sqlite*"))
    for form in (claim.secret, claim.secret.hex().encode(), text.encode()):
        assert form not in kept
    assert text not in said.out + said.err


def test_a_box_of_terminals(tramthe: Tramthe, folder: Path) -> None:
    """A file and a QR code for each row; the technician of the list, or the one for all."""
    (folder.parent / "box.csv").write_text(
        f"\ufeff{HEAD}99-0001;{ORGANISATION};Lan\n\n99-0002;{ORGANISATION};\n", "utf-8"
    )
    said = tramthe(*new(folder, "--list", folder.parent / "box.csv", "--technician", "Hòa", "--qr"))
    assert said.status == Exit.DONE
    assert "2 made" in said.out
    assert [read(folder, f"99-000{n}").technician for n in (1, 2)] == ["Lan", "Hòa"]
    drawn = (folder.parent / "claims" / "99-0001.claim.svg").read_bytes()
    assert drawn == qr_svg(read(folder, "99-0001").to_bytes(), "99-0001")


@pytest.mark.parametrize(
    "rows",
    [
        f"99-0001;{ORGANISATION};Lan\n99-0001;{ORGANISATION};Lan\n",
        f"99-0001;{ORGANISATION};Lan\n99 0002;{ORGANISATION};Lan\n",
        f"99-0001;{ORGANISATION};Lan\n99-0002;123;Lan\n",
        f"99-0001;{ORGANISATION};Lan\n99-0002;{ORGANISATION};\n",
        f"99-0001;{ORGANISATION};Lan\nab-0002;{ORGANISATION};Lan\nAB-0002;{ORGANISATION};Lan\n",
        "",
    ],
    ids=["twice", "name", "organisation", "technician", "capital letters", "none"],
)
def test_a_list_is_made_whole_or_not_at_all(tramthe: Tramthe, folder: Path, rows: str) -> None:
    """One bad row: no file, no claim, of the good ones either."""
    (folder.parent / "box.csv").write_text(HEAD + rows, "utf-8")
    assert tramthe(*new(folder, "--list", folder.parent / "box.csv")).status == Exit.FAILED
    assert list((folder.parent / "claims").iterdir()) == []
    assert tramthe("centre", "claim", "list", folder).out == ""


def test_first_pins_and_the_secret_for_forgotten_ones(tramthe: Tramthe, folder: Path) -> None:
    """In the claim and its code, the PINs on a private sheet; nowhere else, and for no other."""
    key = folder.parent / "office.key"
    tramthe("people", "new-recovery-key", key)
    rows = f"{HEAD}99-0001;{ORGANISATION};Lan\n99-0002;{ORGANISATION};Lan\n"
    (folder.parent / "box.csv").write_text(rows, "utf-8")
    options = ("--list", folder.parent / "box.csv", "--qr", "--pins", "--recovery-key", key)
    said = tramthe(*new(folder, *options))
    assert said.status == Exit.DONE, said.err
    seen = set()
    for terminal in ("99-0001", "99-0002"):
        data = (folder.parent / "claims" / f"{terminal}.claim.json").read_bytes()
        part = people_part(data)
        assert part is not None
        people = PeopleClaim.from_bytes(part)
        assert (people.terminal, set(people.pins)) == (terminal, set(Role))
        assert people.recovery == secret_of(load_key(key), terminal)
        assert shown(folder, Claim.read(data)) is None
        sheet = folder.parent / "claims" / f"{terminal}.pins.txt"
        assert sheet.stat().st_mode & 0o777 == 0o600
        assert sheet.read_text().split() == [
            terminal, *(text for role in Role for text in (role.value, people.pins[role])),
        ]  # fmt: skip
        drawn = (folder.parent / "claims" / f"{terminal}.claim.svg").read_bytes()
        assert drawn == qr_svg(data, terminal)
        seen |= {*people.pins.values(), people.recovery.hex()}
    kept = b"".join(file.read_bytes() for file in folder.glob("centre.sqlite*"))
    assert not any(one in said.out + said.err or one.encode() in kept for one in seen)


def test_key_that_is_none_of_an_offices(tramthe: Tramthe, folder: Path) -> None:
    """Refused before a claim is made."""
    root = folder.parent / "root.pem"
    assert tramthe(*one(folder, "99-0417", "--recovery-key", root)).status == Exit.FAILED
    assert tramthe("centre", "claim", "list", folder).out == ""


def test_file_that_is_there_already(tramthe: Tramthe, folder: Path) -> None:
    """Not overwritten; and the claim in it stays good."""
    tramthe(*one(folder))
    assert tramthe(*one(folder)).status == Exit.FAILED
    assert shown(folder, read(folder)) is None


def test_longer_than_a_claim_may_last(tramthe: Tramthe, folder: Path) -> None:
    """A box of terminals lies no year in a cupboard."""
    assert tramthe(*one(folder, "99-0417", "--valid", "91d")).status == Exit.FAILED
    assert tramthe(*one(folder, "99-0417", "--valid", "0d")).status == Exit.USAGE


def test_what_became_of_claims(tramthe: Tramthe, folder: Path) -> None:
    """Open, used by which key, taken back; of one terminal or of all."""
    for terminal in ("99-0001", "99-0002", "99-0003"):
        tramthe(*one(folder, terminal))
    shown(folder, read(folder, "99-0002"))
    said = tramthe("centre", "claim", "revoke", folder, "99-0003", "--by", "lan")
    assert said.status == Exit.DONE
    lines = tramthe("centre", "claim", "list", folder).out.splitlines()
    assert [line.split()[0] for line in lines] == ["99-0001", "99-0002", "99-0003"]
    assert lines[0].endswith("  open")
    assert f"by key {KEY[:16]}" in lines[1]
    assert "taken back" in lines[2]
    assert len(tramthe("centre", "claim", "list", folder, "99-0002").out.splitlines()) == 1
    assert shown(folder, read(folder, "99-0003")) is Refusal.WITHDRAWN


def test_nothing_to_take_back(tramthe: Tramthe, folder: Path) -> None:
    """Used already, or none: said, and exit status 1."""
    tramthe(*one(folder))
    shown(folder, read(folder))
    said = tramthe("centre", "claim", "revoke", folder, "99-0417", "99-0418")
    assert said.status == Exit.NO
    assert said.out.count("no claim that is open") == 2


@pytest.mark.parametrize(
    "more",
    [(), ("99-0417",), ("99-0417", "--organisation", ORGANISATION)],
    ids=["nothing", "name alone", "no technician"],
)
def test_not_understood(tramthe: Tramthe, folder: Path, more: tuple[str, ...]) -> None:
    """A terminal with all that binds its claim, or a list."""
    assert tramthe(*new(folder, *more)).status == Exit.USAGE


def test_too_many_anchors(tramthe: Tramthe, folder: Path) -> None:
    """Refused before anything is made."""
    more: list[object] = []
    for number in range(4):
        other = create_terminal_ca(f"Root {number}", at=office_time())
        file = folder.parent / f"{number}.pem"
        file.write_bytes(other.x509.public_bytes(Encoding.PEM))
        more += ["--anchor", file]
    assert tramthe(*one(folder, "99-0417", *more)).status == Exit.FAILED
    store = CentreStore(CentreFolder.load(folder).database)
    with store.database.reading() as connection:
        assert claims.claims(connection) == ()
    store.close()


def test_largest_claim_is_one_code() -> None:
    """Whatever fits a claim fits the largest QR code, byte for byte."""
    claim = Claim(
        "id-of-it", bytes(32), "https://enrol.centre.example.vn", (bytes(1300),), "T" * 64,
        ORGANISATION, "x" * 64, "2026-12-01T00:00:00.000Z",
    )  # fmt: skip
    room = MAX_CLAIM - len(claim.to_bytes())
    larger = Claim(
        "id-of-it", bytes(32), "https://enrol.centre.example.vn",
        (bytes(1300), bytes(3 * ((room - 3) // 4))), "T" * 64, ORGANISATION, "x" * 64,
        "2026-12-01T00:00:00.000Z",
    )  # fmt: skip
    assert MAX_CLAIM - 4 < len(larger.to_bytes()) <= MAX_CLAIM
    assert b"<svg" in qr_svg(larger.to_bytes(), larger.terminal)
