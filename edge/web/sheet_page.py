"""The closing sheet on paper: HTML made of nothing but the sheet and its digest.

Lives here: what stands where on the page, the QR code, the document that stands by itself. Not
here: the words (`edge.meeting.sheet_words`), page breaks (`sheet_layout`), routes.

A sheet is a document of the Party and always in Vietnamese; the bar above it on screen is in the
reader's language. The same sheet gives the same `<main>`, at the desk and in a file: no clock, no
request, no style attribute.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from edge.meeting import sheet_terms as terms
from edge.meeting import sheet_words as words
from edge.meeting.names import given_and_rest
from edge.meeting.sheet import Sheet
from edge.meeting.sheet_jws import qr_text, short_code
from edge.meeting.sheet_parts import SheetLine
from edge.meeting.sheet_table import later_rows
from edge.web import standalone
from edge.web.sheet_layout import WIDTH, Band, bands, text_lines

_QR_BORDER = 2  # modules; the paper around it is white too
_LINE = 4.8  # mm: a line of the head
_HEAD = 46.2  # mm: head of two lines, heading, one line of what meeting, the sums
_FOOT = 37.6  # mm: identity and places to sign, with what stands between
_SMALL = 3.7  # mm: a line of small print
_ORGANISATION = 110.0  # mm: width of the left part of the head
_SIGN = 42.0  # mm: width of a place to sign
_FRAME = 0.9  # mm: what a row has above and below its text
_NAME = 37.5  # mm: width of the column of names, less what the heavy word takes more
_NOTE, _NOTE_LINE = 31.7, 2.95  # mm: width of the last column, height of a line of notes
_MANY, _MANY_WIDER = 100, 2.2  # people; mm that their numbers take from the names
_EVENT_NAME, _EVENT = 64.0, 77.0  # mm: columns of a supplement


@dataclass(frozen=True, slots=True)
class Rows:
    """How close rows stand: size of type in points, its line and the least height in mm."""

    points: float
    line: float
    least: float


_DRAWN = Rows(10, 4.1, 8.36)
_CLOSE = Rows(9, 3.7, 7.46)


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the list, in words."""

    number: int
    rest: str = field(repr=False)
    given: str = field(repr=False)
    born: int | None = field(repr=False)
    category: str
    main: str
    note: str
    away: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The pages of a sheet, and whether its rows stand closer than drawn."""

    bands: tuple[Band, ...]
    dense: bool
    many: bool
    """Whether numbers have three digits or more."""

    @property
    def pages(self) -> int:
        """Return how many pages of A4 it takes."""
        return len(self.bands)


def main(sheet: Sheet, digest: bytes | None) -> Markup:
    """Return the sheet as `<main class="sheet">`; without a digest as a preview, not signed."""
    text = (
        standalone.templates()
        .get_template("_sheet.html")
        .render(
            sheet=sheet,
            words=words,
            terms=terms,
            rows=[_row(number, line, sheet) for number, line in enumerate(sheet.people, start=1)],
            later=later_rows(sheet),
            layout=layout(sheet),
            small_print=small_print(sheet),
            code=None if digest is None else short_code(digest),
            qr=None if digest is None else _qr(digest),
            before=None if sheet.supplement is None else short_code(sheet.supplement.of),
        )
    )
    return Markup(text)  # noqa: S704 -- the template escapes what it is given


def document(sheet: Sheet, digest: bytes) -> str:
    """Return a whole HTML document of the sheet: styles and fonts inside, nothing to fetch."""
    title = f"{words.heading(sheet)} {sheet.meeting}"
    return standalone.document(title, main(sheet, digest))


def layout(sheet: Sheet) -> Layout:
    """Return which rows stand on which page: of the list, or of a supplement's events.

    Rows stand closer where that makes one page of what would else be two.
    """
    head = _HEAD + _LINE * _more_head_lines(sheet)
    foot = _FOOT + _SMALL * text_lines(_joined(small_print(sheet)), WIDTH, 8)
    foot += _LINE * (max(_signer_lines(sheet.chair), _signer_lines(sheet.secretary)) - 1)
    many = len(sheet.people) >= _MANY
    columns = 2 if sheet.supplement is None else 1
    drawn, close = (
        bands(_heights(sheet, rows, many=many), columns=columns, head=head, foot=foot)
        for rows in (_DRAWN, _CLOSE)
    )
    dense = len(close) == 1 < len(drawn)
    return Layout(close if dense else drawn, dense, many)


def small_print(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    """Return (what it is about, text) of each part of the small print, in order."""
    parts = [("", words.key(sheet))] if sheet.supplement is None else []
    if sheet.hand.entries:
        parts.append(("Tay", words.by_hand(sheet)))
    parts += [("", words.quorum(result)) for result in sheet.figures.quorums]
    if sheet.announced is not None:
        parts.append(("", words.announced(sheet.announced, sheet.meeting.day)))
    if sheet.guests:
        parts.append((f"Khách, {len(sheet.guests)} người", words.guests(sheet)))
    return (*parts, ("Lúc ký, trạm chưa biết", words.unknown(sheet)))


def _joined(parts: tuple[tuple[str, str], ...]) -> str:
    return " ".join(f"{lead}: {text}" if lead else text for lead, text in parts)


def _more_head_lines(sheet: Sheet) -> int:
    """Return how many lines the head has beyond those that every sheet has."""
    names = [name.upper() for name in (sheet.parent, sheet.organisation) if name]
    more = sum(text_lines(name, _ORGANISATION, 10.5, bold=True) for name in names) - 2
    more += text_lines(f"{words.meeting_title(sheet)}. {words.hours(sheet)}", WIDTH, 10) - 1
    return more + sheet.practice + 2 * (sheet.supplement is not None)


def _signer_lines(name: str | None) -> int:
    return text_lines(name or "", _SIGN, 10, bold=True)


def _heights(sheet: Sheet, rows: Rows, *, many: bool) -> list[float]:
    """Return the height of each row that the sheet's tables have, in mm."""
    if sheet.supplement is not None:
        return [_event_height(name, what, rows) for _, _, name, what in later_rows(sheet)]
    room = _NAME - _MANY_WIDER if many else _NAME
    return [_height(line, sheet, rows, room) for line in sheet.people]


