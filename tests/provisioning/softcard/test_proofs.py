"""How the chip proves itself: chip authentication and active authentication."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from provisioning.errors import SoftCardInvalid
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import (
    ActiveAuth,
    Behaviour,
    CardImage,
    ChipAuth,
    ChipAuthKey,
    Signature,
)
from provisioning.softcard.protocols import ChipAuthProtocol
from tests.provisioning.softcard import opening, terminal
from tests.provisioning.softcard.conftest import AID
from tests.provisioning.softcard.opening import Refusal
from tests.provisioning.softcard.terminal import Session

MakeImage = Callable[..., CardImage]

CAN = opening.password("123456", can=True)
STATIC = 0xC0FFEE
SUITES = ("3DES", "AES-128", "AES-192", "AES-256")
LABELS = {"3DES": "3DES-CBC-CBC"} | {s: f"AES-CBC-CMAC-{s[-3:]}" for s in SUITES[1:]}


def protocols(kind: str, *suites: str) -> tuple[ChipAuthProtocol, ...]:
    """Return variants by name."""
    found = [ChipAuthProtocol.by_name(f"id-CA-{kind}-{LABELS[suite]}") for suite in suites]
    return tuple(protocol for protocol in found if protocol is not None)


def key(
    parameter_id: int, *suites: str, key_id: int | None = None, secret: int = STATIC
) -> ChipAuthKey:
    """Return a static key with protocols of its group's kind."""
    kind = "DH" if opening.modular(parameter_id) else "ECDH"
    octets = secret.to_bytes(4, "big")
    return ChipAuthKey(parameter_id, octets, key_id, protocols(kind, *suites))


def opened(image: CardImage) -> tuple[Chip, Session]:
    """Return a chip opened by PACE with the application selected."""
    chip = Chip(image)
    run = opening.pace(chip.transmit, "ECDH-GM", "AES-128", 12, CAN, can=True)
    assert run.session.ask("00A4040C", AID) == "9000"
    return chip, run.session


def reads(session: Session) -> bool:
    """Tell whether the session reads the first file."""
    return session.ask("00B08100", le=b"\x00").startswith("9000610800010203")


@pytest.mark.parametrize("suite", SUITES[1:])
@pytest.mark.parametrize("parameter_id", [0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])
def test_with_aes_in_every_group(make_image: MakeImage, parameter_id: int, suite: str) -> None:
    """The session goes on under the new keys, and the old ones are gone."""
    keys = ChipAuth((key(parameter_id, suite),))
    chip, old = opened(make_image(chip_auth=keys))
    public = opening.public(parameter_id, STATIC)
    new = opening.chip_authentication(old, suite, parameter_id, public)
    assert reads(new)
    late = old.protect(bytes.fromhex("0CB08100"), le=b"\x00")
    answer = chip.transmit(terminal.wire(bytes.fromhex("0CB08100"), late))
    assert answer.hex() == "6988"
    assert chip.transmit(bytes.fromhex("00B0810000")).hex() == "6982"


@pytest.mark.parametrize("parameter_id", [0, 2, 12, 13, 17])
def test_with_3des_at_once(make_image: MakeImage, parameter_id: int) -> None:
    """MSE:Set KAT alone does it; a chip that has no AES knows no MSE:Set AT."""
    _, session = opened(make_image(chip_auth=ChipAuth((key(parameter_id, "3DES"),))))
    public = opening.public(parameter_id, STATIC)
    with pytest.raises(Refusal, match="6A86"):
        opening.chip_authentication(session, "3DES", parameter_id, public)
    new = opening.chip_authentication(session, "3DES", parameter_id, public, kat=True)
    assert reads(new)


def test_3des_by_the_other_commands(make_image: MakeImage) -> None:
    """A chip that runs AES takes 3DES both ways, one run after the other."""
    keys = ChipAuth((key(12, "3DES", "AES-256"),))
    _, session = opened(make_image(chip_auth=keys))
    public = opening.public(12, STATIC)
    for suite, kat in (("3DES", False), ("AES-256", False), ("3DES", True)):
        session = opening.chip_authentication(session, suite, 12, public, kat=kat)
        assert reads(session)


