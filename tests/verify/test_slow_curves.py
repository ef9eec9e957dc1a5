"""Curves that the library lacks: signed by another tool, checked by our own arithmetic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import tlv
from reader.arithmetic import Point
from reader.curves import Curve, by_name
from reader.evidence import (
    ActiveAuthRun,
    CardAccessSource,
    CardEvidence,
    MappingProof,
    PaceFacts,
    PasswordKind,
)
from reader.lds.files import FileId
from reader.profile import builtin_profiles
from tests.verify.made import (
    AT,
    CHALLENGE,
    DAY,
    NOW,
    PROFILE,
    Lists,
    OtherParty,
    World,
    active_info,
    dg14,
    hash_list,
    infos,
    pace_info,
    security_object,
    signed_data,
    trust_list,
)
from tests.verify.made_chip import (
    CAM,
    SECURITY_OBJECT,
    MappingChip,
    key_info,
    standardised,
    with_mapping,
)
from tests.verify.made_openssl import OpensslKey, issue
from verify import keys, pipeline, signatures
from verify.algorithms import Kind, Scheme
from verify.ecdsa import CurveKey
from verify.errors import AlgorithmNotAllowed, BadSignature, MalformedObject, UnsupportedAlgorithm
from verify.policy import DEFAULT, MINIMUM, Carried
from verify.reasons import Reason
from verify.trust import Anchor, AnchorPurpose
from verify.verdict import Outcome

ACCEPTED, REJECTED, UNSURE = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.INDETERMINATE
Result = tuple[Outcome, Reason | None]
DATA = b"what was signed"
SLOW = replace(PROFILE, legacy=True)
ALLOWED = replace(MINIMUM, slow_curves=True)
HASHES = (hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
LACKED = ("brainpoolP224r1", "brainpoolP320r1")
LIBRARY = {
    "secp224r1": ec.SECP224R1(),
    "secp256r1": ec.SECP256R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}

lacked = pytest.mark.parametrize("curve", LACKED)


def curve_of(name: str) -> Curve:
    """Return a curve of the table."""
    found = by_name(name)
    assert found is not None
    return found


# One signature


@pytest.mark.parametrize("curve", [*LACKED, "brainpoolP192r1"])
@pytest.mark.parametrize("chosen", HASHES, ids=lambda one: one.name)
def test_signature_by_openssl(tmp_path: Path, curve: str, chosen: hashes.HashAlgorithm) -> None:
    """Every hash, longer or shorter than the curve; altered data, r or s do not hold."""
    pair = OpensslKey.new(curve, tmp_path)
    key = keys.load_spki(pair.spki)
    signature = pair.sign(DATA, ec.ECDSA(chosen))
    used = Scheme(Kind.ECDSA, chosen.name)
    signatures.verify_any(key, used, signature, DATA)
    digest = hashes.Hash(chosen)
    digest.update(DATA)
    value = digest.finalize()
    signatures.verify_any(key, used, signature, value, prehashed=True)
    r, s = decode_dss_signature(signature)
    n = curve_of(curve).n
    assert isinstance(key.key, CurveKey)
    assert key.key.verify(r, n - s, value)  # as good, by the standard
    for bent in ((r, s + 1), (r + 1, s), (s, r), (0, s), (r, 0), (r + n, s), (r, s + n), (-r, s)):
        assert not key.key.verify(*bent, value)
    for data in (DATA + b"!", b""):
        with pytest.raises(BadSignature):
            signatures.verify_any(key, used, signature, data)
    for broken in (b"", signature[:-1], signature + b"\x00", b"\x30\x00"):
        with pytest.raises(BadSignature):
            signatures.verify_any(key, used, broken, DATA)
    with pytest.raises(BadSignature):
        signatures.verify_any(key, used, signature, value[:-1], prehashed=True)


@lacked
def test_plain_signature(tmp_path: Path, curve: str) -> None:
    """R and s side by side, each as long as the order."""
    pair = OpensslKey.new(curve, tmp_path)
    key = keys.load_spki(pair.spki)
    r, s = decode_dss_signature(pair.sign(DATA, ec.ECDSA(hashes.SHA224())))
    size = (curve_of(curve).n.bit_length() + 7) // 8
    plain = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    used = Scheme(Kind.ECDSA_PLAIN, "sha224")
    signatures.verify_scheme(key, used, plain, DATA, allowed=ALLOWED)
    for broken in (plain[:-1], plain + b"\x00", bytes(2 * size)):
        with pytest.raises(BadSignature):
            signatures.verify_scheme(key, used, broken, DATA, allowed=ALLOWED)
    with pytest.raises(BadSignature):
        signatures.verify_any(key, Scheme(Kind.RSA_PKCS1, "sha224"), plain, DATA)


@pytest.mark.parametrize(
    ("hash_name", "r", "s"),
    [
        (
            "sha256",
            "4B0B8CE98A92866A2820E20AA6B75B56382E0F9BFD5ECB55",
            "CCDB006926EA9565CBADC840829D8C384E06DE1F1E381B85",
        ),
        (
            "sha512",
            "4D60C5AB1996BD848343B31C00850205E2EA6922DAC2E4B8",
            "3F6E837448F027A1BF4B34E796E32A811CBB4050908D8F67",
        ),
    ],
)
def test_published_signature(hash_name: str, r: str, s: str) -> None:
    """RFC 6979 appendix A.2.3: P-192, message `sample`."""
    point = Point(
        0xAC2C77F529F91689FEA0EA5EFEC7F210D8EEA0B9E047ED56,
        0x3BC723E57670BD4887EBC732C523063D0A7C957BC97C1C43,
    )
    key = keys.PublicKey(CurveKey(curve_of("secp192r1"), point))
    used = Scheme(Kind.ECDSA_PLAIN, hash_name)
    signatures.verify_any(key, used, bytes.fromhex(r + s), b"sample")
    with pytest.raises(BadSignature):
        signatures.verify_any(key, used, bytes.fromhex(r + s), b"test")


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(LIBRARY)),
    st.sampled_from(HASHES),
    st.binary(max_size=40),
    st.none() | st.integers(0, 2000),
)
def test_our_own_arithmetic_beside_the_librarys(
    name: str, chosen: hashes.HashAlgorithm, data: bytes, bit: int | None
) -> None:
    """On curves that the library has, both say the same of a signature, altered or not."""
    private = ec.generate_private_key(LIBRARY[name])
    numbers = private.public_key().public_numbers()
    ours = keys.PublicKey(CurveKey(curve_of(name), Point(numbers.x, numbers.y)))
    signature = bytearray(private.sign(data, ec.ECDSA(chosen)))
    if bit is not None:
        signature[bit // 8 % len(signature)] ^= 1 << bit % 8
    used = Scheme(Kind.ECDSA, chosen.name)
    answers = []
    for key in (ours, keys.PublicKey(private.public_key())):
        try:
            signatures.verify_any(key, used, bytes(signature), data)
        except BadSignature:
            answers.append(False)
        else:
            answers.append(True)
    assert answers[0] is answers[1]


def test_point_off_the_curve(tmp_path: Path) -> None:
    """A point that does not satisfy the equation, or is written in short, is no key."""
    pair = OpensslKey.new("brainpoolP320r1", tmp_path)
    for point in (pair.point[:-1] + bytes([pair.point[-1] ^ 1]), b"\x02" + pair.point[1:41]):
        bits = tlv.encode(0x03, b"\x00" + pair.point)
        assert pair.spki.endswith(bits)
        algorithm = tlv.unwrap(pair.spki, 0x30)[: -len(bits)]
        changed = tlv.encode(0x30, algorithm + tlv.encode(0x03, b"\x00" + point))
        with pytest.raises(MalformedObject):
            keys.load_spki(changed)


# Who may use them


@lacked
def test_family_that_has_no_use_for_them(tmp_path: Path, curve: str) -> None:
    """Without the family's word such a signature is not even looked at."""
    pair = OpensslKey.new(curve, tmp_path)
    key = keys.load_spki(pair.spki)
    used, signature = Scheme(Kind.ECDSA, "sha256"), pair.sign(DATA, ec.ECDSA(hashes.SHA256()))
    signatures.verify_scheme(key, used, signature, DATA, allowed=ALLOWED)
    with pytest.raises(UnsupportedAlgorithm):
        signatures.verify_scheme(key, used, signature, DATA, allowed=MINIMUM)


