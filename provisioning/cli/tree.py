"""The command tree, walked: each command with its path and the context that click shows it in.

Not here: what is made of it (pages of the manual, checks).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Node:
    """One command; `context` is the one that `--help` would have."""

    command: click.Command
    context: click.Context

    @property
    def path(self) -> str:
        """Return the words that call it, such as `tramthe log show`."""
        return self.context.command_path

    @property
    def children(self) -> tuple[Node, ...]:
        """Return the commands of a group in their order, none of any other command."""
        if not isinstance(self.command, click.Group):
            return ()
        found = []
        for name in self.command.list_commands(self.context):
            command = self.command.get_command(self.context, name)
            if command is not None and not command.hidden:
                context = click.Context(command, parent=self.context, info_name=name)
                found.append(Node(command, context))
        return tuple(found)


def walk(root: click.Command, name: str) -> Iterator[Node]:
    """Yield the root under its name and every command below it, parents first."""
    yield from _below(Node(root, click.Context(root, info_name=name)))


def _below(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _below(child)
