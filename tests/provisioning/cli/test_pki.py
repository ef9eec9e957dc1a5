"""`tramthe pki`: a ceremony by the commands alone, and what they refuse."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from provisioning.cli.main import Exit
from provisioning.cli.pki import pki
from tests.provisioning.cli.authorities import ORGANISATION, PASSPHRASE, Authorities
from tests.provisioning.quick import at_whole_cost

COMMANDS = pki.list_commands(click.Context(pki))


@pytest.fixture
def office(authorities: Authorities) -> Authorities:
    """Return an office without any authority."""
    return authorities


def test_ceremony(office: Authorities, openssl: Callable[..., str]) -> None:
    """Authority, signer, link, list: each shown, recorded, and right by openssl."""
    said = office.csca()
    assert said.status == Exit.DONE, said.err
    assert "CSCA the dang vien" in said.out
    assert "record, to print and sign:" in said.out
    assert office.signer().status == Exit.DONE
    certificate = office.certified()
    root = office.path("csca") / "certificates" / "1.pem"
    assert openssl("verify", "-x509_strict", "-CAfile", root, certificate).endswith("OK\n")
    assert office.do("link", "csca").status == Exit.DONE
    for key in (office.path("csca") / "keys").iterdir():
        assert at_whole_cost(openssl("asn1parse", "-in", key))
    link = office.path("csca") / "certificates" / "link-1-2.pem"
    assert openssl("verify", "-x509_strict", "-CAfile", root, link).endswith("OK\n")
    assert office.do("crl", "csca", "--revoke", certificate.stem).status == Exit.DONE
    (listed,) = (office.path("csca") / "lists").glob("*.crl")
    text = openssl("crl", "-inform", "DER", "-in", listed, "-CAfile", root, "-text", "-noout")
    assert "verify OK" in text
    assert f"Serial Number: {certificate.stem.upper()}" in text
    for name in ("csca", "signer"):
        checked = office.run("pki", "verify", office.path(name))
        assert (checked.status, "NOT RIGHT" in checked.out) == (Exit.DONE, False)
    shown = office.run("pki", "show", office.path("csca"))
    for act in ("csca", "document-signer", "link", "crl"):
        assert f"  {act}\n" in shown.out
    assert "signed 0 of 100000 cards" in office.run("pki", "show", office.path("signer")).out
    records = [path.name for path in sorted((office.path("csca") / "records").iterdir())]
    assert records == ["0001-csca.txt", "0002-document-signer.txt", "0003-link.txt", "0004-crl.txt"]


@pytest.mark.parametrize(
    ("verb", "keys"),
    [
        ("document-signer", ["1.pem"]),
        ("status-signer", ["1.pem"]),
        ("terminal-ca", ["1.pem"]),
        ("centre-keys", ["centre-seal-mlkem768.pem", "centre-seal-x25519.pem", "centre-sign.pem"]),
        ("trust-root", ["1.pem"]),
    ],
)
def test_keys_are_slow_to_open(
    office: Authorities, openssl: Callable[..., str], verb: str, keys: list[str]
) -> None:
    """The command makes every key at the whole cost of scrypt: N 16,384, r 8, p 5."""
    said = office.do(verb, "new", "--name", "New", "--organisation", ORGANISATION)
    assert said.status == Exit.DONE, said.err
    found = sorted((office.path("new") / "keys").iterdir())
    assert [path.name for path in found] == keys
    for path in found:
        assert at_whole_cost(openssl("asn1parse", "-in", path))


def test_authority_at_hand(office: Authorities, openssl: Callable[..., str]) -> None:
    """Where both folders are at one machine, one command asks and takes the answer."""
    office.take("csca", "signer")
    said = office.do("accept", "signer", "--csca", office.path("csca"))
    assert said.status == Exit.DONE, said.err
    root = office.path("csca") / "certificates" / "1.pem"
    taken = office.path("signer") / "certificates" / "1.pem"
    assert openssl("verify", "-x509_strict", "-CAfile", root, taken).endswith("OK\n")
    (issued,) = (office.path("csca") / "issued").iterdir()
    assert issued.read_bytes() == taken.read_bytes()


@pytest.mark.parametrize("given", [(), ("FILE",), ("--issuer", "FILE"), ("FILE", "--csca", ".")])
def test_answer_that_is_half_given(office: Authorities, given: tuple[str, ...]) -> None:
    """A certificate comes with its issuer's, or the authority is at hand."""
    office.take("signer")
    request = office.path("signer") / "requests" / "1.pem"
    said = office.do("accept", "signer", *(request if one == "FILE" else one for one in given))
    assert said.status == Exit.USAGE


