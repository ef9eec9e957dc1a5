"""`tramthe crl` and `tramthe trust`: what is taken over, what is refused, what is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crl.status import Purpose, ReasonCode
from provisioning.cli.common import office_time
from provisioning.demo.prepare import Stage
from provisioning.mint import CastList, Mint
from provisioning.office.pilot import PilotPki
from provisioning.office.trust import pilot_trust_list, sign_trust_list
from reader.lds.files import FileId
from tests.provisioning.cli.conftest import Said, Tramthe


def write(path: Path, data: bytes) -> Path:
    """Return the path of a file with this content."""
    path.write_bytes(data)
    return path


def status_list(lists: tuple[CastList, ...]) -> CastList:
    """Return the card status list among lists."""
    return next(one for one in lists if one.purpose is Purpose.CARD_STATUS)


def in_force(tramthe: Tramthe, state: Path) -> str:
    """Return what `crl show` says, ages left out."""
    said = tramthe("crl", "show", "--state", state, "--at", "2027-01-01")
    assert said.status == 0
    return said.out


def import_status_list(tramthe: Tramthe, state: Path, file: Path, *more: str) -> Said:
    """Offer a file as a card status list."""
    return tramthe("crl", "import", "--state", state, "--purpose", "card-status", *more, file)


def test_a_newer_list(tramthe: Tramthe, state: Path, stage: Stage, tmp_path: Path) -> None:
    """In force at once; the chip that it names is found by its EF.SOD, another is not."""
    member, other = stage.cast.cards[0].image, stage.cast.cards[1].image
    later = Mint(stage.pilot, office_time() + timedelta(minutes=2))
    later.revoke_chip(member, ReasonCode.SUPERSEDED)
    data = status_list(later.lists()).data
    sods = [
        write(tmp_path / f"{number}.sod", image.app_files[FileId.SOD.fid])
        for number, image in enumerate((member, other))
    ]
    ask = ("crl", "lookup", "--state", state, "--sod")
    assert tramthe(*ask, sods[0]).status == 0
    said = import_status_list(tramthe, state, write(tmp_path / "new.crl", data))
    assert (said.status, "is in force" in said.out) == (0, True)
    said = tramthe(*ask, sods[0])
    assert said.status == 1
    assert said.out.startswith("revoked superseded since")
    assert tramthe(*ask, sods[1]).status == 0


def test_the_same_list_again(tramthe: Tramthe, state: Path, stage: Stage, tmp_path: Path) -> None:
    """Harmless: exit status 0, and nothing changes."""
    before = in_force(tramthe, state)
    file = write(tmp_path / "same.crl", status_list(stage.cast.lists).data)
    assert import_status_list(tramthe, state, file).status == 0
    assert in_force(tramthe, state) == before


@pytest.mark.parametrize("what", ["wrong issuer", "rollback", "wrong purpose", "altered"])
def test_a_list_that_is_refused(
    tramthe: Tramthe, state: Path, stage: Stage, tmp_path: Path, what: str
) -> None:
    """One clear sentence, exit status 3, the old list in force."""
    before = in_force(tramthe, state)
    now = office_time()
    purpose = "card-status"
    match what:
        case "wrong issuer":
            data = status_list(Mint(PilotPki.create(now), now).lists()).data
        case "rollback":
            data = status_list(Mint(stage.pilot, now - timedelta(days=3)).lists()).data
        case "wrong purpose":
            data = status_list(Mint(stage.pilot, now + timedelta(minutes=2)).lists()).data
            purpose = "certificate"
        case _:
            data = status_list(Mint(stage.pilot, now + timedelta(minutes=2)).lists()).data
            data = data[:-1] + bytes([data[-1] ^ 1])
    file = write(tmp_path / "list.crl", data)
    said = tramthe("crl", "import", "--state", state, "--purpose", purpose, file)
    assert (said.status, said.out) == (3, "")
    assert in_force(tramthe, state) == before


def test_not_a_list(tramthe: Tramthe, state: Path, garbage: list[Path]) -> None:
    """Whatever is offered, the lists in force stay."""
    before = in_force(tramthe, state)
    for file in garbage:
        for purpose in Purpose:
            said = tramthe("crl", "import", "--state", state, "--purpose", purpose, file)
            assert said.status == 3
    assert in_force(tramthe, state) == before


def test_show(tramthe: Tramthe, state: Path) -> None:
    """Number, dates, age and scope of each of the four."""
    said = tramthe("crl", "show", "--state", state)
    assert said.out.count("number") == 4
    assert "urn:tramthe:card-status:dang-vien" in said.out
    assert "(0.0 days old)" in said.out or "(0.1 days old)" in said.out


def test_show_nothing(tramthe: Tramthe, state: Path) -> None:
    """Says so, and how to get one."""
    for file in (state / "holdings" / "lists").iterdir():
        file.unlink()
    said = tramthe("crl", "show", "--state", state)
    assert (said.status, "crl import" in said.out) == (0, True)
    said = tramthe("crl", "lookup", "--state", state, "--serial", "0a")
    assert (said.status, "not covered" in said.out) == (1, True)


@pytest.mark.parametrize("serial", ["0a1b", "0x0A", "0A:1B", "f" * 40])
def test_lookup_of_a_serial_that_no_list_names(tramthe: Tramthe, state: Path, serial: str) -> None:
    """Good in every list: exit status 0."""
    said = tramthe("crl", "lookup", "--state", state, "--serial", serial)
    assert said.status == 0
    assert said.out.count("good") == 3


def test_lookup_of_a_revoked_signer(tramthe: Tramthe, state: Path, stage: Stage) -> None:
    """Exit status 1."""
    party = next(one for one in stage.cast.lists if one.purpose is Purpose.CERTIFICATE)
    from cryptography import x509

    (entry,) = list(x509.load_der_x509_crl(party.data))
    said = tramthe("crl", "lookup", "--state", state, "--serial", f"{entry.serial_number:x}")
    assert (said.status, "revoked" in said.out) == (1, True)


@pytest.mark.parametrize("serial", ["xyz", "", "-1", "0.5", "1_0", "١", "0A:1", ":0A", "f" * 400])
def test_a_serial_that_is_none(tramthe: Tramthe, state: Path, serial: str) -> None:
    """Says how one is written."""
    said = tramthe("crl", "lookup", "--state", state, f"--serial={serial}")
    assert said.status == 2
    assert "hexadecimal" in said.err


def test_lookup_asks_for_one_thing(tramthe: Tramthe, state: Path, tmp_path: Path) -> None:
    """Exactly one of serial and chip."""
    sod = write(tmp_path / "sod", b"")
    assert tramthe("crl", "lookup", "--state", state).status == 2
    both = ("--serial", "0a", "--sod", sod)
    assert tramthe("crl", "lookup", "--state", state, *both).status == 2


def test_not_a_security_object(tramthe: Tramthe, state: Path, garbage: list[Path]) -> None:
    """One sentence each, about the file and not about a card that lies somewhere."""
    for file in garbage:
        said = tramthe("crl", "lookup", "--state", state, "--sod", file)
        assert (said.status, "not a card's EF.SOD" in said.err) == (3, True)
        assert "Lay the card" not in said.err


def test_damaged_lists(tramthe: Tramthe, state: Path) -> None:
    """Say so, and never that something is good."""
    for file in (state / "holdings" / "lists").glob("*.crl"):
        file.write_bytes(file.read_bytes()[:-9])
    assert tramthe("crl", "show", "--state", state).status == 3
    said = tramthe("crl", "lookup", "--state", state, "--serial", "0a")
    assert (said.status, "good" in said.out.lower()) == (3, False)


def test_trust_list(tramthe: Tramthe, state: Path) -> None:
    """Each anchor with its purpose, what it is bound to, and its name."""
    said = tramthe("trust", "list", "--state", state)
    assert said.status == 0
    assert said.out.startswith("Trust list number 1 ")
    for text in ("dang-vien", "cccd", "icao", "urn:tramthe:card-status:dang-vien", "CN="):
        assert text in said.out


def test_a_newer_trust_list(tramthe: Tramthe, state: Path, stage: Stage, tmp_path: Path) -> None:
    """Taken over; the older one is refused afterwards and the newer stays."""
    old = pilot_trust_list(stage.pilot, number=1, issued=office_time())
    lists = {
        number: write(
            tmp_path / f"{number}.jws",
            sign_trust_list(replace(old, number=number), stage.pilot.root).encode() + b"\n",
        )
        for number in (1, 2)
    }
    assert tramthe("trust", "import", "--state", state, lists[2]).status == 0
    for number in (1, 2):
        said = tramthe("trust", "import", "--state", state, lists[number])
        assert said.status == 3
    assert "number 2 " in tramthe("trust", "list", "--state", state).out


def test_a_trust_list_of_another_root(
    tramthe: Tramthe, state: Path, tmp_path: Path, garbage: list[Path]
) -> None:
    """Refused like anything else that the root did not sign; the one in force stays."""
    stranger = PilotPki.create(office_time())
    forged = pilot_trust_list(stranger, number=9, issued=office_time())
    file = write(tmp_path / "forged.jws", sign_trust_list(forged, stranger.root).encode())
    for offered in (file, *garbage):
        assert tramthe("trust", "import", "--state", state, offered).status == 3
    assert "number 1 " in tramthe("trust", "list", "--state", state).out


def test_no_trust_list(tramthe: Tramthe, state: Path) -> None:
    """Says how to import one."""
    (state / "holdings" / "trust-list.jws").unlink()
    said = tramthe("trust", "list", "--state", state)
    assert (said.status, "trust import" in said.out) == (0, True)
    said = tramthe("verify", "--state", state, state / "holdings" / "root.pem")
    assert said.status == 3


@pytest.mark.parametrize("content", [b"", b"\xff\xfe garbage", b"a.b.c"])
def test_a_damaged_trust_list(tramthe: Tramthe, state: Path, content: bytes) -> None:
    """One sentence from every command that needs it."""
    (state / "holdings" / "trust-list.jws").write_bytes(content)
    for command in (("trust", "list"), ("crl", "show")):
        assert tramthe(*command, "--state", state).status == 3
