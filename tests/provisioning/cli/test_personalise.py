"""`tramthe personalise`: rows become cards that a terminal takes, until a list names them."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from crl.status import Purpose
from edge.layout import StateLayout
from provisioning.ceremony import csca, document_signer
from provisioning.ceremony.folder import opened
from provisioning.ceremony.parts import to_der
from provisioning.cli.common import office_time
from provisioning.cli.main import Exit
from provisioning.office.authority import read_certificate
from provisioning.office.portrait import SIZE
from provisioning.softcard.image import CardImage
from reader.evidence import Password, PasswordKind
from reader.lds import dg2
from reader.lds.files import FileId
from tests.provisioning.cli.authorities import ORGANISATION, PASSPHRASE, Authorities
from tests.provisioning.cli.conftest import Said
from tests.provisioning.laid import read_laid

ROW = {
    "number": "991040137", "name": "Nguyễn Thị Hồng Ngọc", "birth": "08/03/1991", "sex": "Nữ",
    "personal_number": "099191004371", "home": "Xã Mường Lự", "residence": "Bản Nậm Khoai",
    "ethnicity": "Kinh", "joined": "2014-05-19", "official": "2015-05-19",
    "organisation": "99.168.053.000.001", "can": "471926", "photo": "ngoc.jpg",
}  # fmt: skip
OTHER = ROW | {"number": "991040274", "name": "H’Ƀlăm Niê", "can": "", "photo": "nie.png"}


@dataclass
class Workshop:
    """An office with a document signer, and a table of cards to be made."""

    office: Authorities
    table: Path

    def write(self, *rows: dict[str, str]) -> None:
        """Write the table."""
        with self.table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(ROW))
            writer.writeheader()
            writer.writerows(rows)

    def make(self, out: str, *rest: object, passphrase: str = PASSPHRASE) -> Said:
        """Make the table's cards."""
        return self.office.typed(
            "personalise", self.office.path("signer"), "--csv", self.table, "--out",
            self.table.parent / out, "--yes", *rest, passphrase=passphrase,
        )  # fmt: skip

    def signed(self) -> str:
        """Return what the signer's folder says of its count."""
        return self.office.run("pki", "show", self.office.path("signer")).out


