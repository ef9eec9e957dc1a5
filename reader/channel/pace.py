"""PACE: a short password becomes a strong session.

Lives here: the five commands, the authentication tokens, the chip authentication data that one
mapping leaves behind. Not here: which variant is run (`pace_protocols`), key agreement (`group`),
integrated mapping (`mapping`), key derivation (`kdf`), what protects the commands afterwards
(`secure_messaging`), and whether chip authentication data prove anything (`verify`).
Source: Doc 9303-11 sections 4.4 (protocol) and 9.4 (key data).
"""

from __future__ import annotations

import hmac
import os
from typing import NamedTuple

from reader import tlv
from reader.apdu import (
    EXTENDED_LE,
    INS,
    SHORT_LE,
    SW,
    CommandApdu,
    Exchange,
    ResponseApdu,
    tries_left,
)
from reader.channel import blocks, mapping
from reader.channel.group import Generator, Rng, broken
from reader.channel.kdf import SessionKeys, password_key, session_keys
from reader.channel.pace_protocols import Mapping, Variant
from reader.channel.password import PasswordRefused
from reader.errors import CardRefused, MalformedData
from reader.evidence import MappingProof, Password, PasswordKind, PasswordState

_PASSWORD_REFERENCE = {PasswordKind.MRZ: 1, PasswordKind.CAN: 2}
_MAX_NONCE = 64  # bytes
_MAX_SEALED_PROOF = 128  # bytes
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


class Opened(NamedTuple):
    """The session's keys; the send sequence counter is zero."""

    keys: SessionKeys
    mapping: MappingProof | None
    """What chip authentication mapping leaves to be judged; None for the other mappings."""


def run(
    exchange: Exchange,
    variant: Variant,
    password: Password,
    *,
    rng: Rng = os.urandom,
    min_tries_left: int = 0,
    always_name_parameters: bool = True,
) -> Opened | PasswordRefused:
    """Run PACE in a variant that the chip offers.

    `rng` gives, in this order: the terminal's nonce of integrated mapping or the private key of
    the other mappings, then the private key of the agreement. `always_name_parameters` adds
    tag 84 to MSE:Set AT even where the parameters are not ambiguous: harmless to most chips, and
    the printed examples of the standard omit it.
    Never guesses where the chip tells of `min_tries_left` tries or fewer.
    Raises CardRefused (a command refused for another reason than the password), ChannelBroken,
    MalformedData, and what `exchange` raises.
    """
    reference = variant.parameter_id if always_name_parameters or variant.ambiguous else None
    session = _Session(exchange, variant, password.kind, reference)
    sw = session.select()
    if sw == SW.REFERENCED_DATA_NOT_FOUND:
        return PasswordRefused(PasswordState.NONE_GIVEN, None)
    tries = 0 if sw == SW.AUTHENTICATION_BLOCKED else tries_left(sw)
    if tries is not None and tries <= min_tries_left:
        return PasswordRefused(PasswordState.TOO_FEW_TRIES, tries)
    nonce = session.nonce(password)
    generator, mapping_key = session.map_nonce(nonce, rng)
    agreed = session.agree(generator, rng)
    outcome = session.authenticate(agreed, mapping_key)
    if isinstance(outcome, Opened):
        return outcome
    left = 0 if outcome == SW.AUTHENTICATION_BLOCKED else tries_left(outcome)
    if left is None and tries is not None:
        left = tries - 1
    elif left is None:
        left = session.ask_tries()
    return PasswordRefused(PasswordState.WRONG, left)


class _Agreed(NamedTuple):
    keys: SessionKeys
    own_public: bytes
    chip_public: bytes


