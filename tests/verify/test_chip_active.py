"""Step 5, active authentication: the chip signs a challenge with the key in DG15."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asn1crypto import core
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reader import tlv
from reader.evidence import ActiveAuthRun, CardEvidence
from reader.lds import dg15
from reader.lds.files import FileId
from tests.verify.made import (
    CHALLENGE,
    LENIENT,
    NOW,
    PROFILE,
    Lists,
    World,
    active_info,
    dg14,
    pace_info,
    prove,
    spki,
)
from tests.verify.made_chip import recovery
from verify import active_auth, iso9796, keys, pipeline
from verify.errors import BadSignature
from verify.policy import DEFAULT, MINIMUM, Algorithms
from verify.reasons import Reason
from verify.verdict import CheckStatus, Outcome, Step

ACCEPTED, REJECTED, UNSURE = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.INDETERMINATE
Result = tuple[Outcome, Reason | None]


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    """Return a key of 2048 bits."""
    return rsa.generate_private_key(65537, 2048)


def judge(world: World, evidence: CardEvidence, lists: Lists, *, lenient: bool = False) -> Result:
    """Return outcome and reason with everything but the chip as it should be.

    A profile that is not lenient refuses a chip without proof.
    """
    profile = replace(PROFILE, chip_proof_absent=LENIENT.chip_proof_absent) if lenient else PROFILE
    verdict = pipeline.verify(evidence, profile, world.trust(), lists, DEFAULT, NOW)
    return verdict.outcome, verdict.reason


def card(world: World, public_key: bytes, run: ActiveAuthRun, *entries: bytes) -> CardEvidence:
    """Return a card with this DG15 and this answer; `entries` stand in DG14 beside PACE's."""
    groups = {
        **world.groups(),
        FileId.DG14: dg14(pace_info(), *entries),
        FileId.DG15: tlv.encode(0x6F, public_key),
    }
    return replace(world.card(groups), active_auth=run)


def sequence(key: ec.EllipticCurvePrivateKey, chosen: hashes.HashAlgorithm) -> ActiveAuthRun:
    """Return an answer whose r and s stand in a SEQUENCE, as the Portuguese card gives it."""
    return ActiveAuthRun(CHALLENGE, key.sign(CHALLENGE, ec.ECDSA(chosen)), 0x9000)


# ECDSA


def test_clone_without_the_key(world: World, lists: Lists) -> None:
    """All data copied, another key answers: refused."""
    run = prove(ec.generate_private_key(ec.SECP256R1()))
    evidence = replace(world.card(), active_auth=run)
    assert judge(world, evidence, lists) == (REJECTED, Reason.CHIP_AUTH_FAILED)


def test_clone_that_refuses_the_proof(world: World, lists: Lists) -> None:
    """A chip that answers INTERNAL AUTHENTICATE with an error withholds the proof."""
    run = ActiveAuthRun(CHALLENGE, b"", 0x6D00)
    evidence = replace(world.card(), active_auth=run)
    assert judge(world, evidence, lists) == (REJECTED, Reason.CHIP_AUTH_WITHHELD)


def test_proof_never_asked_for(world: World, lists: Lists) -> None:
    """A reading that lacks the listed proof is not accepted."""
    evidence = replace(world.card(), active_auth=None)
    assert judge(world, evidence, lists) == (REJECTED, Reason.CHIP_AUTH_WITHHELD)


@pytest.mark.parametrize("challenge", [b"", bytes(7), bytes(16)])
def test_challenge_of_another_length(world: World, lists: Lists, challenge: bytes) -> None:
    """The challenge has eight bytes, as the standard says."""
    evidence = replace(world.card(), active_auth=prove(world.chip, challenge))
    assert judge(world, evidence, lists) == (REJECTED, Reason.CHIP_AUTH_FAILED)


@pytest.mark.parametrize("form", [prove, lambda key: sequence(key, hashes.SHA256())])
def test_altered_proof(
    world: World, lists: Lists, form: Callable[[ec.EllipticCurvePrivateKey], ActiveAuthRun]
) -> None:
    """Every byte of the signature counts, and so does its length, however it is written."""
    good = form(world.chip)
    assert judge(world, replace(world.card(), active_auth=good), lists) == (ACCEPTED, None)
    wrong = [good.response[:-1], good.response + b"\x00", bytes(len(good.response))]
    for index in range(len(good.response)):
        changed = bytearray(good.response)
        changed[index] ^= 1
        wrong.append(bytes(changed))
    for response in wrong:
        evidence = replace(world.card(), active_auth=replace(good, response=response))
        assert judge(world, evidence, lists) == (REJECTED, Reason.CHIP_AUTH_FAILED)


