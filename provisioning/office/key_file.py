"""A private key at rest: PKCS #8 in PEM, encrypted under a passphrase that is slow to guess.

Lives here: that one form, and what a passphrase must be. Not here: where the file lies and who
types the passphrase. The library's own encryption stretches a passphrase 2,048 times, which a
machine tries a million times a second; scrypt as below costs each guess 80 MiB passed through
memory. The parameters stay within what OpenSSL's command reads without being told (32 MiB). A file
names its own, so it opens whatever they were.
Source: RFC 5958 section 3, RFC 8018 section 6.2 (PBES2), RFC 7914 sections 2 and 7 (scrypt).
"""

from __future__ import annotations

import base64
import os
import unicodedata
from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from provisioning.errors import OfficeInputInvalid
from provisioning.office import der

LEAST_PASSPHRASE = 12  # characters
MOST_PASSPHRASE = 1024  # characters
MAX_FILE = 16 * 1024  # bytes
COST, BLOCK_SIZE, PARALLEL = 1 << 14, 8, 5  # scrypt N, r, p: 16 MiB, five times over
SALT_SIZE = 16  # bytes
KEY_SIZE = 32  # bytes, AES-256

_AES_BLOCK = 16  # bytes
_LINE = 64  # characters of base64, RFC 7468 section 2
_LABEL = "ENCRYPTED PRIVATE KEY"
_PBES2 = "1.2.840.113549.1.5.13"
_SCRYPT = "1.3.6.1.4.1.11591.4.11"
_AES_256_CBC = "2.16.840.1.101.3.4.1.42"


def require_passphrase(passphrase: str) -> None:
    """Raise OfficeInputInvalid for a passphrase too short, too long or with control characters."""
    if not LEAST_PASSPHRASE <= len(passphrase) <= MOST_PASSPHRASE or not passphrase.isprintable():
        raise OfficeInputInvalid(
            f"A passphrase has {LEAST_PASSPHRASE} to {MOST_PASSPHRASE} characters on one line.",
            next_step="Choose several words, and write them down apart from the key.",
        )


def encrypt(
    key: PrivateKeyTypes,
    passphrase: str,
    rng: Callable[[int], bytes] = os.urandom,
    *,
    cost: int = COST,
) -> bytes:
    """Return a private key under a passphrase, PEM. Raises OfficeInputInvalid as above.

    `cost`: scrypt's N, a power of two; less than COST is for keys that guard nothing.
    """
    require_passphrase(passphrase)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, vector = rng(SALT_SIZE), rng(_AES_BLOCK)
    stretched = Scrypt(salt=salt, length=KEY_SIZE, n=cost, r=BLOCK_SIZE, p=PARALLEL)
    cipher = Cipher(algorithms.AES(stretched.derive(_octets(passphrase))), modes.CBC(vector))
    padder, encryptor = padding.PKCS7(8 * _AES_BLOCK).padder(), cipher.encryptor()
    padded = padder.update(plain) + padder.finalize()
    sealed = encryptor.update(padded) + encryptor.finalize()
    numbers = (cost, BLOCK_SIZE, PARALLEL, KEY_SIZE)
    derivation = der.sequence(
        der.oid(_SCRYPT), der.sequence(der.octets(salt), *(der.integer(one) for one in numbers))
    )
    scheme = der.sequence(der.oid(_AES_256_CBC), der.octets(vector))
    algorithm = der.sequence(der.oid(_PBES2), der.sequence(derivation, scheme))
    return _pem(der.sequence(algorithm, der.octets(sealed)))


def decrypt(pem: bytes, passphrase: str) -> PrivateKeyTypes:
    """Return the key of a file. Raises OfficeInputInvalid for another passphrase or no such key.

    A key that lies there in the clear is refused too: whoever put it there should hear of it.
    """
    try:
        if len(pem) > MAX_FILE:
            raise ValueError("larger than a key")
        return load_pem_private_key(pem, _octets(passphrase))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise OfficeInputInvalid(
            "The key does not open: another passphrase, or no encrypted key.",
            next_step="Type the passphrase of this key's holder.",
        ) from error


def _octets(passphrase: str) -> bytes:
    """Return a passphrase in UTF-8, composed: keyboards write one Vietnamese letter in two ways."""
    return unicodedata.normalize("NFC", passphrase).encode()


def _pem(data: bytes) -> bytes:
    text = base64.b64encode(data).decode()
    lines = (text[start : start + _LINE] for start in range(0, len(text), _LINE))
    return "\n".join((f"-----BEGIN {_LABEL}-----", *lines, f"-----END {_LABEL}-----", "")).encode()
