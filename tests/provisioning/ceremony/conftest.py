"""Authorities in folders, made once and copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provisioning.ceremony import csca, document_signer
from provisioning.ceremony.folder import Act, AuthorityFolder, begun, opened
from provisioning.ceremony.parts import Name, load_certificate, to_der
from provisioning.office.certificates import Whereabouts
from tests.provisioning.quick import QUICK

AT = datetime(2026, 11, 7, 12, tzinfo=UTC)
PASSPHRASE = "giấy rách giữ lấy lề"  # noqa: S105 -- of keys made and thrown away here
NAME = Name("CSCA the dang vien", "Co quan cap chung thu", "VN")
SIGNER_NAME = Name("DS the dang vien 1", "Co quan cap chung thu", "VN")
WHERE = Whereabouts("VNM", "mailto:csca@example.vn", "https://crl.example.vn/csca.crl")

Opened = Callable[[Path], AuthorityFolder]


def do(folder: AuthorityFolder, act: Act, at: datetime = AT) -> dict[str, Path]:
    """Carry an act out; return what it made by path inside the folder."""
    entry = folder.carry_out(act, PASSPHRASE, at)
    return {name: folder.path / name for name in entry.files}


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an authority and a document signer that waits; never written to."""
    path = tmp_path_factory.mktemp("authorities")
    with begun(path / "csca", cost=QUICK) as root:
        do(root, csca.create(NAME, WHERE, AT))
    with begun(path / "signer", cost=QUICK) as signer:
        do(signer, document_signer.create(SIGNER_NAME, ["IM"]))
    return path


@pytest.fixture
def root(_made: Path, tmp_path: Path) -> Iterator[AuthorityFolder]:
    """Give a country signing authority as of AT, open."""
    path = Path(shutil.copytree(_made / "csca", tmp_path / "csca"))
    with opened(path, cost=QUICK) as folder:
        yield folder


@pytest.fixture
def signer(_made: Path, tmp_path: Path) -> Iterator[AuthorityFolder]:
    """Give a document signer as of AT whose request has no answer yet, open."""
    path = Path(shutil.copytree(_made / "signer", tmp_path / "signer"))
    with opened(path, cost=QUICK) as folder:
        yield folder


@pytest.fixture
def accepted(root: AuthorityFolder, signer: AuthorityFolder) -> AuthorityFolder:
    """Return the document signer with its certificate from the authority."""
    answer_request(root, signer)
    return signer


def answer_request(root: AuthorityFolder, signer: AuthorityFolder, at: datetime = AT) -> Path:
    """Have the authority answer the signer's request; return the certificate's path."""
    made = do(root, csca.sign(root, document_signer.request(signer), at), at)
    path = next(path for name, path in made.items() if name.startswith("issued/"))
    answer = to_der(load_certificate(root, str(path.relative_to(root.path))))
    issuer = to_der(csca.in_use(root, at).certificate)
    do(signer, document_signer.accept(signer, answer, issuer, at), at)
    return path
