"""Whose lists and programs a terminal takes: what is asked of it, and where it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge.config.read import examine
from edge.errors import ConfigInvalid
from edge.update.places import SOFTWARE
from edge.wire.claim import Claim
from provisioning.errors import OfficeInputInvalid
from provisioning.image import machine, repository
from provisioning.image.boot import FirstStart
from provisioning.image.configured import write_config
from provisioning.image.machine import Machine
from provisioning.image.repository import SERVER_ROOTS, Repository
from tests.provisioning.image.starting import Started, set_up, started
from tests.repository_root import first_root

__all__ = ["first_root", "started"]

URL = "https://repository.centre.example"


@pytest.fixture
def pem(claim: Callable[..., bytes]) -> bytes:
    """Return what the repository's server is under."""
    return machine.roots_of(Claim.read(claim())).encode()


def config_of(folder: Path, given: Repository | None, shared: str = "") -> dict[str, object]:
    """Return the keys of a terminal.toml that tell of the repository."""
    (folder / "shared.toml").write_text(shared)
    (folder / "made.toml").write_text(write_config("99-0417", folder / "shared.toml", None, given))
    config = examine(folder / "made.toml", {}).require()
    names = ("repository", "repository_roots", "software")
    return {name: getattr(config, name) for name in names if getattr(config, name) is not None}


def test_what_follows_from_a_root(tmp_path: Path, first_root: bytes, pem: bytes) -> None:
    """The terminal is told where to look, and where root keeps what it installs."""
    given = repository.of(first_root, f"{URL}/", pem, updates=True)
    assert given.number == 1
    assert config_of(tmp_path, given) == {
        "repository": URL,
        "repository_roots": Path(SERVER_ROOTS),
        "software": SOFTWARE,
    }


def test_by_stick_alone(tmp_path: Path, first_root: bytes) -> None:
    """Without an address, programs are still asked for: a stick brings them."""
    given = repository.of(first_root, None, None, updates=True)
    assert config_of(tmp_path, given) == {"software": SOFTWARE}


def test_where_all_have_an_address(tmp_path: Path, first_root: bytes, pem: bytes) -> None:
    """It stands, and its server's roots may be told with it."""
    given = repository.of(first_root, None, pem, updates=False)
    assert config_of(tmp_path, given, f'repository = "{URL}"\n') == {
        "repository": URL,
        "repository_roots": Path(SERVER_ROOTS),
    }
    assert config_of(tmp_path, None, f'repository = "{URL}"\n') == {"repository": URL}


def test_what_is_no_root(first_root: bytes) -> None:
    """Is refused before a card is written, with where to get one."""
    for data in (b"{}", first_root[:-20], first_root.replace(b'"version":1}', b'"version":2}')):
        with pytest.raises(OfficeInputInvalid) as refused:
            repository.of(data, None, None, updates=True)
        assert "1.root.json" in refused.value.next_step


def test_roots_that_are_no_certificates(first_root: bytes) -> None:
    """Are refused too."""
    with pytest.raises(OfficeInputInvalid, match="no certificates in PEM"):
        repository.of(first_root, URL, b"-----BEGIN", updates=True)


@pytest.mark.parametrize(
    ("updates", "with_pem", "shared", "said"),
    [
        (False, False, f'software = "{SOFTWARE}"\n', "then they are not"),
        (True, True, "", "no address"),
    ],
)
def test_what_contradicts_itself(
    tmp_path: Path, first_root: bytes, pem: bytes, updates: bool, with_pem: bool, shared: str,
    said: str,
) -> None:  # fmt: skip
    """Is refused: nobody knows which of the two was meant."""
    given = repository.of(first_root, None, pem if with_pem else None, updates=updates)
    with pytest.raises(OfficeInputInvalid, match=said):
        config_of(tmp_path, given, shared)


def test_an_address_that_is_none(tmp_path: Path, first_root: bytes) -> None:
    """Is named."""
    given = repository.of(first_root, "repository.centre.example", None, updates=True)
    with pytest.raises(ConfigInvalid, match="https://"):
        config_of(tmp_path, given)


@pytest.mark.parametrize("mode", ["--card", "--here"])
def test_both_are_told_at_the_first_start(
    started: Started, full: Machine, first_root: bytes, pem: bytes, mode: str
) -> None:
    """The terminal as its own user, and root; both after the package, before the terminal runs."""
    given = repository.of(first_root, URL, pem, updates=True)
    sandbox = started(FirstStart.FIRST_RUN, replace(full, repository=given))
    for _ in range(2):
        done = set_up(sandbox, mode)
        assert (done.returncode, done.stderr) == (0, "")
        file = sandbox.root / "etc/tramthe/repository-root.json"
        assert file.read_bytes() == first_root
        assert sandbox.mode("etc/tramthe/repository-root.json") == 0o644
        assert sandbox.read("etc/tramthe/repository-roots.pem").encode() == pem
        calls = sandbox.calls()
        state = sandbox.root / "var/lib/tramthe"
        told = [
            calls.index(f"runuser -u tramthe -- tramthe repository trust --state {state} {file}"),
            calls.index(f"tramthe update trust {file}"),
        ]
        installed = next(i for i, call in enumerate(calls) if call.endswith(" cage chromium"))
        enabled = next(i for i, call in enumerate(calls) if "enable pcscd.socket" in call)
        assert installed < told[0] < told[1] < enabled


def test_lists_alone(started: Started, full: Machine, first_root: bytes) -> None:
    """Root is told of nobody, and so installs nothing."""
    given = repository.of(first_root, URL, None, updates=False)
    sandbox = started(machine=replace(full, repository=given))
    assert set_up(sandbox).returncode == 0
    told = [call for call in sandbox.calls() if " trust " in call]
    assert [call.partition(" ")[0] for call in told] == ["runuser"]
    assert not (sandbox.root / "etc/tramthe/repository-roots.pem").exists()


def test_nobody_is_trusted_unasked(started: Started) -> None:
    """A card without a root tells nobody anything."""
    sandbox = started()
    assert set_up(sandbox).returncode == 0
    assert not [call for call in sandbox.calls() if " trust " in call]
    assert not (sandbox.root / "etc/tramthe/repository-root.json").exists()