def test_shorter_than_the_minimum(tmp_path: Path) -> None:
    """A curve of 192 bits is refused whatever the family says."""
    pair = OpensslKey.new("brainpoolP192r1", tmp_path)
    key = keys.load_spki(pair.spki)
    used, signature = Scheme(Kind.ECDSA, "sha256"), pair.sign(DATA, ec.ECDSA(hashes.SHA256()))
    for allowed in (MINIMUM, ALLOWED):
        with pytest.raises(AlgorithmNotAllowed):
            signatures.verify_scheme(key, used, signature, DATA, allowed=allowed)


def test_policy_that_is_stricter() -> None:
    """The family's word adds curves, and takes nothing from what a policy asks for."""
    strict = replace(
        DEFAULT, algorithms=replace(MINIMUM, ec_bits=384, hashes=frozenset({"sha512"}))
    )
    slow = strict.with_slow_curves()
    assert slow.algorithms == replace(strict.algorithms, slow_curves=True)
    assert slow.algorithms.includes(strict.algorithms)
    assert not strict.algorithms.includes(slow.algorithms)


def test_policy_with_what_old_cards_carry() -> None:
    """Each of its steps takes the family's word, and stays as strict as it was."""
    new = replace(MINIMUM, ec_bits=384)
    carried = (Carried(MINIMUM, signs_until=AT),)
    slow = replace(DEFAULT, algorithms=new, carried=carried).with_slow_curves()
    for made, algorithms in ((AT - DAY, MINIMUM), (AT, new), (None, MINIMUM)):
        expected = replace(algorithms, slow_curves=True)
        assert slow.allowed(made, AT) == expected
        assert slow.as_of(made, AT).algorithms == expected


