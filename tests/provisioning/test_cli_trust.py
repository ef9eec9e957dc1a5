"""`tramthe trust`: what a technician sees of anchors, master lists and the algorithm policy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from provisioning.cli.main import Exit, run
from provisioning.demo.prepare import Stage, prepare
from provisioning.office.pki import create_terminal_ca
from provisioning.office.trust import pilot_trust_list, sign_policy, sign_trust_list
from verify.allowlist import AllowList
from verify.policy import MINIMUM, Algorithms, Carried
from verify.trust import Anchor, AnchorPurpose

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLDER, NEWER = "DE_ML_2026-04-08-14-24-32.ml", "DE_ML_2026-05-28-08-28-45.ml"
ROOT = "DE_ROOT_CA_CSCA07.cer"

Tramthe = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a provisioned terminal, as of AT; never written to."""
    return prepare(tmp_path_factory.mktemp("pilot"), AT)


@pytest.fixture
def state(stage: Stage, tmp_path: Path) -> Path:
    """Return a copy of the terminal's state folder."""
    return Path(shutil.copytree(stage.terminal, tmp_path / "terminal"))


@pytest.fixture
def tramthe(state: Path, capsys: pytest.CaptureFixture[str]) -> Tramthe:
    """Return the command line of `tramthe trust`: exit status, output, errors."""

    def command(*arguments: object) -> tuple[int, str, str]:
        words = [str(one) for one in arguments]
        at = 2 if words[0] == "policy" else 1
        status = run(["trust", *words[:at], "--state", str(state), *words[at:]])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return command


@pytest.fixture(scope="session")
def folder(vectors: Path) -> Path:
    """Return the folder of real master lists."""
    return vectors / "masterlists"


def take(tramthe: Tramthe, folder: Path, name: str) -> tuple[int, str, str]:
    """Import a real master list."""
    return tramthe(
        "import", "--master-list", "--root", folder / ROOT, "--at", AT.isoformat(), folder / name
    )


def test_the_newer_list_over_the_older(tramthe: Tramthe, folder: Path) -> None:
    """Twelve came and five went, each with country, fingerprint and subject."""
    status, shown, _ = take(tramthe, folder, OLDER)
    assert (status, "581 certificates of 112 countries" in shown) == (Exit.DONE, True)
    status, shown, _ = take(tramthe, folder, NEWER)
    lines = shown.splitlines()
    assert (status, lines[0]) == (
        Exit.DONE,
        "The master list of 2026-05-28T06:28:45Z is held: 588 certificates of 112 countries.",
    )
    assert sum(line.startswith("  + ") for line in lines) == 12
    assert sum(line.startswith("  - ") for line in lines) == 5
    went = next(line for line in lines if "1b55af9f2200a69c" in line)
    assert went.split()[:4] == ["-", "document", "FI", "1b55af9f2200a69c"]
    assert "CN=CSCA Finland" in went


def test_the_older_over_the_newer(tramthe: Tramthe, folder: Path) -> None:
    """Refused with what to do, and the newer stays."""
    take(tramthe, folder, NEWER)
    status, _, error = take(tramthe, folder, OLDER)
    assert status == Exit.FAILED
    assert "only a newer one" in error
    _, shown, _ = tramthe("list")
    assert "Master list of 2026-05-28T06:28:45Z: 588" in shown


def test_diff_changes_nothing(tramthe: Tramthe, folder: Path) -> None:
    """It says what would come and go, in words and as JSON."""
    take(tramthe, folder, OLDER)
    offered = ("--master-list", "--root", folder / ROOT, folder / NEWER)
    status, shown, _ = tramthe("diff", *offered)
    assert (status, shown.splitlines()[0]) == (Exit.DONE, "12 would come, 5 would go.")
    _, shown, _ = tramthe("diff", "--json", *offered)
    found = json.loads(shown)
    assert (len(found["came"]), len(found["went"])) == (12, 5)
    assert {row["country"] for row in found["went"]} == {"FI", "MA", "PA"}
    assert found["came"][0].keys() >= {"subject", "country", "fingerprint", "not_after"}
    assert "2026-04-08" in tramthe("list")[1]


