"""One pilot for all tests of the office, and its certificates as files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provisioning.office.pilot import PilotPki
from provisioning.office.pki import Authority

Openssl = Callable[..., str]

AT = datetime(2026, 11, 7, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def at() -> datetime:
    """Return the moment at which the pilot begins."""
    return AT


@pytest.fixture(scope="session")
def pilot() -> PilotPki:
    """Return a pilot PKI."""
    return PilotPki.create(AT)


@pytest.fixture
def as_pem(tmp_path: Path, openssl: Openssl) -> Callable[[Authority], Path]:
    """Return a callable that writes an authority's certificate as PEM and gives its path."""

    def write(authority: Authority) -> Path:
        der = tmp_path / f"{authority.x509.serial_number:x}.der"
        der.write_bytes(authority.certificate)
        pem = der.with_suffix(".pem")
        openssl("x509", "-inform", "DER", "-in", der, "-out", pem)
        return pem

    return write
