"""PKITS by three validators: where another answers otherwise than ours, it is known why."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools import needed
from tests.verify.differential.oracles import Question, openssl, ours, pyhanko
from tests.verify.pkits import suite
from tests.verify.pkits.suite import HISTORIC, Case

_DEFAULT = Path(__file__).resolve().parents[4] / "shared" / "vectors"
FOLDER = Path(os.environ.get("TRAMTHE_VECTORS", _DEFAULT)) / "pkits"

DIFFERENCES: dict[str, dict[str, str]] = {
    "pyhanko": {
        "4.1.5 Valid DSA Parameter Inheritance Test5": (
            "it inherits DSA parameters for certificates and not for the signature on a list"
        ),
    },
    "openssl": {
        "4.1.5 Valid DSA Parameter Inheritance Test5": (
            "OpenSSL 3 decodes no DSA key without parameters of its own"
        ),
        "4.14.30 Valid cRLIssuer Test30": (
            "it takes no list that says of its own signer that it is not revoked"
        ),
    },
}
"""By oracle and case: why it answers otherwise than ours, which answers as NIST says."""


def question(case: Case) -> Question:
    """Return a case as bytes."""
    return Question(
        anchor=(FOLDER / "certs" / suite.ANCHOR).read_bytes(),
        between=tuple((FOLDER / "certs" / name).read_bytes() for name in case.certificates),
        target=(FOLDER / "certs" / case.target).read_bytes(),
        lists=tuple((FOLDER / "crls" / name).read_bytes() for name in case.lists),
        moment=case.at,
        settings=case.settings,
    )


@pytest.mark.parametrize("name", ["pyhanko", "openssl"])
def test_suite(name: str, tmp_path: Path) -> None:
    """Every difference is written down, and nothing is written down that is none."""
    if not FOLDER.is_dir():
        pytest.skip(f"no vectors: {FOLDER} is absent")
    if name == "openssl":
        needed("openssl")
    asks: dict[str, Callable[[Question], bool]] = {
        "pyhanko": pyhanko,
        "openssl": lambda asked: openssl(asked, tmp_path),
    }
    found = {
        case.name
        for case in suite.cases(FOLDER)
        if asks[name](question(case)) is not ours(question(case), HISTORIC)
    }
    assert found == DIFFERENCES[name].keys()
