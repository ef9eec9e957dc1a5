"""`tramthe provision`: at the terminal, at the office, and back; what lies where afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from edge.identity.key import KEY_FILE
from edge.layout import StateLayout
from provisioning.cli.main import Exit
from provisioning.counter import keep
from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.counter.conftest import ADDRESS, CODE, NAME, TERMINAL, Made, Office, run
from tests.tools import needed

FIRST = ("--host", NAME, "--organisation", CODE)


def files(folder: Path) -> set[str]:
    """Return the files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def sign(office: Office, folder: Path, **expected: str) -> tuple[object, ...]:
    """Return the office's command for the request in a folder."""
    wanted = {"terminal": TERMINAL, "organisation": CODE, **expected}
    options = [part for name, value in wanted.items() for part in (f"--{name}", value)]
    asked = folder / "request.jws"
    return ("provision", "counter-sign", asked, "--office", office.folder, *options)


DONE = {
    "plan.json",
    "terminal/counter.key",
    "terminal/counter.pem",
    "terminal/tramthe-counter.conf",
    "terminal/terminal.toml.part",
    "pc/tram-the-quay.crt",
    "pc/tram-the-quay.pem",
    "pc/huong-dan.html",
    "pc/firefox/policies.json",
}


def test_issued_at_once(made: Made) -> None:
    """One folder for the terminal, one for the PC; the key is nginx's alone."""
    assert files(made.folder) == DONE
    key = made.folder / "terminal" / "counter.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700
    part = tomllib.loads((made.folder / "terminal" / "terminal.toml.part").read_text())
    assert part == {"counter_hosts": [f"{NAME}:{made.port}", f"{ADDRESS}:{made.port}"]}


