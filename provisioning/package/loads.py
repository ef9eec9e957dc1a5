"""Every compiled library of the package, loaded and asked for something by its own Python.

Lives here: one question for each library that holds machine code, so that a file for another
processor, another Python or a newer libc is found before a terminal finds it. Not here: what the
program does with them. It is no part of the package.
"""

from __future__ import annotations

import io
import platform
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version


def cryptography() -> str:
    """Sign and verify on P-256; name the OpenSSL inside."""
    from cryptography.hazmat.backends.openssl import backend
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    key = ec.generate_private_key(ec.SECP256R1())
    key.public_key().verify(key.sign(b"card", ec.ECDSA(SHA256())), b"card", ec.ECDSA(SHA256()))
    return backend.openssl_version_text()


def pyscard() -> str:
    """Ask pcscd for a context: it is there, or the client library says that it is not."""
    scard = import_module("smartcard.scard")
    result, _ = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if result not in (scard.SCARD_S_SUCCESS, scard.SCARD_E_NO_SERVICE):
        raise SystemExit(f"pcsc-lite answers {result:#x}")
    return "pcscd there" if result == scard.SCARD_S_SUCCESS else "no pcscd"


def lgpio() -> str:
    """Ask for a chip that no board has, and be told so."""
    library = import_module("lgpio")
    try:
        library.gpiochip_open(99)
    except library.error:
        return "refuses a chip that is not there"
    raise SystemExit("lgpio opened a chip that is not there")


def evdev() -> str:
    """Read the kernel's name of a key."""
    return str(import_module("evdev").ecodes.KEY[28])


def python_pkcs11() -> str:
    """Load a token's library that is not there, and be told so."""
    library = import_module("pkcs11")
    try:
        library.lib("/nonexistent")
    except library.PKCS11Error:
        return "refuses a library that is not there"
    raise SystemExit("a PKCS#11 library was loaded that is not there")


def pillow() -> str:
    """Write a picture and read it back."""
    image = import_module("PIL.Image")
    written = io.BytesIO()
    image.new("RGB", (3, 2), "green").save(written, "JPEG")
    return str(image.open(written).size)


def psycopg() -> str:
    """Name the libpq inside."""
    pq = import_module("psycopg").pq
    if pq.__impl__ != "binary":
        raise SystemExit(f"psycopg is {pq.__impl__}")
    return f"libpq {pq.version()}"


def jsonschema_rs() -> str:
    """Refuse a text that ends in a line break where a pattern ends in `$`."""
    library = import_module("jsonschema_rs")
    form = library.Draft202012Validator({"type": "string", "pattern": "^[0-9]{6}$"})
    if not form.is_valid("402917") or form.is_valid("402917\n"):
        raise SystemExit("a pattern holds for less than the whole text")
    return "holds a text against its form"


def the_rest() -> str:
    """Load what only makes something else quicker, or stands under it."""
    names = ("_cffi_backend", "markupsafe._speedups", "pybase64._pybase64")
    return ", ".join(import_module(name).__name__ for name in names)


ASKED: tuple[Callable[[], str], ...] = (
    cryptography,
    pyscard,
    lgpio,
    evdev,
    python_pkcs11,
    pillow,
    psycopg,
    jsonschema_rs,
)


def main() -> None:
    """Print a line for each, and one for all."""
    for ask in ASKED:
        name = ask.__name__.replace("_", "-")
        sys.stdout.write(f"{name} {version(name)}: {ask()}\n")
    sys.stdout.write(f"{the_rest()}\n")
    sys.stdout.write(
        f"{len(ASKED)} compiled libraries answer on {platform.machine()}, "
        f"Python {platform.python_version()}\n"
    )


if __name__ == "__main__":
    main()
