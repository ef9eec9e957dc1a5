"""A receipt's slip on paper: HTML made of nothing but the receipt and whose counter it was.

Lives here: what stands where, the QR code, the document that stands by itself. Not here: the
receipt's number and what the code carries (`edge.procedure.slip`), routes. A slip goes into the
dossier: it names no person, and is always in Vietnamese, as a sheet is.

A module of the code is a whole number of a thermal printer's dots (8 in a millimetre), so that
none is blurred between two.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from markupsafe import Markup

from edge.procedure import receipt_words as words
from edge.procedure.catalogue import Field
from edge.procedure.fields import WORDS
from edge.procedure.slip import Paper, Slip
from edge.web import standalone
from edge.web.filters import HANOI
from edge.web.words import of_reason
from verify.receipt import CheckLine, ListLine
from verify.verdict import CheckStatus, Outcome

STYLE = "slip.css"
TITLE = "Biên nhận xác thực thẻ"
_WHOLE, _HASH = 0.375, 0.625  # mm of a module: 3 and 5 dots
_BORDER = 4  # modules, ISO/IEC 18004 section 5.3.8
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


def main(slip: Slip, office: str, paper: Paper = Paper.ROLL) -> Markup:
    """Return the slip as `<main class="slip">`; `office` is whose counter it was."""
    receipt = slip.receipt
    text = (
        standalone.templates()
        .get_template("_slip.html")
        .render(
            title=TITLE,
            office=office,
            paper=paper.value,
            slip=slip,
            outcome=words.OUTCOMES[receipt.outcome].vi,
            reason=_reason(slip),
            purpose=_purpose(slip),
            facts=_facts(slip),
            passed=sum(one.status is CheckStatus.PASSED for one in receipt.checks),
            checks=_checks(receipt.checks),
            anchored=None if slip.anchored_at is None else _time(slip.anchored_at),
            limits=[one.vi for one in words.not_proven(receipt, anchored=bool(slip.anchored_at))],
            qr=_qr(slip),
        )
    )
    return Markup(text)  # noqa: S704 -- the template escapes what it is given


def document(slip: Slip, office: str, paper: Paper = Paper.ROLL) -> str:
    """Return a whole HTML document of the slip: styles and fonts inside, nothing to fetch."""
    return standalone.document(f"{TITLE} {slip.number}", main(slip, office, paper), (STYLE,))


def _facts(slip: Slip) -> list[tuple[str, str]]:
    receipt = slip.receipt
    asked = receipt.request
    title = asked.procedure if slip.procedure is None else slip.procedure.title.vi
    origin = "quầy của trạm" if asked.origin == "terminal" else asked.origin
    quality = words.QUALITIES[receipt.moment.quality].vi
    return [
        ("Thủ tục", title),
        ("Hồ sơ", asked.dossier),
        ("Lúc", f"{_time(receipt.moment.at)} ({quality})"),
        ("Nơi hỏi", origin),
        ("Mục được biết", _fields(slip)),
        ("Thẻ thu hồi", _list(receipt.card_list)),
    ]


def _fields(slip: Slip) -> str:
    """Return the words of the fields that were asked; what they say is not on the receipt."""
    if slip.receipt.handed is None:
        return "không mục nào"
    known = {field.value: WORDS[field].vi for field in Field}
    order = {name: place for place, name in enumerate(known)}
    asked = sorted(slip.receipt.request.fields, key=lambda name: order.get(name, len(order)))
    return ", ".join(known.get(name, name) for name in asked)


def _purpose(slip: Slip) -> str:
    """Return what the receipt is for; only an accepted card was verified for anything."""
    if slip.receipt.outcome is not Outcome.ACCEPTED:
        return "Thẻ chưa được xác thực cho thủ tục này."
    return "" if slip.procedure is None else slip.procedure.receipt.vi


def _reason(slip: Slip) -> str:
    """Return why the card was not accepted: the first failure, or the first doubt, in words."""
    wanted = {
        Outcome.ACCEPTED: None,
        Outcome.REJECTED: CheckStatus.FAILED,
        Outcome.INDETERMINATE: CheckStatus.INDETERMINATE,
    }[slip.receipt.outcome]
    found = (one.reason for one in slip.receipt.checks if one.status is wanted)
    reason = next(found, None)
    return "" if reason is None else of_reason(reason).says


def _checks(lines: tuple[CheckLine, ...]) -> list[tuple[str, str]]:
    """Return the checks that did not pass, in words; none where all did."""
    return [
        (words.STEPS[one.step].vi, words.STATUSES[one.status].vi)
        for one in lines
        if one.status is not CheckStatus.PASSED
    ]


def _list(line: ListLine | None) -> str:
    if line is None:
        return "không hỏi danh sách"
    number = "không số" if line.number is None else f"số {line.number}"
    age = f"{line.age // _DAY} ngày" if line.age >= _DAY else f"{line.age // _HOUR} giờ"
    return f"danh sách {number}, ra trước đó {age}"


def _time(at: datetime) -> str:
    return f"{at.astimezone(HANOI):%H:%M:%S, ngày %d/%m/%Y}"


def _qr(slip: Slip) -> Markup:
    """Return the code as one path. The whole receipt at level L, or better where it has room."""
    import segno  # not at the start: only paper has a code

    level, size = ("l", _WHOLE) if slip.is_whole else ("m", _HASH)
    code = segno.make_qr(slip.qr_text, error=level)
    drawn = code.svg_inline(
        scale=size, unit="mm", svgclass="qr", lineclass=None, border=_BORDER, omitsize=False
    )
    opening = f'<svg role="img" aria-label="Mã QR của biên nhận {slip.number}" '
    return Markup(drawn.replace("<svg ", opening, 1))  # noqa: S704 -- drawn here, of no input
