"""Offering a version of the program to all terminals.

Lives here: what is asked of a package before people sign for it. Not here: signing (`ceremony`),
what a terminal makes of it (`edge.update`). The package says its own version, architecture and
size; who offers it says for which suite it was made and after what it may come.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge.deb_version import DebVersion, is_version
from edge.errors import RepositoryRefused
from edge.repository.apply import MAX_TARGET
from edge.repository.delivered import control_of
from edge.repository.release import (
    MAX_NOTES,
    PROGRAM,
    SUITE,
    Release,
    read_release,
)
from provisioning.errors import OfficeInputInvalid
from provisioning.publish.ceremony import Ceremony

_KIB = 1024


def offer(
    ceremony: Ceremony,
    file: Path,
    suites: Sequence[str],
    *,
    minimum: str | None = None,
    recalls: str | None = None,
    notes: str = "",
) -> Release:
    """Stage a package as a release and return it. Raises OfficeInputInvalid, OSError."""
    release = _release(file, suites, minimum, recalls, notes)
    if file.stat().st_size > MAX_TARGET:
        raise OfficeInputInvalid(
            f"{file} is larger than terminals take: {MAX_TARGET} bytes.",
            next_step="Leave out of the package what a terminal does not need.",
        )
    ceremony.add(release.path, file, release.to_custom())
    return release


def _release(
    file: Path, suites: Sequence[str], minimum: str | None, recalls: str | None, notes: str
) -> Release:
    try:
        said = control_of(file)
    except RepositoryRefused as error:
        raise OfficeInputInvalid(
            f"{file} is no Debian package, or not whole.",
            next_step="Give the file that `make deb` wrote.",
        ) from error
    version, size = said.get("Version", ""), said.get("Installed-Size", "")
    if said.get("Package") != PROGRAM or not is_version(version):
        raise OfficeInputInvalid(
            f"{file} is not a package of {PROGRAM} with a version that a file's name can bear.",
            next_step="Give the file that `make deb` wrote.",
        )
    if not size.isdecimal() or int(size) == 0:
        raise OfficeInputInvalid(
            f"{file} does not say how large it is unpacked.",
            next_step="Build it with Installed-Size in its control file.",
        )
    for suite in suites:
        if not SUITE.fullmatch(suite):
            raise _wrong("The suite", suite, "bookworm or trixie")
    for name, one in (("The minimum", minimum), ("The recalled version", recalls)):
        if one is not None and not is_version(one):
            raise _wrong(name, one, "1.2.0")
    if recalls is not None and DebVersion(recalls) <= DebVersion(version):
        raise _wrong("The recalled version", recalls, f"one that is later than {version}")
    if len(notes) > MAX_NOTES:
        raise _wrong("What is new", f"{len(notes)} characters", f"at most {MAX_NOTES} characters")
    made = Release(
        version=version,
        suites=tuple(suites),
        architecture=said.get("Architecture", ""),
        unpacked=int(size) * _KIB,
        minimum=minimum,
        recalls=recalls,
        notes=notes,
    )
    if read_release(made.path, made.to_custom()) != made:
        raise OfficeInputInvalid(
            f"{file} cannot be offered as {made.path}.",
            next_step="Check its version, its architecture and its size.",
        )
    return made


def _wrong(name: str, given: str, form: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(f"{name} cannot be {given}.", next_step=f"Give {form}.")
