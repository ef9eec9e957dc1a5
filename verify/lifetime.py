"""Step 6 and the holder: who the card names, until when, under which number.

Lives here: the fields of hash-checked files, and their dates against today. Not here: where a
field stands (`reader.lds.holder`, by the profile).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import NamedTuple

from reader.errors import MalformedData
from reader.lds.files import FileId
from reader.lds.holder import card_numbers, holder_fields
from reader.lds.sources import CardFiles
from reader.profile import CardProfile
from verify.checks import failed, not_run, passed, unsure
from verify.hashes import Compared
from verify.moment import Moment, TimeQuality
from verify.policy import Policy
from verify.reasons import Reason
from verify.verdict import Check, Holder, Step

_DG1 = FileId.DG1


class CardData(NamedTuple):
    """What the vouched files say: the profile's fields, and the number from each place."""

    fields: Mapping[str, str]
    numbers: tuple[str, ...]

    def __repr__(self) -> str:  # fields are a person's
        return f"CardData({len(self.fields)} fields)"


def civil_date(moment: Moment, policy: Policy) -> date:
    """Return the day on the calendar where the terminal stands."""
    return (moment.at + policy.civil_offset).date()


def made_at(signed: datetime | None, data: CardData | None, policy: Policy) -> datetime | None:
    """Return when the card was made: `signed`, or the begin of its day of issue where later."""
    day = None if data is None else _day(data.fields, "issued")
    if signed is None or day is None or day <= signed.date():
        return signed
    return max(signed, datetime.combine(day, time(), UTC) - policy.civil_offset)


def read(compared: Compared, profile: CardProfile, today: date) -> CardData | None:
    """Return the card's data, None without DG1 or where a vouched file is not well formed."""
    if _DG1 not in compared.vouched:
        return None
    card = CardFiles(compared.vouched, today, compared.mrz)
    try:
        return CardData(
            MappingProxyType(dict(holder_fields(card, profile))), card_numbers(card, profile)
        )
    except MalformedData:
        return None


def holder(data: CardData, profile: CardProfile) -> Holder | None:
    """Return the holder, None where the files lack a name, a number or the person key.

    The person key carries the name of its field: a card's number is nobody's personal number.
    """
    fields = data.fields
    key = next((f"{name}:{fields[name]}" for name in profile.person_key if name in fields), None)
    if key is None or "name" not in fields or "number" not in fields:
        return None
    return Holder(
        person_key=key,
        name=fields["name"],
        number=fields["number"],
        birth=fields.get("birth", ""),
        expiry=_day(fields, "expiry"),
        fields=fields,
    )


def judge(data: CardData | None, profile: CardProfile, today: date, moment: Moment) -> Check:
    """Take step 6. A card holds to the end of its last day."""
    step = Step.DATES
    if data is None:
        return not_run(step, "nothing vouches for the fields")
    if len(set(data.numbers)) > 1:
        return failed(step, Reason.NUMBER_MISMATCH)
    issued, expiry = _day(data.fields, "issued"), _day(data.fields, "expiry")
    last = _last_day(profile, issued, expiry)
    if last is not None and last < today:
        return failed(step, Reason.CARD_EXPIRED, f"its last day was {last.isoformat()}")
    if issued is not None and issued > today:
        words = f"it begins {issued.isoformat()}"
        if moment.quality is TimeQuality.FLOOR_ONLY:
            return unsure(step, Reason.CLOCK_BEHIND, words)
        return failed(step, Reason.CARD_NOT_YET_VALID, words)
    if expiry is None and profile.lifetime.expiry_required:
        return unsure(step, Reason.CARD_DATES_MISSING)
    return passed(step)


def _last_day(profile: CardProfile, issued: date | None, expiry: date | None) -> date | None:
    """Return the earlier of what the card says and what the profile allows from its issue."""
    years = profile.lifetime.max_years
    capped = None if years is None or issued is None else _years_later(issued, years)
    return min((day for day in (expiry, capped) if day is not None), default=None)


def _years_later(day: date, years: int) -> date:
    """Return the same day years on; 28 February for the 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _day(fields: Mapping[str, str], name: str) -> date | None:
    return date.fromisoformat(fields[name]) if name in fields else None
