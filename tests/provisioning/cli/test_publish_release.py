"""A version of the program is offered with what terminals go by."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.repository.apply import this_machine
from tests.provisioning.cli.conftest import Tramthe
from tests.provisioning.cli.publisher import Office, deb


@pytest.fixture
def office(publisher: Office) -> Office:
    """Return an office whose repository has begun."""
    publisher.begin()
    publisher.sign_all()
    return publisher


def _package(folder: Path, version: str = "1.1", size: str = "300") -> Path:
    path = folder / "given.deb"
    path.write_bytes(deb(version=version, more=f"Installed-Size: {size}\n"))
    return path


def test_offered_and_delivered(office: Office, tmp_path: Path, tramthe: Tramthe) -> None:
    """Version, architecture and size are the package's own; a terminal of the suite takes it."""
    suite = this_machine().suite
    state = tmp_path / "state"
    state.mkdir()
    root = office.shop / "public" / "metadata" / "1.root.json"
    assert tramthe("repository", "trust", "--state", state, root).status == 0
    package = _package(tmp_path)
    done = office.do("release", package, "--suite", suite, "--notes", "Sửa lỗi.")
    path = "software/tramthe_1.1_all.deb"
    assert f"{path}: staged, version 1.1, {300 * 1024} bytes unpacked." in done.out
    assert "Published:" in office.sign_all().out
    where = office.shop / "public"
    taken = tramthe("repository", "update", "--state", state, "--from", where)
    assert f"taken      {path}" in taken.out
    assert (state / "delivered" / path).read_bytes() == package.read_bytes()
    office.do("remove", path)
    office.sign_all()
    assert tramthe("repository", "update", "--state", state, "--from", where).status == 0
    assert not (state / "delivered" / path).exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--suite", "Trixie"], "The suite cannot be Trixie."),
        (["--suite", "trixie", "--minimum", "x"], "The minimum cannot be x."),
        (["--suite", "trixie", "--recalls", "1.0"], "one that is later than 1.1"),
        (["--suite", "trixie", "--notes", "x" * 2001], "at most 2000 characters"),
    ],
)
def test_what_cannot_be_said_of_it(
    office: Office, tmp_path: Path, options: list[str], why: str
) -> None:
    """Refused before anybody is asked to sign, with the form."""
    done = office.do("release", _package(tmp_path), *options)
    assert (done.status, why in done.err) == (3, True)


@pytest.mark.parametrize(("version", "size"), [("1:1.1", "300"), ("1.1", "0"), ("1.1", "many")])
def test_a_package_that_says_too_little(
    office: Office, tmp_path: Path, version: str, size: str
) -> None:
    """A version with an epoch, or no size: not offered."""
    done = office.do("release", _package(tmp_path, version, size), "--suite", "trixie")
    assert done.status == 3
    assert "make deb" in done.err or "Installed-Size" in done.err


def test_no_package(office: Office, tmp_path: Path) -> None:
    """Said so."""
    file = tmp_path / "x.deb"
    file.write_bytes(b"!<arch>\n")
    done = office.do("release", file, "--suite", "trixie")
    assert (done.status, "no Debian package" in done.err) == (3, True)


def test_for_another_suite(office: Office, tmp_path: Path, tramthe: Tramthe) -> None:
    """What is made for other suites only is not fetched."""
    state = tmp_path / "state"
    state.mkdir()
    root = office.shop / "public" / "metadata" / "1.root.json"
    tramthe("repository", "trust", "--state", state, root)
    office.do("release", _package(tmp_path), "--suite", "sid", "--suite", "duke")
    office.sign_all()
    where = office.shop / "public"
    taken = tramthe("repository", "update", "--state", state, "--from", where)
    assert (taken.status, "taken" in taken.out) == (0, False)
