"""PACE, the chip's side: every mapping, over curves and modulo primes.

Lives here: the four steps of GENERAL AUTHENTICATE, in their order. Not here: the commands around
them (`chip`), passwords and tries (`passwords`), the mappings' mathematics (`groups`).
Source: Doc 9303-11 sections 4.4.1, 4.4.3 and 4.4.5.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from provisioning.softcard import arithmetic
from provisioning.softcard.arithmetic import Rng
from provisioning.softcard.channel import SecureMessaging
from provisioning.softcard.command import SW, Refused
from provisioning.softcard.groups import Group
from provisioning.softcard.objects import DYNAMIC_AUTHENTICATION_DATA, dynamic
from provisioning.softcard.protocols import PaceMapping, PaceProtocol, encode_oid
from provisioning.softcard.suite import SessionKeys
from reader import tlv

PUBLIC_KEY = 0x7F49
OBJECT_IDENTIFIER = 0x06
TOKEN = 0x86
ENCRYPTED_CHIP_DATA = 0x8A
SHORT_NONCE = 16  # bytes
LONG_NONCE = 32  # bytes
EXCESS_BITS = 64  # of pseudo-random bits over the field's size
MINUS_ONE = b"\xff" * 16  # the block under which the chip's data are encrypted (4.4.3.5.4)

_CONSTANTS = {
    SHORT_NONCE: (
        bytes.fromhex("a668892a7c41e3ca739f40b057d85904"),
        bytes.fromhex("a4e136ac725f738b01c1f60217c188ad"),
    ),
    LONG_NONCE: (
        bytes.fromhex("d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676"),
        bytes.fromhex("54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517"),
    ),
}
"""c0 and c1 of the pseudo-random function, by the nonce's length (section 4.4.3.3.2)."""


