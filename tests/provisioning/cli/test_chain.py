"""`tramthe verify chain`: an auditor's question, answered with the path and every reason."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crl.status import ReasonCode
from provisioning.cli.main import Exit
from provisioning.office.lists import issue_crl
from provisioning.office.pki import Authority, create_csca, issue_document_signer
from tests.provisioning.cli.conftest import Said, Tramthe
from tests.verify.pkits import suite
from tests.verify.pkits.suite import Case
from verify.reasons import Reason

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = ("--at", AT.isoformat())

_DEFAULT = Path(__file__).resolve().parents[4] / "shared" / "vectors"
PKITS = Path(os.environ.get("TRAMTHE_VECTORS", _DEFAULT)) / "pkits"


@dataclass(frozen=True)
class Files:
    """A country's authority, its signer and its list, as files."""

    csca: Authority
    signer: Authority
    folder: Path

    @property
    def anchor(self) -> Path:
        """Return the authority's certificate."""
        return self.write("csca.cer", self.csca.certificate)

    @property
    def target(self) -> Path:
        """Return the signer's certificate."""
        return self.write("ds.cer", self.signer.certificate)

    def write(self, name: str, data: bytes) -> Path:
        """Return a file of this name and content."""
        path = self.folder / name
        path.write_bytes(data)
        return path

    def crl(self, *revoked: int, number: int = 1, at: datetime = AT - DAY) -> Path:
        """Return a list that revokes these serials."""
        data = issue_crl(
            self.csca,
            number=number,
            this_update=at,
            next_update=at + 30 * DAY,
            revoked=[(serial, ReasonCode.KEY_COMPROMISE, at - DAY) for serial in revoked],
        )
        return self.write(f"{number}.crl", data)


@pytest.fixture(scope="module")
def parties() -> tuple[Authority, Authority]:
    """Return an authority and a signer of documents under it."""
    csca = create_csca("CSCA Audit", at=AT - 40 * DAY, crl_name="x")
    signer = issue_document_signer(
        csca, "DS Audit", at=AT - 30 * DAY, document_types=["P"], crl_name="x"
    )
    return csca, signer


@pytest.fixture
def files(parties: tuple[Authority, Authority], tmp_path: Path) -> Files:
    """Return their files."""
    return Files(*parties, tmp_path)


def pem(label: str, *objects: bytes) -> bytes:
    """Return objects in PEM, with words around them."""
    blocks = [
        b"-----BEGIN %b-----\n%b-----END %b-----\n"
        % (label.encode(), base64.encodebytes(one), label.encode())
        for one in objects
    ]
    return b"Subject: somebody\n" + b"\n".join(blocks)


def as_json(said: Said) -> dict[str, Any]:
    """Return the one JSON object that was written."""
    found = json.loads(said.out)
    assert isinstance(found, dict)
    return found


def test_chain_that_holds(tramthe: Tramthe, files: Files) -> None:
    """Exit status 0; who is who, from when to when, and what the list says of it."""
    said = tramthe(
        "verify", "chain", "--anchor", files.anchor, "--crl", files.crl(), *NOW, files.target
    )
    assert said.status == Exit.DONE
    lines = said.out.splitlines()
    assert lines[0] == "VALID at 2026-11-20T12:00:00Z"
    assert lines[1].split(maxsplit=1) == ["target", "C=VN, O=Tram The pilot, CN=DS Audit"]
    assert lines[2].strip().startswith(f"{files.signer.x509.serial_number:x}, 2026-10-21T12:00:00Z")
    assert lines[3].strip() == "good (list 1 of 2026-11-19T12:00:00Z, 1.0 days old)"
    assert lines[4].split(maxsplit=1) == ["anchor", "C=VN, O=Tram The pilot, CN=CSCA Audit"]
    assert lines[6].split() == ["policies", "none"]
    assert len(lines) == 7


