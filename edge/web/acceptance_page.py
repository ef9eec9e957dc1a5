"""The acceptance report on paper: HTML made of nothing but the signed report.

Lives here: what stands where, the boxes for what only a person can see, the document that stands by
itself. Not here: the report (`edge.care.acceptance`), its words (`care_words`). Always in
Vietnamese, as a sheet is.
"""

from __future__ import annotations

from markupsafe import Markup

from edge.care.acceptance import SignedAcceptance
from edge.care.check import State
from edge.care.diagnosis import Diagnosis
from edge.meeting.sheet_jws import short_code
from edge.web import care_words, standalone
from edge.web.filters import HANOI

STYLE = "care.css"
TITLE = "Biên bản nghiệm thu trạm"
SEEN = (
    "Đặt thẻ thử lên đầu đọc: đèn xanh, còi kêu một tiếng ngắn, màn hình hiện “Có mặt”.",
    "Rút đầu đọc: đèn đỏ nhấp nháy, màn hình hiện “Đầu đọc chưa nối”; cắm lại thì hết.",
    "Chữ trên màn hình đọc rõ từ ba mét.",
    "Rút điện rồi cắm lại: trạm tự chạy, giờ vẫn đúng.",
    "Giữ nút trạng thái năm giây (nếu có nút): đèn và màn hình báo kết quả.",
)
"""What no program can tell, one box each."""


def main(signed: SignedAcceptance) -> Markup:
    """Return the report as `<main class="accept">`."""
    report = signed.report
    found = report.diagnosis
    text = (
        standalone.templates()
        .get_template("_acceptance.html")
        .render(
            title=TITLE,
            terminal=report.terminal,
            serial=report.serial,
            at=f"{found.at.at.astimezone(HANOI):%H:%M:%S, ngày %d/%m/%Y}",
            acceptable=report.acceptable,
            sums=_sums(found),
            rows=[
                (
                    care_words.name(check, str),
                    check.state.value,
                    care_words.STATES[check.state],
                    care_words.figure(check, str),
                    care_words.advice(check, str),
                )
                for check in found.checks
            ],
            seen=SEEN,
            key=short_code(signed.key),
            code=short_code(signed.digest),
        )
    )
    return Markup(text)  # noqa: S704 -- the template escapes what it is given


def document(signed: SignedAcceptance) -> str:
    """Return a whole HTML document of the report: styles and fonts inside, nothing to fetch."""
    return standalone.document(f"{TITLE} {signed.report.terminal}", main(signed), [STYLE])


def _sums(found: Diagnosis) -> str:
    counts = (
        (State.FAULT, "phải sửa"),
        (State.ATTENTION, "nên làm"),
        (State.UNKNOWN, "chưa rõ"),
        (State.OK, "tốt"),
    )
    return ", ".join(f"{found.count(state)} {word}" for state, word in counts)
