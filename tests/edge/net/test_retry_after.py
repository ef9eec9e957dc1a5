"""The header with which a busy server says when to come again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edge.net.retry_after import LONGEST, retry_after

AT = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20", 20.0),
        (" 0 ", 0.0),
        ("3600", 3600.0),
        ("86400", LONGEST),
        ("9" * 400, LONGEST),
        ("Mon, 01 Mar 2027 12:00:30 GMT", 30.0),
        ("Monday, 01-Mar-27 12:00:30 GMT", 30.0),
        ("Mon Mar  1 12:00:30 2027", 30.0),
        ("Mon, 01 Mar 2027 11:00:00 GMT", 0.0),
        ("Wed, 01 Mar 2090 12:00:00 GMT", LONGEST),
    ],
)
def test_what_is_asked_for(text: str, seconds: float) -> None:
    """Seconds or a date, in all three of its spellings; never less than none, more than the cap."""
    assert retry_after({"retry-after": text}, AT) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "soon", "-5", "1.5", "٣", "Mon, 99 Mar 2027 12:00:30 GMT", "1 2", "Mon, 01 Mar 99999 0 0"],
)
def test_what_says_nothing_usable(text: str) -> None:
    """As if nothing had been said."""
    assert retry_after({"retry-after": text}, AT) is None


def test_nothing_said() -> None:
    """None."""
    assert retry_after({}, AT) is None


@pytest.mark.parametrize("year", [1970, 2027, 2090])
def test_a_date_under_a_wrong_clock(year: int) -> None:
    """It counts from the answer's own date, whatever the time is here."""
    headers = {
        "date": "Mon, 01 Mar 2027 12:00:00 GMT",
        "retry-after": "Mon, 01 Mar 2027 12:01:00 GMT",
    }
    assert retry_after(headers, AT.replace(year=year)) == 60.0
