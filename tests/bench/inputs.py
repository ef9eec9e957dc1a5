"""What goes into the primitives of a recorded tap, taken out of the recording once.

Lives here: cutting APDUs and files into the bytes that are encrypted, signed and hashed. None of
it is measured, so asn1crypto and the reader's own code serve. Not here: the
primitives themselves (`primitives`), which prove these inputs right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import cms, x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from reader import curves, tlv
from reader.channel import agreement
from reader.channel.kdf import CipherSuite, password_key
from reader.lds import sod
from reader.lds.files import FileId
from reader.replay import Exchanged
from tests.bench.recording import Recording

_P256 = 12  # standardised domain parameter id
_GENERAL_AUTHENTICATE = 0x86
_SECURE = 0x0C  # class byte bits of secure messaging
_PROTOCOL = bytes.fromhex("060A04007F00070202040202")  # id-PACE-ECDH-GM-AES-CBC-CMAC-128
_CRYPTOGRAM = 0x87
_CHECKSUM = 0x8E
_CHECKSUM_OBJECT = 10  # bytes of DO8E
_BLOCK = 16  # bytes
_READ_NOW = (FileId.DG1, FileId.DG14, FileId.DG15)


@dataclass(frozen=True, slots=True)
class Agreement:
    """PACE with generic mapping; points uncompressed."""

    curve: curves.Curve
    password: bytes = field(repr=False)
    sealed_nonce: bytes
    mapping_private: int = field(repr=False)
    chip_mapping: bytes
    agreement_private: int = field(repr=False)
    shift_private: int = field(repr=False)
    """The agreement key times the nonce."""
    combined_private: int = field(repr=False)
    """The agreement key times the mapping key."""
    chip_agreement: bytes
    publics: tuple[bytes, bytes]
    """What the terminal sent: its mapping key, and its key over the mapped generator."""
    token_inputs: tuple[bytes, bytes]
    tokens: tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Restart:
    """Chip authentication by ECDH."""

    private: int = field(repr=False)
    chip_public: bytes
    """Uncompressed point, of DG14."""
    public: bytes
    """The terminal's own; it was sent protected."""


@dataclass(frozen=True, slots=True)
class Message:
    """One protected command or answer."""

    is_command: bool
    counter: bytes
    """The send sequence counter, one block."""
    text: bytes
    """What AES-CBC is given: the padded data of a command, the cryptogram of an answer."""
    covered: bytes
    """What AES-CMAC is given."""
    result: tuple[bytes, bytes]
    """What they must give: the other text, and the checksum."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What the verdict rests on."""

    signatures: tuple[tuple[ec.EllipticCurvePublicKey, bytes, bytes], ...]
    """Key, signature, data: the security object, the signer's certificate."""
    hashed: tuple[bytes, ...]
    digests: tuple[bytes, ...]


def agreement_of(recording: Recording) -> Agreement:
    """Return PACE's inputs."""
    curve = _curve()
    group = agreement.of_curve(curve)
    steps = [e for e in recording.exchanges if _authenticates(e) and not _protected(e)]
    asked = [_object(_body(step.command)) for step in steps]
    answered = [_object(step.response[:-2]) for step in steps]
    drawn = iter(recording.drawn)
    mapping, agreeing = (group.draw(lambda _: next(drawn)) for _ in range(2))
    nonce = _nonce(recording, answered[0])
    return Agreement(
        curve=curve,
        password=recording.password.value.encode("latin-1"),
        sealed_nonce=answered[0],
        mapping_private=mapping,
        chip_mapping=answered[1],
        agreement_private=agreeing,
        shift_private=agreeing * nonce % curve.n,
        combined_private=agreeing * mapping % curve.n,
        chip_agreement=answered[2],
        publics=(asked[1], asked[2]),
        token_inputs=(_token_input(answered[2]), _token_input(asked[2])),
        tokens=(asked[3], answered[3]),
    )


def restart_of(recording: Recording) -> Restart:
    """Return chip authentication's inputs."""
    group = agreement.of_curve(_curve())
    drawn = iter(recording.drawn)
    private = [group.draw(lambda _: next(drawn)) for _ in recording.drawn][2]
    run = recording.evidence.chip_auth
    if run is None:
        raise ValueError("the recording has no chip authentication")
    point = bytes(x509.PublicKeyInfo.load(run.public_key)["public_key"])
    return Restart(private, point, group.key_pair(private).public)


