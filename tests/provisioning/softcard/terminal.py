"""A small terminal, written for the chip's tests: it shares no line with chip or reader.

Points are multiplied one bit at a time in affine coordinates; keys, checksums and padding are
spelled out from Doc 9303-11. Nothing here is fast, and nothing is checked that a test does not
ask for.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from reader import curves

Transmit = Callable[[bytes], bytes]
Point = tuple[int, int] | None

SIZES = {"3DES": (16, 8), "AES-128": (16, 16), "AES-192": (24, 16), "AES-256": (32, 16)}
"""Key and block in bytes."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A suite with its two keys."""

    suite: str
    enc: bytes
    mac: bytes


def derive(suite: str, secret: bytes, counter: int) -> bytes:
    """KDF of section 9.7.1."""
    size = SIZES[suite][0]
    hashed = hashlib.sha1 if size == 16 else hashlib.sha256
    return hashed(secret + bytes([0, 0, 0, counter])).digest()[:size]


def session_keys(suite: str, secret: bytes) -> Keys:
    """Section 9.7.4."""
    return Keys(suite, derive(suite, secret, 1), derive(suite, secret, 2))


def cbc(
    suite: str, key: bytes, data: bytes, *, iv: bytes | None = None, back: bool = False
) -> bytes:
    """CBC mode, zero IV unless given."""
    if suite == "3DES":
        cipher = Cipher(TripleDES(key + key[:8]), modes.CBC(iv or bytes(8)))
    else:
        cipher = Cipher(algorithms.AES(key), modes.CBC(iv or bytes(16)))
    context = cipher.decryptor() if back else cipher.encryptor()
    return context.update(data) + context.finalize()


def pad(suite: str, data: bytes) -> bytes:
    """Pad by method 2."""
    data += b"\x80"
    return data + bytes(-len(data) % SIZES[suite][1])


def mac(suite: str, key: bytes, data: bytes) -> bytes:
    """Return the checksum over data that are padded already (3DES) or need no padding (AES)."""
    if suite == "3DES":
        # Algorithm 3 in its other form: all but the last block by single DES, that one by 3DES.
        chain = bytes(8)
        for start in range(0, len(data) - 8, 8):
            block = bytes(a ^ b for a, b in zip(chain, data[start : start + 8], strict=True))
            chain = Cipher(TripleDES(key[:8] * 3), modes.CBC(bytes(8))).encryptor().update(block)
        block = bytes(a ^ b for a, b in zip(chain, data[-8:], strict=True))
        return cbc("3DES", key, block)
    code = CMAC(algorithms.AES(key))
    code.update(data)
    return code.finalize()[:8]


def token(keys: Keys, oid: str, tag: int, public: bytes) -> bytes:
    """Return the authentication token of section 4.4.3.4."""
    data = tlv(0x7F49, tlv(0x06, bytes.fromhex(oid)) + tlv(tag, public))
    return mac(keys.suite, keys.mac, pad("3DES", data) if keys.suite == "3DES" else data)


def tlv(tag: int, value: bytes) -> bytes:
    """One object."""
    size = len(value)
    length = bytes([size]) if size < 128 else (
        bytes([0x81, size]) if size < 256 else b"\x82" + size.to_bytes(2, "big")
    )  # fmt: skip
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + length + value


def objects(data: bytes) -> dict[int, bytes]:
    """Return the objects with one-byte tags that fill `data`."""
    found = {}
    while data:
        size, head = data[1], 2
        if size > 0x80:
            head += size & 0x7F
            size = int.from_bytes(data[2:head], "big")
        found[data[0]], data = data[head : head + size], data[head + size :]
    return found


