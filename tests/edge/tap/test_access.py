"""Which password opens the card that lies here."""

from __future__ import annotations

import pytest

from edge.meeting.roster import Category, Person, Roster
from edge.tap.access import (
    CHOICE_MAX_AGE,
    MAX_LINE,
    SCANNER_MAX_AGE,
    Access,
    Inputs,
    PasswordSource,
    Timed,
    find,
)
from reader.evidence import Password, PasswordKind
from reader.profile import builtin_profiles

NOW = 1000.0
PROFILES = builtin_profiles()
LUA = Person("p1", "Hoàng Thị Lụa", Category.OFFICIAL, number="991000001", can="938150")
XUAN = Person("p2", "Triệu Thị Xuân", Category.OFFICIAL, number="991000002", can="846271")
NGA = Person("p3", "Bùi Thị Nga", Category.OFFICIAL, number="991000003")
ROSTER = Roster("Chi bộ bản Nậm Khoai", "99.168.053.000.001", (LUA, XUAN, NGA))

CARD = "TRAMTHE1|DV|991000001|938150"
BADGE = "TRAMTHE1|DB|p2"
CITIZEN = "099175004567||Hoàng Thị Lụa|30011975|Nữ|Bản Nậm Khoai|21102026"
# Doc 9303-5 appendix A and Doc 9303-4 appendix B: the specimens of Utopia, lines joined.
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"


def scanned(line: str, roster: Roster | None = ROSTER) -> Access | None:
    """Return what a line scanned now yields."""
    return find(Inputs(scanner=Timed(line, NOW)), NOW, roster, PROFILES)


def can(digits: str) -> Password:
    """Return a CAN."""
    return Password(PasswordKind.CAN, digits)


def test_nothing_at_hand() -> None:
    """No input, no password: nobody is guessed."""
    assert find(Inputs(), NOW, ROSTER, PROFILES) is None


def test_the_cards_own_code_was_scanned() -> None:
    """The code on a party card gives its CAN, whoever it belongs to."""
    access = scanned(CARD, roster=None)
    assert access == Access(can("938150"), PasswordSource.SCANNER, "dang-vien")


def test_a_delegates_badge_was_scanned() -> None:
    """A badge names a roster entry, whose CAN the roster carries."""
    assert scanned(BADGE) == Access(can("846271"), PasswordSource.SCANNER, "dang-vien", "p2")


@pytest.mark.parametrize("line", ["TRAMTHE1|DB|p3", "TRAMTHE1|DB|p9", "TRAMTHE1|DB|"])
def test_a_badge_that_names_nobody_with_a_number(line: str) -> None:
    """No CAN in the roster, not on the roster: no password."""
    assert scanned(line) is None
    assert scanned(BADGE, roster=None) is None


def test_a_citizen_cards_code_was_scanned() -> None:
    """The last six of the twelve digits are the CAN."""
    assert scanned(CITIZEN) == Access(can("004567"), PasswordSource.SCANNER, "cccd")


@pytest.mark.parametrize(
    ("zone", "information"),
    [(TD1, "D23145890774081221204159"), (TD3, "L898902C3674081221204159")],
    ids=["TD1", "TD3"],
)
def test_a_machine_readable_zone_was_scanned(zone: str, information: str) -> None:
    """Number, birth and expiry with their check digits (Doc 9303-11 section 4.4.4.1)."""
    access = scanned(zone)
    assert access == Access(Password(PasswordKind.MRZ, information), PasswordSource.SCANNER, "icao")


@pytest.mark.parametrize("place", [45, 53, 57, 63, 65, 71, 87])
def test_a_misread_zone(place: int) -> None:
    """One wrong digit under a check digit, or a wrong check digit, yields nothing."""
    wrong = str((int(TD3[place]) + 1) % 10)
    assert scanned(TD3[:place] + wrong + TD3[place + 1 :]) is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        " ",
        "|||||||",
        "TRAMTHE1|DV|",
        "TRAMTHE1|DV|991000001",
        "TRAMTHE1|DV|991000001|93815",
        "TRAMTHE1|DV|991000001|93815a",
        "TRAMTHE1|DV|991000001|٩٣٨١٥٠",
        "TRAMTHE2|DV|991000001|938150",
        CITIZEN.replace("099175004567", "09917500456"),
        "099175004567||Hoàng Thị Lụa|30011975|Nữ|Bản Nậm Khoai",
        "https://example.org/?q=938150",
        "938150",
        TD3[:44],
        TD3[:-1],
        TD1 + "<",
        "<" * 88,
        "\x00" * 30,
        "TRAMTHE1|DV|1|938150" + "|" * MAX_LINE,
        "9" * 100_000,
    ],
)
def test_a_line_that_is_no_password(line: str) -> None:
    """Whatever else a scanner reads yields nothing and breaks nothing."""
    assert scanned(line) is None


