"""The terminal.toml of one terminal, from what all of them share and what its claim says.

Not here: keys and their rules (`edge.config`).
"""

from __future__ import annotations

from pathlib import Path

from edge.config import PREFIX
from edge.config.document import in_toml
from edge.config.read import examine
from edge.wire.claim import Claim
from provisioning.image import repository as repositories
from provisioning.image.machine import CENTRE_ROOTS, STATE, centre_of
from provisioning.image.repository import Repository

_HEAD = "# The configuration of this terminal; each key: tramthe config explain KEY\n"


def write_config(
    terminal: str, shared: Path | None, claim: Claim | None, repository: Repository | None = None
) -> str:
    """Return terminal.toml: the shared file's keys, this terminal's name, its centre by the claim.

    With a repository, where it takes lists and programs from. Raises edge.errors.ConfigInvalid for
    values that no terminal would start with, OfficeInputInvalid.
    """
    environ = {"TRAMTHE_TERMINAL": terminal, "TRAMTHE_STATE": STATE}
    before = {} if shared is None else examine(shared, environ).given
    if claim is not None and "centre" not in before:
        environ["TRAMTHE_CENTRE"] = centre_of(claim)
        if "centre_roots" not in before:
            environ["TRAMTHE_CENTRE_ROOTS"] = CENTRE_ROOTS
    for key, value in repositories.keys(repository, before).items():
        environ[f"{PREFIX}{key.upper()}"] = value
    examined = examine(shared, environ)
    examined.require()
    order = ["terminal", "state", *(key for key in examined.given if key not in _FIRST)]
    lines = [f"{key} = {in_toml(examined.given[key].value)}" for key in order]
    return _HEAD + "\n".join(lines) + "\n"


_FIRST = ("terminal", "state")