def test_families_that_ship() -> None:
    """Travel documents of the world use them; cards of this country do not."""
    assert {one.name for one in builtin_profiles() if one.legacy} == {"icao"}


# A whole card


def signed_by(world: World, tmp_path: Path, curve: str) -> tuple[CardEvidence, OtherParty]:
    """Return a good card whose authority and signer have keys on `curve`, and the authority."""
    authority = issue("CSCA Slow", OpensslKey.new(curve, tmp_path), is_ca=True)
    signer = issue("DS Slow", OpensslKey.new(curve, tmp_path), authority)
    card = world.card()
    groups = {file: data for file, data in card.files.items() if file.data_group is not None}
    content = security_object(signed_data(hash_list(groups), signer))
    return replace(card, files={**card.files, FileId.SOD: content}), authority


def judge(evidence: CardEvidence, lists: Lists, *authorities: bytes, slow: bool = True) -> Result:
    """Return outcome and reason with these authorities for the card's family."""
    profile = SLOW if slow else PROFILE
    family = frozenset({profile.name})
    anchors = (Anchor(AnchorPurpose.DOCUMENT, one, family) for one in authorities)
    verdict = pipeline.verify(evidence, profile, trust_list(*anchors), lists, DEFAULT, NOW)
    return verdict.outcome, verdict.reason


@pytest.mark.parametrize(
    ("curve", "slow", "expected"),
    [
        ("brainpoolP224r1", True, (ACCEPTED, None)),
        ("brainpoolP320r1", True, (ACCEPTED, None)),
        ("brainpoolP320r1", False, (UNSURE, Reason.ALGORITHM_UNSUPPORTED)),
        ("brainpoolP192r1", True, (REJECTED, Reason.ALGORITHM_NOT_ALLOWED)),
        ("brainpoolP192r1", False, (REJECTED, Reason.ALGORITHM_NOT_ALLOWED)),
    ],
)
def test_card_signed_on_such_a_curve(
    world: World, lists: Lists, tmp_path: Path, curve: str, slow: bool, expected: Result
) -> None:
    """Accepted where the family uses them, in doubt elsewhere; below the minimum refused."""
    evidence, authority = signed_by(world, tmp_path, curve)
    assert judge(evidence, lists, authority.certificate, slow=slow) == expected


