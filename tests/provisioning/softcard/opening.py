"""Opening a chip from outside: PACE in every variant, BAC, chip authentication.

The terminal's side, spelled out from Doc 9303-11 with the arithmetic of `terminal`. The numbers
of the groups modulo a prime are the chip's, which `test_groups` holds against openssl.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from provisioning.softcard import modp
from provisioning.softcard.modp import ModularGroup
from reader import curves
from tests.provisioning.softcard import terminal
from tests.provisioning.softcard.terminal import Keys, Session, Transmit, tlv

PACE_ARCS = {"DH-GM": 1, "ECDH-GM": 2, "DH-IM": 3, "ECDH-IM": 4, "ECDH-CAM": 6}
SUITE_ARCS = {"3DES": 1, "AES-128": 2, "AES-192": 3, "AES-256": 4}
PACE = "04007F0007020204"
CHIP = "04007F0007020203"
CONSTANTS = {
    16: ("a668892a7c41e3ca739f40b057d85904", "a4e136ac725f738b01c1f60217c188ad"),
    32: (
        "d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676",
        "54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517",
    ),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, and what chip authentication mapping left behind."""

    session: Session
    mapping_key: bytes = b""
    chip_data: int = 0


class Refusal(Exception):
    """The chip answered with this status word."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def modular(parameter_id: int) -> ModularGroup | None:
    """Return the group modulo a prime of this id; None for a curve's."""
    return next((g for g in modp.GROUPS if g.parameter_id == parameter_id), None)


def short(number: int) -> bytes:
    """Return an unsigned integer in the fewest octets."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def public(parameter_id: int, secret: int, base: bytes | None = None) -> bytes:
    """Return the public key of a secret, on the standard's generator or another."""
    group = modular(parameter_id)
    if group is not None:
        return short(pow(int.from_bytes(base, "big") if base else group.g, secret, group.p))
    curve = terminal.curve_of(parameter_id)
    point = terminal.point_of(curve, base) if base else (curve.gx, curve.gy)
    return terminal.point_octets(curve, terminal.multiply(curve, secret, point))


def secret_of(parameter_id: int) -> int:
    """Return a random private key."""
    group = modular(parameter_id)
    order = terminal.curve_of(parameter_id).n if group is None else group.order
    return int.from_bytes(os.urandom(80), "big") % (order - 1) + 1


