"""A card family as data: what to select, how a password derives, what to read, what it means.

Lives here: `CardProfile`, its TOML form, and the choice among families that share an application.
The built-in ones lie in `profiles/`. A profile may only tighten what `verify` demands, never
loosen it. Not here: the language of `[fields]` (`lds.sources`) and of `[derive]` (`passwords`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TypeVar

from reader import passwords
from reader.evidence import Password, PasswordKind
from reader.lds import sources
from reader.lds.dg1 import Mrz
from reader.lds.files import FileId
from reader.lds.sources import Source
from reader.toml_table import Table, invalid

T = TypeVar("T")


@unique
class AccessMethod(StrEnum):
    """A way into the chip."""

    PACE_CAN = "pace-can"
    PACE_MRZ = "pace-mrz"
    BAC = "bac"
    """Basic access control, by the MRZ: only for chips without PACE."""


@unique
class ParameterId(StrEnum):
    """When PACE names its domain parameters (tag 84, Doc 9303-11 section 4.4.4.1)."""

    ALWAYS = "always"
    WHEN_AMBIGUOUS = "when-ambiguous"
    """Only where EF.CardAccess offers the protocol with several parameter sets."""


@unique
class WhenAbsent(StrEnum):
    """What a check says when the card has nothing to check against."""

    REJECT = "reject"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a card of the family holds; `max_years` caps what the card itself says."""

    expiry_required: bool
    max_years: int | None


@dataclass(frozen=True, slots=True)
class CardProfile:
    """One card family. Field names are those of `Holder` (`reader.lds.holder`)."""

    name: str
    title: Mapping[str, str]
    """Language tag to the family's name on screen."""
    aids: tuple[bytes, ...]
    access: tuple[AccessMethod, ...]
    derive: Mapping[PasswordKind, str]
    """How a password follows from fields, e.g. CAN: `last6(number)`."""
    min_tries_left: int
    """Never guess when the card says it has this many tries left, or fewer."""
    parameter_id: ParameterId
    legacy: bool
    """Whether PACE and chip authentication may use what only older chips need: 3DES, and groups
    that are small or that the library lacks."""
    max_seconds: float
    """How long one reading may take before the card counts as stalled."""
    read_now: tuple[FileId, ...]
    read_late: tuple[FileId, ...]
    read_never: frozenset[FileId]
    fields: Mapping[str, str]
    """Holder field to its source, e.g. `number: DG13.1`, `name: DG13.2`, `expiry: DG1.expiry`."""
    person_key: tuple[str, ...]
    """Holder fields that name the person across card families, first present wins."""
    match: Mapping[str, str]
    """DG1 field to its required value; tells apart families that share an AID."""
    same_number: tuple[str, ...]
    """Sources that must carry the same card number where present (step 6)."""
    lifetime: Lifetime
    chip_proof_absent: WhenAbsent
    """Step 5, neither DG14 nor DG15 listed. Never ACCEPTED in either case."""
    pace_unbound: WhenAbsent
    """Step 5, no signed copy of the PACE parameters to compare with."""
    status_list: str | None
    """Scope (URI) of the card status list; None where the family has none (step 7)."""


