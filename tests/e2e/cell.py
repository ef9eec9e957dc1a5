"""A cell of forty for one evening: its people, their cards, and what is wrong with two of them.

Lives here: names and cards, made anew at each run. Not here: the evening (`test_evening`). All
people are invented; their numbers begin with those of no province.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from crl.status import ReasonCode
from edge.holdings import Holdings
from edge.layout import StateLayout
from edge.meeting.roster import Category
from provisioning import forge
from provisioning.demo.prepare import Stage
from provisioning.mint import Mint
from provisioning.office.personalise import PartyRecord, Person
from provisioning.people import Member
from provisioning.softcard.catalogue import TrayCard, save_catalogue
from provisioning.softcard.image import CardImage

SIZE = 40
_CODE = "99168053000040"
CHAIR, SECRETARY = 1, 2
UNEXCUSED, ELDER, COPIED, LOST = 33, 34, 35, 36
NEWLY_IN, WITHOUT_CHIP, FORGOT = 38, 39, 40
"""Numbers of those to whom something happens; the last three have no card with them."""
CARDLESS = (NEWLY_IN, WITHOUT_CHIP, FORGOT)

_SURNAMES = ("Nguyễn", "Lò", "Cầm", "Hoàng", "Vi", "Hà", "Thao", "Triệu", "Quàng", "Bùi")
_MIDDLE = ("Văn", "Thị", "A", "Thị Hồng", "Đình", "Thị", "Văn", "Thị")
_GIVEN = (
    "An",
    "Ánh",
    "Bình",
    "Dợ",
    "Đức",
    "Hiên",
    "Khăm",
    "Lụa",
    "Mỷ",
    "Pâng",
    "Sáy",
    "Tuấn",
    "Ứng",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Forty people by number, from 1."""

    members: tuple[Member, ...] = field(repr=False)
    cards: Path

    def member(self, number: int) -> Member:
        """Return the person with this number."""
        return self.members[number - 1]

    def name(self, number: int) -> str:
        """Return a person's name."""
        return self.member(number).person.name

    @property
    def by_card(self) -> tuple[int, ...]:
        """Return who comes with a sound card."""
        away = {UNEXCUSED, LOST, *CARDLESS}
        return tuple(number for number in range(1, SIZE + 1) if number not in away)

    def table(self) -> bytes:
        """Return the roster as the committee's clerk would save it: CSV, with a heading."""
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(
            ["Họ và tên", "Ngày sinh", "Số thẻ đảng", "Số CCCD", "CAN", "Diện", "Chức vụ", "Cấp uỷ"]
        )
        rows.writerows(_row(member) for member in self.members)
        return text.getvalue().encode()


def key_of(number: int) -> str:
    """Return the tray's key of a person's card."""
    return f"nguoi-{number:02d}"


LOST_CARD, COPY = "the-bao-mat", "the-sao-chep"


def make(stage: Stage, at: datetime) -> Cell:
    """Make the people and their cards, put lists about them into the terminal, lay out a tray."""
    members = tuple(_member(number) for number in range(1, SIZE + 1))
    mint = Mint(stage.pilot, at)
    images = dict(_images(members, mint))
    holdings = Holdings(StateLayout(stage.terminal).holdings)
    for item in mint.lists():
        holdings.import_list(item.data, at, item.purpose)
    cards = stage.cards.with_name("tray-of-forty")
    cards.mkdir(mode=0o700)
    for key, image in images.items():
        image.save(cards / key)
    save_catalogue(cards, [on_tray(key) for key in images])
    return Cell(members, cards)


def _images(members: tuple[Member, ...], mint: Mint) -> Iterator[tuple[str, CardImage]]:
    for number, member in enumerate(members, 1):
        if number == LOST:
            image = mint.party(member)
            mint.revoke_chip(image, ReasonCode.CERTIFICATE_HOLD)
            yield LOST_CARD, image
        elif number not in CARDLESS:
            image = mint.party(member)
            yield key_of(number), image
            if number == COPIED:
                yield COPY, forge.without_key(image)


def on_tray(key: str) -> TrayCard:
    """Return a card's place on the tray."""
    words = {"vi": "Có mặt", "en": "Present"}
    return TrayCard(key, key, "", {"vi": "Thẻ", "en": "Card"}, words, "accepted", words)


def _member(number: int) -> Member:
    """Return a person; the names repeat no pair of surname and given name."""
    female = number % 2 == 0
    middle = _MIDDLE[(2 * number + (1 if female else 0)) % len(_MIDDLE)]
    name = f"{_SURNAMES[number % 10]} {middle} {_GIVEN[number % 13]}"
    birth = date(1950 + number, 1 + number % 12, 1 + number % 28)
    code = (1 if female else 0) + 2 * (birth.year // 100 - 19)
    newly_in = number == NEWLY_IN
    return Member(
        id=key_of(number),
        person=Person(
            key=key_of(number),
            name=name,
            birth=birth,
            sex="F" if female else "M",
            personal_number=f"099{code}{birth.year % 100:02d}{700000 + number:06d}",
            home="Bản Phiêng Cầu",
            residence="Bản Phiêng Cầu",
            ethnicity="Thái",
            party=None
            if newly_in
            else PartyRecord(f"99200{number:04d}", date(2010, 5, 19), date(2011, 5, 19), _CODE),
        ),
        category=Category.PROBATIONARY if newly_in else Category.OFFICIAL,
        can="" if number in (NEWLY_IN, WITHOUT_CHIP) else f"{400000 + 7919 * number:06d}",
        has_chip_card=number not in (NEWLY_IN, WITHOUT_CHIP),
        post={CHAIR: "Bí thư", SECRETARY: "Phó bí thư"}.get(number),
    )


def _row(member: Member) -> list[str]:
    entry, person = member.entry, member.person
    return [
        person.name,
        f"{person.birth:%d/%m/%Y}",
        entry.number or "",
        person.personal_number,
        entry.can or "",
        "dự bị" if member.category is Category.PROBATIONARY else "chính thức",
        member.post or "",
        "x" if entry.committee else "",
    ]