def _height(line: SheetLine, sheet: Sheet, rows: Rows, room: float) -> float:
    name = line.name if line.birth_year is None else f"{line.name}, {line.birth_year}"
    said, note = words.standing(line, sheet.meeting.day)
    right = rows.line * text_lines(said, _NOTE, rows.points, bold=not line.here)
    right += _NOTE_LINE * text_lines(note, _NOTE, 7.5, bold=not line.here) if note else 0.0
    left = rows.line * text_lines(name, room, rows.points)
    return max(rows.least, _FRAME + max(left, right))


def _event_height(name: str, what: str, rows: Rows) -> float:
    lines = max(text_lines(name, _EVENT_NAME, rows.points), text_lines(what, _EVENT, rows.points))
    return max(rows.least, _FRAME + rows.line * lines)


def _row(number: int, line: SheetLine, sheet: Sheet) -> Row:
    rest, given = given_and_rest(line.name)
    said, note = words.standing(line, sheet.meeting.day)
    category = terms.SHORT_CATEGORIES[line.category]
    return Row(number, rest, given, line.birth_year, category, said, note, not line.here)


def _qr(digest: bytes) -> Markup:
    """Return the QR code as one path: black modules on the white of the paper."""
    import segno  # not at the start: only a sheet has a code

    code = segno.make_qr(qr_text(digest), error="m", boost_error=False)
    drawn = code.svg_inline(
        omitsize=True, svgclass="qr", lineclass=None, border=_QR_BORDER, unit=None
    )
    label = f"Mã QR của biên bản, chữ ký số {short_code(digest)}"
    opening = f'<svg role="img" aria-label="{label}" '
    return Markup(drawn.replace("<svg ", opening, 1))  # noqa: S704 -- drawn here, of no input
