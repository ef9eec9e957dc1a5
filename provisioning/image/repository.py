"""Whose lists and later versions of the program a terminal takes, and where it looks for them.

Lives here: what the technician hands over for it, checked; the keys of terminal.toml that follow.
Not here: what the terminal makes of it (`edge.repository`, `edge.update`), the steps (setup.sh).

The first root of the office's repository goes to two who believe nothing of each other: the
terminal, which takes lists by it, and root, who installs by it. Both follow later roots themselves.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from cryptography import x509

from edge.errors import RepositoryRefused
from edge.update.places import SOFTWARE
from provisioning.errors import OfficeInputInvalid

SERVER_ROOTS = "/etc/tramthe/repository-roots.pem"
NEXT = "Correct it and try again; nothing was written."


@dataclass(frozen=True, slots=True)
class Repository:
    """Made by `of`. `number`: of the root; `server_roots`: PEM, None for the system's own."""

    root: bytes = field(repr=False)
    number: int
    url: str | None = None
    """None: by stick alone, unless the configuration of all says where."""
    server_roots: str | None = field(default=None, repr=False)
    updates: bool = True
    """Whether root installs later versions of the program."""


def of(root: bytes, url: str | None, server_roots: bytes | None, *, updates: bool) -> Repository:
    """Return a repository whose first root is whole. Raises OfficeInputInvalid."""
    from edge.repository.client import require_root  # the TUF client: only who gives a root waits

    try:
        number = require_root(root)
    except RepositoryRefused as error:
        raise OfficeInputInvalid(error.message, next_step=error.next_step) from error
    if server_roots is None:
        return Repository(root, number, url, None, updates)
    try:
        x509.load_pem_x509_certificates(server_roots)
        text = server_roots.decode("ascii")
    except ValueError as error:
        raise OfficeInputInvalid(
            "The roots of the repository's server are no certificates in PEM.", next_step=NEXT
        ) from error
    return Repository(root, number, url, text, updates)


def keys(repository: Repository | None, before: Container[str]) -> dict[str, str]:
    """Return the keys of terminal.toml and their values, beside those that all have `before`.

    Raises OfficeInputInvalid where that contradicts itself.
    """
    if repository is None:
        return {}
    if not repository.updates and "software" in before:
        raise OfficeInputInvalid(
            "The configuration of all has `software`: later versions are to be installed, and then "
            "they are not.",
            next_step="Take the key out, or leave --no-updates out.",
        )
    if (
        repository.server_roots is not None
        and repository.url is None
        and "repository" not in before
    ):
        raise OfficeInputInvalid(
            "Roots for the repository's server were given, and no address.", next_step=NEXT
        )
    found: dict[str, str] = {}
    if repository.url is not None:
        found["repository"] = repository.url
    if repository.server_roots is not None:
        found["repository_roots"] = SERVER_ROOTS
    if repository.updates and "software" not in before:
        found["software"] = str(SOFTWARE)
    return found