NEVER_READ = frozenset({FileId.DG3, FileId.DG4})
"""Fingerprints and iris: no profile can ask for them."""
ALWAYS_READ = frozenset({FileId.SOD, FileId.DG1})
BUILTIN = ("dang-vien", "cccd", "icao")
"""Most likely first."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_AID_SIZES = range(5, 17)  # bytes, ISO/IEC 7816-4 section 8.2.1.2
_TRIES = range(1, 11)
_YEARS = range(1, 101)
_SECONDS = range(1, 61)
_TITLE_LANGUAGES = frozenset({"vi", "en"})
_MATCH_ELEMENTS = frozenset({"document_type", "issuing_state", "nationality"})
_HOLDER_NEEDS = ("name", "number", "birth")
_DATES = ("birth", "expiry", "issued")


@cache
def builtin_profiles() -> tuple[CardProfile, ...]:
    """Return the profiles that ship, most likely first."""
    folder = resources.files("reader") / "profiles"
    return tuple(load_profile((folder / f"{name}.toml").read_text("utf-8")) for name in BUILTIN)


def load_profile(text: str) -> CardProfile:
    """Read a profile from TOML. Raises ProfileInvalid naming the key at fault."""
    top = Table.from_text(text)
    read = top.table("read")
    checks = top.table("checks")
    profile = CardProfile(
        name=_name(top),
        title=_title(top),
        aids=_aids(top),
        access=_some(top, "access", top.choices("access", AccessMethod)),
        derive=_derive(top),
        min_tries_left=top.whole("min_tries_left", _TRIES),
        parameter_id=top.choice("parameter_id", ParameterId),
        legacy=top.truth("legacy"),
        max_seconds=float(top.whole("max_seconds", _SECONDS)),
        read_now=read.choices("now", FileId),
        read_late=read.choices("late", FileId),
        read_never=frozenset(read.choices("never", FileId)) | NEVER_READ,
        fields=_fields(top),
        person_key=_some(top, "person_key", top.texts("person_key")),
        match=_match(top),
        same_number=top.texts("same_number"),
        lifetime=_lifetime(top),
        chip_proof_absent=checks.choice("chip_proof_absent", WhenAbsent),
        pace_unbound=checks.choice("pace_unbound", WhenAbsent),
        status_list=_status_list(top),
    )
    for table in (read, checks, top):
        table.finish()
    _check_reads(profile)
    _check_fields(profile)
    return profile


def select_by_dg1(profiles: Sequence[CardProfile], aid: bytes, mrz: Mrz) -> CardProfile | None:
    """Return the profile of application `aid` whose `match` fits DG1, None where none does.

    The most rules win, then the order given: `cccd` before `icao`, which matches anything.
    """
    best: CardProfile | None = None
    for profile in profiles:
        beaten = best is not None and len(best.match) >= len(profile.match)
        if not beaten and aid in profile.aids and _fits(profile, mrz):
            best = profile
    return best


def derive_password(
    profile: CardProfile, kind: PasswordKind, fields: Mapping[str, str]
) -> Password | None:
    """Return the password that follows from `fields` by the profile's rule.

    Dates are yyyy-mm-dd or YYMMDD as in the MRZ. None where the profile has no rule for `kind`,
    a field is missing, or it has not the form that the rule needs.
    """
    rule = profile.derive.get(kind)
    return None if rule is None else passwords.derive(rule, kind, fields)


def _fits(profile: CardProfile, mrz: Mrz) -> bool:
    for name, wanted in profile.match.items():
        found = getattr(mrz, name)
        if not (found.startswith(wanted[:-1]) if wanted.endswith("*") else found == wanted):
            return False
    return True


def _some(top: Table, name: str, values: tuple[T, ...]) -> tuple[T, ...]:
    if not values:
        raise invalid(top.key(name), "must not be empty")
    return values


def _name(top: Table) -> str:
    name = top.text("name")
    if not _NAME.fullmatch(name):
        raise invalid("name", "must be small letters, digits and hyphens")
    return name


def _title(top: Table) -> Mapping[str, str]:
    title = top.text_map("title")
    for language in sorted(_TITLE_LANGUAGES - title.keys()):
        raise invalid(f"title.{language}", "is missing")
    return MappingProxyType(title)


def _aids(top: Table) -> tuple[bytes, ...]:
    try:
        aids = tuple(bytes.fromhex(text) for text in top.texts("aids"))
    except ValueError:
        raise invalid("aids", "must be hexadecimal") from None
    if not aids or len(set(aids)) != len(aids) or any(len(aid) not in _AID_SIZES for aid in aids):
        raise invalid("aids", "must be one or more identifiers of 5 to 16 bytes, none twice")
    return aids


def _derive(top: Table) -> Mapping[PasswordKind, str]:
    derive: dict[PasswordKind, str] = {}
    for name, text in top.text_map("derive").items():
        key = f"derive.{name}"
        if name not in set(PasswordKind):
            raise invalid(key, "is not a kind of password")
        kind = PasswordKind(name)
        if not passwords.is_rule(kind, text):
            raise invalid(key, f"has {text!r}, which is no rule for this kind of password")
        derive[kind] = text
    return MappingProxyType(derive)


def _fields(top: Table) -> Mapping[str, str]:
    fields = top.text_map("fields")
    for name, text in fields.items():
        if not _FIELD.fullmatch(name):
            raise invalid(f"fields.{name}", "must be small letters, digits and underscores")
        _source(f"fields.{name}", text)
    for name in _HOLDER_NEEDS:
        if name not in fields:
            raise invalid(f"fields.{name}", "is missing")
    for name in _DATES:
        if name in fields and not sources.parse(fields[name]).is_date:
            raise invalid(f"fields.{name}", "must be a date: date(DG13.n), DG1.birth or DG1.expiry")
    return MappingProxyType(fields)


def _match(top: Table) -> Mapping[str, str]:
    rules = top.text_map("match")
    for name, text in rules.items():
        if name not in _MATCH_ELEMENTS or "*" in text[:-1]:
            raise invalid(f"match.{name}", "is no element to match, or has * before its end")
    return MappingProxyType(rules)


def _lifetime(top: Table) -> Lifetime:
    table = top.table("lifetime")
    lifetime = Lifetime(
        expiry_required=table.truth("expiry_required"),
        max_years=table.optional_whole("max_years", _YEARS),
    )
    table.finish()
    return lifetime


def _status_list(top: Table) -> str | None:
    scope = top.optional_text("status_list")
    if scope is not None and (":" not in scope or not scope.isascii() or " " in scope):
        raise invalid("status_list", "must be a URI")
    return scope


def _source(key: str, text: str) -> Source:
    try:
        return sources.parse(text)
    except ValueError as error:
        raise invalid(key, f"is not understood: {error}") from None


def _check_reads(profile: CardProfile) -> None:
    now, late = set(profile.read_now), set(profile.read_late)
    if not now >= ALWAYS_READ:
        raise invalid("read.now", "must have SOD and DG1")
    for key, files in (("read.now", now), ("read.late", late)):
        if files & profile.read_never:
            raise invalid(key, "has a file that is never read")
        if any(file.in_master_file for file in files):
            raise invalid(key, "has a file that lies outside the application")
    if now & late:
        raise invalid("read.late", "has a file of read.now")


def _check_fields(profile: CardProfile) -> None:
    """Refuse a field from a file that is not read in time: nobody would have checked it."""
    wanted = [(f"fields.{name}", text) for name, text in profile.fields.items()]
    wanted += [("same_number", text) for text in profile.same_number]
    for key, text in wanted:
        if not _source(key, text).files <= set(profile.read_now):
            raise invalid(key, "names a file that is not in read.now")
    for name in profile.person_key:
        if name not in profile.fields:
            raise invalid("person_key", f"names {name!r}, which is not in fields")
