"""The closing sheet as HTML: the drawn one's parts, and nothing that a page may not do."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from edge.meeting import sheet_jws, sheet_terms
from edge.meeting.attendance import fold
from edge.meeting.roster import Category, Person, Standing
from edge.meeting.rules import Kind
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_table import to_csv
from edge.web import labels, sheet_page
from edge.web.page import show
from edge.web.security import CONTENT_SECURITY_POLICY
from tests.edge.meeting.evening import (
    ATTENDANCE,
    MEMBERS,
    OPENING,
    ROSTER,
    SUPPLEMENT,
    arrived,
    crowd,
    the_sheet,
)

from .conftest import HOST

SHEET = the_sheet()
DIGEST = sheet_jws.digest(SHEET)


class Outline(HTMLParser):
    """What a page is made of: classes, text, attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.classes: set[str] = set()
        self.attributes: set[str] = set()
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "class":
                self.classes.update((value or "").split())

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.append(data.strip())


def text(sheet: Sheet, digest: bytes | None = DIGEST) -> str:
    """Return what is to be read on the sheet."""
    return " ".join(Outline(sheet_page.main(sheet, digest)).text)


def test_the_drawn_sheet() -> None:
    """Its classes and no others, its words in its order."""
    page = Outline(sheet_page.main(SHEET, DIGEST))
    assert page.classes == {
        "sheet", "sheet__top", "sheet__party", "sheet__sub", "sheet__sum", "sheet__lists", "sr",
        "away", "sheet__key", "sheet__foot", "qr", "sheet__id", "sheet__sign",
    }  # fmt: skip
    said = " ".join(page.text)
    for part in (
        "ĐẢNG BỘ XÃ PHA HÍN CHI BỘ BẢN NẬM KHOAI Mã tổ chức đảng 99.168.053.000.004",
        "ĐẢNG CỘNG SẢN VIỆT NAM Pha Hín, ngày 05 tháng 11 năm 2026 BIÊN BẢN ĐIỂM DANH",
        "Sinh hoạt thường kỳ tháng 11/2026. Khai mạc 19:00, kết thúc 20:47, tại nhà văn hoá",
        "Tổng số đảng viên 40 Tổng số triệu tập 36 Có mặt 32 Tỷ lệ dự 88,9 %",
        "Danh sách 1 đến 20 TT Họ và tên Diện Điểm danh 1 Lò Văn An CT 18:47",
        "7 Cút Văn Chơn CT 18:51 tay: chưa đổi thẻ chip",
        "32 Lò Văn Thành , 1961 CT 18:56 33 Lò Văn Thành , 1984 CT 19:08",
        "Tay: điểm danh thủ công, 5 người, chủ trì đã xác nhận lúc 20:46.",
        "Lúc ký, trạm chưa biết: thẻ báo mất sau 30/10/2026 (danh sách số 418);",
        f"Trạm 99-0417 , cuộc họp 2026-11-05/1 Chữ ký số: {sheet_jws.short_code(DIGEST)}",
        "Bản JSON đã ký dựng lại đúng biên bản này. Trang 1/1",
        "THƯ KÝ (ký, ghi rõ họ tên) Lò Thị Pâng CHỦ TRÌ (ký, ghi rõ họ tên) Hà Văn Thuận",
    ):
        assert part in said


def test_nothing_that_the_policy_refuses() -> None:
    """No style attribute, no script, no address, nothing to fetch."""
    page = Outline(sheet_page.main(SHEET, DIGEST))
    assert not page.attributes & {"style", "src", "href", "onclick", "id"}
    assert not {"script", "style", "img", "a", "link"} & set(page.tags)


@pytest.mark.parametrize(
    "sheet", [SHEET, the_sheet(supplement=SUPPLEMENT), crowd(100)], ids=["one", "more", "pages"]
)
def test_the_signed_form_gives_the_same_bytes(sheet: Sheet) -> None:
    """Whoever holds the JWS makes the same page, document and table as the terminal did."""
    key = ec.generate_private_key(ec.SECP256R1())
    signed = sheet_jws.sign(sheet, sheet_jws.terminal_signer(key))
    again = sheet_jws.verify(signed.compact, lambda _: key.public_key())
    for made in (sheet_page.main, sheet_page.document, to_csv):
        assert made(again.sheet, again.digest) == made(sheet, signed.digest)


def test_the_desk_shows_the_same_sheet_as_the_file(app: Flask) -> None:
    """In either language of the reader the sheet itself is the same, byte for byte."""
    made = sheet_page.main(SHEET, DIGEST)

    @app.get("/giay")
    def paper() -> str:
        return show("paper.html", sheet=made, pages=1, preview=False, back="/ban/bien-ban")

    assert made in sheet_page.document(SHEET, DIGEST)
    for language, bar in (("vi", "Về Biên bản"), ("en", "Back to the sheets")):
        got = app.test_client().get(f"/giay?lang={language}", headers={"Host": HOST})
        assert got.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert made in got.text
        assert bar in got.text
        assert '<body class="paper">' in got.text


def test_a_document_that_stands_by_itself() -> None:
    """Styles and fonts are inside, allowed by their digests, and nothing else is."""
    html = sheet_page.document(SHEET, DIGEST)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    assert len(styles) == 4
    for style in styles:
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"sha256-{digest}" in policy[1]
    assert html.count("data:font/woff2") == 9
    assert not re.findall(r'url\("(?!data:)', html)
    assert "http:" not in html.replace("http://www.w3.org/2000/svg", "")


