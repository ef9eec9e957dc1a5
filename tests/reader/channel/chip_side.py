"""The chip's side of secure messaging and BAC, both cipher suites, written from the standard.

It shares nothing with `reader.channel` but the TLV coder, and makes every cipher anew, block by
block where the standard speaks of blocks, so that it stays readable beside the text.
Source: Doc 9303-11 sections 4.3, 9.7.1 and 9.8.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from reader import tlv
from reader.apdu import CommandApdu, ResponseApdu
from reader.channel.kdf import CipherSuite, SessionKeys


class SmError(Exception):
    """The chip found an error of secure messaging: it answers without, and forgets its keys."""


def des(key: bytes, block: bytes) -> bytes:
    """Encrypt one block under single DES."""
    return Cipher(TripleDES(key * 3), modes.ECB()).encryptor().update(block)  # noqa: S305


def undes(key: bytes, block: bytes) -> bytes:
    """Decrypt one block under single DES."""
    return Cipher(TripleDES(key * 3), modes.ECB()).decryptor().update(block)  # noqa: S305


def xor(left: bytes, right: bytes) -> bytes:
    """Return the bits that differ."""
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def pad(data: bytes, block: int) -> bytes:
    """Pad by method 2 of ISO/IEC 9797-1."""
    padded = data + b"\x80"
    while len(padded) % block:
        padded += b"\x00"
    return padded


def retail_mac(key: bytes, padded: bytes) -> bytes:
    """MAC algorithm 3 of ISO/IEC 9797-1, block by block, as its figure has it."""
    chained = bytes(8)
    for start in range(0, len(padded), 8):
        chained = des(key[:8], xor(chained, padded[start : start + 8]))
    return des(key[:8], undes(key[8:], chained))


@dataclass
class ChipSide:
    """One session of a chip. `counter` is the send sequence counter as last used."""

    keys: SessionKeys
    counter: int = 0
    lost: bool = False
    odd: bool = False
    """Whether the command's instruction was odd: DO85 then carries the data, both ways."""

    @property
    def block(self) -> int:
        return 8 if self.keys.suite is CipherSuite.TDES else 16

    def open(self, command: CommandApdu) -> CommandApdu:
        """Return the plain command. Raises SmError, and for good."""
        try:
            return self._open(command)
        except SmError:
            self.lost = True
            raise

    def protect(self, data: bytes, sw: int) -> ResponseApdu:
        """Return the protected answer; an empty one has no cryptogram."""
        self._count()
        body = b""
        if data:
            sealed = self._cbc(pad(data, self.block), encrypt=True)
            body = tlv.encode(0x85, sealed) if self.odd else tlv.encode(0x87, b"\x01" + sealed)
        body += b"\x99\x02" + sw.to_bytes(2, "big")
        return self.seal(body, sw)

    def seal(self, body: bytes, sw: int) -> ResponseApdu:
        """Put a right checksum behind whatever objects."""
        mac = self._mac(pad(self._ssc() + body, self.block))
        return ResponseApdu(body + b"\x8e\x08" + mac, sw)

    def _open(self, command: CommandApdu) -> CommandApdu:
        if self.lost or command.cla & 0x0C != 0x0C:
            raise SmError("no session")
        self._count()
        objects = {item.tag: item.value for item in tlv.iterate(command.data)}
        covered = command.data[:-10]
        message = self._ssc() + pad(command.header, self.block)
        message += pad(covered, self.block) if covered else b""
        if command.data[-10:] != b"\x8e\x08" + self._mac(message):
            raise SmError("checksum")
        self.odd = bool(command.ins & 1)
        sealed = objects.get(0x85) if self.odd else objects.get(0x87, b"")[1:]
        data = b""
        if sealed:
            data = self._cbc(sealed, encrypt=False).rstrip(b"\x00")[:-1]
        le = objects.get(0x97)
        wanted = None if le is None else int.from_bytes(le, "big") or 1 << 8 * len(le)
        cla = command.cla & ~0x0C
        return CommandApdu(cla, command.ins, command.p1, command.p2, data, wanted)

    def _count(self) -> None:
        self.counter = (self.counter + 1) % (1 << 8 * self.block)

    def _ssc(self) -> bytes:
        return self.counter.to_bytes(self.block, "big")

    def _cbc(self, blocks: bytes, *, encrypt: bool) -> bytes:
        algorithm: CipherAlgorithm
        if self.keys.suite is CipherSuite.TDES:
            algorithm, iv = TripleDES(self.keys.enc + self.keys.enc[:8]), bytes(8)
        else:
            algorithm = algorithms.AES(self.keys.enc)
            iv = Cipher(algorithm, modes.ECB()).encryptor().update(self._ssc())  # noqa: S305
        cipher = Cipher(algorithm, modes.CBC(iv))
        turn = cipher.encryptor() if encrypt else cipher.decryptor()
        return turn.update(blocks) + turn.finalize()

    def _mac(self, blocks: bytes) -> bytes:
        if self.keys.suite is CipherSuite.TDES:
            return retail_mac(self.keys.mac, blocks)
        mac = CMAC(algorithms.AES(self.keys.mac))
        mac.update(blocks)
        return mac.finalize()[:8]


@dataclass
class BacChip:
    """A chip that opens by basic access control. `wrong` is what it says to a wrong proof."""

    mrz_information: str
    nonce: bytes = bytes(range(8))
    keying: bytes = bytes(range(16))
    wrong: int = 0x6300
    session: ChipSide | None = None
    commands: list[CommandApdu] = field(default_factory=list)

    def __call__(self, command: CommandApdu) -> ResponseApdu:
        """Answer GET CHALLENGE and EXTERNAL AUTHENTICATE."""
        self.commands.append(command)
        if command.ins == 0x84:
            return ResponseApdu(self.nonce, 0x9000)
        seed = hashlib.sha1(self.mrz_information.encode()).digest()[:16]  # noqa: S324
        enc, mac = derive(seed)
        sealed, checksum = command.data[:32], command.data[32:]
        if checksum != retail_mac(mac, pad(sealed, 8)):
            return ResponseApdu(b"", self.wrong)
        key = TripleDES(enc + enc[:8])
        opened = Cipher(key, modes.CBC(bytes(8))).decryptor().update(sealed)
        theirs, ours, keying = opened[:8], opened[8:16], opened[16:]
        if ours != self.nonce:
            return ResponseApdu(b"", self.wrong)
        answer = self.nonce + theirs + self.keying
        sealed = Cipher(key, modes.CBC(bytes(8))).encryptor().update(answer)
        keys = SessionKeys(CipherSuite.TDES, *derive(xor(keying, (self.keying + bytes(16))[:16])))
        counter = int.from_bytes(self.nonce[4:] + theirs[4:], "big")
        self.session = ChipSide(keys, counter)
        return ResponseApdu(sealed + retail_mac(mac, pad(sealed, 8)), 0x9000)


def derive(seed: bytes) -> tuple[bytes, bytes]:
    """Return the two 3DES keys of a seed, parity adjusted (section 9.7.1.1, appendix D.1)."""

    def key(counter: int) -> bytes:
        digest = hashlib.sha1(seed + counter.to_bytes(4, "big")).digest()[:16]  # noqa: S324
        return bytes(b if b.bit_count() % 2 else b ^ 1 for b in digest)

    return key(1), key(2)