def test_no_private_key_leaves_the_terminal(made: Made) -> None:
    """Neither to the office nor to the PC; nor is the root's own key anywhere."""
    secret = load_pem_private_key((made.folder / "terminal" / "counter.key").read_bytes(), None)
    root = x509.load_pem_x509_certificate(made.root.read_bytes())
    for path in (*made.office.folder.rglob("*"), *(made.folder / "pc").rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if b"PRIVATE KEY" in data:
            key = load_pem_private_key(data, None)
            assert key.public_key() not in (secret.public_key(), root.public_key()), path


def test_by_way_of_the_office(
    office: Office, state: Path, tmp_path: Path, tramthe: Tramthe
) -> None:
    """A request out, a chain back; until then the key waits and nothing is handed out."""
    said = tramthe("provision", "counter", "--state", state, *FIRST)
    assert said.status == Exit.DONE
    folder = state / "counter-door"
    assert files(folder) == {
        "plan.json.new", "request.jws", "counter.csr", "terminal/counter.key.new"
    }  # fmt: skip
    answer = tmp_path / "answer.pem"
    signed = tramthe(*sign(office, folder), "--output", answer)
    assert signed.status == Exit.DONE
    taken = tramthe("provision", "counter", "--state", state, "--answer", answer)
    assert taken.status == Exit.DONE
    assert files(folder) == DONE
    shown = tramthe("provision", "counter-show", "--state", state)
    assert shown.status == Exit.DONE
    root = x509.load_pem_x509_certificate((folder / "pc" / "tram-the-quay.pem").read_bytes())
    print_ = root.fingerprint(hashes.SHA256()).hex().upper()
    for said in (signed, taken, shown):
        assert print_ in said.out.replace(" ", "").replace("\n", "")
        assert f"{NAME}:8443" in said.out
    again = tramthe("provision", "counter", "--state", state, "--answer", answer)
    assert again.status == Exit.FAILED


@pytest.mark.parametrize("expected", [{"terminal": "TT-0002"}, {"organisation": "99168053000005"}])
def test_a_request_that_the_office_did_not_expect(
    expected: dict[str, str], office: Office, state: Path, tmp_path: Path, tramthe: Tramthe
) -> None:
    """Another terminal of ours asks for this counter's name: nothing is issued or made."""
    run("provision", "counter", "--state", state, *FIRST)
    answer = tmp_path / "answer.pem"
    signing = sign(office, state / "counter-door", **expected)
    refused = tramthe(*signing, "--output", answer)
    assert (refused.status, TERMINAL in refused.err) == (Exit.FAILED, True)
    assert not answer.exists()
    assert not (office.folder / "counter").exists()


def test_a_folder_that_nginx_could_not_name(state: Path, tmp_path: Path, tramthe: Tramthe) -> None:
    """Said before a key is made, not when the certificate comes."""
    folder = tmp_path / "two words"
    refused = tramthe("provision", "counter", "--state", state, *FIRST, "--output", folder)
    assert (refused.status, folder.exists()) == (Exit.FAILED, False)


def test_a_ca_of_ones_own(office: Office, state: Path, tmp_path: Path, tramthe: Tramthe) -> None:
    """The plain PKCS #10 request is there for it, and is what its name says."""
    run("provision", "counter", "--state", state, *FIRST)
    csr = state / "counter-door" / "counter.csr"
    done = subprocess.run(
        ["openssl", "req", "-in", str(csr), "-verify", "-noout"], capture_output=True, check=False
    )
    assert done.returncode == 0
    root = tmp_path / "unconfined.pem"
    root.write_bytes(office.pilot.terminal_ca.x509.public_bytes(Encoding.PEM) * 2)
    refused = tramthe("provision", "counter", "--state", state, "--answer", root)
    assert (refused.status, "no PC" in refused.err) == (Exit.FAILED, True)
    assert "terminal/counter.key.new" in files(state / "counter-door")


def test_renewed(made: Made, state: Path, tramthe: Tramthe) -> None:
    """The same hosts and the same root, another key: no PC has to be visited."""
    folder = made.folder
    before = {name: (folder / name).read_bytes() for name in DONE}
    said = tramthe("provision", "counter", "--state", state, "--office", made.office.folder)
    assert said.status == Exit.DONE
    same = {name for name in DONE if (folder / name).read_bytes() == before[name]}
    assert DONE - same == {"terminal/counter.key", "terminal/counter.pem"}


def test_an_answer_to_an_older_request(
    office: Office, state: Path, tmp_path: Path, tramthe: Tramthe
) -> None:
    """Its key is gone: refused, and the newest request stays."""
    answer = tmp_path / "answer.pem"
    run("provision", "counter", "--state", state, *FIRST)
    signing = (*sign(office, state / "counter-door"), "--output", answer)
    run(*signing)
    run("provision", "counter", "--state", state, *FIRST)
    refused = tramthe("provision", "counter", "--state", state, "--answer", answer)
    assert (refused.status, "another request" in refused.err) == (Exit.FAILED, True)
    run(*signing)
    run("provision", "counter", "--state", state, "--answer", answer)


def test_what_fails_leaves_the_door_in_use(made: Made, state: Path, tramthe: Tramthe) -> None:
    """A host that the authority cannot vouch for: refused, with the way out."""
    before = {name: (made.folder / name).read_bytes() for name in DONE}
    more = ("--office", made.office.folder, "--host", "khac.internal")
    refused = tramthe("provision", "counter", "--state", state, *more)
    assert (refused.status, "--new-authority" in refused.err) == (Exit.FAILED, True)
    assert {name: (made.folder / name).read_bytes() for name in DONE} == before
    shown = tramthe("provision", "counter-show", "--state", state)
    assert "khac.internal" not in shown.out
    assert tramthe("provision", "counter", "--state", state, *more, "--new-authority").status == 0
    assert keep.in_use(made.office.folder, CODE) is not None
    assert (made.folder / "pc/tram-the-quay.crt").read_bytes() != before["pc/tram-the-quay.crt"]
    assert (made.office.folder / "counter" / CODE).is_dir()


def test_two_terminals_of_one_organisation(
    office: Office, state: Path, tmp_path: Path, tramthe: Tramthe
) -> None:
    """The authority that may vouch for both is made once; their PCs have one root."""
    second = tmp_path / "second"
    second.mkdir()
    office.enrol(second, "TT-0002")
    code, at = ("--organisation", CODE), ("--office", office.folder)
    run("provision", "counter", "--state", state, *at, *code, "--host", "tram-1.xa.internal",
        "--permit", "xa.internal")  # fmt: skip
    run("provision", "counter", "--state", second, *at, *code, "--host", "tram-2.xa.internal")
    roots = {(one / "counter-door/pc/tram-the-quay.crt").read_bytes() for one in (state, second)}
    assert len(roots) == 1
    refused = tramthe("provision", "counter", "--state", second, *at, "--permit", "b.local")
    assert refused.status == Exit.FAILED


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("--host", NAME), ("--organisation", CODE), ("--port", "0"), ("--port", "65536"),
        (*FIRST, *(part for n in range(9) for part in ("--back-office", f"https://b{n}.vn"))),
    ],
)  # fmt: skip
def test_not_understood(arguments: tuple[str, ...], state: Path, tramthe: Tramthe) -> None:
    """Exit status 2, and nothing is written."""
    assert tramthe("provision", "counter", "--state", state, *arguments).status == Exit.USAGE
    assert not (state / "counter-door").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--host", "example.com", "--organisation", CODE),
        ("--host", NAME, "--organisation", "../x"),
        (*FIRST, "--back-office", "http://hoso.example.vn"),
        (*FIRST, "--back-office", "https://hoso.example.vn/trang"),
        (*FIRST, "--back-office", 'https://a"b'),
    ],
)
def test_not_taken(arguments: tuple[str, ...], state: Path, tramthe: Tramthe) -> None:
    """Exit status 3 with a next step, and nothing is written."""
    assert tramthe("provision", "counter", "--state", state, *arguments).status == Exit.FAILED
    assert not (state / "counter-door").exists()