def test_revoked_from_a_file(office: Authorities) -> None:
    """Rows of a file: all of them, or the first that is wrong by its number."""
    office.take("csca", "signer")
    certificate = office.certified()
    rows = office.folder / "revoked.csv"
    rows.write_text(f"Since;Serial;why\n2026-11-01;{certificate.stem};lost\n2026-13-01;5;?\n")
    said = office.do("crl", "csca", "--csv", rows)
    assert (said.status, "Row 3" in said.err) == (Exit.FAILED, True)
    rows.write_text(f"Since;Serial;why\n2026-11-01;{certificate.stem};lost\n")
    said = office.do("crl", "csca", "--csv", rows)
    assert said.status == Exit.DONE, said.err
    assert certificate.stem in said.out


def test_file_that_was_changed(office: Authorities) -> None:
    """The check says which, and answers no."""
    office.take("csca")
    key = office.path("csca") / "keys" / "1.pem"
    key.write_bytes(key.read_bytes()[:-100])
    said = office.run("pki", "verify", office.path("csca"))
    assert said.status == Exit.NO
    assert f"NOT RIGHT  {key} is missing, or not as it was made." in said.out


def test_ledger_that_was_changed(office: Authorities) -> None:
    """Nothing of the folder is used."""
    office.take("csca")
    ledger = office.path("csca") / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"CSCA the", b"CSCA ThE"))
    for verb in ("verify", "show"):
        assert office.run("pki", verb, office.path("csca")).status == Exit.FAILED
    assert office.do("crl", "csca").status == Exit.FAILED


def test_passphrase_in_parts(office: Authorities) -> None:
    """Two people, each with a part: neither alone signs."""
    both = f"{PASSPHRASE}\nba cây chụm lại"
    assert office.csca("csca", "--parts", 2, passphrase=both).status == Exit.DONE
    assert office.do("crl", "csca", passphrase=both).status == Exit.DONE
    alone = office.do("crl", "csca", passphrase=PASSPHRASE)
    swapped = office.do("crl", "csca", passphrase=f"ba cây chụm lại\n{PASSPHRASE}")
    for said in (alone, swapped):
        assert (said.status, "does not open" in said.err) == (Exit.FAILED, True)


def test_another_passphrase(office: Authorities, openssl: Callable[..., str]) -> None:
    """The same keys open by the new parts alone, and the files of before are gone."""
    office.take("csca")
    assert office.do("link", "csca").status == Exit.DONE
    new = "giấy rách giữ lấy lề\nba cây chụm lại"
    wrong = office.do("passphrase", "csca", "--parts", 2, passphrase=f"{PASSPHRASE}!\n{new}")
    assert wrong.status == Exit.FAILED
    short = office.do("passphrase", "csca", "--parts", 2, passphrase=f"{PASSPHRASE}\nab\ncd")
    assert short.status == Exit.FAILED
    for old in (PASSPHRASE, new):
        done = office.do("passphrase", "csca", "--parts", 2, passphrase=f"{old}\n{new}")
        assert done.status == Exit.DONE, done.err
    keys = sorted(path.name for path in (office.path("csca") / "keys").iterdir())
    assert keys == ["1.3.pem", "2.3.pem"]
    for name in keys:
        form = openssl("asn1parse", "-in", office.path("csca") / "keys" / name)
        assert at_whole_cost(form)
    assert office.do("crl", "csca").status == Exit.FAILED
    assert office.do("crl", "csca", passphrase=new).status == Exit.DONE
    assert office.run("pki", "verify", office.path("csca")).status == Exit.DONE


