"""A receipt's slip as HTML: what it says, and nothing that a page may not do."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import segno

from edge.procedure.catalogue import builtin_procedures
from edge.procedure.slip import Paper, Slip, of_receipt
from edge.web import slip_page
from tests.edge.procedure.receipts_made import AT, ORDINARY, signed, with_checks
from verify.receipt import ListLine, Receipt
from verify.verdict import CheckStatus, Outcome

from .test_sheet_page import Outline

OFFICE = "Văn phòng Đảng uỷ xã Pha Hín, quầy 1"
PROCEDURES = {one.code: one for one in builtin_procedures()}


def slip(receipt: Receipt = ORDINARY, **more: object) -> Slip:
    """Return the slip of a receipt as the catalogue has its procedure."""
    made = of_receipt(signed(receipt), PROCEDURES.get(receipt.request.procedure))
    return replace(made, **more)  # type: ignore[arg-type]


def text(of: Slip) -> str:
    """Return what is to be read on the slip."""
    return " ".join(Outline(slip_page.main(of, OFFICE)).text)


def test_an_accepted_card() -> None:
    """Number, procedure, dossier, outcome, time, fields, terminal, and what is not proven."""
    made = slip()
    said = text(made)
    for part in (
        f"{OFFICE} Biên nhận xác thực thẻ {made.number} Thẻ hợp lệ",
        "Thẻ đã được xác thực cho thủ tục chuyển sinh hoạt đảng chính thức.",
        "Thủ tục Chuyển sinh hoạt đảng chính thức Hồ sơ CSH-2026-0147",
        "Lúc 09:13:52, ngày 06/11/2026 (giờ đã so)",
        "Nơi hỏi https://hoso.phahin.example",
        "Mục được biết Họ và tên, Số thẻ, Nơi sinh hoạt, Ngày cấp thẻ",
        "Thẻ thu hồi danh sách số 421, ra trước đó 3 giờ",
        "Tám điều đã kiểm, đều đạt.",
        "quét vào receipt.html để kiểm. Đã ký bởi trạm 99-0417, sự kiện 4711.",
        "Chờ trung tâm ký chứng ; có chữ ký này, biên nhận đứng vững nhiều năm.",
        "Biên nhận không chứng minh Chip thật là điều",
    ):
        assert part in said


def test_an_anchored_receipt() -> None:
    """It says when the centre had it, and no longer that the centre is waited for."""
    said = text(slip(anchored_at=AT + timedelta(days=1)))
    assert "Trung tâm đã ký chứng lúc 09:13:52, ngày 07/11/2026." in said
    assert "Chờ trung tâm" not in said
    assert "Biên nhận cũ đúng như nó ghi" not in said


def test_a_card_that_was_reported_lost() -> None:
    """The reason in words, the step that failed, and no word that it was verified for anything."""
    lost = with_checks(Outcome.REJECTED, card_status=(CheckStatus.FAILED, "CARD_REPORTED_LOST"))
    said = text(slip(replace(lost, handed=None)))
    assert "Thẻ không hợp lệ Thẻ báo mất. Thẻ chưa được xác thực cho thủ tục này." in said
    assert (
        "7 trên 8 điều kiểm đã đạt; còn lại: Không có trong danh sách thẻ thu hồi: không đạt"
        in said
    )
    assert "Mục được biết không mục nào" in said
    assert "Thẻ đã được xác thực" not in said


def test_a_card_in_doubt() -> None:
    """Doubt has its own word and reason."""
    doubt = with_checks(
        Outcome.INDETERMINATE, freshness=(CheckStatus.INDETERMINATE, "CARD_STATUS_STALE")
    )
    said = text(slip(doubt))
    assert "Chưa đủ căn cứ xác thực" in said
    assert "Mọi danh sách còn mới: chưa rõ" in said
    assert "Thẻ đã được xác thực" not in said


def test_a_family_without_a_card_status_list() -> None:
    """What does not apply is said, and fails nothing."""
    citizen = with_checks(Outcome.ACCEPTED, card_status=(CheckStatus.NOT_APPLICABLE, None))
    said = text(slip(replace(citizen, card_list=None)))
    assert (
        "7 trên 8 điều kiểm đã đạt; còn lại: Không có trong danh sách thẻ thu hồi: không áp dụng"
        in said
    )
    assert "Thẻ thu hồi không hỏi danh sách" in said
    assert "Thẻ hợp lệ" in said


def test_the_counter_s_own_page_asked() -> None:
    """No address where there is none."""
    own = replace(ORDINARY, request=replace(ORDINARY.request, origin="terminal"))
    assert "Nơi hỏi quầy của trạm" in text(slip(own))


def test_a_list_without_a_number_that_is_days_old() -> None:
    """A list is said by what it has."""
    old = replace(ORDINARY, card_list=ListLine(None, timedelta(days=12, hours=5)))
    assert "danh sách không số, ra trước đó 12 ngày" in text(slip(old))


def test_a_procedure_that_the_catalogue_has_no_longer() -> None:
    """Its code stands where its title was; nothing is made up."""
    gone = replace(ORDINARY, request=replace(ORDINARY.request, procedure="cap-giay"))
    said = text(slip(gone))
    assert "Thủ tục cap-giay" in said
    assert "Thẻ đã được xác thực" not in said


def test_a_field_that_a_later_program_knows() -> None:
    """Its name stands after those that have words."""
    later = replace(ORDINARY, request=replace(ORDINARY.request, fields=("degree", "name")))
    assert "Mục được biết Họ và tên, degree" in text(slip(later))


def test_what_a_dossier_s_number_says_is_text() -> None:
    """Whatever stands in it is shown as it is."""
    odd = replace(ORDINARY, request=replace(ORDINARY.request, dossier="<b>1</b>&"))
    made = slip_page.main(slip(odd), OFFICE)
    assert "&lt;b&gt;1&lt;/b&gt;&amp;" in made


@pytest.mark.parametrize("paper", Paper)
def test_nothing_that_the_policy_refuses(paper: Paper) -> None:
    """No style attribute, no script, no address to fetch; the paper is a class."""
    page = Outline(slip_page.main(slip(), OFFICE, paper))
    assert not page.attributes & {"style", "src", "href", "onclick", "id"}
    assert not {"script", "style", "img", "a", "link"} & set(page.tags)
    assert f"slip--{paper.value}" in page.classes


def test_the_code_is_the_receipt_in_whole_dots() -> None:
    """The drawn code is that of the receipt, a module of three dots of a thermal printer."""
    made = slip()
    size = segno.make_qr(made.compact, error="l").symbol_size(border=4)[0]
    drawn = re.search(
        r'<svg [^>]*aria-label="Mã QR của biên nhận (BN [^"]+)"[^>]*>', slip_page.main(made, OFFICE)
    )
    assert drawn is not None
    assert drawn[1] == made.number
    assert f'width="{size * 0.375}mm"' in drawn[0]
    assert size * 0.375 <= 72, "a roll of 80 mm prints 72"


def test_the_largest_code_fits_the_roll() -> None:
    """Version 40 and its quiet zone are narrower than what the printer reaches."""
    assert segno.make_qr("a" * 2953, error="l").symbol_size(border=4)[0] * 0.375 <= 72


def test_the_same_receipt_gives_the_same_document() -> None:
    """No clock, no request: the file that is kept is the paper that was handed out."""
    compact = signed()
    first, second = (of_receipt(compact, PROCEDURES[ORDINARY.request.procedure]) for _ in "12")
    assert slip_page.document(first, OFFICE) == slip_page.document(second, OFFICE)


def test_the_document_s_policy_names_its_own_styles() -> None:
    """Each style's hash stands in the policy, and nothing is fetched."""
    made = slip_page.document(slip(), OFFICE)
    policy = re.search(r'content="(default-src[^"]+)"', made)
    assert policy is not None
    styles = re.findall(r"<style[^>]*>(.*?)</style>", made, re.DOTALL)
    assert len(styles) == 5
    for style in styles:
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert digest in policy[1].replace("&#39;", "'")
    assert 'url("fonts/' not in made
