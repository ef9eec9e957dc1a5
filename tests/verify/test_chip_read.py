"""Chips in software, read and judged: what the reader brings is what step 5 takes.

Chip, reader and judgement were written apart, from the standard; here they meet, one mechanism at
a time: genuine, and as a clone that has all the files and keys of its own.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from crl.status import Status
from provisioning import people
from provisioning.direct_reader import DirectReader
from provisioning.office.options import ChipKey, ChipOptions, EcdsaKey, KeyForm, RsaKey, pace
from provisioning.office.personalise import Family, personalise
from provisioning.office.pilot import PilotPki
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage, Signature
from provisioning.softcard.protocols import Agreement, ChipAuthProtocol, PaceMapping
from provisioning.softcard.suite import Suite
from reader.evidence import CardEvidence, Password, PasswordKind
from reader.profile import builtin_profiles
from reader.read import Reading, read
from reader.watch import CardLaid
from tests.verify.made import Lists, answer, trust_list
from verify import pipeline
from verify.moment import Moment, TimeQuality
from verify.policy import DEFAULT
from verify.reasons import Reason
from verify.trust import Anchor, AnchorPurpose
from verify.verdict import Outcome, Step, Verdict

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FAR = date(2031, 11, 20)
P256, BRAINPOOL_256, BRAINPOOL_320, MODP_2048 = 12, 13, 14, 2
Result = tuple[Outcome, Reason | None]


def agreeing(
    suite: Suite = Suite.AES_128,
    parameter_id: int = P256,
    *,
    form: KeyForm = KeyForm.EXPLICIT,
    agreement: Agreement = Agreement.ECDH,
    key_id: int | None = None,
) -> ChipKey:
    """Return a key for chip authentication by one protocol."""
    return ChipKey((ChipAuthProtocol(agreement, suite),), parameter_id, key_id, form)


def only(key: ChipKey) -> ChipOptions:
    """Return a chip that proves itself by chip authentication alone."""
    return ChipOptions(chip_auth=(key,), active_auth=None)


def mapping(parameter_id: int) -> ChipOptions:
    """Return a chip that proves itself by PACE's mapping alone."""
    offer = pace(parameter_id, mapping=PaceMapping.CHIP_AUTHENTICATION)
    return ChipOptions(pace=(offer,), active_auth=None)


CHIPS: dict[str, ChipOptions] = {
    "active authentication, ECDSA": ChipOptions(),
    "active authentication, a SEQUENCE": ChipOptions(
        active_auth=EcdsaKey(hash="sha384", parameter_id=16, signature=Signature.DER)
    ),
    "active authentication, a slow curve": ChipOptions(
        active_auth=EcdsaKey(hash="sha256", parameter_id=BRAINPOOL_320)
    ),
    "active authentication, RSA": ChipOptions(active_auth=RsaKey(2048, "sha256")),
    "active authentication, RSA by B.4": ChipOptions(
        active_auth=RsaKey(2048, "sha512", Signature.RECOVERY_SMALLER)
    ),
    "chip authentication, AES-128": only(agreeing()),
    "chip authentication, AES-256": only(agreeing(Suite.AES_256, BRAINPOOL_256, key_id=7)),
    "chip authentication, 3DES": only(agreeing(Suite.TDES)),
    "chip authentication, a slow curve": only(agreeing(parameter_id=BRAINPOOL_320)),
    "chip authentication, by number": only(agreeing(form=KeyForm.STANDARDISED)),
    "chip authentication, integers": only(agreeing(parameter_id=MODP_2048, agreement=Agreement.DH)),
    "mapping": mapping(P256),
    "mapping, brainpool": mapping(BRAINPOOL_256),
    "mapping, a slow curve": mapping(BRAINPOOL_320),
    "basic access, chip authentication": replace(only(agreeing()), pace=(), bac=True),
    "basic access, RSA": ChipOptions(pace=(), bac=True, active_auth=RsaKey(2048, "sha256")),
    "all of them": ChipOptions(
        pace=(pace(mapping=PaceMapping.CHIP_AUTHENTICATION), pace()),
        chip_auth=(agreeing(key_id=1),),
    ),
}

