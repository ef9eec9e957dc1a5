"""`tramthe sheet verify`: what a signed sheet proves, and the same sheet made of it again."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.meeting import sheet_jws
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_json import to_object
from edge.meeting.sheet_table import to_csv
from edge.meeting.sheet_xlsx import to_xlsx
from edge.web.sheet_page import document
from provisioning.cli.common import office_time
from provisioning.demo.prepare import TERMINAL, Stage
from provisioning.office.pki import create_terminal_ca, issue_terminal
from tests.edge.meeting.evening import ENDING, MEMBERS, the_sheet
from tests.provisioning.cli.conftest import Tramthe
from verify import jws

SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


@dataclass
class Desk:
    """A terminal's key, its certificate, and a folder to write to."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: bytes
    sheet: Sheet

    def file(self, sheet: Sheet | None = None, *, certified: bool = True) -> Path:
        """Return a signed sheet in a file."""
        signer = sheet_jws.terminal_signer(self.key, self.certificate if certified else None)
        return self.put("sheet.json", sheet_jws.sign(sheet or self.sheet, signer).compact)

    def put(self, name: str, content: str | bytes) -> Path:
        """Return a file of this content."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def public(self, encoding: serialization.Encoding = serialization.Encoding.PEM) -> Path:
        """Return the terminal's public key in a file."""
        return self.put("terminal.key", self.key.public_key().public_bytes(encoding, SPKI))

    @property
    def code(self) -> str:
        """Return the code on the paper."""
        return sheet_jws.short_code(sheet_jws.digest(self.sheet))


@pytest.fixture
def desk(stage: Stage, tmp_path: Path) -> Desk:
    """Return a terminal of the pilot and its sheet."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = office_time()
    made = the_sheet(ending=replace(ENDING, closed=now, signed=now))
    early = now - timedelta(hours=1)
    certificate = issue_terminal(stage.pilot.terminal_ca, key.public_key(), TERMINAL, at=early)
    sheet = replace(made, meeting=replace(made.meeting, terminal=TERMINAL))
    return Desk(tmp_path, key, certificate, sheet)


@pytest.fixture
def authority(stage: Stage, desk: Desk) -> Path:
    """Return the terminal authority's certificate in a file."""
    return desk.put("authority.der", stage.pilot.terminal_ca.certificate)


def test_proven_by_the_key(tramthe: Tramthe, desk: Desk) -> None:
    """A key from elsewhere: exit status 0; what it rests on and what was not known are said."""
    said = tramthe("sheet", "verify", desk.file(certified=False), "--key", desk.public())
    assert said.status == 0
    assert "32 of 36 present" in said.out
    assert f"code {desk.code}" in said.out
    assert "holds       the signature is of the key that was given" in said.out
    assert "as far as you know whose key you gave" in said.out
    assert "reported lost after 2026-10-30: card status list 418, fresh" in said.out
    assert "its clock was held, last compared on 2026-10-30" in said.out


def test_no_name_of_a_person_is_printed(tramthe: Tramthe, desk: Desk) -> None:
    """Names go into the files that are asked for, not on the screen."""
    said = tramthe("sheet", "verify", desk.file(), "--key", desk.public())
    assert not [p.name for p in MEMBERS if p.name in said.out + said.err]


@pytest.mark.parametrize("encoding", [serialization.Encoding.PEM, serialization.Encoding.DER])
def test_forms_of_a_key(tramthe: Tramthe, desk: Desk, encoding: serialization.Encoding) -> None:
    """PEM or DER, a bare key or the certificate of it."""
    assert tramthe("sheet", "verify", desk.file(), "--key", desk.public(encoding)).status == 0
    certificate = desk.put("certificate.der", desk.certificate)
    assert tramthe("sheet", "verify", desk.file(), "--key", certificate).status == 0


def test_proven_by_an_authority(tramthe: Tramthe, desk: Desk, authority: Path, state: Path) -> None:
    """The certificate that the sheet carries, by an authority given or in the trust list."""
    for option in (("--authority", authority), ("--state", state)):
        said = tramthe("sheet", "verify", desk.file(), *option)
        assert said.status == 0
        assert f"the certificate is of terminal {TERMINAL}, by a terminal authority" in said.out


def test_nothing_to_check_it_with(tramthe: Tramthe, desk: Desk) -> None:
    """It is shown and made again, and said that it proves nothing: exit status 1."""
    page = desk.folder / "page.html"
    for certified in (True, False):
        said = tramthe("sheet", "verify", desk.file(certified=certified), "--html", page)
        assert said.status == 1
        assert f"NOT PROVEN  that it comes from terminal {TERMINAL}" in said.out
        assert page.exists()
        page.unlink()


