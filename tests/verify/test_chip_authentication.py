"""Step 5, chip authentication: an answer under keys agreed with the key that DG14 lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from reader import tlv
from reader.channel import chip_auth as reader_side
from reader.dh_groups import DH_GROUPS
from reader.evidence import CardEvidence, ChipAuthRun
from reader.lds import dg14 as dg14_file
from reader.lds.files import FileId
from tests.verify.made import (
    LENIENT,
    NOW,
    PROFILE,
    Lists,
    World,
    chip_info,
    dg14,
    pace_info,
    spki,
    with_files,
)
from tests.verify.made_chip import (
    CA_3DES,
    CA_AES,
    PK_DH,
    agreed,
    key_info,
    point_of,
    standardised,
    with_chip_auth,
)
from verify import chip_auth, pipeline
from verify.policy import DEFAULT, MINIMUM
from verify.reasons import Reason
from verify.verdict import CheckStatus, Outcome, Step, Verdict

ACCEPTED, REJECTED, UNSURE = Outcome.ACCEPTED, Outcome.REJECTED, Outcome.INDETERMINATE
Result = tuple[Outcome, Reason | None]
FAILED: Result = (REJECTED, Reason.CHIP_AUTH_FAILED)

KEY = ec.generate_private_key(ec.SECP256R1())
OWN = ec.generate_private_key(ec.SECP256R1())


def verdict_of(world: World, evidence: CardEvidence, lists: Lists) -> Verdict:
    """Return the verdict with everything but the chip as it should be."""
    return pipeline.verify(evidence, PROFILE, world.trust(), lists, DEFAULT, NOW)


def judge(world: World, evidence: CardEvidence, lists: Lists) -> Result:
    """Return its outcome and reason."""
    verdict = verdict_of(world, evidence, lists)
    return verdict.outcome, verdict.reason


def dh_key(bits: int) -> bytes:
    """Return a Diffie-Hellman key as PKCS #3 has it, with a modulus of this length."""
    prime = tlv.encode(0x02, (1 << (bits - 1) | 1).to_bytes(bits // 8 + 1, "big"))
    kind = bytes.fromhex("06092a864886f70d010301")
    algorithm = tlv.encode(0x30, kind + tlv.encode(0x30, prime + b"\x02\x01\x02"))
    return tlv.encode(0x30, algorithm + tlv.encode(0x03, b"\x00\x02\x01\x05"))


def test_genuine_chip(world: World, lists: Lists) -> None:
    """An answer under keys agreed with the listed key: accepted, and said whose word that is."""
    evidence = with_chip_auth(world, chip_info(), key_info(spki(KEY)), run=agreed(KEY))
    verdict = verdict_of(world, evidence, lists)
    assert verdict.outcome is ACCEPTED
    detail = verdict.checks[Step.CHIP - 1].detail
    assert detail.startswith("chip authentication, 0.4.0.127.0.7.2.2.3.2.2")
    assert "a later check trusts this terminal for it" in detail


def test_clone_with_a_stolen_dg14_and_its_own_key(world: World, lists: Lists) -> None:
    """Signed files copied from a genuine card; the chip agrees on keys with one of its own."""
    entries = (chip_info(), key_info(spki(KEY)))
    evidence = with_chip_auth(world, *entries, run=agreed(OWN))
    assert judge(world, evidence, lists) == FAILED


@pytest.mark.parametrize("sw", [0x9000, 0x6987, 0x6988])
def test_clone_without_the_key(world: World, lists: Lists, sw: int) -> None:
    """The listed key was used, and what came back did not fit it, or the chip could not read it."""
    run = replace(agreed(KEY), proved=False, sw=sw)
    evidence = with_chip_auth(world, chip_info(), key_info(spki(KEY)), run=run)
    assert judge(world, evidence, lists) == FAILED


@pytest.mark.parametrize("sw", [0x6A80, 0x6300, 0x6A88, 0x6982])
def test_chip_that_refuses_to_prove_itself(world: World, lists: Lists, sw: int) -> None:
    """A chip that lists the proof and refuses the command hides something."""
    run = replace(agreed(KEY), proved=False, sw=sw)
    evidence = with_chip_auth(world, chip_info(), key_info(spki(KEY)), run=run)
    assert judge(world, evidence, lists) == (REJECTED, Reason.CHIP_AUTH_WITHHELD)


def test_clone_that_rewrote_dg14(world: World, lists: Lists) -> None:
    """A proof with a key out of a file that nothing vouches for is none: the file refuses."""
    evidence = with_chip_auth(world, chip_info(), key_info(spki(KEY)), run=agreed(OWN))
    rewritten = dg14(pace_info(), chip_info(), key_info(spki(OWN)))
    verdict = verdict_of(world, with_files(evidence, DG14=rewritten), lists)
    assert (verdict.outcome, verdict.reason) == (REJECTED, Reason.FILE_HASH_MISMATCH)
    assert verdict.checks[Step.CHIP - 1].status is CheckStatus.NOT_RUN


def test_proof_by_a_card_that_lists_none(world: World, lists: Lists) -> None:
    """A key that no signed file lists proves nothing, though nothing else was asked for."""
    groups = {**world.groups()}
    del groups[FileId.DG14], groups[FileId.DG15]
    evidence = replace(world.card(groups), active_auth=None, chip_auth=agreed(OWN))
    assert judge(world, evidence, lists) == FAILED


@pytest.mark.parametrize(
    "run",
    [
        agreed(KEY, protocol=CA_3DES),
        agreed(KEY, protocol="0.4.0.127.0.7.2.2.3.2.4"),
        agreed(KEY, protocol="0.4.0.127.0.7.2.2.3.1.2"),
        agreed(KEY, protocol=CA_AES + ".1"),
        agreed(KEY, protocol=""),
        agreed(KEY, key_id=1),
    ],
    ids=lambda run: f"{run.protocol}-{run.key_id}",
)
def test_run_that_dg14_does_not_list(world: World, lists: Lists, run: ChipAuthRun) -> None:
    """The protocol, and the number of the key, are what an entry says."""
    evidence = with_chip_auth(world, chip_info(), key_info(spki(KEY)), run=run)
    assert judge(world, evidence, lists) == FAILED


@pytest.mark.parametrize(
    ("info_id", "key_id", "run_id", "expected"),
    [
        (3, 3, 3, (ACCEPTED, None)),
        (3, None, 3, (ACCEPTED, None)),
        (None, 3, None, (ACCEPTED, None)),
        (3, 4, 4, (ACCEPTED, None)),
        (3, 4, 5, FAILED),
        (3, 3, None, FAILED),
        (3, 3, 4, FAILED),
    ],
)
def test_number_of_the_one_key(
    world: World,
    lists: Lists,
    info_id: int | None,
    key_id: int | None,
    run_id: int | None,
    expected: Result,
) -> None:
    """A key that stands alone is meant whatever the numbers say; the run has one of them."""
    entries = (chip_info(key_id=info_id), key_info(spki(KEY), key_id=key_id))
    evidence = with_chip_auth(world, *entries, run=agreed(KEY, key_id=run_id))
    assert judge(world, evidence, lists) == expected


def test_two_keys(world: World, lists: Lists) -> None:
    """Each key goes with the protocol of its number, and with no other."""
    entries = (
        chip_info(CA_AES, key_id=1),
        chip_info(CA_3DES, key_id=2),
        key_info(spki(KEY), key_id=1),
        key_info(spki(OWN), key_id=2),
    )
    good = (agreed(KEY, key_id=1), agreed(OWN, key_id=2, protocol=CA_3DES))
    crossed = (
        agreed(KEY, key_id=2),
        agreed(OWN, key_id=1),
        agreed(KEY, key_id=1, protocol=CA_3DES),
        agreed(KEY),
    )
    for run in good:
        evidence = with_chip_auth(world, *entries, run=run)
        assert judge(world, evidence, lists) == (ACCEPTED, None)
    for run in crossed:
        evidence = with_chip_auth(world, *entries, run=run)
        assert judge(world, evidence, lists) == FAILED


def test_chip_of_the_first_generation(world: World, lists: Lists) -> None:
    """DG14 with the key alone means the protocol with 3DES, and no other."""
    for protocol, expected in ((CA_3DES, (ACCEPTED, None)), (CA_AES, FAILED)):
        run = agreed(KEY, protocol=protocol)
        evidence = with_chip_auth(world, key_info(spki(KEY)), run=run)
        assert judge(world, evidence, lists) == expected


@pytest.mark.parametrize("version", [2, 3])
def test_run_of_another_version(world: World, lists: Lists, version: int) -> None:
    """Versions 2 and 3 ask a proof of the terminal first: this terminal ran none of them."""
    entries = (chip_info(version=version), key_info(spki(KEY)))
    assert judge(world, with_chip_auth(world, *entries, run=agreed(KEY)), lists) == FAILED
    unasked = judge(world, with_chip_auth(world, *entries, run=None), lists)
    assert unasked == (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)


@pytest.mark.parametrize(
    "entries", [(chip_info(), key_info(spki(KEY))), (key_info(spki(KEY)),), (chip_info(),)]
)
def test_offered_and_not_run(world: World, lists: Lists, entries: tuple[bytes, ...]) -> None:
    """A reading whose terminal lacked the mechanism is in doubt, never accepted."""
    evidence = with_chip_auth(world, *entries, run=None)
    assert judge(world, evidence, lists) == (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED)


def test_key_by_the_number_of_its_curve(world: World, lists: Lists) -> None:
    """A key may name its curve by the number of Doc 9303-11 table 12."""
    public = standardised(12, point_of(KEY))
    run = replace(agreed(KEY), public_key=public)
    evidence = with_chip_auth(world, chip_info(), key_info(public), run=run)
    assert judge(world, evidence, lists) == (ACCEPTED, None)


@pytest.mark.parametrize(
    ("public", "reason"),
    [
        (standardised(19, b"\x04"), Reason.CHIP_AUTH_UNSUPPORTED),
        (
            standardised(14, point_of(ec.generate_private_key(ec.SECP256R1()))),
            Reason.FILE_MALFORMED,
        ),
        (standardised(12, b"\x04" + bytes(64)), Reason.FILE_MALFORMED),
        (spki(ec.generate_private_key(ec.SECP256K1())), Reason.CHIP_AUTH_UNSUPPORTED),
        (tlv.encode(0x30, b"\x30\x02\x06\x00\x03\x01\x00"), Reason.FILE_MALFORMED),
        (tlv.encode(0x30, b"\x30\x07\x06\x03\x55\x04\x06\x05\x00\x03\x01\x00"), "unknown kind"),
    ],
    ids=["number", "other curve", "no point", "curve", "nothing", "kind"],
)
def test_listed_key_that_is_strange(
    world: World, lists: Lists, public: bytes, reason: Reason | str
) -> None:
    """What the issuer signed and this terminal cannot read is a doubt."""
    expected = reason if isinstance(reason, Reason) else Reason.CHIP_AUTH_UNSUPPORTED
    run = replace(agreed(KEY), public_key=public)
    evidence = with_chip_auth(world, chip_info(), key_info(public), run=run)
    assert judge(world, evidence, lists) == (UNSURE, expected)


@pytest.mark.parametrize(
    ("public", "protocol", "enough"),
    [
        (dh_key(2048), "0.4.0.127.0.7.2.2.3.1.2", True),
        (dh_key(1024), "0.4.0.127.0.7.2.2.3.1.2", False),
        (standardised(1, b"\x02\x01\x05"), "0.4.0.127.0.7.2.2.3.1.2", True),
        (standardised(0, b"\x02\x01\x05"), "0.4.0.127.0.7.2.2.3.1.2", False),
    ],
    ids=["2048", "1024", "group 1", "group 0"],
)
def test_diffie_hellman_over_the_integers(
    world: World, lists: Lists, public: bytes, protocol: str, enough: bool
) -> None:
    """A prime of 2048 bits counts, one of 1024 is too short to rely on."""
    run = ChipAuthRun(protocol, None, public, proved=True, sw=0x9000)
    entries = (chip_info(protocol), key_info(public, protocol=PK_DH))
    evidence = with_chip_auth(world, *entries, run=run)
    expected = (ACCEPTED, None) if enough else (REJECTED, Reason.ALGORITHM_NOT_ALLOWED)
    assert judge(world, evidence, lists) == expected


def test_curve_for_travel_documents_only(world: World, lists: Lists) -> None:
    """Curves that take our own arithmetic count where the family says so; short ones nowhere."""
    generators = {
        11: "0d9029ad2c7e5cf4340823b2a87dc68c9e4ce3174c1e6efdee12c07d"
        "58aa56f772c0726f24c6b89e4ecdac24354b9e99caa3f6d3761402cd",
        9: "c0a0647eaab6a48753b033c56cb0f0900a2f5c4853375fd6"
        "14b690866abd5bb88b5f4828c1490002e6773fa2fa299b8f",
    }
    slow = replace(PROFILE, legacy=True)
    found = []
    for number, point in generators.items():
        public = standardised(number, b"\x04" + bytes.fromhex(point))
        run = replace(agreed(KEY), public_key=public)
        evidence = with_chip_auth(world, chip_info(), key_info(public), run=run)
        for profile in (PROFILE, slow):
            verdict = pipeline.verify(evidence, profile, world.trust(), lists, DEFAULT, NOW)
            found.append((verdict.outcome, verdict.reason))
    assert found == [
        (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED),
        (ACCEPTED, None),
        (UNSURE, Reason.CHIP_AUTH_UNSUPPORTED),
        (REJECTED, Reason.ALGORITHM_NOT_ALLOWED),
    ]


@pytest.mark.parametrize(
    ("country", "key_id"), [("at", None), ("de", 195)], ids=["Austria", "Germany"]
)
def test_real_dg14(
    transcript: Callable[[str], dict[str, Any]], country: str, key_id: int | None
) -> None:
    """Two real passports: a run with the key that they list passes, one with another fails."""
    recorded = transcript(f"chip-authentication-ecdh-{country}")
    infos = dg14_file.parse(bytes.fromhex(recorded["DG14"]))
    (listed,) = infos.chip_auth_keys
    run = ChipAuthRun(CA_AES, key_id, listed.public_key, proved=True, sw=0x9000)
    found = chip_auth.judge(run, infos, MINIMUM)
    assert found is not None
    assert found.status is CheckStatus.PASSED
    for other in (
        replace(run, public_key=run.public_key[:-1] + b"\x00"),
        replace(run, key_id=7),
        replace(run, protocol=CA_3DES),
    ):
        found = chip_auth.judge(other, infos, MINIMUM)
        assert found is not None
        assert (found.status, found.reason) == (CheckStatus.FAILED, Reason.CHIP_AUTH_FAILED)


numbers = st.none() | st.integers(0, 3)
protocols = st.sampled_from([CA_3DES, CA_AES, "0.4.0.127.0.7.2.2.3.1.1", "0.4.0.127.0.7.2.2.3.1.4"])
KEYS = (
    (spki(KEY), "0.4.0.127.0.7.2.2.1.2"),
    (spki(OWN), "0.4.0.127.0.7.2.2.1.2"),
    (standardised(2, tlv.encode(0x02, DH_GROUPS[2].g.to_bytes(256, "big"))), PK_DH),
)


@given(
    offered=st.lists(st.tuples(protocols, st.integers(1, 2), numbers), max_size=3),
    held=st.lists(st.tuples(st.sampled_from(KEYS), numbers), max_size=3),
)
def test_whatever_the_reader_chooses(
    offered: list[tuple[str, int, int | None]], held: list[tuple[tuple[bytes, str], int | None]]
) -> None:
    """However DG14 numbers its entries: what was chosen from it is what it lists."""
    entries = [chip_info(one, version=version, key_id=number) for one, version, number in offered]
    entries += [key_info(key, key_id=number, protocol=kind) for (key, kind), number in held]
    listed = dg14_file.parse(dg14(pace_info(), *entries))
    variant = reader_side.choose(listed, legacy=True)
    if variant is None:
        return
    run = ChipAuthRun(variant.protocol, variant.key_id, variant.public_key, True, 0x9000)
    found = chip_auth.judge(run, listed, MINIMUM)
    assert found is not None
    assert found.status is CheckStatus.PASSED


def test_lenient_family(world: World, lists: Lists) -> None:
    """What a clone answers refuses it in any family."""
    evidence = with_chip_auth(world, chip_info(), key_info(spki(KEY)), run=agreed(OWN))
    verdict = pipeline.verify(evidence, LENIENT, world.trust(), lists, DEFAULT, NOW)
    assert (verdict.outcome, verdict.reason) == FAILED
