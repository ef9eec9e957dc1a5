"""The manual: a page of section 1 for every command, made from the words that `--help` shows.

Lives here: man(7) from a command; `python -m provisioning.cli.manual FOLDER` writes them all. Not
here: the words, which stand at each command, and installing the pages (packaging).
Source: man(7), man-pages(7), groff_char(7).
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

from provisioning.cli.main import STATUSES, tramthe
from provisioning.cli.tree import Node, walk

SECTION = 1
_SIGNS = {
    "\\": r"\(rs",
    "-": r"\-",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
}
"""Characters that groff would print as others, and that are copied from a page as they stand."""
_VERBATIM = "\b"
_ITEM = re.compile(r" {2,}(\S+(?: \S+)*) {2,}(\S.*)")
_HEADING = re.compile(r"([A-Z][a-z]+(?: [a-z]+)?):")


def pages(root: click.Command, name: str, release: str) -> dict[str, str]:
    """Return the text of every page by its file name, such as `tramthe-log-show.1`."""
    return {
        f"{title(node)}.{SECTION}": "\n".join(_page(node, release)) + "\n"
        for node in walk(root, name)
    }


def title(node: Node) -> str:
    """Return what `man` finds a command's page by."""
    return node.path.replace(" ", "-")


def _page(node: Node, release: str) -> Iterator[str]:
    command, context = node.command, node.context
    yield "'\\\" -*- coding: UTF-8 -*-"
    name = _escape(title(node).upper())
    yield f'.TH "{name}" "{SECTION}" "" "{_escape(release)}" "Tr\u1ea1m Th\u1ebb"'
    yield ".SH NAME"
    yield f"{_escape(title(node))} \\- {_text(_brief(command))}"
    yield ".SH SYNOPSIS"
    yield f"\\fB{_escape(node.path)}\\fP {_escape(' '.join(command.collect_usage_pieces(context)))}"
    yield ".SH DESCRIPTION"
    yield from _paragraphs(inspect.cleandoc(command.help or ""))
    yield ".SH OPTIONS"
    for option in command.get_params(context):
        record = option.get_help_record(context) if isinstance(option, click.Option) else None
        if record is not None:
            yield from _item(*record)
    if node.children:
        yield ".SH COMMANDS"
        for child in node.children:
            yield from _item(child.path, _brief(child.command))
    yield from _epilog(command.epilog or "")
    if "Exit status" not in (command.epilog or ""):
        yield from _epilog(STATUSES)
    yield from _see_also(node)


def _brief(command: click.Command) -> str:
    """Return the first sentence without its full stop, as a page's name line has it."""
    words = command.short_help or inspect.cleandoc(command.help or "").split("\n\n")[0]
    return " ".join(words.split()).split(". ")[0].removesuffix(".")


def _see_also(node: Node) -> Iterator[str]:
    parent = node.context.parent
    related = [] if parent is None else [parent.command_path.replace(" ", "-")]
    related += [title(child) for child in node.children]
    if related:
        yield ".SH SEE ALSO"
        last = len(related) - 1
        for number, name in enumerate(related):
            yield f".BR {_escape(name)} ({SECTION}){',' if number < last else ''}"


def _epilog(words: str) -> Iterator[str]:
    """Yield what follows the options: each block under the heading that it begins with."""
    for block in inspect.cleandoc(words).split("\n\n"):
        lines = block.strip("\n").split("\n")
        if lines[0].strip(" ") == _VERBATIM:
            lines = lines[1:]
        if not "".join(lines).strip():
            continue
        heading = _HEADING.fullmatch(lines[0].strip())
        yield f".SH {(heading[1] if heading else 'Notes').upper()}"
        yield from _block(lines[1:] if heading else lines)


def _paragraphs(words: str) -> Iterator[str]:
    for number, block in enumerate(words.split("\n\n")):
        lines = block.split("\n")
        if lines[0].strip(" ") == _VERBATIM:
            yield from _block(lines[1:])
        else:
            if number:
                yield ".PP"
            yield _text(" ".join(line.strip() for line in lines))


def _block(lines: list[str]) -> Iterator[str]:
    """Yield lines that keep their breaks: pairs of a word and its meaning as items."""
    kept: list[str] = []
    for line in lines:
        item = _ITEM.fullmatch(line)
        if item is None:
            kept.append(line)
            continue
        yield from _kept(kept)
        kept = []
        yield from _item(item[1], item[2])
    yield from _kept(kept)


def _kept(lines: list[str]) -> Iterator[str]:
    if lines:
        yield ".PP"
        yield ".nf"
        yield from (_escape(line) for line in lines)
        yield ".fi"


def _item(what: str, meaning: str) -> Iterator[str]:
    yield ".TP"
    yield f"\\fB{_escape(what)}\\fP"
    yield _text(" ".join(meaning.split()))


def _text(words: str) -> str:
    """Return running text; what stands in backticks is bold."""
    parts = words.split("`")
    if len(parts) % 2 == 0:  # a backtick without its fellow
        return _escape(words)
    return "".join(
        f"\\fB{_escape(part)}\\fP" if number % 2 else _escape(part)
        for number, part in enumerate(parts)
    )


def _escape(words: str) -> str:
    """Return words as groff prints them, and never as a request: not at a line's beginning."""
    safe = "".join(_SIGNS.get(character, character) for character in words)
    return rf"\&{safe}" if safe.startswith(".") else safe


def write(folder: Path) -> int:
    """Write every page into `folder`, made where it is not there, and return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages(tramthe, "tramthe", f"tramthe {version('tramthe')}")
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")
    return len(made)


if __name__ == "__main__":
    click.echo(f"{write(Path(sys.argv[1]))} pages in {sys.argv[1]}")