@pytest.mark.parametrize("plain_name", [True, False], ids=["plain", "X9.62"])
@pytest.mark.parametrize("plain_answer", [True, False], ids=["plain", "sequence"])
def test_however_named_and_however_written(
    world: World, lists: Lists, plain_name: bool, plain_answer: bool
) -> None:
    """The standard asks for plain signatures; real cards name and write them in both ways."""
    named = "0.4.0.127.0.7.1.1.4.1.3" if plain_name else "1.2.840.10045.4.3.2"
    run = prove(world.chip) if plain_answer else sequence(world.chip, hashes.SHA256())
    evidence = card(world, spki(world.chip), run, active_info(named))
    assert judge(world, evidence, lists) == (ACCEPTED, None)


def test_sequence_as_long_as_a_plain_answer(world: World, lists: Lists) -> None:
    """A SEQUENCE of just that length is still read as one, and a forged one is still refused."""
    padded = b"\x30\x3e\x02\x1d" + bytes.fromhex("7f" * 29) + b"\x02\x1d" + bytes.fromhex("11" * 29)
    assert len(padded) == 64
    evidence = replace(world.card(), active_auth=ActiveAuthRun(CHALLENGE, padded, 0x9000))
    assert judge(world, evidence, lists) == (REJECTED, Reason.CHIP_AUTH_FAILED)


def test_key_on_brainpool(world: World, lists: Lists) -> None:
    """A chip key on brainpoolP256r1 proves as well as one on P-256."""
    key = ec.generate_private_key(ec.BrainpoolP256R1())
    evidence = card(world, spki(key), prove(key), active_info())
    assert judge(world, evidence, lists) == (ACCEPTED, None)


@pytest.mark.parametrize(
    ("curve", "chosen", "arc", "fits"),
    [
        (ec.SECP224R1(), hashes.SHA224(), 2, True),
        (ec.SECP224R1(), hashes.SHA256(), 3, False),
        (ec.SECP256R1(), hashes.SHA224(), 2, True),
        (ec.SECP256R1(), hashes.SHA384(), 4, False),
        (ec.SECP384R1(), hashes.SHA384(), 4, True),
        (ec.BrainpoolP384R1(), hashes.SHA512(), 5, False),
        (ec.SECP521R1(), hashes.SHA512(), 5, True),
    ],
    ids=lambda one: getattr(one, "name", one),
)
def test_hash_longer_than_the_key(
    world: World,
    lists: Lists,
    curve: ec.EllipticCurve,
    chosen: hashes.HashAlgorithm,
    arc: int,
    fits: bool,
) -> None:
    """Section 6.1.2.3: the hash is no longer than the key; the issuer's slip is a doubt."""
    key = ec.generate_private_key(curve)
    named = active_info(f"0.4.0.127.0.7.1.1.4.1.{arc}")
    evidence = card(world, spki(key), sequence(key, chosen), named)
    expected = (ACCEPTED, None) if fits else (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)
    assert judge(world, evidence, lists) == expected


@pytest.mark.parametrize("algorithm", ["1.2.840.10045.4.3.9", "0.4.0.127.0.7.1.1.4.1.6", None])
def test_dg14_does_not_say_how_the_chip_signs(
    world: World, lists: Lists, algorithm: str | None
) -> None:
    """Without a signed algorithm that this terminal knows, none is guessed."""
    named = () if algorithm is None else (active_info(algorithm),)
    evidence = card(world, spki(world.chip), prove(world.chip), *named)
    assert judge(world, evidence, lists) == (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)


def test_key_that_cannot_sign_challenges(world: World, lists: Lists) -> None:
    """A DSA key is no key of active authentication."""
    key = dsa.generate_private_key(2048).public_key()
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    evidence = card(world, public, ActiveAuthRun(CHALLENGE, b"\x30\x00", 0x9000), active_info())
    assert judge(world, evidence, lists) == (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)


# RSA


@pytest.mark.parametrize("complement", [False, True], ids=["B.6", "B.4"])
@pytest.mark.parametrize("hash_name", ["sha224", "sha256", "sha384", "sha512"])
def test_rsa_chip(
    world: World, lists: Lists, rsa_key: rsa.RSAPrivateKey, hash_name: str, complement: bool
) -> None:
    """Each trailer of the standard, and both ways to make the signature; DG14 says nothing."""
    run = recovery(rsa_key, hash_name=hash_name, complement=complement)
    verdict = pipeline.verify(
        card(world, spki(rsa_key), run), PROFILE, world.trust(), lists, DEFAULT, NOW
    )
    assert verdict.outcome is ACCEPTED
    assert f"rsa-iso9796-2-{hash_name}" in verdict.checks[Step.CHIP - 1].detail


