"""The fields of a card that a procedure may be told: their words, their values, what is agreed to.

Lives here: what people read before a card is laid, and taking the values out of a verdict
afterwards, never more than was asked and allowed. Not here: where a field stands on a card
(`reader.profile`), which fields a procedure may ask for (`edge.procedure.catalogue`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from edge.procedure.catalogue import Field, PhotoShown, Procedure, Words
from verify.verdict import Outcome, Verdict

WORDS: Mapping[Field, Words] = {
    Field.NAME: Words("Họ và tên", "Full name"),
    Field.NUMBER: Words("Số thẻ", "Card number"),
    Field.BIRTH: Words("Ngày sinh", "Date of birth"),
    Field.SEX: Words("Giới tính", "Sex"),
    Field.HOMETOWN: Words("Quê quán", "Home town"),
    Field.RESIDENCE: Words("Nơi thường trú", "Place of residence"),
    Field.PERSONAL_NUMBER: Words("Số định danh cá nhân", "Personal number"),
    Field.ORGANISATION: Words("Nơi sinh hoạt", "Party organisation"),
    Field.JOINED: Words("Ngày vào Đảng", "Date of admission"),
    Field.OFFICIAL: Words("Ngày chính thức", "Date of official membership"),
    Field.ISSUED: Words("Ngày cấp thẻ", "Date of issue"),
    Field.EXPIRY: Words("Ngày hết hạn thẻ", "Date of expiry"),
}
DATES = frozenset({Field.BIRTH, Field.JOINED, Field.OFFICIAL, Field.ISSUED, Field.EXPIRY})
"""Fields whose value is a date, yyyy-mm-dd (ISO 8601)."""

FINGERPRINTS = Words("Vân tay", "Fingerprints")
IRIS = Words("Mống mắt", "Iris")
PHOTO = Words("Ảnh", "Photo")
NOT_KEPT = Words(
    "Các mục khác đi cùng trong tệp đã ký chỉ dùng để kiểm chữ ký: không hiện, không lưu,"
    " không giao cho ai.",
    "Whatever else stands in the same signed files only serves to check the signature: it is not"
    " shown, not kept and handed to nobody.",
)
"""A file's hash is over the whole file: it cannot be read by halves."""


class Consent(NamedTuple):
    """What the terminal says before a card is laid; laying it agrees to that."""

    reads: tuple[Words, ...]
    never: tuple[Words, ...]
    """What is not read."""
    besides: Words = NOT_KEPT


def consent(procedure: Procedure, asked: Iterable[str]) -> Consent:
    """Return what is said of a question for some of a procedure's fields, in the procedure's order.

    Names that the procedure does not allow do not appear: they are refused before.
    """
    reads = [WORDS[name] for name in _allowed(procedure, asked)]
    photo = procedure.photo is PhotoShown.SHOW
    never = (FINGERPRINTS, IRIS) if photo else (FINGERPRINTS, IRIS, PHOTO)
    return Consent((*reads, PHOTO) if photo else tuple(reads), never)


def take(verdict: Verdict, procedure: Procedure, asked: Iterable[str]) -> Mapping[str, str]:
    """Return the values that were asked and are allowed, in the procedure's order.

    Of hash-checked data only; dates as yyyy-mm-dd; what the card does not have is left out.
    Nothing of a card that the procedure does not take, that was rejected, or that is in doubt for
    more than the age of a list: it may be in other hands than its holder's.
    """
    holder = verdict.holder
    if holder is None or not procedure.takes(verdict.basis.profile) or not _speaks(verdict):
        return {}
    return {
        name.value: holder.fields[name]
        for name in _allowed(procedure, asked)
        if name in holder.fields
    }


def _allowed(procedure: Procedure, asked: Iterable[str]) -> tuple[Field, ...]:
    wanted = frozenset(asked)
    return tuple(name for name in procedure.fields if name in wanted)


def _speaks(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.ACCEPTED or verdict.freshness_only
