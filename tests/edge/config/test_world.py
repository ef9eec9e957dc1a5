"""What this machine says of a configuration: real files and folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from edge.config.findings import Weight
from edge.config.kinds import Keyboard
from edge.config.world import look, look_at_file

_PEM = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"


def found(values: Mapping[str, object], *, kept: bool = True) -> dict[str | None, Weight]:
    """Return what is found, by key; `kept`: whether folders outlive a power cut."""
    return {one.key: one.weight for one in look(values, lambda _: kept)}


def test_state_folder(tmp_path: Path) -> None:
    """Without one nothing starts, and none is made; one that is there is passed."""
    absent = tmp_path / "state"
    assert found({"state": absent}) == {"state": Weight.STOPS}
    assert not absent.exists()
    assert not found({"state": tmp_path})


def test_state_folder_that_cannot_be_looked_at() -> None:
    """Said so, and why; it is not called absent."""
    (said,) = look({"state": Path("/", "x" * 300)})
    assert said.weight is Weight.STOPS
    assert "cannot be looked at (File name too long)" in said.message


def test_state_folder_in_memory() -> None:
    """A fault, unless it is meant; below a folder that the rules speak of, it is not said twice."""
    here = Path(__file__).parent
    assert found({"state": here}, kept=False) == {"state": Weight.FAULT}
    assert not found({"state": here, "volatile_state": True}, kept=False)
    assert not found({"state": Path("/tmp")}, kept=False)  # noqa: S108 -- refused by the rules


@pytest.mark.parametrize("key", ["key_module", "key_pin_file"])
def test_files_of_a_key(tmp_path: Path, key: str) -> None:
    """They have to be there."""
    path = tmp_path / "file"
    assert found({key: path}) == {key: Weight.FAULT}
    path.write_bytes(b"x")
    assert not found({key: path})


@pytest.mark.parametrize("key", ["centre_roots", "repository_roots"])
def test_roots(tmp_path: Path, key: str) -> None:
    """The file has to be there, hold a certificate and no private key."""
    path = tmp_path / "roots.pem"
    assert found({key: path}) == {key: Weight.FAULT}
    path.write_text(_PEM)
    assert not found({key: path})
    path.write_bytes(b"\x30\x82\x01")
    (said,) = look({key: path})
    assert "openssl x509" in said.next_step
    path.write_text(f"{_PEM}-----BEGIN EC PRIVATE KEY-----\n")
    (said,) = look({key: path})
    assert "private key" in said.message
    assert found({key: tmp_path}) == {key: Weight.FAULT}


def test_scanner(tmp_path: Path) -> None:
    """One that is not plugged in is remarked upon; a name is not looked for."""
    device = tmp_path / "ttyACM0"
    assert found({"scanner": device}) == {"scanner": Weight.REMARK}
    assert found({"scanner": Keyboard(str(device))}) == {"scanner": Weight.REMARK}
    assert found({"scanner": Path("/", "x" * 300)}) == {"scanner": Weight.REMARK}
    device.touch()
    assert not found({"scanner": device})
    assert not found({"scanner": Keyboard("ACME Scan 2D")})


def test_file_that_everybody_may_change(tmp_path: Path) -> None:
    """A fault with the command that mends it."""
    path = tmp_path / "terminal.toml"
    assert not list(look_at_file(path))
    path.touch()
    path.chmod(0o644)
    assert not list(look_at_file(path))
    path.chmod(0o666)
    (said,) = look_at_file(path)
    assert (said.weight, said.next_step) == (Weight.FAULT, f"chmod 644 {path}")
