"""Each kind of thing that is published: in force at a terminal, or refused by its own rules.

By the commands alone: `tramthe centre publish` at the office, `tramthe repository update` at the
terminal. What is refused leaves every file that the terminal judges cards with as it was.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import edge.procedure
import reader
from crl.parse import parse_header
from crl.status import Purpose
from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.procedure.catalogue import CatalogueFiles
from provisioning.cli.common import office_time
from provisioning.demo.prepare import Stage
from provisioning.office.lists import issue_crl, issue_status_list
from provisioning.office.pilot import STATUS_SCOPE
from provisioning.office.pki import Authority, create_status_signer
from provisioning.office.trust import pilot_trust_list, sign_policy, sign_trust_list
from provisioning.publish.card_status import status_of
from tests.provisioning.cli.conftest import Said, Tramthe
from tests.provisioning.cli.publisher import Office, deb
from verify import jws
from verify.allowlist import TYP as ALGORITHM_POLICY
from verify.allowlist import AllowList
from verify.policy import Algorithms

TRUST, POLICY = "trust/trust-list.jws", "trust/policy.jws"
CRL = "lists/certificate/party.crl"
PROFILE = "profiles/dang-vien.toml"
PROCEDURE = "procedures/transfer.toml"
PACKAGE = "software/tramthe_1.0_all.deb"
DAY = timedelta(days=1)
STRICT = Algorithms(frozenset({"sha384", "sha512"}), 3072, 384)
OURS = (Path(reader.__file__).parent / "profiles" / "dang-vien.toml").read_text()
OUR_PROCEDURE = (
    Path(edge.procedure.__file__).parent / "procedures" / "thu-nop-dang-phi.toml"
).read_text()
TRANSFER = OUR_PROCEDURE.replace("thu-nop-dang-phi", "transfer")
PATIENT = OURS.replace("max_seconds = 10", "max_seconds = 20")


@dataclass
class Field:
    """A publisher, and a provisioned terminal that knows its root."""

    office: Office
    pilot: Stage
    state: Path
    run: Tramthe
    scratch: Path
    at: datetime

    def publish(self, path: str, data: bytes) -> None:
        """Publish one thing, signed by everybody it takes."""
        self.scratch.write_bytes(data)
        assert self.office.do("add", path, self.scratch).status == 0
        assert "Published:" in self.office.sign_all().out

    def update(self) -> Said:
        """Let the terminal take what there is."""
        where = self.office.shop / "public"
        return self.run("repository", "update", "--state", self.state, "--from", where)

    def taken(self, path: str, data: bytes) -> None:
        """Publish, and check that it came into force; a second pass takes nothing."""
        self.publish(path, data)
        said = self.update()
        assert (said.status, f"taken      {path}" in said.out) == (0, True), said.out
        again = self.update()
        assert (again.status, "taken" in again.out) == (0, False)

    def refused(self, path: str, data: bytes, why: str) -> None:
        """Publish, and check that nothing of it is here, that it says why, and goes on."""
        before = self.held()
        self.publish(path, data)
        said = self.update()
        assert said.status == 1
        assert f"NOT TAKEN  {path}: " in said.out
        assert why in said.out
        assert "partly" in said.out
        assert self.held() == before

    def held(self) -> dict[str, bytes]:
        """Return every file that cards are judged with, and what was delivered."""
        layout = StateLayout(self.state)
        return {
            str(path): path.read_bytes()
            for folder in (layout.holdings, layout.delivered)
            for path in folder.rglob("*")
            if path.is_file()
        }

    @property
    def holdings(self) -> Holdings:
        """Return what a terminal that starts now holds."""
        return Holdings(StateLayout(self.state).holdings)

    def status_number(self) -> int:
        """Return the number up to which the card status list is held."""
        numbers = self.holdings.list_numbers().items()
        (found,) = (number for key, number in numbers if key.purpose is Purpose.CARD_STATUS)
        return found

    def status_list(self, signer: Authority, number: int, base: int | None = None) -> bytes:
        """Return an empty card status list."""
        return issue_status_list(
            signer,
            scope=STATUS_SCOPE,
            number=number,
            base_number=base,
            this_update=self.at,
            next_update=self.at + 30 * DAY,
        )


@pytest.fixture
def field(stage: Stage, state: Path, tmp_path: Path, tramthe: Tramthe, publisher: Office) -> Field:
    """Return a publisher whose empty first set is out, and a terminal that was given its root."""
    publisher.begin()
    publisher.sign_all()
    root = publisher.shop / "public" / "metadata" / "1.root.json"
    assert tramthe("repository", "trust", "--state", state, root).status == 0
    at = office_time().replace(microsecond=0)
    return Field(publisher, stage, state, tramthe, tmp_path / "scratch", at)


def test_trust_list(field: Field) -> None:
    """The root's next trust list names whom the terminal believes, from the next card on."""
    new = pilot_trust_list(field.pilot.pilot, number=2, issued=field.at)
    field.taken(TRUST, sign_trust_list(new, field.pilot.pilot.root).encode())
    assert field.holdings.require_trust().number == 2


