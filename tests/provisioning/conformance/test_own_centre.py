"""`tramthe centre check` against the project's own centre, as it is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge.identity.key import load_or_create, store_certificate
from provisioning.cli.common import office_time
from provisioning.cli.main import run as run_command
from provisioning.cli.main import tramthe
from provisioning.conformance.examine import RULES
from provisioning.demo.children import free_port
from provisioning.office.pki import issue_terminal, new_key
from tests.provisioning.centre.served import Served, serve

OVER_TLS = {"tls-certificate", "tls-terminal"}
Check = Callable[..., Result]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a centre that runs as a process of its own."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        yield running


def private(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key as a file holds it."""
    return key.private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture
def files(served: Served, tmp_path: Path) -> Path:
    """Return a folder with the keys that an office has."""
    public = served.sign_key.public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "centre.pub.pem").write_bytes(public.public_bytes(Encoding.PEM, spki))
    (tmp_path / "ca.der").write_bytes(served.ca.certificate)
    (tmp_path / "ca.key.pem").write_bytes(private(served.ca.key))
    (tmp_path / "cut.der").write_bytes(served.ca.certificate[:-1])
    (tmp_path / "other.pem").write_bytes(private(new_key()))
    return tmp_path


def check(url: str, *options: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(tramthe, ["centre", "check", url, *map(str, options)])


def lines(said: Result) -> dict[str, str]:
    """Return what each rule came to."""
    found = [line for line in said.output.splitlines() if line[:1].strip() and "  " in line]
    return {line[11:31].strip(): line[:9].strip() for line in found}


def test_with_an_authority(served: Served, files: Path) -> None:
    """Every rule is asked and holds, but those of TLS, which is not spoken here."""
    issuer = ("--authority", files / "ca.der", "--authority-key", files / "ca.key.pem")
    key = ("--centre-key", files / "centre.pub.pem", "--centre-kid", served.kid)
    said = check(served.url, *issuer, *key)
    assert said.exit_code == 0, said.output
    expected = {rule.name: "not asked" if rule.name in OVER_TLS else "ok" for rule in RULES}
    assert lines(said) == expected
    assert f"{len(RULES)} rules: {len(RULES) - 2} ok, 0 failed, 2 not asked." in said.output


def test_with_an_enrolled_terminal(served: Served, files: Path) -> None:
    """The terminal's own files are enough; what takes more is not asked, and says what it takes."""
    fresh = load_or_create(files / "identity", "TT-7")
    yesterday = office_time() - timedelta(days=1)
    certificate = issue_terminal(served.ca, fresh.key.public_key(), "TT-7", at=yesterday)
    store_certificate(files / "identity", fresh, certificate)
    identity = files / "identity"
    said = check(
        served.url,
        *("--terminal-key", identity / "terminal-key.pem"),
        *("--terminal-certificate", identity / "terminal.der"),
    )
    assert said.exit_code == 0, said.output
    not_asked = {name for name, outcome in lines(said).items() if outcome == "not asked"}
    assert not_asked == OVER_TLS | {
        *("answer-signed", "terminals-apart", "certificate-dates", "certificate-uses"),
        *("inbox-head", "inbox-key", "inbox-refused"),
    }
    assert "needs --authority and --authority-key" in said.output


def test_broken_rule(served: Served, files: Path) -> None:
    """Says what is wrong, what to do and where it is written; the exit status is 1."""
    said = check(
        served.url,
        *("--authority", files / "ca.der", "--authority-key", files / "ca.key.pem"),
        *("--centre-key", files / "other.pem", "--only", "answer-signed", "--only", "health"),
    )
    assert said.exit_code == 1
    assert lines(said) == {"health": "ok", "answer-signed": "failed"}
    assert "signature does not hold" in said.output
    assert "To do: Sign with the key" in said.output
    assert "(docs/protocol.md, section 5)" in said.output


def test_another_key_id(served: Served, files: Path) -> None:
    """A right signature under a wrong name is found too."""
    issuer = ("--authority", files / "ca.der", "--authority-key", files / "ca.key.pem")
    key = ("--centre-key", files / "centre.pub.pem", "--centre-kid", "sign-other")
    said = check(served.url, *issuer, *key, "--only", "answer-signed")
    assert said.exit_code == 1
    assert f"names the key {served.kid}, not sign-other" in said.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "No identity"),
        (("--authority", "ca.der"), "No identity"),
        (("--terminal-key", "ca.key.pem"), "No identity"),
        (("--authority", "ca.der", "--authority-key", "ca.der"), "no key on P-256"),
        (("--authority", "ca.key.pem", "--authority-key", "ca.key.pem"), "no certificate"),
        (("--authority", "cut.der", "--authority-key", "ca.key.pem"), "certificate is malformed"),
        (("--authority", "ca.der", "--authority-key", "other.pem"), "not hold the key"),
        (("--terminal-certificate", "ca.der", "--terminal-key", "other.pem"), "not hold the key"),
    ],
)
def test_without_an_identity(
    served: Served,
    files: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    says: str,
) -> None:
    """Says which files go together; exit status 3."""
    given = [option if option[0] == "-" else str(files / option) for option in options]
    assert run_command(["centre", "check", served.url, *given]) == 3
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "url",
    [
        "ftp://centre/",
        "centre",
        "http://centre:99999/",
        "http://[centre/",
        "http://a centre/",
        f"http://{'centre' * 11}/",
        "http://127.0.0.1:{port}/",
    ],
)
def test_nobody_there(files: Path, capsys: pytest.CaptureFixture[str], url: str) -> None:
    """No address, and no centre at it: exit status 3, and nothing is judged."""
    issuer = ("--authority", str(files / "ca.der"), "--authority-key", str(files / "ca.key.pem"))
    assert run_command(["centre", "check", url.format(port=free_port()), *issuer]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tramthe: ")


def test_rules_are_told_apart() -> None:
    """Each has a name of its own, a sentence, advice, and a section of the page."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.says.endswith(".")
        assert rule.advice.endswith(".")
        assert rule.section.isdigit()
        assert len(rule.name) <= 20
