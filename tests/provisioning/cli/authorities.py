"""An office that makes and uses its authorities by the command line."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from provisioning.ceremony import (
    centre_keys,
    csca,
    document_signer,
    status_signer,
    terminal_ca,
    trust_root,
)
from provisioning.ceremony.folder import begun
from provisioning.ceremony.parts import Name
from provisioning.office.certificates import Whereabouts
from provisioning.office.pilot import STATUS_SCOPE
from tests.provisioning.quick import QUICK

if TYPE_CHECKING:
    from tests.provisioning.cli.conftest import Said, Tramthe

PASSPHRASE = "một cây làm chẳng nên non"  # noqa: S105 -- of keys made and thrown away here
ORGANISATION = "Co quan cap chung thu"
NAME = "CSCA the dang vien"
CONTACT, CRL_AT = "mailto:csca@example.vn", "https://crl.example.vn/csca.crl"


def make_authorities(folder: Path, at: datetime) -> None:
    """Make one of each kind as of `at`, its keys quick to open, the document signer waiting."""
    where = Whereabouts("VNM", CONTACT, CRL_AT)

    def name(common_name: str) -> Name:
        return Name(common_name, ORGANISATION, "VN")

    for path, act in {
        "csca": csca.create(name(NAME), where, at),
        "signer": document_signer.create(name("DS the dang vien"), ["IM"]),
        "status": status_signer.create(name("The status"), STATUS_SCOPE, at),
        "terminals": terminal_ca.create(name("The terminals"), at),
        "centre": centre_keys.create(name("The centre")),
        "trust": trust_root.create(name("The trust")),
    }.items():
        with begun(folder / path, cost=QUICK) as held:
            held.carry_out(act, PASSPHRASE, at)


class Authorities:
    """Folders of authorities, and `tramthe pki` on them; `made`: those that are there to take."""

    def __init__(self, folder: Path, tramthe: Tramthe, made: Path) -> None:
        self.folder = folder
        self.run = tramthe
        self._made = made

    def take(self, *names: str) -> None:
        """Have authorities that were made before, as `make_authorities` calls them."""
        for name in names:
            shutil.copytree(self._made / name, self.path(name))

    def path(self, name: str) -> Path:
        """Return an authority's folder."""
        return self.folder / name

    def do(self, verb: str, name: str, *rest: object, passphrase: str = PASSPHRASE) -> Said:
        """Run an act that is agreed to, its passphrase behind a pipe."""
        return self.typed("pki", verb, self.path(name), *rest, "--yes", passphrase=passphrase)

    def typed(self, *arguments: object, passphrase: str = PASSPHRASE) -> Said:
        """Run a command that reads a passphrase from a pipe."""
        read, write = os.pipe()
        try:
            os.write(write, passphrase.encode() + b"\n")
            os.close(write)
            return self.run(*arguments, "--passphrase-fd", read)
        finally:
            os.close(read)

    def csca(self, name: str = "csca", *rest: object, passphrase: str = PASSPHRASE) -> Said:
        """Make a country signing authority."""
        return self.do(
            "csca", name, "--name", NAME, "--organisation", ORGANISATION,
            "--contact", CONTACT, "--crl-at", CRL_AT, *rest, passphrase=passphrase,
        )  # fmt: skip

    def signer(self, name: str = "signer") -> Said:
        """Make a document signer, without its certificate yet."""
        label = "DS the dang vien " + name
        return self.do("document-signer", name, "--name", label, "--organisation", ORGANISATION)

    def certified(self, name: str = "signer", by: str = "csca") -> Path:
        """Have a document signer certified; return the certificate's path."""
        before = set((self.path(by) / "issued").glob("*"))
        said = self.do("sign", by, self.path(name) / "requests" / "1.pem")
        assert said.status == 0, said.err
        (certificate,) = set((self.path(by) / "issued").glob("*")) - before
        issuer = max((self.path(by) / "certificates").glob("[0-9]*.pem"))
        taken = self.do("accept", name, certificate, "--issuer", issuer)
        assert taken.status == 0, taken.err
        return certificate