def test_trust_list_of_another_root(field: Field) -> None:
    """Every key of the repository makes no anchor: the trust list is the root's alone."""
    new = pilot_trust_list(field.pilot.pilot, number=2, issued=field.at)
    theirs = sign_trust_list(new, field.pilot.pilot.status_signer.key)
    field.refused(TRUST, theirs.encode(), "another key signed it")


def test_policy(field: Field) -> None:
    """A tighter algorithm policy counts at once."""
    new = AllowList(1, "office", field.at, STRICT, ())
    field.taken(POLICY, sign_policy(new, field.pilot.pilot.root).encode())
    assert field.holdings.policy.algorithms == STRICT


def test_policy_that_loosens(field: Field) -> None:
    """No signature lowers what the code asks for."""
    strict = json.dumps(AllowList(1, "office", field.at, STRICT, ()).to_payload())
    loose = json.loads(strict.replace("sha384", "sha1"))
    signed = jws.sign(loose, typ=ALGORITHM_POLICY, key=field.pilot.pilot.root)
    field.refused(POLICY, signed.encode(), "")


def _crl(field: Field, authority: Authority, number: int) -> bytes:
    return issue_crl(
        authority, number=number, this_update=field.at, next_update=field.at + 30 * DAY
    )


def _party_number(field: Field) -> int:
    issuer = parse_header(_crl(field, field.pilot.pilot.party_csca, 1)).issuer
    headers = field.holdings.lists().values()
    (held,) = (one for one in headers if one.scope is None and one.issuer == issuer)
    return held.number


def test_certificate_list(field: Field) -> None:
    """The next list of an authority stands in for the one before."""
    number = _party_number(field) + 1
    field.taken(CRL, _crl(field, field.pilot.pilot.party_csca, number))
    assert _party_number(field) == number


def test_certificate_list_that_nobody_here_issues(field: Field) -> None:
    """A list by somebody whom no trust list names is refused for its issuer."""
    number = _party_number(field) + 1
    field.refused(CRL, _crl(field, field.pilot.pilot.terminal_ca, number), "")


def test_certificate_list_with_another_key(field: Field) -> None:
    """A list in an authority's name that it did not sign is refused."""
    number = _party_number(field) + 1
    mine, other = field.pilot.pilot.party_csca, field.pilot.pilot.citizen_csca
    field.refused(CRL, _crl(field, replace(mine, key=other.key), number), "")


def test_certificate_list_of_before(field: Field) -> None:
    """An older list that a thief of the online key puts out changes nothing."""
    before = field.held()
    field.publish(CRL, _crl(field, field.pilot.pilot.party_csca, _party_number(field) - 1))
    said = field.update()
    assert "taken" not in said.out
    assert field.held() == before


def test_card_status_base_and_delta(field: Field, tmp_path: Path) -> None:
    """Complete list and delta from one command; the terminal takes the smaller way."""
    base = field.status_number()
    signer = field.pilot.pilot.status_signer
    office = field.pilot.terminal.parent / "office"
    for number in (base, base + 1):
        field.scratch.write_bytes(field.status_list(signer, number))
        staged = field.office.do("add-status", field.scratch, "--office", office)
        assert staged.status == 0, staged.err
        assert "Published:" in field.office.sign_all().out
    assert f"-{base:x}-{base + 1:x}.crl: staged." in staged.out
    said = field.update()
    assert said.status == 0
    assert [line for line in said.out.splitlines() if line.startswith("taken")] == [
        f"taken      lists/card-status/dang-vien-{base:x}-{base + 1:x}.crl"
    ]
    assert field.status_number() == base + 1


