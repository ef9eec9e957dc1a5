"""The centre's keys: one that opens what terminals seal, one that signs what it answers.

Lives here: the act that makes them, and what others are given of them. Not here: the keys
themselves (`office.centre_keys`), sealing (`edge.wire.seal`), the folder that a centre serves from
(`centre.process`).

The seal key opens names and numbers: it stays where `tramthe centre open` runs. The signing key is
given to the serving machine, in the clear, since that one starts without anybody (`hand_over`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from edge.wire import hybrid
from provisioning.ceremony.folder import KEYS, ROLE, Act, AuthorityFolder, Made
from provisioning.ceremony.parts import Name, load_private
from provisioning.errors import OfficeInputInvalid
from provisioning.office.centre_keys import create_centre_keys, seal_key_id
from provisioning.office.pki import Rng
from verify.trust import SEAL_SUITE, SIGN_ALGORITHM, CentreKey, KeyUse

CENTRE_KEYS = "centre-keys"
PUBLIC = "public/centre.json"
HAND_OVER = "hand-over"
MAX_PUBLIC = 16 * 1024  # bytes of the public file
_SEAL_KEM = f"{KEYS}/centre-seal-mlkem768.pem"
_SEAL_CURVE = f"{KEYS}/centre-seal-x25519.pem"
_SIGN = f"{KEYS}/centre-sign.pem"
_SIGN_ID, _SEAL_ID = "sign key", "seal key"


def create(name: Name, rng: Rng = os.urandom) -> Act:
    """Return the act that makes the keys in an empty folder. Raises OfficeInputInvalid."""
    shown = {ROLE: CENTRE_KEYS, **name.facts(), "algorithms": f"{SEAL_SUITE}; {SIGN_ALGORITHM}"}

    def perform(_: str) -> Made:
        made = create_centre_keys(rng)
        kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(made.seal_seed)
        curve = x25519.X25519PrivateKey.from_private_bytes(made.seal_x25519)
        public = [
            _public(made.seal_kid, KeyUse.SEAL, SEAL_SUITE, made.seal_public),
            _public(made.sign_kid, KeyUse.SIGN, SIGN_ALGORITHM, made.sign_public),
        ]
        files = {PUBLIC: json.dumps({"v": 1, "centre_keys": public}, indent=1).encode() + b"\n"}
        facts = {_SEAL_ID: made.seal_kid, _SIGN_ID: made.sign_kid}
        keys: dict[str, PrivateKeyTypes] = {
            _SEAL_KEM: kem,
            _SEAL_CURVE: curve,
            _SIGN: made.sign_key,
        }
        return Made(files, facts, keys=keys)

    return Act(CENTRE_KEYS, shown, perform)


def hand_over(
    folder: AuthorityFolder,
    where: str,
    take: Callable[[str, ec.EllipticCurvePrivateKey], None],
) -> Act:
    """Return the act that lets the signing key out, to the centre's own folder `where`.

    `take` is given its id and the key before the act counts: let it write once the act is done.
    """
    folder.require_role(CENTRE_KEYS)
    kid = str(read_public(folder.read(PUBLIC))[-1].kid)

    def perform(passphrase: str) -> Made:
        take(*sign_key(folder, passphrase))
        return Made({})

    return Act(HAND_OVER, {_SIGN_ID: kid, "to": where}, perform)


def sign_key(folder: AuthorityFolder, passphrase: str) -> tuple[str, ec.EllipticCurvePrivateKey]:
    """Return id and private half of the signing key. Raises OfficeInputInvalid."""
    folder.require_role(CENTRE_KEYS)
    key = load_private(folder, _SIGN, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise _another_kind(_SIGN)
    return folder.first[_SIGN_ID], key


def seal_key(folder: AuthorityFolder, passphrase: str) -> tuple[str, MLKEM768X25519PrivateKey]:
    """Return id and private half of the key that terminals seal to. Raises OfficeInputInvalid."""
    folder.require_role(CENTRE_KEYS)
    kem = load_private(folder, _SEAL_KEM, passphrase)
    curve = load_private(folder, _SEAL_CURVE, passphrase)
    if not isinstance(kem, mlkem.MLKEM768PrivateKey):
        raise _another_kind(_SEAL_KEM)
    if not isinstance(curve, x25519.X25519PrivateKey):
        raise _another_kind(_SEAL_CURVE)
    seed = kem.private_bytes_raw() + curve.private_bytes_raw()
    return seal_key_id(hybrid.public_bytes(seed)), hybrid.private_key(seed)


def read_public(data: bytes) -> tuple[CentreKey, ...]:
    """Return the public keys in a folder's `public/centre.json`. Raises OfficeInputInvalid."""
    try:
        document: Any = json.loads(data)
        if document["v"] != 1:
            raise ValueError("another version")
        return tuple(
            CentreKey(one["kid"], KeyUse(one["use"]), one["alg"], bytes.fromhex(one["public"]))
            for one in document["centre_keys"]
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OfficeInputInvalid(
            "This file holds no public keys of a centre.",
            next_step="Give the file public/centre.json that `tramthe pki centre-keys` made.",
        ) from error


def _public(kid: str, use: KeyUse, algorithm: str, public: bytes) -> dict[str, str]:
    return {"kid": kid, "use": use.value, "alg": algorithm, "public": public.hex()}


def _another_kind(name: str) -> OfficeInputInvalid:
    return OfficeInputInvalid(
        f"{name} holds another kind of key.", next_step="Restore the folder from its copy."
    )
