"""Profiles: the three that ship, the choice among them, and files that cannot be used."""

from __future__ import annotations

from importlib import resources

import pytest

from reader.errors import ProfileInvalid
from reader.evidence import Password, PasswordKind
from reader.lds.dg1 import Mrz, MrzFormat, Name
from reader.lds.files import FileId
from reader.profile import (
    NEVER_READ,
    AccessMethod,
    CardProfile,
    WhenAbsent,
    builtin_profiles,
    derive_password,
    load_profile,
    select_by_dg1,
)

EMRTD = bytes.fromhex("A0000002471001")
PROFILES: dict[str, CardProfile] = {profile.name: profile for profile in builtin_profiles()}
SOURCE = (resources.files("reader") / "profiles" / "dang-vien.toml").read_text("utf-8")


def mrz(document_type: str, state: str) -> Mrz:
    """Return an MRZ of this kind and issuer."""
    return Mrz(
        format=MrzFormat.TD1,
        document_type=document_type,
        issuing_state=state,
        document_number="201000001",
        optional_data="",
        optional_data_2="",
        birth="010203",
        sex="M",
        expiry="310203",
        nationality=state,
        name=Name("NGUYEN", "VAN AN"),
    )


def test_three_profiles_ship_most_likely_first() -> None:
    """The party card, the citizen card, any travel document."""
    assert [profile.name for profile in builtin_profiles()] == ["dang-vien", "cccd", "icao"]


@pytest.mark.parametrize("profile", builtin_profiles(), ids=lambda profile: profile.name)
def test_no_profile_reads_fingerprints_or_the_unsigned_list(profile: CardProfile) -> None:
    """DG3 and DG4 never; EF.COM decides nothing and is not asked for."""
    read = {*profile.read_now, *profile.read_late}
    assert not read & NEVER_READ
    assert profile.read_never >= NEVER_READ
    assert FileId.COM not in read
    assert profile.read_late == (FileId.DG2,)


def test_party_card_is_the_strictest() -> None:
    """No proof of the chip, or nothing to bind PACE to: rejected; its status list is named."""
    profile = PROFILES["dang-vien"]
    assert profile.aids == (bytes.fromhex("F0") + b"TramThe\x01",)
    assert profile.access == (AccessMethod.PACE_CAN, AccessMethod.PACE_MRZ)
    assert profile.chip_proof_absent is WhenAbsent.REJECT
    assert profile.pace_unbound is WhenAbsent.REJECT
    assert profile.status_list == "urn:tramthe:card-status:dang-vien"
    assert profile.min_tries_left == 1
    assert profile.lifetime.expiry_required


@pytest.mark.parametrize("name", ["cccd", "icao"])
def test_other_families_are_undecided_where_nothing_is_to_compare(name: str) -> None:
    """Never accepted without a chip proof, but not rejected; no status list is kept."""
    profile = PROFILES[name]
    assert profile.aids == (EMRTD,)
    assert profile.chip_proof_absent is WhenAbsent.INDETERMINATE
    assert profile.pace_unbound is WhenAbsent.INDETERMINATE
    assert profile.status_list is None


@pytest.mark.parametrize(
    ("document_type", "state", "expected"),
    [("ID", "VNM", "cccd"), ("I", "VNM", "cccd"), ("P", "VNM", "icao"), ("ID", "NLD", "icao")],
)
def test_families_that_share_an_application_are_told_apart_by_dg1(
    document_type: str, state: str, expected: str
) -> None:
    """In whatever order they are given, the profile with the most rules that fit wins."""
    for order in (builtin_profiles(), builtin_profiles()[::-1]):
        found = select_by_dg1(order, EMRTD, mrz(document_type, state))
        assert found is not None
        assert found.name == expected


def test_only_travel_documents_may_be_opened_the_old_and_the_slow_way() -> None:
    """Basic access control, curves of our own arithmetic and classic Diffie-Hellman: `icao`."""
    for profile in builtin_profiles():
        old = profile.name == "icao"
        assert (AccessMethod.BAC in profile.access, profile.legacy) == (old, old)


def test_application_that_no_profile_names_selects_none() -> None:
    """Nor does a party card of another issuer."""
    assert select_by_dg1(builtin_profiles(), b"\xf0other", mrz("ID", "VNM")) is None
    aid = PROFILES["dang-vien"].aids[0]
    assert select_by_dg1(builtin_profiles(), aid, mrz("ID", "NLD")) is None
    assert select_by_dg1(builtin_profiles(), aid, mrz("ID", "VNM")) is PROFILES["dang-vien"]


def test_citizen_card_opens_with_the_last_six_digits_of_its_number() -> None:
    """As printed, no CAN stands on the card."""
    found = derive_password(PROFILES["cccd"], PasswordKind.CAN, {"number": "001201012345"})
    assert found == Password(PasswordKind.CAN, "012345")


def test_passport_opens_with_its_mrz() -> None:
    """From number, birth and expiry."""
    fields = {"document_number": "L898902C", "birth": "690806", "expiry": "940623"}
    found = derive_password(PROFILES["icao"], PasswordKind.MRZ, fields)
    assert found == Password(PasswordKind.MRZ, "L898902C<369080619406236")


def test_kind_of_password_without_a_rule_derives_nothing() -> None:
    """A profile need not have both."""
    text = SOURCE.replace('can = "field(can)"\n', "")
    assert derive_password(load_profile(text), PasswordKind.CAN, {"can": "123456"}) is None


