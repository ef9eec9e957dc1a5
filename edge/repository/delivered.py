"""The own rules of what is only delivered: a program is a package that is what its name says.

Lives here: the form of a Debian package, and what is asked of a procedure. Not here: installing a
program, a procedure's own rules (`edge.procedure_form`), or carrying one out. That the bytes are
the office's the repository has said; what is asked here is that nobody took one file for another,
since whoever installs goes by names.
Source: deb(5), deb-control(5).
"""

from __future__ import annotations

import io
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import BinaryIO

from edge.errors import ProcedureInvalid, RepositoryRefused
from edge.procedure_form import parse_procedure

NOT_A_PACKAGE = "NOT_A_PACKAGE"
NOT_A_PROCEDURE = "NOT_A_PROCEDURE"
PACKAGE_SUFFIX = ".deb"
_AR = b"!<arch>\n"
_HEADER = 60  # bytes before each member of an archive
_END = b"`\n"
_MAX_FIRST = 64  # bytes of the member that says the form's version
_MAX_PACKED, _MAX_CONTROL = 1024 * 1024, 4 * 1024 * 1024  # bytes
_CONTROL = ("./control", "control")
_FIELD = re.compile(
    r"^(Package|Version|Architecture|Installed-Size):[ \t]*(\S+)[ \t]*$", re.MULTILINE
)

_UNPACK: dict[bytes, Callable[[bytes], bytes]] = {
    b"control.tar": lambda data: data[:_MAX_CONTROL],
    b"control.tar.gz": lambda data: zlib.decompressobj(31).decompress(data, _MAX_CONTROL),
    b"control.tar.xz": lambda data: lzma.LZMADecompressor().decompress(data, _MAX_CONTROL),
}


def require_package(file: Path, name: str) -> None:
    """Raise RepositoryRefused unless `file` is the package that `name` says, OSError.

    `name` is NAME_VERSION_ARCH.deb, the version without an epoch. The program itself, which comes
    after the part that is read here, is not unpacked.
    """
    said = control_of(file)
    version = said.get("Version", "").rpartition(":")[2]
    whole = f"{said.get('Package')}_{version}_{said.get('Architecture')}{PACKAGE_SUFFIX}"
    if whole != name:
        raise _no_package(f"The package is {whole} by what stands in it.")


def control_of(file: Path) -> Mapping[str, str]:
    """Return what a package says of itself: Package, Version, Architecture, Installed-Size (KiB).

    One that says nothing of a field lacks it. Raises RepositoryRefused, OSError.
    """
    try:
        with file.open("rb") as package:
            return dict(_FIELD.findall(_control(package)))
    except (ValueError, KeyError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError) as error:
        raise _no_package("It is no Debian package, or not whole.") from error


def require_procedure(file: Path, name: str, profiles: Collection[str]) -> None:
    """Raise RepositoryRefused unless `file` is the procedure `name`, whole, OSError.

    `profiles`: names of the card profiles that it may take.
    """
    try:
        parse_procedure(file.read_bytes(), name, profiles)
    except ProcedureInvalid as error:
        raise RepositoryRefused(
            error.message,
            next_step="Tell the office: `tramthe procedure check` says the same before publishing.",
            fault=NOT_A_PROCEDURE,
        ) from error


def _control(package: BinaryIO) -> str:
    """Return the text of a package's control file. Raises ValueError and what unpacking raises."""
    if package.read(len(_AR)) != _AR:
        raise ValueError("no archive")
    first, form = _member(package, _MAX_FIRST)
    if first != b"debian-binary" or not form.startswith(b"2."):
        raise ValueError("another form")
    packing, packed = _member(package, _MAX_PACKED)
    with tarfile.open(fileobj=io.BytesIO(_UNPACK[packing](packed)), mode="r:") as archive:
        for entry in archive:
            if entry.name in _CONTROL and (text := archive.extractfile(entry)) is not None:
                return text.read().decode()
    raise ValueError("no control file")


def _member(package: BinaryIO, limit: int) -> tuple[bytes, bytes]:
    """Return the name and the bytes of the archive's next member."""
    header = package.read(_HEADER)
    size = int(header[48:58])
    if header[58:] != _END or not 0 <= size <= limit:
        raise ValueError("no member of the size it may have")
    data = package.read(size + size % 2)
    return header[:16].strip().removesuffix(b"/"), data[:size]


def _no_package(why: str) -> RepositoryRefused:
    return RepositoryRefused(
        why,
        next_step="Tell the office: the package was published under a wrong name, or spoilt.",
        fault=NOT_A_PACKAGE,
    )