def test_several_keys(make_image: MakeImage) -> None:
    """Tag 84 says which; without it the key is ambiguous, and an unknown one is not found."""
    keys = ChipAuth(
        (
            key(12, "AES-128", "3DES", key_id=1),
            key(13, "AES-128", key_id=300, secret=0xBEEF),
            key(16, key_id=16),
        )
    )
    _, session = opened(make_image(chip_auth=keys))
    first, second = opening.public(12, STATIC), opening.public(13, 0xBEEF)
    for key_id, status in ((b"", "6A80"), (b"\x07", "6A88"), (b"\x10", "6A88")):
        with pytest.raises(Refusal, match=status):
            opening.chip_authentication(session, "AES-128", 12, first, key_id=key_id)
    with pytest.raises(Refusal, match="6A80"):
        opening.chip_authentication(session, "3DES", 12, first, kat=True)
    with pytest.raises(Refusal, match="6A80"):
        opening.chip_authentication(session, "3DES", 13, second, kat=True, key_id=b"\x01\x2c")
    session = opening.chip_authentication(session, "AES-128", 13, second, key_id=b"\x01\x2c")
    session = opening.chip_authentication(session, "AES-128", 12, first, key_id=b"\x01")
    session = opening.chip_authentication(session, "3DES", 12, first, key_id=b"\x01", kat=True)
    assert reads(session)


OID = bytes.fromhex("04007F00070202030202")


@pytest.mark.parametrize(
    ("header", "data", "status"),
    [
        ("002241A4", terminal.tlv(0x80, OID[:-1] + b"\x03"), "6A80"),
        ("002241A4", b"", "6A80"),
        ("002241A4", b"\x80\x05", "6A80"),
        ("002241A5", terminal.tlv(0x80, OID), "6A86"),
        ("002241A6", b"", "6A80"),
        ("002241A6", terminal.tlv(0x91, b"\x04" + bytes(64)), "6A80"),
        ("002241A6", terminal.tlv(0x91, b""), "6A80"),
        ("00860000", terminal.tlv(0x7C, b""), "6985"),
    ],
)
def test_templates_that_are_refused(
    make_image: MakeImage, header: str, data: bytes, status: str
) -> None:
    """A refusal leaves the session as it was (section 6.2.2)."""
    keys = ChipAuth((key(12, "AES-128", "3DES"),))
    _, session = opened(make_image(chip_auth=keys))
    assert session.ask(header, data, b"\x00" if header[2:4] == "86" else b"") == status
    assert reads(session)


@pytest.mark.parametrize(
    ("header", "data", "le", "status"),
    [
        ("00860000", terminal.tlv(0x7C, terminal.tlv(0x80, b"\x04" + bytes(64))), b"\x00", "6A80"),
        ("00860000", terminal.tlv(0x7C, terminal.tlv(0x81, b"")), b"\x00", "6A80"),
        ("00860000", b"\x7c\x00", b"\x00", "6A80"),
        ("00860001", b"\x7c\x00", b"\x00", "6A86"),
        ("00B08100", b"", b"\x00", "9000"),
    ],
)
def test_agreements_that_are_refused(
    make_image: MakeImage, header: str, data: bytes, le: bytes, status: str
) -> None:
    """Whatever stands between choice and agreement breaks the run; the session goes on."""
    _, session = opened(make_image(chip_auth=ChipAuth((key(12, "AES-128"),))))
    assert session.ask("002241A4", terminal.tlv(0x80, OID)) == "9000"
    assert session.ask(header, data, le).startswith(status)
    good = terminal.tlv(0x7C, terminal.tlv(0x80, opening.public(12, 9)))
    assert session.ask("00860000", good, b"\x00") == "6985"
    assert reads(session)


