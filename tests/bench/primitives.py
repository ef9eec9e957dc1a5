"""The bare primitives of a recorded tap: the same bytes, straight through the libraries.

Lives here: running them in a row, in as few calls as the libraries allow, to every value that the
terminal sends and to every answer that it must check. Every result is compared with what the
recording says, so nothing is counted that the tap does not need. Not here: finding their inputs
(`inputs`).
Source: Doc 9303-11 sections 4.4 (PACE), 6.2 (chip authentication), 9.7 and 9.8 (secure
messaging); BSI TR-03111 section 2.3.1 (addition of points).
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.bench.inputs import (
    Agreement,
    Message,
    Proofs,
    Restart,
    agreement_of,
    messages_of,
    proofs_of,
    restart_of,
    sessions_of,
)
from tests.bench.recording import Recording

CONTENTS = (
    "PACE: 5 multiplications of the base point (derive_private_key: two ephemeral keys d1 and "
    "d2, d2*s, d2*d1 and d2*d1+1), 3 x-only ECDH (2 to find d2*d1*P whole, 1 for K) with both "
    "peers' points loaded, one addition of points (an inversion modulo p), 2 public keys as "
    "bytes, AES-CBC of the nonce, SHA-1 for K-pi and 2 keys, 2 AES-CMAC tokens. Chip "
    "authentication: 1 multiplication of the base point, its public key as bytes, 1 ECDH with "
    "the peer's point loaded, SHA-1 for 2 keys. Secure messaging: per message AES-CMAC and, "
    "with data, one AES block for the IV and AES-CBC. 2 ECDSA verifications (security object, "
    "signer's certificate), the keys loaded before. SHA-256 of 4 data groups and of the signed "
    "content. Not counted: parsing, drawing random bytes."
)

_CURVE = ec.SECP256R1()
_ECDH = ec.ECDH()
_ECDSA = ec.ECDSA(hashes.SHA256())
_BLOCK = 16  # bytes
_CHECKSUM = 8  # bytes
_load = ec.EllipticCurvePublicKey.from_encoded_point


class Primitives:
    """The primitives of one recording. ValueError where a result is not the recorded one."""

    def __init__(self, recording: Recording, authority: bytes) -> None:
        self._pace = agreement_of(recording)
        self._restart = restart_of(recording)
        self._proofs = proofs_of(recording, authority)
        keys = _agree(self._pace), _agree_again(self._restart)
        first, second = sessions_of(recording)
        self._first = messages_of(first, keys[0][0])
        if not any(self._restart.public in one.text for one in self._first):
            raise ValueError("chip authentication's public key is not the one that was sent")
        self._second = messages_of(second, keys[1][0])
        for messages, (enc, mac) in zip((self._first, self._second), keys, strict=True):
            if _protect(messages, enc, mac) != [one.result for one in messages]:
                raise ValueError("a message's primitives give another result than the recording")
        if _judge(self._proofs) != self._proofs.digests:
            raise ValueError("a hash is another one than the recording's")

    def run(self) -> None:
        """Run every primitive once."""
        _protect(self._first, *_agree(self._pace))
        _protect(self._second, *_agree_again(self._restart))
        _judge(self._proofs)


def _agree(pace: Agreement) -> tuple[bytes, bytes]:
    """Run PACE's primitives and return the session keys. ValueError for a wrong token."""
    opener = Cipher(algorithms.AES(_kdf(pace.password, 3)), modes.CBC(bytes(_BLOCK))).decryptor()
    opener.update(pace.sealed_nonce)
    opener.finalize()
    own = _public(ec.derive_private_key(pace.mapping_private, _CURVE))
    agreeing = ec.derive_private_key(pace.agreement_private, _CURVE)
    if (own, _mapped(pace)) != pace.publics:
        raise ValueError("a public key is another one than the recording's")
    secret = agreeing.exchange(_ECDH, _load(_CURVE, pace.chip_agreement))
    enc, mac = _kdf(secret, 1), _kdf(secret, 2)
    key = algorithms.AES(mac)
    if tuple(_cmac(key, data) for data in pace.token_inputs) != pace.tokens:
        raise ValueError("the token is another one than the recording's")
    return enc, mac


def _mapped(pace: Agreement) -> bytes:
    """Return the public key over the mapped generator: d2*s*G + e*P with e = d2*d1.

    The library gives x(e*P) and x((e+1)*P) alone: the law of addition, P being known, gives y.
    Written out and not called from the reader, which it is held against.
    """
    curve, peer = pace.curve, _load(_CURVE, pace.chip_mapping)
    shift = ec.derive_private_key(pace.shift_private, _CURVE).public_key().public_numbers()
    x, beyond = (
        int.from_bytes(ec.derive_private_key(scalar, _CURVE).exchange(_ECDH, peer), "big")
        for scalar in (pace.combined_private, pace.combined_private + 1)
    )
    half = len(pace.chip_mapping) // 2
    x_p = int.from_bytes(pace.chip_mapping[1 : 1 + half], "big")
    y_p = int.from_bytes(pace.chip_mapping[1 + half :], "big")
    p = curve.p
    run, span, twice = x - x_p, x - shift.x, 2 * y_p
    squares = (x * x + curve.a) * x + curve.b + y_p * y_p
    inverse = pow(twice * span, -1, p)
    y = (squares - (beyond + x + x_p) * run * run) * span * inverse % p
    slope = (y - shift.y) * twice * inverse % p
    x_sum = (slope * slope - shift.x - x) % p
    y_sum = (slope * (x - x_sum) - y) % p
    return b"\x04" + x_sum.to_bytes(half, "big") + y_sum.to_bytes(half, "big")


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _agree_again(restart: Restart) -> tuple[bytes, bytes]:
    """Run chip authentication's primitives and return the session keys. ValueError as above."""
    own = ec.derive_private_key(restart.private, _CURVE)
    if _public(own) != restart.public:
        raise ValueError("the public key is another one than the recording's")
    secret = own.exchange(_ECDH, _load(_CURVE, restart.chip_public))
    return _kdf(secret, 1), _kdf(secret, 2)


def _protect(messages: tuple[Message, ...], enc: bytes, mac: bytes) -> list[tuple[bytes, bytes]]:
    """Return text (encrypted of commands, plain of answers) and checksum of each message."""
    enc_key, mac_key = algorithms.AES(enc), algorithms.AES(mac)
    blocks = Cipher(enc_key, modes.ECB()).encryptor()  # noqa: S305 -- one block: the IV
    results: list[tuple[bytes, bytes]] = []
    for message in messages:
        text = b""
        if message.text:
            cipher = Cipher(enc_key, modes.CBC(blocks.update(message.counter)))
            turn = cipher.encryptor() if message.is_command else cipher.decryptor()
            text = turn.update(message.text) + turn.finalize()
        results.append((text, _cmac(mac_key, message.covered)))
    return results


def _judge(proofs: Proofs) -> tuple[bytes, ...]:
    """Verify the signatures (InvalidSignature where one is wrong) and return the digests."""
    for key, signature, data in proofs.signatures:
        key.verify(signature, data, _ECDSA)
    return tuple(hashlib.sha256(data).digest() for data in proofs.hashed)


def _kdf(secret: bytes, counter: int) -> bytes:
    message = secret + counter.to_bytes(4, "big")
    return hashlib.sha1(message, usedforsecurity=False).digest()[:16]


def _cmac(key: algorithms.AES, data: bytes) -> bytes:
    running = CMAC(key)
    running.update(data)
    return running.finalize()[:_CHECKSUM]
