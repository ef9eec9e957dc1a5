"""What a closing sheet says, in Vietnamese: it is a document of the Party, whatever the screen.

Lives here: the sentences of the sheet, the same on paper, in CSV and in XLSX. Not here: the terms
(`sheet_terms`), the words of the screens (`edge.web`, through gettext), page and table
(`edge.web.sheet_page`, `sheet_table`).
Source: TERMS; the drawn sheet.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from edge.meeting import sheet_terms as terms
from edge.meeting.attendance import FactKind, How
from edge.meeting.figures import Figures, State
from edge.meeting.quorum import QuorumResult
from edge.meeting.roster import MEMBERS, Category
from edge.meeting.rules import Kind
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_parts import (
    Calling,
    CardList,
    HandEntries,
    Later,
    ReadAloud,
    SheetLine,
    local,
)
from verify.moment import TimeQuality

_COMMUNE = re.compile(r"\b(?:xã|phường|đặc khu|thị trấn)\s+(\S.*)", re.IGNORECASE)
_CODE = re.compile(r"(\d{2})(\d{3})(\d{3})(\d{3})(\d{3})", re.ASCII)


def heading(sheet: Sheet) -> str:
    """Biên bản điểm danh."""
    return terms.HEADING if sheet.supplement is None else terms.SUPPLEMENT_HEADING


def organisation_code(sheet: Sheet) -> str:
    """99.168.053.000.004: 14 digits in groups of 2, 3, 3, 3 and 3 (208-QĐ/TW)."""
    found = _CODE.fullmatch(sheet.code)
    return sheet.code if found is None else ".".join(found.groups())


def place_and_day(sheet: Sheet) -> str:
    """Pha Hín, ngày 05 tháng 11 năm 2026: the commune, where the organisation's name has it."""
    day = sheet.meeting.day if sheet.supplement is None else local(sheet.signed).date()
    text = f"ngày {day:%d} tháng {day:%m} năm {day:%Y}"
    for name in (sheet.organisation, sheet.parent or ""):
        found = _COMMUNE.search(name)
        if found is not None:
            return f"{found[1]}, {text}"
    return text[0].upper() + text[1:]


def meeting_title(sheet: Sheet) -> str:
    """Sinh hoạt thường kỳ tháng 11/2026."""
    kind, title = terms.KINDS[sheet.kind], sheet.title
    if not title and sheet.kind is Kind.REGULAR:
        title = f"tháng {sheet.meeting.day.month}/{sheet.meeting.day.year}"
    return f"{kind} {title}" if title else kind


def hours(sheet: Sheet) -> str:
    """Khai mạc 19:00, kết thúc 20:47, tại nhà văn hoá bản Nậm Khoai."""
    day = sheet.meeting.day
    begun = clock(sheet.begins or sheet.opened, day)
    place = f", tại {sheet.place}" if sheet.place else ""
    return f"Khai mạc {begun}, kết thúc {clock(sheet.closed, day)}{place}."


def clock(at: datetime, day: date) -> str:
    """19:04; on another day than that of the meeting 19:04 ngày 06/11."""
    here = local(at)
    return f"{here:%H:%M}" if here.date() == day else f"{here:%H:%M} ngày {here:%d/%m}"


def rate(figures: Figures) -> str:
    """88,9 %."""
    tenths = figures.rate
    if tenths is None:
        return terms.DASH
    whole, tenth = divmod(tenths, 10)
    return f"{whole},{tenth} %" if tenth else f"{whole} %"


