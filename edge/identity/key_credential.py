"""A private key that systemd opens: sealed on disk to this machine, by its TPM where it has one.

Lives here: sealing and opening. Not here: the key itself (`place`), the unit, which says
`LoadCredentialEncrypted=terminal-key:/var/lib/tramthe/identity/terminal-key.cred`.
Source: systemd-creds(1), systemd.exec(5), "Credentials".

The running service finds the open key in `$CREDENTIALS_DIRECTORY`, which only it can read. Sealing,
and opening on the console, needs root: so does the renewal of such a terminal's certificate
(`tramthe enrol renew`), until a systemd that seals for others does it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from edge.errors import KeyUnusable

NAME = "terminal-key"
FOLDER = "CREDENTIALS_DIRECTORY"
MAX_KEY = 16 * 1024  # bytes
PATIENCE = 30.0  # seconds; a TPM takes its time

_TOOL = "systemd-creds"
_ROOT = "Run this as root, on a machine with systemd 250 or later; or keep the key in a file."


def seal(pem: bytes) -> bytes:
    """Return the key, sealed to this machine under NAME. Raises KeyUnusable."""
    return _run(["encrypt", f"--name={NAME}", "-", "-"], pem, "sealed")


def open_sealed(sealed: bytes, environment: Mapping[str, str] | None = None) -> bytes:
    """Return the key's PEM: as systemd gave it to this service, else opened here.

    `environment`: instead of the process's own. Raises KeyUnusable.
    """
    folder = (os.environ if environment is None else environment).get(FOLDER)
    if folder is not None:
        try:
            with (Path(folder) / NAME).open("rb") as file:
                return file.read(MAX_KEY)
        except FileNotFoundError:
            pass  # a service that was given other credentials
        except OSError as error:
            raise _failed("read") from error
    return _run(["decrypt", f"--name={NAME}", "-", "-"], sealed, "opened")


def _run(arguments: list[str], data: bytes, done: str) -> bytes:
    try:
        ran = subprocess.run(  # noqa: S603 -- our own arguments
            [_TOOL, *arguments],
            input=data,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _failed(done) from error
    return ran.stdout


def _failed(done: str) -> KeyUnusable:
    return KeyUnusable(f"The terminal's key cannot be {done} by systemd-creds.", next_step=_ROOT)