def test_rsa_clone(world: World, lists: Lists, rsa_key: rsa.RSAPrivateKey) -> None:
    """Another key of the same length, or the answer to another challenge: refused."""
    other = rsa.generate_private_key(65537, 2048)
    replayed = replace(recovery(rsa_key, challenge=bytes(8)), challenge=CHALLENGE)
    for run in (recovery(other), replayed):
        evidence = card(world, spki(rsa_key), run)
        assert judge(world, evidence, lists) == (REJECTED, Reason.CHIP_AUTH_FAILED)


def test_altered_rsa_proof(rsa_key: rsa.RSAPrivateKey) -> None:
    """Every byte counts, and so does the length."""
    good = recovery(rsa_key)
    public = rsa_key.public_key()
    iso9796.verify(public, good.response, good.challenge)
    for index in range(len(good.response)):
        changed = bytearray(good.response)
        changed[index] ^= 1
        with pytest.raises(BadSignature):
            iso9796.verify(public, bytes(changed), good.challenge)
    size, modulus = len(good.response), public.public_numbers().n
    above = int.from_bytes(good.response, "big") + modulus
    for response in (
        good.response[:-1],
        good.response + b"\x00",
        b"\x00" + good.response,
        bytes(size),
        modulus.to_bytes(size, "big"),
        above.to_bytes(size + 1, "big"),
        (1).to_bytes(size, "big"),
    ):
        with pytest.raises(BadSignature):
            iso9796.verify(public, response, good.challenge)


@pytest.mark.parametrize(
    "bent",
    [
        {"header": b"\x4a"},
        {"header": b"\x7a"},
        {"header": b"\x00"},
        {"header": b"\x6b", "padding": b"\xbb\xba"},
        {"trailer": b"\xbc"},
        {"trailer": b"\x33\xcc"},
        {"trailer": b"\x38\xcc"},
        {"trailer": b"\x34\xdc"},
        {"trailer": b"\x34\xcd"},
    ],
    ids=str,
)
def test_representative_of_another_form(rsa_key: rsa.RSAPrivateKey, bent: dict[str, Any]) -> None:
    """Total recovery, padding, a trailer for another hash or none: no form but the standard's."""
    run = recovery(rsa_key, **bent)
    with pytest.raises(BadSignature):
        iso9796.verify(rsa_key.public_key(), run.response, run.challenge)


def test_modulus_too_short_for_its_hash() -> None:
    """Where no octet is left for the chip's own part, nothing was signed."""
    digest = hashlib.sha512(CHALLENGE).digest()
    for part in (b"", b"\x6a", b"\x6a\x00"):
        with pytest.raises(BadSignature):
            iso9796.recover(part + digest[: len(digest) - 1] + b"\x35\xcc", CHALLENGE)
    with pytest.raises(BadSignature):
        iso9796.recover(b"\x6a" + digest + b"\x35\xcc", CHALLENGE)


def test_worked_example() -> None:
    """Doc 9303-11 appendix F, steps 12 to 18; its modulus is not published."""
    representative = bytes.fromhex(
        "6A9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991B543F1696546C552"
        "4CF23A5303CD6C98599F40B79F377B5F3A1406B3B4D8F96784D23AA88DB7E1032A405E69325FA91A6E"
        "86F5C71AEA978264C4A207446DAD4E7292E2DCDA3024B47DA8C063AA1E6D22FBD976AB0FE73D94D2D9"
        "C6D88127BC"
    )
    challenge = bytes.fromhex("F173589974BF40C6")
    assert iso9796.recover(representative, challenge) == "sha1"
    for index in range(len(representative)):
        changed = bytearray(representative)
        changed[index] ^= 1
        with pytest.raises(BadSignature):
            iso9796.recover(bytes(changed), challenge)
    with pytest.raises(BadSignature):
        iso9796.recover(representative, bytes(8))


@pytest.fixture(scope="session")
def new_zealand(transcript: Callable[[str], dict[str, Any]]) -> tuple[bytes, ActiveAuthRun]:
    """Return the key in DG15 of a real passport, and its answer out of secure messaging."""
    recorded = transcript("active-authentication-rsa-nz")
    key = bytes.fromhex(recorded["secure_messaging_states_in_order"][0]["ksEnc"])
    answer = bytes.fromhex(recorded["apdus"][0]["r"])
    sealed = next(item.value for item in tlv.iterate(answer[:-2]) if item.tag == 0x87)
    opener = Cipher(TripleDES(key + key[:8]), modes.CBC(bytes(8))).decryptor()
    padded = opener.update(sealed[1:]) + opener.finalize()
    response = padded[: padded.rindex(b"\x80")]
    challenge = bytes.fromhex(recorded["randoms_in_order"][0])
    run = ActiveAuthRun(challenge, response, 0x9000)
    return dg15.parse(bytes.fromhex(recorded["DG15"])), run