def test_white_space_around_a_line() -> None:
    """Scanners add what they like at the ends."""
    assert scanned(f"\t{CARD} \r\n") == scanned(CARD)


def test_a_name_was_touched() -> None:
    """The person's CAN out of the roster."""
    access = find(Inputs(choice=Timed("p1", NOW)), NOW, ROSTER, PROFILES)
    assert access == Access(can("938150"), PasswordSource.CHOICE, "dang-vien", "p1")


def test_a_touched_name_without_a_number() -> None:
    """No CAN in the roster: the card waits for another way."""
    assert find(Inputs(choice=Timed("p3", NOW)), NOW, ROSTER, PROFILES) is None


def test_a_typed_number() -> None:
    """The digits as they are; any family may open with them."""
    access = find(Inputs(keypad=Timed("112233", NOW)), NOW, ROSTER, PROFILES)
    assert access == Access(can("112233"), PasswordSource.KEYPAD, None)


def test_order_of_the_ways() -> None:
    """Scanner before name before keypad; first hit wins."""
    line, name, digits = Timed(CARD, NOW), Timed("p2", NOW), Timed("112233", NOW)
    ways = [
        (Inputs(line, name, digits), PasswordSource.SCANNER),
        (Inputs(None, name, digits), PasswordSource.CHOICE),
        (Inputs(None, None, digits), PasswordSource.KEYPAD),
    ]
    for inputs, source in ways:
        access = find(inputs, NOW, ROSTER, PROFILES)
        assert access is not None
        assert access.source is source


def test_a_useless_line_hides_nothing_behind_it() -> None:
    """A scanned poster does not keep a touched name from opening the card."""
    inputs = Inputs(Timed("https://example.org/", NOW), Timed("p2", NOW))
    access = find(inputs, NOW, ROSTER, PROFILES)
    assert access is not None
    assert access.person_id == "p2"


@pytest.mark.parametrize(
    ("inputs", "age"),
    [
        (Inputs(scanner=Timed(CARD, NOW)), SCANNER_MAX_AGE),
        (Inputs(choice=Timed("p1", NOW)), CHOICE_MAX_AGE),
        (Inputs(keypad=Timed("112233", NOW)), CHOICE_MAX_AGE),
    ],
    ids=["scanner", "choice", "keypad"],
)
def test_an_input_grows_old(inputs: Inputs, age: float) -> None:
    """A scanned line holds 20 s, a touched name or typed number 30 s, and then no longer."""
    assert find(inputs, NOW + age, ROSTER, PROFILES) is not None
    assert find(inputs, NOW + age + 0.001, ROSTER, PROFILES) is None


def test_ages_of_the_design() -> None:
    """The numbers themselves."""
    assert (SCANNER_MAX_AGE, CHOICE_MAX_AGE) == (20.0, 30.0)


def test_nothing_walks_the_roster() -> None:
    """Inputs that name nobody never yield a CAN of the roster, and one input yields one."""
    known = {person.can for person in ROSTER.people}
    for inputs in (Inputs(), Inputs(scanner=Timed("?", NOW)), Inputs(choice=Timed("?", NOW))):
        assert find(inputs, NOW, ROSTER, PROFILES) is None
    typed = find(Inputs(keypad=Timed("000000", NOW)), NOW, ROSTER, PROFILES)
    assert typed is not None
    assert typed.password.value not in known


def test_a_password_in_a_representation() -> None:
    """Neither digits nor lines are shown by repr."""
    inputs = Inputs(Timed(CARD, NOW), Timed("p1", NOW), Timed("112233", NOW))
    shown = repr(inputs) + repr(scanned(CARD))
    assert "938150" not in shown
    assert "112233" not in shown
