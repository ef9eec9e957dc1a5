"""Card profiles that were delivered after the program: one TOML file each, by its name.

Lives here: reading and replacing them. Not here: what a profile says (`reader.profile`), and that
it comes from the office (`edge.repository`). One that bears a built-in profile's name stands in
for it; one with a new name comes after those. A file that does not read counts as absent, so that
a bad medium leaves the built-in profile. They count from the next start of the service on: a card
must not be read under one profile and judged under another.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from edge.errors import ConfigInvalid
from edge.files import replace_file
from reader.errors import ProfileInvalid
from reader.profile import CardProfile, builtin_profiles, load_profile

MAX_PROFILES = 32
MAX_BYTES = 64 * 1024  # of a profile
_SUFFIX = ".toml"

log = logging.getLogger("tramthe.profiles")


class ProfileFiles:
    """The delivered profiles in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> tuple[CardProfile, ...]:
        """Return the profiles in force: the built-in ones in their order, then others by name."""
        found = self._delivered()
        builtin = builtin_profiles()
        names = {profile.name for profile in builtin}
        others = [profile for name, profile in found.items() if name not in names]
        return (*(found.get(profile.name, profile) for profile in builtin), *others)

    def waiting(self, in_force: Iterable[CardProfile]) -> tuple[str, ...]:
        """Return the names of profiles that will be others after the next start."""
        known = tuple(in_force)
        return tuple(name for name, one in self._delivered().items() if one not in known)

    def has(self, name: str) -> bool:
        """Whether a delivered profile of this name lies here and can be read."""
        return name in self._delivered()

    def keep(self, text: str, name: str) -> CardProfile:
        """Put a profile on disk and return it; it counts from the next start on.

        Raises ProfileInvalid, ConfigInvalid for one that says another name, OSError.
        """
        profile = load_profile(text)
        if profile.name != name:
            raise ConfigInvalid(
                f"The card profile {name} calls itself {profile.name}.",
                next_step="Tell the office: a profile's file bears its name.",
            )
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        replace_file(self._folder / (name + _SUFFIX), text.encode(), mode=0o644)
        return profile

    def _delivered(self) -> dict[str, CardProfile]:
        found: dict[str, CardProfile] = {}
        for path in sorted(self._folder.glob("*" + _SUFFIX))[:MAX_PROFILES]:
            try:
                with path.open("rb") as file:
                    profile = load_profile(file.read(MAX_BYTES).decode())
            except (ProfileInvalid, UnicodeDecodeError, OSError) as error:
                log.error("a card profile cannot be read and is as if absent: %s", error)
                continue
            if profile.name == path.stem:
                found[profile.name] = profile
        return found
