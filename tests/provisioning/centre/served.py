"""A centre as it is run: `tramthe centre serve` as a process of its own, over SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.centre.process import make_folder
from provisioning.cli.common import office_time
from provisioning.demo.children import Child, free_port
from provisioning.office.pki import Authority, create_terminal_ca, new_key
from tests.provisioning.centre.made import KID


@dataclass(frozen=True)
class Served:
    """A centre that answers at `url`, and what its terminals need."""

    url: str
    ca: Authority
    sign_key: ec.EllipticCurvePrivateKey
    kid: str


@contextmanager
def serve(folder: Path, *more: str) -> Iterator[Served]:
    """Make a centre in `folder` and serve it until the block ends."""
    ca = create_terminal_ca("Terminal CA", at=office_time() - timedelta(days=1))
    key, port = new_key(), free_port()
    make_folder(folder / "centre", key, KID, [ca.certificate])
    url = f"http://127.0.0.1:{port}"
    command = ["provisioning.cli.main", "centre", "serve", str(folder / "centre")]
    with Child("centre", [*command, "--port", str(port), *more], folder / "centre.log") as child:
        child.wait_ready(f"{url}/v1/health")
        yield Served(url, ca, key, KID)
