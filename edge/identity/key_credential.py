"""A private key that systemd opens: sealed on disk to this machine, by its TPM where it has one.

Lives here: sealing and opening. Not here: the key itself (`place`), the unit, which says
`LoadCredentialEncrypted=terminal-key:/var/lib/tramthe/identity/terminal-key.cred`.
Source: systemd-creds(1), systemd.exec(5), "Credentials".

The running service finds the open key in `$CREDENTIALS_DIRECTORY`, which only it can read. Sealing,
and opening on the console, needs root, so the service has its certificate renewed for the key that
it has (`edge.enrol.renewal`); root makes a new one (`tramthe enrol renew`).
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


def open_sealed(
    sealed: bytes, environment: Mapping[str, str] | None = None, *, given: bool = True
) -> bytes:
    """Return the key's PEM: as systemd gave it to this service, else opened here.

    `environment`: instead of the process's own. `given`: False for a key that systemd has not
    given to the service, the next one: it gave the one in use, under the same name. Raises
    KeyUnusable.
    """
    folder = (os.environ if environment is None else environment).get(FOLDER)
    if given and folder is not None:
        try:
            with (Path(folder) / NAME).open("rb") as file:
                return file.read(MAX_KEY)
        except FileNotFoundError:
            pass  # a service that was given other credentials
        except OSError as error:
            raise _failed("read") from error
    return _run(["decrypt", f"--name={NAME}", "-", "-"], sealed, "opened")


def _run(arguments: list[str], data: bytes, done: str) -> bytes:
    if os.geteuid() != 0:  # a later systemd would wait for somebody to type root's password
        raise _failed(done)
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