def sessions_of(recording: Recording) -> tuple[list[Exchanged], list[Exchanged]]:
    """Return the protected exchanges under PACE's keys, and those under chip authentication's."""
    protected = [e for e in recording.exchanges if _protected(e)]
    last = next(place for place, e in enumerate(protected) if _authenticates(e))
    return protected[: last + 1], protected[last + 1 :]


def messages_of(session: Sequence[Exchanged], enc: bytes) -> tuple[Message, ...]:
    """Return every message of a session in order; `enc` is its key for texts."""
    messages: list[Message] = []
    for exchange in session:
        header, body = exchange.command[:4], _body(exchange.command)
        messages.append(_message(enc, len(messages) + 1, _pad(header), body))
        messages.append(_message(enc, len(messages) + 1, b"", exchange.response[:-2]))
    return tuple(messages)


def proofs_of(recording: Recording, authority: bytes) -> Proofs:
    """Return what is verified; `authority` is the certificate above the signer's."""
    files = recording.evidence.files
    listed = sod.parse(files[FileId.SOD])
    signed = cms.ContentInfo.load(listed.content_info)["content"]
    info = signed["signer_infos"][0]
    signer = signed["certificates"][0].chosen
    groups = {**{file: files[file] for file in _READ_NOW}, FileId.DG2: recording.photo}
    digests = [listed.hashes[int(file.value[2:])] for file in groups]
    return Proofs(
        signatures=(
            (_key(signer), bytes(info["signature"]), info["signed_attrs"].untag().dump()),
            (
                _key(x509.Certificate.load(authority)),
                bytes(signer["signature_value"]),
                signer["tbs_certificate"].dump(),
            ),
        ),
        hashed=(*groups.values(), listed.signed_content),  # the message digest
        digests=(*digests, hashlib.sha256(listed.signed_content).digest()),
    )


def _curve() -> curves.Curve:
    curve = curves.by_parameter_id(_P256)
    if curve is None:
        raise ValueError("P-256 is not in the table of curves")
    return curve


def _protected(exchange: Exchanged) -> bool:
    return bool(exchange.command[0] & _SECURE)


def _authenticates(exchange: Exchanged) -> bool:
    return exchange.command[1] == _GENERAL_AUTHENTICATE


def _key(certificate: Any) -> ec.EllipticCurvePublicKey:
    key = load_der_public_key(certificate.public_key.dump())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("the recording's signers have no elliptic-curve keys")
    return key


def _message(enc: bytes, count: int, header: bytes, body: bytes) -> Message:
    """Return one message; `header` is a command's, padded."""
    counter = count.to_bytes(_BLOCK, "big")
    objects = {item.tag: item.value for item in tlv.iterate(body)}
    sealed = objects.get(_CRYPTOGRAM, b"")[1:]
    plain = _decrypt(enc, sealed, counter) if sealed else b""
    is_command = bool(header)
    return Message(
        is_command=is_command,
        counter=counter,
        text=plain if is_command else sealed,
        covered=_pad(counter + header + body[:-_CHECKSUM_OBJECT]),
        result=(sealed if is_command else plain, objects[_CHECKSUM]),
    )


def _decrypt(enc: bytes, sealed: bytes, counter: bytes) -> bytes:
    key = algorithms.AES(enc)
    block = Cipher(key, modes.ECB()).encryptor()  # noqa: S305 -- one block: the IV
    opener = Cipher(key, modes.CBC(block.update(counter))).decryptor()
    return opener.update(sealed) + opener.finalize()


def _nonce(recording: Recording, sealed: bytes) -> int:
    cipher = Cipher(
        algorithms.AES(password_key(recording.password, CipherSuite.AES_128)),
        modes.CBC(bytes(_BLOCK)),
    )
    opener = cipher.decryptor()
    return int.from_bytes(opener.update(sealed) + opener.finalize(), "big")


def _token_input(point: bytes) -> bytes:
    return tlv.encode(0x7F49, _PROTOCOL + tlv.encode(0x86, point))


def _object(template: bytes) -> bytes:
    """Return the value of the one object in dynamic authentication data, empty for none."""
    return next((item.value for item in tlv.iterate(tlv.unwrap(template, 0x7C))), b"")


def _body(command: bytes) -> bytes:
    """Return the data field of a command APDU, short or extended."""
    if command[4]:
        return command[5 : 5 + command[4]]
    return command[7 : 7 + int.from_bytes(command[5:7], "big")]


def _pad(data: bytes) -> bytes:
    """Pad by ISO/IEC 9797-1 method 2."""
    return data + b"\x80" + bytes(-(len(data) + 1) % _BLOCK)
