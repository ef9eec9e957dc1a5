"""The demonstration's people: a cell that does not exist, in a province that has no number.

Lives here: the table, and the roster that follows from it. Not here: their cards (`cast`). All
are invented; numbers begin with 99 or 099, which belong to no province.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from edge.meeting import roster
from edge.meeting.roster import Category
from provisioning.office.personalise import PartyRecord, Person

ORGANISATION = "Chi bộ bản Nậm Khoai"
ORGANISATION_CODE = "99.168.053.000.001"
HOME = "Bản Nậm Khoai, xã Mường Lự"


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the cell: what stands on the roster, and what a card of theirs would say."""

    id: str
    person: Person = field(repr=False)
    category: Category
    can: str = field(repr=False)
    """What is printed on the card, whether or not the roster knows it."""
    has_chip_card: bool = True
    can_known: bool = True
    """Whether the roster carries the CAN."""
    post: str | None = None
    """What the person holds in the committee, whose cards open the desk."""

    @property
    def entry(self) -> roster.Person:
        """Return the person's entry on the roster."""
        party = self.person.party
        knows_can = self.has_chip_card and self.can_known
        return roster.Person(
            id=self.id,
            name=self.person.name,
            category=self.category,
            birth=self.person.birth.isoformat(),
            number=None if party is None else party.number,
            personal_number=self.person.personal_number,
            can=self.can if knows_can else None,
            committee=self.post is not None,
            post=self.post,
        )


def _member(
    index: int,
    name: str,
    sex: str,
    born: str,
    joined: int | None,
    can: str,
    ethnicity: str,
    *,
    chip: bool = True,
    can_known: bool = True,
    post: str | None = None,
) -> Member:
    """Return a table row as a member; `joined` is the year, None while probationary."""
    birth = date.fromisoformat(born)
    # Sex and century share a digit, then the year of birth (Decree 137/2015, art. 13).
    code = {"M": 0, "F": 1}[sex] + 2 * (birth.year // 100 - 19)
    party = None
    if joined is not None:
        party = PartyRecord(
            number=f"9910{40000 + 137 * index:05d}",
            joined=date(joined, 5, 19),
            official=date(joined + 1, 5, 19),
            organisation=ORGANISATION_CODE.replace(".", ""),
        )
    member_id = f"nk-{index:02d}"
    return Member(
        id=member_id,
        person=Person(
            key=member_id,
            name=name,
            birth=birth,
            sex=sex,
            personal_number=f"099{code}{birth.year % 100:02d}{4000 + 371 * index:06d}",
            home=HOME,
            residence=HOME,
            ethnicity=ethnicity,
            party=party,
        ),
        category=Category.PROBATIONARY if joined is None else Category.OFFICIAL,
        can=can,
        has_chip_card=chip and joined is not None,
        can_known=can_known,
        post=post,
    )


NGOC = _member(
    1, "Nguyễn Thị Hồng Phương Thảo Ngọc", "F", "1991-03-08", 2014, "471926", "Kinh", post="Bí thư"
)
NIE = _member(2, "H’Ƀlăm Niê", "F", "1988-11-20", 2012, "805312", "Ê Đê", post="Chi uỷ viên")
DOI = _member(3, "Cầm Văn Đôi", "M", "1969-07-14", 1995, "260748", "Thái", can_known=False)
LUA = _member(4, "Hoàng Thị Lụa", "F", "1975-01-30", 2001, "938150", "Nùng")
THUY = _member(5, "Vi Thị Thuỷ", "F", "1983-09-02", 2009, "117463", "Thái")
KHIEM = _member(6, "Hà Văn Khiêm", "M", "1958-12-22", 1984, "650294", "Mường")
HO = _member(7, "Thao A Hờ", "M", "1990-04-27", 2016, "384057", "Mông")
PO = _member(8, "Thao Văn Pó", "M", "1979-06-11", 2005, "729815", "Lào")
THANH = _member(9, "Lò Văn Thành", "M", "1984-02-17", 2010, "501638", "Thái")
XUAN = _member(10, "Triệu Thị Xuân", "F", "1993-10-05", 2018, "846271", "Dao")
LO_DO = _member(11, "Lò Thị Dợ", "F", "1962-08-19", 1988, "073594", "Khơ Mú")
VANG_A_DO = _member(12, "Vàng A Dơ", "M", "1986-05-06", 2011, "392680", "Mông")
NGA = _member(13, "Bùi Thị Nga", "F", "1971-03-26", 1997, "618402", "Mường", chip=False)
QUYET = _member(14, "Hà Văn Quyết", "M", "1955-02-03", 1979, "254937", "Mường", chip=False)
PANG = _member(15, "Lò Thị Pâng", "F", "1997-12-01", 2020, "960713", "Xinh Mun", chip=False)
TRU = _member(16, "Sùng A Trư", "M", "2001-07-27", None, "", "Mông")

MEMBERS = (
    NGOC, NIE, DOI, LUA, THUY, KHIEM, HO, PO, THANH, XUAN, LO_DO, VANG_A_DO, NGA, QUYET, PANG, TRU,
)  # fmt: skip

ROSTER = roster.Roster(
    organisation=ORGANISATION,
    code=ORGANISATION_CODE,
    people=tuple(member.entry for member in MEMBERS),
)

TRAVELLER = Person(
    key="traveller",
    name="Lindqvist Edda Marie",
    birth=date(1994, 6, 23),
    sex="F",
    personal_number="",
    home="",
    residence="",
    ethnicity="",
)
TRAVELLER_PASSPORT = "UX4071962"
