"""The key of the terminals' authority, opened for a centre that issues certificates itself.

Not here: any command, issuing (`provisioning.enrol.issue`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from provisioning.cli.common import office_time
from provisioning.cli.pki_common import ask
from provisioning.enrol.desk import Issue
from provisioning.enrol.issue import open_authority


def issuer(file: Path, descriptor: int | None, anchors: Sequence[bytes], valid: timedelta) -> Issue:
    """Return what signs for so long, its passphrase read from an open file or typed.

    Raises OfficeInputInvalid for another passphrase, another key or too short a time,
    AuthorityUnavailable for an authority that ends before a certificate would, OSError.
    """
    authority = open_authority(file, ask(1, descriptor), anchors, valid)
    authority.valid_at(office_time())
    return authority.issue
