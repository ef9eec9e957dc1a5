"""A private key in a token that it cannot leave: PKCS #11, such as a secure element or SoftHSM.

Lives here: making the key there, finding it again, signing with it. Not here: the other kinds
(`place`). The library is an extra (`tramthe[hsm]`): a terminal without a token needs none.
Source: PKCS #11 v2.40 (OASIS) sections 2.3.5 (key pair), 2.3.6 (ECDSA without hashing).

    {"v": 1, "module": "/usr/lib/...so", "token": "tramthe", "pin_file": "/etc/...", "id": "<hex>"}

The PIN stands in no configuration: a file that only the service reads, or a credential of its unit
named `pkcs11-pin`. A session is opened for each signature: one that is kept dies with the token's
power, and a terminal signs a few times a minute.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from edge.errors import KeyUnusable
from edge.identity.key_credential import FOLDER
from edge.identity.place import KeyPlace

VERSION = 1
PIN_CREDENTIAL = "pkcs11-pin"
MAX_PIN = 256  # bytes
ID_SIZE = 16  # bytes of CKA_ID
LABEL = "tramthe"
COORDINATE = 32  # bytes

_NEXT_STEP = "Plug the token in, check `key_module`, `key_token` and `key_pin_file`, and try again."
_LOCK = threading.Lock()
"""A module is one for the whole process, and so is being logged in to a token."""


@dataclass(frozen=True, slots=True)
class _Token:
    module: str
    token: str
    pin_file: str | None
    key_id: bytes

    def to_bytes(self) -> bytes:
        document = {
            "v": VERSION,
            "module": self.module,
            "token": self.token,
            "pin_file": self.pin_file,
            "id": self.key_id.hex(),
        }
        return json.dumps(document, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> _Token:
        try:
            found = json.loads(data)
            if found["v"] != VERSION:
                raise ValueError("another version")
            key_id = bytes.fromhex(found["id"])
            pin_file = found["pin_file"]
            return cls(str(found["module"]), str(found["token"]), pin_file, key_id)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise _failed(
                "The file that names the terminal's key in a token is damaged."
            ) from error


class TokenKey(ec.EllipticCurvePrivateKey):
    """A key in a token. Signs with ECDSA and SHA-256; nothing else can be had of it.

    Safe from any thread. Raises KeyUnusable where the token does not answer.
    """

    stays_in_token = True

    def __init__(self, token: _Token, public: ec.EllipticCurvePublicKey) -> None:
        self._token = token
        self._public = public

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Return the public key."""
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        """Return P-256."""
        return ec.SECP256R1()

    @property
    def key_size(self) -> int:
        """Return the bits of the curve."""
        return self.curve.key_size

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """Return the DER signature over `data`. ValueError for any other algorithm."""
        if not isinstance(signature_algorithm.algorithm, hashes.SHA256):
            raise ValueError("a key in a token signs with ECDSA and SHA-256")
        digest = hashlib.sha256(data).digest()
        raw = _with_token(self._token, lambda session: _sign(session, self._token, digest))
        r, s = (int.from_bytes(half) for half in (raw[:COORDINATE], raw[COORDINATE:]))
        return utils.encode_dss_signature(r, s)

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        """Refuse: it only signs."""
        raise _stays()

    def private_numbers(self) -> NoReturn:
        """Refuse: it cannot leave the token."""
        raise _stays()

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        """Refuse: it cannot leave the token."""
        raise _stays()

    def __copy__(self) -> TokenKey:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> TokenKey:
        return self


def make(place: KeyPlace) -> tuple[TokenKey, bytes]:
    """Make a key in the token and return it, and what its file holds. Raises KeyUnusable."""
    if place.module is None or place.token is None:
        raise _failed("The token of the terminal's key is not named.")
    pin_file = None if place.pin_file is None else str(place.pin_file)
    token = _Token(str(place.module), place.token, pin_file, os.urandom(ID_SIZE))
    public = _with_token(token, lambda session: _generate(session, token))
    return TokenKey(token, public), token.to_bytes()


