"""PACE: a short password becomes a strong session, by generic mapping over elliptic curves.

Lives here: the choice among the chip's PACEInfos, the five commands, the authentication tokens.
Not here: point arithmetic (`points`), key derivation (`kdf`), and what protects the commands
afterwards (`secure_messaging`). Integrated and chip authentication mapping, DH and 3DES are not
offered: such an info is passed over.
Source: Doc 9303-11 sections 4.4 (protocol), 9.2.1 (identifiers), 9.4.4 and 9.5.1 (key data).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from reader import arithmetic, curves, tlv
from reader.apdu import INS, SW, CommandApdu, Exchange, ResponseApdu, tries_left
from reader.arithmetic import Point
from reader.channel import points
from reader.channel.kdf import CipherSuite, SessionKeys, password_key, session_keys
from reader.channel.password import PasswordRefused
from reader.curves import Curve
from reader.errors import CardRefused, MalformedData
from reader.evidence import Password, PasswordKind, PasswordState
from reader.lds.security_infos import PaceInfo

_ECDH_GM = "0.4.0.127.0.7.2.2.4.2"  # id-PACE-ECDH-GM
_SUITE = {
    f"{_ECDH_GM}.2": CipherSuite.AES_128,
    f"{_ECDH_GM}.3": CipherSuite.AES_192,
    f"{_ECDH_GM}.4": CipherSuite.AES_256,
}
_PASSWORD_REFERENCE = {PasswordKind.MRZ: 1, PasswordKind.CAN: 2}
_TOKEN_SIZE = 8  # bytes, section 4.4.3.4
_BLOCK = 16  # bytes
_MAX_NONCE = 64  # bytes
_CHAINED = 0x10  # class byte of every GENERAL AUTHENTICATE but the last, section 4.4.4.3
_REFUSED_PASSWORD = frozenset(
    {
        SW.AUTHENTICATION_FAILED,
        SW.SECURITY_STATUS_NOT_SATISFIED,
        SW.AUTHENTICATION_BLOCKED,
        SW.REFERENCE_DATA_NOT_USABLE,
    }
)
_SELECT_ANSWERS = frozenset({SW.OK, SW.AUTHENTICATION_BLOCKED, SW.REFERENCED_DATA_NOT_FOUND})

EphemeralSource = Callable[[Curve], int]
"""Gives each private key in the order of use: mapping, then key agreement."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A PACEInfo that this terminal can run, resolved."""

    protocol: str
    """Object identifier, dotted."""
    parameter_id: int
    curve: Curve
    suite: CipherSuite


def choose(infos: Iterable[PaceInfo]) -> Variant | None:
    """Return the first info that this terminal can run, in the order of EF.CardAccess."""
    for info in infos:
        suite = _SUITE.get(info.protocol)
        if suite is None or info.parameter_id is None:
            continue
        curve = curves.by_parameter_id(info.parameter_id)
        if curve is not None and points.is_supported(curve):
            return Variant(info.protocol, info.parameter_id, curve, suite)
    return None


def run(
    exchange: Exchange,
    variant: Variant,
    password: Password,
    *,
    ephemeral: EphemeralSource,
    min_tries_left: int = 0,
    send_parameter_id: bool = True,
) -> SessionKeys | PasswordRefused:
    """Run PACE as `choose` decided; the send sequence counter then is zero.

    `send_parameter_id` adds tag 84 to MSE:Set AT, required where the chip knows several
    parameter sets and harmless elsewhere; the printed example of the standard omits it.
    Never guesses where the chip tells of `min_tries_left` tries or fewer.
    Raises CardRefused (a command refused for another reason than the password), ChannelBroken,
    MalformedData, and what `exchange` raises.
    """
    session = _Session(exchange, variant)
    sw = session.select(password.kind, send_parameter_id)
    if sw == SW.REFERENCED_DATA_NOT_FOUND:
        return PasswordRefused(PasswordState.NONE_GIVEN, None)
    tries = 0 if sw == SW.AUTHENTICATION_BLOCKED else tries_left(sw)
    if tries is not None and tries <= min_tries_left:
        return PasswordRefused(PasswordState.TOO_FEW_TRIES, tries)
    generator = session.map_nonce(session.nonce(password), ephemeral(variant.curve))
    agreed = session.agree(generator, ephemeral(variant.curve))
    outcome = session.authenticate(agreed)
    if isinstance(outcome, SessionKeys):
        return outcome
    left = 0 if outcome == SW.AUTHENTICATION_BLOCKED else tries_left(outcome)
    if left is None and tries is not None:
        left = tries - 1
    elif left is None:
        left = session.ask_tries(password.kind, send_parameter_id)
    return PasswordRefused(PasswordState.WRONG, left)


@dataclass(frozen=True, slots=True)
class _Agreed:
    keys: SessionKeys
    own_public: Point
    chip_public: Point


