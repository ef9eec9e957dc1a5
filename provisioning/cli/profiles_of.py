"""Card profiles on the command line: loading one, saying what it does, trying it on a reading.

Lives here: what `tramthe card profile` and `tramthe card read --profile` print. Not here: what a
profile is (`reader.profile`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from provisioning.cli.common import office_time
from provisioning.errors import OfficeInputInvalid
from reader.errors import MalformedData
from reader.evidence import CardEvidence
from reader.lds import sources
from reader.lds.sources import CardFiles
from reader.profile import CardProfile, load_profile
from reader.toml_table import MAX_TEXT


def load(file: Path) -> CardProfile:
    """Return the profile in a file. Raises ProfileInvalid naming the key, OfficeInputInvalid."""
    try:
        with file.open(encoding="utf-8") as stream:
            text = stream.read(MAX_TEXT + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise OfficeInputInvalid(
            f"The profile {file.name} cannot be read: it is no text file, or not to be opened.",
            next_step="Give a TOML file in UTF-8, such as those in reader/profiles.",
        ) from error
    return load_profile(text)


def show(profile: CardProfile) -> None:
    """Print what a profile makes the reader do."""
    click.echo(f"{profile.name}: {profile.title['vi']} / {profile.title['en']}")
    rows = {
        "application": ", ".join(aid.hex().upper() for aid in profile.aids),
        "opened by": ", ".join(profile.access) + (" (older chips too)" if profile.legacy else ""),
        "at most": f"{profile.max_seconds:g} s; never with {profile.min_tries_left} tries left",
        "read": ", ".join(profile.read_now),
        "read last": ", ".join(profile.read_late) or "-",
        "never read": ", ".join(sorted(profile.read_never)),
        "the person": " or ".join(profile.person_key),
        "told apart by": ", ".join(f"{k} {v}" for k, v in profile.match.items()) or "-",
        "card status list": profile.status_list or "none",
        "without chip proof": profile.chip_proof_absent,
    }
    for label, text in rows.items():
        click.echo(f"  {label:<18} {text}")


def fields(evidence: CardEvidence, profiles: Sequence[CardProfile]) -> None:
    """Print which fields of the profile the reading has: their names, never what they say."""
    profile = next(one for one in profiles if one.name == evidence.profile)
    card = CardFiles(evidence.files, office_time().date())
    for name, text in profile.fields.items():
        try:
            there = card.value(sources.parse(text)) is not None
        except MalformedData as error:
            click.echo(f"  {name:<18} {text}: {error.message}")
            continue
        click.echo(f"  {name:<18} {text}: {'there' if there else 'not on this card'}")