def load(data: bytes) -> TokenKey:
    """Return the key that a file names. Raises KeyUnusable."""
    token = _Token.from_bytes(data)
    return TokenKey(token, _with_token(token, lambda session: _public(session, token)))


def destroy(data: bytes) -> None:
    """Destroy the key that a file names, in its token. Raises KeyUnusable."""
    token = _Token.from_bytes(data)
    _with_token(token, lambda session: _destroy(session, token))


def _with_token(token: _Token, act: Any) -> Any:
    """Return what `act` returns of a session; whatever goes wrong there is one error.

    In a thread of its own: a module that uses OpenSSL too leaves its errors where OpenSSL keeps
    them, by thread, and Python's ssl would take them for its own.
    """
    try:
        import pkcs11
        from pkcs11.exceptions import PKCS11Error
    except ImportError as error:
        raise KeyUnusable(
            "This installation cannot speak to tokens.",
            next_step="Install the extra `tramthe[hsm]`, or keep the key in a file.",
        ) from error
    pin = _pin(token)

    def work() -> Any:
        found = pkcs11.lib(token.module).get_token(token_label=token.token)
        with found.open(rw=True, user_pin=pin) as session:
            return act(session)

    with _LOCK, ThreadPoolExecutor(1) as apart:
        try:
            return apart.submit(work).result()
        except (PKCS11Error, RuntimeError, OSError, ValueError) as error:
            raise _failed("The token with the terminal's key does not answer.") from error


def _generate(session: Any, token: _Token) -> ec.EllipticCurvePublicKey:
    from pkcs11 import Attribute, KeyType
    from pkcs11.util.ec import encode_named_curve_parameters

    parameters = session.create_domain_parameters(
        KeyType.EC,
        {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
        local=True,
    )
    stays = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    public, _ = parameters.generate_keypair(
        store=True, id=token.key_id, label=LABEL, private_template=stays
    )
    return _to_public(public)


def _public(session: Any, token: _Token) -> ec.EllipticCurvePublicKey:
    from pkcs11 import ObjectClass

    session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=token.key_id)
    return _to_public(session.get_key(object_class=ObjectClass.PUBLIC_KEY, id=token.key_id))


def _sign(session: Any, token: _Token, digest: bytes) -> bytes:
    from pkcs11 import Mechanism, ObjectClass

    key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=token.key_id)
    raw = bytes(key.sign(digest, mechanism=Mechanism.ECDSA))
    if len(raw) != 2 * COORDINATE:
        raise ValueError("no signature on P-256")
    return raw


def _destroy(session: Any, token: _Token) -> None:
    from pkcs11 import Attribute

    for found in list(session.get_objects({Attribute.ID: token.key_id})):
        found.destroy()


def _to_public(found: Any) -> ec.EllipticCurvePublicKey:
    from pkcs11 import Attribute

    octets = bytes(found[Attribute.EC_POINT])
    point = octets[2:] if octets[:2] == b"\x04\x41" else octets  # an OCTET STRING of the point
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _pin(token: _Token) -> str:
    folder = os.environ.get(FOLDER)
    files = [] if folder is None else [Path(folder) / PIN_CREDENTIAL]
    if token.pin_file is not None:
        files.append(Path(token.pin_file))
    for path in files:
        try:
            with path.open("rb") as file:
                return file.read(MAX_PIN).decode().strip()
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise _failed("The PIN of the token cannot be read.") from error
    raise _failed("There is no PIN for the token with the terminal's key.")


def _failed(message: str) -> KeyUnusable:
    return KeyUnusable(message, next_step=_NEXT_STEP)


def _stays() -> KeyUnusable:
    return KeyUnusable(
        "The terminal's key cannot leave its token.",
        next_step="Use it where it lies; a copy of it there is none.",
    )