@dataclass(frozen=True, slots=True)
class _Session:
    exchange: Exchange
    variant: Variant

    def select(self, kind: PasswordKind, send_parameter_id: bool) -> int:
        """MSE:Set AT (4.4.4.1). Returns a status word that speaks of the password, or 9000."""
        data = tlv.encode(0x80, _oid_value(self.variant.protocol))
        data += tlv.encode(0x83, bytes([_PASSWORD_REFERENCE[kind]]))
        if send_parameter_id:
            data += tlv.encode(0x84, bytes([self.variant.parameter_id]))
        command = CommandApdu(0x00, INS.MANAGE_SECURITY_ENVIRONMENT, 0xC1, 0xA4, data)
        sw = self.exchange(command).sw
        if sw not in _SELECT_ANSWERS and tries_left(sw) is None:
            raise _refused("the choice of PACE", sw)
        return sw

    def ask_tries(self, kind: PasswordKind, send_parameter_id: bool) -> int | None:
        """Return how many tries are left, by choosing PACE once more, which costs none.

        Many chips answer a wrong password with 6300 and tell the number only there. None where
        the chip does not count.
        """
        try:
            sw = self.select(kind, send_parameter_id)
        except CardRefused:
            return None
        return 0 if sw == SW.AUTHENTICATION_BLOCKED else tries_left(sw)

    def nonce(self, password: Password) -> int:
        """Step 1: fetch the encrypted nonce and open it with K_pi."""
        sealed = self._step(b"", 0x80)
        if not sealed or len(sealed) % _BLOCK or len(sealed) > _MAX_NONCE:
            raise points.broken("the encrypted nonce has an impossible length")
        cipher = Cipher(
            algorithms.AES(password_key(password, self.variant.suite)), modes.CBC(bytes(_BLOCK))
        )
        opener = cipher.decryptor()
        return int.from_bytes(opener.update(sealed) + opener.finalize(), "big")

    def map_nonce(self, nonce: int, private: int) -> Point:
        """Step 2 (4.4.3.3.1): the generator s * G + H, H the agreed point of this step."""
        own = points.KeyPair(self.variant.curve, private)
        theirs = self._exchange_keys(0x81, own.public)
        scalar = nonce % self.variant.curve.n
        if not scalar:
            raise points.broken("the nonce is zero")
        offset = points.KeyPair(self.variant.curve, scalar).public
        return points.add(self.variant.curve, offset, own.multiply(theirs))

    def agree(self, generator: Point, private: int) -> _Agreed:
        """Step 3: Diffie-Hellman over the mapped generator; both publics must differ."""
        own = points.KeyPair(self.variant.curve, private)
        public = own.multiply(generator)
        theirs = self._exchange_keys(0x83, public)
        if theirs == public:
            raise points.broken("the chip sent our own public key back")
        return _Agreed(session_keys(own.x_of(theirs), self.variant.suite), public, theirs)

    def authenticate(self, agreed: _Agreed) -> SessionKeys | int:
        """Step 4: exchange tokens. Returns the status word where the chip refused ours."""
        token = self._token(agreed.keys.mac, agreed.chip_public)
        answer = self._send(0x00, tlv.encode(0x85, token))
        if not answer.ok:
            if tries_left(answer.sw) is not None or answer.sw in _REFUSED_PASSWORD:
                return answer.sw
            raise _refused("mutual authentication", answer.sw)
        # Certification authority references (87, 88) may follow; they serve terminal
        # authentication, which this terminal never does.
        theirs = _objects(answer.data).get(0x86, b"")
        if not hmac.compare_digest(theirs, self._token(agreed.keys.mac, agreed.own_public)):
            raise points.broken("the chip's authentication token is wrong")
        return agreed.keys

    def _exchange_keys(self, tag: int, public: Point) -> Point:
        answer = self._step(tlv.encode(tag, arithmetic.encode(self.variant.curve, public)), tag + 1)
        return points.decode(self.variant.curve, answer)

    def _step(self, data: bytes, wanted: int) -> bytes:
        answer = self._send(_CHAINED, data)
        if not answer.ok:
            raise _refused("a step of PACE", answer.sw)
        value = _objects(answer.data).get(wanted)
        if value is None:
            raise points.broken(f"data object {wanted:X} is missing")
        return value

    def _send(self, cla: int, data: bytes) -> ResponseApdu:
        body = tlv.encode(0x7C, data)
        return self.exchange(CommandApdu(cla, INS.GENERAL_AUTHENTICATE, 0x00, 0x00, body, le=0x100))

    def _token(self, key: bytes, public: Point) -> bytes:
        """MAC over the public key data object (4.4.3.4, 9.4.4: identifier and point only)."""
        body = tlv.encode(0x06, _oid_value(self.variant.protocol))
        body += tlv.encode(0x86, arithmetic.encode(self.variant.curve, public))
        mac = CMAC(algorithms.AES(key))
        mac.update(tlv.encode(0x7F49, body))
        return mac.finalize()[:_TOKEN_SIZE]


def _objects(data: bytes) -> dict[int, bytes]:
    """Cut dynamic authentication data (7C) into its objects. Raises MalformedData."""
    found: dict[int, bytes] = {}
    for item in tlv.iterate(tlv.unwrap(data, 0x7C)):
        if item.tag in found:
            raise MalformedData(
                f"The card sent data object {item.tag:X} twice.",
                next_step="Lay the card again; if it stays so, the chip is damaged.",
            )
        found[item.tag] = item.value
    return found


@lru_cache(maxsize=8)
def _oid_value(dotted: str) -> bytes:
    """Return the value octets of an object identifier (X.690 section 8.19)."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    encoded = bytearray()
    for arc in (first * 40 + second, *rest):
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.append(0x80 | arc & 0x7F)
        encoded += bytes(reversed(octets))
    return bytes(encoded)


def _refused(what: str, sw: int) -> CardRefused:
    return CardRefused(
        f"The card refused {what} (status {sw:04X}).",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
        sw=sw,
    )