class Session:
    """Secure messaging, the terminal's end."""

    def __init__(self, transmit: Transmit, keys: Keys, counter: int = 0) -> None:
        self.transmit = transmit
        self.keys = keys
        self.counter = counter

    def block(self) -> bytes:
        """Return the counter as a block."""
        return self.counter.to_bytes(SIZES[self.keys.suite][1], "big")

    def iv(self) -> bytes:
        """Section 9.8.6.1 or 9.8.7.1."""
        suite = self.keys.suite
        return bytes(8) if suite == "3DES" else cbc(suite, self.keys.enc, self.block())

    def protect(self, command: bytes, data: bytes = b"", le: bytes = b"") -> bytes:
        """Return the data field of a command with this header."""
        suite, odd = self.keys.suite, command[1] & 1
        self.counter += 1
        body = b""
        if data:
            sealed = cbc(suite, self.keys.enc, pad(suite, data), iv=self.iv())
            body = tlv(0x85, sealed) if odd else tlv(0x87, b"\x01" + sealed)
        if le:
            body += tlv(0x97, le)
        text = pad(suite, b"\x0c" + command[1:4])
        if body:
            text += body
        checked = self.block() + (pad(suite, text) if body else text)
        return body + tlv(0x8E, mac(suite, self.keys.mac, checked))

    def open(self, raw: bytes) -> tuple[int, bytes]:
        """Return status and data of an answer; its checksum is asserted."""
        suite = self.keys.suite
        self.counter += 1
        body, found = raw[:-2], objects(raw[:-2])
        covered = self.block() + body[: len(body) - 10]
        assert mac(suite, self.keys.mac, pad(suite, covered)) == found[0x8E]
        sealed = found.get(0x85) or found.get(0x87, b"\x01")[1:]
        plain = cbc(suite, self.keys.enc, sealed, iv=self.iv(), back=True) if sealed else b""
        assert raw[-2:] == found[0x99]
        return int.from_bytes(found[0x99], "big"), plain.rstrip(b"\x00")[:-1] if plain else b""

    def ask(
        self, header: str, data: bytes = b"", le: bytes = b"", *, extended: bool = False
    ) -> str:
        """Send a command under the session; return status and data in hexadecimal."""
        command = bytes.fromhex(header)
        field = self.protect(command, data, le)
        raw = self.transmit(wire(b"\x0c" + command[1:4], field, extended=extended))
        assert len(raw) > 2, f"the chip answered {raw.hex()} without secure messaging"
        status, plain = self.open(raw)
        return f"{status:04X}{plain.hex().upper()}"


def wire(header: bytes, field: bytes, *, extended: bool = False) -> bytes:
    """Return a command with data and full Le."""
    if extended or len(field) > 255:
        return header + b"\x00" + len(field).to_bytes(2, "big") + field + b"\x00\x00"
    return header + bytes([len(field)]) + field + b"\x00"


def add(curve: curves.Curve, left: Point, right: Point) -> Point:
    """Affine addition."""
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2), p = left, right, curve.p
    if x1 == x2 and (y1 + y2) % p == 0:
        return None
    if left == right:
        slope = (3 * x1 * x1 + curve.a) * pow(2 * y1, -1, p) % p
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, p) % p
    x3 = (slope * slope - x1 - x2) % p
    return x3, (slope * (x1 - x3) - y1) % p


def multiply(curve: curves.Curve, scalar: int, point: Point) -> Point:
    """Double and add."""
    result: Point = None
    for bit in bin(scalar)[2:]:
        result = add(curve, result, result)
        if bit == "1":
            result = add(curve, result, point)
    return result


def point_octets(curve: curves.Curve, point: Point) -> bytes:
    """Uncompressed form."""
    assert point is not None
    return b"\x04" + b"".join(number.to_bytes(curve.field_size, "big") for number in point)


def point_of(curve: curves.Curve, octets: bytes) -> Point:
    """Return the point of an uncompressed form."""
    size = curve.field_size
    assert len(octets) == 1 + 2 * size
    return int.from_bytes(octets[1 : 1 + size], "big"), int.from_bytes(octets[1 + size :], "big")


def curve_of(parameter_id: int) -> curves.Curve:
    """Return the curve of a domain parameter id."""
    curve = curves.by_parameter_id(parameter_id)
    assert curve is not None
    return curve


def random_scalar(curve: curves.Curve) -> int:
    """Return a private key, bias being no matter here."""
    return int.from_bytes(os.urandom(80), "big") % (curve.n - 1) + 1