@pytest.mark.parametrize("complete", [True, False])
def test_card_status_by_another_signer(field: Field, complete: bool) -> None:
    """A list, or a delta, in the signer's name with another key is refused."""
    base = field.status_number()
    other = create_status_signer("Another", scope=STATUS_SCOPE, at=field.at - DAY)
    forger = replace(field.pilot.pilot.status_signer, key=other.key)
    data = field.status_list(forger, base + 1, None if complete else base)
    field.refused("lists/card-status/theirs.crl", data, "")
    assert field.status_number() == base


def test_card_status_that_says_another_number_than_its_target(field: Field) -> None:
    """What the target says of a list is a hint: the list's own number decides."""
    number = field.status_number()
    data = field.status_list(field.pilot.pilot.status_signer, number)
    assert status_of(parse_header(data)).number == number
    before = field.held()
    field.publish("lists/card-status/dang-vien-ff.crl", data)
    assert "taken" not in field.update().out
    assert field.held() == before


def test_profile(field: Field) -> None:
    """A delivered profile counts from the next start on, in place of the built-in one."""
    running = field.holdings
    field.taken(PROFILE, PATIENT.encode())
    assert running.profile("dang-vien").max_seconds == 10
    assert running.waiting_profiles() == ("dang-vien",)
    started = field.holdings
    assert started.profile("dang-vien").max_seconds == 20
    assert started.waiting_profiles() == ()


@pytest.mark.parametrize(
    "text",
    [
        OURS.replace('name = "dang-vien"', 'name = "other"'),
        OURS.replace('never = ["DG3", "DG4"]', "never = []").replace('"DG13", ', '"DG13", "DG3", '),
        OURS[: len(OURS) // 2],
        "",
    ],
    ids=["another's name", "fingerprints", "half", "empty"],
)
def test_profile_that_may_not_be(field: Field, text: str) -> None:
    """Another's name, the fingerprints, half a file: the built-in profile stays."""
    field.refused(PROFILE, text.encode(), "")
    assert field.holdings.profile("dang-vien").max_seconds == 10


def test_procedure(field: Field) -> None:
    """A procedure of the catalogue lies where it is looked for, and is in force."""
    data = TRANSFER.encode()
    field.taken(PROCEDURE, data)
    delivered = StateLayout(field.state).delivered
    assert (delivered / PROCEDURE).read_bytes() == data
    assert CatalogueFiles(delivered).current().find("transfer") is not None


@pytest.mark.parametrize(
    "data",
    [
        OUR_PROCEDURE.encode(),
        TRANSFER.replace("photo", "foto").encode(),
        TRANSFER.replace('"number"', '"faith"').encode(),
        TRANSFER[:200].encode(),
        b"\xff\xfe",
        b"",
    ],
    ids=["another's name", "key", "field", "half", "no text", "empty"],
)
def test_procedure_that_is_none(field: Field, data: bytes) -> None:
    """Another's name, or not whole by the rules of the catalogue: nothing is put there."""
    field.refused(PROCEDURE, data, "")
    assert not (StateLayout(field.state).delivered / PROCEDURE).exists()


def test_procedure_for_a_card_that_comes_with_it(field: Field) -> None:
    """A profile that was delivered and waits for the next start counts as known."""
    data = TRANSFER.replace('"dang-vien"', '"badge"')
    field.refused(PROCEDURE, data.encode(), "")
    field.taken("profiles/badge.toml", PATIENT.replace('"dang-vien"', '"badge"').encode())
    assert (StateLayout(field.state).delivered / PROCEDURE).read_text() == data


@pytest.mark.parametrize("packing", ["xz", "gz", ""])
def test_package(field: Field, packing: str) -> None:
    """A program lies whole where the technician looks for it."""
    data = deb(packing=packing)
    field.taken(PACKAGE, data)
    assert (StateLayout(field.state).delivered / PACKAGE).read_bytes() == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a program",
        deb()[:100],
        deb("another"),
        deb(version="0.9"),
        deb(architecture="riscv64"),
        deb(form=b"3.0\n"),
        deb().replace(b"control.tar.xz", b"control.tar.zz"),
    ],
    ids=["empty", "no archive", "half", "other", "older", "machine", "form", "packing"],
)
def test_package_that_its_name_does_not_say(field: Field, data: bytes) -> None:
    """No package, half of one, or another than its name says: the one before stays."""
    field.taken(PACKAGE, deb(packing="gz"))
    field.refused(PACKAGE, data, "")