def test_a_preview() -> None:
    """Before signing there is neither code nor QR code, and it says that it is none yet."""
    page = sheet_page.main(SHEET, None)
    assert "Bản xem trước, chưa ký." in page
    assert "qr" not in Outline(page).classes
    assert "Chữ ký số" not in page


def test_practice_is_said_on_the_paper() -> None:
    """Nobody takes it for a real one."""
    assert "Chế độ tập: không tính" in text(the_sheet(practice=True))
    assert "Chế độ tập" not in text(SHEET)


def test_a_supplement() -> None:
    """Its heading, the sheet that it follows, the events; not the whole list again."""
    said = text(the_sheet(supplement=SUPPLEMENT))
    assert "BIÊN BẢN BỔ SUNG" in said
    assert f"sau biên bản có chữ ký số {sheet_jws.short_code(SUPPLEMENT.of)}" in said
    assert "1 20:58 Thao Văn Pó Điểm danh bằng thẻ 2 21:03 Vàng A Sình Huỷ lượt" in said
    assert "Giàng A Lử" not in said


def test_suspension_and_reasons_of_absence_are_not_said() -> None:
    """Whether the person came or not."""
    people = tuple(replace(p, standing=Standing.SUSPENDED) for p in MEMBERS)
    said = text(the_sheet(roster=replace(ROSTER, people=people))).casefold()
    assert "không triệu tập" in said
    for word in ("đình chỉ", "kỷ luật", "ốm"):
        assert word not in said


def test_no_number_of_a_person_or_card_is_on_the_paper() -> None:
    """Neither in the document with all that it brings along."""
    html = sheet_page.document(SHEET, DIGEST)
    for person in MEMBERS:
        for number in (person.number, person.personal_number, person.can):
            assert number is not None
            assert number not in html


def test_guests() -> None:
    """In the small print, with what they are and when they came."""
    guest = Person("them-1", "Y Ƀlŏ Êƀan", Category.GUEST)
    came = fold([arrived(guest, "18:50")]).present
    attendance = replace(ATTENDANCE, present={**ATTENDANCE.present, **came})
    sheet = the_sheet(roster=replace(ROSTER, people=(*MEMBERS, guest)), attendance=attendance)
    assert "Khách, 1 người: Y Ƀlŏ Êƀan (18:50)." in text(sheet)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "&amp;", '"><b>', "{{ 7 * 7 }}"])
def test_a_name_is_text(name: str) -> None:
    """Whatever stands in roster, title and place."""
    plain, odd = (Outline(sheet_page.main(_named(one), DIGEST)) for one in ("Xyz", name))
    assert sorted(odd.tags) == sorted(plain.tags)
    assert odd.text[-1] == name
    assert len(re.findall(re.escape(name), " ".join(odd.text))) >= 3


def _named(name: str) -> Sheet:
    people = (replace(MEMBERS[0], name=name), *MEMBERS[2:])
    roster = replace(ROSTER, people=people, organisation=name, parent=name)
    opening = replace(OPENING, title=name, place=name, chair="p1", secretary=None)
    return the_sheet(roster=roster, opening=opening, attendance=fold([]))


def test_the_qr_code_carries_the_digest() -> None:
    """Its path draws the modules of the code of the whole digest, with a white border."""
    svg = re.search(r'<svg role="img"[^>]*viewBox="0 0 37 37"[^>]*>.* d="([^"]+)"', str(
        sheet_page.main(SHEET, DIGEST)
    ))  # fmt: skip
    assert svg is not None
    code = segno.make_qr(sheet_jws.qr_text(DIGEST), error="m", boost_error=False)
    assert code.version == 4
    dark = {
        (x, y)
        for y, row in enumerate(code.matrix_iter(border=2))
        for x, module in enumerate(row)
        if module
    }
    assert _drawn(svg[1]) == dark


def _drawn(path: str) -> set[tuple[int, int]]:
    """Return the modules that a path of horizontal strokes covers."""
    x, y, found = 0.0, 0.0, set()
    for command, numbers in re.findall(r"([Mmh])(-?[\d.]+(?: -?[\d.]+)?)", path):
        first, *second = map(float, numbers.split())
        if command == "h":
            found |= {(int(x) + step, int(y)) for step in range(int(first))}
            x += first
        elif command == "M":
            x, y = first, second[0]
        else:
            x, y = x + first, y + second[0]
    return found


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (40, 1), (60, 2), (400, 7)])
def test_pages_say_which_they_are(count: int, pages: int) -> None:
    """Every page has its own heads and ends with terminal, meeting, code and its number."""
    sheet = crowd(count)
    html = sheet_page.main(sheet, DIGEST)
    said = " ".join(Outline(html).text)
    assert sheet_page.layout(sheet).pages == pages
    assert re.findall(r"Trang (\d+)/(\d+)", said) == [
        (str(number), str(pages)) for number in range(1, pages + 1)
    ]
    assert html.count("Chữ ký số: ") == pages
    assert html.count("sheet__next") == pages - 1
    tables = html.count("<table>")
    assert html.count("<thead>") == tables == sum(
        len(band.columns) for band in sheet_page.layout(sheet).bands
    )  # fmt: skip


def test_the_words_of_sheet_and_screen_agree() -> None:
    """One name for each kind of meeting."""
    assert {kind: labels.KINDS[kind] for kind in Kind} == dict(sheet_terms.KINDS)