def test_list_shows_everything(tramthe: Tramthe, folder: Path) -> None:
    """Anchors with purpose and bound, the centre's keys, every certificate of the master list."""
    take(tramthe, folder, NEWER)
    _, shown, _ = tramthe("list")
    lines = shown.splitlines()
    assert sum("icao" in line for line in lines) == 589
    assert sum("issuer is not in the list" in line for line in lines) == 12
    assert any("urn:tramthe:card-status:dang-vien" in line for line in lines)
    assert lines[-1] == "Algorithm policy default-1"
    assert all(line.isprintable() for line in lines)
    everything: dict[str, Any] = json.loads(tramthe("list", "--json")[1])
    assert len(everything["master_list"]["certificates"]) == 588
    assert everything["master_list"]["set_aside"] == []
    purposes = [row["purpose"] for row in everything["trust_list"]["anchors"]]
    assert sorted(purposes) == [
        "card-status",
        "centre-seal",
        "centre-sign",
        *["document"] * 3,
        "terminal",
    ]
    alone = [
        one["fingerprint"]
        for one in everything["master_list"]["certificates"]
        if not one["issuers"] and not one["issuers_by_key_only"]
    ]
    assert len(alone) == 12


def test_a_root_in_pem(tramthe: Tramthe, folder: Path, tmp_path: Path) -> None:
    """The root is taken as DER or PEM."""
    root = x509.load_der_x509_certificate((folder / ROOT).read_bytes())
    pem = tmp_path / "root.pem"
    pem.write_bytes(root.public_bytes(Encoding.PEM))
    at = AT.isoformat()
    offered = ("--master-list", "--root", pem, "--at", at, folder / NEWER)
    assert tramthe("import", *offered)[0] == Exit.DONE
    pem.write_bytes(b"-----BEGIN CERTIFICATE-----\nnone\n")
    status, _, error = tramthe("import", *offered)
    assert (status, "no certificate" in error) == (Exit.FAILED, True)


def test_a_wrong_root(tramthe: Tramthe, folder: Path, stage: Stage, tmp_path: Path) -> None:
    """A list that does not verify to the root given is refused."""
    wrong = tmp_path / "wrong.cer"
    wrong.write_bytes(stage.pilot.passport_csca.certificate)
    status, _, error = tramthe("import", "--master-list", "--root", wrong, folder / NEWER)
    assert (status, "not taken" in error) == (Exit.FAILED, True)
    assert "Master list" not in tramthe("list")[1]


@pytest.mark.parametrize("option", [["--master-list"], ["--root", __file__]])
def test_half_of_the_options(tramthe: Tramthe, option: list[str]) -> None:
    """A master list and its root belong together."""
    assert tramthe("import", *option, __file__)[0] == Exit.USAGE


def test_a_trust_list(tramthe: Tramthe, stage: Stage, tmp_path: Path) -> None:
    """Compared first, then imported; what came and went is the same; the same again is refused."""
    ca = create_terminal_ca("Second terminals", at=AT)
    whole = pilot_trust_list(
        stage.pilot,
        number=2,
        issued=AT,
        more=[Anchor(AnchorPurpose.TERMINAL, ca.certificate)],
    )
    kept = tuple(one for one in whole.anchors if "icao" not in one.profiles)
    file = tmp_path / "trust.jws"
    file.write_text(sign_trust_list(replace(whole, anchors=kept), stage.pilot.root))
    _, compared, _ = tramthe("diff", file)
    status, shown, _ = tramthe("import", file)
    *came_and_went, set_aside = shown.splitlines()[1:]
    assert (status, came_and_went) == (Exit.DONE, compared.splitlines()[1:])
    assert set_aside.split()[:4] == ["set", "aside", "certificate", "list"]
    assert set_aside.endswith("scope -: ISSUER_UNKNOWN")
    assert compared.splitlines()[0] == "1 would come, 1 would go."
    assert "CN=Second terminals" in shown
    assert "CN=CSCA Utopia" in shown
    status, _, error = tramthe("import", file)
    assert (status, "only a newer one" in error) == (Exit.FAILED, True)