every_chip = pytest.mark.parametrize("name", CHIPS)


@cache
def pilot() -> PilotPki:
    """Return the office's authorities."""
    return PilotPki.create(AT)


def passport(options: ChipOptions) -> CardImage:
    """Return a traveller's passport with this chip."""
    return personalise(
        people.TRAVELLER,
        Family.PASSPORT,
        pilot().passport_signer,
        at=AT - timedelta(days=30),
        expires=FAR,
        document_number=people.TRAVELLER_PASSPORT,
        options=options,
    )


@cache
def genuine(name: str) -> CardImage:
    """Return the passport with one of the chips."""
    return passport(CHIPS[name])


def evidence_of(image: CardImage) -> CardEvidence:
    """Return what the reader brings home from a chip."""
    tray = DirectReader()
    tray.lay(Chip(image))
    while not isinstance(event := tray.next_event(0), CardLaid):
        assert event is not None
    assert image.access.mrz_information is not None
    password = Password(PasswordKind.MRZ, image.access.mrz_information)
    reading = read(event.connection, builtin_profiles(), password, rng=os.urandom)
    assert isinstance(reading, Reading)
    return reading.evidence


def judged(evidence: CardEvidence) -> Verdict:
    """Return the verdict on it under its own profile, and again from its kept form."""
    profile = next(one for one in builtin_profiles() if one.name == evidence.profile)
    certificate = pilot().passport_csca.certificate
    anchor = Anchor(AnchorPurpose.DOCUMENT, certificate, frozenset({"icao"}))
    lists = Lists(answer(Status.GOOD), answer(Status.GOOD))
    moment = Moment(AT, TimeQuality.SYNCHRONISED)
    first, again = (
        pipeline.verify(one, profile, trust_list(anchor), lists, DEFAULT, moment)
        for one in (evidence, CardEvidence.from_bytes(evidence.to_bytes()))
    )
    assert first == again
    return first


@every_chip
def test_genuine_chip(name: str) -> None:
    """Whatever mechanism the chip has, it is accepted, and the check names it."""
    verdict = judged(evidence_of(genuine(name)))
    check = verdict.checks[Step.CHIP - 1]
    assert verdict.outcome is Outcome.ACCEPTED, check
    wanted = {"active": "active", "chip": "chip authentication, ", "mapping": "mapping"}
    assert wanted.get(name.split()[0].strip(","), "") in check.detail


@every_chip
def test_clone_with_keys_of_its_own(name: str) -> None:
    """All files copied to a chip with other keys: refused, never accepted."""
    image = genuine(name)
    other = passport(CHIPS[name])
    clone = replace(image, chip_auth=other.chip_auth, active_auth=other.active_auth)
    verdict = judged(evidence_of(clone))
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.CHIP_AUTH_FAILED)


def test_weak_chip_of_an_old_passport() -> None:
    """RSA of 1024 bits with SHA-1 holds, and is too weak to rely on: in doubt."""
    old = ChipOptions(pace=(), bac=True, active_auth=RsaKey(1024, "sha1"))
    verdict = judged(evidence_of(passport(old)))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.INDETERMINATE,
        Reason.ALGORITHM_NOT_ALLOWED,
    )


def test_chip_without_proof() -> None:
    """A passport whose chip proves nothing is never accepted."""
    bare = ChipOptions(pace=(), bac=True, active_auth=None)
    verdict = judged(evidence_of(passport(bare)))
    assert (verdict.outcome, verdict.reason) == (Outcome.INDETERMINATE, Reason.CHIP_AUTH_ABSENT)


def test_led_away_from_pace() -> None:
    """EF.CardAccess hidden from a chip with PACE and basic access control: refused."""
    image = passport(ChipOptions(bac=True))
    files = {fid: data for fid, data in image.mf_files.items() if fid != 0x011C}
    led = replace(image, mf_files=files, access=replace(image.access, pace=()))
    verdict = judged(evidence_of(led))
    assert (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.CARDACCESS_MISMATCH)
