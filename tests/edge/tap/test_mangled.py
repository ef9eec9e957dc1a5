"""Lines of a scanner whose letters came out wrong: digits are trusted as far as they prove."""

from __future__ import annotations

import pytest

from edge.meeting.roster import Category, Person, Roster
from edge.signals.keyboard import MANGLED
from edge.tap.access import Access, PasswordSource, from_scanner
from edge.tap.mangled import citizen_number
from reader.evidence import Password, PasswordKind
from reader.profile import builtin_profiles

PROFILES = {profile.name: profile for profile in builtin_profiles()}
LUA = Person("p1", "Hoàng Thị Lụa", Category.OFFICIAL, number="991000001", can="938150")
ROSTER = Roster("Chi bộ bản Nậm Khoai", "99.168.053.000.001", (LUA,))

CITIZEN = "099175004567||Hoàng Thị Lụa|30011975|Nữ|Bản Nậm Khoai|21102026"
WITH_OLD = "099175004567|099123456|Hoàng Thị Lụa|30011975|Nữ|Số 5, ngõ 12|21102026"
YOUNG = "099306004567||Lò Thị Pó|15032006|Nữ|Bản Nậm Khoai|21102026"
# Doc 9303-4 appendix B: the specimen of Utopia, its lines joined.
ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"


def scanned(line: str, roster: Roster | None = ROSTER) -> Access | None:
    """Return what the line yields."""
    return from_scanner(line, roster, PROFILES)


CITIZEN_CAN = Access(Password(PasswordKind.CAN, "004567"), PasswordSource.SCANNER, "cccd")


@pytest.mark.parametrize(
    "line",
    [
        "099175004567~~Hoang Thi Lua~30011975~Nu~Ban Nam Khoai~21102026",
        "099175004567??Ho?ng Th? L?a?30011975?N??B?n?21102026".replace("?", MANGLED),
        "099175004567||Hoafng Thij Luaj|30011975|Nuwx|Barn Naajm Khoai|21102026",
        "099175004567||Hoa2ng Thi5 Lu5a|30011975|Nu74|Ba3n Na65m Khoai|21102026",
        "099175004567Hong Th La30011975NBn Nm Khoai21102026",
        "099175004567\\099123456\\hOANG\\30011975\\nU\\sO 5, NGO 12\\21102026",
        "099175004567 099123456 Hoang 30011975 Nu So 5, ngo 12 21102026",
    ],
    ids=["tildes", "keys of no layout", "Telex", "VNI", "signs gone", "Caps Lock", "spaces"],
)
def test_a_citizen_code_through_a_mangling_keyboard(line: str) -> None:
    """The number's last six digits open the card, whatever became of name and address."""
    assert scanned(line) == CITIZEN_CAN


@pytest.mark.parametrize("line", [CITIZEN, WITH_OLD, YOUNG])
def test_a_clean_code_proves_itself_too(line: str) -> None:
    """The rule that serves mangled lines agrees with clean ones."""
    assert citizen_number(line) == line[:12]


def _mangle(line: str) -> str:
    return line.replace("|", "~")


@pytest.mark.parametrize(
    "line",
    [
        "0" + _mangle(CITIZEN),  # thirteen digits
        _mangle(CITIZEN)[1:],  # eleven
        "x" + _mangle(CITIZEN),  # not at the beginning
        _mangle(CITIZEN).replace("30011975", "30011976"),  # a birth in another year
        _mangle(CITIZEN).replace("30011975", "30012075"),  # in another century
        _mangle(YOUNG).replace("099306", "099106"),  # a number of another century
        _mangle(CITIZEN).replace("30011975", "31021975"),  # no day of any calendar
        _mangle(CITIZEN).replace("21102026", "21101974"),  # issued before the birth
        _mangle(CITIZEN).replace("21102026", ""),
        _mangle(CITIZEN).replace("21102026", "2110202"),
        WITH_OLD.replace("|", ""),  # number and old number run together
        "099175004567",  # twelve digits of any bar code
        "",
    ],
)
def test_digits_that_do_not_bear_each_other_out(line: str) -> None:
    """Yield nothing: a wrong guess would cost the card a trial."""
    assert citizen_number(line) is None
    assert scanned(line) is None


CARD_CAN = Access(Password(PasswordKind.CAN, "938150"), PasswordSource.SCANNER, "dang-vien")


@pytest.mark.parametrize(
    "line",
    [
        "tramthe1|dv|991000001|938150",
        "TRAMTHE1~DV~991000001~938150",
        "TRQ;THE1?DV?991000001?938150".replace("?", MANGLED),
    ],
)
def test_a_party_code_through_a_mangling_keyboard(line: str) -> None:
    """Its six digits, where the number before them is on the roster."""
    assert scanned(line) == CARD_CAN
    assert scanned(line.replace("991000001", "991000009")) is None
    assert scanned(line, roster=None) is None


@pytest.mark.parametrize(
    "line",
    [
        "TRAMTHE2~DV~991000001~938150",
        "TRAMTHE1~DV~991000001~93815",
        "TRAMTHE1~DV~991000001~938150~1",
        "TRAMTHE1DV991000001938150",
        "1~991000001~938150",
        "TRAMTHE1~DB~p1",
    ],
)
def test_a_party_code_of_which_too_little_survives(line: str) -> None:
    """Another edition, digits gone or run together, or a badge, whose name is letters."""
    assert scanned(line) is None


@pytest.mark.parametrize(
    "line", [ZONE.replace("<", "\ufffd"), ZONE.replace("<", ";"), ZONE.lower()]
)
def test_a_zone_through_a_mangling_keyboard(line: str) -> None:
    """Fillers and capitals are restored; the check digits prove the rest."""
    found = scanned(line)
    assert found is not None
    assert found == scanned(ZONE)


def _with_number(number: str) -> str:
    """Return the specimen with this document number, its check digits right."""

    def check(text: str) -> str:
        values = (0 if c == "<" else int(c, 36) for c in text)
        weights = (7, 3, 1) * len(text)
        return str(sum(v * w for v, w in zip(values, weights, strict=False)) % 10)

    lower = number + check(number) + ZONE[54:87]
    return ZONE[:44] + lower + check(lower[:10] + lower[13:20] + lower[21:43])


@pytest.mark.parametrize(("true", "typed"), [("A", "Q"), ("Z", "W"), ("Y", "Z"), ("M", "<")])
def test_a_zone_whose_letters_were_swapped(true: str, typed: str) -> None:
    """As a French or a German keyboard swaps them: the check digits refuse it, in any place."""
    for place in range(9):
        number = "123456789"[:place] + true + "123456789"[place + 1 :]
        zone = _with_number(number)
        assert scanned(zone) is not None
        assert scanned(zone[: 44 + place] + typed + zone[45 + place :]) is None
