"""A flashed card as pi-gen leaves it, packages to put on it, and a claim."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from edge.wire.claim import Claim
from provisioning.image.boot import FirstStart
from provisioning.image.machine import Machine, join
from tests.provisioning.cli.conftest import _undisturbed, tramthe

__all__ = ["_undisturbed", "tramthe"]

ISSUE = (
    "Raspberry Pi reference 2026-10-02\n"
    "Generated using pi-gen, https://github.com/RPi-Distro/pi-gen, 0123456789abcdef, stage2\n"
)
TRIXIE = "console=serial0,115200 console=tty1 root=PARTUUID=0123abcd-02 rootwait resize\n"
BOOKWORM = (
    "console=serial0,115200 console=tty1 root=PARTUUID=0123abcd-02 rootwait quiet "
    "init=/usr/lib/raspberrypi-sys-mods/firstboot\n"
)
SSH_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJpY0KzWSJvJ0eoLf4Y0xkS2u6yO9Z0vXQ1b9jN3rj2e ky-thuat@xa"
)
SSID, PASSPHRASE = "Hội trường xã", "chi bo ban Pang 1"
SECRET = bytes(range(32))

Card = Callable[..., Path]


@pytest.fixture
def card(tmp_path: Path) -> Card:
    """Return a maker of freshly flashed boot partitions."""

    def make(kind: FirstStart = FirstStart.CLOUD_INIT, name: str = "bootfs") -> Path:
        folder = tmp_path / name
        (folder / "overlays").mkdir(parents=True)
        own = kind is FirstStart.CLOUD_INIT
        for file, text in {
            "cmdline.txt": TRIXIE if own else BOOKWORM,
            "config.txt": "# http://rptl.io/configtxt\narm_64bit=1\nauto_initramfs=1\n",
            "issue.txt": ISSUE,
            "kernel8.img": "kernel",
            "start4.elf": "firmware",
        }.items():
            (folder / file).write_text(text, "utf-8")
        if own:
            (folder / "user-data").write_text("#cloud-config\n\n#hostname: raspberrypi\n", "utf-8")
            (folder / "network-config").write_text("#network:\n#  version: 2\n", "utf-8")
            (folder / "meta-data").write_text("dsmode: local\ninstance_id: rpios-image\n", "utf-8")
        return folder

    return make


def index(folder: Path) -> None:
    """Write a folder's index, as dpkg-scanpackages does."""
    paragraphs = [
        f"Package: {path.name.split('_')[0]}\nFilename: ./{path.name}\n"
        f"SHA256: {hashlib.sha256(path.read_bytes()).hexdigest()}\nDescription: x\n y\n"
        for path in sorted(folder.glob("*.deb"))
    ]
    (folder / "Packages").write_text("\n".join(paragraphs), "utf-8")


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of packages; nobody installs them."""
    folder = tmp_path_factory.mktemp("packages")
    for name in (
        "tramthe_0.1.0_arm64", "pcscd_1.9.9-2_arm64", "fonts-noto-core_20201225-1_all",
        "cage_0.1.4-4_arm64", "chromium_140.0.1-1~deb12u1_arm64", "nftables_1%3a1.0.6_arm64",
    ):  # fmt: skip
        (folder / f"{name}.deb").write_bytes(name.encode() * 1000)
    index(folder)
    return folder


@pytest.fixture(scope="session")
def anchor() -> bytes:
    """Return an authority's certificate, DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string("CN=Terminals")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 1, at, at + timedelta(days=3650)
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


@pytest.fixture
def claim(anchor: bytes) -> Callable[..., bytes]:
    """Return a maker of claims' files."""

    def make(terminal: str = "99-0417", until: str = "2099-12-01T00:00:00.000Z") -> bytes:
        return Claim(
            claim_id=f"claim-{terminal}",
            secret=SECRET,
            enrol="https://enrol.centre.example:8443",
            anchors=(anchor,),
            terminal=terminal,
            organisation="99168053000004",
            technician="Lò Văn Pâng",
            until=until,
        ).to_bytes()

    return make


@pytest.fixture
def full(claim: Callable[..., bytes]) -> Machine:
    """Return a machine with all that one can have, but for a root that is only read."""
    return Machine(
        terminal="99-0417",
        hostname="99-0417",
        config='terminal = "99-0417"\nstate = "/var/lib/tramthe"\n',
        wifi=join(SSID, PASSPHRASE),
        ssh_keys=(SSH_KEY,),
        claim=claim(),
        centre_roots="-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    )
