"""A chip that runs PACE with this terminal's own functions, and lies where it is told to.

For what the software card does not do: nonces, status words and values that no honest chip sends.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reader import tlv
from reader.apdu import CommandApdu, ResponseApdu
from reader.channel import blocks, mapping, pace, pace_protocols
from reader.channel.group import Generator
from reader.channel.kdf import CipherSuite, SessionKeys, password_key, session_keys
from reader.channel.pace import Opened
from reader.channel.pace_protocols import Mapping, Variant
from reader.channel.password import PasswordRefused
from reader.evidence import Password, PasswordKind

STEM = "0.4.0.127.0.7.2.2.4"
CAN = Password(PasswordKind.CAN, "123456")
PROOF_KEY = 0xC0FFEE


def honest(tag: int, value: bytes) -> bytes:
    """Change nothing."""
    return value


@dataclass
class OwnChip:
    """One run. `lie` may change what the chip sends: by tag, its value; None leaves it out.

    `prove` may change the chip authentication data before they are encrypted.
    """

    variant: Variant
    nonce: bytes
    select: int = 0x9000
    verdict: int = 0x9000
    lie: Callable[[int, bytes], bytes | None] = honest
    prove: Callable[[bytes], bytes] = lambda data: data
    extra: bytes = b""
    selected: bytes = b""
    generator: Generator = field(init=False)
    keys: SessionKeys = field(init=False)
    mapping_private: int = field(init=False)
    own: bytes = field(init=False)
    theirs: bytes = field(init=False)

    def __call__(self, command: CommandApdu) -> ResponseApdu:
        """Answer one command of the run."""
        if command.ins == 0x22:
            self.selected = command.data
            return ResponseApdu(b"", self.select)
        group, suite = self.variant.group, self.variant.suite
        objects = {o.tag: o.value for o in tlv.iterate(tlv.unwrap(command.data, 0x7C))}
        if not objects:
            sealed = blocks.encrypt(suite, password_key(CAN, suite), self.nonce)
            return self._say({0x80: sealed})
        if 0x81 in objects:
            return self._say({0x82: self._map(objects[0x81])})
        if 0x83 in objects:
            mine = self.generator.key_pair(group.draw(os.urandom))
            self.own, self.theirs = mine.public, objects[0x83]
            self.keys = session_keys(mine.agree(self.theirs), suite)
            return self._say({0x84: self.own})
        if self.verdict != 0x9000:
            return ResponseApdu(b"", self.verdict)
        assert objects[0x85] == self._token(self.own)
        answers = {0x86: self._token(self.theirs)}
        if self.variant.mapping is Mapping.CHIP_AUTHENTICATION:
            answers[0x8A] = self._sealed_proof()
        return self._say(answers)

    def _map(self, theirs: bytes) -> bytes:
        group, suite = self.variant.group, self.variant.suite
        if self.variant.mapping is Mapping.INTEGRATED:
            element = mapping.pseudo_random(suite, self.nonce, theirs, group.modulus)
            self.generator = group.map_element(element)
            return b""
        self.mapping_private = group.draw(os.urandom)
        mine = group.key_pair(self.mapping_private)
        self.generator = mine.map_nonce(int.from_bytes(self.nonce, "big"), theirs)
        return mine.public

    def _sealed_proof(self) -> bytes:
        """Chip authentication data of a chip whose static key is `PROOF_KEY`."""
        group, suite = self.variant.group, self.variant.suite
        proof = pow(PROOF_KEY, -1, group.bound) * self.mapping_private % group.bound
        plain = self.prove(proof.to_bytes(group.private_size, "big"))
        iv = blocks.encrypt(suite, self.keys.enc, b"\xff" * suite.block)
        first, *rest = batched(blocks.pad(plain, suite.block), suite.block)
        chained = bytes(a ^ b for a, b in zip(first, iv, strict=True))
        return blocks.encrypt(suite, self.keys.enc, chained + b"".join(rest))

    def _say(self, answers: dict[int, bytes]) -> ResponseApdu:
        told = {tag: self.lie(tag, value) for tag, value in answers.items()}
        body = b"".join(tlv.encode(tag, value) for tag, value in told.items() if value is not None)
        return ResponseApdu(tlv.encode(0x7C, body + self.extra), 0x9000)

    def _token(self, public: bytes) -> bytes:
        """Return the token as the standard writes it, the tag by the kind of group."""
        tag = 0x84 if self.variant.parameter_id < 3 else 0x86
        data = tlv.encode(0x06, self.variant.identifier) + tlv.encode(tag, public)
        return blocks.token(self.variant.suite, self.keys.mac, tlv.encode(0x7F49, data))


def batched(data: bytes, size: int) -> list[bytes]:
    """Cut data into blocks."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def variant(protocol: str = "2.2", parameter_id: int = 12, *, ambiguous: bool = False) -> Variant:
    """Return a variant by the last two arcs of its protocol."""
    found = pace_protocols.resolve(f"{STEM}.{protocol}", parameter_id, ambiguous=ambiguous)
    assert found is not None
    return found


def own_chip(which: Variant | None = None, **changes: Any) -> OwnChip:
    """Return a chip with a fixed nonce, for ECDH generic mapping with AES-128 unless told."""
    which = which or variant()
    size = mapping.nonce_size(which.suite)
    return OwnChip(**{"variant": which, "nonce": bytes(range(1, size + 1)), **changes})


def run(chip: OwnChip, **options: Any) -> Opened | PasswordRefused:
    """Run PACE with the CAN against a chip of this file."""
    return pace.run(chip, chip.variant, CAN, **options)


PROTOCOLS = [
    f"{kind}.{number}"
    for kind in (1, 2, 3, 4, 6)
    for number, suite in enumerate(CipherSuite, start=1)
    if kind != 6 or suite is not CipherSuite.TDES
]
"""The last two arcs of every protocol of Doc 9303-11 section 9.2.3."""