def test_a_damaged_trust_list_can_be_replaced(
    tramthe: Tramthe, stage: Stage, state: Path, tmp_path: Path
) -> None:
    """The command that mends it is not stopped by what it mends."""
    (state / "holdings" / "trust-list.jws").write_text("broken")
    assert tramthe("list")[0] == Exit.FAILED
    file = tmp_path / "trust.jws"
    whole = pilot_trust_list(stage.pilot, number=2, issued=AT)
    file.write_text(sign_trust_list(whole, stage.pilot.root))
    assert tramthe("import", file)[0] == Exit.DONE
    assert "Trust list number 2" in tramthe("list")[1]


def test_no_trust_list(tramthe: Tramthe, state: Path) -> None:
    """Says so, with the command to use."""
    (state / "holdings" / "trust-list.jws").unlink()
    status, shown, _ = tramthe("list")
    assert (status, "trust import FILE" in shown) == (Exit.DONE, True)
    assert json.loads(tramthe("list", "--json")[1])["trust_list"] is None


def test_an_algorithm_policy(tramthe: Tramthe, stage: Stage, tmp_path: Path) -> None:
    """Imported, shown with its dates, older ones refused."""
    strict = Algorithms(frozenset({"sha384"}), 3072, 384)
    first = Carried(
        replace(strict, ec_bits=256),
        datetime(2027, 1, 1, tzinfo=UTC),
        datetime(2037, 1, 1, tzinfo=UTC),
    )
    steps = (first, Carried(MINIMUM, datetime(2026, 12, 1, tzinfo=UTC)))
    file = tmp_path / "policy.jws"
    policy = AllowList(4, "office", AT, strict, steps)
    file.write_text(sign_policy(policy, stage.pilot.root))
    status, shown, _ = tramthe("policy", "import", file)
    assert (status, shown) == (
        Exit.DONE,
        "Algorithm policy office-4 of 2026-11-20T12:00:00Z is in force.\n",
    )
    _, shown, _ = tramthe("policy", "show")
    assert "made before 2027-01-01T00:00:00Z, carried until 2037-01-01T00:00:00Z" in shown
    assert "made before 2026-12-01T00:00:00Z, carried without end" in shown
    found = json.loads(tramthe("policy", "show", "--json")[1])
    assert (found["id"], found["new"]["hashes"]) == ("office-4", ["sha384"])
    assert found["carried"][1]["carried_until"] is None
    file.write_text(sign_policy(replace(policy, number=3), stage.pilot.root))
    status, _, error = tramthe("policy", "import", file)
    assert (status, "only a newer one" in error) == (Exit.FAILED, True)
    assert "office-4" in tramthe("list")[1]


def test_a_trust_list_without_the_signer_of_card_lists(
    tramthe: Tramthe, stage: Stage, state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was taken over from him is set aside, which the technician is told, and where to go."""
    whole = pilot_trust_list(stage.pilot, number=2, issued=AT)
    kept = tuple(one for one in whole.anchors if one.purpose is not AnchorPurpose.CARD_STATUS)
    file = tmp_path / "trust.jws"
    file.write_text(sign_trust_list(replace(whole, anchors=kept), stage.pilot.root))
    status, shown, _ = tramthe("import", file)
    *_, set_aside, missed, how = shown.splitlines()
    assert status == Exit.DONE
    assert set_aside.startswith("  set aside    card-status list ")
    assert set_aside.endswith("scope urn:tramthe:card-status:dang-vien: ISSUER_UNKNOWN")
    assert "missed" in missed
    assert how == "tramthe crl import --help"
    assert run(["crl", "show", "--state", str(state)]) == Exit.DONE
    assert set_aside in capsys.readouterr().out
