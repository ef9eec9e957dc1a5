"""What survives of a scanned line whose letters came out wrong: digits, and what they prove.

A scanner set to another layout, or to send Vietnamese letters through an input method, types
digits right and much else wrong: letters swapped, doubled or gone, tone marks as digits of their
own, separators as any sign. So letters and signs are not trusted here, and digits only where they
bear each other out. What does not, yields nothing: a wrong guess would cost the card a trial.

Pure rules over one line; not here: the lines as they should be (`access`).

- A citizen card's code (số | CMND cũ | họ tên | ddMMyyyy | giới tính | địa chỉ | ddMMyyyy): the
  line begins with a run of exactly 12 digits; among the runs of exactly 8 digits the first that is
  a date is the birth, and a later date follows it, the day of issue; digit 4 of the number gives
  century and sex, digits 5 and 6 the year of birth (137/2015/NĐ-CP article 13).
- A party card's code (TRAMTHE1|DV|number|CAN): the runs of digits are 1, the number and six
  digits, in this order and nothing else; that the number is on the roster is for the caller.
- A machine readable zone: letters in capitals, every other sign is the filler. Its check digits
  are for the caller, as for a clean one.
"""

from __future__ import annotations

import re
from datetime import date

_RUNS = re.compile(r"[0-9]+")
_FIRST_CENTURY = 19  # the century of a digit 0 or 1; each pair of digits is one later


def citizen_number(text: str) -> str | None:
    """Return the 12-digit number of a citizen card's code, None where nothing proves it."""
    if not re.match(r"[0-9]{12}(?![0-9])", text):
        return None
    number, *runs = _RUNS.findall(text)
    dates = [day for run in runs if (day := _day(run)) is not None]
    if len(dates) < 2 or dates[0] >= dates[-1]:
        return None
    return number if _fits(number, dates[0]) else None


def card_code(text: str) -> tuple[str, str] | None:
    """Return number and CAN of a party card's code, None for any other line."""
    match _RUNS.findall(text):
        case ["1", number, can] if len(can) == 6 and not text[0].isdigit():
            return number, can
        case _:
            return None


def zone(text: str) -> str:
    """Return the line as a machine readable zone would have it, if it is one."""
    return re.sub(r"[^A-Z0-9]", "<", text.upper())


def _day(run: str) -> date | None:
    """Return the date of eight digits, ddMMyyyy."""
    if len(run) != 8:
        return None
    try:
        return date(int(run[4:]), int(run[2:4]), int(run[:2]))
    except ValueError:
        return None


def _fits(number: str, birth: date) -> bool:
    century = _FIRST_CENTURY + int(number[3]) // 2
    return (birth.year // 100, birth.year % 100) == (century, int(number[4:6]))