def test_passport_of_new_zealand(new_zealand: tuple[bytes, ActiveAuthRun]) -> None:
    """A real answer holds; its 1792 bits are too few to rely on."""
    public, run = new_zealand
    key = keys.load_spki(public).key
    assert isinstance(key, rsa.RSAPublicKey)
    assert iso9796.verify(key, run.response, run.challenge) == "sha256"
    check = active_auth.judge(run, public, None, MINIMUM)
    assert check is not None
    assert (check.status, check.reason) == (
        CheckStatus.INDETERMINATE,
        Reason.ALGORITHM_NOT_ALLOWED,
    )
    other = active_auth.judge(replace(run, challenge=bytes(8)), public, None, MINIMUM)
    assert other is not None
    assert (other.status, other.reason) == (CheckStatus.FAILED, Reason.CHIP_AUTH_FAILED)


# Too weak to rely on


def weak_cards(world: World, rsa_key: rsa.RSAPrivateKey) -> dict[str, CardEvidence]:
    """Return cards whose proof holds by means below the minimum."""
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- as old passports have it
    sha1 = sequence(world.chip, hashes.SHA1())  # noqa: S303 -- to be refused
    return {
        "RSA, 1024 bits": card(world, spki(short), recovery(short)),
        "RSA, 1024 bits, SHA-1": card(world, spki(short), recovery(short, hash_name="sha1")),
        "RSA, SHA-1": card(world, spki(rsa_key), recovery(rsa_key, hash_name="sha1")),
        "ECDSA, SHA-1": card(world, spki(world.chip), sha1, active_info("0.4.0.127.0.7.1.1.4.1.1")),
    }


def test_proof_too_weak_to_rely_on(world: World, lists: Lists, rsa_key: rsa.RSAPrivateKey) -> None:
    """It holds and is no proof: refused where the family must prove itself, else in doubt."""
    for name, evidence in weak_cards(world, rsa_key).items():
        assert judge(world, evidence, lists) == (REJECTED, Reason.ALGORITHM_NOT_ALLOWED), name
        doubt = judge(world, evidence, lists, lenient=True)
        assert doubt == (UNSURE, Reason.ALGORITHM_NOT_ALLOWED), name


def test_weak_proof_that_does_not_hold(
    world: World, lists: Lists, rsa_key: rsa.RSAPrivateKey
) -> None:
    """A clone is a clone, however weak the key it lacks."""
    for name, evidence in weak_cards(world, rsa_key).items():
        run = evidence.active_auth
        assert run is not None
        forged = replace(evidence, active_auth=replace(run, challenge=bytes(8)))
        for lenient in (False, True):
            verdict = judge(world, forged, lists, lenient=lenient)
            assert verdict == (REJECTED, Reason.CHIP_AUTH_FAILED), name


def test_policy_that_asks_for_more(rsa_key: rsa.RSAPrivateKey) -> None:
    """What the policy in force no longer allows is no proof any more."""
    run = recovery(rsa_key)
    for stricter in (
        replace(MINIMUM, rsa_bits=3072),
        replace(MINIMUM, hashes=frozenset({"sha384"})),
        Algorithms(MINIMUM.hashes, 2048, 224, MINIMUM.kinds - {"rsa-iso9796-2"}),
    ):
        check = active_auth.judge(run, spki(rsa_key), None, stricter)
        assert check is not None
        assert check.reason is Reason.ALGORITHM_NOT_ALLOWED


def test_signature_key_restricted_to_another_scheme(rsa_key: rsa.RSAPrivateKey) -> None:
    """A key for PSS alone does not answer by message recovery."""
    plain = core.ObjectIdentifier("1.2.840.113549.1.1.1").dump() + b"\x05\x00"
    pss = core.ObjectIdentifier("1.2.840.113549.1.1.10").dump()
    whole = tlv.unwrap(spki(rsa_key), 0x30)
    algorithm = tlv.encode(0x30, plain)
    assert whole.startswith(algorithm)
    public = tlv.encode(0x30, tlv.encode(0x30, pss) + whole[len(algorithm) :])
    check = active_auth.judge(recovery(rsa_key), public, None, MINIMUM)
    assert check is not None
    assert check.reason is Reason.CHIP_AUTH_UNSUPPORTED