def test_the_same_sheet_again(tramthe: Tramthe, desk: Desk) -> None:
    """Page, CSV and XLSX have the bytes that the terminal's own have; nobody else may read them."""
    page, table, book = (desk.folder / name for name in ("a.html", "a.csv", "a.xlsx"))
    said = tramthe(
        "sheet", "verify", desk.file(), "--key", desk.public(),
        "--html", page, "--csv", table, "--xlsx", book,
    )  # fmt: skip
    assert said.status == 0
    digest = sheet_jws.digest(desk.sheet)
    assert page.read_text("utf-8") == document(desk.sheet, digest)
    assert table.read_bytes() == to_csv(desk.sheet, digest)
    assert book.read_bytes() == to_xlsx(desk.sheet, digest)
    assert {path.stat().st_mode & 0o777 for path in (page, table, book)} == {0o600}
    assert said.out.count("written, with names") == 3


def test_the_code_on_the_paper(tramthe: Tramthe, desk: Desk) -> None:
    """It ties the paper to the file, also where no key is at hand; another one does not."""
    said = tramthe("sheet", "verify", desk.file(), "--key", desk.public(), "--code", desk.code)
    assert said.status == 0
    assert "holds       the code on the paper is that of this file" in said.out
    alone = tramthe("sheet", "verify", desk.file(), "--code", desk.code.lower())
    assert "the code on the paper is that of this file" in alone.out
    other = tramthe(
        "sheet", "verify", desk.file(), "--key", desk.public(), "--code", "7Q4K 19ZD M2VX 08TF"
    )
    assert other.status == 1
    assert "FAILS       the code on the paper is another" in other.out


def forged(compact: str, **change: Any) -> str:
    """Return a sheet with another payload under the old signature."""
    head, payload, signature = compact.split(".")
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    form = json.loads(raw) | change
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{head}.{base64.urlsafe_b64encode(text.encode()).rstrip(b'=').decode()}.{signature}"


@pytest.mark.parametrize("sources", [(), ("key",), ("authority",), ("key", "authority")])
def test_a_sheet_that_was_changed(
    tramthe: Tramthe, desk: Desk, authority: Path, sources: tuple[str, ...]
) -> None:
    """Exit status 1, said plainly, and nothing is made of it."""
    file = desk.put("forged.json", forged(desk.file().read_text(), place="nơi khác"))
    page = desk.folder / "page.html"
    given = {"key": ("--key", desk.public()), "authority": ("--authority", authority)}
    options = [part for name in sources for part in given[name]]
    said = tramthe("sheet", "verify", file, *options, "--html", page)
    assert said.status == 1
    assert "FAILS" in said.out
    assert "FALSE: nothing is made of this file." in said.out
    assert not page.exists()


def test_another_key_signed(tramthe: Tramthe, desk: Desk) -> None:
    """Not the key that was given; also where the sheet only names another one."""
    other = replace(desk, key=ec.generate_private_key(ec.SECP256R1()))
    said = tramthe("sheet", "verify", other.file(certified=False), "--key", desk.public())
    assert said.status == 1
    assert "FAILS       the signature is not of the key that was given" in said.out
    named = jws.sign(to_object(desk.sheet), typ=sheet_jws.TYP, key=desk.key, kid="another")
    said = tramthe("sheet", "verify", desk.put("named.json", named), "--key", desk.public())
    assert said.status == 1
    assert "signed by another key than the one it is checked with" in said.out


def test_a_key_that_is_named_so_as_to_write_on_the_screen(tramthe: Tramthe, desk: Desk) -> None:
    """What an unknown hand wrote is printed without its controls."""
    kid = "\x1b[2Jholds"
    named = jws.sign(to_object(desk.sheet), typ=sheet_jws.TYP, key=desk.key, kid=kid)
    said = tramthe("sheet", "verify", desk.put("named.json", named))
    assert "\x1b" not in said.out
    assert said.status == 1


def test_an_authority_that_nobody_knows(tramthe: Tramthe, desk: Desk, stage: Stage) -> None:
    """A certificate that somebody else made proves nothing, whatever it says."""
    early = desk.sheet.signed - timedelta(days=40)
    other = create_terminal_ca("Tram The terminals", at=early)
    file = desk.put("other.der", other.certificate)
    said = tramthe("sheet", "verify", desk.file(), "--authority", file)
    assert said.status == 1
    assert "FAILS       no terminal authority known here issued" in said.out


