"""The authority in process: its key at rest, and what it makes of a request."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from edge.enrol.due import is_due
from provisioning.enrol.csr import read_csr
from provisioning.enrol.issue import LEAST, SLOW_CLOCK, InProcess, open_authority
from provisioning.errors import AuthorityUnavailable, OfficeInputInvalid
from provisioning.office import key_file
from provisioning.office.certificates import TERMINAL_VALIDITY
from provisioning.office.pki import Authority, create_terminal_ca, key_pem
from tests.edge.log.made import START
from tests.provisioning.centre.enrol.office import Blank
from tests.tools import needed

PASSPHRASE = "nam con ngua trang"  # noqa: S105 -- of keys that are made here
QUICK = 2
"""scrypt's N: these keys guard nothing."""


@pytest.fixture(scope="module")
def ca() -> Authority:
    """Return an authority."""
    return create_terminal_ca("Terminal CA", at=START)


def test_openssl_reads_what_it_issues(ca: Authority, tmp_path: Path) -> None:
    """The chain holds under OpenSSL, for a client's connections and for no server's."""
    openssl = needed("openssl")
    at = START + timedelta(days=1)
    made = InProcess(ca.certificate, ca.key).issue(read_csr(Blank("TT-0001").request()), at)
    files = {"ca.pem": ca.certificate, "terminal.pem": made}
    for name, der in files.items():
        found = x509.load_der_x509_certificate(der)
        (tmp_path / name).write_bytes(found.public_bytes(Encoding.PEM))

    def verify(purpose: str) -> int:
        return subprocess.run(
            [
                openssl, "verify", "-x509_strict", "-purpose", purpose, "-attime",
                str(int(at.timestamp())), "-CAfile", "ca.pem", "terminal.pem",
            ],
            cwd=tmp_path, capture_output=True, check=False,
        ).returncode  # fmt: skip

    assert verify("sslclient") == 0
    assert verify("sslserver") != 0


def test_begins_before_a_slow_clock(ca: Authority) -> None:
    """A terminal whose clock is behind takes it at once; never before its authority begins."""
    csr, authority = read_csr(Blank("TT-0001").request()), InProcess(ca.certificate, ca.key)
    for age, begin in ((timedelta(days=1), SLOW_CLOCK), (SLOW_CLOCK / 2, SLOW_CLOCK / 2)):
        made = x509.load_der_x509_certificate(authority.issue(csr, START + age))
        assert made.not_valid_before_utc == START + age - begin
        assert made.not_valid_after_utc == START + age + TERMINAL_VALIDITY


def test_before_its_authority(ca: Authority) -> None:
    """A clock that is behind the authority's beginning issues nothing."""
    with pytest.raises(AuthorityUnavailable):
        InProcess(ca.certificate, ca.key).valid_at(START - timedelta(days=1))


def test_key_beside_its_certificate(ca: Authority, tmp_path: Path) -> None:
    """Found among the centre's authorities by the key itself."""
    file = tmp_path / "ca.key.pem"
    file.write_bytes(key_file.encrypt(ca.key, PASSPHRASE, cost=QUICK))
    other = create_terminal_ca("Another CA", at=START)
    found = open_authority(file, PASSPHRASE, [other.certificate, ca.certificate])
    assert (found.certificate, found.key.public_key()) == (ca.certificate, ca.key.public_key())
    assert "key=" not in repr(found)
    with pytest.raises(OfficeInputInvalid, match="not the key of a terminal authority"):
        open_authority(file, PASSPHRASE, [other.certificate])
    with pytest.raises(OfficeInputInvalid, match="does not open"):
        open_authority(file, "another passphrase", [ca.certificate])


def test_as_long_as_the_office_wants(ca: Authority, tmp_path: Path) -> None:
    """Any length but one of which two thirds are over at its issue: that is refused."""
    file = tmp_path / "ca.key.pem"
    file.write_bytes(key_file.encrypt(ca.key, PASSPHRASE, cost=QUICK))
    at, just_enough = START + timedelta(days=1), LEAST + timedelta(seconds=1)
    found = open_authority(file, PASSPHRASE, [ca.certificate], just_enough)
    made = found.issue(read_csr(Blank("TT-0001").request()), at)
    assert x509.load_der_x509_certificate(made).not_valid_after_utc == at + just_enough
    assert not is_due(made, at)
    assert is_due(made, at + timedelta(seconds=1))
    with pytest.raises(OfficeInputInvalid, match="due for renewal"):
        open_authority(file, PASSPHRASE, [ca.certificate], LEAST)


def test_key_that_lies_in_the_clear(ca: Authority, tmp_path: Path) -> None:
    """Refused: whoever put it there should hear of it."""
    file = tmp_path / "ca.key.pem"
    file.write_bytes(key_pem(ca.key))
    with pytest.raises(OfficeInputInvalid, match="does not open"):
        open_authority(file, PASSPHRASE, [ca.certificate])


def test_key_of_another_kind(ca: Authority, tmp_path: Path) -> None:
    """An encrypted key that no certificate here belongs to."""
    file = tmp_path / "ca.key.pem"
    key = ed25519.Ed25519PrivateKey.generate()
    file.write_bytes(key_file.encrypt(key, PASSPHRASE, cost=QUICK))
    with pytest.raises(OfficeInputInvalid, match="not the key of a terminal authority"):
        open_authority(file, PASSPHRASE, [ca.certificate])