def test_lifetime_and_match_may_be_tightened() -> None:
    """A copy of a built-in profile with stricter rules loads."""
    text = SOURCE.replace("expiry_required = true", "expiry_required = true\nmax_years = 10")
    assert load_profile(text).lifetime.max_years == 10


def test_profile_cannot_be_changed_after_loading() -> None:
    """Its tables are read-only."""
    with pytest.raises(TypeError):
        PROFILES["cccd"].fields["name"] = "DG1.name"  # type: ignore[index]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('name = "dang-vien"', "name =", "the file"),
        ('name = "dang-vien"', 'name = "Đảng viên"', "name"),
        ('name = "dang-vien"', "name = 3", "name"),
        ('name = "dang-vien"\n', "", "name"),
        ('name = "dang-vien"', 'name = "dang-vien"\ncolour = "red"', "colour"),
        ('"F0 54 72 61 6D 54 68 65 01"', '"xx"', "aids"),
        ('"F0 54 72 61 6D 54 68 65 01"', '"F0"', "aids"),
        ('["F0 54 72 61 6D 54 68 65 01"]', "[]", "aids"),
        ('["pace-can", "pace-mrz"]', '["guess"]', "access"),
        ('["pace-can", "pace-mrz"]', "[]", "access"),
        ('["pace-can", "pace-mrz"]', '["pace-can", "pace-can"]', "access"),
        ("min_tries_left = 1", "min_tries_left = 0", "min_tries_left"),
        ("min_tries_left = 1", "min_tries_left = true", "min_tries_left"),
        ('parameter_id = "always"', 'parameter_id = "never"', "parameter_id"),
        ("legacy = false", "legacy = 0", "legacy"),
        ("max_seconds = 10", "max_seconds = 0", "max_seconds"),
        ("max_seconds = 10", "max_seconds = 61", "max_seconds"),
        ('["personal_number", "number"]', '["passport"]', "person_key"),
        ('["personal_number", "number"]', "[]", "person_key"),
        ('"DG1.document_number", "DG13.1"]', '"DG2.1"]', "same_number"),
        ('"urn:tramthe:card-status:dang-vien"', '"party cards"', "status_list"),
        ('vi = "Thẻ đảng viên"\n', "", "title.vi"),
        ('can = "field(can)"', 'can = "guess(can)"', "derive.can"),
        ('can = "field(can)"', 'pin = "field(pin)"', "derive.pin"),
        ('late = ["DG2"]', 'late = ["DG3"]', "read.late"),
        ('late = ["DG2"]', 'late = ["DG1"]', "read.late"),
        ('late = ["DG2"]', 'late = ["DG17"]', "read.late"),
        ('late = ["DG2"]', 'late = ["CardAccess"]', "read.late"),
        ('late = ["DG2"]', 'late = "DG2"', "read.late"),
        ('late = ["DG2"]', 'late = ["DG2"]\nsometimes = []', "read.sometimes"),
        ('["SOD", "DG1", "DG13", "DG14", "DG15"]', '["DG1", "DG13"]', "read.now"),
        ('["SOD", "DG1", "DG13", "DG14", "DG15"]', '["SOD", "DG1"]', "fields.name"),
        ('name = "DG13.2"', 'name = "DG13.two"', "fields.name"),
        ('name = "DG13.2"', 'Name = "DG13.2"', "fields.Name"),
        ('name = "DG13.2"\n', "", "fields.name"),
        ('name = "DG13.2"', "name = 2", "fields.name"),
        ('expiry = "DG1.expiry"', 'expiry = "DG13.10"', "fields.expiry"),
        ('"date(DG13.3) | DG1.birth"', '"date(DG13.3) | DG1.birth[0:4]"', "fields.birth"),
        ('"date(DG13.9)"', '"date(DG13.9) + date(DG13.10)"', "fields.issued"),
        ('issuing_state = "VNM"', 'birth = "010203"', "match.birth"),
        ('issuing_state = "VNM"', 'issuing_state = "V*M"', "match.issuing_state"),
        ("[match]", "[[match]]", "match"),
        ("expiry_required = true", 'expiry_required = "yes"', "lifetime.expiry_required"),
        ("expiry_required = true", "expiry_required = true\nmax_years = 0", "lifetime.max_years"),
        ("expiry_required = true", "expiry_required = true\nforever = true", "lifetime.forever"),
        ('pace_unbound = "reject"', 'pace_unbound = "accept"', "checks.pace_unbound"),
        ('pace_unbound = "reject"', "", "checks.pace_unbound"),
        ("[checks]", "[other]", "checks"),
    ],
)
def test_profile_that_cannot_be_used_names_its_key(old: str, new: str, key: str) -> None:
    """One thing changed in a good profile: refused, and the error says where."""
    assert old in SOURCE
    with pytest.raises(ProfileInvalid, match=f"used: {key} ") as caught:
        load_profile(SOURCE.replace(old, new))
    assert caught.value.next_step


def test_profile_beyond_the_cap_is_refused() -> None:
    """The size is checked before TOML is read."""
    with pytest.raises(ProfileInvalid, match="larger than"):
        load_profile("#" * 100_000)


def test_profile_nested_without_end_is_refused() -> None:
    """No RecursionError leaks."""
    with pytest.raises(ProfileInvalid, match="the file"):
        load_profile("a = " + "[" * 30_000)
