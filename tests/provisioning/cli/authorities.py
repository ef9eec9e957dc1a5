"""An office that makes and uses its authorities by the command line."""

from __future__ import annotations

import os
from pathlib import Path

from tests.provisioning.cli.conftest import Said, Tramthe

PASSPHRASE = "một cây làm chẳng nên non"  # noqa: S105 -- of keys made and thrown away here
ORGANISATION = "Co quan cap chung thu"


class Authorities:
    """Folders of authorities, and `tramthe pki` on them."""

    def __init__(self, folder: Path, tramthe: Tramthe) -> None:
        self.folder = folder
        self.run = tramthe

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
            "csca", name, "--name", "CSCA the dang vien", "--organisation", ORGANISATION,
            "--contact", "mailto:csca@example.vn", "--crl-at", "https://crl.example.vn/csca.crl",
            *rest, passphrase=passphrase,
        )  # fmt: skip

    def signer(self, name: str = "signer") -> Said:
        """Make a document signer, without its certificate yet."""
        label = "DS the dang vien " + name
        return self.do("document-signer", name, "--name", label, "--organisation", ORGANISATION)

    def certified(self, name: str = "signer", by: str = "csca") -> Path:
        """Make a document signer and have it certified; return the certificate's path."""
        assert self.signer(name).status == 0
        before = set((self.path(by) / "issued").glob("*"))
        said = self.do("sign", by, self.path(name) / "requests" / "1.pem")
        assert said.status == 0, said.err
        (certificate,) = set((self.path(by) / "issued").glob("*")) - before
        issuer = max((self.path(by) / "certificates").glob("[0-9]*.pem"))
        taken = self.do("accept", name, certificate, "--issuer", issuer)
        assert taken.status == 0, taken.err
        return certificate