def test_forged_card_on_such_a_curve(world: World, lists: Lists, tmp_path: Path) -> None:
    """A bent signature, and an authority of the same name with another key: refused."""
    evidence, authority = signed_by(world, tmp_path, "brainpoolP320r1")
    sod = evidence.files[FileId.SOD]
    bent = {**evidence.files, FileId.SOD: sod[:-1] + bytes([sod[-1] ^ 1])}
    verdict = judge(replace(evidence, files=bent), lists, authority.certificate)
    assert verdict == (REJECTED, Reason.SOD_SIGNATURE_INVALID)
    other = issue("CSCA Slow", OpensslKey.new("brainpoolP320r1", tmp_path), is_ca=True)
    verdict = judge(evidence, lists, other.certificate)
    assert verdict == (REJECTED, Reason.SIGNER_NOT_TRUSTED)


@lacked
def test_chip_that_signs_on_such_a_curve(
    world: World, lists: Lists, tmp_path: Path, curve: str
) -> None:
    """Active authentication by the family's curves; elsewhere in doubt."""
    pair, other = OpensslKey.new(curve, tmp_path), OpensslKey.new(curve, tmp_path)
    named = active_info("0.4.0.127.0.7.1.1.4.1.2")
    groups = {
        **world.groups(),
        FileId.DG14: dg14(pace_info(), named),
        FileId.DG15: tlv.encode(0x6F, pair.spki),
    }
    results = []
    for signing, slow in ((pair, True), (other, True), (pair, False)):
        answer = signing.sign(CHALLENGE, ec.ECDSA(hashes.SHA224()))
        evidence = replace(world.card(groups), active_auth=ActiveAuthRun(CHALLENGE, answer, 0x9000))
        results.append(judge(evidence, lists, world.authority.certificate, slow=slow))
    assert results == [
        (ACCEPTED, None),
        (REJECTED, Reason.CHIP_AUTH_FAILED),
        (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED),
    ]


@pytest.mark.parametrize(("curve", "number"), [("brainpoolP224r1", 11), ("brainpoolP320r1", 14)])
def test_mapping_on_such_a_curve(
    world: World, lists: Lists, tmp_path: Path, curve: str, number: int
) -> None:
    """PACE with chip authentication mapping on a curve that the library lacks."""
    chip, mapped = OpensslKey.new(curve, tmp_path), OpensslKey.new(curve, tmp_path)
    n = curve_of(curve).n
    scalar = pow(chip.private, -1, n) * mapped.private % n
    size = (n.bit_length() + 7) // 8
    access = (pace_info(number, CAM),)
    listed = infos(*access, key_info(standardised(number, chip.point), key_id=number))
    security = signed_data(listed, world.signer, content_type=SECURITY_OBJECT)
    card = with_mapping(world, MappingChip.new(), security=security)
    groups = {file: data for file, data in card.files.items() if file.data_group is not None}
    groups[FileId.DG14] = dg14(*access)
    files = {
        **card.files,
        **groups,
        FileId.CARD_ACCESS: infos(*access),
        FileId.SOD: world.sod(groups),
    }
    results = []
    for data, slow in ((scalar, True), (scalar + 1, True), (scalar, False)):
        proof = MappingProof(mapped.point, data.to_bytes(size, "big"))
        pace = PaceFacts(CAM, number, PasswordKind.CAN, CardAccessSource.READ, proof)
        evidence = replace(card, files=files, pace=pace)
        results.append(judge(evidence, lists, world.authority.certificate, slow=slow))
    assert results == [
        (ACCEPTED, None),
        (REJECTED, Reason.CHIP_AUTH_FAILED),
        (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED),
    ]