def test_chain_that_holds_as_json(tramthe: Tramthe, files: Files) -> None:
    """The same for a program."""
    said = tramthe(
        *("verify", "chain", "--json", "--anchor", files.anchor),
        *("--crl", files.crl(), *NOW, files.target),
    )
    found = as_json(said)
    assert (said.status, found["valid"], found["faults"], found["unused"]) == (0, True, [], [])
    target, anchor = found["path"]
    assert (target["role"], anchor["role"]) == ("target", "anchor")
    assert found["target"] == target["fingerprint"]
    assert target["issuer"] == anchor["subject"] == anchor["issuer"]
    assert target["revocation"] == {
        "status": "good",
        "reason": None,
        "since": None,
        "list_number": "1",
        "this_update": "2026-11-19T12:00:00Z",
    }
    assert anchor["revocation"] is None


def test_revoked(tramthe: Tramthe, files: Files) -> None:
    """Exit status 1, since when and why; however old the list is."""
    crl = files.crl(files.signer.x509.serial_number, number=0x2A)
    for at in (AT, AT + 300 * DAY):
        said = tramthe(
            *("verify", "chain", "--anchor", files.anchor),
            *("--crl", crl, "--at", at.isoformat(), files.target),
        )
        assert said.status == Exit.NO
        assert f"{Reason.SIGNER_REVOKED.value}: a certificate is revoked" in said.out
        assert "revoked key-compromise since 2026-11-18T12:00:00Z (list 2a of" in said.out


@pytest.mark.parametrize(
    ("crl", "reason"),
    [
        (None, Reason.SIGNER_STATUS_UNKNOWN),
        (AT - 40 * DAY, Reason.SIGNER_STATUS_STALE),
        (AT + 2 * DAY, Reason.SIGNER_STATUS_STALE),
    ],
    ids=["no list", "old list", "list of tomorrow"],
)
def test_nothing_says_that_it_is_in_force(
    tramthe: Tramthe, files: Files, crl: datetime | None, reason: Reason
) -> None:
    """Silence of no list, or of one whose time it is not, is no good answer."""
    lists = () if crl is None else ("--crl", files.crl(at=crl))
    ask = ("verify", "chain", "--json", "--anchor", files.anchor, *NOW)
    said = tramthe(*ask, *lists, files.target)
    assert said.status == Exit.NO
    assert [one["reason"] for one in as_json(said)["faults"]] == [reason.value]
    assert tramthe(*ask, "--no-revocation", files.target).status == Exit.DONE


def test_nobody_trusted_signed_it(tramthe: Tramthe, files: Files) -> None:
    """The target alone is shown, with the reason."""
    stranger = create_csca("CSCA Audit", at=AT - 40 * DAY, crl_name="x")
    said = tramthe(
        *("verify", "chain", "--anchor", files.write("other.cer", stranger.certificate)),
        *(*NOW, files.target),
    )
    assert said.status == Exit.NO
    assert Reason.SIGNER_NOT_TRUSTED.value in said.out
    assert "target" in said.out
    assert "CSCA" not in said.out


def test_before_it_begins(tramthe: Tramthe, files: Files) -> None:
    """Its dates are judged at the time that is asked about."""
    early = (AT - 35 * DAY).isoformat()
    said = tramthe(
        *("verify", "chain", "--no-revocation", "--anchor", files.anchor),
        *("--at", early, files.target),
    )
    assert said.status == Exit.NO
    assert "a certificate begins 2026-10-21" in said.out


