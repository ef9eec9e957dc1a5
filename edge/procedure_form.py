"""A procedure as data: why a card is asked for, which fields that needs, what the receipt says.

Lives here: `Procedure` and its TOML form, strict in every key, since a misspelt rule must not be a
missing one. Not here: which procedures there are (`edge.procedure.catalogue`), the fields' words
and values (`edge.procedure.fields`). It lies below both the repository, which refuses a procedure
that is not whole, and the catalogue, which leaves it out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import NamedTuple

from edge.errors import ProcedureInvalid
from reader.profile import BUILTIN
from reader.toml_table import Table

MAX_BYTES = 64 * 1024  # of a procedure's file
MAX_WORDS = 400  # characters of a title or sentence
MAX_PROFILES = 8
MAX_FORMS = 8
MAX_DOSSIER = 64  # characters of a number, and of a form of it; a receipt carries no more
MAX_NUMBER = 9  # digits that `~` stands for

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_LINE = re.compile(rf"[^{_CONTROL}]+")
_FORM = re.compile(rf"[^{_CONTROL}\\^$*+?()\[\]{{}}|]+")
_RUN_ON = re.compile(r"~(?=[#~0-9])")
_PARTS = {"#": "[0-9]", "@": "[A-Z]", "~": f"[0-9]{{1,{MAX_NUMBER}}}", ".": r"\."}


@unique
class Field(StrEnum):
    """What a procedure may be told of a card: names of `[fields]` in the card profiles."""

    NAME = "name"
    NUMBER = "number"
    BIRTH = "birth"
    SEX = "sex"
    HOMETOWN = "hometown"
    RESIDENCE = "residence"
    PERSONAL_NUMBER = "personal_number"
    ORGANISATION = "organisation"
    JOINED = "joined"
    OFFICIAL = "official"
    ISSUED = "issued"
    EXPIRY = "expiry"


@unique
class ProcedureKind(StrEnum):
    """How a procedure is carried out."""

    COUNTER = "counter"
    """One dossier, one card, one receipt."""
    HANDOVER = "handover"
    """New cards, a batch at a time."""


@unique
class PhotoShown(StrEnum):
    """Whether the card's photo is read and shown to the officer. It is never handed over."""

    NONE = "none"
    SHOW = "show"


class Words(NamedTuple):
    """The same in Vietnamese and in English."""

    vi: str
    en: str

    def of(self, language: str) -> str:
        """Return the words in a language; Vietnamese where it is another than these two."""
        return self.en if language == "en" else self.vi


@dataclass(frozen=True, slots=True)
class Dossier:
    """What a dossier's number looks like: one of some forms. `hint` tells people.

    In a form `#` is one digit, `@` one letter from A to Z, `~` a number of 1 to MAX_NUMBER digits;
    any other character is itself. No digit may follow `~`, so that there is one way to read each.
    """

    forms: tuple[str, ...]
    hint: Words

    @property
    def pattern(self) -> str:
        """Return the forms as one regular expression; Python and browsers read it alike."""
        return f"^(?:{'|'.join(''.join(_PARTS.get(c, c) for c in form) for form in self.forms)})$"

    def fits(self, number: str) -> bool:
        """Whether a number has one of the forms."""
        return len(number) <= MAX_DOSSIER and re.fullmatch(self.pattern, number) is not None


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure of the catalogue. `code` is its name in files, requests and receipts."""

    code: str
    kind: ProcedureKind
    title: Words
    purpose: Words
    legal_source: str | None
    """The text that it rests on; None where no official text is confirmed."""
    profiles: tuple[str, ...]
    """Card profiles taken."""
    fields: tuple[Field, ...]
    """All that it may be told, in the order in which people are told of it."""
    photo: PhotoShown
    receipt: Words
    """What the receipt is for, as its slip says it."""
    dossier: Dossier | None
    """None: any number of 1 to 64 characters."""

    def takes(self, profile: str) -> bool:
        """Whether a card of this profile may be laid for it."""
        return profile in self.profiles

    def refused(self, fields: Iterable[str]) -> tuple[str, ...]:
        """Return the names that it may not be told, in the order asked, each once."""
        return tuple(name for name in dict.fromkeys(fields) if name not in self.fields)

    def takes_dossier(self, number: str) -> bool:
        """Whether a dossier's number has the form that this procedure asks for."""
        return self.dossier is None or self.dossier.fits(number)