class _Session(NamedTuple):
    exchange: Exchange
    variant: Variant
    kind: PasswordKind
    parameter_reference: int | None

    def select(self) -> int:
        """MSE:Set AT (4.4.4.1). Returns a status word that speaks of the password, or 9000."""
        data = tlv.encode(0x80, self.variant.identifier)
        data += tlv.encode(0x83, bytes([_PASSWORD_REFERENCE[self.kind]]))
        if self.parameter_reference is not None:
            data += tlv.encode(0x84, bytes([self.parameter_reference]))
        command = CommandApdu(0x00, INS.MANAGE_SECURITY_ENVIRONMENT, 0xC1, 0xA4, data)
        sw = self.exchange(command).sw
        if sw not in _SELECT_ANSWERS and tries_left(sw) is None:
            raise _refused("the choice of PACE", sw)
        return sw

    def ask_tries(self) -> int | None:
        """Return how many tries are left, by choosing PACE once more, which costs none.

        Many chips answer a wrong password with 6300 and tell the number only there. None where
        the chip does not count.
        """
        try:
            sw = self.select()
        except CardRefused:
            return None
        return 0 if sw == SW.AUTHENTICATION_BLOCKED else tries_left(sw)

    def nonce(self, password: Password) -> bytes:
        """Step 1: fetch the encrypted nonce and open it with K_pi (4.4.3.3)."""
        suite = self.variant.suite
        sealed = self._step(b"", 0x80)
        size = len(sealed)
        if not size or size % suite.block or size > _MAX_NONCE:
            raise broken("the encrypted nonce has an impossible length")
        if self.variant.mapping is Mapping.INTEGRATED and size != mapping.nonce_size(suite):
            raise broken("the encrypted nonce has an impossible length")
        return blocks.decrypt(suite, password_key(password, suite), sealed)

    def map_nonce(self, nonce: bytes, rng: Rng) -> tuple[Generator, bytes]:
        """Step 2 (4.4.5.2): return the generator, and the chip's mapping key where it has one."""
        variant, group = self.variant, self.variant.group
        if variant.mapping is Mapping.INTEGRATED:
            own_nonce = rng(variant.suite.key_size)
            if self._ask(tlv.encode(0x81, own_nonce)).get(0x82):
                raise broken("the chip's mapping data should be empty")
            element = mapping.pseudo_random(variant.suite, nonce, own_nonce, group.modulus)
            return group.map_element(element), b""
        own = group.key_pair(group.draw(rng))
        theirs = self._step(tlv.encode(0x81, own.public), 0x82)
        return own.map_nonce(int.from_bytes(nonce, "big"), theirs), theirs

    def agree(self, generator: Generator, rng: Rng) -> _Agreed:
        """Step 3: Diffie-Hellman over the mapped generator; both publics must differ."""
        own = generator.key_pair(self.variant.group.draw(rng))
        public = own.public
        theirs = self._step(tlv.encode(0x83, public), 0x84)
        if theirs.lstrip(b"\x00") == public:
            raise broken("the chip sent our own public key back")
        return _Agreed(session_keys(own.agree(theirs), self.variant.suite), public, theirs)

    def authenticate(self, agreed: _Agreed, mapping_key: bytes) -> Opened | int:
        """Step 4: exchange tokens. Returns the status word where the chip refused ours."""
        ours, theirs = self._tokens(agreed.keys.mac, agreed.chip_public, agreed.own_public)
        answer = self._send(0x00, tlv.encode(0x85, ours))
        if not answer.ok:
            if tries_left(answer.sw) is not None or answer.sw in _REFUSED_PASSWORD:
                return answer.sw
            raise _refused("mutual authentication", answer.sw)
        # Certification authority references (87, 88) may follow; they serve terminal
        # authentication, which this terminal never does.
        found = _objects(answer.data)
        if not hmac.compare_digest(found.get(0x86, b""), theirs):
            raise broken("the chip's authentication token is wrong")
        if self.variant.mapping is not Mapping.CHIP_AUTHENTICATION:
            return Opened(agreed.keys, None)
        data = self._chip_authentication_data(agreed.keys, found.get(0x8A))
        return Opened(agreed.keys, MappingProof(mapping_key, data))

    def _chip_authentication_data(self, keys: SessionKeys, sealed: bytes | None) -> bytes:
        """Return CA_IC, decrypted (4.4.3.5, 4.4.5.6)."""
        if sealed is None:
            raise broken("data object 8A is missing")
        block = keys.suite.block
        if not sealed or len(sealed) % block or len(sealed) > _MAX_SEALED_PROOF:
            raise broken("the chip authentication data have an impossible length")
        iv = blocks.encrypt(keys.suite, keys.enc, b"\xff" * block)
        data = blocks.unpad(blocks.decrypt(keys.suite, keys.enc, sealed, iv), block)
        if data is None or len(data) != self.variant.group.private_size:
            raise broken("the chip authentication data have an impossible form")
        return data

    def _step(self, data: bytes, wanted: int) -> bytes:
        value = self._ask(data).get(wanted)
        if value is None:
            raise broken(f"data object {wanted:X} is missing")
        return value

    def _ask(self, data: bytes) -> dict[int, bytes]:
        answer = self._send(_CHAINED, data)
        if not answer.ok:
            raise _refused("a step of PACE", answer.sw)
        return _objects(answer.data)

    def _send(self, cla: int, data: bytes) -> ResponseApdu:
        body = tlv.encode(0x7C, data)
        le = EXTENDED_LE if self.variant.extended else SHORT_LE
        return self.exchange(CommandApdu(cla, INS.GENERAL_AUTHENTICATE, 0x00, 0x00, body, le))

    def _tokens(self, key: bytes, *publics: bytes) -> list[bytes]:
        """MAC over public key data objects (4.4.3.4, 9.4): identifier and public value only."""
        identifier, tag = tlv.encode(0x06, self.variant.identifier), self.variant.group.public_tag
        objects = [tlv.encode(0x7F49, identifier + tlv.encode(tag, one)) for one in publics]
        return blocks.tokens(self.variant.suite, key, *objects)


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


def _refused(what: str, sw: int) -> CardRefused:
    return CardRefused(
        f"The card refused {what} (status {sw:04X}).",
        next_step="Lay the card again; if it stays so, the chip is damaged or not one of ours.",
        sw=sw,
    )