def test_a_terminal_that_speaks_for_another(tramthe: Tramthe, desk: Desk, authority: Path) -> None:
    """Its own certificate names it; so does one that is given as the key."""
    meeting = replace(desk.sheet.meeting, terminal="99-0417")
    file = desk.file(replace(desk.sheet, meeting=meeting))
    certificate = desk.put("certificate.der", desk.certificate)
    for option in (("--authority", authority), ("--key", certificate)):
        said = tramthe("sheet", "verify", file, *option)
        assert said.status == 1
        assert f"speaks for terminal 99-0417, its key is {TERMINAL}'s" in said.out


def test_a_certificate_that_was_not_valid_then(
    tramthe: Tramthe, desk: Desk, authority: Path, stage: Stage
) -> None:
    """The day of signing decides."""
    late = desk.sheet.signed + timedelta(days=1)
    key = desk.key.public_key()
    desk.certificate = issue_terminal(stage.pilot.terminal_ca, key, TERMINAL, at=late)
    said = tramthe("sheet", "verify", desk.file(), "--authority", authority)
    assert said.status == 1
    assert "not valid at this time" in said.out


def test_practice(tramthe: Tramthe, desk: Desk) -> None:
    """Said first of all."""
    file = desk.file(replace(desk.sheet, practice=True))
    assert "PRACTICE" in tramthe("sheet", "verify", file, "--key", desk.public()).out


def test_the_paper_and_the_tables_are_no_signed_form(tramthe: Tramthe, desk: Desk) -> None:
    """Told which file is asked for."""
    digest = sheet_jws.digest(desk.sheet)
    for name, content in (
        ("a.csv", to_csv(desk.sheet, digest)),
        ("a.xlsx", to_xlsx(desk.sheet, digest)),
        ("a.html", document(desk.sheet, digest)),
        ("a.pdf", b"%PDF-1.7\n"),
    ):
        said = tramthe("sheet", "verify", desk.put(name, content), "--key", desk.public())
        assert said.status == 3
        assert "it carries no signature" in said.err
        assert "signed JSON" in said.err


def test_files_that_are_something_else(
    tramthe: Tramthe, desk: Desk, garbage: list[Path], evidence: dict[str, Path]
) -> None:
    """One sentence and what to do, whatever the file is: no sheet, no key, no authority."""
    good, key = desk.file(), desk.public()
    other = jws.sign({"v": 1}, typ="tramthe-ack+jws", key=desk.key)
    no_sheet = jws.sign({"v": 1}, typ=sheet_jws.TYP, key=desk.key)
    files = [
        *garbage,
        *list(evidence.values())[:1],
        desk.put("ack", other),
        desk.put("v1", no_sheet),
    ]
    for file in files:
        assert tramthe("sheet", "verify", file, "--key", key).status == 3
        assert tramthe("sheet", "verify", good, "--key", file).status == 3
        assert tramthe("sheet", "verify", good, "--authority", file).status == 3


def test_keys_that_are_none_of_a_terminals(tramthe: Tramthe, desk: Desk) -> None:
    """A private key, a key of another curve."""
    private = desk.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    said = tramthe("sheet", "verify", desk.file(), "--key", desk.put("private.pem", private))
    assert said.status == 3
    assert "private key" in said.err
    curve = ec.generate_private_key(ec.SECP384R1()).public_key()
    pem = curve.public_bytes(serialization.Encoding.PEM, SPKI)
    said = tramthe("sheet", "verify", desk.file(), "--key", desk.put("p384.pem", pem))
    assert said.status == 3
    assert "P-256" in said.err


def test_what_is_written_does_not_take_the_place_of_the_file(tramthe: Tramthe, desk: Desk) -> None:
    """Nor one of the other: not understood, and nothing is touched."""
    file = desk.file()
    before = file.read_bytes()
    link = desk.folder / "link.json"
    link.symlink_to(file)
    same = desk.folder / "same"
    for options in (("--html", file), ("--csv", link), ("--csv", same, "--xlsx", same)):
        said = tramthe("sheet", "verify", file, "--key", desk.public(), *options)
        assert said.status == 2
    assert file.read_bytes() == before
    assert not same.exists()


def test_a_folder_that_is_not_there(tramthe: Tramthe, desk: Desk) -> None:
    """The system's word and what to do."""
    said = tramthe(
        "sheet", "verify", desk.file(), "--key", desk.public(), "--html", desk.folder / "no" / "a"
    )
    assert said.status == 3