def parse_procedure(data: bytes, code: str, profiles: Collection[str] = BUILTIN) -> Procedure:
    """Read the procedure `code` from its file. `profiles`: names of those that the terminal knows.

    Raises ProcedureInvalid naming the key at fault and what to do.
    """
    top = Table.from_text(_text(data), refuse=invalid)
    procedure = Procedure(
        code=_code(top, code),
        kind=top.choice("kind", ProcedureKind),
        title=_words(top, "title"),
        purpose=_words(top, "purpose"),
        legal_source=_legal_source(top),
        profiles=_profiles(top, profiles),
        fields=_fields(top),
        photo=top.choice("photo", PhotoShown),
        receipt=_words(top, "receipt"),
        dossier=_dossier(top),
    )
    top.finish()
    return procedure


def invalid(key: str, why: str) -> ProcedureInvalid:
    """Return the error for a key, dotted: `dossier.forms`."""
    return ProcedureInvalid(
        f"The procedure cannot be used: {key} {why}.",
        next_step=f"Correct {key} in the procedure's file; docs/procedures.md tells what it means.",
        key=key,
    )


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise invalid("the file", f"is larger than {MAX_BYTES} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise invalid("the file", "is not UTF-8") from None


def _code(top: Table, code: str) -> str:
    if not _CODE.fullmatch(code):
        raise invalid("the file", "is named otherwise than by small letters, digits and hyphens")
    if top.text("name") != code:
        raise invalid("name", f"is not {code!r}, the name of the file")
    return code


def _words(top: Table, name: str) -> Words:
    table = top.table(name)
    words = _words_of(table)
    table.finish()
    return words


def _words_of(table: Table) -> Words:
    return Words(_line(table, "vi"), _line(table, "en"))


def _line(table: Table, name: str) -> str:
    text = table.text(name)
    if len(text) > MAX_WORDS or not _LINE.fullmatch(text):
        raise invalid(table.key(name), f"is not one line of at most {MAX_WORDS} characters")
    return unicodedata.normalize("NFC", text)


def _legal_source(top: Table) -> str | None:
    return _line(top, "legal_source") if top.has("legal_source") else None


def _profiles(top: Table, known: Collection[str]) -> tuple[str, ...]:
    profiles = _few(top, "profiles", MAX_PROFILES)
    for name in profiles:
        if name not in known:
            among = ", ".join(sorted(known))
            raise invalid("profiles", f"has {name!r}; this terminal knows {among}")
    return profiles


def _fields(top: Table) -> tuple[Field, ...]:
    fields = top.choices("fields", Field)
    if not fields:
        raise invalid("fields", "is empty: a procedure that needs no field needs no card")
    return fields


def _dossier(top: Table) -> Dossier | None:
    if not top.has("dossier"):
        return None
    table = top.table("dossier")
    forms = tuple(unicodedata.normalize("NFC", one) for one in _few(table, "forms", MAX_FORMS))
    for form in forms:
        if len(form) > MAX_DOSSIER or not _FORM.fullmatch(form):
            raise invalid(
                "dossier.forms",
                f"has {form[:MAX_DOSSIER]!r}: at most {MAX_DOSSIER} characters, none of them "
                r"\ ^ $ * + ? ( ) [ ] { } |, with # for a digit, @ for a letter, ~ for a number",
            )
        if _RUN_ON.search(form):
            raise invalid(
                "dossier.forms", f"has {form!r}: a digit follows a number that has no end"
            )
    dossier = Dossier(forms, _words_of(table))
    table.finish()
    return dossier


def _few(table: Table, name: str, most: int) -> tuple[str, ...]:
    values = table.texts(name)
    if not 1 <= len(values) <= most:
        raise invalid(table.key(name), f"must have 1 to {most} entries")
    return values