def test_part_that_is_too_short(office: Authorities) -> None:
    """Each part is as hard to guess as a whole one."""
    said = office.csca("csca", "--parts", 2, passphrase=f"{PASSPHRASE}\nba cây")
    assert (said.status, "12 to 1024" in said.err) == (Exit.FAILED, True)
    assert office.csca().status == Exit.DONE  # nothing was left behind


def test_descriptor_that_is_closed(office: Authorities) -> None:
    """It says how to give one."""
    said = office.run(
        "pki", "document-signer", office.path("signer"), "--name", "DS", "--organisation",
        ORGANISATION, "--yes", "--passphrase-fd", 999,
    )  # fmt: skip
    assert (said.status, "--passphrase-fd 3" in said.err) == (Exit.FAILED, True)


def test_nobody_agrees(office: Authorities, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown, and not done."""
    office.take("csca")
    before = (office.path("csca") / "ledger.jsonl").read_bytes()
    with (office.folder / "no").open("w+") as answer:
        answer.write("n\n")
        answer.seek(0)
        monkeypatch.setattr("sys.stdin", answer)
        said = office.run("pki", "link", office.path("csca"))
    assert said.status == Exit.INTERRUPTED
    assert "key signs from" in said.out
    assert (office.path("csca") / "ledger.jsonl").read_bytes() == before


def test_typed_at_the_terminal(tmp_path: Path) -> None:
    """Asked for twice, never shown; what is about to be done stands on the screen before."""
    path = tmp_path / "signer"
    child, screen = pty.fork()
    if child == 0:
        os.execv(  # noqa: S606 -- the program itself, on a terminal of its own
            sys.executable,
            [sys.executable, "-m", "provisioning.cli.main", "pki", "document-signer", str(path),
             "--name", "DS 1", "--organisation", ORGANISATION],
        )  # fmt: skip
    shown = b""
    for prompt, answer in (
        (b"Do this? [y/N]: ", b"y"),
        (b"Passphrase: ", PASSPHRASE.encode()),
        (b"Repeat for confirmation: ", PASSPHRASE.encode()),
    ):
        while not shown.endswith(prompt):
            shown += os.read(screen, 1)
        os.write(screen, answer + b"\n")
    try:
        while block := os.read(screen, 4096):
            shown += block
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(screen)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert PASSPHRASE.encode() not in shown
    assert shown.index(b"common name") < shown.index(b"Do this?")
    assert b"Done: act 1." in shown


@pytest.mark.parametrize("verb", COMMANDS)
def test_no_secret_where_others_read_it(verb: str) -> None:
    """No option of any act takes a passphrase itself, and none is read from the environment."""
    command = pki.get_command(click.Context(pki), verb)
    assert command is not None
    for option in command.params:
        assert option.envvar is None
        if "passphrase" in "".join(option.opts):
            assert option.opts == ["--passphrase-fd"]


def test_folder_of_another_kind(office: Authorities) -> None:
    """An act of one kind of authority on the folder of another is refused."""
    office.take("csca", "signer")
    for said in (
        office.do("link", "signer"),
        office.do("crl", "signer"),
        office.do("sign", "signer", office.path("signer") / "requests" / "1.pem"),
        office.do(
            "accept", "csca", office.path("csca") / "certificates" / "1.pem",
            "--issuer", office.path("csca") / "certificates" / "1.pem",
        ),
    ):  # fmt: skip
        assert (said.status, "is the folder of a" in said.err) == (Exit.FAILED, True)


def test_garbage(office: Authorities, garbage: list[Path]) -> None:
    """Whatever the file: refused with a next step, and nothing done."""
    office.take("csca", "signer")
    own = office.path("csca") / "certificates" / "1.pem"
    for file in garbage:
        assert office.do("sign", "csca", file).status == Exit.FAILED
        assert office.do("crl", "csca", "--csv", file).status == Exit.FAILED
        assert office.do("accept", "signer", file, "--issuer", own).status == Exit.FAILED
        assert office.do("accept", "signer", own, "--issuer", file).status == Exit.FAILED
    assert "1 acts" in office.run("pki", "verify", office.path("csca")).out