def test_only_in_a_session_and_where_the_key_stands(make_image: MakeImage) -> None:
    """Not in plain; in the master file only where EF.CardSecurity publishes the key."""
    image = make_image(chip_auth=ChipAuth((key(12, "AES-128"),)))
    plain = Chip(image)
    assert plain.transmit(bytes.fromhex("002241A40C800A") + OID).hex() == "6982"
    choice = terminal.tlv(0x80, OID)
    for files, status in ((image.mf_files, "9000"), ({0x011C: b"\x31\x00"}, "6985")):
        chip = Chip(make_image(chip_auth=image.chip_auth, mf_files=files))
        run = opening.pace(chip.transmit, "ECDH-GM", "AES-128", 12, CAN, can=True)
        assert run.session.ask("002241A4", choice) == status


def test_a_chip_without_a_key(make_image: MakeImage) -> None:
    """It does not know the templates."""
    _, session = opened(make_image())
    for header in ("002241A4", "002241A6"):
        assert session.ask(header, terminal.tlv(0x80, OID)) == "6A86"


def _pkcs8(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _proof(image: CardImage, challenge: bytes, rng: Callable[[int], bytes] = os.urandom) -> bytes:
    """Return the signature that a chip gives in an open session."""
    chip = Chip(image, rng)
    run = opening.pace(chip.transmit, "ECDH-GM", "AES-128", 12, CAN, can=True)
    assert run.session.ask("00A4040C", AID) == "9000"
    answer = run.session.ask("00880000", challenge, b"\x00\x00", extended=True)
    assert answer.startswith("9000")
    return bytes.fromhex(answer[4:])


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    """Return a key of the size in appendix F."""
    return rsa.generate_private_key(65_537, 1024)  # noqa: S505 the published example's size


TRAILERS = {
    "sha1": "BC",
    "sha224": "38CC",
    "sha256": "34CC",
    "sha384": "36CC",
    "sha512": "35CC",
}


@pytest.mark.parametrize("hash_name", TRAILERS)
@pytest.mark.parametrize("signature", [Signature.RECOVERY, Signature.RECOVERY_SMALLER])
def test_rsa_with_message_recovery(
    make_image: MakeImage, rsa_key: rsa.RSAPrivateKey, hash_name: str, signature: Signature
) -> None:
    """Header, the chip's nonce, the hash over nonce and challenge, and the trailer of the hash."""
    challenge = os.urandom(8)
    numbers = rsa_key.public_key().public_numbers()
    active = ActiveAuth(_pkcs8(rsa_key), hash_name, signature)
    given = int.from_bytes(_proof(make_image(active_auth=active), challenge), "big")
    trailer = bytes.fromhex(TRAILERS[hash_name])
    message = pow(given, numbers.e, numbers.n).to_bytes(128, "big")
    if not message.endswith(trailer):
        assert signature is Signature.RECOVERY_SMALLER
        message = (numbers.n - int.from_bytes(message, "big")).to_bytes(128, "big")
    size = hashlib.new(hash_name).digest_size
    nonce = message[1 : -size - len(trailer)]
    assert message[0] == 0x6A
    assert message.endswith(hashlib.new(hash_name, nonce + challenge).digest() + trailer)
    if signature is Signature.RECOVERY_SMALLER:
        assert given <= numbers.n // 2


def test_the_published_message(make_image: MakeImage, rsa_key: rsa.RSAPrivateKey) -> None:
    """Appendix F: with the printed nonce the signed octets are the printed ones."""
    nonce = bytes.fromhex(
        "9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991"
        "B543F1696546C5524CF23A5303CD6C98599F40B79F377B5F3A1406B3B4D8F967"
        "84D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD4E"
        "7292E2DCDA3024B47DA8"
    )
    challenge = bytes.fromhex("F173589974BF40C6")

    def rng(size: int) -> bytes:
        return nonce if size == len(nonce) else os.urandom(size)

    active = ActiveAuth(_pkcs8(rsa_key), "sha1", Signature.RECOVERY)
    given = int.from_bytes(_proof(make_image(active_auth=active), challenge, rng), "big")
    numbers = rsa_key.public_key().public_numbers()
    printed = "6A" + nonce.hex() + "C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127BC"
    assert pow(given, numbers.e, numbers.n).to_bytes(128, "big") == bytes.fromhex(printed)


@pytest.mark.parametrize(
    ("curve", "hash_name"),
    [
        (ec.SECP224R1(), "sha224"),
        (ec.SECP256R1(), "sha224"),
        (ec.BrainpoolP256R1(), "sha256"),
        (ec.SECP384R1(), "sha384"),
        (ec.BrainpoolP512R1(), "sha512"),
        (ec.SECP521R1(), "sha512"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
@pytest.mark.parametrize("signature", [Signature.PLAIN, Signature.DER])
def test_ecdsa_in_both_encodings(
    make_image: MakeImage, curve: ec.EllipticCurve, hash_name: str, signature: Signature
) -> None:
    """The library verifies it: plain of fixed size, or a DER sequence."""
    private = ec.generate_private_key(curve)
    challenge = os.urandom(8)
    active = ActiveAuth(_pkcs8(private), hash_name, signature)
    given = _proof(make_image(active_auth=active), challenge)
    if signature is Signature.PLAIN:
        half = (curve.key_size + 7) // 8
        assert len(given) == 2 * half
        r, s = (int.from_bytes(part, "big") for part in (given[:half], given[half:]))
        given = encode_dss_signature(r, s)
    algorithm = {
        "sha224": hashes.SHA224(),
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }[hash_name]
    private.public_key().verify(given, challenge, ec.ECDSA(algorithm))


@pytest.mark.parametrize(
    ("private", "changes", "named"),
    [
        (ec.generate_private_key(ec.SECP256R1()), {"hash": "sha384"}, "key"),
        (ec.generate_private_key(ec.SECP256R1()), {"hash": "sha1"}, "hash"),
        (
            ec.generate_private_key(ec.SECP256R1()),
            {"signature": Signature.RECOVERY},
            "signature",
        ),
        (ec.generate_private_key(ec.SECP192R1()), {"hash": "sha224"}, "key"),
        (rsa.generate_private_key(65_537, 2048), {}, "signature"),
        (rsa.generate_private_key(65_537, 2052), {"signature": Signature.RECOVERY}, "key"),
    ],
    ids=["longer-hash", "sha1", "rsa-form", "short-curve", "ecdsa-form", "odd-size"],
)
def test_keys_that_do_not_fit_their_hash_or_form(
    make_image: MakeImage,
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    changes: dict[str, Any],
    named: str,
) -> None:
    """Such a card makes no chip; the error names the key of card.toml."""
    with pytest.raises(SoftCardInvalid, match=rf"active_auth\.{named}"):
        Chip(make_image(active_auth=ActiveAuth(_pkcs8(private), **changes)))


def test_a_signature_that_does_not_fit_a_short_answer(make_image: MakeImage) -> None:
    """2048 bits need an extended answer, or one in pieces."""
    private = rsa.generate_private_key(65_537, 2048)
    active = ActiveAuth(_pkcs8(private), "sha256", Signature.RECOVERY)
    _, session = opened(make_image(active_auth=active))
    assert session.ask("00880000", os.urandom(8), b"\x00") == "6700"
    answer = session.ask("00880000", os.urandom(8), b"\x00\x00", extended=True)
    assert len(answer) == 4 + 2 * 256
    image = make_image(active_auth=active, behaviour=Behaviour(response_block=256))
    chip, session = opened(image)
    session.transmit = in_pieces(chip)
    assert len(session.ask("00880000", os.urandom(8), b"\x00")) == 4 + 2 * 256


def in_pieces(chip: Chip) -> Callable[[bytes], bytes]:
    """Return an exchange that fetches the rest of every answer with GET RESPONSE."""

    def transmit(command: bytes) -> bytes:
        answer = chip.transmit(command)
        data = answer[:-2]
        while answer[-2] == 0x61:
            answer = chip.transmit(b"\x00\xc0\x00\x00" + answer[-1:])
            data += answer[:-2]
        return data + answer[-2:]

    return transmit
