"""The holder of a card under each profile that ships."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from reader.lds.files import FileId
from reader.lds.holder import card_numbers, holder_fields
from reader.lds.sources import CardFiles
from reader.profile import CardProfile, builtin_profiles

AT = date(2025, 9, 1)
PROFILES: dict[str, CardProfile] = {profile.name: profile for profile in builtin_profiles()}
MEMBER = {
    1: "201000001",
    2: "Nguyễn Văn An",
    3: "03/02/2001",
    4: "Nam",
    5: "Hà Nội",
    6: "19/05/2020",
    7: "19/05/2021",
    8: "01020304050607",
    9: "02/09/2025",
    10: "02/09/2035",
    11: "001201000001",
}


def test_party_card_gives_every_documented_field(
    td1: Callable[..., bytes], dg13_of: Callable[..., bytes]
) -> None:
    """The full name with its accents, dates as yyyy-mm-dd, the number from both places."""
    profile = PROFILES["dang-vien"]
    files = {FileId.DG1: td1(expiry="350902"), FileId.DG13: dg13_of(MEMBER)}
    fields = holder_fields(CardFiles(files, AT), profile)
    assert fields == {
        "number": "201000001",
        "name": "Nguyễn Văn An",
        "birth": "2001-02-03",
        "expiry": "2035-09-02",
        "sex": "Nam",
        "hometown": "Hà Nội",
        "joined": "2020-05-19",
        "official": "2021-05-19",
        "organisation": "01020304050607",
        "issued": "2025-09-02",
        "personal_number": "001201000001",
    }
    assert card_numbers(CardFiles(files, AT), profile) == ("201000001", "201000001")


def test_fields_that_the_card_lacks_are_absent(
    td1: Callable[..., bytes], dg13_of: Callable[..., bytes]
) -> None:
    """Not empty: whoever asks for one must say what then."""
    files = {FileId.DG1: td1(), FileId.DG13: dg13_of({1: "201000001", 2: "Nguyễn Văn An"})}
    fields = holder_fields(CardFiles(files, AT), PROFILES["dang-vien"])
    assert fields.keys() == {"number", "name", "birth", "expiry"}


def test_citizen_card_of_a_member_has_the_same_personal_number(
    td1: Callable[..., bytes], dg13_of: Callable[..., bytes]
) -> None:
    """The personal number joins the two card families."""
    profile = PROFILES["cccd"]
    files = {
        FileId.DG1: td1(optional="001201000001<<5"),
        FileId.DG13: dg13_of({1: "001201000001", 2: "Nguyễn Văn An"}),
    }
    fields = holder_fields(CardFiles(files, AT), profile)
    assert fields["personal_number"] == "001201000001"
    assert (fields["name"], fields["birth"]) == ("Nguyễn Văn An", "2001-02-03")
    assert card_numbers(CardFiles(files, AT), profile) == ("001201000001", "001201000001")


def test_citizen_card_without_a_name_in_dg13_shows_the_transliterated_one(
    td1: Callable[..., bytes], dg13_of: Callable[..., bytes]
) -> None:
    """Any field of DG13 may be absent."""
    files = {FileId.DG1: td1(optional="001201000001<<5"), FileId.DG13: dg13_of({})}
    assert holder_fields(CardFiles(files, AT), PROFILES["cccd"])["name"] == "NGUYEN VAN AN"


def test_number_that_differs_shows_in_the_card_numbers(
    td1: Callable[..., bytes], dg13_of: Callable[..., bytes]
) -> None:
    """The check of step 6 sees both."""
    files = {FileId.DG1: td1(), FileId.DG13: dg13_of({1: "201000002"})}
    assert card_numbers(CardFiles(files, AT), PROFILES["dang-vien"]) == ("201000001", "201000002")


def test_passport_is_known_by_issuer_and_number(specimen: Callable[[str], bytes]) -> None:
    """The Dutch specimen under the profile `icao`."""
    profile = PROFILES["icao"]
    fields = holder_fields(CardFiles({FileId.DG1: specimen("0101")}, AT), profile)
    assert fields["document"] == "NLDXX0001328"
    assert (fields["name"], fields["expiry"]) == ("MEULENDIJK LOES ALBERTINE", "2011-10-01")


def test_card_without_files_has_no_person() -> None:
    """Nothing is made up."""
    profile = PROFILES["icao"]
    assert holder_fields(CardFiles({}, AT), profile) == {}
    assert card_numbers(CardFiles({}, AT), profile) == ()
