"""docs/technician.md: its commands run one after the other, as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.identity.key import load_or_create
from edge.layout import StateLayout
from provisioning.centre.process import make_folder
from provisioning.cli.common import office_time
from provisioning.demo.prepare import prepare
from provisioning.fleet.registry import key_fingerprint
from provisioning.image.boot import FirstStart, recognise
from provisioning.office.pki import create_terminal_ca, new_key
from tests.conftest import PATIENCE
from tests.provisioning.image.conftest import PASSPHRASE, Card, card, packages
from tests.repository_root import first_root

__all__ = ["card", "first_root", "packages"]

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "technician.md").read_text("utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.M | re.S)


class Shell:
    """A shell in one folder, at which the page is typed block by block."""

    def __init__(self, folder: Path, changed: dict[str, str]) -> None:
        self.folder = folder
        self.variables: dict[str, str] = {}
        self._changed = changed
        self._left = iter(COMMANDS)

    def next(self) -> str:
        """Run the next block, which has to succeed; return what it printed."""
        block = next(self._left)
        for said, real in self._changed.items():
            block = block.replace(said, real)
        done = subprocess.run(
            ["sh", "-ec", block],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                **self.variables,
            },
            capture_output=True, text=True, timeout=PATIENCE / 1000, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


def test_typed_as_it_stands(tmp_path: Path, card: Card, packages: Path, first_root: bytes) -> None:
    """From the list to the labels, with two ends that compare a key in between."""
    at = office_time()
    stage = prepare(tmp_path / "pilot", at)
    root = create_terminal_ca("TLS root", at=at - timedelta(days=1))
    terminals = create_terminal_ca("Terminal CA", at=at - timedelta(days=1))
    make_folder(tmp_path / "centre", new_key(), "sign", [terminals.certificate])
    folder = tmp_path / "typed"
    folder.mkdir()
    (folder / "root.pem").write_bytes(root.x509.public_bytes(Encoding.PEM))
    (folder / "1.root.json").write_bytes(first_root)
    (folder / "wifi.txt").write_text(f"{PASSPHRASE}\n")
    shutil.copytree(packages, folder / "tramthe-arm64")
    identity = StateLayout(stage.terminal).identity
    issued = x509.load_der_x509_certificate((identity / "terminal.der").read_bytes())
    (folder / "99-0417.pem").write_bytes(issued.public_bytes(Encoding.PEM))
    (identity / "terminal.der").unlink()
    place = card()
    (folder / "terminal.toml").write_text(f'terminal = "99-0417"\nstate = "{stage.terminal}"\n')
    shell = Shell(folder, {
        "/media/me/bootfs": str(place),
        "/srv/centre": str(tmp_path / "centre"),
        "/var/lib/tramthe": str(stage.terminal),
        "/etc/tramthe/terminal.toml": str(folder / "terminal.toml"),
    })  # fmt: skip
    shell.next()
    shell.next()
    assert (folder / "claims" / "99-0418.claim.json").is_file()
    said = shell.next()
    assert "terminal  99-0417, 99-0417 on the network" in said
    assert "from https://repository.centre.example, or by stick" in said
    assert PASSPHRASE not in said
    assert "lamp_pins = [17, 27, 22]" in (place / "tramthe" / "terminal.toml").read_text()
    claim = (folder / "claims" / "99-0417.claim.json").read_bytes()
    assert (place / "tramthe" / "claim.json").read_bytes() == claim
    heard = shell.next().splitlines()[0].split("  ")[1]
    key = load_or_create(identity, "").key.public_key()
    shell.variables = {"HEARD": heard, "FINGERPRINT": key_fingerprint(key)}
    assert shell.next() == "99-0417: the code is that of its key.\n"
    assert "terminal" in shell.next().lower()
    assert heard in shell.next()
    assert "Pâng 0912 000 001" in (folder / "label.html").read_text("utf-8")
    shutil.rmtree(place)
    card()
    said = shell.next()
    assert "99-0417 is on the card" in said
    assert "written already" in said
    assert ">99-0418<" in (folder / "labels.html").read_text("utf-8")
    with pytest.raises(StopIteration):
        shell.next()


def test_what_it_says_of_hands() -> None:
    """The sums are those of the table, and under three minutes."""
    rows = re.findall(r"^\| [^|*]+ \| (\d+) \| (\d+) s \|$", TEXT, re.M)
    touches = sum(int(row[0]) for row in rows)
    seconds = sum(int(row[1]) for row in rows)
    assert f"| **{touches}** | **{seconds // 60} min {seconds % 60} s** |" in TEXT
    assert seconds < 180


def test_what_it_quotes(card: Card) -> None:
    """The refusals that it names are those of the program."""
    from provisioning.errors import BootPartitionUnfit
    from provisioning.image.settings import setup_script

    folder = card(FirstStart.FIRST_RUN)
    (folder / "cmdline.txt").write_text("root=PARTUUID=0123abcd-02\n")
    with pytest.raises(BootPartitionUnfit, match="was started before"):
        recognise(folder)
    assert "write the card again" in setup_script().decode()


PLACES = sorted(set(re.findall(r"\]\(([^)#]+)", TEXT)))


@pytest.mark.parametrize("place", PLACES)
def test_where_it_leads(place: str) -> None:
    """Each page that it names is there."""
    assert (DOCS / place).is_file()