def test_nothing_there(office: Office, tmp_path: Path, state: Path, tramthe: Tramthe) -> None:
    """No door to show, no identity, no office's folder, an answer that is none: each said."""
    assert tramthe("provision", "counter-show", "--state", state).status == Exit.FAILED
    empty, text = tmp_path / "empty", tmp_path / "text"
    empty.mkdir()
    text.write_text("nothing")
    assert tramthe("provision", "counter", "--state", empty, *FIRST).status == Exit.FAILED
    lost = tramthe("provision", "counter", "--state", state, *FIRST, "--office", empty)
    assert lost.status == Exit.FAILED
    for answer in (text, StateLayout(state).identity / KEY_FILE):
        refused = tramthe("provision", "counter", "--state", state, "--answer", answer)
        assert refused.status == Exit.FAILED
    (tmp_path / "request.jws").write_text("nothing")
    for folder in (empty, office.folder):
        asked = sign(replace(office, folder=folder), tmp_path)
        assert tramthe(*asked, "--output", tmp_path / "o").status == Exit.FAILED
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("name", ["root.pem", "issuing.pem", "issuing.key.pem"])
def test_an_authority_that_is_damaged(name: str, made: Made, state: Path, tramthe: Tramthe) -> None:
    """Said, and not made anew in silence: its root lies in PCs."""
    path = made.office.folder / "counter" / CODE / name
    for data in (b"", made.office.folder.joinpath("terminal-ca.pem").read_bytes()):
        path.write_bytes(data)
        again = tramthe("provision", "counter", "--state", state, "--office", made.office.folder)
        assert (again.status, "counter authority" in again.err) == (Exit.FAILED, True)
    path.unlink()
    again = tramthe("provision", "counter", "--state", state, "--office", made.office.folder)
    assert again.status == Exit.FAILED


@pytest.mark.usefixtures("made")
def test_a_certificate_that_ends_soon(state: Path) -> None:
    """`counter-show` answers no, a month before."""
    later = [needed("faketime"), "-f", "+370d", sys.executable, "-m", "provisioning.cli.main"]
    asked = [*later, "provision", "counter-show", "--state", str(state)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == Exit.NO, done.stderr
    assert "Renew it now" in done.stdout


def test_firefox_policies_are_json(made: Made) -> None:
    """The root, installed by name from Firefox's own folder of certificates."""
    policies = json.loads((made.folder / "pc/firefox/policies.json").read_bytes())
    assert policies == {"policies": {"Certificates": {"Install": ["tram-the-quay.pem"]}}}