@pytest.fixture(scope="session")
def _made(_authorities: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an authority and the document signer that it certified now; never written to."""
    path, at = tmp_path_factory.mktemp("office"), office_time()
    shutil.copytree(_authorities, path, dirs_exist_ok=True)
    with opened(path / "csca") as root, opened(path / "signer") as signer:
        issuer = csca.in_use(root, at).certificate
        done = root.carry_out(csca.sign(root, document_signer.request(signer), at), PASSPHRASE, at)
        answer = read_certificate(path / "csca" / next(iter(done.files)))
        act = document_signer.accept(signer, answer, to_der(issuer), at)
        signer.carry_out(act, PASSPHRASE, at)
    return path


@pytest.fixture
def workshop(_made: Path, authorities: Authorities) -> Workshop:
    """Return an office with one certified document signer and photos for two."""
    folder = authorities.folder
    for name in ("csca", "signer"):
        shutil.copytree(_made / name, authorities.path(name))
    Image.new("RGB", (900, 1200), "#D9A679").save(folder / "ngoc.jpg", exif=_exif())
    Image.new("RGB", (600, 600), "#C99368").save(folder / "nie.png")
    made = Workshop(authorities, folder / "batch.csv")
    made.write(ROW, OTHER)
    return made


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Somebody"
    return exif


def test_from_rows_to_a_tap(workshop: Workshop, state: Path) -> None:
    """Everything by commands: a terminal takes the cards, and refuses one that a delta names."""
    office = workshop.office
    made = workshop.make("out")
    assert made.status == Exit.DONE, made.err
    out = workshop.table.parent / "out"
    rows = list(csv.DictReader(io.StringIO((out / "cards.csv").read_text())))
    assert [row["number"] for row in rows] == [ROW["number"], OTHER["number"]]
    assert rows[0]["can"] == ROW["can"]
    assert rows[1]["can"].isdigit()
    assert len(rows[1]["can"]) == 6
    assert "signed 2 of 100000 cards" in workshop.signed()

    _provision(office, state)
    reading = [_reading(out / row["number"], row["can"], out) for row in rows]
    for kept in reading:
        said = office.run("verify", "reading", kept, "--state", state)
        assert said.status == Exit.DONE, said.out
    revoked = f"entry,reason,since\n{rows[0]['entry']},lost,2026-11-01\n"
    delta = _status_list(office, revoked, delta=True)
    assert _import(office, state, Purpose.CARD_STATUS, delta).status == Exit.DONE
    refused = office.run("verify", "reading", reading[0], "--state", state)
    assert (refused.status, "CARD_REPORTED_LOST" in refused.out) == (Exit.NO, True)
    assert office.run("verify", "reading", reading[1], "--state", state).status == Exit.DONE


def _provision(office: Authorities, state: Path) -> None:
    """Make the rest of an office, and give a terminal its root key, trust list and lists."""
    for verb in ("status-signer", "trust-root"):
        said = office.do(verb, verb, "--name", f"A {verb}", "--organisation", ORGANISATION)
        assert said.status == Exit.DONE, said.err
    own = Path("certificates") / "1.pem"
    signed = office.do(
        "trust-list", "trust-root", "--document", f"dang-vien={office.path('csca') / own}",
        "--card-status", office.path("status-signer") / own,
    )  # fmt: skip
    assert signed.status == Exit.DONE, signed.err
    assert office.do("crl", "csca").status == Exit.DONE
    held = StateLayout(state).holdings
    for path in held.iterdir():
        if path.is_file():
            path.unlink()
    (held / "root.pem").write_bytes((office.path("trust-root") / "public/root.pem").read_bytes())
    (trust,) = (office.path("trust-root") / "lists").iterdir()
    assert office.run("trust", "import", "--state", state, trust).status == Exit.DONE
    (crl,) = (office.path("csca") / "lists").iterdir()
    assert _import(office, state, Purpose.CERTIFICATE, crl).status == Exit.DONE
    complete = _status_list(office, "entry,reason,since\n", delta=False)
    assert _import(office, state, Purpose.CARD_STATUS, complete).status == Exit.DONE


def _status_list(office: Authorities, rows: str, *, delta: bool) -> Path:
    table = office.folder / "revoked.csv"
    table.write_text(rows)
    said = office.do("status-list", "status-signer", "--csv", table)
    assert said.status == Exit.DONE, said.err
    lists = (office.path("status-signer") / "lists").iterdir()
    (path,) = (one for one in lists if ("-" in one.name) is delta)
    return path


def _import(office: Authorities, state: Path, purpose: Purpose, path: Path) -> Said:
    return office.run("crl", "import", "--state", state, "--purpose", purpose.value, path)


def _reading(folder: Path, can: str, out: Path) -> Path:
    got = read_laid(CardImage.load(folder), Password(PasswordKind.CAN, can))
    path = out / f"{folder.name}.json"
    path.write_bytes(got.evidence.to_bytes())
    return path


def test_photo_on_the_chip(workshop: Workshop) -> None:
    """It has the chip's size and proportions, and nothing that the camera wrote into it."""
    assert workshop.make("out").status == Exit.DONE
    for number in (ROW["number"], OTHER["number"]):
        image = CardImage.load(workshop.table.parent / "out" / number)
        face = dg2.parse(image.app_files[FileId.DG2.fid])[0].data
        assert b"Somebody" not in face
        with Image.open(io.BytesIO(face)) as shown:
            assert (shown.format, shown.size) == ("JPEG", SIZE)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"number": "12345678"}, "number has not 9 digits"),
        ({"number": OTHER["number"]}, "stands in an earlier row"),
        ({"name": ""}, "name is empty"),
        ({"name": "李 明"}, "machine-readable zone"),
        ({"sex": "?"}, "neither Nam nor Nữ"),
        ({"birth": "31/02/1990"}, "birth is not a date"),
        ({"joined": "2014"}, "joined is not a date"),
        ({"personal_number": "99191004371"}, "personal_number has not 12 digits"),
        ({"organisation": "38.168.053"}, "organisation has not 14 digits"),
        ({"can": "12345"}, "can has not 6 digits"),
        ({"photo": ""}, "no photo beside the table"),
        ({"photo": "absent.jpg"}, "cannot be read"),
        ({"photo": "../csca/keys/1.pem"}, "no photo beside the table"),
        ({"photo": "/etc/passwd"}, "no photo beside the table"),
        ({"photo": "batch.csv"}, "no whole JPEG"),
        ({"photo": "small.jpg"}, "fewer than 240 x 320"),
    ],
)
def test_row_that_cannot_be_a_card(workshop: Workshop, change: dict[str, str], why: str) -> None:
    """The row is named, no card is made of any row, and none is counted."""
    Image.new("RGB", (100, 100)).save(workshop.table.parent / "small.jpg")
    workshop.write(OTHER, ROW | change)
    said = workshop.make("out")
    assert (said.status, "Row 3" in said.err, why in said.err) == (Exit.FAILED, True, True), (
        said.err
    )
    assert not (workshop.table.parent / "out").exists()
    assert "signed 0 of" in workshop.signed()


def test_wrong_passphrase(workshop: Workshop) -> None:
    """No card is made, and none is counted."""
    assert workshop.make("out", passphrase=PASSPHRASE + "!").status == Exit.FAILED
    assert "signed 0 of" in workshop.signed()
    assert not (workshop.table.parent / "out").exists()


def test_folder_that_is_taken(workshop: Workshop) -> None:
    """No card is made over another one."""
    assert workshop.make("out").status == Exit.DONE
    again = workshop.make("out")
    assert (again.status, "not empty" in again.err) == (Exit.FAILED, True)
    assert "signed 2 of" in workshop.signed()


def test_table_without_rows(workshop: Workshop) -> None:
    """There is nothing to sign."""
    workshop.write()
    assert workshop.make("out").status == Exit.FAILED


@pytest.mark.parametrize(("expires", "status"), [("2020-01-01", 2), ("2099-01-01", 3)])
def test_cards_for_too_short_or_too_long(workshop: Workshop, expires: str, status: int) -> None:
    """Over before they begin, or beyond their signer's certificate."""
    assert workshop.make("out", "--expires", expires).status == status
    assert "signed 0 of" in workshop.signed()


def test_signer_of_other_documents(workshop: Workshop) -> None:
    """A signer of passports signs no party card."""
    office = workshop.office
    made = office.do(
        "document-signer", "passports", "--name", "DS P", "--organisation", ORGANISATION,
        "--type", "P",
    )  # fmt: skip
    assert made.status == Exit.DONE
    said = office.typed(
        "personalise", office.path("passports"), "--csv", workshop.table, "--out",
        workshop.table.parent / "out", "--yes",
    )  # fmt: skip
    assert (said.status, "of type IM" in said.err) == (Exit.FAILED, True)


def test_faces_that_are_drawn(workshop: Workshop) -> None:
    """For people who do not exist no photo is asked for."""
    workshop.write(ROW | {"photo": ""})
    assert workshop.make("out", "--drawn-faces").status == Exit.DONE