def test_files_in_pem(tramthe: Tramthe, files: Files) -> None:
    """Several certificates in one file, words between them; the first is asked about."""
    bundle = files.write("b.pem", pem("CERTIFICATE", files.signer.certificate, b"\x30\x00"))
    anchor = files.write("a.pem", pem("CERTIFICATE", files.csca.certificate))
    crl = files.write("l.pem", pem("X509 CRL", files.crl().read_bytes(), b"\x30\x03abc"))
    said = tramthe("verify", "chain", "--anchor", anchor, "--crl", crl, *NOW, bundle)
    assert said.status == Exit.DONE
    unused = [line for line in said.out.splitlines() if line.startswith("  not used")]
    assert [line.split(": ")[0].rsplit("/", 1)[1] for line in unused] == ["b.pem", "l.pem"]
    assert "certificate 2 of" in unused[0]
    assert "list 2 of" in unused[1]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty", b""),
        ("garbage", b"\x00\xff" * 40),
        ("another.pem", pem("PRIVATE KEY", b"x")),
        ("bent.pem", b"-----BEGIN CERTIFICATE-----\nMII=A\n-----END CERTIFICATE-----\n"),
        ("huge", bytes(2 * 1024 * 1024)),
    ],
)
@pytest.mark.parametrize("place", ["target", "anchor"])
def test_file_that_is_no_certificate(
    tramthe: Tramthe, files: Files, name: str, data: bytes, place: str
) -> None:
    """Exit status 3 and what to give instead; nothing is examined."""
    bad = files.write(name, data)
    anchor, target = (files.anchor, bad) if place == "target" else (bad, files.target)
    said = tramthe("verify", "chain", "--anchor", anchor, *NOW, target)
    assert said.status == Exit.FAILED
    assert said.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--anchor", "{anchor}"),
        ("{target}",),
        ("--anchor", "{anchor}", "--no-revocation", "--crl", "{crl}", "{target}"),
        ("--anchor", "/nowhere", "{target}"),
    ],
    ids=["nothing", "no certificate", "nobody trusted", "contradiction", "no file"],
)
def test_not_understood(tramthe: Tramthe, files: Files, arguments: tuple[str, ...]) -> None:
    """Exit status 2."""
    paths = {"anchor": files.anchor, "target": files.target, "crl": files.crl()}
    filled = [one.format_map(paths) for one in arguments]
    assert tramthe("verify", "chain", *filled).status == Exit.USAGE


def test_what_a_terminal_trusts(tramthe: Tramthe, files: Files, state: Path, stage: Any) -> None:
    """Its trust list's anchors for documents count beside those that are given."""
    signer = files.write("own.cer", stage.pilot.party_signer.certificate)
    ask = ("verify", "chain", "--no-revocation", "--state", state)
    assert tramthe(*ask, signer).status == Exit.DONE
    assert tramthe(*ask, files.target).status == Exit.NO
    assert tramthe(*ask, "--anchor", files.anchor, *NOW, files.target).status == Exit.DONE


def test_signer_of_documents(tramthe: Tramthe, files: Files) -> None:
    """What a terminal asks of one beyond RFC 5280: an authority is none."""
    ask = ("verify", "chain", "--no-revocation", "--anchor", files.anchor, *NOW)
    assert tramthe(*ask, "--document-signer", files.target).status == Exit.DONE
    assert tramthe(*ask, files.anchor).status == Exit.DONE
    said = tramthe(*ask, "--document-signer", files.anchor)
    assert said.status == Exit.NO
    assert f"{Reason.SIGNER_NOT_FOR_DOCUMENTS.value}: the signer is an authority" in said.out


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each section of PKITS."""
    if "section" in metafunc.fixturenames:
        found = suite.cases(PKITS) if PKITS.is_dir() else ()
        sections = sorted({case.number.rsplit(".", 1)[0] for case in found})
        absent = pytest.param(
            "", id="absent", marks=pytest.mark.skip(reason=f"no vectors: {PKITS} is absent")
        )
        metafunc.parametrize("section", sections or [absent])


def test_pkits_section(tramthe: Tramthe, section: str) -> None:
    """The exit status says of every case what NIST says; DSA, which nobody may use, is refused."""
    for case in suite.cases(PKITS):
        if case.number.rsplit(".", 1)[0] == section:
            said = tramthe(*pkits_arguments(case))
            expected = case.valid and "DSA" not in case.title
            assert (said.status == Exit.DONE) is expected, (case.name, said)
            if said.status == Exit.DONE:
                found = as_json(said)
                assert set(found["policies"]) == case.user_policies, case.name


def pkits_arguments(case: Case) -> list[object]:
    """Return the command line that asks about a case."""
    settings = case.settings
    flags = {
        "--explicit-policy": settings.explicit_policy,
        "--inhibit-mapping": settings.inhibit_mapping,
        "--inhibit-any-policy": settings.inhibit_any_policy,
    }
    certs, crls = PKITS / "certs", PKITS / "crls"
    return [
        *("verify", "chain", "--json", "--at", case.at.at.isoformat()),
        *("--anchor", certs / suite.ANCHOR),
        *(word for name in case.lists for word in ("--crl", crls / name)),
        *(word for policy in settings.policies for word in ("--policy", policy)),
        *(flag for flag, given in flags.items() if given),
        certs / case.target,
        *(certs / name for name in case.certificates),
    ]