def sums(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    """Return the eight (name, figure) at the head of the sheet."""
    found = sheet.figures
    everybody = ("Tổng số đảng viên", found.members)
    if sheet.kind is Kind.DELEGATES_CONGRESS:
        everybody = ("Tổng số đại biểu", len(sheet.people))
    return (
        (everybody[0], str(everybody[1])),
        ("Tổng số triệu tập", str(found.summoned)),
        ("Có mặt", str(found.present)),
        ("Tỷ lệ dự", rate(found)),
        ("Vắng có lý do", str(found.excused)),
        ("Vắng không lý do", str(found.unexcused)),
        ("Được miễn", str(found.exempt)),
        ("Không triệu tập khác", str(found.not_summoned)),
    )


def standing(line: SheetLine, day: date) -> tuple[str, str]:
    """Return what the last column says of somebody: the time or the state, and the note below."""
    main = terms.STATES[line.state] if line.at is None else clock(line.at, day)
    return main, ", ".join(_notes(line, day))


def remarks(line: SheetLine) -> str:
    """Return what a table says beside state, times and way."""
    return ", ".join([*_calling(line), *(terms.ROLES[role] for role in line.roles)])


def _notes(line: SheetLine, day: date) -> list[str]:
    notes = []
    if line.how is How.TOUCH:
        notes.append("chưa đủ căn cứ xác thực")
    if line.how is How.HAND:
        notes.append("tay" if line.reason is None else f"tay: {terms.REASONS[line.reason]}")
    if line.state is State.LATE:
        notes.append("đến muộn")
    if line.left is not None:
        notes.append(f"về sớm {clock(line.left, day)}")
    return [*notes, *_calling(line), *(terms.ROLES[role] for role in line.roles)]


def _calling(line: SheetLine) -> list[str]:
    """Say of a member who was not called why they count otherwise, where the state does not."""
    if line.calling is Calling.CALLED or line.category not in MEMBERS:
        return []
    if line.here or line.calling is Calling.ELSEWHERE:
        return [terms.UNCALLED[line.calling]]
    return []


def key(sheet: Sheet) -> str:
    """CT: đảng viên chính thức. DB: ...: the abbreviations that occur, and what a time means."""
    used = {line.category for line in sheet.people}
    parts = [
        f"{terms.SHORT_CATEGORIES[c]}: {terms.CATEGORIES[c]}."
        for c in terms.SHORT_CATEGORIES
        if c in used
    ]
    return " ".join([*parts, "Chỉ ghi giờ: điểm danh bằng thẻ."])


def by_hand(sheet: Sheet) -> str:
    """điểm danh thủ công, 5 người, chủ trì đã xác nhận lúc 20:46; empty where there are none."""
    hand = sheet.hand
    if not hand.entries:
        return ""
    return f"điểm danh thủ công, {hand.entries} người, {_confirmed(hand, sheet)}."


def _confirmed(hand: HandEntries, sheet: Sheet) -> str:
    who = "chủ trì" if hand.by in (None, sheet.chair) else hand.by
    if hand.at is None or not hand.confirmed:
        return "chủ trì chưa xác nhận"
    when = clock(hand.at, sheet.meeting.day)
    left = hand.entries - hand.confirmed
    if left:
        return f"{who} đã xác nhận {hand.confirmed} người lúc {when}, còn {left} chưa xác nhận"
    return f"{who} đã xác nhận lúc {when}"


def quorum(result: QuorumResult) -> str:
    """Mục 5, công nhận đảng viên chính thức: 29 trên 33 đảng viên ... có mặt, cần 22."""
    rule = result.rule
    named = [part for part in (rule.topic.strip(), terms.TOPICS.get(rule.preset, "")) if part]
    about = ", ".join(named) or "tỷ lệ quy định"
    met = "" if result.satisfied else ", chưa đủ tỷ lệ quy định"
    counted = f"{result.have} trên {result.of} {terms.BASES[rule.base]}, cần {result.need}"
    return f"{about[0].upper()}{about[1:]}: {counted}{met}."


def announced(aloud: ReadAloud, day: date) -> str:
    """Công bố lúc 19:10: có mặt 30 trên 36."""
    figures = aloud.figures
    said = f"Công bố lúc {clock(aloud.at, day)}"
    if "present" in figures and "summoned" in figures:
        return f"{said}: có mặt {figures['present']} trên {figures['summoned']} triệu tập."
    return f"{said}."


def unknown(sheet: Sheet) -> str:
    """Return what the terminal did not know at signing, as it follows `Lúc ký, trạm chưa biết:`."""
    knowledge = sheet.knowledge
    facts = [_unknown_cards(knowledge.cards, sheet.signed)]
    if knowledge.time is not TimeQuality.SYNCHRONISED:
        since = knowledge.checked
        quality = terms.QUALITIES[knowledge.time]
        if knowledge.time is TimeQuality.HELD and since is not None:
            quality = f"đồng hồ giữ từ {local(since):%d/%m}"
        facts.append(f"giờ chính xác ({quality})")
    return "; ".join(facts) + "."


def _unknown_cards(cards: CardList | None, signed: datetime) -> str:
    if cards is None:
        return "thẻ báo mất (chưa có danh sách thẻ thu hồi)"
    of = local(cards.of)
    today = of.date() == local(signed).date()
    since = f"{of:%H:%M} ngày {of:%d/%m/%Y}" if today else f"{of:%d/%m/%Y}"
    aged = terms.LISTS.get(cards.standing, "")
    return f"thẻ báo mất sau {since} (danh sách số {cards.number}{aged})"


def guests(sheet: Sheet) -> str:
    """Nguyễn Văn An (18:50); Trần Bình, đại biểu (19:02, tay: khách). Empty where none came."""
    said = "; ".join(_guest(line, sheet.meeting.day) for line in sheet.guests)
    return f"{said}." if said else ""


def _guest(line: SheetLine, day: date) -> str:
    main, note = standing(line, day)
    born = "" if line.birth_year is None else f", {line.birth_year}"
    what = "" if line.category is Category.GUEST else f", {terms.CATEGORIES[line.category]}"
    return f"{line.name}{born}{what} ({', '.join(filter(None, (main, note)))})"


def later(one: Later) -> str:
    """Điểm danh thủ công: quên thẻ."""
    what, code = terms.LATER[one.kind], one.code or ""
    if one.kind is FactKind.ABSENCE:
        return terms.AWAY.get(code, what)
    return f"{what}: {terms.CODES[code]}" if code in terms.CODES else what
