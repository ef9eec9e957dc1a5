"""Commands whose modules are imported when they are named, so that the others start quickly.

Lives here: a group of them, from a table. Not here: any table, the root command (`main`).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click


def load(module: str, attribute: str) -> click.Command:
    """Import a command. Raises TypeError for what is none."""
    command = getattr(importlib.import_module(module), attribute)
    if not isinstance(command, click.Command):
        raise TypeError(f"{module}.{attribute} is not a command")
    return command


class LazyCommands(click.Group):
    """A group with commands of its own, and others by `lazy`: module and attribute by name."""

    def __init__(self, *, lazy: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(**options)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table, then its own."""
        return [*self._lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, or None where there is none of this name."""
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        return load(*self._lazy[cmd_name])