class Pace:
    """One run. After the last step `session` is there, or `guess_failed` is set.

    `password_key` is K-pi of the protocol's suite; `chip_secret` the static private key for
    chip authentication mapping, in the same group.
    """

    def __init__(
        self,
        protocol: PaceProtocol,
        group: Group,
        password_key: bytes,
        rng: Rng,
        chip_secret: int | None = None,
    ) -> None:
        self._protocol = protocol
        self._suite = protocol.suite
        self._group = group
        self._key = password_key
        self._rng = rng
        self._chip_secret = chip_secret
        self._nonce = b""
        self._mapping_secret = 0
        self._generator: bytes | None = None
        self._own = b""
        self._other = b""
        self._keys: SessionKeys | None = None
        self._done = 0
        self._steps: tuple[tuple[int | None, int, Callable[[bytes], bytes]], ...] = (
            (None, 0x80, self._encrypt_nonce),
            (0x81, 0x82, self._map_nonce),
            (0x83, 0x84, self._agree),
            (0x85, TOKEN, self._authenticate),
        )
        self.session: SecureMessaging | None = None
        self.guess_failed = False

    @property
    def begun(self) -> bool:
        """Return whether the nonce was asked for."""
        return self._done > 0

    def step(self, data: bytes, *, last: bool) -> bytes:
        """Do the next step. `last`: the command ends its chain. Raises Refused."""
        asked, answered, act = self._steps[self._done]
        self._done += 1
        if last != (self._done == len(self._steps)):
            raise Refused(SW.LAST_OF_CHAIN_EXPECTED)
        objects = tlv.encode(answered, act(dynamic(data, asked)))
        if self.session is not None and self._chip_secret is not None:
            objects += tlv.encode(ENCRYPTED_CHIP_DATA, self._chip_data(self._chip_secret))
        return tlv.encode(DYNAMIC_AUTHENTICATION_DATA, objects)

    def _encrypt_nonce(self, _nothing: bytes) -> bytes:
        integrated = self._protocol.mapping is PaceMapping.INTEGRATED
        long = integrated and self._suite.key_size > SHORT_NONCE
        self._nonce = self._rng(LONG_NONCE if long else SHORT_NONCE)
        return self._suite.encrypt(self._key, self._nonce)

    def _map_nonce(self, data: bytes) -> bytes:
        if self._protocol.mapping is PaceMapping.INTEGRATED:
            return self._map_integrated(data)
        return self._map_generic(data)

    def _map_generic(self, theirs: bytes) -> bytes:
        """Map by s * G + H; H is the agreement of one ephemeral pair of each side."""
        group = self._group
        self._require_public(theirs)
        self._mapping_secret = arithmetic.draw(group.order, self._rng)
        own = group.power(group.generator, self._mapping_secret)
        shared = group.power(theirs, self._mapping_secret)
        if own is None or shared is None:
            raise Refused(SW.AUTHENTICATION_FAILED)
        shifted = group.power(group.generator, int.from_bytes(self._nonce, "big"))
        self._generator = shared if shifted is None else group.combine(shifted, shared)
        return own

    def _map_integrated(self, nonce: bytes) -> bytes:
        """Map a pseudo-random number made of both nonces."""
        if len(nonce) != self._suite.key_size:
            raise Refused(SW.INCORRECT_DATA)
        self._generator = self._group.from_field(self._pseudo_random(nonce) % self._group.p)
        return b""

    def _pseudo_random(self, nonce: bytes) -> int:
        """Return the number R(s, t) before reduction (figure 2)."""
        first, second = _CONSTANTS[len(self._nonce)]
        size = self._suite.key_size
        wanted = self._group.p.bit_length() + EXCESS_BITS
        key = self._suite.encrypt(nonce, self._nonce)[:size]
        drawn = b""
        while 8 * len(drawn) < wanted:
            drawn += self._suite.encrypt(key, second)
            key = self._suite.encrypt(key, first)[:size]
        return int.from_bytes(drawn, "big")

    def _agree(self, theirs: bytes) -> bytes:
        group = self._group
        if self._generator is None:
            raise Refused(SW.AUTHENTICATION_FAILED)
        self._require_public(theirs)
        secret = arithmetic.draw(group.order, self._rng)
        own = group.power(self._generator, secret)
        shared = group.power(theirs, secret)
        if own is None or shared is None or own == theirs:
            raise Refused(SW.AUTHENTICATION_FAILED)
        self._keys = SessionKeys.from_secret(self._suite, group.secret(shared))
        self._own, self._other = own, theirs
        return own

    def _authenticate(self, token: bytes) -> bytes:
        if self._keys is None:
            raise Refused(SW.AUTHENTICATION_FAILED)
        if not hmac.compare_digest(self._token_over(self._keys, self._own), token):
            self.guess_failed = True
            raise Refused(SW.AUTHENTICATION_FAILED)
        self.session = SecureMessaging.begin(self._keys)
        return self._token_over(self._keys, self._other)

    def _token_over(self, keys: SessionKeys, element: bytes) -> bytes:
        """Return the authentication token over a public key (sections 4.4.3.4, 9.4)."""
        protocol = tlv.encode(OBJECT_IDENTIFIER, encode_oid(self._protocol.oid))
        key = tlv.encode(self._group.public_tag, element)
        return self._suite.token(keys.mac, tlv.encode(PUBLIC_KEY, protocol + key))

    def _chip_data(self, chip_secret: int) -> bytes:
        """Return A_IC: the mapping key divided by the static key, encrypted (4.4.3.5.1)."""
        if self._keys is None:
            raise Refused(SW.AUTHENTICATION_FAILED)
        order = self._group.order
        quotient = pow(chip_secret, -1, order) * self._mapping_secret % order
        data = quotient.to_bytes((order.bit_length() + 7) // 8, "big")
        iv = self._suite.encrypt(self._keys.enc, MINUS_ONE)
        return self._suite.encrypt(self._keys.enc, self._suite.pad(data), iv)

    def _require_public(self, element: bytes) -> None:
        if not self._group.holds(element):
            raise Refused(SW.INCORRECT_DATA)
