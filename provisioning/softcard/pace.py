"""PACE with generic mapping over elliptic curves, the chip's side.

Lives here: the four steps of GENERAL AUTHENTICATE, in their order. Not here: the commands around
them, passwords and tries (`chip`).
Source: Doc 9303-11 sections 4.4.1, 4.4.3, 4.4.5 and 9.7.3.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from enum import IntEnum, unique

from provisioning.softcard import arithmetic
from provisioning.softcard.arithmetic import Point, Rng
from provisioning.softcard.channel import (
    BLOCK,
    FOR_ENCRYPTION,
    FOR_MAC,
    FOR_PASSWORD,
    SecureMessaging,
    cmac,
    derive_key,
    encrypt_cbc,
)
from provisioning.softcard.command import SW, Refused
from reader import tlv
from reader.curves import Curve
from reader.errors import MalformedData

PROTOCOL = "0.4.0.127.0.7.2.2.4.2.2"
"""id-PACE-ECDH-GM-AES-CBC-CMAC-128 (section 9.2.3)."""
DYNAMIC_AUTHENTICATION_DATA = 0x7C
PUBLIC_KEY = 0x7F49
OBJECT_IDENTIFIER = 0x06
PUBLIC_POINT = 0x86


@unique
class PasswordReference(IntEnum):
    """Values of tag 83 in MSE:Set AT (section 4.4.4.1)."""

    MRZ = 1
    CAN = 2


def password_key(reference: PasswordReference, password: str) -> bytes:
    """Return K-pi (section 9.7.3, table 14)."""
    encoded = password.encode("latin-1")
    if reference is PasswordReference.MRZ:
        encoded = hashlib.sha1(encoded, usedforsecurity=False).digest()
    return derive_key(encoded, FOR_PASSWORD)


def encode_oid(dotted: str) -> bytes:
    """Return the value octets of an object identifier (X.690 section 8.19)."""
    arcs = [int(arc) for arc in dotted.split(".")]
    octets = bytearray()
    for arc in (40 * arcs[0] + arcs[1], *arcs[2:]):
        low = [arc & 0x7F]
        while arc := arc >> 7:
            low.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(low))
    return bytes(octets)


class Pace:
    """One run. After the last step `session` is there, or `guess_failed` is set."""

    def __init__(self, curve: Curve, key: bytes, rng: Rng) -> None:
        self._curve = curve
        self._key = key
        self._rng = rng
        self._nonce = 0
        self._generator: Point | None = None
        self._own: Point | None = None
        self._other: Point | None = None
        self._key_enc = b""
        self._key_mac = b""
        self._done = 0
        self._steps: tuple[tuple[int | None, int, Callable[[bytes], bytes]], ...] = (
            (None, 0x80, self._encrypt_nonce),
            (0x81, 0x82, self._map_nonce),
            (0x83, 0x84, self._agree),
            (0x85, 0x86, self._authenticate),
        )
        self.session: SecureMessaging | None = None
        self.guess_failed = False

    def step(self, data: bytes, *, last: bool) -> bytes:
        """Do the next step. `last`: the command ends its chain. Raises Refused."""
        asked, answered, act = self._steps[self._done]
        self._done += 1
        if last != (self._done == len(self._steps)):
            raise Refused(SW.LAST_OF_CHAIN_EXPECTED)
        value = act(_single(data, asked))
        return tlv.encode(DYNAMIC_AUTHENTICATION_DATA, tlv.encode(answered, value))

    def _encrypt_nonce(self, _nothing: bytes) -> bytes:
        nonce = self._rng(BLOCK)
        self._nonce = int.from_bytes(nonce, "big")
        return encrypt_cbc(self._key, bytes(BLOCK), nonce)

    def _map_nonce(self, data: bytes) -> bytes:
        """Map by G' = s * G + H; H is the agreement of one ephemeral pair of each side."""
        curve = self._curve
        theirs = self._point(data)
        secret = arithmetic.draw_scalar(curve, self._rng)
        own = arithmetic.multiply(curve, secret, arithmetic.base_point(curve))
        shared = arithmetic.multiply(curve, secret, theirs)
        shifted = arithmetic.multiply(curve, self._nonce, arithmetic.base_point(curve))
        if own is None or shared is None:
            raise Refused(SW.AUTHENTICATION_FAILED)
        self._generator = shared if shifted is None else arithmetic.add(curve, shifted, shared)
        return arithmetic.encode(curve, own)

    def _agree(self, data: bytes) -> bytes:
        curve = self._curve
        if self._generator is None:
            raise Refused(SW.AUTHENTICATION_FAILED)
        theirs = self._point(data)
        secret = arithmetic.draw_scalar(curve, self._rng)
        own = arithmetic.multiply(curve, secret, self._generator)
        shared = arithmetic.multiply(curve, secret, theirs)
        if own is None or shared is None or own == theirs:
            raise Refused(SW.AUTHENTICATION_FAILED)
        x = shared.x.to_bytes(curve.field_size, "big")
        self._key_enc = derive_key(x, FOR_ENCRYPTION)
        self._key_mac = derive_key(x, FOR_MAC)
        self._own, self._other = own, theirs
        return arithmetic.encode(curve, own)

    def _authenticate(self, token: bytes) -> bytes:
        if self._own is None or self._other is None:
            raise Refused(SW.AUTHENTICATION_FAILED)
        if not hmac.compare_digest(self._token_over(self._own), token):
            self.guess_failed = True
            raise Refused(SW.AUTHENTICATION_FAILED)
        self.session = SecureMessaging(self._key_enc, self._key_mac)
        return self._token_over(self._other)

    def _token_over(self, point: Point) -> bytes:
        """Return the authentication token over a public key (sections 4.4.3.4, 9.4.4)."""
        protocol = tlv.encode(OBJECT_IDENTIFIER, encode_oid(PROTOCOL))
        key = tlv.encode(PUBLIC_POINT, arithmetic.encode(self._curve, point))
        return cmac(self._key_mac, tlv.encode(PUBLIC_KEY, protocol + key))

    def _point(self, data: bytes) -> Point:
        point = arithmetic.decode(self._curve, data)
        if point is None:
            raise Refused(SW.INCORRECT_DATA)
        return point


def _single(data: bytes, tag: int | None) -> bytes:
    """Return the one object inside the template; with `tag` None the template is empty."""
    try:
        inside = tlv.unwrap(data, DYNAMIC_AUTHENTICATION_DATA)
        if tag is not None:
            return tlv.unwrap(inside, tag)
    except MalformedData as error:
        raise Refused(SW.INCORRECT_DATA) from error
    if inside:
        raise Refused(SW.INCORRECT_DATA)
    return b""