def agreed(parameter_id: int, element: bytes) -> bytes:
    """Return the octets of a shared secret."""
    group = modular(parameter_id)
    if group is None:
        return element[1 : 1 + terminal.curve_of(parameter_id).field_size]
    return element.rjust((group.p.bit_length() + 7) // 8, b"\x00")


def password(text: str, *, can: bool) -> bytes:
    """f(password) of table 14."""
    return text.encode() if can else hashlib.sha1(text.encode(), usedforsecurity=False).digest()


def plain(transmit: Transmit, command: str) -> bytes:
    """Send a command in plain; return the data of an answer 9000."""
    return sent(transmit, bytes.fromhex(command))


def sent(transmit: Transmit, command: bytes) -> bytes:
    """Send a command in plain; return the data of an answer 9000."""
    raw = transmit(command)
    if raw[-2:] != b"\x90\x00":
        raise Refusal(raw[-2:].hex().upper())
    return raw[:-2]


def step(transmit: Transmit, data: bytes, *, last: bool = False) -> dict[int, bytes]:
    """One GENERAL AUTHENTICATE of PACE."""
    header = bytes([0x00 if last else 0x10, 0x86, 0, 0])
    return terminal.objects(terminal.objects(sent(transmit, terminal.wire(header, data)))[0x7C])


def pace(
    transmit: Transmit,
    kind: str,
    suite: str,
    parameter_id: int,
    secret: bytes,
    *,
    can: bool,
    with_id: bool = True,
) -> Opened:
    """Run PACE: `kind` like `ECDH-GM`. Raises Refusal."""
    oid = f"{PACE}{PACE_ARCS[kind]:02X}{SUITE_ARCS[suite]:02X}"
    choice = tlv(0x80, bytes.fromhex(oid)) + tlv(0x83, bytes([2 if can else 1]))
    if with_id:
        choice += tlv(0x84, bytes([parameter_id]))
    chosen = transmit(bytes.fromhex("0022C1A4") + bytes([len(choice)]) + choice)
    if chosen != b"\x90\x00" and not chosen.startswith(b"\x63"):
        raise Refusal(chosen.hex().upper())
    encrypted = step(transmit, tlv(0x7C, b""))[0x80]
    nonce = terminal.cbc(suite, terminal.derive(suite, secret, 3), encrypted, back=True)
    generator, theirs = mapped(transmit, kind, suite, parameter_id, nonce)
    own_secret = secret_of(parameter_id)
    own = public(parameter_id, own_secret, generator)
    chip = step(transmit, tlv(0x7C, tlv(0x83, own)))[0x84]
    keys = terminal.session_keys(
        suite, agreed(parameter_id, public(parameter_id, own_secret, chip))
    )
    tag = 0x84 if kind.startswith("DH") else 0x86
    answer = step(transmit, tlv(0x7C, tlv(0x85, terminal.token(keys, oid, tag, chip))), last=True)
    assert answer[0x86] == terminal.token(keys, oid, tag, own)
    data = 0
    if 0x8A in answer:
        data = decrypted_chip_data(keys, answer[0x8A])
    return Opened(Session(transmit, keys), theirs, data)


def mapped(
    transmit: Transmit, kind: str, suite: str, parameter_id: int, nonce: bytes
) -> tuple[bytes, bytes]:
    """Map the nonce; return the generator and the chip's mapping key."""
    if kind.endswith("IM"):
        other = os.urandom(terminal.SIZES[suite][0])
        assert step(transmit, tlv(0x7C, tlv(0x81, other)))[0x82] == b""
        return integrated(parameter_id, pseudo_random(suite, nonce, other, parameter_id)), b""
    secret = secret_of(parameter_id)
    theirs = step(transmit, tlv(0x7C, tlv(0x81, public(parameter_id, secret))))[0x82]
    shared = public(parameter_id, secret, theirs)
    number = int.from_bytes(nonce, "big")
    group = modular(parameter_id)
    if group is not None:
        product = pow(group.g, number, group.p) * int.from_bytes(shared, "big") % group.p
        return short(product), theirs
    curve = terminal.curve_of(parameter_id)
    shifted = terminal.multiply(curve, number, (curve.gx, curve.gy))
    total = terminal.add(curve, shifted, terminal.point_of(curve, shared))
    return terminal.point_octets(curve, total), theirs


def pseudo_random(suite: str, nonce: bytes, other: bytes, parameter_id: int) -> int:
    """Figure 2 of section 4.4.3.3.2, reduced."""
    c0, c1 = (bytes.fromhex(text) for text in CONSTANTS[len(nonce)])
    size = terminal.SIZES[suite][0]
    group = modular(parameter_id)
    p = terminal.curve_of(parameter_id).p if group is None else group.p
    rounds = -(-(p.bit_length() + 64) // (8 * len(nonce)))
    key, parts = terminal.cbc(suite, other, nonce)[:size], []
    for _ in range(rounds):
        parts.append(terminal.cbc(suite, key, c1))
        key = terminal.cbc(suite, key, c0)[:size]
    return int.from_bytes(b"".join(parts), "big") % p


def integrated(parameter_id: int, value: int) -> bytes:
    """Map a field element into the group; the root is found by Euler's criterion."""
    group = modular(parameter_id)
    if group is not None:
        return short(pow(value, (group.p - 1) // group.order, group.p))
    curve: curves.Curve = terminal.curve_of(parameter_id)
    p, a, b = curve.p, curve.a, curve.b
    alpha = -(value**2) % p
    x2 = -b * pow(a, -1, p) * (1 + pow(alpha + alpha**2, -1, p)) % p
    x3 = alpha * x2 % p
    h2 = (x2**3 + a * x2 + b) % p
    inverse_root = pow(h2, p - 1 - (p + 1) // 4, p)
    square = pow(h2, (p - 1) // 2, p) == 1
    point = (x2, inverse_root * h2 % p) if square else (x3, inverse_root * value**3 * h2 % p)
    assert (point[1] ** 2 - point[0] ** 3 - a * point[0] - b) % p == 0
    return terminal.point_octets(curve, point)


def decrypted_chip_data(keys: Keys, data: bytes) -> int:
    """CA_IC out of object 8A (section 4.4.3.5)."""
    iv = terminal.cbc(keys.suite, keys.enc, b"\xff" * 16)
    text = terminal.cbc(keys.suite, keys.enc, data, iv=iv, back=True)
    return int.from_bytes(text.rstrip(b"\x00")[:-1], "big")


def basic_access(transmit: Transmit, mrz: str) -> Session:
    """Run BAC in the selected application. Raises Refusal."""
    seed = hashlib.sha1(mrz.encode(), usedforsecurity=False).digest()[:16]
    keys = terminal.session_keys("3DES", seed)
    challenge = plain(transmit, "0084000008")
    own, material = os.urandom(8), os.urandom(16)
    sealed = terminal.cbc("3DES", keys.enc, own + challenge + material)
    code = terminal.mac("3DES", keys.mac, terminal.pad("3DES", sealed))
    answer = sent(transmit, bytes.fromhex("0082000028") + sealed + code + b"\x28")
    assert answer[32:] == terminal.mac("3DES", keys.mac, terminal.pad("3DES", answer[:32]))
    opened = terminal.cbc("3DES", keys.enc, answer[:32], back=True)
    assert opened[:16] == challenge + own
    shared = bytes(a ^ b for a, b in zip(material, opened[16:], strict=True))
    counter = int.from_bytes(challenge[4:] + own[4:], "big")
    return Session(transmit, terminal.session_keys("3DES", shared), counter)


def chip_authentication(
    session: Session,
    suite: str,
    parameter_id: int,
    chip: bytes,
    *,
    key_id: bytes = b"",
    kat: bool = False,
) -> Session:
    """Run chip authentication with the chip's public key; return the new session."""
    secret = secret_of(parameter_id)
    own = public(parameter_id, secret)
    reference = tlv(0x84, key_id) if key_id else b""
    extended = len(own) > 128
    if kat:
        status = session.ask("002241A6", tlv(0x91, own) + reference, extended=extended)
    else:
        arc = 1 if modular(parameter_id) else 2
        oid = bytes.fromhex(f"{CHIP}{arc:02X}{SUITE_ARCS[suite]:02X}")
        chosen = session.ask("002241A4", tlv(0x80, oid) + reference)
        if chosen != "9000":
            raise Refusal(chosen)
        data = tlv(0x7C, tlv(0x80, own))
        status = session.ask("00860000", data, b"\x00", extended=extended)
        status = status.removesuffix("7C00")
    if status != "9000":
        raise Refusal(status)
    shared = agreed(parameter_id, public(parameter_id, secret, chip))
    return Session(session.transmit, terminal.session_keys(suite, shared))
