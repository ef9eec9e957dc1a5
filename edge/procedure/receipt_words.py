"""A receipt in words: outcome, checks, the quality of its time, and what it does not prove.

Lives here: the words that counter, slip and history share; `docs/receipt.html` says the same. Not
here: reasons (`edge.web.words`), where any of it stands on a page or on paper.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.procedure_form import Words
from verify.moment import TimeQuality
from verify.receipt import Receipt
from verify.verdict import CheckStatus, Outcome, Step

OUTCOMES: Mapping[Outcome, Words] = {
    Outcome.ACCEPTED: Words("Thẻ hợp lệ", "Accepted"),
    Outcome.REJECTED: Words("Thẻ không hợp lệ", "Rejected"),
    Outcome.INDETERMINATE: Words("Chưa đủ căn cứ xác thực", "Indeterminate"),
}
STEPS: Mapping[Step, Words] = {
    Step.SECURITY_OBJECT: Words("Chữ ký trên thẻ", "Signature on the card"),
    Step.CHAIN: Words("Nơi ký thuộc danh sách tin cậy", "Signer chains to an anchor"),
    Step.SIGNER_STATUS: Words("Chứng thư nơi ký chưa bị thu hồi", "Signer not revoked"),
    Step.HASHES: Words("Dữ liệu khớp chữ ký", "Data match the signature"),
    Step.CHIP: Words("Chip thật", "Chip is no copy"),
    Step.DATES: Words("Còn hạn, số thẻ thống nhất", "In force, numbers agree"),
    Step.CARD_STATUS: Words("Không có trong danh sách thẻ thu hồi", "Not on the card status list"),
    Step.FRESHNESS: Words("Mọi danh sách còn mới", "Every list is fresh"),
}
STATUSES: Mapping[CheckStatus, Words] = {
    CheckStatus.PASSED: Words("đạt", "passed"),
    CheckStatus.FAILED: Words("không đạt", "failed"),
    CheckStatus.INDETERMINATE: Words("chưa rõ", "indeterminate"),
    CheckStatus.NOT_APPLICABLE: Words("không áp dụng", "not applicable"),
    CheckStatus.NOT_RUN: Words("chưa kiểm", "not run"),
}
QUALITIES: Mapping[TimeQuality, Words] = {
    TimeQuality.SYNCHRONISED: Words("giờ đã so", "synchronised"),
    TimeQuality.HELD: Words("giờ tự giữ", "held"),
    TimeQuality.ASSERTED: Words("giờ do người đặt", "asserted"),
    TimeQuality.FLOOR_ONLY: Words("giờ có thể sai", "floor only"),
}

_CHIP = Words(
    "Chip thật là điều trạm thấy lúc đọc; ai kiểm lại sau này phải tin trạm ở điểm ấy.",
    "That the chip was no copy: the terminal saw it answer, and nobody can see it again; this"
    " rests on the terminal.",
)
_AGE = Words(
    "Biên nhận cũ đúng như nó ghi: ai có được khoá của trạm sau này cũng ký được. Xác nhận của"
    " trung tâm sẽ chứng minh.",
    "That it is as old as it says: whoever held the terminal's key later could have made it. The"
    " centre's word would show it.",
)
_LOST = Words(
    "Trạm chưa bị báo mất vào lúc ấy: hỏi trung tâm.",
    "That the terminal had not been reported lost: ask the centre.",
)


def not_proven(receipt: Receipt, *, anchored: bool) -> tuple[Words, ...]:
    """Return what no check of this receipt can show."""
    found = []
    if any(c.step is Step.CHIP and c.status is CheckStatus.PASSED for c in receipt.checks):
        found.append(_CHIP)
    quality = receipt.moment.quality
    if quality is not TimeQuality.SYNCHRONISED:
        said = QUALITIES[quality]
        found.append(
            Words(
                f"Giờ chính xác: {said.vi}.", f"The exact time: the terminal's clock was {said.en}."
            )
        )
    if not anchored:
        found.append(_AGE)
    return (*found, _LOST)
